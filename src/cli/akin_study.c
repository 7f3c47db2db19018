/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_study.c - akin study: a grid of runs from a file or built in, run, resumed, told as a table. */
#include "command/command.h"

#include "akin/tool/study.h"
#include "akin/tool/escape.h"
#include "akin/tool/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PATH = 2048, MOST_VERBS = 64 };

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "DIR", 0, 0, "folder of the study; made if it does not exist" },
    { "list", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the studies that are built in" },
    { "print", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the study as a file, to copy and change" },
    { "dry-run", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "list the cells with the time they take; run nothing" },
    { "table", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "the table of what DIR holds; run nothing" },
    { "format", AKIN_OPT_CHOICE, "markdown", "markdown|csv|latex", 0, 0,
      "of the table: with --table; csv has the results, latex the verdicts too" },
    { "only", AKIN_OPT_TEXT, NULL, "TERMS", 0, 0,
      "these cells: AXIS=LABEL, seed=N or the names of cells, commas between" },
    { "budget", AKIN_OPT_TEXT, NULL, "TIME", 0, 0, "begin no cell that would end later: 90s, 30m, 2h, 1d" },
    { "scale", AKIN_OPT_REAL, "1", "X", 1e-6, 1e6, "multiplies the epochs of every cell" },
    { "data", AKIN_OPT_TEXT, NULL, "DATA", 0, 0, "another data set than the study's" },
    { "set", AKIN_OPT_TEXT, NULL, "NAME=VALUE", 0, 0,
      "an option of training in all cells, unless an axis has it; may be repeated" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static int list_studies(const cli_args *args)
{
    akin_json *all = akin_json_array();
    const akin_study_builtin *b;
    for (int i = 0; (b = akin_study_builtin_at(i)) != NULL; i++) {
        akin_json *root = NULL;
        akin_json_parse(b->text, strlen(b->text), b->name, 0, &root, NULL);
        const char *title = akin_json_get_text(root, "title"), *paper = akin_json_get_text(root, "paper");
        if (args->json)
            akin_json_append(
                all, akin_json_pack("{s:s,s:s?,s:s?}", "name", b->name, "title", title, "paper", paper));
        else
            akin_print(stdout, "%-14s %s%s%s\n", b->name, title ? title : "", paper ? "  " : "",
                       paper ? paper : "");
        akin_json_free(root);
    }
    akin_json *o = akin_json_pack("{s:o}", "studies", all);
    if (args->json) return cli_print_json(args, o);
    akin_json_free(o);
    return 0;
}

static int print_study(const cli_args *args)
{
    akin_error err;
    char *text = NULL;
    if (akin_study_read(args->positionals ? args->positional[0] : NULL, &text, &err))
        return cli_fail(args, &err);
    fputs(text, stdout);
    free(text);
    return 0;
}

/* Opening -------------------------------------------------------------------------------------------- */

static void tell(bool failed, const char *text, void *ctx)
{
    if (failed)
        cli_error(ctx, AKIN_ERR_CHECK, "%s", text);
    else
        cli_note(ctx, "%s", text);
}

static akin_status open_study(const cli_args *args, double budget, akin_study **out, akin_error *err)
{
    static const char *verbs[MOST_VERBS]; /* the study borrows it */
    akin_study_opts o = AKIN_STUDY_OPTS_INIT;
    for (int i = 0; i + 1 < MOST_VERBS && cli_this_program()->verbs[i]; i++)
        verbs[i] = cli_this_program()->verbs[i]->name;
    o.data = cli_text(args, "data");
    o.set = cli_text(args, "set");
    if (cli_given(args, "scale")) o.scale = cli_real(args, "scale");
    o.only = cli_text(args, "only");
    o.verbs = verbs;
    o.command = cli_command_line();
    if (cli_given(args, "threads")) o.threads = (int32_t)cli_int(args, "threads");
    o.budget_s = budget;
    o.catch_signals = true;
    o.on_note = tell;
    o.ctx = (void *)(uintptr_t)args;
    return akin_study_open(args->positionals ? args->positional[0] : NULL, cli_text(args, "out"), &o, out,
                           err);
}

/* What is told --------------------------------------------------------------------------------------- */

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

static void note_time_left(const cli_args *args, double left, bool guessed)
{
    char time[32];
    time_text(time, sizeof time, left);
    if (!isfinite(left))
        cli_note(args, "no cell is done yet; the time of the first tells that of the others");
    else if (guessed)
        cli_note(args,
                 "about %s of training to go, guessed from the arithmetic alone; the first cell that is done "
                 "tells more",
                 time);
    else
        cli_note(args, "%s to go, by the cells that are done", time);
}

static int print_cells(const cli_args *args, akin_study *study)
{
    akin_json *all = akin_json_array();
    double left = 0;
    bool guessed = false;
    const akin_study_cell *c;
    for (int i = 0; (c = akin_study_cell_at(study, i)) != NULL; i++) {
        if (!c->chosen) continue;
        char time[32];
        time_text(time, sizeof time, c->seconds);
        guessed = guessed || c->guessed;
        if (strcmp(c->status, "done") != 0) left += c->seconds;
        if (args->json)
            akin_json_append(all, akin_json_pack("{s:s,s:s,s:I,s:O,s:O,s:s,s:o}", "id", c->id,
                                                 "configuration", c->configuration, "seed", c->seed, "labels",
                                                 c->labels, "options", c->options, "status", c->status,
                                                 "seconds", cli_json_real(c->seconds)));
        else
            akin_print(stdout, "%-11s %9s  %s\n", c->status, time, c->id);
    }
    akin_json *o = akin_json_pack("{s:o,s:o,s:b}", "cells", all, "seconds_left", cli_json_real(left),
                                  "guessed", (int)guessed);
    if (args->json) return cli_print_json(args, o);
    akin_json_free(o);
    note_time_left(args, left, guessed);
    return 0;
}

/* The table on stdout, and with the verdicts in the folder when save. */
static int print_table(const cli_args *args, akin_study *study, bool save)
{
    akin_error err;
    akin_json *summary = NULL;
    char *table = NULL;
    akin_status status = akin_study_summary(study, &summary, &err);
    const char *format = cli_text(args, "format");
    const akin_table_form form = *format == 'c'   ? AKIN_TABLE_CSV
                                 : *format == 'l' ? AKIN_TABLE_LATEX
                                                  : AKIN_TABLE_MARKDOWN;
    if (!status) status = akin_study_table_as(study, summary, form, &table, &err);
    if (!status && save) status = akin_study_save(study, summary, table, &err);
    int code = 0;
    if (status)
        code = cli_fail(args, &err);
    else if (args->json)
        code = cli_print_json(args, akin_json_share(summary));
    else
        fputs(table, stdout);
    free(table);
    akin_json_free(summary);
    return code;
}

/* The verb ------------------------------------------------------------------------------------------- */

/* --table and --dry-run: nothing is made or changed. */
static int look(const cli_args *args, bool table)
{
    const char *dir = cli_text(args, "out");
    akin_study *study = NULL;
    akin_error err;
    if (table && args->json && cli_given(args, "format"))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--json is the whole summary; leave --format out, or --json");
    if (table && !dir)
        return cli_error(args, AKIN_ERR_ARGUMENT, "the table of which study? name its folder with --out DIR");
    bool there = true;
    if (table && akin_study_exists(dir, &there, &err)) return cli_fail(args, &err);
    if (!there) return cli_error(args, AKIN_ERR_INPUT, "'%s' holds no study", dir);
    if (open_study(args, 0, &study, &err)) return cli_fail(args, &err);
    const int code = table ? print_table(args, study, false) : print_cells(args, study);
    akin_study_free(study);
    return code;
}

static int run_study(const cli_args *args)
{
    akin_study *study = NULL;
    akin_study_result result = AKIN_STUDY_RESULT_INIT;
    akin_error err;
    double budget = 0;
    if (cli_given(args, "budget") && !((budget = akin_seconds_of(cli_text(args, "budget"))) > 0))
        return cli_error(args, AKIN_ERR_RANGE, "--budget is '%s'; expected a time such as 90s, 30m, 2h or 1d",
                         cli_text(args, "budget"));
    if (akin_build_need("SQLite", &err) || open_study(args, budget, &study, &err))
        return cli_fail(args, &err);
    const akin_status status = akin_study_run(study, &result, &err);
    int code = result.exit_code;
    if (status) {
        const int own = cli_fail(args, &err);
        code = status == AKIN_ERR_INTERRUPTED ? 128 + result.signal : code ? code : own;
    }
    if (!status || status == AKIN_ERR_INTERRUPTED) {
        const int told = print_table(args, study, true);
        code = code ? code : told;
    }
    akin_study_free(study);
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
    if (cli_given(args, "format"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--format is of the table; add --table");
    if (cli_flag(args, "dry-run")) return look(args, false);
    const char *dir = cli_text(args, "out");
    if (!dir)
        return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the folder of the study with --out DIR");
    if (strlen(dir) > MOST_PATH) return cli_error(args, AKIN_ERR_ARGUMENT, "--out is too long a path");
    return run_study(args);
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
