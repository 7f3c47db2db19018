/* SPDX-License-Identifier: Apache-2.0 */
/* train/anneal.h - parameters of the loss that change with the step: alpha and lambda of the loss
 * `balanced`, or the temperature.
 *
 * In step s of [0, steps) a parameter has the value
 *
 *     begin + (end - begin) w,    linear  w = s/(steps - 1)
 *                                 cosine  w = (1 - cos(pi s/(steps - 1))) / 2
 *
 * or, of a temperature that goes there and back  [Kukleva2023 eq.4]
 *
 *                                 wave    w = (1 - cos(2 pi s/period)) / 2
 *
 * The first step has `begin`, the last has `end` (but of a wave). Nothing else enters, so a resumed run goes
 * on with the same bits.
 *
 * Losses of different steps then have different units. What can be compared is where each lies between the
 * chance level and the floor of its own step: ak_anneal_level(). */
#ifndef AK_TRAIN_ANNEAL_H
#define AK_TRAIN_ANNEAL_H

#include "akin/loss.h"
#include "model/recipe.h"

typedef struct ak_anneal {
    ak_anneal_opts opts;
    int64_t steps;  /* of the run */
    int64_t period; /* of a wave, in steps */
} ak_anneal;

double ak_anneal_at(const ak_anneal *a, double begin, double end, int64_t step);

/* The parameters in a step; *begin, where nothing changes. */
akin_loss_params ak_anneal_params(const ak_anneal *a, const akin_loss_params *begin, int64_t step);

/* Mean chance and floor over the steps [first, first + count), count >= 1. At most 256 of them, spread
 * evenly, are computed. Of batch only the shape is read.  Fails as akin_loss_calibrate() does. */
akin_status ak_anneal_calibrate(const ak_anneal *a, const akin_loss *loss, const akin_loss_params *begin,
                                const akin_loss_batch *batch, int64_t first, int64_t count,
                                akin_calibration *out, akin_error *err);

/* Where a loss lies: 0 at chance, -1 at the floor; not clamped. */
double ak_anneal_level(const akin_calibration *c, double loss);

#endif
