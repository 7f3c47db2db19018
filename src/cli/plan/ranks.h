/* SPDX-License-Identifier: Apache-2.0 */
/* cli/plan/ranks.h - akin plan --ranks: what a training step costs on 1, 2, 4, ... ranks. */
#ifndef AK_CLI_PLAN_RANKS_H
#define AK_CLI_PLAN_RANKS_H

#include "command/command.h"

#include "akin/tool/step_cost.h"

/* Where the numbers of akin_step_costs come from. */
typedef struct plan_sources {
    const char *encoder, *loss, *update, *network, *copies, *messages;
    int64_t loss_items; /* of which the loss was timed, and scaled by their square */
} plan_sources;

/* measure.c: time what was not given, on this machine, of all ranks of a job the slowest. */
akin_status plan_measure(const cli_args *args, const akin_encoder_opts *encoder, akin_step_costs *costs,
                         plan_sources *from, akin_error *err);

/* The options that --ranks reads are given without it: their name, or NULL; and the other way round. */
const char *plan_ranks_stray(const cli_args *args);

int plan_ranks(const cli_args *args);

#endif
