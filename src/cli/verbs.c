/* SPDX-License-Identifier: Apache-2.0 */
/* cli/verbs.c - the one list of subcommands. */
#include "cli.h"

extern const cli_verb cli_data, cli_inspect, cli_report;

const cli_verb *const cli_verbs[] = {
    &cli_data,
    &cli_inspect,
    &cli_report,
    NULL,
};
