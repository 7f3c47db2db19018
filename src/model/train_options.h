/* SPDX-License-Identifier: Apache-2.0 */
/* model/train_options.h - find rows in the list of all options of a run (akin_train_option_at). */
#ifndef AK_MODEL_TRAIN_OPTIONS_H
#define AK_MODEL_TRAIN_OPTIONS_H

#include "akin/tool/program.h"

enum { AK_MAX_TRAIN_OPTIONS = 320 };

/* The place of a name in the list; -1 = not there. */
int ak_train_option_find(const char *name);
/* The row of an option that belongs to no kind of data and no loss; NULL when it is none of these. */
const akin_opt_desc *ak_train_own_option(const char *name);
/* The nearest name of the list; NULL when none is near. */
const char *ak_train_option_nearest(const char *name);

#endif
