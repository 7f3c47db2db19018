/* SPDX-License-Identifier: Apache-2.0 */
/* model/config.h - the configuration of a run as text (akin/train.h): what was set, and plain defaults. */
#ifndef AK_MODEL_CONFIG_H
#define AK_MODEL_CONFIG_H

#include "akin/tool/train.h"
#include "set/kinds.h"

/* Which kind of data the options are for. The trainer and the model say it before they read typed values. */
const ak_kind *ak_train_config_kind(const akin_train_config *c);
void ak_train_config_set_kind(akin_train_config *c, const ak_kind *kind);

/* The value that was set, else the default of the list; NULL when there is none. Unlike
 * akin_train_config_get() it does not ask what the default of the chosen loss or optimiser is. */
const char *ak_config_text(const akin_train_config *c, const char *name);
bool ak_config_chose(const akin_train_config *c, const char *name, const char *value);

#endif
