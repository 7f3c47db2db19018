/* SPDX-License-Identifier: Apache-2.0 */
/* train/past.h - what a loss keeps of every item between its steps: sogclr's averages, a float an item.
 *
 * A step reads those of its anchors and makes new ones, which take their place when the step is done. Every
 * rank has those of all items, and receives what the others have made. They are in the checkpoint, so that a
 * run goes on with the same bits. */
#ifndef AK_TRAIN_PAST_H
#define AK_TRAIN_PAST_H

#include "train/trainer.h"

/* Memory, if the loss keeps anything.  AKIN_ERR_NOMEM */
akin_status ak_past_prepare(ak_trainer *t, akin_error *err);
void ak_past_release(ak_trainer *t);

/* What was kept of the step's anchors, for the loss, and where the new ones go. */
void ak_past_read(ak_trainer *t, akin_loss_grads *grads);
/* At the end of the step: the new ones of all ranks. */
akin_status ak_past_keep(ak_trainer *t, akin_error *err);

#endif
