/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prune/stable.c - whether other runs, or the same run at other times, find the same items difficult. Each is shown the
 * same views and gives the scores anew; kept of them are correlations, and for each item the mean and the standard
 * deviation of its place and of its loss. */
#include "cli/prune/prune.h"
#include "cli/trained.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHECKPOINTS = 1000 };

bool cli_prune_compares(const cli_args *args)
{
    return cli_given(args, "with") || cli_flag(args, "over-checkpoints");
}

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory to compare the scores");
    return AKIN_ERR_NOMEM;
}

/* Running mean and sum of squared deviations of each item; count includes this one. */
static void add(double *const to[2], int64_t i, double x, int count)
{
    const double apart = x - to[0][i];
    to[0][i] += apart / count;
    to[1][i] += apart * (x - to[0][i]);
}

static akin_status add_scores(cli_prune *p, const akin_difficulty *d, int count, akin_error *err)
{
    const int64_t n = p->part.n;
    const double *score = akin_difficulty_score(d, p->by), *loss = akin_difficulty_score(d, AKIN_SCORE_LOSS);
    int64_t *order = malloc((size_t)n * sizeof *order);
    if (!order) return no_memory(err);
    akin_status status = AKIN_OK;
    if (!isnan(score[0])) status = akin_difficulty_order(score, n, akin_score_sign(p->by), order, err);
    for (int64_t k = 0; !status && k < n; k++) {
        const int64_t i = isnan(score[0]) ? k : order[k]; /* without labels there is no gap to order by */
        add(p->rank, i, isnan(score[0]) ? NAN : (double)k / (double)(n - 1), count);
        add(p->loss, i, loss[i], count);
    }
    free(order);
    return status;
}

static akin_status add_other(cli_prune *p, const char *run, const char *checkpoint, akin_error *err)
{
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    akin_model *m = NULL;
    akin_difficulty *other = NULL;
    opts.kind = cli_weights(p->args);
    opts.checkpoint = checkpoint;
    akin_status status = akin_model_open(run, &opts, &m, err);
    if (!status) cli_note(p->args, "%s, step %lld", run, (long long)akin_model_step(m));
    if (!status) status = cli_prune_measure_one(p, m, &other, err);
    for (akin_score s = 0; s < AKIN_SCORES && !status; s++) {
        double rho;
        status = akin_rank_correlation(akin_difficulty_score(p->d, s), akin_difficulty_score(other, s),
                                       p->part.n, &rho, err);
        p->stable[s] = p->others ? p->stable[s] + (rho - p->stable[s]) / (p->others + 1) : rho;
    }
    p->others++;
    if (!status) status = add_scores(p, other, p->others + 1, err);
    akin_difficulty_free(other);
    akin_model_free(m);
    return status;
}

/* --with RUN,RUN... */
static akin_status add_runs(cli_prune *p, akin_error *err)
{
    const char *at = cli_text(p->args, "with");
    akin_status status = AKIN_OK;
    while (at && *at && !status) {
        char run[4096];
        const size_t length = strcspn(at, ",");
        snprintf(run, sizeof run, "%.*s", (int)(length < sizeof run ? length : sizeof run - 1), at);
        status = add_other(p, run, NULL, err);
        at += length + (at[length] == ',');
    }
    return status;
}

static akin_status add_checkpoints(cli_prune *p, int64_t but, akin_error *err)
{
    int64_t steps[MOST_CHECKPOINTS];
    const int n = akin_run_checkpoints(p->run, steps, MOST_CHECKPOINTS);
    akin_status status = AKIN_OK;
    for (int i = 0; i < n && i < MOST_CHECKPOINTS && !status; i++) {
        char step[24];
        snprintf(step, sizeof step, "%lld", (long long)steps[i]);
        if (steps[i] != but) status = add_other(p, p->run, step, err);
    }
    if (status || n > 1) return status;
    err->status = AKIN_ERR_INPUT;
    snprintf(err->message, sizeof err->message,
             "'%.300s' has no other checkpoint; akin train --keep-every EPOCHS keeps some", p->run);
    return err->status;
}

akin_status cli_prune_compare(cli_prune *p, const akin_model *model, akin_error *err)
{
    const size_t n = (size_t)p->part.n;
    for (int k = 0; k < 2; k++) {
        p->rank[k] = calloc(n, sizeof(double));
        p->loss[k] = calloc(n, sizeof(double));
        if (!p->rank[k] || !p->loss[k]) return no_memory(err);
    }
    akin_status status = add_scores(p, p->d, 1, err);
    if (!status) status = add_runs(p, err);
    if (!status && cli_flag(p->args, "over-checkpoints"))
        status = add_checkpoints(p, akin_model_step(model), err);
    for (size_t i = 0; i < n && !status; i++) {
        p->rank[1][i] = sqrt(p->rank[1][i] / p->others);
        p->loss[1][i] = sqrt(p->loss[1][i] / p->others);
    }
    return status;
}
