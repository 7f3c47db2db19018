/* SPDX-License-Identifier: Apache-2.0 */
/* train/anneal.h - parameters of the loss as functions of the step: alpha and lambda of `balanced`.
 *
 * The value of step s in [0, steps) is
 *
 *     begin + (end - begin) w,    linear  w = s/(steps - 1)
 *                                 cosine  w = (1 - cos(pi s/(steps - 1))) / 2
 *
 * so that the first step has `begin` and the last has `end`. Nothing else enters, and a run that is resumed goes on with the
 * same bits. Losses of different steps are then not comparable as they are; their place between the chance and the floor of
 * their own step is. */
#ifndef AKIN_SRC_TRAIN_ANNEAL_H
#define AKIN_SRC_TRAIN_ANNEAL_H

#include "akin/loss.h"
#include "model/recipe.h"

typedef struct ak_anneal {
    ak_anneal_opts opts;
    int64_t steps; /* of the run */
} ak_anneal;

double ak_anneal_at(const ak_anneal *a, double begin, double end, int64_t step);

/* The parameters of a step: *begin where nothing changes. */
akin_loss_params ak_anneal_params(const ak_anneal *a, const akin_loss_params *begin, int64_t step);

/* Mean chance and floor over the steps [first, first + count), count >= 1; of more than 256, at most 256 spread evenly are
 * looked at. batch: its shape is read. Fails as akin_loss_calibrate() does. */
akin_status ak_anneal_calibrate(const ak_anneal *a, const akin_loss *loss, const akin_loss_params *begin,
                                const akin_loss_batch *batch, int64_t first, int64_t count,
                                akin_calibration *out, akin_error *err);

/* Where a loss lies between chance (0) and floor (-1), not clamped. */
double ak_anneal_level(const akin_calibration *c, double loss);

#endif
