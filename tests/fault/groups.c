/* SPDX-License-Identifier: Apache-2.0 */
/* groups.c - counts what is told in the same words. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

enum { MOST_GROUPS = 400, MOST_WORDS = 400, FIRST = 60 };

static struct {
    char words[MOST_WORDS];
    int64_t count;
} groups[MOST_GROUPS];
static int group_count;

int64_t groups_count(const char *name, const char *told)
{
    char words[MOST_WORDS];
    size_t n = 0;
    for (const char *at = told; *at && n < FIRST; at++)
        if (*at < '0' || *at > '9') words[n++] = *at;
    snprintf(words + n, sizeof words - n, " %s", name);
    for (int i = 0; i < group_count; i++)
        if (strcmp(groups[i].words, words) == 0) return ++groups[i].count;
    if (group_count == MOST_GROUPS) return INT64_C(1) << 62;
    snprintf(groups[group_count].words, MOST_WORDS, "%s", words);
    groups[group_count++].count = 1;
    return 1;
}
