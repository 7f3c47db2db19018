/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tune/akin_tune.c - akin tune: a small grid within a time, ranked by a criterion that needs no
 * labels. */
#include "cli/tune/tune.h"

#include "akin/tool/escape.h"
#include "akin/tool/model.h"
#include "akin/tool/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_VERBS = 64, LINE = 80, LEAST_SECONDS = 1 };
static const double RESERVE = 0.01, /* of the budget: for what comes after the last run */
    OVER = 0.02;                    /* of it: a run that would end later is not begun */

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "DIR", 0, 0, "folder of the runs; made if it does not exist" },
    { "budget", AKIN_OPT_TEXT, NULL, "TIME", 0, 0, "for all of it: 90s, 30m, 2h, 1d" },
    { "grid", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "axes and options of a study's file, such as akin study criteria-images --print" },
    { "criterion", AKIN_OPT_TEXT, TUNE_DEFAULT, "NAME", 0, 0,
      "what ranks the runs; list names them, with how well they do" },
    { "layer", AKIN_OPT_CHOICE, TUNE_LAYER, "backbone|projector", 0, 0, "the layer that is measured" },
    { "set", AKIN_OPT_TEXT, NULL, "NAME=VALUE", 0, 0,
      "an option of training in all runs, unless the grid has it; may be repeated" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Criteria ---------------------------------------------------------------------------------------------- */

static int list_criteria(const cli_args *args)
{
    akin_json *all = akin_json_array();
    for (const tune_criterion *c = tune_criteria; c->name; c++) {
        if (args->json)
            akin_json_append(all, akin_json_pack("{s:s,s:s,s:[f,f,f],s:[f,f,f]}", "name", c->name, "means",
                                                 c->line, "tau", c->tau[0], c->tau[1], c->tau[2], "regret",
                                                 c->regret[0], c->regret[1], c->regret[2]));
        else
            akin_print(stdout, "%-22s tau %5.2f [%5.2f, %5.2f]  regret %4.1f  %s\n", c->name, c->tau[0],
                       c->tau[1], c->tau[2], c->regret[0], c->line);
    }
    akin_json *o = akin_json_pack("{s:o}", "criteria", all);
    if (args->json) return cli_print_json(args, o);
    akin_json_free(o);
    return 0;
}

static int unknown_criterion(const cli_args *args, const char *name)
{
    const char *names[TUNE_CRITERIA + 1];
    int n = 0;
    for (const tune_criterion *c = tune_criteria; c->name && n < TUNE_CRITERIA; c++) names[n++] = c->name;
    names[n] = NULL;
    const char *near = akin_nearest_name(name, names);
    return cli_error(args, AKIN_ERR_ARGUMENT, "there is no criterion '%s'%s%s%s; --criterion list names them",
                     name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Time -------------------------------------------------------------------------------------------------- */

/* Seconds of the calls before this one. */
static akin_status load_time(const tune_grid *grid, double *used, akin_error *err)
{
    char path[TUNE_PATH];
    akin_json *root = NULL;
    akin_path_kind there;
    *used = 0;
    snprintf(path, sizeof path, "%.3900s/time.json", grid->dir);
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (status || there == AKIN_PATH_NONE) return status;
    status = akin_json_load(path, 1 << 16, 0, &root, err);
    if (!status) status = akin_json_read_real(root, "used_s", used, err);
    akin_json_free(root);
    return status;
}

static akin_status save_time(const tune_grid *grid, double used, akin_error *err)
{
    char path[TUNE_PATH];
    snprintf(path, sizeof path, "%.3900s/time.json", grid->dir);
    akin_json *root = akin_json_pack("{s:f}", "used_s", used);
    const akin_status status = akin_json_save(path, root, AKIN_JSON_COMPACT, 9, err);
    akin_json_free(root);
    return status;
}

/* Running ----------------------------------------------------------------------------------------------- */

typedef struct tuning {
    const cli_args *args;
    tune_grid grid;
    double budget, begun, before; /* seconds: of all; when this call began; those of earlier calls */
    double apart; /* what a run takes beside its training: the mean of those that were done in this call */
    int done;
    int failed, signal;
} tuning;

static double used_s(const tuning *t) { return t->before + now_s() - t->begun; }

static void tell_failure(bool failed, const char *text, void *ctx)
{
    tuning *t = ctx;
    if (!failed) return;
    cli_warn(t->args, "%s", text);
    t->failed++;
}

/* Seconds of training that configuration c was given, or would be; left: those that are not done, with it. */
static double training_s(const tuning *t, int c, int left)
{
    const akin_json *run = t->grid.config[c].run;
    const char *given = akin_json_get_text(akin_json_get(run, "options"), "budget");
    if (given) return strtod(given, NULL);
    return fmax(((1 - RESERVE) * t->budget - used_s(t)) / left - t->apart, LEAST_SECONDS);
}

/* Train and measure one configuration. */
static akin_status run_one(tuning *t, int c, double seconds, akin_error *err)
{
    tune_grid *grid = &t->grid;
    akin_study *study = NULL;
    akin_study_result result = AKIN_STUDY_RESULT_INIT;
    const double begun = now_s();
    const int failed = t->failed;
    const bool fresh = !grid->config[c].run;
    akin_status status = tune_grid_begin(grid, c, seconds, err);
    if (!status) status = tune_grid_study(grid, grid->config[c].label, &study, err);
    if (!status) status = akin_study_run(study, &result, err);
    akin_study_free(study);
    t->signal = result.signal;
    if (!status && fresh && t->failed == failed) {
        const double apart = fmax(now_s() - begun - seconds, 0);
        t->done++;
        t->apart = t->done == 1 ? apart : t->apart + (apart - t->apart) / t->done;
    }
    akin_error why;
    const akin_status saved = save_time(grid, used_s(t), &why);
    if (!status && saved) *err = why;
    return status ? status : saved;
}

/* A line of a terminal: without the names of the axes, or cut, where it is too long. */
static void tell_begin(const tuning *t, int c, double seconds)
{
    char head[32], tail[32], name[512];
    const char *from = t->grid.config[c].name;
    snprintf(head, sizeof head, "[%d/%d] ", c + 1, t->grid.count);
    snprintf(tail, sizeof tail, ": %.1f s", seconds);
    const int room = LINE - (int)(strlen(head) + strlen(tail));
    snprintf(name, sizeof name, "%s", from);
    if (akin_show_columns(name) > room) {
        size_t n = 0;
        for (const char *at = from; *at && n + 1 < sizeof name;) {
            const size_t word = strcspn(at, " "), axis = strcspn(at, "=");
            if (axis < word) at += axis + 1;
            const size_t rest = strcspn(at, " ") + (at[strcspn(at, " ")] == ' ');
            for (size_t i = 0; i < rest && n + 1 < sizeof name; i++) name[n++] = *at++;
        }
        name[n] = 0;
    }
    const bool cut = akin_show_columns(name) > room;
    for (size_t n = strlen(name); cut && akin_show_columns(name) > room - 3; name[n] = 0) do
            n--;
        while (n > 0 && ((unsigned char)name[n] & 0xC0) == 0x80);
    cli_note(t->args, "%s%s%s%s", head, name, cut ? "..." : "", tail);
}

static akin_status run_all(tuning *t, akin_error *err)
{
    tune_grid *grid = &t->grid;
    int left = 0; /* that are not tried yet */
    akin_status status = tune_grid_read(grid, err);
    for (int c = 0; c < grid->count; c++) left += !grid->config[c].done;
    for (int c = 0; c < grid->count && !status; c++) {
        if (grid->config[c].done) continue;
        const double seconds = training_s(t, c, left);
        if (!grid->config[c].run && used_s(t) + seconds + t->apart > (1 + OVER) * t->budget) continue;
        tell_begin(t, c, seconds);
        status = run_one(t, c, seconds, err);
        left--;
    }
    return status ? status : tune_grid_read(grid, err);
}

/* The verb ---------------------------------------------------------------------------------------------- */

/* Options of --set that the time decides. */
static const char *length_of(const char *set)
{
    static const char *const names[] = { "epochs", "steps", "budget" };
    for (int i = 0; set && i < 3; i++)
        for (const char *at = set; at; at = strchr(at, '\n')) {
            at += *at == '\n';
            if (strncmp(at, names[i], strlen(names[i])) == 0 && at[strlen(names[i])] == '=') return names[i];
        }
    return NULL;
}

static int check(const cli_args *args, const tune_criterion **by, double *budget)
{
    const char *length = length_of(cli_text(args, "set"));
    *by = tune_criterion_named(cli_text(args, "criterion"));
    if (!*by) return unknown_criterion(args, cli_text(args, "criterion"));
    if (!args->positionals)
        return cli_error(args, AKIN_ERR_ARGUMENT, "which data? usage: akin tune DATA --budget TIME -o DIR");
    if (!cli_text(args, "out"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the folder of the runs with -o DIR");
    if (strlen(cli_text(args, "out")) > 2048)
        return cli_error(args, AKIN_ERR_ARGUMENT, "-o is too long a path");
    if (!cli_text(args, "budget"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "how long may it take? --budget TIME, such as 30m");
    if (!((*budget = akin_seconds_of(cli_text(args, "budget"))) > 0))
        return cli_error(args, AKIN_ERR_RANGE, "--budget is '%s'; expected a time such as 90s, 30m, 2h or 1d",
                         cli_text(args, "budget"));
    if (length)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--set %s: the time says how long a run is; leave it out",
                         length);
    return -1;
}

static akin_status open_grid(const cli_args *args, tuning *t, akin_error *err)
{
    static const char *verbs[MOST_VERBS]; /* the study borrows it */
    tune_grid *grid = &t->grid;
    for (int i = 0; i + 1 < MOST_VERBS && cli_this_program()->verbs[i]; i++)
        verbs[i] = cli_this_program()->verbs[i]->name;
    grid->opts = (akin_study_opts)AKIN_STUDY_OPTS_INIT;
    grid->opts.data = args->positional[0];
    grid->opts.set = cli_text(args, "set");
    grid->opts.verbs = verbs;
    grid->opts.command = cli_command_line();
    if (cli_given(args, "threads")) grid->opts.threads = (int32_t)cli_int(args, "threads");
    grid->opts.catch_signals = true;
    grid->opts.on_note = tell_failure;
    grid->opts.ctx = t;
    grid->seed = cli_int(args, "seed");
    grid->seed_given = cli_given(args, "seed");
    grid->layer = cli_text(args, "layer");
    grid->layer_given = cli_given(args, "layer");
    snprintf(grid->dir, sizeof grid->dir, "%s", cli_text(args, "out"));
    akin_path_kind there;
    const char *data = args->positional[0]; /* a path, or several by braces */
    const akin_data_kind kind = akin_data_detect(data);
    akin_status status = akin_path_look(data, &there, NULL, err);
    if (!status && there == AKIN_PATH_NONE && kind == AKIN_DATA_UNKNOWN)
        status = cli_set_error(err, AKIN_ERR_INPUT, "there is no '%s'", data);
    if (!status) status = tune_grid_open(cli_text(args, "grid"), kind, grid, err);
    tune_fitted fitted = { .from = 0 };
    const int all = grid->count;
    const int64_t items = status ? 0 : tune_items(data, cli_text(args, "set"));
    if (!status) status = tune_grid_fit(grid, items, &fitted, err);
    if (!status) status = tune_grid_runs(grid, err);
    if (!status && t->budget < LEAST_SECONDS * grid->count) {
        tune_grid_undo(grid);
        status = cli_set_error(
            err, AKIN_ERR_RANGE,
            "--budget %s leaves %.2g s for each of %d configurations; %d s at least, or a smaller "
            "--grid",
            cli_text(args, "budget"), t->budget / grid->count, grid->count, LEAST_SECONDS * grid->count);
    }
    if (!status && fitted.from)
        cli_note(args,
                 "%lld items are learned from: batches of %lld become %lld; %d of %d configurations are then "
                 "those of others, and left out",
                 (long long)items, (long long)fitted.from, (long long)fitted.to, fitted.same, all);
    return status;
}

static int tell_all(tuning *t, const tune_criterion *by)
{
    int *order = calloc((size_t)t->grid.count + 1, sizeof *order);
    akin_error err;
    if (!order) return cli_fail(t->args, (cli_no_memory(&err, t->grid.count, "configurations"), &err));
    const int done = tune_rank(&t->grid, by, order);
    int code;
    if (done)
        code = tune_tell(t->args, &t->grid, by, order, done, used_s(t));
    else if (t->failed)
        code = cli_error(t->args, AKIN_ERR_CHECK, "no configuration could be trained and measured");
    else
        code = cli_error(t->args, AKIN_ERR_CHECK,
                         "--budget %s is used up, and no configuration is done; give more",
                         cli_text(t->args, "budget"));
    free(order);
    return code;
}

static int run(const cli_args *args)
{
    const tune_criterion *by;
    tuning t = { .args = args, .begun = now_s(), .apart = 0.5 };
    akin_error err;
    if (strcmp(cli_text(args, "criterion"), "list") == 0) return list_criteria(args);
    int code = check(args, &by, &t.budget);
    if (code >= 0) return code;
    akin_status status = akin_build_need("SQLite", &err);
    if (!status) status = open_grid(args, &t, &err);
    if (!status) status = load_time(&t.grid, &t.before, &err);
    if (!status) status = run_all(&t, &err);
    if (status) {
        code = cli_fail(args, &err);
        if (status == AKIN_ERR_INTERRUPTED) code = 128 + t.signal;
    } else
        code = tell_all(&t, by);
    tune_grid_free(&t.grid);
    return code;
}

static const cli_example EXAMPLES[] = {
    { "The criteria, with how well they rank runs", "akin tune --criterion list" },
    { NULL, NULL },
};

const cli_verb cli_tune = {
    .name = "tune",
    .line = "try a small grid of options within a time, ranked without labels",
    .usage = "DATA --budget TIME -o DIR [--grid FILE] [--criterion NAME]",
    .text =
        "Trains each configuration of a grid (views, loss and temperature, batch, encoder) for the same "
        "time, "
        "measures it by\n"
        "numbers that need no labels, and prints the order and the command of the best. The same command "
        "goes "
        "on after\n"
        "any interruption. It says how often such a choice errs; docs/tune.md tells how, and how that was "
        "measured.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 1,
    .run = run,
};
