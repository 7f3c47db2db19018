/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tune/tell.c - the order of the configurations, the command of the best, and how often that errs. */
#include "cli/tune/tune.h"

#include "akin/tool/escape.h"
#include "akin/tool/train.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMAND = 8192, COLUMNS = 4 };

static bool is_flag(const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return o->type == AKIN_OPT_FLAG;
    return false;
}

/* What only the runs of the grid are to have: how often they say and store where they are. */
static bool of_grid(const char *name)
{
    return strcmp(name, "log-every") == 0 || strcmp(name, "checkpoint-every") == 0;
}

/* A word as a shell reads it. */
static void add_word(char *to, const char *word)
{
    size_t at = strlen(to);
    bool plain = *word != 0;
    for (const char *c = word; *c; c++)
        plain = plain && (isalnum((unsigned char)*c) || strchr("-_./=:,+@%", *c));
    if (at && at + 1 < COMMAND) to[at++] = ' ';
    if (plain) {
        snprintf(to + at, COMMAND - at, "%s", word);
        return;
    }
    if (at + 8 < COMMAND) to[at++] = '\'';
    for (const char *c = word; *c && at + 8 < COMMAND; c++)
        at += (size_t)snprintf(to + at, COMMAND - at, *c == '\'' ? "'\\''" : "%c", *c);
    snprintf(to + at, COMMAND - at, "'");
}

static void command_of(const cli_args *args, const tune_config *config, char to[COMMAND])
{
    const char *name;
    akin_json *value;
    char option[160];
    *to = 0;
    add_word(to, "akin");
    add_word(to, "train");
    add_word(to, args->positional[0]);
    AKIN_JSON_EACH(config->options, name, value)
    {
        if (of_grid(name)) continue;
        snprintf(option, sizeof option, "--%.120s", name);
        add_word(to, option);
        if (!is_flag(name)) add_word(to, akin_json_as_text(value));
    }
    add_word(to, "--budget");
    add_word(to, cli_text(args, "budget"));
    add_word(to, "--out");
    add_word(to, "RUN");
}

static akin_json *values_of(const tune_config *config)
{
    akin_json *o = akin_json_object();
    for (int k = 0; tune_criteria[k].name; k++)
        if (tune_criteria[k].measure)
            akin_json_put(o, tune_criteria[k].name, cli_json_real(config->value[k]));
    return o;
}

/* Everything that is told, for programs and for the page of the folder. */
static akin_json *ranking(const cli_args *args, const tune_grid *grid, const tune_criterion *by,
                          const int *order, int done, double used_s)
{
    akin_json *list = akin_json_array();
    char command[COMMAND];
    for (int i = 0; i < done; i++) {
        const tune_config *c = &grid->config[order[i]];
        akin_json_append(list, akin_json_pack("{s:i,s:s,s:o,s:f,s:O,s:o}", "rank", i + 1, "name", c->name,
                                              "score", cli_json_real(c->score), "seconds", c->seconds,
                                              "options", c->options, "criteria", values_of(c)));
    }
    const tune_config *best = &grid->config[order[0]];
    command_of(args, best, command);
    return akin_json_pack("{s:s,s:s,s:s,s:f,s:i,s:i,s:o,s:{s:s,s:O,s:s},s:{s:[f,f,f],s:[f,f,f],s:f,s:i,s:i}}",
                          "criterion", by->name, "layer", grid->layer, "data", args->positional[0], "used_s",
                          used_s, "configurations_of_grid", grid->count, "done", done, "configurations", list,
                          "chosen", "name", best->name, "options", best->options, "command", command, "study",
                          "tau", by->tau[0], by->tau[1], by->tau[2], "regret", by->regret[0], by->regret[1],
                          by->regret[2], "random_regret", tune_random_regret, "sets", tune_study_sets, "runs",
                          tune_study_runs);
}

/* The first COLUMNS criteria that are measured, the one that ranks before them. */
static int columns_of(const tune_criterion *by, int column[COLUMNS])
{
    int n = 0;
    if (by->measure) column[n++] = (int)(by - tune_criteria);
    for (int k = 0; tune_criteria[k].name && n < COLUMNS; k++)
        if (tune_criteria[k].measure && &tune_criteria[k] != by) column[n++] = k;
    return n;
}

static void tell_rows(const tune_grid *grid, const tune_criterion *by, const int *order, int done)
{
    int column[COLUMNS];
    const int columns = columns_of(by, column);
    akin_print(stdout, "%4s", "");
    if (!by->measure) akin_print(stdout, " %13s", by->name);
    for (int k = 0; k < columns; k++) akin_print(stdout, " %13.13s", tune_criteria[column[k]].name);
    akin_print(stdout, "  configuration\n");
    for (int i = 0; i < done; i++) {
        const tune_config *c = &grid->config[order[i]];
        akin_print(stdout, "%4d", i + 1);
        if (!by->measure) akin_print(stdout, " %13.2f", 1 - c->score);
        for (int k = 0; k < columns; k++) {
            if (isfinite(c->value[column[k]]))
                akin_print(stdout, " %13.4g", c->value[column[k]]);
            else
                akin_print(stdout, " %13s", "-");
        }
        akin_print(stdout, "  %s\n", c->name);
    }
}

static void tell_words(const cli_args *args, const tune_grid *grid, const tune_criterion *by,
                       const int *order, int done, double used_s)
{
    char command[COMMAND];
    tell_rows(grid, by, order, done);
    if (done < grid->count)
        akin_print(stdout, "\n%d of %d configurations are done; the same command with more time goes on.\n",
                   done, grid->count);
    command_of(args, &grid->config[order[0]], command);
    akin_print(stdout, "\nFirst by %s, of the %s, after %.0f s:\n\n    %s\n\n", by->name, grid->layer, used_s,
               command);
    akin_print(
        stdout,
        "How often that errs: over %d data sets of %d runs each, %s had a Kendall's tau of %.2f\n[%.2f, "
        "%.2f] "
        "with the accuracy; the run it chose was %.1f points [%.1f, %.1f] below the best of its\ngrid, one "
        "drawn at random %.1f (docs/studies/criteria.md).\n",
        tune_study_sets, tune_study_runs, by->name, by->tau[0], by->tau[1], by->tau[2], by->regret[0],
        by->regret[1], by->regret[2], tune_random_regret);
}

int tune_tell(const cli_args *args, const tune_grid *grid, const tune_criterion *by, const int *order,
              int done, double used_s)
{
    char path[TUNE_PATH];
    akin_error err;
    akin_json *all = ranking(args, grid, by, order, done, used_s);
    snprintf(path, sizeof path, "%.3900s/" TUNE_RANKING, grid->dir);
    if (akin_json_save(path, all, 0, 17, &err)) {
        akin_json_free(all);
        return cli_fail(args, &err);
    }
    if (args->json) return cli_print_json(args, all);
    akin_json_free(all);
    tell_words(args, grid, by, order, done, used_s);
    return 0;
}
