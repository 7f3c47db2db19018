/* SPDX-License-Identifier: Apache-2.0 */
/* train/step_loss.h - the loss of a step, and what its value means. */
#ifndef AK_TRAIN_STEP_LOSS_H
#define AK_TRAIN_STEP_LOSS_H

#include "train/trainer.h"

/* Labels, chance and floor of the first batch, and scratch memory. The sampler and the net must exist. */
akin_status ak_step_loss_prepare(ak_trainer *t, akin_error *err);

/* The loss of the projections of the step, and into t->gradient its gradient with respect to them. rows are
 * those of the last visit.  AKIN_ERR_NUMERIC when the value is not finite; the sentence names the first
 * input that is not. */
akin_status ak_step_loss(ak_trainer *t, const ak_rows *rows, double *loss, akin_error *err);

/* Mean chance and floor over the steps [first, first + count), into t->calibration. */
akin_status ak_step_loss_calibrate(ak_trainer *t, int64_t first, int64_t count, akin_error *err);

/* Into *p, what a logged step tells of its loss, p->loss: what it would be with partners permuted, how much
 * is learned, difficult pairs, and parameters that change. */
void ak_step_loss_tell(ak_trainer *t, akin_train_progress *p);

#endif
