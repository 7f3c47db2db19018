/* SPDX-License-Identifier: Apache-2.0 */
/* train/length.h - how long a run is, where a person leaves that to the data. */
#ifndef AK_TRAIN_LENGTH_H
#define AK_TRAIN_LENGTH_H

#include "train/trainer.h"

/* With a recipe and without --epochs, --steps and --budget: small data are seen more often than the default
 * of --epochs says, so that there are steps enough to learn from. Called once an epoch's steps are known;
 * what is settled stands in the configuration and in the settings. */
akin_status ak_length_settle(ak_trainer *t, akin_error *err);

/* Where these were not given: checkpoints further apart than a short epoch; and a warm-up of a twentieth of
 * the epochs. Into the configuration. */
akin_status ak_length_space_checkpoints(ak_trainer *t, int64_t epoch_steps, int64_t steps, akin_error *err);
akin_status ak_length_warm_up(ak_trainer *t, double epochs, akin_error *err);

#endif
