/* SPDX-License-Identifier: Apache-2.0 */
/* eval/resample.h - percentiles over items that are drawn anew [Efron1993 sec.13.3]. */
#ifndef AK_EVAL_RESAMPLE_H
#define AK_EVAL_RESAMPLE_H

#include "base/base.h"

enum { AK_RESAMPLES = 1000 };

/* How often each of n items comes in draw r of n with replacement: count [n]. */
void ak_resample(uint64_t seed, int64_t r, int64_t n, int32_t *count);

/* The 2.5th and 97.5th percentile of x [AK_RESAMPLES], between two values linearly; NaN where one is NaN. It
 * sorts x. */
void ak_percentiles95(double *x, double ci95[2]);

#endif
