/* SPDX-License-Identifier: Apache-2.0 */
/* train/nested.c - see train/nested.h. */
#include "train/nested.h"

#include <inttypes.h>

akin_status ak_nested_prepare(ak_trainer *t, akin_error *err)
{
    const int n = t->set.nested.count;
    if (!n) return AKIN_OK;
    const int64_t widest = t->set.nested.width[n - 1];
    if (widest >= t->width)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT, "--matryoshka has %" PRId64 ", and the loss reads %" PRId64 " columns%s",
            widest, t->width,
            t->head ? "; give smaller ones, or a larger --head-out"
                    : ", the features, as there is no head; give smaller ones, or a wider encoder");
    t->nested = ak_alloc(sizeof *t->nested, t->rows, t->width);
    return t->nested ? AKIN_OK : ak_no_memory(err, "for the gradients of leading columns");
}

/* The first one is that of all columns. */
static int64_t width_of(const ak_trainer *t, int i) { return i ? t->set.nested.width[i - 1] : t->width; }

static akin_loss_batch leading(akin_loss_batch batch, int64_t width)
{
    akin_cmat *const parts[] = { &batch.a, &batch.b, &batch.positives, &batch.negatives, &batch.keys };
    for (int i = 0; i < 5; i++)
        if (parts[i]->rows) parts[i]->cols = width;
    return batch;
}

enum { PARTS = 5 };

static void parts_of(akin_loss_grads *g, akin_mat *parts[PARTS])
{
    parts[0] = &g->a;
    parts[1] = &g->b;
    parts[2] = &g->positives;
    parts[3] = &g->negatives;
    parts[4] = &g->keys;
}

/* Add its share of a width's gradient; that of all columns comes first, and is written. */
static void add(ak_trainer *t, akin_mat to, int64_t width, double share)
{
    const bool first = width == t->width;
    for (int64_t i = 0; i < to.rows; i++) {
        float *sum = to.data + i * to.stride;
        const float *more = t->nested + (sum - t->gradient);
        for (int64_t k = 0; k < width; k++)
            sum[k] = (float)((first ? 0 : (double)sum[k]) + share * (double)more[k]);
    }
}

/* One width; what its gradients are shares of goes to sums: loss, permuted, its error, by scale, by bias. */
enum { LOSS, PERMUTED, ERROR, SCALE, BIAS, SUMS };

static akin_status eval_width(ak_trainer *t, const akin_loss_params *params, const akin_loss_batch *batch,
                              const akin_loss_grads *grads, int i, double sums[SUMS], akin_error *err)
{
    const double share = 1 / (double)(t->set.nested.count + 1);
    const int64_t width = width_of(t, i);
    const akin_loss_batch of_width = leading(*batch, width);
    akin_loss_grads g = *grads, whole = *grads;
    akin_loss_permuted permuted = AKIN_LOSS_PERMUTED_INIT;
    akin_mat *to[PARTS], *sum[PARTS];
    akin_arena scratch;
    double value, scale = 0, bias = 0;
    parts_of(&g, to);
    parts_of(&whole, sum);
    for (int p = 0; p < PARTS; p++)
        if (to[p]->data) {
            to[p]->data = t->nested + (to[p]->data - t->gradient);
            to[p]->cols = width;
        }
    if (i > 0) g.window = NULL; /* that of all columns is told */
    if (g.permuted) g.permuted = &permuted;
    if (g.log_scale) g.log_scale = &scale;
    if (g.bias) g.bias = &bias;
    akin_arena_init(&scratch, t->scratch, t->scratch_bytes);
    AK_TRY(akin_loss_eval(t->set.loss, params, &of_width, &scratch, &value, &g, err));
    const double found[SUMS] = { value, permuted.loss, permuted.error, scale, bias };
    for (int s = 0; s < SUMS; s++) sums[s] += share * found[s];
    for (int p = 0; p < PARTS; p++)
        if (sum[p]->data) add(t, *sum[p], width, share);
    return AKIN_OK;
}

akin_status ak_nested_eval(ak_trainer *t, const akin_loss_params *params, const akin_loss_batch *batch,
                           const akin_loss_grads *grads, double *value, akin_error *err)
{
    double sums[SUMS] = { 0 };
    if (!t->set.nested.count) {
        akin_arena scratch;
        akin_arena_init(&scratch, t->scratch, t->scratch_bytes);
        return akin_loss_eval(t->set.loss, params, batch, &scratch, value, grads, err);
    }
    for (int i = 0; i <= t->set.nested.count; i++) AK_TRY(eval_width(t, params, batch, grads, i, sums, err));
    *value = sums[LOSS];
    if (grads->permuted) {
        grads->permuted->loss = sums[PERMUTED];
        grads->permuted->error = sums[ERROR]; /* at most: the widths share their rows */
    }
    if (grads->log_scale) *grads->log_scale = sums[SCALE];
    if (grads->bias) *grads->bias = sums[BIAS];
    return AKIN_OK;
}

akin_status ak_nested_calibrate(const ak_trainer *t, const akin_loss_params *params,
                                const akin_loss_batch *batch, int64_t first, int64_t count,
                                akin_calibration *out, akin_error *err)
{
    const double share = 1 / (double)(t->set.nested.count + 1);
    akin_calibration mean = AKIN_CALIBRATION_INIT;
    mean.floor_known = 1;
    for (int i = 0; i <= t->set.nested.count; i++) {
        akin_calibration c = AKIN_CALIBRATION_INIT;
        const akin_loss_batch of_width = leading(*batch, width_of(t, i));
        AK_TRY(ak_anneal_calibrate(&t->anneal, t->set.loss, params, &of_width, first, count, &c, err));
        mean.floor_known &= c.floor_known;
        mean.chance += share * c.chance;
        mean.floor += share * c.floor;
        mean.duplicate_floor += share * c.duplicate_floor;
    }
    *out = mean;
    return AKIN_OK;
}
