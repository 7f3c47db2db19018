/* SPDX-License-Identifier: Apache-2.0 */
/* cli/verbs.c - the one list of subcommands, in the order of a person's first hour. */
#include "command/command.h"

extern const cli_verb cli_bench, cli_bounds, cli_completion, cli_data, cli_diagnose, cli_embed, cli_eval,
    cli_help, cli_inspect, cli_loss, cli_nn, cli_plan, cli_prune_verb, cli_report, cli_selftest, cli_study,
    cli_train;

const cli_verb *const cli_verbs[] = {
    &cli_train,  &cli_embed,    &cli_nn,    &cli_eval,   &cli_diagnose,   &cli_prune_verb,
    &cli_report, &cli_data,     &cli_plan,  &cli_bounds, &cli_inspect,    &cli_loss,
    &cli_study,  &cli_selftest, &cli_bench, &cli_help,   &cli_completion, NULL,
};
