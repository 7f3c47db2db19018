/* SPDX-License-Identifier: Apache-2.0 */
/* train/learned.c - see train/learned.h. */
#include "train/learned.h"

#include <math.h>
#include <string.h>

/* The tensor: two values, then their first and second moments. */
enum { SCALE, BIAS, PARAMETERS, MOMENT = PARAMETERS, SQUARE = 2 * PARAMETERS, NUMBERS = 3 * PARAMETERS };

static bool of_sigmoid(const ak_trainer *t) { return strcmp(t->set.loss->name, "sigmoid") == 0; }

akin_status ak_learned_prepare(ak_trainer *t, akin_error *err)
{
    const akin_loss_params *p = &t->set.loss_params;
    if (!t->set.learn_scale && !t->set.learn_bias) return AKIN_OK;
    float *values = ak_alloc(sizeof *values, NUMBERS, 1);
    t->learned = (akin_tensor){ .name = "loss", .data = values, .shape = { NUMBERS }, .ndim = 1 };
    t->learned.count = t->learned.plain = NUMBERS;
    if (!values) return ak_no_memory(err, "for the parameters of the loss");
    values[SCALE] = (float)log(of_sigmoid(t) ? p->scale : 1 / p->temperature);
    values[BIAS] = of_sigmoid(t) ? (float)p->bias : 0;
    return AKIN_OK;
}

void ak_learned_release(ak_trainer *t) { free(t->learned.data); }

akin_loss_params ak_learned_params(const ak_trainer *t, int64_t step)
{
    akin_loss_params p = ak_anneal_params(&t->anneal, &t->set.loss_params, step);
    if (!t->learned.data) return p;
    const double scale = exp((double)t->learned.data[SCALE]);
    if (t->set.learn_scale && of_sigmoid(t)) p.scale = scale;
    if (t->set.learn_scale && !of_sigmoid(t)) p.temperature = 1 / scale;
    if (t->set.learn_bias) p.bias = (double)t->learned.data[BIAS];
    return p;
}

void ak_learned_ask(ak_trainer *t, akin_loss_grads *grads)
{
    t->learned_slope[SCALE] = t->learned_slope[BIAS] = 0;
    if (t->set.learn_scale) grads->log_scale = &t->learned_slope[SCALE];
    if (t->set.learn_bias) grads->bias = &t->learned_slope[BIAS];
}

void ak_learned_step(ak_trainer *t, double lr)
{
    const double beta[2] = { 0.9, 0.999 }, done = (double)(t->state.step + 1);
    const bool moves[PARAMETERS] = { t->set.learn_scale, t->set.learn_bias };
    float *x = t->learned.data;
    for (int i = 0; x && i < PARAMETERS; i++) {
        const double g = t->learned_slope[i];
        if (!moves[i]) continue;
        x[MOMENT + i] = (float)(beta[0] * (double)x[MOMENT + i] + (1 - beta[0]) * g);
        x[SQUARE + i] = (float)(beta[1] * (double)x[SQUARE + i] + (1 - beta[1]) * g * g);
        const double m = (double)x[MOMENT + i] / (1 - pow(beta[0], done)),
                     v = (double)x[SQUARE + i] / (1 - pow(beta[1], done));
        double next = (double)x[i] - lr * m / (sqrt(v) + 1e-8);
        if (i == SCALE) next = fmin(fmax(next, log(AK_LEAST_SCALE)), log(AK_MOST_SCALE));
        x[i] = (float)next;
    }
}
