/* SPDX-License-Identifier: Apache-2.0 */
/* train/step.h - one step of a run. */
#ifndef AKIN_SRC_TRAIN_STEP_H
#define AKIN_SRC_TRAIN_STEP_H

#include "train/trainer.h"

/* From the rows of the loader to new weights; adds to the sums of the log interval.  AKIN_ERR_NUMERIC when something is not
 * finite: then no weight has changed, or the sentence names the tensor that has. */
akin_status ak_trainer_step(ak_trainer *t, akin_error *err);

#endif
