/* SPDX-License-Identifier: Apache-2.0 */
/* loss/calibrate.c - what the value of a loss means: chance, floor, and a word between them. */
#include "loss/table.h"

#include <math.h>
#include <string.h>

typedef struct levels {
    double chance, floor; /* floor: NaN where none is known */
} levels;

/* log(1 + k exp(x)) without overflow. */
static double log1p_exp(double k, double x) { return x > 0 ? x + log(exp(-x) + k) : log1p(k * exp(x)); }

static levels level_ntxent(const akin_loss_call *c)
{
    const double n = (double)c->in.a.rows, m = (double)c->in.keys.rows, a = 1 / c->p.temperature;
    const double x = -a * n / (n - 1);
    return (levels){ log(2 * n - 1 + m), m > 0 ? NAN : log1p_exp(2 * n - 2, x) };
}

static levels level_infonce(const akin_loss_call *c)
{
    const double n = (double)c->in.a.rows, m = (double)c->in.keys.rows, a = 1 / c->p.temperature;
    return (levels){ log(n + m), m > 0 ? NAN : log1p_exp(n - 1, -a * n / (n - 1)) };
}

akin_status akin_loss_calibrate(const akin_loss *loss, const akin_loss_params *params,
                                const akin_loss_batch *batch, const int64_t *groups, akin_calibration *out,
                                akin_error *err)
{
    akin_loss_call c;
    AKIN_TRY(akin_loss_open(&c, loss, params, batch, false, err));
    const levels l = strcmp(loss->name, "ntxent") == 0 ? level_ntxent(&c) : level_infonce(&c);
    (void)groups;
    akin_calibration result = { sizeof result, isfinite(l.floor), l.chance, l.floor, l.floor };
    *out = result;
    return AKIN_OK;
}

double akin_loss_learned(const akin_calibration *c, double value)
{
    if (!c->floor_known || !(c->chance > c->floor)) return NAN;
    const double learned = (c->chance - value) / (c->chance - c->floor);
    return learned < 0 ? 0 : learned > 1 ? 1 : learned;
}

static const char *const WORDS[][2] = {
    { "broken", "the loss is not a finite number" },
    { "worse-than-chance",
      "above the level of equal embeddings: positives are further apart than negatives" },
    { "chance", "no better than equal embeddings: nothing learned yet, or collapsed" },
    { "below-chance", "better than equal embeddings; no floor is known for this loss" },
    { "learning", "between chance and floor" },
    { "good", "most of the way from chance to the floor" },
    { "floor", "at the floor: no encoder can go lower on this batch" },
};

static int word(const akin_calibration *c, double value)
{
    if (!isfinite(value)) return 0;
    const double room = c->floor_known ? c->chance - c->floor : fabs(c->chance) + 1;
    const double below = (c->chance - value) / room;
    if (below < -0.02) return 1;
    if (below < 0.02) return 2;
    if (!c->floor_known) return 3;
    return below < 0.8 ? 4 : below < 0.995 ? 5 : 6;
}

const char *akin_loss_verdict(const akin_calibration *c, double value) { return WORDS[word(c, value)][0]; }
const char *akin_loss_verdict_text(const akin_calibration *c, double value)
{
    return WORDS[word(c, value)][1];
}
