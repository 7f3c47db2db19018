/* SPDX-License-Identifier: Apache-2.0 */
/* train/update.c - one step of all tensors.
 *
 * Precision. Weights, slots and averages are float. The norm of the gradients is a sum in double over
 * tensors, in the order of the list. Threads: every sum has a fixed order, so the number of threads changes
 * no bit.
 *
 * The norm is computed in every step: it also tells whether all gradients are finite. Gradients are written
 * to only where the norm is above the limit. */
#include "train/update.h"

#include "base/base.h"
#include "train/arrays.h"

#include <inttypes.h>
#include <math.h>

enum { GRAIN = 16384 };

struct ak_update {
    ak_update_opts opts;
    akin_tensor *tensors; /* [count] */
    int64_t count;
    int slots;
    float **slot[AK_OPTIMIZER_MAX_SLOTS]; /* [slots][count]; NULL without a gradient */
    float **average;                      /* [count], or NULL */
};

akin_status ak_update_create(const akin_tensor *tensors, int64_t count, const ak_update_opts *opts,
                             ak_update **out, akin_error *err)
{
    ak_update *u = calloc(1, sizeof *u);
    bool ok = u != NULL;
    if (ok) {
        u->opts = *opts;
        u->count = count;
        u->slots = ak_optimizer_slots(opts->optimizer.kind);
        ok = (u->tensors = ak_tensors_copy(tensors, count)) != NULL;
    }
    for (int k = 0; ok && k < u->slots; k++)
        ok = (u->slot[k] = ak_arrays_create(tensors, count, AK_ARRAYS_OF_GRADIENTS)) != NULL;
    if (ok && opts->ema > 0) ok = (u->average = ak_arrays_create(tensors, count, AK_ARRAYS_OF_ALL)) != NULL;
    if (!ok) {
        ak_update_free(u);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the optimiser of %lld tensors", (long long)count);
    }
    if (u->average) ak_arrays_fill(u->average, tensors, count);
    *out = u;
    return AKIN_OK;
}

void ak_update_free(ak_update *u)
{
    if (!u) return;
    for (int k = 0; k < u->slots; k++) ak_arrays_free(u->slot[k], u->count);
    ak_arrays_free(u->average, u->count);
    free(u->tensors);
    free(u);
}

/* Steps -------------------------------------------------------------------------------------------------- */

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

typedef struct scaling {
    float *x;
    float factor;
} scaling;

static void scale(int64_t begin, int64_t end, void *ctx)
{
    const scaling *w = ctx;
    for (int64_t i = begin; i < end; i++) w->x[i] *= w->factor;
}

/* The moving average of the weights. */
static void follow(ak_update *u, int64_t step)
{
    const double t = (double)(step + 1), early = (1 + t) / (10 + t);
    const double decay = early < u->opts.ema ? early : u->opts.ema;
    for (int64_t i = 0; i < u->count; i++)
        ak_approach(u->average[i], u->tensors[i].data, (float)(1 - decay), u->tensors[i].count);
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
            scaling w = { t->grad, (float)(u->opts.clip_norm / norm) };
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
