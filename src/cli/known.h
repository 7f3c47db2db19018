/* SPDX-License-Identifier: Apache-2.0 */
/* cli/known.h - which words may stand after an option: for the completion of shells, and to look one up. */
#ifndef AK_CLI_KNOWN_H
#define AK_CLI_KNOWN_H

#include "command/command.h"

#include "akin/loss.h"

extern const cli_known cli_known_words[]; /* the last row is empty */

/* The loss of that name; NULL and AKIN_ERR_ARGUMENT, with the nearest name, where there is none. */
const akin_loss *cli_find_loss(const char *name, akin_error *err);

#endif
