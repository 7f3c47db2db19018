/* SPDX-License-Identifier: Apache-2.0 */
/* train/schedule.h - the learning rate as a function of the step. */
#ifndef AK_TRAIN_SCHEDULE_H
#define AK_TRAIN_SCHEDULE_H

#include "model/recipe.h"

enum { AK_MAX_LEGS = 64 };

typedef struct ak_schedule {
    ak_schedule_opts opts;
    int64_t warmup, steps;    /* of the run */
    int64_t end[AK_MAX_LEGS]; /* the steps at which the run ended before it was made longer */
    int legs;
    int64_t at[AK_MAX_MILESTONES]; /* the milestones, in steps */
    ak_step_plan plan;
} ak_schedule;

/* Turn epochs into steps, to the nearest. */
void ak_schedule_begin(ak_schedule *s, const ak_schedule_opts *opts, int64_t epoch_steps, int64_t epochs);

/* The run has the steps of a plan in place of those of its epochs. */
void ak_schedule_plan(ak_schedule *s, const ak_step_plan *plan);

/* The run ended at a step, which is beyond those told before, and goes on from there. */
void ak_schedule_leg(ak_schedule *s, int64_t end);

/* The rate of a step in [0, steps):
 *     warm-up   peak (step + 1) / warmup, while step < warmup
 *     cosine    least + (peak - least) (1 + cos(pi (step - warmup) / (steps - warmup))) / 2
 *               [Loshchilov2017 eq.5, one period]; of a run that was made longer, each part is a period of
 *               its own: from the end of the one before, where the rate is the peak again, to its own end.
 *               Where a plan changes at step d, the share w of the way that is done stays:
 *               w + (1 - w) (step - d) / (steps - d) in place of (step - warmup) / (steps - warmup)
 *     step      max(least, peak factor^k), where k milestones are at or before this step; the rate of the
 *               warm-up is multiplied by factor^k too
 *     constant  peak */
double ak_schedule_lr(const ak_schedule *s, int64_t step);

#endif
