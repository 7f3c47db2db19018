/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train/progress.h - a logged step of training: an object for --json, a line for people. */
#ifndef AK_CLI_TRAIN_PROGRESS_H
#define AK_CLI_TRAIN_PROGRESS_H

#include "akin/tool/json.h"
#include "akin/train.h"

enum { CLI_PROGRESS_LINE = 512 };

/* The line in at most that many columns, to `to`; returns to. Where there is room for all it has the epoch,
 * the step, the loss between its ends, the speed and the time left; the step, the loss and the time left are
 * the last to go. */
const char *cli_progress_line(const akin_train_progress *p, int columns, char to[CLI_PROGRESS_LINE]);

/* The object of train --json. */
akin_json *cli_progress_json(const akin_train_progress *p);

#endif
