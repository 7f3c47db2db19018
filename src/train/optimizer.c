/* SPDX-License-Identifier: Apache-2.0 */
/* train/optimizer.c - SGD with momentum and AdamW, in float, element by element. */
#include "train/optimizer.h"

#include "base/base.h"

#include <math.h>

enum { GRAIN = 16384 };

typedef struct job {
    float *x, *m, *v;
    const float *grad;
    float lr, mu, beta2, epsilon, decay;
    float m_scale, v_scale; /* 1/(1-b1^t), 1/(1-b2^t) */
} job;

int akin_optimizer_slots(akin_optimizer_kind kind) { return kind == AKIN_ADAMW ? 2 : 1; }

static void sgd(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    float *restrict x = w->x, *restrict m = w->m;
    const float *restrict grad = w->grad;
    const float mu = w->mu, decay = w->decay, lr = w->lr;
    for (int64_t i = begin; i < end; i++) {
        m[i] = mu * m[i] + (grad[i] + decay * x[i]);
        x[i] -= lr * m[i];
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

void akin_optimizer_step(const akin_optimizer *o, float *x, const float *grad, float *const slots[],
                         int64_t n, double lr, int64_t step, int decays)
{
    job w = { .x = x, .m = slots[0], .grad = grad, .lr = (float)lr, .mu = (float)o->momentum };
    w.decay = decays ? (float)o->weight_decay : 0;
    if (o->kind == AKIN_SGD) {
        akin_parallel_for(n, GRAIN, sgd, &w);
        return;
    }
    w.v = slots[1];
    w.beta2 = (float)o->beta2;
    w.epsilon = (float)o->epsilon;
    w.m_scale = (float)(1 / (1 - pow(o->momentum, (double)(step + 1))));
    w.v_scale = (float)(1 / (1 - pow(o->beta2, (double)(step + 1))));
    akin_parallel_for(n, GRAIN, adamw, &w);
}
