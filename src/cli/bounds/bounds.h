/* SPDX-License-Identifier: Apache-2.0 */
/* cli/bounds/bounds.h - what `akin bounds` and `akin train --bounds` share: two views of a run's items, and
 * rows as JSON. */
#ifndef AK_CLI_BOUNDS_BOUNDS_H
#define AK_CLI_BOUNDS_BOUNDS_H

#include "command/command.h"

#include "akin/tool/images.h"
#include "akin/theory.h"
#include "akin/model.h"
#include "akin/tool/subject.h"
#include "akin/train.h"

akin_bound_input cli_views_input(const akin_view_pair *v);

akin_json *cli_bound_json(const akin_bound_row *row);
/* Of `akin bounds` and `train --bounds`: AKIN_ERR_ARGUMENT for a name that no paper has. */
akin_status cli_bounds_check(const char *list, akin_error *err);

/* The live side: what train.c calls after each checkpoint. */
typedef struct cli_train_bounds {
    const cli_args *args;
    const char *run, *list;
    akin_dataset *data;
    bool stopped; /* it failed once, and said so */
} cli_train_bounds;

/* Before anything is trained or replaced: AKIN_ERR_INPUT when the data (NULL: those of the run) have no
 * labels. */
akin_status cli_train_bounds_check(const cli_train_bounds *b, const char *data, const akin_train_config *c,
                                   bool resume, akin_error *err);
void cli_train_bounds_step(cli_train_bounds *b, int64_t step, int64_t epoch);
void cli_train_bounds_free(cli_train_bounds *b);

#endif
