/* SPDX-License-Identifier: Apache-2.0 */
/* cases.c - reads verbs.list: blocks of lines `word rest`, each begun by `case NAME`. # begins a comment. */
#define _GNU_SOURCE
#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(fault_case *c, const char *word, const char *rest, const char *path, int line)
{
    char **field = strcmp(word, "from") == 0    ? &c->from
                   : strcmp(word, "run") == 0   ? &c->run
                   : strcmp(word, "again") == 0 ? &c->again
                   : strcmp(word, "may") == 0   ? &c->may
                   : strcmp(word, "but") == 0   ? &c->but
                                                : NULL;
    if (strcmp(word, "tick") == 0)
        c->tick = atoi(rest);
    else if (strcmp(word, "lines") == 0)
        c->lines = atoi(rest);
    else if (field)
        *field = strdup(rest);
    else {
        fprintf(stderr, "campaign: %s: line %d: '%s' is no word of a case\n", path, line, word);
        exit(2);
    }
}

fault_case *cases_read(const char *path, int *count)
{
    FILE *f = fopen(path, "r");
    char line[4096];
    fault_case *all = NULL;
    *count = 0;
    for (int number = 1; f && fgets(line, sizeof line, f); number++) {
        line[strcspn(line, "\n")] = 0;
        char *rest = line + strcspn(line, " ");
        if (line[0] == '#' || line[0] == 0) continue;
        if (*rest) *rest++ = 0;
        if (strcmp(line, "case") == 0) {
            all = realloc(all, (size_t)(*count + 1) * sizeof *all);
            all[(*count)++] = (fault_case){ .name = strdup(rest) };
        } else if (*count) {
            set(&all[*count - 1], line, rest, path, number);
        }
    }
    if (!f || !*count) {
        fprintf(stderr, "campaign: no cases in %s\n", path);
        exit(2);
    }
    fclose(f);
    return all;
}
