/* SPDX-License-Identifier: Apache-2.0 */
/* train/past.h - what a loss keeps of every item between its steps, in floats: of sogclr and isogclr the
 * averages; of isogclr a temperature, and the average of its slopes; with --false-negatives a threshold.
 *
 * A step reads those of its anchors and makes new ones, which take their place when the step is done. Every
 * rank has those of all items, and receives what the others have made. They are in the checkpoint, so that a
 * run goes on with the same bits.
 *
 *     temperature  t <- max(t - rate v, 0.01), v <- 0.1 v + 0.9 dL/dt  [Qiu2023 alg.1]; or one of all items,
 *                  which goes down the mean of their slopes  [Wei2024 v3]
 *     threshold    l <- l + rate (share of negatives above l - share wanted)  [Balmaseda2025 eq.4]; an item
 *                  that has none yet takes that of all, which every step moves */
#ifndef AK_TRAIN_PAST_H
#define AK_TRAIN_PAST_H

#include "train/trainer.h"

#define AK_LEAST_OWN_TEMPERATURE 0.01
enum { AK_PAST_TENSORS = 3 };

/* Memory, if the loss keeps anything.  AKIN_ERR_NOMEM */
akin_status ak_past_prepare(ak_trainer *t, akin_error *err);
void ak_past_release(ak_trainer *t);

/* What was kept of the step's anchors, for the loss, and where the new ones go. */
void ak_past_read(ak_trainer *t, akin_loss_batch *batch, akin_loss_grads *grads);
/* At the end of the step: the new ones of all ranks. */
akin_status ak_past_keep(ak_trainer *t, akin_error *err);

/* The share of a batch in the averages in this step, least in the end. */
double ak_past_share(const ak_trainer *t, double least);
/* The mean temperature of all items; NaN where they have none. */
double ak_past_temperature(const ak_trainer *t);

/* What a checkpoint holds, borrowed; returns how many there are. Their bytes. */
int ak_past_tensors(const ak_trainer *t, akin_tensor *to);
int64_t ak_past_bytes(const ak_trainer *t);

#endif
