/* SPDX-License-Identifier: Apache-2.0 */
/* base/names.h - a set of names: distinct texts, numbered from 0 in the order they came. */
#ifndef AK_BASE_NAMES_H
#define AK_BASE_NAMES_H

#include "base/base.h"

/* All zeros is the empty set. A text may hold any bytes, also zero bytes. */
typedef struct ak_names {
    char *bytes; /* all texts, each ended by a 0 */
    int64_t used, bytes_room;
    int64_t *start; /* [n+1] into bytes */
    int64_t n, room;
    uint64_t *hash; /* [n] */
    int64_t hash_room;
    int32_t *slot; /* [slots]: a number, or -1 */
    int64_t slots;
} ak_names;

int64_t ak_names_find(const ak_names *names, const char *text, int64_t bytes); /* -1 when absent */
/* The number of text, new or old; -1 when out of memory. */
int64_t ak_names_add(ak_names *names, const char *text, int64_t bytes);
void ak_names_free(ak_names *names); /* leaves *names empty */

/* Text i, ended by a 0; borrowed until the next add. */
static inline const char *ak_names_text(const ak_names *names, int64_t i)
{
    return names->bytes + names->start[i];
}

static inline int64_t ak_names_bytes(const ak_names *names, int64_t i)
{
    return names->start[i + 1] - names->start[i] - 1;
}

#endif
