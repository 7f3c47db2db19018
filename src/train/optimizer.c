/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimizer.c - SGD with momentum, LARS and AdamW.
 *
 * Precision. Elements are float, updated one by one. Norms are sums in double over blocks. The bounds of a
 * block depend on the length alone, and the blocks are added in order.
 *
 * LARS is SGD whose gradient, with the weight decay in it, is scaled by lambda, tensor by tensor. Here the
 * learning rate multiplies what leaves the momentum; in the paper it multiplies what enters. The two differ
 * only while the rate changes. Apex's LARC with clip=False does as we do, with the same lambda. */
#include "train/optimizer.h"

#include "base/base.h"

#include <math.h>

enum { GRAIN = 16384, MAX_BLOCKS = 64, LEAST_BLOCK = 4096 };

typedef struct job {
    float *x, *m, *v;
    const float *grad;
    float lr, mu, beta2, epsilon, decay;
    float scale;            /* LARS: lambda */
    float m_scale, v_scale; /* 1/(1-b1^t), 1/(1-b2^t) */
} job;

int ak_optimizer_slots(ak_optimizer_kind kind) { return kind == AK_ADAMW ? 2 : 1; }

static void sgd(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    float *restrict x = w->x, *restrict m = w->m;
    const float *restrict grad = w->grad;
    const float mu = w->mu, decay = w->decay, lr = w->lr, scale = w->scale;
    for (int64_t i = begin; i < end; i++) {
        m[i] = mu * m[i] + scale * (grad[i] + decay * x[i]);
        x[i] -= lr * m[i];
    }
}

static void nesterov(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    float *restrict x = w->x, *restrict m = w->m;
    const float *restrict grad = w->grad;
    const float mu = w->mu, decay = w->decay, lr = w->lr, scale = w->scale;
    for (int64_t i = begin; i < end; i++) {
        const float g = scale * (grad[i] + decay * x[i]);
        m[i] = mu * m[i] + g;
        x[i] -= lr * (g + mu * m[i]);
    }
}

static void adamw(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    float *restrict x = w->x, *restrict m = w->m, *restrict v = w->v;
    const float *restrict grad = w->grad;
    const float b1 = w->mu, b2 = w->beta2, decay = w->decay, lr = w->lr;
    const float m_scale = w->m_scale, v_scale = w->v_scale, epsilon = w->epsilon;
    for (int64_t i = begin; i < end; i++) {
        const float g = grad[i];
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        x[i] -= lr * (m[i] * m_scale / (sqrtf(v[i] * v_scale) + epsilon) + decay * x[i]);
    }
}

/* lambda of one tensor. */
static double trust_ratio(const ak_optimizer_opts *o, const float *x, const float *grad, int64_t n)
{
    const double weight = sqrt(ak_sum_squares(x, n)), gradient = sqrt(ak_sum_squares(grad, n));
    if (weight == 0 || gradient == 0) return 1;
    return o->trust * weight / (gradient + o->weight_decay * weight);
}

void ak_optimizer_step(const ak_optimizer_opts *o, float *x, const float *grad, float *const slots[],
                       int64_t n, double lr, int64_t step, bool decays)
{
    job w = { .x = x, .m = slots[0], .grad = grad, .lr = (float)lr, .mu = (float)o->momentum, .scale = 1 };
    w.decay = decays ? (float)o->weight_decay : 0;
    if (o->kind != AK_ADAMW) {
        if (o->kind == AK_LARS && decays) w.scale = (float)trust_ratio(o, x, grad, n);
        ak_parallel_for(n, GRAIN, o->nesterov ? nesterov : sgd, &w);
        return;
    }
    w.v = slots[1];
    w.beta2 = (float)o->beta2;
    w.epsilon = (float)o->epsilon;
    w.m_scale = (float)(1 / (1 - pow(o->momentum, (double)(step + 1))));
    w.v_scale = (float)(1 / (1 - pow(o->beta2, (double)(step + 1))));
    ak_parallel_for(n, GRAIN, adamw, &w);
}

/* Norms -------------------------------------------------------------------------------------------------- */

typedef struct squares {
    const float *x;
    int64_t n, block;
    double sum[MAX_BLOCKS];
} squares;

static void sum_blocks(int64_t begin, int64_t end, void *ctx)
{
    squares *w = ctx;
    for (int64_t b = begin; b < end; b++) {
        int64_t i = b * w->block;
        const int64_t until = i + w->block < w->n ? i + w->block : w->n;
        double lane[8] = { 0 }; /* so that the compiler can use vectors */
        for (; i + 8 <= until; i += 8)
            for (int l = 0; l < 8; l++) lane[l] += (double)w->x[i + l] * (double)w->x[i + l];
        for (; i < until; i++) lane[0] += (double)w->x[i] * (double)w->x[i];
        w->sum[b] = 0;
        for (int l = 0; l < 8; l++) w->sum[b] += lane[l];
    }
}

double ak_sum_squares(const float *x, int64_t n)
{
    squares w = { .x = x, .n = n, .block = (n + MAX_BLOCKS - 1) / MAX_BLOCKS };
    if (w.block < LEAST_BLOCK) w.block = LEAST_BLOCK;
    const int64_t blocks = (n + w.block - 1) / w.block;
    ak_parallel_for(blocks, GRAIN / LEAST_BLOCK, sum_blocks, &w);
    double sum = 0;
    for (int64_t b = 0; b < blocks; b++) sum += w.sum[b];
    return sum;
}
