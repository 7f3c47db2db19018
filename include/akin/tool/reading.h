/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/reading.h - words that the readers of images, vectors and text share. */
#ifndef AKIN_TOOL_READING_H
#define AKIN_TOOL_READING_H

#include <stdint.h>

/* What to do with an item that cannot be read. */
typedef enum akin_on_bad {
    AKIN_BAD_STOP, /* fail, with the name of the first one in item order and the reason */
    AKIN_BAD_SKIP, /* leave it out, count it and list it; the order of the others does not change */
} akin_on_bad;

/* One item that equals an earlier one (train before test before val). */
typedef struct akin_duplicate {
    int split, first_split; /* number of the split, from 0 */
    int64_t item, first;    /* first: the earliest equal item */
} akin_duplicate;

#endif /* AKIN_TOOL_READING_H */
