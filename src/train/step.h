/* SPDX-License-Identifier: Apache-2.0 */
/* train/step.h - one step of a run. */
#ifndef AK_TRAIN_STEP_H
#define AK_TRAIN_STEP_H

#include "train/trainer.h"

/* From the rows of the loader to new weights. Adds to the sums of the log interval. AKIN_ERR_NUMERIC when a
 * value is not finite. Either no weight has changed then, or the sentence names the weight that is not
 * finite. */
akin_status ak_trainer_step(ak_trainer *t, akin_error *err);

#endif
