/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.h - the learning rate as a function of the step. */
#ifndef AKIN_SRC_SCHEDULE_H
#define AKIN_SRC_SCHEDULE_H

#include <stdint.h>

typedef enum ak_schedule_kind { AK_COSINE, AK_STEP, AK_CONSTANT } ak_schedule_kind;

enum { AK_MAX_MILESTONES = 32 };

typedef struct ak_schedule {
    ak_schedule_kind kind;
    double peak, least; /* 0 <= least <= peak */
    double factor;      /* step: at each milestone */
    double warmup_epochs;
    double milestone[AK_MAX_MILESTONES]; /* step: in epochs, increasing */
    int milestones;
    int64_t warmup, steps;         /* filled by ak_schedule_begin() */
    int64_t at[AK_MAX_MILESTONES]; /* milestones in steps */
} ak_schedule;

/* Epochs into steps, to the nearest. */
void ak_schedule_begin(ak_schedule *s, int64_t epoch_steps, int64_t epochs);

/* The rate of a step in [0, steps):
 *     warm-up   peak (step + 1) / warmup, while step < warmup
 *     cosine    least + (peak - least) (1 + cos(pi (step - warmup) / (steps - warmup))) / 2
 *               [Loshchilov2017 eq.5, one period]
 *     step      max(least, peak factor^k), k = milestones at or before this step; the warm-up's rate, too, is
 *               multiplied by factor^k
 *     constant  peak */
double ak_schedule_lr(const ak_schedule *s, int64_t step);

#endif
