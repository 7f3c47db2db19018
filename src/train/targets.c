/* SPDX-License-Identifier: Apache-2.0 */
/* train/targets.c - see train/targets.h. */
#include "train/targets.h"

#include "train/by_value.h"

#include <inttypes.h>
#include <stdlib.h>

/* Numbers ------------------------------------------------------------------------------------------------ */

akin_status ak_targets_open(ak_trainer *t, akin_error *err)
{
    const ak_learning *l = &t->learning;
    ak_relations told = { .tuples = 0 };
    if (!(t->set.loss->needs & AKIN_LOSS_VALUES) || !l->kind->relations) return AKIN_OK;
    AK_TRY(l->kind->relations(l->set->set, "train", &told, err));
    if (!told.values) return AKIN_OK;
    ak_targets *v = t->targets_of = calloc(1, sizeof *v);
    if (v) *v = (ak_targets){ .count = told.value_count };
    if (v) v->item = ak_alloc(sizeof *v->item, l->part.n, v->count);
    double *wide = v ? ak_alloc(sizeof *wide, l->part.n, v->count) : NULL;
    if (!v || !v->item || !wide) {
        free(wide);
        return ak_no_memory(err, "for the values of %" PRId64 " items", l->part.n);
    }
    ak_in_deviations(told.values, l->part.n, v->count, wide);
    for (int64_t i = 0; i < l->part.n * v->count; i++) v->item[i] = (float)wide[i];
    free(wide);
    if (!t->going_on)
        ak_trainer_say(t, "--loss %s learns from the %" PRId64 " value%s of each item, in deviations",
                       t->set.loss->name, v->count, v->count == 1 ? "" : "s");
    return AKIN_OK;
}

static void gather(const ak_targets *v, const int32_t *items, int64_t rows, float *to)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < v->count; k++) to[i * v->count + k] = v->item[items[i] * v->count + k];
}

/* Rows of a step ----------------------------------------------------------------------------------------- */

bool ak_targets_are_classes(const ak_trainer *t)
{
    return t->set.supervised || (t->set.loss->needs & AKIN_LOSS_LABELS && !t->targets_of);
}

akin_status ak_targets_prepare(ak_trainer *t, bool by_class, akin_error *err)
{
    const int64_t rows = ak_sampler_rows(t->sampler), most = rows > t->rows ? rows : t->rows;
    ak_targets *v = t->targets_of;
    if (!v && !by_class && !ak_targets_are_classes(t)) return AKIN_OK;
    t->labels = v ? NULL : ak_alloc(sizeof *t->labels, t->rows, 1);
    int32_t *items = t->first_labels = ak_alloc(sizeof *items, most, 1);
    if (v) v->first = ak_alloc(sizeof *v->first, most, v->count);
    if (v) v->now = ak_alloc(sizeof *v->now, most, v->count);
    if (!items || (v ? !v->first || !v->now : !t->labels))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %s of a batch", v ? "values" : "labels");
    ak_sampler_memory order;
    AK_TRY(ak_sampler_memory_create(t->sampler, &order, err));
    ak_sampler_items(t->sampler, &order, 0, items);
    ak_sampler_memory_free(&order);
    if (v) gather(v, items, rows, v->first);
    for (int64_t i = 0; i < rows && !v; i++) items[i] = t->learning.group[items[i]];
    return AKIN_OK;
}

void ak_targets_step(ak_trainer *t)
{
    for (int64_t i = 0; t->labels && i < t->rows; i++) t->labels[i] = t->learning.group[t->items[i]];
    if (t->targets_of) gather(t->targets_of, t->items, t->rows, t->targets_of->now);
}

void ak_targets_fill(const ak_trainer *t, bool first, akin_loss_batch *batch)
{
    const ak_targets *v = t->targets_of;
    batch->labels = v ? NULL : first ? t->first_labels : t->labels; /* the anchors' come first */
    if (v)
        batch->values =
            (akin_cmat){ first ? v->first : v->now, batch->a.rows + batch->b.rows, v->count, v->count };
}

void ak_targets_release(ak_trainer *t)
{
    ak_targets *v = t->targets_of;
    free(t->labels);
    free(t->first_labels);
    if (!v) return;
    free(v->item);
    free(v->first);
    free(v->now);
    free(v);
    t->targets_of = NULL;
}
