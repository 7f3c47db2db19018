/* SPDX-License-Identifier: Apache-2.0 */
/* campaign.c - runs akin once for each point at which something fails (fault.h), and judges what is left.
 *
 *   campaign AKIN LIBRARY FOLDER LIST [OPTION...]
 *
 *   --case NAME     the cases whose names begin so
 *   --points N      N points: first one of each place that allocates, the others drawn; 0 = every allocation
 *   --one-in K      of these places only one in K, drawn
 *   --both          each of these once and, again, from then on; else drawn. --ever 0 or 1: that alone
 *   --everyone      also what libraries allocate for themselves
 *   --first, --last with --points 0: these allocations alone
 *   --n N           this one alone, with the call stack; --also N: and this one (--ever)
 *   --seed S, --jobs J
 *
 * AKIN is the program, LIBRARY fail.c and fail_calls.c, FOLDER what prepare.sh made, LIST verbs.list: the
 * cases, each a command line. A case is run undisturbed first, then at each point, in a folder of its own:
 *
 *   success     exit 0, and standard output and all files have the same bytes as undisturbed
 *   refused     exit 6 and one more line on stderr, "akin VERB: ..." that speaks of memory; the files are as
 *               before, or as after an undisturbed run; or, where a case grows (train), the command behind
 *               `again` ends with the same bytes
 *   library     with --everyone, it died or hung within a library: each file is as before, or as after an
 *               undisturbed run, and the command, run again (with --force), makes the same bytes; or exit 3
 *               where a library does not say that memory lacks, and a line that does
 *   exception   anything else: a signal, 10 seconds, another exit code, other bytes, a file left over
 *
 * Time stands still (fail.c), so that two runs write the same bytes. */
#define _GNU_SOURCE
#include "cases.h"
#include "fault.h"
#include "groups.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_JOBS = 16, MOST_WHY = 400, PROGRESS = 2000 };

static struct {
    const char *akin, *preload, *folder, *only;
    bool everyone, one, both;
    int ever; /* 0 once, 1 for ever, -1 both */
    int jobs;
    int64_t n, also, points, first, last, one_in;
    uint64_t seed;
    char root[256];
} opts = { .ever = -1, .jobs = 2, .first = 1, .last = INT64_MAX, .one_in = 1 };

/* A case, what it does undisturbed, and what was found. */
typedef struct subject {
    fault_case c;
    tree before;
    /* undisturbed, in the folder of each server, whose path may be in what it writes */
    tree after[MOST_JOBS];
    uint64_t out[MOST_JOBS]; /* of what it says on stdout */
    char *err;               /* what it says on stderr */
    int64_t count;           /* of allocations */
    bool known;              /* to every server, and that it does the same twice */
    uint64_t *sites;
    int64_t tried[2], fine[2], refused[2], library[2], odd[2]; /* once, for ever */
} subject;

typedef struct job {
    subject *s;
    fault_point point;
} job;

/* A process of akin that runs one point after the other (fail.c). */
typedef struct server {
    int to, from, id;
    pid_t pid;
    char folder[FAULT_PATH];
} server;

static subject *subjects;
static int subject_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void die(const char *what)
{
    fprintf(stderr, "campaign: %s\n", what);
    exit(2);
}

static uint64_t next_random(void)
{
    opts.seed += 0x9e3779b97f4a7c15u;
    uint64_t z = opts.seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Servers ---------------------------------------------------------------------------------------------- */

static server start(int id)
{
    int to[2], from[2];
    char where[64], preload[1024];
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("no pipe");
    const int in = 100 + 2 * id, out = in + 1; /* numbers that the program itself never gets */
    snprintf(where, sizeof where, "%d,%d", in, out);
    snprintf(preload, sizeof preload, "%s", opts.preload);
    setenv("FAULT_SERVER", where, 1);
    setenv("LD_PRELOAD", preload, 1);
    setenv("OMP_WAIT_POLICY", "passive", 1); /* with it akin does not begin anew to set another */
    setenv("OMP_NUM_THREADS", "1", 1);
    setenv("LC_ALL", "C", 1);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], in);
    posix_spawn_file_actions_adddup2(&actions, from[1], out);
    char *argv[] = { (char *)(uintptr_t)opts.akin, NULL };
    extern char **environ;
    pid_t pid;
    if (posix_spawn(&pid, opts.akin, &actions, NULL, argv, environ)) die("cannot start the program");
    posix_spawn_file_actions_destroy(&actions);
    unsetenv("LD_PRELOAD");
    close(to[0]);
    close(from[1]);
    server v = { .to = to[1], .from = from[0], .id = id, .pid = pid };
    snprintf(v.folder, sizeof v.folder, "%s/work%d", opts.root, id);
    return v;
}

static void stop(server *v)
{
    close(v->to);
    waitpid(v->pid, NULL, 0);
    close(v->from);
}

static fault_result run(server *v, const char *line, const fault_point *point)
{
    fault_order order = { .point = *point };
    fault_result result;
    char text[FAULT_WORDS], *at = text, *word;
    size_t used = 0;
    snprintf(text, sizeof text, "akin %s", line);
    while ((word = strsep(&at, " "))) {
        if (!*word) continue;
        memcpy(order.line + used, word, strlen(word) + 1);
        used += strlen(word) + 1;
        order.words++;
    }
    snprintf(order.folder, sizeof order.folder, "%s", v->folder);
    if (write(v->to, &order, sizeof order) != (ssize_t)sizeof order) die("the server of points has ended");
    if (read(v->from, &result, sizeof result) != (ssize_t)sizeof result)
        die("the server of points has ended");
    return result;
}

/* It ends the program with its own words. */
static void note_libgomp(fault_result *r, const char *said)
{
    if (opts.everyone && r->status && strncmp(said, "\nlibgomp: Out of memory", 23) == 0)
        strcpy(r->crashed_in, "libgomp.so.1");
}

static void prepare(server *v, const fault_case *c)
{
    char names[1024], *at = names, *name, from[1024], to[1024];
    tree_remove(v->folder);
    mkdir(v->folder, 0777);
    snprintf(names, sizeof names, "%s", c->from ? c->from : "");
    while ((name = strsep(&at, " "))) {
        if (!*name) continue;
        snprintf(from, sizeof from, "%s/%s", opts.folder, name);
        snprintf(to, sizeof to, "%s/%s", v->folder, name);
        tree_copy(from, to);
    }
}

static char *said(const server *v, const char *end)
{
    char path[FAULT_PATH + 8];
    static _Thread_local char text[65536];
    snprintf(path, sizeof path, "%s%s", v->folder, end);
    FILE *f = fopen(path, "r");
    const size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = 0;
    return text;
}

static uint64_t output_sum(const server *v, const fault_case *c)
{
    if (c->but && strstr(c->but, "(output)")) return 0;
    char path[FAULT_PATH + 8];
    int64_t bytes;
    snprintf(path, sizeof path, "%s.out", v->folder);
    return tree_file_sum(path, &bytes);
}

/* Judging ---------------------------------------------------------------------------------------------- */

/* NULL, or what is wrong with what is said at a point that was refused; as undisturbed is not wrong. */
static const char *wrong_sentence(const char *text, const char *undisturbed, int lines)
{
    int errors = 0, others = 0;
    bool memory = false;
    char line[4096];
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s\n", (int)(n < sizeof line - 2 ? n : sizeof line - 2), text);
        if (strstr(undisturbed, line)) continue;
        if ((strncmp(line, "akin ", 5) != 0 && strncmp(line, "akin:", 5) != 0) || strstr(line, "warning: "))
            others++;
        else {
            errors++;
            memory = memory || strstr(line, "memory");
        }
    }
    return errors < 1 || errors > 1 + lines ? "exit 6, and not one line that begins with 'akin VERB:'"
           : others                         ? "exit 6, and more than one line"
           : !memory                        ? "exit 6, and the line does not speak of memory"
                                            : NULL;
}

static void judge_again(server *v, const subject *s, char why[MOST_WHY])
{
    const fault_point none = { .tick = s->c.tick };
    const fault_result r = run(v, s->c.again, &none);
    if (r.status || r.hung) {
        snprintf(why, MOST_WHY, "'%s' after it: status %d: %s", s->c.again, r.status, said(v, ".err"));
        return;
    }
    tree now = tree_read(v->folder);
    const char *path = tree_differs(&s->after[v->id], &now, s->c.may);
    if (path) snprintf(why, MOST_WHY, "'%s' after it ends with another '%s'", s->c.again, path);
    tree_free(&now);
}

static void judge_refused(server *v, const subject *s, char why[MOST_WHY])
{
    const char *wrong = wrong_sentence(said(v, ".err"), s->err, s->c.lines);
    if (wrong) {
        snprintf(why, MOST_WHY, "%s: %s", wrong, said(v, ".err"));
        return;
    }
    tree now = tree_read(v->folder);
    const char *path = tree_differs(&s->before, &now, s->c.but), *left = tree_temporary(&now, &s->before);
    if (left)
        snprintf(why, MOST_WHY, "'%s' is left over", left);
    else if (path && !s->c.again && tree_differs(&s->after[v->id], &now, s->c.but))
        snprintf(why, MOST_WHY, "'%s' is half done", path);
    tree_free(&now);
    if (path && s->c.again && !*why) judge_again(v, s, why);
}

/* It was killed within a library, at any instant: nothing is damaged by that. */
static void judge_killed(server *v, const subject *s, char why[MOST_WHY])
{
    char line[FAULT_WORDS];
    const bool writes = strstr(s->c.run, " -o ") || strstr(s->c.run, "--grad-a");
    const fault_point none = { .tick = s->c.tick };
    snprintf(line, sizeof line, "%s%s", s->c.run, writes && !strstr(s->c.run, "--force") ? " --force" : "");
    tree now = tree_read(v->folder);
    const char *path = tree_neither(&s->before, &s->after[v->id], &now, "*.set.json");
    if (path) snprintf(why, MOST_WHY, "killed, and '%s' is neither old nor new", path);
    tree_free(&now);
    if (path) return;
    const fault_result r = run(v, line, &none);
    if (r.status) snprintf(why, MOST_WHY, "'%.200s' after it: status %d", line, r.status);
    now = tree_read(v->folder);
    prepare(v, &s->c);
    run(v, line, &none);
    tree whole = tree_read(v->folder);
    path = r.status ? NULL : tree_differs(&whole, &now, s->c.but);
    if (path) snprintf(why, MOST_WHY, "'%.200s' after it ends with another '%s'", line, path);
    tree_free(&now);
    tree_free(&whole);
}

/* Empty where all is well. */
static void judge(server *v, const subject *s, const fault_result *r, char why[MOST_WHY])
{
    *why = 0;
    const char *text = said(v, ".err");
    if (r->crashed_in[0])
        (s->c.again ? judge_again : judge_killed)(v, s, why);
    else if (r->hung)
        snprintf(why, MOST_WHY, "hangs");
    else if (WIFSIGNALED(r->status))
        snprintf(why, MOST_WHY, "signal %d: %s", WTERMSIG(r->status), text);
    else if (WEXITSTATUS(r->status) == 6 || (opts.everyone && WEXITSTATUS(r->status) == 3))
        judge_refused(v, s, why);
    else if (WEXITSTATUS(r->status))
        snprintf(why, MOST_WHY, "exit %d: %s", WEXITSTATUS(r->status), text);
    else if (output_sum(v, &s->c) != s->out[v->id])
        snprintf(why, MOST_WHY, "exit 0, and another standard output; stderr: %s", text);
    else {
        tree now = tree_read(v->folder);
        const char *path = tree_differs(&s->after[v->id], &now, s->c.but);
        if (path) snprintf(why, MOST_WHY, "exit 0, and another '%s'; stderr: %s", path, text);
        tree_free(&now);
    }
    for (char *at = why; *at; at++)
        if (*at == '\n') *at = at[1] ? '|' : 0;
}

/* Points ------------------------------------------------------------------------------------------------ */

static void tell(const subject *s, const fault_point *p, const char *why)
{
    if (!opts.one && groups_count(s->c.name, why) > 3) return;
    printf("  %s --n %lld --ever %d%s: %s\n", s->c.name, (long long)p->n, p->ever,
           p->everyone ? " --everyone" : "", why);
    fflush(stdout);
}

static void trace(server *v, subject *s, const fault_point *point)
{
    char path[FAULT_PATH + 8];
    fault_point traced = *point;
    traced.trace = 1;
    snprintf(path, sizeof path, "%s.trace", v->folder);
    unlink(path);
    prepare(v, &s->c);
    run(v, s->c.run, &traced);
    printf("%s", said(v, ".trace"));
    printf("in %s; stderr:\n%s", v->folder, said(v, ".err"));
}

static void try(server *v, subject *s, const fault_point *point)
{
    char why[MOST_WHY];
    prepare(v, &s->c);
    fault_result r = run(v, s->c.run, point);
    note_libgomp(&r, said(v, ".err"));
    judge(v, s, &r, why);
    pthread_mutex_lock(&lock);
    s->tried[point->ever]++;
    if (*why) {
        s->odd[point->ever]++;
        tell(s, point, why);
    } else if (r.crashed_in[0]) {
        s->library[point->ever]++;
        const int64_t n = groups_count("", r.crashed_in);
        if (n == 1 || n % 100 == 0)
            printf("  %s --n %lld --ever %d --everyone: %s within %s, the %lld. time\n", s->c.name,
                   (long long)point->n, point->ever,
                   WIFSIGNALED(r.status) ? strsignal(WTERMSIG(r.status)) : "ended", r.crashed_in,
                   (long long)n);
    } else if (WEXITSTATUS(r.status)) {
        s->refused[point->ever]++;
    } else {
        s->fine[point->ever]++;
    }
    pthread_mutex_unlock(&lock);
    if (opts.one) trace(v, s, point);
}

/* Undisturbed ------------------------------------------------------------------------------------------ */

/* What a case does undisturbed in the folder of a server; of the first one also what it allocates. */
static void know(server *v, subject *s)
{
    char path[FAULT_PATH + 8];
    const fault_point point = {
        .kind = FAULT_ALLOCATION, .everyone = opts.everyone, .tick = s->c.tick, .record = 1
    };
    prepare(v, &s->c);
    if (v->id == 0) s->before = tree_read(v->folder);
    const fault_result r = run(v, s->c.run, &point);
    if (r.status || r.hung) {
        fprintf(stderr, "campaign: '%s' undisturbed: status %d: %s\n", s->c.run, r.status, said(v, ".err"));
        exit(2);
    }
    s->after[v->id] = tree_read(v->folder);
    s->out[v->id] = output_sum(v, &s->c);
    if (v->id > 0) return;
    s->err = strdup(said(v, ".err"));
    s->count = r.count;
    snprintf(path, sizeof path, "%s.sites", v->folder);
    s->sites = calloc((size_t)r.count + 1, sizeof *s->sites);
    FILE *f = fopen(path, "rb");
    if (!f || fread(s->sites, sizeof *s->sites, (size_t)r.count, f) != (size_t)r.count) die("no sites");
    fclose(f);
}

/* A case that is to be disturbed does the same twice, and is known to every server. */
static void know_well(server *servers, int count, subject *s)
{
    const fault_point point = { .kind = FAULT_ALLOCATION, .everyone = opts.everyone, .tick = s->c.tick };
    prepare(&servers[0], &s->c);
    run(&servers[0], s->c.run, &point);
    tree after = tree_read(servers[0].folder);
    const char *other = tree_differs(&s->after[0], &after, s->c.but);
    if (other || s->out[0] != output_sum(&servers[0], &s->c)) {
        fprintf(stderr, "campaign: '%s' twice gives another %s\n", s->c.run, other ? other : "output");
        exit(2);
    }
    tree_free(&after);
    for (int k = 1; k < count; k++) know(&servers[k], s);
}

/* The points ------------------------------------------------------------------------------------------- */

static job *jobs;
static int64_t job_count, job_next;

static void add_job(subject *s, int64_t n, int ever)
{
    static int64_t room;
    if (opts.ever >= 0 && opts.ever != ever) return;
    if (job_count == room) {
        room = room ? 2 * room : 4096;
        jobs = realloc(jobs, (size_t)room * sizeof *jobs);
        if (!jobs) die("no memory");
    }
    jobs[job_count++] = (job){ s,
                               { .kind = FAULT_ALLOCATION,
                                 .ever = ever,
                                 .everyone = opts.everyone,
                                 .tick = s->c.tick,
                                 .n = n,
                                 .also = opts.also } };
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The first allocation of each place in the program that allocates, or of one in so many of them, in the
 * order of the cases, once or from then on. */
static void add_sites(void)
{
    static uint64_t seen[FAULT_MOST_SITES];
    size_t count = 0;
    for (int i = 0; i < subject_count; i++) {
        subject *s = &subjects[i];
        const size_t known = count;
        for (int64_t n = 0; n < s->count; n++) {
            bool fresh = !bsearch(&s->sites[n], seen, known, sizeof *seen, by_number);
            for (size_t k = known; k < count && fresh; k++) fresh = seen[k] != s->sites[n];
            if (!fresh || count == FAULT_MOST_SITES) continue;
            seen[count++] = s->sites[n];
            const uint64_t drawn = next_random();
            if (drawn / 2 % (uint64_t)opts.one_in != 0) continue;
            for (int e = 0; e < 2; e++)
                if (opts.both || e == (int)(drawn & 1)) add_job(s, n + 1, e);
        }
        qsort(seen, count, sizeof *seen, by_number);
    }
    printf("%zu places that allocate\n", count);
}

static void add_all(void)
{
    for (int i = 0; i < subject_count; i++)
        for (int64_t n = opts.first; n <= subjects[i].count && n <= opts.last; n++)
            for (int ever = 0; ever < 2; ever++) add_job(&subjects[i], n, ever);
}

/* So many of all, drawn. */
static void add_drawn(int64_t points)
{
    int64_t all = 0;
    for (int i = 0; i < subject_count; i++) all += subjects[i].count;
    for (int64_t k = 0; k < points && all; k++) {
        int64_t at = (int64_t)(next_random() % (uint64_t)all);
        int i = 0;
        while (at >= subjects[i].count) at -= subjects[i++].count;
        add_job(&subjects[i], at + 1, (int)(next_random() & 1));
    }
}

static void *work(void *context)
{
    server *v = context;
    for (;;) {
        pthread_mutex_lock(&lock);
        const int64_t k = job_next < job_count ? job_next++ : -1;
        if (k > 0 && k % PROGRESS == 0) {
            printf("  %lld of %lld points begun\n", (long long)k, (long long)job_count);
            fflush(stdout);
        }
        pthread_mutex_unlock(&lock);
        if (k < 0) return NULL;
        try(v, jobs[k].s, &jobs[k].point);
    }
}

static int report(void)
{
    static const char *const WHEN[] = { "once", "for ever" };
    int64_t tried = 0, odd = 0;
    printf("%-22s %9s  %-8s %8s %8s %8s %8s %10s\n", "case", "all", "fails", "tried", "success", "refused",
           "library", "exceptions");
    for (int i = 0; i < subject_count; i++)
        for (int e = 0; e < 2; e++) {
            const subject *s = &subjects[i];
            if (!s->tried[e]) continue;
            printf("%-22s %9lld  %-8s %8lld %8lld %8lld %8lld %10lld\n", s->c.name, (long long)s->count,
                   WHEN[e], (long long)s->tried[e], (long long)s->fine[e], (long long)s->refused[e],
                   (long long)s->library[e], (long long)s->odd[e]);
            tried += s->tried[e];
            odd += s->odd[e];
        }
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    printf("%lld points, %lld exceptions, %lld s of processor time\n", (long long)tried, (long long)odd,
           (long long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec));
    return odd != 0;
}

static void options(int argc, char **argv)
{
    for (int i = 5; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "0";
        if (strcmp(argv[i], "--everyone") == 0) {
            opts.everyone = true;
            continue;
        }
        if (strcmp(argv[i], "--both") == 0) {
            opts.both = true;
            continue;
        }
        if (strcmp(argv[i], "--case") == 0)
            opts.only = value;
        else if (strcmp(argv[i], "--n") == 0)
            opts.n = atoll(value), opts.one = true;
        else if (strcmp(argv[i], "--also") == 0)
            opts.also = atoll(value);
        else if (strcmp(argv[i], "--ever") == 0)
            opts.ever = atoi(value);
        else if (strcmp(argv[i], "--points") == 0)
            opts.points = atoll(value);
        else if (strcmp(argv[i], "--first") == 0)
            opts.first = atoll(value);
        else if (strcmp(argv[i], "--last") == 0)
            opts.last = atoll(value);
        else if (strcmp(argv[i], "--one-in") == 0)
            opts.one_in = atoll(value);
        else if (strcmp(argv[i], "--jobs") == 0)
            opts.jobs = atoi(value);
        else if (strcmp(argv[i], "--seed") == 0)
            opts.seed = strtoull(value, NULL, 10);
        else
            die("unknown option");
        i++;
    }
    if (opts.one_in < 1) die("--one-in must be 1 or more");
    if (opts.jobs < 1 || opts.jobs > MOST_JOBS) die("--jobs must be 1 to 16");
}

static void read_cases(const char *path)
{
    int count;
    fault_case *cases = cases_read(path, &count);
    subjects = calloc((size_t)count, sizeof *subjects);
    if (!subjects) die("no memory");
    for (int i = 0; i < count; i++)
        if (!opts.only || strncmp(cases[i].name, opts.only, strlen(opts.only)) == 0)
            subjects[subject_count++].c = cases[i];
    free(cases);
    if (!subject_count) die("no case of that name");
}

int main(int argc, char **argv)
{
    if (argc < 5) die("campaign AKIN LIBRARY FOLDER LIST [OPTION...]");
    opts.akin = argv[1];
    opts.preload = argv[2];
    opts.folder = argv[3];
    opts.seed = (uint64_t)time(NULL);
    options(argc, argv);
    snprintf(opts.root, sizeof opts.root, "%s/akin-fault-XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(opts.root)) die("no folder to work in");
    printf("seed %llu\n", (unsigned long long)opts.seed);
    read_cases(argv[4]);
    server servers[MOST_JOBS];
    const int started = opts.jobs;
    for (int i = 0; i < started; i++) servers[i] = start(i);
    for (int i = 0; i < subject_count; i++) know(&servers[0], &subjects[i]);
    if (opts.one) {
        for (int e = 0; e < 2; e++) add_job(&subjects[0], opts.n, e);
        opts.jobs = 1;
    } else if (opts.points) {
        add_sites();
        if (opts.points > job_count) add_drawn(opts.points - job_count);
    } else {
        add_all();
    }
    for (int64_t k = 0; k < job_count; k++) {
        if (!jobs[k].s->known) know_well(servers, started, jobs[k].s);
        jobs[k].s->known = true;
    }
    pthread_t threads[MOST_JOBS];
    for (int i = 0; i < opts.jobs; i++)
        if (pthread_create(&threads[i], NULL, work, &servers[i])) die("no thread");
    for (int i = 0; i < opts.jobs; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < started; i++) stop(&servers[i]);
    const int code = report();
    if (!opts.one) tree_remove(opts.root);
    return code;
}
