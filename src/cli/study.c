/* SPDX-License-Identifier: Apache-2.0 */
/* cli/study.c - akin study: a grid of runs from a file or built in, run, resumed, told as a table. */
#include "study/study.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 16 << 20 };

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "DIR", 0, 0, "folder of the study; made if it does not exist" },
    { "list", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the studies that are built in" },
    { "print", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the study as a file, to copy and change" },
    { "dry-run", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "list the cells with the time they take; run nothing" },
    { "table", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the table of what DIR holds; run nothing" },
    { "only", AKIN_OPT_TEXT, NULL, "TERMS", 0, 0,
      "these cells: AXIS=LABEL, seed=N or the names of cells, commas between" },
    { "budget", AKIN_OPT_TEXT, NULL, "TIME", 0, 0, "begin no cell that would end later: 90s, 30m, 2h, 1d" },
    { "scale", AKIN_OPT_REAL, "1", "X", 1e-6, 1e6, "multiplies the epochs of every cell" },
    { "data", AKIN_OPT_TEXT, NULL, "DATA", 0, 0, "another data set than the study's" },
    { "set", AKIN_OPT_TEXT, NULL, "NAME=VALUE", 0, 0,
      "an option of training in all cells, unless an axis has it; may be repeated" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static const study_builtin *builtin(const char *name)
{
    for (const study_builtin *b = study_builtins; b->name; b++)
        if (strcmp(b->name, name) == 0) return b;
    return NULL;
}

static int list_studies(const cli_args *args)
{
    akin_json *all = akin_json_array();
    for (const study_builtin *b = study_builtins; b->name; b++) {
        akin_json *root = NULL;
        if (akin_json_parse(b->text, strlen(b->text), b->name, 0, &root, NULL)) continue;
        const char *title = akin_json_as_text(akin_json_get(root, "title")),
                   *paper = akin_json_as_text(akin_json_get(root, "paper"));
        if (args->json)
            akin_json_append(
                all, akin_json_pack("{s:s,s:s?,s:s?}", "name", b->name, "title", title, "paper", paper));
        else
            printf("%-14s %s%s%s\n", b->name, title ? title : "", paper ? "  " : "", paper ? paper : "");
        akin_json_free(root);
    }
    akin_json *o = akin_json_pack("{s:o}", "studies", all);
    if (args->json) return cli_print_json(args, o);
    akin_json_free(o);
    return 0;
}

/* "90", "90s", "30m", "2h", "1d" in seconds; 0 for anything else. */
static double duration(const char *text)
{
    char *end;
    const double x = strtod(text, &end);
    const char *units = "smhd", *at = *end ? strchr(units, *end) : units;
    const double seconds[] = { 1, 60, 3600, 86400 };
    if (end == text || !at || (*end && end[1]) || !(x > 0) || !isfinite(x)) return 0;
    return x * seconds[at - units];
}

/* Opening ------------------------------------------------------------------------------------------------------- */

static akin_status parse_set(study *s, const char *pairs, akin_error *err)
{
    s->set = akin_json_object();
    while (pairs && *pairs) {
        char name[64], value[1024];
        const size_t length = strcspn(pairs, "\n"), until = strcspn(pairs, "=\n");
        if (!until || until >= sizeof name || until == length || length - until > sizeof value)
            return study_fail(err, AKIN_ERR_ARGUMENT, "--set is '%.*s'; it must be NAME=VALUE",
                              (int)(length < 100 ? length : 100), pairs);
        snprintf(name, sizeof name, "%.*s", (int)until, pairs);
        snprintf(value, sizeof value, "%.*s", (int)(length - until - 1), pairs + until + 1);
        akin_json_put(s->set, name, akin_json_text(value));
        pairs += length + (pairs[length] == '\n');
    }
    return AKIN_OK;
}

/* The text of the study that is named, or of the one that DIR holds. *source: for messages. */
static akin_status find_text(const cli_args *args, study_store *db, const char **source, char **text,
                             akin_error *err)
{
    const char *name = args->positionals ? args->positional[0] : NULL;
    *text = NULL;
    if (!name) {
        *source = cli_text(args, "out");
        akin_status status = db ? study_store_get(db, "text", text, err) : AKIN_OK;
        if (!status && !*text)
            status =
                study_fail(err, AKIN_ERR_ARGUMENT, "which study? name a built-in one (--list) or a file");
        return status;
    }
    *source = name;
    const study_builtin *b = builtin(name);
    if (b) {
        *text = malloc(strlen(b->text) + 1);
        if (!*text) return study_fail(err, AKIN_ERR_NOMEM, "no memory for the study");
        strcpy(*text, b->text);
        return AKIN_OK;
    }
    if (!strchr(name, '/') && !strchr(name, '.') && access(name, F_OK) != 0) {
        const char *names[32];
        int n = 0;
        for (const study_builtin *i = study_builtins; i->name && n < 31; i++) names[n++] = i->name;
        names[n] = NULL;
        const char *near = akin_nearest_name(name, names);
        return study_fail(err, AKIN_ERR_ARGUMENT,
                          "'%s' is neither a file nor a study%s%s%s; --list names them", name,
                          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return akin_file_load(name, MOST_BYTES, text, NULL, err);
}

/* --data, --scale and --set: given, else those that DIR was begun with. */
static akin_status settle(const cli_args *args, study *s, study_store *db, akin_error *err)
{
    char *data = NULL, *scale = NULL, *set = NULL;
    akin_status status = AKIN_OK;
    if (db) status = study_store_get(db, "data", &data, err);
    if (!status && db) status = study_store_get(db, "scale", &scale, err);
    if (!status && db) status = study_store_get(db, "set", &set, err);
    const char *own = study_text(s, "data"), *given = cli_given(args, "data") ? cli_text(args, "data")
                                                      : data && *data         ? data
                                                      : *own                  ? own
                                                                              : NULL;
    if (!status && given) {
        s->data = realpath(given, NULL); /* the study may go on from another folder */
        if (!s->data) s->data = malloc(strlen(given) + 1), s->data ? strcpy(s->data, given) : NULL;
        if (!s->data) status = study_fail(err, AKIN_ERR_NOMEM, "no memory for the study");
    }
    s->scale = !cli_given(args, "scale") && scale ? strtod(scale, NULL) : cli_real(args, "scale");
    if (!status) status = parse_set(s, cli_given(args, "set") ? cli_text(args, "set") : set, err);
    free(data);
    free(scale);
    free(set);
    return status;
}

static akin_status open_study(const cli_args *args, study_store *db, study *s, akin_error *err)
{
    char *text = NULL;
    const char *source = "";
    akin_status status = find_text(args, db, &source, &text, err);
    if (!status) status = study_parse(s, source, text, err);
    if (!status) status = settle(args, s, db, err);
    if (!status) status = study_expand(s, err);
    free(text);
    return status;
}

/* Remember what DIR is, and its cells; refused when it is another study. */
static akin_status enter(const cli_args *args, study_store *db, const study *s, akin_error *err)
{
    char *before = NULL, scale[64], set[4096] = "";
    const char *name;
    akin_json *value;
    snprintf(scale, sizeof scale, "%.17g", s->scale);
    AKIN_JSON_EACH(s->set, name, value)
    {
        const size_t n = strlen(set);
        snprintf(set + n, sizeof set - n, "%s%s=%s", n ? "\n" : "", name, akin_json_as_text(value));
    }
    akin_status status = study_store_begin(db, err);
    if (!status) status = study_store_get(db, "name", &before, err);
    if (!status && before && strcmp(before, study_text(s, "name")) != 0)
        status = study_fail(err, AKIN_ERR_ARGUMENT, "'%s' holds study %s; choose another --out for %s",
                            cli_text(args, "out"), before, study_text(s, "name"));
    free(before);
    for (int c = 0; c < s->cell_count && !status; c++) status = study_store_cell(db, s, c, err);
    const char *pairs[][2] = { { "name", study_text(s, "name") },
                               { "text", s->text },
                               { "data", s->data ? s->data : "" },
                               { "scale", scale },
                               { "set", set },
                               { "version", akin_version() },
                               { "command", cli_command_line() } };
    for (int i = 0; i < 7 && !status; i++) status = study_store_put(db, pairs[i][0], pairs[i][1], err);
    return status ? status : study_store_commit(db, err); /* closing without it undoes all */
}

/* What is told -------------------------------------------------------------------------------------------------- */

static void time_text(char *to, size_t size, double s)
{
    if (!isfinite(s))
        snprintf(to, size, "?");
    else if (s < 120)
        snprintf(to, size, "%.1f s", s);
    else if (s < 7200)
        snprintf(to, size, "%.0f min", s / 60);
    else
        snprintf(to, size, "%.1f h", s / 3600);
}

static int dry_run(const study_job *job)
{
    const study *s = job->s;
    akin_json *all = akin_json_array();
    double left = 0;
    bool guessed = false;
    for (int c = 0; c < s->cell_count; c++) {
        if (!job->chosen[c]) continue;
        const study_config *config = &s->configs[s->cells[c].config];
        study_state state = { .status = "" };
        if (job->db) study_store_state(job->db, s->cells[c].id, &state, NULL);
        const bool done = strcmp(state.status, "done") == 0;
        double seconds = done ? state.seconds : study_estimate(job, c);
        if (!isfinite(seconds)) {
            seconds = study_guess(s, c);
            guessed = true;
        }
        if (!done) left += seconds;
        char time[32];
        time_text(time, sizeof time, seconds);
        const char *status = *state.status ? state.status : "waiting";
        if (job->args->json)
            akin_json_append(
                all, akin_json_pack("{s:s,s:s,s:I,s:O,s:O,s:s,s:o}", "id", s->cells[c].id, "configuration",
                                    config->name, "seed", (int64_t)s->cells[c].seed, "labels", config->labels,
                                    "options", config->options, "status", status, "seconds",
                                    isfinite(seconds) ? akin_json_real(seconds) : akin_json_null()));
        else
            printf("%-11s %9s  %s\n", status, time, s->cells[c].id);
    }
    akin_json *o =
        akin_json_pack("{s:o,s:o,s:b}", "cells", all, "seconds_left",
                       isfinite(left) ? akin_json_real(left) : akin_json_null(), "guessed", (int)guessed);
    if (job->args->json) return cli_print_json(job->args, o);
    akin_json_free(o);
    char time[32];
    time_text(time, sizeof time, left);
    if (!isfinite(left))
        cli_note(job->args, "no cell is done yet; the time of the first tells that of the others");
    else if (guessed)
        cli_note(job->args,
                 "about %s of training to go, guessed from the arithmetic alone; the first cell that is done "
                 "tells more",
                 time);
    else
        cli_note(job->args, "%s to go, by the cells that are done", time);
    return 0;
}

static akin_status store_claims(study_store *db, const akin_json *summary, akin_error *err)
{
    const akin_json *claims = akin_json_get(summary, "claims");
    akin_status status = study_store_begin(db, err);
    if (!status) status = study_store_claims_clear(db, err);
    for (size_t i = 0; i < akin_json_length(claims) && !status; i++) {
        const akin_json *c = akin_json_at(claims, i);
        const char *keys[] = { "difference", "low", "high" };
        double v[3];
        for (int k = 0; k < 3; k++)
            v[k] = akin_json_is_number(akin_json_get(c, keys[k]))
                       ? akin_json_as_real(akin_json_get(c, keys[k]))
                       : NAN;
        const akin_mean95 d = { akin_json_as_int(akin_json_get(c, "n")), v[0], v[1], v[2] };
        status = study_store_claim(db, akin_json_as_text(akin_json_get(c, "name")),
                                   akin_json_as_text(akin_json_get(c, "text")), &d,
                                   akin_json_as_text(akin_json_get(c, "verdict")), err);
    }
    return status ? status : study_store_commit(db, err);
}

/* The table on stdout, and in DIR/table.md when save. */
static int tell(const cli_args *args, const study *s, study_store *db, bool save)
{
    akin_error err;
    akin_json *summary = study_summary(s, db, &err);
    if (!summary) return cli_fail(args, &err);
    char *text = study_markdown(s, summary), path[STUDY_PATH];
    snprintf(path, sizeof path, "%s/table.md", cli_text(args, "out"));
    akin_status status = text ? AKIN_OK : study_fail(&err, AKIN_ERR_NOMEM, "no memory for the table");
    if (!status && save) status = store_claims(db, summary, &err);
    if (!status && save) status = akin_file_save(path, text, strlen(text), &err);
    int code = status ? cli_fail(args, &err) : 0;
    if (!code && args->json)
        code = cli_print_json(args, summary);
    else {
        if (!code) fputs(text, stdout);
        akin_json_free(summary);
    }
    free(text);
    return code;
}

/* The verb ------------------------------------------------------------------------------------------------------ */

static int print_study(const cli_args *args)
{
    akin_error err;
    char *text = NULL;
    const char *source;
    if (find_text(args, NULL, &source, &text, &err)) return cli_fail(args, &err);
    fputs(text, stdout);
    free(text);
    return 0;
}

/* --table and --dry-run: nothing is made or changed. */
static int look(const cli_args *args, bool table)
{
    const char *dir = cli_text(args, "out");
    char path[STUDY_PATH];
    study_store *db = NULL;
    study s = { .scale = 1 };
    akin_error err;
    akin_status status = AKIN_OK;
    if (table && !dir)
        return cli_error(args, AKIN_ERR_ARGUMENT, "the table of which study? name its folder with --out DIR");
    snprintf(path, sizeof path, "%s/study.sqlite", dir ? dir : ".");
    if (dir && access(path, F_OK) == 0)
        status = study_store_open(path, false, &db, &err);
    else if (table)
        status = study_fail(&err, AKIN_ERR_INPUT, "'%s' holds no study", dir);
    if (!status) status = open_study(args, db, &s, &err);
    study_job job = { .args = args, .s = &s, .dir = dir ? dir : ".", .db = db };
    if (!status && !table) status = study_only(&s, cli_text(args, "only"), &job.chosen, &err);
    const int code = status ? cli_fail(args, &err) : table ? tell(args, &s, db, false) : dry_run(&job);
    free(job.chosen);
    study_free(&s);
    study_store_close(db);
    return code;
}

static akin_status make_folders(const char *dir, akin_error *err)
{
    const char *names[] = { "runs", "logs", "files" };
    akin_status status = akin_folder_make(dir, err);
    for (int i = 0; i < 3 && !status; i++) {
        char path[STUDY_PATH];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        status = akin_folder_make(path, err);
    }
    return status;
}

/* What is wrong with the command or the file is told before anything is made. */
static akin_status check_first(const cli_args *args, const char *path, akin_error *err)
{
    study_store *db = NULL;
    study s = { .scale = 1 };
    bool *chosen = NULL;
    akin_status status = access(path, F_OK) == 0 ? study_store_open(path, false, &db, err) : AKIN_OK;
    if (!status) status = open_study(args, db, &s, err);
    if (!status) status = study_only(&s, cli_text(args, "only"), &chosen, err);
    free(chosen);
    study_free(&s);
    study_store_close(db);
    return status;
}

static int work(const cli_args *args, const char *dir)
{
    char path[STUDY_PATH];
    study_store *db = NULL;
    study s = { .scale = 1 };
    study_job job = { .args = args, .s = &s, .dir = dir };
    akin_error err;
    int code = 0;
    if (cli_given(args, "budget") && !((job.budget_s = duration(cli_text(args, "budget"))) > 0))
        return cli_error(args, AKIN_ERR_RANGE, "--budget is '%s'; expected a time such as 90s, 30m, 2h or 1d",
                         cli_text(args, "budget"));
    if (akin_build_need("SQLite", &err)) return cli_fail(args, &err);
    snprintf(path, sizeof path, "%s/study.sqlite", dir);
    study_watch_signals();
    akin_status status = check_first(args, path, &err);
    if (!status) status = make_folders(dir, &err);
    char *whole = status ? NULL : realpath(dir, NULL); /* a run goes on from another folder too */
    if (whole) job.dir = whole;
    if (!status) status = study_lock(dir, &err);
    if (!status) status = study_store_open(path, true, &db, &err);
    if (!status) status = open_study(args, db, &s, &err);
    if (!status) status = enter(args, db, &s, &err);
    if (!status) status = study_only(&s, cli_text(args, "only"), &job.chosen, &err);
    job.db = db;
    if (!status) status = study_run(&job, &code, &err);
    if (status)
        code = status == AKIN_ERR_INTERRUPTED ? 128 + study_signal()
               : code                         ? code
                                              : akin_status_exit_code(status);
    if (status) cli_fail(args, &err);
    if (!status || status == AKIN_ERR_INTERRUPTED) {
        const int told = tell(args, &s, db, true);
        code = code ? code : told;
    }
    free(whole);
    free(job.chosen);
    study_free(&s);
    study_store_close(db);
    return code;
}

static int run(const cli_args *args)
{
    if (cli_flag(args, "list")) return list_studies(args);
    if (cli_flag(args, "print")) return print_study(args);
    if (cli_given(args, "seed"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "the seeds are those of the study; --only seed=N picks one");
    if (cli_flag(args, "table")) return look(args, true);
    if (cli_flag(args, "dry-run")) return look(args, false);
    const char *dir = cli_text(args, "out");
    if (!dir)
        return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the folder of the study with --out DIR");
    if (strlen(dir) > STUDY_PATH / 2) return cli_error(args, AKIN_ERR_ARGUMENT, "--out is too long a path");
    return work(args, dir);
}

static const cli_example EXAMPLES[] = {
    { "The studies that are built in", "akin study --list" },
    { "The cells of one, and the time they take", "akin study zhang --out studies/zhang --dry-run" },
    { NULL, NULL },
};

const cli_verb cli_study = {
    .name = "study",
    .line = "a grid of runs, resumable, with a table and verdicts on claims",
    .usage = "NAME|FILE.json --out DIR   |   --out DIR [--table]   |   --list",
    .text = "Trains every cell of the grid, measures it and stores the results in DIR/study.sqlite; the same "
            "command goes on\n"
            "after any interruption. The table has means with 95 % intervals over seeds, the paper's numbers "
            "beside them, and\n"
            "for each claim a verdict from differences paired by seed. docs/studies.md specifies the file; "
            "--print shows one.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 1,
    .run = run,
};
