/* SPDX-License-Identifier: Apache-2.0 */
/* command/terminal.h - the terminal on standard error, on which a verb writes one line over and over.
 *
 * No colour and no other command but "to the begin of the line" and "erase it" is ever sent, so NO_COLOR has
 * nothing to turn off. */
#ifndef AK_COMMAND_TERMINAL_H
#define AK_COMMAND_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether standard error is a terminal on which a line can be erased (TERM is not "dumb"). */
bool cli_terminal(void);

/* How many columns it has now: as the terminal says, else as COLUMNS, else 80. Cheap enough to be asked at
 * each line, so nothing watches for a change of the window. */
int cli_terminal_columns(void);

/* One part of a line, from its longest form to its shortest. NULL ends the forms, "" is no part at all. */
enum { CLI_MOST_FORMS = 5 };
typedef struct cli_part {
    const char *form[CLI_MOST_FORMS];
    int yields[CLI_MOST_FORMS]; /* when form i gives way to the next: those of the least number first */
} cli_part;

/* The n parts with two blanks between, in at most `columns` columns of ASCII, to `to`; returns to. While they
 * are too long, the form that yields first is replaced by its next one. What is too long even in the shortest
 * forms is cut. */
char *cli_fit_line(const cli_part *parts, int n, int columns, char *to, size_t size);

#endif
