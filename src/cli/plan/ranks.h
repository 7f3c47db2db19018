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

/* loss_s: seconds of one evaluation of the loss with gradients, on this machine as it is now, of batch items
 * of `columns` random numbers. The fastest of a few; a batch that takes too long is measured on fewer items,
 * *measured of them, and taken as the square of the items.  AKIN_ERR_NOMEM */
akin_status plan_time_loss(akin_step_costs *costs, int64_t *measured, akin_error *err);

/* The options that --ranks reads are given without it: their name, or NULL; and the other way round. */
const char *plan_ranks_stray(const cli_args *args);

int plan_ranks(const cli_args *args);

#endif
