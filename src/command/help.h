/* SPDX-License-Identifier: Apache-2.0 */
/* command/help.h - what --help and the man page share. */
#ifndef AK_COMMAND_HELP_H
#define AK_COMMAND_HELP_H

#include "command/command.h"

#include <stdio.h>

/* akin --help */
void cli_print_overview(FILE *to);
/* akin VERB --help, or help VERB, and n words that follow: an action, then the name of a group of options or
 * "all". action may be NULL where the first word names it. Returns the exit code: 2, with a sentence on
 * stderr, for a word that is neither. */
int cli_print_help(const cli_verb *verb, const cli_action *action, const char *const *words, int n);
/* man(7) source; NULL: of akin itself */
void cli_print_man(const cli_verb *verb);

/* The value of an option as it is shown after the name: "FILE", "f32|bf16", "" for a flag. Choices that
 * would be long are NAME, and told after the text. */
const char *cli_option_value(const akin_opt_desc *o);

/* The text of an option with its long choices and its default. */
enum { CLI_OPTION_TEXT = 1024 };
const char *cli_option_text(const akin_opt_desc *o, char to[CLI_OPTION_TEXT]);

/* The next of the ways of calling a verb, from *usage on, which moves; false past the last. */
bool cli_next_usage(const char **usage, char *to, size_t size);

/* The heading that begins with an option, or NULL. */
const cli_heading *cli_heading_at(const cli_verb *verb, const akin_opt_desc *o);

#endif
