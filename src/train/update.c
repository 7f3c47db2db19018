/* SPDX-License-Identifier: Apache-2.0 */
/* train/update.c - one step of all tensors.
 *
 * Precision. Weights, slots and averages are float; the norm of the gradients is a sum in double over tensors in the
 * order of the list. Threads: every sum has an order of its own, so the bits do not depend on their number.
 *
 * The norm is computed in every step: it is also the check that all gradients are finite. Gradients are touched only
 * when the limit is passed. */
#include "train/update.h"

#include "base/base.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { GRAIN = 16384 };

struct ak_update {
    ak_update_opts opts;
    akin_tensor *tensors; /* [count] */
    int64_t count;
    int slots;
    float **slot[AK_OPTIMIZER_MAX_SLOTS]; /* [slots][count]; NULL without a gradient */
    float **average;                      /* [count], or NULL */
};

static float **table(ak_update *u, bool all, bool *ok)
{
    float **rows = calloc((size_t)(u->count ? u->count : 1), sizeof *rows);
    *ok = rows != NULL;
    for (int64_t i = 0; *ok && i < u->count; i++) {
        if (!all && !u->tensors[i].grad) continue;
        rows[i] = ak_alloc(sizeof(float), u->tensors[i].count, 1);
        *ok = rows[i] != NULL;
    }
    return rows;
}

static void table_free(float **rows, int64_t count)
{
    for (int64_t i = 0; rows && i < count; i++) free(rows[i]);
    free(rows);
}

akin_status ak_update_create(const akin_tensor *tensors, int64_t count, const ak_update_opts *opts,
                             ak_update **out, akin_error *err)
{
    ak_update *u = calloc(1, sizeof *u);
    bool ok = u != NULL;
    if (ok) {
        u->opts = *opts;
        u->slots = ak_optimizer_slots(opts->optimizer.kind);
        u->tensors = calloc((size_t)(count ? count : 1), sizeof *u->tensors);
        ok = u->tensors != NULL;
    }
    if (ok) {
        u->count = count;
        for (int64_t i = 0; i < count; i++) u->tensors[i] = tensors[i];
    }
    for (int k = 0; ok && k < u->slots; k++) u->slot[k] = table(u, false, &ok);
    if (ok && opts->ema > 0) u->average = table(u, true, &ok);
    if (!ok) {
        ak_update_free(u);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the optimiser of %lld tensors", (long long)count);
    }
    for (int64_t i = 0; u->average && i < count; i++)
        memcpy(u->average[i], tensors[i].data, (size_t)tensors[i].count * sizeof(float));
    *out = u;
    return AKIN_OK;
}

void ak_update_free(ak_update *u)
{
    if (!u) return;
    for (int k = 0; k < u->slots; k++) table_free(u->slot[k], u->count);
    table_free(u->average, u->count);
    free(u->tensors);
    free(u);
}

/* Steps ------------------------------------------------------------------------------------------------------- */

static akin_status gradient_norm(const ak_update *u, int64_t step, double *norm, akin_error *err)
{
    double sum = 0;
    for (int64_t i = 0; i < u->count; i++) {
        const akin_tensor *t = &u->tensors[i];
        if (!t->grad) continue;
        const double squares = ak_sum_squares(t->grad, t->count);
        if (!isfinite(squares))
            return ak_fail(err, AKIN_ERR_NUMERIC,
                           "step %" PRId64
                           ": the gradient of %s is not finite; the last checkpoint is good: try a "
                           "smaller --lr",
                           step + 1, t->name);
        sum += squares;
    }
    *norm = sqrt(sum);
    return AKIN_OK;
}

typedef struct span {
    float *to;
    const float *from;
    float factor;
} span;

static void scale(int64_t begin, int64_t end, void *ctx)
{
    const span *w = ctx;
    for (int64_t i = begin; i < end; i++) w->to[i] *= w->factor;
}

static void approach(int64_t begin, int64_t end, void *ctx)
{
    const span *w = ctx;
    for (int64_t i = begin; i < end; i++) w->to[i] += w->factor * (w->from[i] - w->to[i]);
}

static void follow(ak_update *u, int64_t step)
{
    const double t = (double)(step + 1), early = (1 + t) / (10 + t);
    const double decay = early < u->opts.ema ? early : u->opts.ema;
    for (int64_t i = 0; i < u->count; i++) {
        span w = { u->average[i], u->tensors[i].data, (float)(1 - decay) };
        ak_parallel_for(u->tensors[i].count, GRAIN, approach, &w);
    }
}

akin_status ak_update_step(ak_update *u, double lr, int64_t step, double *grad_norm, akin_error *err)
{
    double norm = 0;
    AK_TRY(gradient_norm(u, step, &norm, err));
    const bool clip = u->opts.clip_norm > 0 && norm > u->opts.clip_norm;
    for (int64_t i = 0; i < u->count; i++) {
        const akin_tensor *t = &u->tensors[i];
        if (!t->grad) continue;
        if (clip) {
            span w = { t->grad, NULL, (float)(u->opts.clip_norm / norm) };
            ak_parallel_for(t->count, GRAIN, scale, &w);
        }
        float *slots[AK_OPTIMIZER_MAX_SLOTS] = { NULL };
        for (int k = 0; k < u->slots; k++) slots[k] = u->slot[k][i];
        ak_optimizer_step(&u->opts.optimizer, t->data, t->grad, slots, t->count, lr, step, t->decay);
    }
    if (u->average) follow(u, step);
    if (grad_norm) *grad_norm = norm;
    return AKIN_OK;
}

int ak_update_arrays(const ak_update *u, ak_array_set sets[AK_UPDATE_MAX_SETS])
{
    static const char *const PREFIXES[AK_OPTIMIZER_MAX_SLOTS] = { "optimizer0.", "optimizer1." };
    int n = 0;
    for (int k = 0; k < u->slots; k++) sets[n++] = (ak_array_set){ PREFIXES[k], u->slot[k] };
    if (u->average) sets[n++] = (ak_array_set){ AK_EMA_PREFIX, u->average };
    return n;
}
