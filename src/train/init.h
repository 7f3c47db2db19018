/* SPDX-License-Identifier: Apache-2.0 */
/* train/init.h - training that begins with weights from elsewhere: --init FILE|RUN. */
#ifndef AK_TRAIN_INIT_H
#define AK_TRAIN_INIT_H

#include "train/trainer.h"

#include "akin/tool/json.h"

/* The file that an option names becomes one that the run finds from any folder. */
akin_status ak_init_settle_path(ak_trainer *t, const char *option, akin_error *err);

/* Before the settings are read: open the weights; the encoder of the configuration becomes theirs. A run
 * that goes on from a checkpoint of its own needs them no more: that they have changed is told, no error.
 * AKIN_ERR_ARGUMENT when another encoder is asked for, AKIN_ERR_INPUT when a run that begins again finds
 * other weights than it began with. */
akin_status ak_init_open(ak_trainer *t, bool begun, akin_error *err);

/* Put them into the net, and take the scale of the pixels of a run. */
akin_status ak_init_take(ak_trainer *t, akin_error *err);

/* The "init" of run.json; NULL = drawn weights. */
akin_json *ak_init_json(const ak_trainer *t);

#endif
