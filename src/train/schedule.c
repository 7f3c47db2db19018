/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.c - warm-up and cosine. */
#include "train/schedule.h"

#include <math.h>

double akin_cosine_lr(double peak, int64_t step, int64_t warmup, int64_t steps)
{
    if (step < warmup) return peak * (double)(step + 1) / (double)warmup;
    if (steps <= warmup) return peak;
    return peak * 0.5 *
           (1 + cos(3.14159265358979323846 * (double)(step - warmup) / (double)(steps - warmup)));
}
