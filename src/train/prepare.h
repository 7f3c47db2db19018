/* SPDX-License-Identifier: Apache-2.0 */
/* train/prepare.h - make everything that a step needs. */
#ifndef AK_TRAIN_PREPARE_H
#define AK_TRAIN_PREPARE_H

#include "train/trainer.h"

/* Open the data, make the net and all memory; a step allocates nothing.  Fails as the data set, the encoder
 * and the loss do. */
akin_status ak_trainer_prepare(ak_trainer *t, akin_error *err);

/* Open the data alone, if they are not open: the first part of it. */
akin_status ak_trainer_open_data(ak_trainer *t, akin_error *err);

#endif
