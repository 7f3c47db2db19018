/* SPDX-License-Identifier: Apache-2.0 */
/* cli/verbs.c - the one list of subcommands. */
#include "cli.h"

const cli_verb *const cli_verbs[] = {
    NULL,
};
