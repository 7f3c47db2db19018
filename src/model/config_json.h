/* SPDX-License-Identifier: Apache-2.0 */
/* model/config_json.h - a configuration as JSON. */
#ifndef AK_MODEL_CONFIG_JSON_H
#define AK_MODEL_CONFIG_JSON_H

#include "akin/tool/json.h"
#include "model/config.h"

/* Everything in force, numbers as numbers: the "config" of run.json. The caller frees it. */
akin_json *ak_train_config_json(const akin_train_config *c);

#endif
