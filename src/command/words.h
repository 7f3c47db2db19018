/* SPDX-License-Identifier: Apache-2.0 */
/* command/words.h - what may stand after an option, or as an argument, for the completion of shells. */
#ifndef AK_COMMAND_WORDS_H
#define AK_COMMAND_WORDS_H

#include "command/command.h"

typedef enum cli_place { CLI_NO_PLACE, CLI_FILE, CLI_FOLDER } cli_place;

typedef struct cli_words {
    char text[8192]; /* words with blanks between; "" = none is known */
    bool list;       /* several, with commas between */
    bool assign;     /* each is the name of an option, "=" and its value */
    cli_place place; /* files or folders too */
} cli_words;

void cli_option_words(const cli_verb *verb, const akin_opt_desc *o, cli_words *to);
/* Argument i of a verb, from 0, after the action where it has actions; false past the last. */
bool cli_argument_words(const cli_verb *verb, int i, cli_words *to);
/* Whether an option may be given more than once. */
bool cli_repeats(const akin_opt_desc *o);

/* The completion of one shell, on stdout. */
void cli_completion_bash(void);
void cli_completion_zsh(void);
void cli_completion_fish(void);

#endif
