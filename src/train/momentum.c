/* SPDX-License-Identifier: Apache-2.0 */
/* train/momentum.c - averaged weights and the queue of keys.
 *
 * Precision. Weights and keys are float, lengths are double. Threads: every number is computed by itself, so
 * the number of threads changes no bit. */
#include "train/momentum.h"

#include "base/base.h"
#include "base/rng.h"
#include "train/arrays.h"

#include <math.h>
#include <string.h>

enum { GRAIN = 16384 };

struct ak_momentum {
    ak_momentum_opts opts;
    akin_tensor *tensors; /* [count] */
    float **average;      /* [count]; NULL without a gradient */
    int64_t count;
    akin_tensor queue;
};

/* Scale a row to unit length; a row of zeros stays zero. */
static void normalise(const float *from, float *to, int64_t d)
{
    double square = 0;
    for (int64_t k = 0; k < d; k++) square += (double)from[k] * (double)from[k];
    const double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (int64_t k = 0; k < d; k++) to[k] = (float)(scale * (double)from[k]);
}

static bool make_queue(ak_momentum *m)
{
    const ak_momentum_opts *o = &m->opts;
    if (!o->keys) return true;
    float *rows = ak_alloc(sizeof(float), o->keys, o->width);
    m->queue = (akin_tensor){ .name = "queue", .data = rows, .shape = { o->keys, o->width }, .ndim = 2 };
    m->queue.count = m->queue.plain = o->keys * o->width;
    for (int64_t i = 0; rows && i < o->keys; i++) {
        ak_rng r = ak_rng_at(o->seed, AK_RNG_QUEUE, 0, (uint64_t)i, 0);
        for (int64_t k = 0; k < o->width; k++) rows[i * o->width + k] = (float)ak_rng_normal(&r);
        normalise(rows + i * o->width, rows + i * o->width, o->width);
    }
    return rows != NULL;
}

static bool make_averages(ak_momentum *m, const akin_tensor *tensors, int64_t count)
{
    m->count = count;
    m->tensors = ak_tensors_copy(tensors, count);
    m->average = ak_arrays_create(tensors, count, AK_ARRAYS_OF_GRADIENTS);
    if (m->average) ak_arrays_fill(m->average, tensors, count);
    return m->tensors && m->average;
}

akin_status ak_momentum_create(const akin_tensor *tensors, int64_t count, const ak_momentum_opts *opts,
                               ak_momentum **out, akin_error *err)
{
    ak_momentum *m = calloc(1, sizeof *m);
    if (m) m->opts = *opts;
    if (!m || !make_averages(m, tensors, count) || !make_queue(m)) {
        ak_momentum_free(m);
        return ak_fail(err, AKIN_ERR_NOMEM,
                       "no memory for a momentum encoder and a queue of %lld keys of %lld",
                       (long long)opts->keys, (long long)opts->width);
    }
    *out = m;
    return AKIN_OK;
}

void ak_momentum_free(ak_momentum *m)
{
    if (!m) return;
    ak_arrays_free(m->average, m->count);
    free(m->tensors);
    free(m->queue.data);
    free(m);
}

void ak_momentum_follow(ak_momentum *m, double decay)
{
    for (int64_t i = 0; i < m->count; i++)
        if (m->average[i])
            ak_approach(m->average[i], m->tensors[i].data, (float)(1 - decay), m->tensors[i].count);
}

typedef struct exchange {
    float *average, *weight;
} exchange;

static void exchange_range(int64_t begin, int64_t end, void *ctx)
{
    const exchange *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        const float kept = w->weight[i];
        w->weight[i] = w->average[i];
        w->average[i] = kept;
    }
}

void ak_momentum_swap(ak_momentum *m)
{
    for (int64_t i = 0; i < m->count; i++) {
        exchange w = { m->average[i], m->tensors[i].data };
        if (w.average) ak_parallel_for(m->tensors[i].count, GRAIN, exchange_range, &w);
    }
}

akin_cmat ak_momentum_keys(const ak_momentum *m)
{
    return (akin_cmat){ m->queue.data, m->opts.keys, m->opts.width, m->opts.width };
}

akin_mat ak_momentum_newest(const ak_momentum *m, int64_t step)
{
    const ak_momentum_opts *o = &m->opts;
    if (!o->keys) return (akin_mat){ NULL, 0, o->width, o->width };
    const int64_t first = step % (o->keys / o->batch) * o->batch;
    return (akin_mat){ m->queue.data + first * o->width, o->batch, o->width, o->width };
}

void ak_momentum_enqueue(ak_momentum *m, int64_t step, int64_t first, akin_cmat keys)
{
    const akin_mat to = ak_momentum_newest(m, step);
    for (int64_t i = 0; to.data && i < keys.rows; i++)
        normalise(ak_crow(keys, i), ak_row(to, first + i), to.cols);
}

ak_array_set ak_momentum_arrays(const ak_momentum *m)
{
    return (ak_array_set){ AK_MOMENTUM_PREFIX, m->average };
}

const akin_tensor *ak_momentum_queue(const ak_momentum *m) { return &m->queue; }
