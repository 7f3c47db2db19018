/* SPDX-License-Identifier: Apache-2.0 */
/* train/anneal.c - parameters of the loss as functions of the step, and what its value then means. */
#include "train/anneal.h"

#include "base/base.h"

#include <math.h>

enum { MOST_LOOKS = 256 };

double ak_anneal_at(const ak_anneal *a, double begin, double end, int64_t step)
{
    const double pi = 3.14159265358979323846;
    if (a->steps < 2 || begin == end) return begin;
    if (a->opts.wave)
        return begin +
               (end - begin) * 0.5 * (1 - cos(2 * pi * (double)(step % a->period) / (double)a->period));
    if (step >= a->steps - 1) return end; /* to the bit */
    const double way = (double)step / (double)(a->steps - 1);
    const double w = a->opts.cosine ? 0.5 * (1 - cos(pi * way)) : way;
    return begin + (end - begin) * w;
}

akin_loss_params ak_anneal_params(const ak_anneal *a, const akin_loss_params *begin, int64_t step)
{
    akin_loss_params p = *begin;
    if (!a->opts.on) return p;
    if (a->opts.temperature_end > 0)
        p.temperature = ak_anneal_at(a, begin->temperature, a->opts.temperature_end, step);
    p.alpha = ak_anneal_at(a, begin->alpha, a->opts.alpha_end, step);
    p.lambda = ak_anneal_at(a, begin->lambda, a->opts.lambda_end, step);
    return p;
}

akin_status ak_anneal_calibrate(const ak_anneal *a, const akin_loss *loss, const akin_loss_params *begin,
                                const akin_loss_batch *batch, int64_t first, int64_t count,
                                akin_calibration *out, akin_error *err)
{
    const int64_t every = a->opts.on ? (count + MOST_LOOKS - 1) / MOST_LOOKS : count;
    akin_calibration sum = AKIN_CALIBRATION_INIT;
    int64_t looks = 0;
    for (int64_t s = first; s < first + count; s += every, looks++) {
        const akin_loss_params p = ak_anneal_params(a, begin, s);
        akin_calibration c = AKIN_CALIBRATION_INIT;
        AK_TRY(akin_loss_calibrate(loss, &p, batch, NULL, &c, err));
        sum.floor_known = c.floor_known;
        sum.chance += c.chance;
        sum.floor += c.floor;
        sum.duplicate_floor += c.duplicate_floor;
    }
    sum.chance /= (double)looks;
    sum.floor /= (double)looks;
    sum.duplicate_floor /= (double)looks;
    *out = sum;
    return AKIN_OK;
}

double ak_anneal_level(const akin_calibration *c, double loss)
{
    return (loss - c->chance) / (c->chance - c->floor);
}
