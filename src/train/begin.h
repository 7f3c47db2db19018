/* SPDX-License-Identifier: Apache-2.0 */
/* train/begin.h - where a run starts: at its first step, or at a checkpoint. */
#ifndef AK_TRAIN_BEGIN_H
#define AK_TRAIN_BEGIN_H

#include "train/trainer.h"

/* With resume, load the newest whole checkpoint, where there is one. Otherwise write what a new run begins
 * with. AKIN_ERR_INPUT when the data are not those of the checkpoint; else as checkpoints and files fail. */
akin_status ak_trainer_begin(ak_trainer *t, akin_error *err);

/* Of another rank: the weights and the state of the checkpoint that rank 0 has begun with. */
akin_status ak_trainer_follow(ak_trainer *t, akin_error *err);

#endif
