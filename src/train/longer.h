/* SPDX-License-Identifier: Apache-2.0 */
/* train/longer.h - a run that goes on beyond the epochs that it was begun with: --resume RUN --epochs MORE.
 *
 * With a constant rate, and with one that falls at milestones, a step does not depend on how many there are
 * to be: the longer run has the bits of one that was asked for at once. A cosine has brought the rate to its
 * end, and begins anew [Loshchilov2017]. run.json tells the epochs of now, and in "longer" those of before.
 */
#ifndef AK_TRAIN_LONGER_H
#define AK_TRAIN_LONGER_H

#include "train/trainer.h"

/* Of a run that is resumed: into t->earlier what run.json tells, and what `given` adds. */
akin_status ak_longer_configure(ak_trainer *t, const akin_train_config *given, akin_error *err);

/* AKIN_ERR_ARGUMENT when what is annealed depends on the number of steps. Else what follows is told. */
akin_status ak_longer_check(ak_trainer *t, akin_error *err);

/* Into the schedule, once the steps of an epoch are known. */
void ak_longer_schedule(ak_trainer *t);

/* Once the checkpoint is loaded: DONE goes, then run.json tells the new length. A kill between the two leaves
 * the shorter run, which ends as it did. */
akin_status ak_longer_record(ak_trainer *t, akin_error *err);

#endif
