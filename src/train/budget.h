/* SPDX-License-Identifier: Apache-2.0 */
/* train/budget.h - as many steps as a time allows: how many they are, and how that follows the speed.
 *
 * The number is decided before the first step, by a few real steps that are thrown away, and corrected at
 * fixed shares of the steps by what the steps have taken since: most often early. A correction goes into the
 * plan of steps (model/recipe.h) and into run.json before the next step. So the schedule ends with the run,
 * a run that is killed goes on with the plan that was in force, and one with the plan and without a budget
 * has the same bits. */
#ifndef AK_TRAIN_BUDGET_H
#define AK_TRAIN_BUDGET_H

#include "train/trainer.h"

/* The arithmetic, which no clock disturbs. `used`: seconds since the run began, start and data included. */

/* Steps that fit: at least one. step_s: seconds of one. */
int64_t ak_budget_steps(double seconds, double used, double step_s);
/* The first step is about to be made. */
void ak_budget_begin(ak_budget *b, double seconds, int64_t step, int64_t steps, double used);
/* After step `step` of `steps`, the next one is to be looked at: returns how many there are to be in all,
 * more than `step`. */
int64_t ak_budget_look(ak_budget *b, int64_t step, int64_t steps, double used);

/* Of n >= 1 sizes, the largest first, with which the data would be seen so often: the first that reaches
 * `enough`; else the last each of which has half as many epochs again as the one taken without it. */
int ak_budget_size(const double *epochs, int n, double enough);
/* Views, and what they cost of what the whole ones do: the share of their pixels. */
typedef struct ak_budget_view {
    int64_t height, width;
    double cost;
} ak_budget_view;
/* Instead of views of these sides, with which the data would be seen so often: by ak_budget_size() for eight
 * epochs, of these, three quarters of each side, and half, in steps of four pixels and never below 24. */
ak_budget_view ak_budget_views(int64_t height, int64_t width, double epochs);

/* Of a run with a budget that is not decided yet, decide: into the configuration and the settings. All ranks
 * call it, with the data open, before ak_trainer_prepare(). Fails as that and as a step do. */
akin_status ak_budget_choose(ak_trainer *t, akin_error *err);
/* After each step and what follows it. All ranks call it.  AKIN_ERR_IO: run.json cannot be stored. */
akin_status ak_budget_follow(ak_trainer *t, akin_error *err);
/* At the end of the run. */
void ak_budget_say(ak_trainer *t);

#endif
