/* SPDX-License-Identifier: Apache-2.0 */
/* command/terminal.c - how wide the terminal is, and a line made to fit. */
#include "command/terminal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_PARTS = 8, USUAL_COLUMNS = 80 };

bool cli_terminal(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDERR_FILENO) && !(kind && strcmp(kind, "dumb") == 0);
}

int cli_terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    const char *told = getenv("COLUMNS");
    char *end = NULL;
    const long columns = told ? strtol(told, &end, 10) : 0;
    return columns > 0 && columns < SHRT_MAX && !*end ? (int)columns : USUAL_COLUMNS;
}

/* All parts in the forms that are on, and the columns that they would take. */
static size_t join(const cli_part *parts, const int *on, int n, char *to, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < n; i++) {
        const char *text = parts[i].form[on[i]];
        const int wrote = *text ? snprintf(to + (used < size ? used : size - 1),
                                           used < size ? size - used : 1, "%s%s", used ? "  " : "", text)
                                : 0;
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return used;
}

char *cli_fit_line(const cli_part *parts, int n, int columns, char *to, size_t size)
{
    int on[MOST_PARTS] = { 0 };
    const size_t room = columns > 0 ? (size_t)columns : 1;
    if (n > MOST_PARTS) n = MOST_PARTS;
    to[0] = 0;
    while (join(parts, on, n, to, size) > room) {
        int first = -1;
        for (int i = 0; i < n; i++) {
            const bool more = on[i] + 1 < CLI_MOST_FORMS && parts[i].form[on[i] + 1];
            if (more && (first < 0 || parts[i].yields[on[i]] < parts[first].yields[on[first]])) first = i;
        }
        if (first < 0) break;
        on[first]++;
    }
    if (room < size) to[room] = 0;
    return to;
}
