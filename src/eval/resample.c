/* SPDX-License-Identifier: Apache-2.0 */
/* eval/resample.c - the bootstrap (see resample.h). */
#include "eval/resample.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { VIEW = 4 }; /* of the streams of AK_RNG_EVAL */

void ak_resample(uint64_t seed, int64_t r, int64_t n, int32_t *count)
{
    ak_rng rng = ak_rng_at(seed, AK_RNG_EVAL, (uint32_t)r, 0, VIEW);
    memset(count, 0, (size_t)n * sizeof *count);
    for (int64_t i = 0; i < n; i++) count[ak_rng_below(&rng, (uint32_t)n)]++;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void ak_percentiles95(double *x, double ci95[2])
{
    static const double share[2] = { 0.025, 0.975 };
    ci95[0] = ci95[1] = NAN;
    for (int r = 0; r < AK_RESAMPLES; r++)
        if (isnan(x[r])) return;
    qsort(x, AK_RESAMPLES, sizeof *x, ascending);
    for (int s = 0; s < 2; s++) {
        const double at = share[s] * (AK_RESAMPLES - 1), low = floor(at);
        const int i = (int)low;
        ci95[s] = x[i] + (at - low) * (x[i + 1] - x[i]);
    }
}
