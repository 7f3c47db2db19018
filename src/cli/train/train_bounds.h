/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train/train_bounds.h - akin train --bounds: bounds after each checkpoint. */
#ifndef AK_CLI_TRAIN_TRAIN_BOUNDS_H
#define AK_CLI_TRAIN_TRAIN_BOUNDS_H

#include "command/command.h"

#include "akin/data.h"
#include "akin/train.h"

/* What akin_train.c holds, and calls after each checkpoint. */
typedef struct cli_train_bounds {
    const cli_args *args;
    const char *run, *list;
    akin_dataset *data;
    bool stopped; /* it failed once and said so; no more bounds in this run */
} cli_train_bounds;

/* Before anything is trained or replaced: AKIN_ERR_INPUT when the data (NULL: those of the run) have no
 * labels. */
akin_status cli_train_bounds_check(const cli_train_bounds *b, const char *data, const akin_train_config *c,
                                   bool resume, akin_error *err);
void cli_train_bounds_step(cli_train_bounds *b, int64_t step, int64_t epoch);
void cli_train_bounds_free(cli_train_bounds *b);

#endif
