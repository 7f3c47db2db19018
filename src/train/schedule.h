/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.h - the learning rate as a function of the step. */
#ifndef AKIN_SRC_SCHEDULE_H
#define AKIN_SRC_SCHEDULE_H

#include <stdint.h>

/* Linear warm-up over the first `warmup` steps (step 0 gets peak/warmup), then half a cosine down to 0 at `steps`
 * [Loshchilov2017 eq.5, one period]. step in [0,steps). */
double akin_cosine_lr(double peak, int64_t step, int64_t warmup, int64_t steps);

#endif
