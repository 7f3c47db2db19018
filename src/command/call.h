/* SPDX-License-Identifier: Apache-2.0 */
/* command/call.h - what run.c, which reads a command line, asks of options.c and output.c. */
#ifndef AK_COMMAND_CALL_H
#define AK_COMMAND_CALL_H

#include "command/command.h"

enum { CLI_MOST_OPTIONS = 256 }; /* of a verb */

void cli_use_program(const cli_program *program);
/* The row of a verb's option, by a name of that length; -1 where there is none. */
int cli_find_option(const cli_verb *verb, const char *name, size_t length);
/* How the program was called, for cli_command_line(). */
void cli_keep_command_line(int argc, char **argv);
/* From here on memory that lacks is an error of the verb, whatever it makes of it. */
void cli_watch_memory(void);
/* The exit code, given that of the verb (NULL = none): results that nobody received, or of which a part may
 * be missing because memory lacked, are no success. */
int cli_close_output(const cli_verb *verb, int code);

#endif
