/* SPDX-License-Identifier: Apache-2.0 */
/* cli/tune/rank.c - criteria that need no labels, and the order of runs by one of them, or by the mean of the
 * ranks that several give. */
#include "cli/tune/tune.h"

#include <math.h>
#include <string.h>

const tune_criterion tune_criteria[] = {
#include "cli/tune/criteria.inc"
};
const double tune_random_regret = TUNE_RANDOM_REGRET;
const int tune_study_sets = TUNE_STUDY_SETS, tune_study_runs = TUNE_STUDY_RUNS;

const tune_criterion *tune_criterion_named(const char *name)
{
    for (const tune_criterion *c = tune_criteria; c->name; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

/* More is better; NaN where it is not measured. */
static double merit(const tune_criterion *c, double x)
{
    return c->better > 0 ? x : c->better < 0 ? -x : -fabs(x - 1);
}

/* The rank of configuration i by criterion c among those that are done: 0 is the best, equal ones share
 * the mean of their ranks, one that is not measured comes last. */
static double rank_of(const tune_grid *grid, int i, int c)
{
    const double own = merit(&tune_criteria[c], grid->config[i].value[c]);
    double before = 0, equal = 0;
    for (int k = 0; k < grid->count; k++) {
        if (!grid->config[k].done || k == i) continue;
        const double x = merit(&tune_criteria[c], grid->config[k].value[c]);
        before += isnan(own) ? !isnan(x) : x > own;
        equal += isnan(own) ? isnan(x) : x == own;
    }
    return before + equal / 2;
}

static double mean_rank(const tune_grid *grid, int i)
{
    double sum = 0, count = 0;
    for (int c = 0; tune_criteria[c].name; c++)
        if (tune_criteria[c].in_mean) {
            sum += rank_of(grid, i, c);
            count++;
        }
    return sum / count;
}

/* Whether a comes before b: by score, one without a score last, the earlier one of two equal ones. */
static bool before(double a, double b) { return isnan(b) ? !isnan(a) : a > b; }

int tune_rank(tune_grid *grid, const tune_criterion *by, int *order)
{
    int done = 0;
    for (int i = 0; i < grid->count; i++) {
        tune_config *config = &grid->config[i];
        if (!config->done) continue;
        config->score = by->measure ? merit(by, config->value[by - tune_criteria]) : -mean_rank(grid, i);
        int at = done++;
        for (; at > 0 && before(config->score, grid->config[order[at - 1]].score); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return done;
}
