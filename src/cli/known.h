/* SPDX-License-Identifier: Apache-2.0 */
/* cli/known.h - which words may stand after an option, for the completion of shells. */
#ifndef AK_CLI_KNOWN_H
#define AK_CLI_KNOWN_H

#include "command/command.h"

extern const cli_known cli_known_words[]; /* the last row is empty */

#endif
