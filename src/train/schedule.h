/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.h - the learning rate as a function of the step. */
#ifndef AKIN_SRC_SCHEDULE_H
#define AKIN_SRC_SCHEDULE_H

#include "model/recipe.h"

typedef struct ak_schedule {
    ak_schedule_opts opts;
    int64_t warmup, steps;         /* of the run, in steps */
    int64_t at[AK_MAX_MILESTONES]; /* milestones in steps */
} ak_schedule;

/* Epochs into steps, to the nearest. */
void ak_schedule_begin(ak_schedule *s, const ak_schedule_opts *opts, int64_t epoch_steps, int64_t epochs);

/* The rate of a step in [0, steps):
 *     warm-up   peak (step + 1) / warmup, while step < warmup
 *     cosine    least + (peak - least) (1 + cos(pi (step - warmup) / (steps - warmup))) / 2
 *               [Loshchilov2017 eq.5, one period]
 *     step      max(least, peak factor^k), k = milestones at or before this step; the warm-up's rate, too, is
 *               multiplied by factor^k
 *     constant  peak */
double ak_schedule_lr(const ak_schedule *s, int64_t step);

#endif
