/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings_groups.h - the parts of ak_train_settings_of(), in the order in which it reads them. */
#ifndef AK_MODEL_SETTINGS_GROUPS_H
#define AK_MODEL_SETTINGS_GROUPS_H

#include "model/settings.h"

/* The loss and its parameters.  settings_loss.c */
akin_status ak_settings_loss(const akin_train_config *c, ak_train_settings *s, akin_error *err);
/* Optimiser, schedule, clipping, average of the weights.  settings_update.c */
akin_status ak_settings_update(const akin_train_config *c, ak_train_settings *s, akin_error *err);
/* How many steps, and in what time; after the loss and the schedule.  settings_steps.c */
akin_status ak_settings_steps(const akin_train_config *c, ak_train_settings *s, akin_error *err);
/* In which pieces the rows of a step go through the encoder; after the loss and the batch.
 * settings_update.c */
akin_status ak_settings_visits(const akin_train_config *c, ak_train_settings *s, akin_error *err);
/* The data and the vectors of words; after the optimiser.  settings_data.c */
akin_status ak_settings_data(const akin_train_config *c, ak_train_settings *s, akin_error *err);

#endif
