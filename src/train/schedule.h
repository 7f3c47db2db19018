/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.h - the learning rate as a function of the step. */
#ifndef AKIN_SRC_SCHEDULE_H
#define AKIN_SRC_SCHEDULE_H

#include <stdint.h>

typedef enum akin_schedule_kind { AKIN_COSINE, AKIN_STEP, AKIN_CONSTANT } akin_schedule_kind;

enum { AKIN_MAX_MILESTONES = 32 };

typedef struct akin_schedule {
    akin_schedule_kind kind;
    double peak, least; /* 0 <= least <= peak */
    double factor;      /* step: at each milestone */
    double warmup_epochs;
    double milestone[AKIN_MAX_MILESTONES]; /* step: in epochs, increasing */
    int milestones;
    int64_t warmup, steps;           /* filled by akin_schedule_begin() */
    int64_t at[AKIN_MAX_MILESTONES]; /* milestones in steps */
} akin_schedule;

/* Epochs into steps, to the nearest. */
void akin_schedule_begin(akin_schedule *s, int64_t epoch_steps, int64_t epochs);

/* The rate of a step in [0, steps):
 *     warm-up   peak (step + 1) / warmup, while step < warmup
 *     cosine    least + (peak - least) (1 + cos(pi (step - warmup) / (steps - warmup))) / 2
 *               [Loshchilov2017 eq.5, one period]
 *     step      max(least, peak factor^k), k = milestones at or before this step; the warm-up's rate, too, is
 *               multiplied by factor^k
 *     constant  peak */
double akin_schedule_lr(const akin_schedule *s, int64_t step);

#endif
