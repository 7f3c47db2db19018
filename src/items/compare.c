/* SPDX-License-Identifier: Apache-2.0 */
/* items/compare.c - whether other models, or the same run at other times, find the same items difficult.
 * Each is shown the same views and gives the scores anew; kept of them are correlations, and for each item
 * the mean and the standard deviation of its place and of its loss. */
#include "items/items.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

/* A running mean, and the sum of squared deviations from it; count includes this value. */
static void add(double *mean, double *square, double x, int count)
{
    const double apart = x - *mean;
    *mean += apart / count;
    *square += apart * (x - *mean);
}

static akin_status add_scores(akin_items *items, const akin_difficulty *d, int count, akin_error *err)
{
    const int64_t n = items->part.n;
    const double *score = akin_difficulty_score(d, items->opts.by),
                 *loss = akin_difficulty_score(d, AKIN_SCORE_LOSS);
    const bool known = !isnan(score[0]); /* without labels there is no gap to order by */
    int64_t *order = ak_alloc(sizeof *order, n, 1);
    if (!order) return ak_no_memory(err, "to compare the scores");
    akin_status status = AKIN_OK;
    if (known) status = akin_difficulty_order(score, n, akin_score_sign(items->opts.by), order, err);
    for (int64_t k = 0; !status && k < n; k++) {
        const int64_t i = known ? order[k] : k;
        add(&items->place[0][i], &items->place_square[i], known ? (double)k / (double)(n - 1) : NAN, count);
        add(&items->loss[0][i], &items->loss_square[i], loss[i], count);
    }
    free(order);
    return status;
}

/* Room for what is compared, with the first model in it. */
static akin_status begin(akin_items *items, akin_error *err)
{
    const size_t n = (size_t)items->part.n;
    double **all[] = { &items->place[0], &items->place[1],     &items->loss[0],
                       &items->loss[1],  &items->place_square, &items->loss_square };
    for (int i = 0; i < 6; i++)
        if (!*all[i] && !(*all[i] = calloc(n, sizeof(double))))
            return ak_no_memory(err, "to compare the scores");
    for (int k = 0; k < 2; k++) {
        items->state.place[k] = items->place[k];
        items->state.loss[k] = items->loss[k];
    }
    return add_scores(items, items->d, 1, err);
}

static akin_status compare(akin_items *items, const akin_difficulty *other, akin_error *err)
{
    akin_items_state *s = &items->state;
    for (akin_score k = 0; k < AKIN_SCORES; k++) {
        double rho;
        AK_TRY(akin_rank_correlation(akin_difficulty_score(items->d, k), akin_difficulty_score(other, k),
                                     s->n, &rho, err));
        s->agree[k] = s->models ? s->agree[k] + (rho - s->agree[k]) / (s->models + 1) : rho;
    }
    s->models++;
    AK_TRY(add_scores(items, other, s->models + 1, err));
    for (int64_t i = 0; i < s->n; i++) {
        items->place[1][i] = sqrt(items->place_square[i] / s->models);
        items->loss[1][i] = sqrt(items->loss_square[i] / s->models);
    }
    return AKIN_OK;
}

akin_status akin_items_compare(akin_items *items, akin_model *other, akin_error *err)
{
    if (!items || !other)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "items_compare: items and other must not be NULL");
    if (!items->d) return ak_fail(err, AKIN_ERR_ARGUMENT, "items_compare: the items are not measured yet");
    akin_difficulty *d = NULL;
    if (!items->place[0]) AK_TRY(begin(items, err));
    akin_status status = ak_items_score(items, other, &d, err);
    if (!status) status = compare(items, d, err);
    akin_difficulty_free(d);
    return status;
}
