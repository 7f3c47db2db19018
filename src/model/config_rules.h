/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_rules.h - the configuration of a run in the light of what was chosen: loss, optimiser, kind
 * of data. */
#ifndef AK_MODEL_CONFIG_RULES_H
#define AK_MODEL_CONFIG_RULES_H

#include "akin/loss.h"
#include "model/config.h"

/* The supervised reference: a row of the list of losses that only training knows. */
extern const akin_loss ak_cross_entropy;

/* The loss, after --difficult; NULL when there is none of that name. */
const akin_loss *ak_train_loss(const akin_train_config *c);
bool ak_train_difficult(const akin_train_config *c); /* --difficult is in force */

/* The value in force, by akin_train_config_get(): as a number (0 where there is none); its place among
 * values, which ends with NULL; whether a flag is set. */
double ak_config_number(const akin_train_config *c, const char *name);
int ak_config_choice(const akin_train_config *c, const char *name, const char *const *values);
bool ak_config_flag(const akin_train_config *c, const char *name);
/* The values in force, for a kind of data to read its own. Borrows c. */
ak_option_reader ak_train_config_reader(const akin_train_config *c);

/* The option means something: for this kind of data, and for the loss, the optimiser and the schedule
 * chosen. */
bool ak_train_config_applies(const akin_train_config *c, const char *name);
/* No other option holds it back, as --optimizer adamw holds back --trust. */
bool ak_train_config_needed(const akin_train_config *c, const char *name);

/* AKIN_ERR_ARGUMENT when an option was set that the data or the loss do not read, or that another option
 * holds back. */
akin_status ak_train_check_applies(const akin_train_config *c, akin_error *err);
akin_status ak_config_check_needs(const akin_train_config *c, akin_error *err);

#endif
