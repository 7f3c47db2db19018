/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/reading.h - words that the readers of images, vectors and text share: items that cannot be read,
 * and items that equal each other. */
#ifndef AKIN_TOOL_READING_H
#define AKIN_TOOL_READING_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What to do with an item that cannot be read. */
typedef enum akin_on_bad {
    AKIN_BAD_STOP, /* fail, with the name of the first one in item order and the reason */
    AKIN_BAD_SKIP, /* leave it out, count it and list it; the order of the others does not change */
} akin_on_bad;

/* An item that was left out. Owned by the library; read through pointers only. */
typedef struct akin_bad_item {
    const char *name, *reason;
} akin_bad_item;

/* An item that equals an earlier one (train before test before val). Owned by the library; read through
 * pointers only. */
typedef struct akin_duplicate {
    int split, first_split; /* number of the split, from 0 */
    int64_t item, first;    /* first: the earliest equal item */
} akin_duplicate;

/* A list of them, in the order of the items. */
typedef struct akin_duplicates akin_duplicates;

AKIN_API int64_t akin_duplicates_count(const akin_duplicates *list);
AKIN_API const akin_duplicate *akin_duplicates_at(const akin_duplicates *list, int64_t i); /* NULL beyond */
AKIN_API void akin_duplicates_free(akin_duplicates *list);                                 /* takes NULL */

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_READING_H */
