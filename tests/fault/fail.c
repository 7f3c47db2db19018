/* SPDX-License-Identifier: Apache-2.0 */
/* fail.c - loaded before all other libraries: fails the n-th allocation, holds the clock, and runs one point
 * after the other in children of one process (fault.h). System calls are failed in fail_calls.c, which may be
 * loaded too. */
#define _GNU_SOURCE
#include "fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

fault_point fault_now;

/* Seen by the server too. */
static struct shared {
    int64_t count, reached;
    char crashed_in[FAULT_LIBRARY];
    uint64_t sites[FAULT_MOST_SITES];
} * shared;

static bool counting; /* from main() on, in the process that runs it */
static __thread bool inside;

/* Whose code is at an address -------------------------------------------------------------------------- */

enum owner { OTHERS, OURS, C_LIBRARY };
enum { MOST_MODULES = 128, MOST_FRAMES = 48, SITE_FRAMES = 5 };
static struct module {
    uintptr_t begin, end, base;
    enum owner owner;
    const char *name;
} modules[MOST_MODULES];
static int module_count;

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    static const char *const OWN[] = { "libakin", "libjansson", "libxxhash" };
    enum owner owner = info->dlpi_name[0] == 0               ? OURS
                       : strstr(info->dlpi_name, "/libc.so") ? C_LIBRARY
                                                             : OTHERS;
    for (int i = 0; i < 3; i++)
        if (strstr(info->dlpi_name, OWN[i])) owner = OURS;
    for (int i = 0; i < info->dlpi_phnum && module_count < MOST_MODULES; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X)) continue;
        const uintptr_t begin = info->dlpi_addr + p->p_vaddr;
        modules[module_count++] =
            (struct module){ begin, begin + p->p_memsz, info->dlpi_addr, owner, info->dlpi_name };
    }
    return 0;
}

static const struct module *module_of(const void *address)
{
    const uintptr_t at = (uintptr_t)address;
    for (int i = 0; i < module_count; i++)
        if (at >= modules[i].begin && at < modules[i].end) return &modules[i];
    return NULL;
}

/* The owner of what asks; for the C library, who called it. */
static enum owner owner_of(const void *caller)
{
    const struct module *m = module_of(caller);
    if (!m || m->owner != C_LIBRARY) return m ? m->owner : OTHERS;
    void *frames[MOST_FRAMES];
    const int n = backtrace(frames, MOST_FRAMES);
    bool below = false;
    for (int i = 0; i < n; i++) {
        m = module_of(frames[i]);
        if (m && m->owner == C_LIBRARY) below = true;
        if (below && m && m->owner != C_LIBRARY) return m->owner;
    }
    return OTHERS;
}

/* In the handler of a signal that ends it: the library whose code was at work, the C library apart. */
static void crashed(int number)
{
    void *frames[MOST_FRAMES];
    counting = false;
    const int n = backtrace(frames, MOST_FRAMES);
    uintptr_t here;
    void (*self)(int) = crashed;
    memcpy(&here, &self, sizeof here);
    for (int i = 0; i < n; i++) {
        const struct module *m = module_of(frames[i]);
        if (!m || m->owner == C_LIBRARY || (here >= m->begin && here < m->end)) continue;
        const char *slash = strrchr(m->name, '/');
        if (m->owner == OTHERS) strncpy(shared->crashed_in, slash ? slash + 1 : m->name, FAULT_LIBRARY - 1);
        break;
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void watch_crashes(void)
{
    static const int ENDS[] = { SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE };
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) signal(ENDS[i], crashed);
}

/* A number for the place in the program: the innermost frames that are ours, or the innermost of all. */
static uint64_t site(const void *caller)
{
    void *frames[MOST_FRAMES];
    const int n = backtrace(frames, MOST_FRAMES);
    const struct module *m = module_of(caller);
    uint64_t sum = 14695981039346656037u ^ (m ? (uintptr_t)caller - m->base : 0);
    int taken = 0;
    for (int i = 0; i < n && taken < SITE_FRAMES; i++) {
        m = module_of(frames[i]);
        if (!m || m->owner != OURS) continue;
        sum = (sum ^ ((uintptr_t)frames[i] - m->base)) * 1099511628211u;
        taken++;
    }
    return sum;
}

static char trace_path[FAULT_PATH + 8];

static void trace(void)
{
    void *frames[MOST_FRAMES];
    const int n = backtrace(frames, MOST_FRAMES);
    const int fd = trace_path[0] ? open(trace_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : 2;
    if (fd < 0) return;
    backtrace_symbols_fd(frames, n, fd);
    if (write(fd, "\n", 1) != 1 && fd == 2) return;
    if (fd != 2) close(fd);
}

bool fault_due(enum fault_kind kind, const void *caller)
{
    if (!counting || inside || (int)kind != fault_now.kind) return false;
    inside = true;
    bool due = false;
    if (fault_now.everyone || owner_of(caller) == OURS) {
        const int64_t c = __atomic_add_fetch(&shared->count, 1, __ATOMIC_RELAXED);
        if (fault_now.record && c <= FAULT_MOST_SITES) shared->sites[c - 1] = site(caller);
        due = fault_now.n > 0 && (c == fault_now.n || (fault_now.ever && c > fault_now.n));
        due = due || (fault_now.also > 0 && c == fault_now.also);
        if (due) __atomic_add_fetch(&shared->reached, 1, __ATOMIC_RELAXED);
        if (due && fault_now.trace && (c == fault_now.n || c == fault_now.also)) trace();
    }
    inside = false;
    return due;
}

/* Allocations ------------------------------------------------------------------------------------------ */

static bool no_memory(const void *caller)
{
    if (!fault_due(FAULT_ALLOCATION, caller)) return false;
    errno = ENOMEM;
    return true;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t bytes) { return no_memory(CALLER) ? NULL : __libc_malloc(bytes); }
void *calloc(size_t n, size_t bytes) { return no_memory(CALLER) ? NULL : __libc_calloc(n, bytes); }
void *realloc(void *old, size_t bytes) { return no_memory(CALLER) ? NULL : __libc_realloc(old, bytes); }
void *memalign(size_t to, size_t bytes) { return no_memory(CALLER) ? NULL : __libc_memalign(to, bytes); }
void *aligned_alloc(size_t to, size_t bytes) { return no_memory(CALLER) ? NULL : __libc_memalign(to, bytes); }

void *reallocarray(void *old, size_t n, size_t bytes)
{
    size_t all;
    if (__builtin_mul_overflow(n, bytes, &all)) return errno = ENOMEM, NULL;
    return no_memory(CALLER) ? NULL : __libc_realloc(old, all);
}

int posix_memalign(void **to, size_t alignment, size_t bytes)
{
    void *p = no_memory(CALLER) ? NULL : __libc_memalign(alignment, bytes);
    if (!p) return ENOMEM;
    *to = p;
    return 0;
}

/* The clock -------------------------------------------------------------------------------------------- */

/* It stands at one instant, so that two runs write the same bytes, or moves by the same at each look. */
static int64_t look(void)
{
    static int64_t now = 1700000000000000000;
    return fault_now.tick ? __atomic_add_fetch(&now, fault_now.tick, __ATOMIC_RELAXED) : now;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    (void)clock;
    const int64_t now = look();
    *t = (struct timespec){ .tv_sec = now / 1000000000, .tv_nsec = now % 1000000000 };
    return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    (void)zone;
    const int64_t now = look();
    *t = (struct timeval){ .tv_sec = now / 1000000000, .tv_usec = now % 1000000000 / 1000 };
    return 0;
}

time_t time(time_t *t)
{
    const time_t now = (time_t)(look() / 1000000000);
    if (t) *t = now;
    return now;
}

/* Points ----------------------------------------------------------------------------------------------- */

static void say(const char *text)
{
    if (write(2, text, strlen(text)) < 0) _exit(99);
}

static void redirect(const char *path, int flags, int to)
{
    const int fd = open(path, flags, 0666);
    if (fd < 0) {
        say("fault: no file for the output\n");
        _exit(99);
    }
    dup2(fd, to);
    close(fd);
}

static int (*real_main)(int, char **, char **);

/* In the child: the order's command line, in its folder. */
static int obey(fault_order *order, char **environment)
{
    char path[FAULT_PATH + 8], *argv[256];
    int argc = 0;
    for (char *at = order->line; argc < order->words && argc < 255; at += strlen(at) + 1) argv[argc++] = at;
    argv[argc] = NULL;
    snprintf(path, sizeof path, "%s.out", order->folder);
    redirect(path, O_WRONLY | O_CREAT | O_TRUNC, 1);
    snprintf(path, sizeof path, "%s.err", order->folder);
    redirect(path, O_WRONLY | O_CREAT | O_TRUNC, 2);
    snprintf(trace_path, sizeof trace_path, "%s.trace", order->folder);
    if (chdir(order->folder) != 0) _exit(99);
    redirect(access("stdin", R_OK) == 0 ? "stdin" : "/dev/null", O_RDONLY, 0);
    unsetenv("FAULT_SERVER");
    if (order->calls[0]) setenv("AKIN_CALLS", order->calls, 1); /* for what it starts */
    if (calls_begin) calls_begin(order->calls);
    fault_now = order->point;
    if (fault_now.everyone) watch_crashes();
    counting = true;
    return real_main(argc, argv, environment);
}

static void save_sites(const fault_order *order)
{
    char path[FAULT_PATH + 8];
    snprintf(path, sizeof path, "%s.sites", order->folder);
    FILE *f = fopen(path, "wb");
    const int64_t n = shared->count < FAULT_MOST_SITES ? shared->count : FAULT_MOST_SITES;
    if (f) fwrite(shared->sites, sizeof *shared->sites, (size_t)n, f);
    if (f) fclose(f);
}

/* Of a process or thread. */
typedef struct task_state {
    char state;
    long parent, group, ticks; /* of the clock: its processor time */
} task_state;

static bool read_stat(const char *path, task_state *s)
{
    char text[1024];
    const int fd = open(path, O_RDONLY);
    const ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (n < 0) return false;
    text[n] = 0;
    const char *at = strrchr(text, ')');
    long t[4];
    if (!at || sscanf(at + 1, " %c %ld %ld %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld %ld %ld", &s->state,
                      &s->parent, &s->group, &t[0], &t[1], &t[2], &t[3]) != 7)
        return false;
    s->ticks = t[0] + t[1] + t[2] + t[3];
    return true;
}

/* A thread of it runs, or would if the processor were free. */
static bool has_work(const char *pid)
{
    char path[600];
    task_state s;
    bool busy = false;
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "/proc/%s/task/%s/stat", pid, e->d_name);
        busy |= read_stat(path, &s) && strchr("RD", s.state);
    }
    if (d) closedir(d);
    return busy;
}

/* The processor time of a process, its group and its children, and whether one of them has work. */
static long at_work(pid_t of, bool *busy)
{
    char path[300];
    task_state s;
    long all = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *e; d && (e = readdir(d));) {
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        if (e->d_name[0] < '0' || e->d_name[0] > '9' || !read_stat(path, &s)) continue;
        if (s.group != of && s.parent != of) continue;
        all += s.ticks;
        *busy |= has_work(e->d_name);
    }
    if (d) closedir(d);
    return all;
}

/* A hang is FAULT_HANG_S seconds of its processor time, or as many in which it has no work. How busy the
 * machine is does not count. */
static fault_result wait_for(pid_t pid, const sigset_t *child_ends)
{
    fault_result result = { 0 };
    const struct timespec second = { .tv_sec = 1 };
    const long most = FAULT_HANG_S * sysconf(_SC_CLK_TCK);
    long used = -1;
    int idle = 0;
    while (waitpid(pid, &result.status, WNOHANG) == 0) {
        if (sigtimedwait(child_ends, NULL, &second) > 0 || errno != EAGAIN) continue;
        bool busy = false;
        const long now = at_work(pid, &busy);
        idle = busy || now != used ? 0 : idle + 1;
        used = now;
        if (now <= most && idle < FAULT_HANG_S) continue;
        if (!result.hung++) kill(pid, SIGABRT); /* crashed() says where */
        if (result.hung > 2) kill(-pid, SIGKILL);
    }
    kill(-pid, SIGKILL); /* what it started and did not wait for */
    result.count = shared->count;
    result.reached = shared->reached;
    memcpy(result.crashed_in, shared->crashed_in, sizeof result.crashed_in);
    return result;
}

static int serve(int in, int out, char **environment)
{
    static fault_order order;
    sigset_t child_ends, before;
    sigemptyset(&child_ends);
    sigaddset(&child_ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_ends, &before);
    while (read(in, &order, sizeof order) == (ssize_t)sizeof order) {
        shared->count = shared->reached = 0;
        memset(shared->crashed_in, 0, sizeof shared->crashed_in);
        const pid_t pid = fork();
        if (pid < 0) return 98;
        if (pid == 0) {
            setpgid(0, 0);
            close(in);
            close(out);
            sigprocmask(SIG_SETMASK, &before, NULL);
            return obey(&order, environment);
        }
        setpgid(pid, pid);
        const fault_result result = wait_for(pid, &child_ends);
        if (order.point.record) save_sites(&order);
        if (write(out, &result, sizeof result) != (ssize_t)sizeof result) return 97;
    }
    _exit(0);
}

static int64_t number(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : 0;
}

static void from_environment(void)
{
    fault_now = (fault_point){ .kind = (int32_t)number("FAULT_KIND"),
                               .ever = (int32_t)number("FAULT_EVER"),
                               .everyone = (int32_t)number("FAULT_EVERYONE"),
                               .tick = (int32_t)number("FAULT_TICK"),
                               .trace = (int32_t)number("FAULT_TRACE"),
                               .n = number("FAULT_N"),
                               .also = number("FAULT_ALSO") };
    counting = fault_now.kind != FAULT_NOTHING;
}

static int begin(int argc, char **argv, char **environment)
{
    int in, out;
    const char *server = getenv("FAULT_SERVER");
    void *frames[1];
    backtrace(frames, 1); /* the first one loads libgcc */
    dl_iterate_phdr(note_module, NULL);
    shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (shared == MAP_FAILED) return 96;
    if (server && sscanf(server, "%d,%d", &in, &out) == 2) return serve(in, out, environment);
    from_environment();
    return real_main(argc, argv, environment);
}

typedef int start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
                       void (*)(void), void *);

/* What calls main(): it calls begin() in its place. */
int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    start_main *real;
    void *found = dlsym(RTLD_NEXT, "__libc_start_main");
    memcpy(&real, &found, sizeof real);
    real_main = program;
    return real(begin, argc, argv, init, fini, rtld_fini, stack_end);
}
