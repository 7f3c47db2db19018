/* SPDX-License-Identifier: Apache-2.0 */
/* study/run.c - cell after cell: train, measure, store; each part is skipped when it is there already.
 *
 *     DIR/files/NAME          what "files" makes, once
 *     DIR/runs/ID             the run; akin train --resume begins it or goes on
 *     DIR/logs/ID.log         commands, and what they say on stderr
 *     DIR/logs/ID.TOOL.json   the document of a tool
 *
 * The order of storing makes any instant safe: a run is whole when its DONE is there, the results of a tool
 * are stored in one commit, and a cell is done when it has all of its results. */
#include "base/plain.h"
#include "study/study.h"
#include "base/escape.h"
#include "base/path.h"

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
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

static void note(const akin_study *s, bool failed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note(const akin_study *s, bool failed, const char *format, ...)
{
    char text[2048];
    va_list list;
    if (!s->opts.on_note) return;
    va_start(list, format);
    akin_vformat(text, sizeof text, format, list);
    va_end(list);
    s->opts.on_note(failed, text, s->opts.ctx);
}

/* Command lines -------------------------------------------------------------------------------------- */

typedef struct command {
    char *arg[MOST_ARGS + 1]; /* owned; NULL ends it */
    int count;
    bool lacks; /* a word for which there was no memory */
} command;

static bool push(command *c, const char *text)
{
    if (c->count >= MOST_ARGS) return false;
    c->arg[c->count] = malloc(strlen(text) + 1);
    if (!c->arg[c->count]) return c->lacks = true, false;
    strcpy(c->arg[c->count++], text);
    return true;
}

static void drop(command *c)
{
    for (int i = 0; i < c->count; i++) free(c->arg[i]);
    memset(c, 0, sizeof *c);
}

/* One argument with its {words} replaced. */
static akin_status push_words(command *c, const akin_study *s, const ak_study_cell *cell, const char *text,
                              akin_error *err)
{
    char *full = ak_study_words(s, cell, s->place, text, err);
    if (!full) return err->status;
    const bool fits = push(c, full);
    free(full);
    return fits ? AKIN_OK : ak_no_memory(err, "for a command, or it has more than %d arguments", MOST_ARGS);
}

static akin_status push_list(command *c, const akin_study *s, const ak_study_cell *cell,
                             const akin_json *list, const char *out, akin_error *err)
{
    akin_status status = AKIN_OK;
    for (size_t i = 0; i < akin_json_length(list) && !status; i++) {
        const char *text = akin_json_as_text(akin_json_at(list, i));
        status = push_words(c, s, cell, out && strcmp(text, "{out}") == 0 ? out : text, err);
    }
    return status;
}

static void push_threads(command *c, const akin_study *s)
{
    char text[16];
    if (s->opts.threads < 0) return;
    snprintf(text, sizeof text, "%d", s->opts.threads);
    push(c, "--threads");
    push(c, text);
}

static bool is_flag(const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return o->type == AKIN_OPT_FLAG;
    return false;
}

/* A cell is what its file says, and what `akin train` sets without a recipe. */
static bool takes_recipe(const akin_study *s, akin_json *options)
{
    const akin_json *words = akin_json_get(s->root, "train"), *word;
    size_t i;
    if (akin_json_get(options, "recipe") || akin_json_get(options, "budget")) return true;
    AKIN_JSON_ITEMS(words, i, word)
    if (strcmp(akin_json_as_text(word), "--recipe") == 0 || strcmp(akin_json_as_text(word), "--config") == 0)
        return true;
    return false;
}

static akin_status train_command(command *c, const akin_study *s, const ak_study_cell *cell, akin_error *err)
{
    const ak_study_config *config = &s->configs[cell->config];
    char text[160];
    const char *head[] = { "akin",     "train",  "{data}", "--out",    "{run}",
                           "--resume", "--seed", "{seed}", "--recipe", "none" },
               *name;
    akin_json *value;
    akin_status status = AKIN_OK;
    const int words = takes_recipe(s, config->options) ? 8 : 10;
    for (int i = 0; i < words && !status; i++) status = push_words(c, s, cell, head[i], err);
    AKIN_JSON_EACH(config->options, name, value)
    {
        snprintf(text, sizeof text, "--%s", name);
        if (!status && !push(c, text)) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a command");
        if (!status && !is_flag(name)) status = push_words(c, s, cell, akin_json_as_text(value), err);
    }
    if (!status) status = push_list(c, s, cell, akin_json_get(s->root, "train"), NULL, err);
    push_threads(c, s);
    return status;
}

/* Append "$ akin ..." to a log. */
static void note_command(const char *log, const command *c)
{
    FILE *f = fopen(log, "a");
    if (!f && errno == ENOMEM) akin_memory_lack();
    if (!f) return; /* the child says what is wrong with the log */
    fputc('$', f);
    for (int i = 0; i < c->count; i++)
        akin_print(f, strpbrk(c->arg[i], " '\"\\$*?") ? " '%s'" : " %s", c->arg[i]);
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
static akin_status spawn(const akin_study *s, const char *log, const command *c, const char *out, int *code,
                         akin_error *err)
{
    char said[512];
    note_command(log, c);
    if (c->lacks) return ak_no_memory(err, "for a command");
    akin_status status = ak_study_spawn(s->opts.program, c->arg, out, log, code, err);
    if (status) return status;
    if (ak_study_signal())
        return ak_fail(err, AKIN_ERR_INTERRUPTED, "stopped by signal %d", ak_study_signal());
    if (*code) { /* where storing failed, as on a full disk, the other cells would fail too: the study ends */
        const akin_status kind = *code == akin_status_exit_code(AKIN_ERR_IO) ? AKIN_ERR_IO : AKIN_ERR_CHECK;
        return ak_fail(err, kind, "exit %d: %s", *code, last_line(log, said, sizeof said));
    }
    return AKIN_OK;
}

/* Files ---------------------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static akin_status make_files(const akin_study *s, int *code, akin_error *err)
{
    const char *name;
    akin_json *list;
    akin_status status = AKIN_OK;
    AKIN_JSON_EACH(akin_json_get(s->root, "files"), name, list)
    {
        char path[AK_STUDY_PATH], part[AK_STUDY_PATH + 8], log[AK_STUDY_PATH + 8];
        snprintf(path, sizeof path, "%s/files/%s", s->place, name);
        snprintf(part, sizeof part, "%s/files/part.%s", s->place,
                 name); /* the end of a name may decide its kind */
        snprintf(log, sizeof log, "%s/logs/files.log", s->place);
        bool there;
        AK_TRY(ak_look_stored(path, &there, NULL, err));
        if (there) continue;
        AK_TRY(ak_look_stored(part, &there, NULL, err));
        if (there) nftw(part, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        command c = { .count = 0 };
        push(&c, "akin");
        status = push_list(&c, s, &s->cells[0], list, part, err);
        if (!status) status = spawn(s, log, &c, NULL, code, err);
        drop(&c);
        if (!status && ak_rename(part, path) != 0)
            status = errno == ENOENT
                         ? ak_fail(err, AKIN_ERR_CHECK,
                                   "file '%s' was not made; its command must write to {out}", name)
                         : ak_fail(err, AKIN_ERR_IO, "cannot rename to '%s': %s", path, ak_strerror(errno));
        if (status == AKIN_ERR_CHECK) {
            const akin_error why = *err;
            ak_fail(err, status, "file '%s': %.600s", name, why.message);
        }
        if (status) break;
    }
    return status;
}

/* Measurements --------------------------------------------------------------------------------------- */

/* What a result was made by: when this changes, it is measured again. */
static char *made_by(const akin_study *s, const ak_study_cell *cell, const akin_json *measure)
{
    const char *from = akin_json_get_text(measure, "from");
    const akin_json *list = akin_json_get(akin_json_get(s->root, "tools"), from);
    akin_json *all = akin_json_array();
    akin_error err;
    for (size_t i = 0; i < akin_json_length(list); i++) { /* names within DIR do not count: it may be moved */
        char *text = ak_study_words(s, cell, ".", akin_json_as_text(akin_json_at(list, i)), &err);
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
static bool meant(const akin_study *s, const ak_study_cell *cell, const akin_json *m, const char *from)
{
    if (from && strcmp(from, akin_json_get_text(m, "from")) != 0) return false;
    return ak_study_where(akin_json_get(m, "where"), s->configs[cell->config].labels);
}

/* Whether all measurements `from` (NULL = of any) are stored. */
static akin_status measured(const akin_study *s, const ak_study_cell *cell, const char *from, bool *all,
                            akin_error *err)
{
    const akin_json *list = akin_json_get(s->root, "measures");
    akin_status status = AKIN_OK;
    *all = true;
    for (size_t i = 0; i < akin_json_length(list) && !status && *all; i++) {
        const akin_json *m = akin_json_at(list, i);
        if (!meant(s, cell, m, from)) continue;
        char *by = made_by(s, cell, m);
        double value;
        status =
            by ? ak_study_store_value(s->db, cell->id, akin_json_get_text(m, "name"), by, &value, all, err)
               : ak_fail(err, AKIN_ERR_NOMEM, "no memory for a measurement");
        free(by);
    }
    return status;
}

static akin_status store_all(const akin_study *s, const ak_study_cell *cell, const char *from,
                             const akin_json *document, akin_error *err)
{
    const akin_json *list = akin_json_get(s->root, "measures");
    akin_status status = ak_study_store_begin(s->db, err);
    for (size_t i = 0; i < akin_json_length(list) && !status; i++) {
        const akin_json *m = akin_json_at(list, i);
        if (!meant(s, cell, m, from)) continue;
        double value = NAN;
        bool null = false;
        char *by = made_by(s, cell, m);
        akin_error why;
        const akin_status found = ak_study_measure(m, document, &value, &null, &why);
        if (!by || found == AKIN_ERR_NOMEM)
            status = ak_no_memory(err, "for a measurement");
        else if (found)
            status = ak_fail(err, AKIN_ERR_CHECK, "%s", why.message);
        else
            status = ak_study_store_result(s->db, cell->id, akin_json_get_text(m, "name"), by,
                                           null ? NULL : &value, err);
        free(by);
    }
    const akin_status stored = ak_study_store_commit(s->db, status ? NULL : err); /* what was found stays */
    return status ? status : stored;
}

/* What a tool has printed. Where it cannot be read, nothing is wrong with the tool. */
static akin_status load_document(const char *path, akin_json **document, akin_error *err)
{
    akin_error why;
    const akin_status status = akin_json_load(path, (size_t)256 << 20, 0, document, &why);
    if (!status) return AKIN_OK;
    if (status == AKIN_ERR_FORMAT)
        return ak_fail(err, AKIN_ERR_CHECK, "'%s' is no JSON document: %s", path, why.message);
    return ak_fail(err, status == AKIN_ERR_INPUT ? AKIN_ERR_IO : status, "%s", why.message);
}

static akin_status use_tool(const akin_study *s, const ak_study_cell *cell, const char *tool, const char *log,
                            int *code, akin_error *err)
{
    bool all;
    akin_status status = measured(s, cell, tool, &all, err);
    if (status || all) return status;
    char out[AK_STUDY_PATH], run[AK_STUDY_PATH];
    akin_json *document = NULL;
    if (strcmp(tool, "train") == 0) {
        snprintf(run, sizeof run, "%s/runs/%s", s->place, cell->id);
        status = ak_study_run_document(run, &document, err);
    } else {
        snprintf(out, sizeof out, "%s/logs/%s.%s.json", s->place, cell->id, tool);
        command c = { .count = 0 };
        push(&c, "akin");
        status = push_list(&c, s, cell, akin_json_get(akin_json_get(s->root, "tools"), tool), NULL, err);
        push(&c, "--json");
        push_threads(&c, s);
        if (!status) status = spawn(s, log, &c, out, code, err);
        drop(&c);
        if (!status) status = load_document(out, &document, err);
    }
    if (!status) status = store_all(s, cell, tool, document, err);
    akin_json_free(document);
    return status;
}

/* Cells ---------------------------------------------------------------------------------------------- */

static akin_status train_cell(const akin_study *s, const ak_study_cell *cell, const char *log, int *code,
                              akin_error *err)
{
    char done[AK_STUDY_PATH];
    snprintf(done, sizeof done, "%s/runs/%s/DONE", s->place, cell->id);
    bool there;
    AK_TRY(ak_look_stored(done, &there, NULL, err));
    if (there) return AKIN_OK;
    command c = { .count = 0 };
    akin_status status = train_command(&c, s, cell, err);
    if (!status) status = spawn(s, log, &c, NULL, code, err);
    drop(&c);
    return status;
}

static akin_status run_cell(const akin_study *s, const ak_study_cell *cell, int *code, akin_error *err)
{
    char log[AK_STUDY_PATH];
    snprintf(log, sizeof log, "%s/logs/%s.log", s->place, cell->id);
    akin_status status = train_cell(s, cell, log, code, err);
    const akin_json *tools = akin_json_get(s->root, "tools");
    const char *name;
    akin_json *list;
    if (!status) status = use_tool(s, cell, "train", log, code, err);
    if (!status) AKIN_JSON_EACH((akin_json *)tools, name, list)
        {
            status = use_tool(s, cell, name, log, code, err);
            if (status) break;
        }
    return status;
}

double ak_study_estimate(const akin_study *s, int at)
{
    double same = 0, all = 0, epochs = 0;
    int same_n = 0;
    for (int c = 0; c < s->cell_count; c++) {
        ak_study_state state;
        if (!s->db || ak_study_store_state(s->db, s->cells[c].id, &state, NULL) ||
            strcmp(state.status, "done") != 0)
            continue;
        const char *n = akin_json_get_text(s->configs[s->cells[c].config].options, "epochs");
        all += state.seconds;
        epochs += ak_strtod(n ? n : "1", NULL);
        if (s->cells[c].config != s->cells[at].config) continue;
        same += state.seconds;
        same_n++;
    }
    if (same_n) return same / same_n;
    const char *n = akin_json_get_text(s->configs[s->cells[at].config].options, "epochs");
    return epochs > 0 ? all / epochs * ak_strtod(n ? n : "1", NULL) : NAN;
}

/* The data of the study itself: without them no cell can be trained, so that nothing is tried. */
static akin_status check_data(const akin_study *s, int at, akin_error *err)
{
    const char *data = s->configs[s->cells[at].config].data, *packaged = "/usr/share/datasets/";
    bool there = true;
    if (s->data && strcmp(data, s->data) == 0) AK_TRY(ak_look(data, &there, NULL, err));
    if (there) return AKIN_OK;
    if (strncmp(data, packaged, strlen(packaged)) != 0)
        return ak_fail(err, AKIN_ERR_INPUT, "there is no data set '%s'; name another with --data DATA", data);
    return ak_fail(err, AKIN_ERR_INPUT,
                   "there is no data set '%s'; install Debian's dataset-%s, or name another with --data DATA",
                   data, data + strlen(packaged));
}

/* Train and measure one cell and say so; AKIN_ERR_CHECK = it failed, others go on. */
static akin_status do_cell(const akin_study *s, int at, int number, int total, int *code, akin_error *err)
{
    const ak_study_cell *cell = &s->cells[at];
    const char *name = s->configs[cell->config].name;
    const double begun = now_s(), guess = ak_study_estimate(s, at);
    ak_study_state before;
    akin_status status = ak_study_store_state(s->db, cell->id, &before, err);
    if (!status) status = ak_study_store_mark(s->db, cell->id, "running", before.seconds, NULL, err);
    if (status) return status;
    if (isfinite(guess))
        note(s, false, "[%d/%d] %s seed %lld; about %.0f s", number, total, name, (long long)cell->seed,
             guess);
    else
        note(s, false, "[%d/%d] %s seed %lld", number, total, name, (long long)cell->seed);
    status = run_cell(s, cell, code, err);
    const double seconds = before.seconds + now_s() - begun;
    const char *mark = !status ? "done" : status == AKIN_ERR_INTERRUPTED ? "interrupted" : "failed";
    const akin_status stored = ak_study_store_mark(s->db, cell->id, mark, seconds,
                                                   status ? err->message : NULL, status ? NULL : err);
    if (!status && !stored) note(s, false, "[%d/%d] done in %.1f s", number, total, seconds);
    if (status == AKIN_ERR_CHECK) {
        note(s, true, "cell %s failed: %s", cell->id, err->message);
        if (!*code) *code = akin_status_exit_code(AKIN_ERR_CHECK);
    }
    return status ? status : stored;
}

/* What is stored already is marked as done. */
static akin_status mark_done(const akin_study *s, const ak_study_cell *cell, akin_error *err)
{
    ak_study_state state;
    AK_TRY(ak_study_store_state(s->db, cell->id, &state, err));
    if (strcmp(state.status, "done") == 0) return AKIN_OK;
    return ak_study_store_mark(s->db, cell->id, "done", state.seconds, NULL, err);
}

static bool over_budget(const akin_study *s, int at, double spent)
{
    const double guess = ak_study_estimate(s, at), most = s->opts.budget_s;
    return most > 0 && (spent >= most || (isfinite(guess) && spent + guess > most));
}

/* What must be there before the first cell is trained; *code of a command that failed. */
static akin_status prepare(const akin_study *s, int at, bool *files, int *code, akin_error *err)
{
    if (ak_study_signal())
        return ak_fail(err, AKIN_ERR_INTERRUPTED, "stopped by signal %d", ak_study_signal());
    AK_TRY(check_data(s, at, err));
    if (*files) return AKIN_OK;
    *files = true;
    return make_files(s, code, err);
}

akin_status ak_study_run_cells(const akin_study *s, akin_study_result *result, akin_error *err)
{
    const double begun = now_s();
    int number = 0, total = 0;
    bool files = false;
    for (int i = 0; i < s->cell_count; i++) total += s->chosen[i];
    for (int i = 0; i < s->cell_count; i++) {
        bool all;
        int code = 0;
        if (!s->chosen[i]) continue;
        number++;
        AK_TRY(measured(s, &s->cells[i], NULL, &all, err));
        if (all) {
            AK_TRY(mark_done(s, &s->cells[i], err));
            continue;
        }
        if (over_budget(s, i, now_s() - begun)) {
            result->left++;
            continue;
        }
        akin_status status = prepare(s, i, &files, &code, err);
        const bool prepared = !status;
        if (prepared) status = do_cell(s, i, number, total, &code, err);
        if (status ==
            AKIN_ERR_CHECK) { /* without its files nothing can go on; without a cell the others can */
            result->failed++;
            if (!code) code = akin_status_exit_code(status);
            if (!result->exit_code || !prepared) result->exit_code = code;
        }
        if (status && (status != AKIN_ERR_CHECK || !prepared)) return status;
    }
    if (result->left)
        note(s, false, "the budget is used up: %d cell%s left; the same command goes on", result->left,
             result->left > 1 ? "s" : "");
    return AKIN_OK;
}
