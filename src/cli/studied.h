/* SPDX-License-Identifier: Apache-2.0 */
/* cli/studied.h - a folder on the command line that holds a study. */
#ifndef AK_CLI_STUDIED_H
#define AK_CLI_STUDIED_H

#include "akin/tool/json.h"
#include "akin/tool/report.h"
#include "command/command.h"

/* What akin tune leaves beside its study (cli/tune/tune.h). */
#define TUNE_RANKING "ranking.json"

/* The summary of the study that the only one of folders holds; NULL where it holds none. Several folders must
 * all be runs: AKIN_ERR_ARGUMENT where one of them holds a study. Others as akin_study_open(). */
akin_status cli_study_summary(const char *const *folders, int count, akin_json **out, akin_error *err);

#endif
