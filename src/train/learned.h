/* SPDX-License-Identifier: Apache-2.0 */
/* train/learned.h - parameters of the loss that are learned with the weights: the logarithm of what
 * multiplies all similarities (1/temperature, or the scale of sigmoid), as in CLIP [Radford2021], and the
 * bias of sigmoid [Zhai2023].
 *
 * They follow Adam [Kingma2015] at the run's rate, beta 0.9 and 0.999, without decay, whatever moves the
 * weights. The factor stays in [AK_LEAST_SCALE, AK_MOST_SCALE]. They and their moments are floats in the
 * checkpoint; every rank has the same. */
#ifndef AK_TRAIN_LEARNED_H
#define AK_TRAIN_LEARNED_H

#include "train/trainer.h"

#define AK_LEAST_SCALE 0.01
#define AK_MOST_SCALE 100.0

/* Begin at the run's parameters, if any of them is learned.  AKIN_ERR_NOMEM */
akin_status ak_learned_prepare(ak_trainer *t, akin_error *err);
void ak_learned_release(ak_trainer *t);

/* The parameters of the loss in that step, with what is learned and what follows a schedule (anneal.h). */
akin_loss_params ak_learned_params(const ak_trainer *t, int64_t step);

/* Where the loss puts the derivatives of the step. */
void ak_learned_ask(ak_trainer *t, akin_loss_grads *grads);
/* One step along them. */
void ak_learned_step(ak_trainer *t, double lr);

/* Its value means another thing in each step, so that only what lies between chance and floor is compared. */
static inline bool ak_learned_levels(const ak_trainer *t)
{
    return (t->set.anneal.on || t->learned.data) && t->calibration.floor_known;
}

#endif
