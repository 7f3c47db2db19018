/* SPDX-License-Identifier: Apache-2.0 */
/* train/recipes.h - settings under one name: --recipe. docs/choose.md says where their values come from. */
#ifndef AK_TRAIN_RECIPES_H
#define AK_TRAIN_RECIPES_H

#include "train/trainer.h"

/* With --recipe, and with --budget: what was not given is set as the recipe has it, once the data are open.
 * "auto" looks at them. The configuration then names the recipe, and the settings are those.
 * AKIN_ERR_ARGUMENT: the recipe is for another kind of data. */
akin_status ak_recipe_take(ak_trainer *t, akin_error *err);

#endif
