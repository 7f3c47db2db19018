/* SPDX-License-Identifier: Apache-2.0 */
/* study/run.c - cell after cell: train, measure, store; each part is skipped when it is there already.
 *
 *     DIR/files/NAME          what "files" makes, once
 *     DIR/runs/ID             the run; akin train --resume begins it or goes on
 *     DIR/logs/ID.log         commands, and what they say on stderr
 *     DIR/logs/ID.TOOL.json   the document of a tool
 *
 * The order of storing makes any instant safe: a run is whole when its DONE is there, the results of a tool are stored in one
 * commit, and a cell is done when it has all of its results. */
#include "study/study.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ARGS = 512 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Command lines ------------------------------------------------------------------------------------------------- */

typedef struct command {
    char *arg[MOST_ARGS + 1]; /* owned; NULL ends it */
    int count;
} command;

static bool push(command *c, const char *text)
{
    if (c->count >= MOST_ARGS) return false;
    c->arg[c->count] = malloc(strlen(text) + 1);
    if (!c->arg[c->count]) return false;
    strcpy(c->arg[c->count++], text);
    return true;
}

static void drop(command *c)
{
    for (int i = 0; i < c->count; i++) free(c->arg[i]);
    memset(c, 0, sizeof *c);
}

/* One argument with its {words} replaced. */
static akin_status push_words(command *c, const study_job *job, const study_cell *cell, const char *text,
                              akin_error *err)
{
    char *full = study_words(job->s, cell, job->dir, text, err);
    if (!full) return err->status;
    const bool fits = push(c, full);
    free(full);
    return fits ? AKIN_OK : study_fail(err, AKIN_ERR_NOMEM, "a command of more than %d arguments", MOST_ARGS);
}

static akin_status push_list(command *c, const study_job *job, const study_cell *cell, const akin_json *list,
                             const char *out, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (size_t i = 0; i < akin_json_length(list) && !status; i++) {
        const char *text = akin_json_as_text(akin_json_at(list, i));
        status = push_words(c, job, cell, out && strcmp(text, "{out}") == 0 ? out : text, err);
    }
    return status;
}

static void push_threads(command *c, const study_job *job)
{
    if (!cli_given(job->args, "threads")) return;
    push(c, "--threads");
    push(c, cli_text(job->args, "threads"));
}

static bool is_flag(const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return o->type == AKIN_OPT_FLAG;
    return false;
}

static akin_status train_command(command *c, const study_job *job, const study_cell *cell, akin_error *err)
{
    const study_config *config = &job->s->configs[cell->config];
    char text[160];
    const char *head[] = { "akin", "train", "{data}", "--out", "{run}", "--resume", "--seed", "{seed}" },
               *name;
    akin_json *value;
    akin_status status = AKIN_OK;
    for (int i = 0; i < 8 && !status; i++) status = push_words(c, job, cell, head[i], err);
    AKIN_JSON_EACH(config->options, name, value)
    {
        snprintf(text, sizeof text, "--%s", name);
        if (!status && !push(c, text)) status = study_fail(err, AKIN_ERR_NOMEM, "no memory for a command");
        if (!status && !is_flag(name)) status = push_words(c, job, cell, akin_json_as_text(value), err);
    }
    if (!status) status = push_list(c, job, cell, akin_json_get(job->s->root, "train"), NULL, err);
    push_threads(c, job);
    return status;
}

/* Append "$ akin ..." to a log. */
static void note_command(const char *log, const command *c)
{
    FILE *f = fopen(log, "a");
    if (!f) return; /* the child says what is wrong with the log */
    fputc('$', f);
    for (int i = 0; i < c->count; i++)
        fprintf(f, strpbrk(c->arg[i], " '\"\\$*?") ? " '%s'" : " %s", c->arg[i]);
    fputc('\n', f);
    fclose(f);
}

/* The last line of a log, which is what a child that failed has said. */
static const char *last_line(const char *log, char *to, size_t size)
{
    char text[2048];
    FILE *f = fopen(log, "rb");
    snprintf(to, size, "see %s", log);
    if (!f) return to;
    if (fseek(f, 0, SEEK_END) == 0 && fseek(f, -(ftell(f) < 2000 ? ftell(f) : 2000), SEEK_END) == 0) {
        size_t n = fread(text, 1, sizeof text - 1, f);
        while (n && (text[n - 1] == '\n' || text[n - 1] == '\r')) n--;
        text[n] = 0;
        const char *line = strrchr(text, '\n');
        if (n) snprintf(to, size, "%.*s", (int)size - 1, line ? line + 1 : text);
    }
    fclose(f);
    return to;
}

/* Run a command; a failure is *code and what it said, *stopped an interruption. */
static akin_status spawn(const char *log, const command *c, const char *out, int *code, akin_error *err)
{
    char said[512];
    note_command(log, c);
    akin_status status = study_spawn(c->arg, out, log, code, err);
    if (status) return status;
    if (study_signal()) return study_fail(err, AKIN_ERR_INTERRUPTED, "stopped by signal %d", study_signal());
    if (*code) { /* where storing failed, as on a full disk, the other cells would fail too: the study ends */
        const akin_status kind = *code == akin_status_exit_code(AKIN_ERR_IO) ? AKIN_ERR_IO : AKIN_ERR_CHECK;
        return study_fail(err, kind, "exit %d: %s", *code, last_line(log, said, sizeof said));
    }
    return AKIN_OK;
}

/* Files --------------------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static akin_status make_files(const study_job *job, int *code, akin_error *err)
{
    const char *name;
    akin_json *list;
    akin_status status = AKIN_OK;
    AKIN_JSON_EACH(akin_json_get(job->s->root, "files"), name, list)
    {
        char path[STUDY_PATH], part[STUDY_PATH + 8], log[STUDY_PATH + 8];
        snprintf(path, sizeof path, "%s/files/%s", job->dir, name);
        snprintf(part, sizeof part, "%s/files/part.%s", job->dir,
                 name); /* the end of a name may decide its kind */
        snprintf(log, sizeof log, "%s/logs/files.log", job->dir);
        if (access(path, F_OK) == 0) continue;
        if (access(part, F_OK) == 0) nftw(part, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        command c = { .count = 0 };
        push(&c, "akin");
        status = push_list(&c, job, &job->s->cells[0], list, part, err);
        if (!status) status = spawn(log, &c, NULL, code, err);
        drop(&c);
        if (!status && rename(part, path) != 0)
            status = study_fail(err, AKIN_ERR_CHECK,
                                "file '%s' was not made; its command must write to {out}", name);
        if (status == AKIN_ERR_CHECK) {
            const akin_error why = *err;
            study_fail(err, status, "file '%s': %.600s", name, why.message);
        }
        if (status) break;
    }
    return status;
}

/* Measurements -------------------------------------------------------------------------------------------------- */

/* What a result was made by: when this changes, it is measured again. */
static char *made_by(const study_job *job, const study_cell *cell, const akin_json *measure)
{
    const char *from = akin_json_as_text(akin_json_get(measure, "from"));
    const akin_json *list = akin_json_get(akin_json_get(job->s->root, "tools"), from);
    akin_json *all = akin_json_array();
    akin_error err;
    for (size_t i = 0; i < akin_json_length(list); i++) { /* names within DIR do not count: it may be moved */
        char *text = study_words(job->s, cell, ".", akin_json_as_text(akin_json_at(list, i)), &err);
        akin_json_append(all, akin_json_text(text ? text : ""));
        free(text);
    }
    const char *parts[] = { "path", "after", "rows", "correlate", "factor" };
    for (int i = 0; i < 5; i++) akin_json_append(all, akin_json_share(akin_json_get(measure, parts[i])));
    char *text = NULL;
    if (akin_json_print(all, AKIN_JSON_COMPACT, 17, &text, &err)) text = NULL;
    akin_json_free(all);
    return text;
}

/* Whether measurement m is of this cell, and of the tool `from` (NULL = any). */
static bool meant(const study_job *job, const study_cell *cell, const akin_json *m, const char *from)
{
    if (from && strcmp(from, akin_json_as_text(akin_json_get(m, "from"))) != 0) return false;
    return study_where(akin_json_get(m, "where"), job->s->configs[cell->config].labels);
}

/* Whether all measurements `from` (NULL = of any) are stored. */
static akin_status measured(const study_job *job, const study_cell *cell, const char *from, bool *all,
                            akin_error *err)
{
    const akin_json *list = akin_json_get(job->s->root, "measures");
    akin_status status = AKIN_OK;
    *all = true;
    for (size_t i = 0; i < akin_json_length(list) && !status && *all; i++) {
        const akin_json *m = akin_json_at(list, i);
        if (!meant(job, cell, m, from)) continue;
        char *by = made_by(job, cell, m);
        double value;
        status = by ? study_store_value(job->db, cell->id, akin_json_as_text(akin_json_get(m, "name")), by,
                                        &value, all, err)
                    : study_fail(err, AKIN_ERR_NOMEM, "no memory for a measurement");
        free(by);
    }
    return status;
}

static akin_status store_all(const study_job *job, const study_cell *cell, const char *from,
                             const akin_json *document, akin_error *err)
{
    const akin_json *list = akin_json_get(job->s->root, "measures");
    akin_status status = study_store_begin(job->db, err);
    for (size_t i = 0; i < akin_json_length(list) && !status; i++) {
        const akin_json *m = akin_json_at(list, i);
        if (!meant(job, cell, m, from)) continue;
        double value = NAN;
        bool null = false;
        char *by = made_by(job, cell, m);
        akin_error why;
        if (study_measure(m, document, &value, &null, &why))
            status = study_fail(err, AKIN_ERR_CHECK, "%s", why.message);
        else
            status = study_store_result(job->db, cell->id, akin_json_as_text(akin_json_get(m, "name")),
                                        by ? by : "", null ? NULL : &value, err);
        free(by);
    }
    const akin_status stored = study_store_commit(job->db, status ? NULL : err); /* what was found stays */
    return status ? status : stored;
}

static akin_status use_tool(const study_job *job, const study_cell *cell, const char *tool, const char *log,
                            int *code, akin_error *err)
{
    bool all;
    akin_status status = measured(job, cell, tool, &all, err);
    if (status || all) return status;
    char out[STUDY_PATH], run[STUDY_PATH];
    akin_json *document = NULL;
    if (strcmp(tool, "train") == 0) {
        snprintf(run, sizeof run, "%s/runs/%s", job->dir, cell->id);
        document = study_run_document(run);
    } else {
        snprintf(out, sizeof out, "%s/logs/%s.%s.json", job->dir, cell->id, tool);
        command c = { .count = 0 };
        push(&c, "akin");
        status =
            push_list(&c, job, cell, akin_json_get(akin_json_get(job->s->root, "tools"), tool), NULL, err);
        push(&c, "--json");
        push_threads(&c, job);
        if (!status) status = spawn(log, &c, out, code, err);
        drop(&c);
        akin_error why;
        if (!status && akin_json_load(out, (size_t)256 << 20, 0, &document, &why))
            status = study_fail(err, AKIN_ERR_CHECK, "'%s' is no JSON document: %s", out, why.message);
    }
    if (!status) status = store_all(job, cell, tool, document, err);
    akin_json_free(document);
    return status;
}

/* Cells --------------------------------------------------------------------------------------------------------- */

static akin_status train_cell(const study_job *job, const study_cell *cell, const char *log, int *code,
                              akin_error *err)
{
    char done[STUDY_PATH];
    snprintf(done, sizeof done, "%s/runs/%s/DONE", job->dir, cell->id);
    if (access(done, F_OK) == 0) return AKIN_OK;
    command c = { .count = 0 };
    akin_status status = train_command(&c, job, cell, err);
    if (!status) status = spawn(log, &c, NULL, code, err);
    drop(&c);
    return status;
}

static akin_status run_cell(const study_job *job, const study_cell *cell, int *code, akin_error *err)
{
    char log[STUDY_PATH];
    snprintf(log, sizeof log, "%s/logs/%s.log", job->dir, cell->id);
    akin_status status = train_cell(job, cell, log, code, err);
    const akin_json *tools = akin_json_get(job->s->root, "tools");
    const char *name;
    akin_json *list;
    if (!status) status = use_tool(job, cell, "train", log, code, err);
    if (!status) AKIN_JSON_EACH((akin_json *)tools, name, list)
        {
            status = use_tool(job, cell, name, log, code, err);
            if (status) break;
        }
    return status;
}

double study_estimate(const study_job *job, int at)
{
    const study *s = job->s;
    double same = 0, all = 0, epochs = 0;
    int same_n = 0;
    for (int c = 0; c < s->cell_count; c++) {
        study_state state;
        if (!job->db || study_store_state(job->db, s->cells[c].id, &state, NULL) ||
            strcmp(state.status, "done") != 0)
            continue;
        const char *n = akin_json_as_text(akin_json_get(s->configs[s->cells[c].config].options, "epochs"));
        all += state.seconds;
        epochs += strtod(n ? n : "1", NULL);
        if (s->cells[c].config != s->cells[at].config) continue;
        same += state.seconds;
        same_n++;
    }
    if (same_n) return same / same_n;
    const char *n = akin_json_as_text(akin_json_get(s->configs[s->cells[at].config].options, "epochs"));
    return epochs > 0 ? all / epochs * strtod(n ? n : "1", NULL) : NAN;
}

/* The data of the study itself: without them no cell can be trained, so that nothing is tried. */
static akin_status check_data(const study *s, int at, akin_error *err)
{
    const char *data = s->configs[s->cells[at].config].data, *packaged = "/usr/share/datasets/";
    if (!s->data || strcmp(data, s->data) != 0 || access(data, F_OK) == 0) return AKIN_OK;
    if (strncmp(data, packaged, strlen(packaged)) != 0)
        return study_fail(err, AKIN_ERR_INPUT, "there is no data set '%s'; name another with --data DATA",
                          data);
    return study_fail(
        err, AKIN_ERR_INPUT,
        "there is no data set '%s'; install Debian's dataset-%s, or name another with --data DATA", data,
        data + strlen(packaged));
}

/* Train and measure one cell and say so; AKIN_ERR_CHECK = it failed, others go on. */
static akin_status do_cell(const study_job *job, int at, int number, int total, int *code, akin_error *err)
{
    const study_cell *cell = &job->s->cells[at];
    const char *name = job->s->configs[cell->config].name;
    const double begun = now_s(), guess = study_estimate(job, at);
    study_state before;
    akin_status status = study_store_state(job->db, cell->id, &before, err);
    if (!status) status = study_store_mark(job->db, cell->id, "running", before.seconds, NULL, err);
    if (status) return status;
    if (isfinite(guess))
        cli_note(job->args, "[%d/%d] %s seed %lld; about %.0f s", number, total, name, (long long)cell->seed,
                 guess);
    else
        cli_note(job->args, "[%d/%d] %s seed %lld", number, total, name, (long long)cell->seed);
    status = run_cell(job, cell, code, err);
    const double seconds = before.seconds + now_s() - begun;
    const char *mark = !status ? "done" : status == AKIN_ERR_INTERRUPTED ? "interrupted" : "failed";
    const akin_status stored =
        study_store_mark(job->db, cell->id, mark, seconds, status ? err->message : NULL, status ? NULL : err);
    if (!status && !stored) cli_note(job->args, "[%d/%d] done in %.1f s", number, total, seconds);
    if (status == AKIN_ERR_CHECK) {
        cli_error(job->args, status, "cell %s failed: %s", cell->id, err->message);
        if (!*code) *code = akin_status_exit_code(AKIN_ERR_CHECK);
    }
    return status ? status : stored;
}

akin_status study_run(const study_job *job, int *code, akin_error *err)
{
    const study *s = job->s;
    const double begun = now_s();
    int number = 0, total = 0, left = 0;
    *code = 0;
    for (int i = 0; i < s->cell_count; i++) total += job->chosen[i];
    akin_status status = AKIN_OK;
    bool files = false;
    for (int i = 0; i < s->cell_count && !status; i++) {
        bool all;
        if (!job->chosen[i]) continue;
        number++;
        status = measured(job, &s->cells[i], NULL, &all, err);
        if (status || all) {
            study_state state;
            if (!status) status = study_store_state(job->db, s->cells[i].id, &state, err);
            if (!status && strcmp(state.status, "done") != 0)
                status = study_store_mark(job->db, s->cells[i].id, "done", state.seconds, NULL, err);
            continue;
        }
        const double guess = study_estimate(job, i), spent = now_s() - begun;
        if (job->budget_s > 0 &&
            (spent >= job->budget_s || (isfinite(guess) && spent + guess > job->budget_s))) {
            left++;
            continue;
        }
        if (study_signal())
            status = study_fail(err, AKIN_ERR_INTERRUPTED, "stopped by signal %d", study_signal());
        int failed = 0;
        if (!status) status = check_data(s, i, err);
        if (!status && !files) status = make_files(job, &failed, err);
        files = true;
        if (!status)
            status = do_cell(job, i, number, total, &failed, err);
        else if (status == AKIN_ERR_CHECK) {
            *code = failed ? failed : akin_status_exit_code(status);
            return status; /* without its files nothing can go on */
        }
        if (status == AKIN_ERR_CHECK) {
            *code = *code ? *code : failed;
            status = AKIN_OK;
        }
    }
    if (left)
        cli_note(job->args, "the budget is used up: %d cell%s left; the same command goes on", left,
                 left > 1 ? "s" : "");
    return status;
}
