/* SPDX-License-Identifier: Apache-2.0 */
/* train/configure.h - the configuration and the data of a run. */
#ifndef AK_TRAIN_CONFIGURE_H
#define AK_TRAIN_CONFIGURE_H

#include "train/trainer.h"

/* Fill config, set, data_path and keep_path: of a new run from `data` and `given`, of a resumed run from its
 * run.json. With resume, `given` may repeat what the run has; it may change only what changes no result.
 * AKIN_ERR_ARGUMENT when the run exists and neither resume nor force is asked for, or when options
 * contradict. */
akin_status ak_trainer_configure(ak_trainer *t, const char *data, const akin_train_config *given,
                                 akin_error *err);

/* Make the settings anew of the configuration, which has changed. */
akin_status ak_trainer_read_options(ak_trainer *t, akin_error *err);

/* Set in `to` what is set in `from`, which may be NULL. */
akin_status ak_trainer_copy_options(const akin_train_config *from, akin_train_config *to, akin_error *err);

#endif
