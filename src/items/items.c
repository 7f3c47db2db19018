/* SPDX-License-Identifier: Apache-2.0 */
/* items/items.c - the items of a data set: opened, chosen from, and what is known of them. */
#include "items/items.h"

#include "akin/tool/dataset.h"
#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static akin_status open_part(akin_items *items, akin_error *err)
{
    AK_TRY(akin_dataset_split(items->set, "train", AKIN_TARGET_AUTO, &items->part, err));
    akin_items_state *s = &items->state;
    s->n = s->left = items->part.n;
    s->step = akin_model_step(items->model);
    for (akin_score k = 0; k < AKIN_SCORES; k++) s->agree[k] = NAN;
    s->spacing = s->suggested = NAN;
    s->duplicate = items->difficulty.duplicate;
    s->same = items->same = ak_alloc(sizeof *items->same, s->n, 1);
    if (!items->same) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)s->n);
    return akin_dataset_equal_items(items->set, "train", items->same, err);
}

akin_status akin_items_open(akin_model *model, const akin_dataset *set, const akin_items_opts *opts,
                            akin_items **out, akin_error *err)
{
    akin_items_opts o = AKIN_ITEMS_OPTS_INIT;
    akin_difficulty_opts d = AKIN_DIFFICULTY_OPTS_INIT;
    if (!model || !set || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "items_open: model, set and out must not be NULL");
    AK_TRY(ak_opts_import(&o, opts, "items", err));
    AK_TRY(ak_opts_import(&d, o.difficulty, "items", err));
    o.difficulty = NULL;
    if (o.draws < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "items: draws is %lld; it must be at least 1",
                       (long long)o.draws);
    if (o.by < 0 || o.by >= AKIN_SCORES)
        return ak_fail(err, AKIN_ERR_RANGE, "items: there is no score %d", (int)o.by);
    akin_items *items = calloc(1, sizeof *items);
    if (!items) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items");
    *items =
        (akin_items){ .opts = o, .difficulty = d, .model = model, .set = set, .part = AKIN_SPLIT_VIEW_INIT };
    const akin_status status = open_part(items, err);
    if (status)
        akin_items_free(items);
    else
        *out = items;
    return status;
}

void akin_items_free(akin_items *items)
{
    if (!items) return;
    akin_difficulty_free(items->d);
    for (int k = 0; k < 2; k++) {
        free(items->place[k]);
        free(items->loss[k]);
    }
    free(items->place_square);
    free(items->loss_square);
    free(items->same);
    free(items->order);
    free(items->kept);
    free(items);
}

const akin_items_state *akin_items_look(const akin_items *items) { return items ? &items->state : NULL; }

/* The items by the score that orders them, the most difficult first. */
static akin_status sort_items(akin_items *items, akin_error *err)
{
    const int64_t n = items->part.n;
    const akin_score by = items->opts.by;
    const double *score = akin_difficulty_score(items->d, by);
    if (isnan(score[0]))
        return ak_fail(err, AKIN_ERR_INPUT,
                       "the score %s needs labels of two classes, which '%.300s' has not",
                       akin_score_name(by), akin_dataset_name(items->set));
    if (!items->order) items->order = ak_alloc(sizeof *items->order, n, 1);
    if (!items->order) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)n);
    if (items->opts.consensus && items->place[0])
        return akin_difficulty_order(items->place[0], n, -1, items->order, err);
    return akin_difficulty_order(score, n, akin_score_sign(by), items->order, err);
}

/* Why each item goes: as a copy, else for what else was asked. */
static void count_reasons(akin_items *items, const akin_prune_opts *o)
{
    akin_items_state *s = &items->state;
    const int64_t *group = items->d ? akin_difficulty_groups(items->d) : items->same;
    s->left = s->gone_copies = s->gone_random = s->gone_difficult = 0;
    for (int64_t i = 0; i < s->n; i++) {
        if (items->kept[i])
            s->left++;
        else if (o->copies && group[i] != i)
            s->gone_copies++;
        else if (o->random >= 0)
            s->gone_random++;
        else
            s->gone_difficult++;
    }
}

akin_status akin_items_choose(akin_items *items, const akin_prune_opts *opts, akin_error *err)
{
    akin_prune_opts o = AKIN_PRUNE_OPTS_INIT;
    if (!items) return ak_fail(err, AKIN_ERR_ARGUMENT, "items_choose: items must not be NULL");
    AK_TRY(ak_opts_import(&o, opts, "items_choose", err));
    if (items->d) AK_TRY(sort_items(items, err));
    if (!items->kept) items->kept = ak_alloc(1, items->part.n, 1);
    if (!items->kept)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)items->part.n);
    items->state.kept = items->kept;
    memset(items->kept, 1, (size_t)items->part.n);
    if (opts)
        AK_TRY(akin_prune(items->order, items->d ? akin_difficulty_groups(items->d) : items->same,
                          items->part.n, &o, items->kept, err));
    count_reasons(items, &o);
    return AKIN_OK;
}

akin_status akin_items_score_range(const akin_items *items, akin_score score, akin_score_range *out,
                                   akin_error *err)
{
    akin_score_range r = AKIN_SCORE_RANGE_INIT;
    if (!items || !items->d || !akin_score_name(score))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "score_range: there must be measured items and a score");
    const int64_t n = items->part.n;
    const double *x = akin_difficulty_score(items->d, score);
    double mean = 0;
    for (int64_t i = 0; i < n; i++) mean += x[i] / (double)n;
    r.mean = r.least = r.median = r.greatest = NAN;
    if (!isfinite(mean)) return ak_result_export(out, &r, "score_range", err);
    double *sorted = ak_alloc(sizeof *sorted, n, 1);
    if (!sorted) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)n);
    memcpy(sorted, x, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ak_compare_double);
    r.mean = mean;
    r.least = sorted[0];
    r.median = sorted[n / 2];
    r.greatest = sorted[n - 1];
    free(sorted);
    return ak_result_export(out, &r, "score_range", err);
}
