/* SPDX-License-Identifier: Apache-2.0 */
/* train/predictor.h - losses that predict one view from the other (simsiam, byol, matrix-ssl): a small net
 * behind the projections makes the predictions, and what they are to equal has no gradient  [ChenHe2021]
 * [Grill2020].
 *
 *     predictions = Linear(relu(batch norm(Linear(projections)))), of the rows of both views
 *     targets     = the projections of the other view; with a momentum encoder, those that it makes
 *
 * The predictor reads the rows of a whole step at once, whatever the chunks of the encoder. Of several ranks
 * each gives it its own rows, batch norm takes the statistics of all, and gradients are added up: any number
 * of ranks learns the same up to rounding. It learns with the rest, is in the checkpoint as "predictor.NAME",
 * and is no part of the model. */
#ifndef AK_TRAIN_PREDICTOR_H
#define AK_TRAIN_PREDICTOR_H

#include "train/trainer.h"

/* Before the net is made: which hidden units a run has; 0 = no predictor.  AKIN_ERR_ARGUMENT where the run
 * has what such a loss cannot go with. */
akin_status ak_predictor_plan(const ak_trainer *t, int64_t *hidden, akin_error *err);
akin_status ak_predictor_prepare(ak_trainer *t, akin_error *err);
void ak_predictor_release(ak_trainer *t);

/* M of the momentum encoder in this step: it rises to 1 along a cosine  [Grill2020 sec.3.3]. */
double ak_predictor_decay(const ak_trainer *t);
/* What the momentum encoder has made of both views, in the projections, is kept as the targets. */
void ak_predictor_keep(ak_trainer *t);

/* Let the loss read the predictions instead of the projections; and, after it, turn the gradient of the
 * predictions into that of the projections. Other losses: nothing is done. */
akin_status ak_predictor_forward(ak_trainer *t, akin_loss_batch *batch, akin_loss_grads *grads,
                                 akin_error *err);
akin_status ak_predictor_backward(ak_trainer *t, akin_error *err);

/* Gradients before the update, weights after it. */
akin_status ak_predictor_check_gradients(const ak_trainer *t, akin_error *err);
akin_status ak_predictor_check_weights(const ak_trainer *t, akin_error *err);

int64_t ak_predictor_bytes(const ak_trainer *t);

#endif
