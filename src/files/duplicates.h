/* SPDX-License-Identifier: Apache-2.0 */
/* files/duplicates.h - which items of a set equal an earlier one, whatever an item is. */
#ifndef AK_FILES_DUPLICATES_H
#define AK_FILES_DUPLICATES_H

#include "akin/tool/reading.h"
#include "base/base.h"

/* The place of an item: its split, and its number within the split. */
typedef struct ak_place {
    int split;
    int64_t item;
} ak_place;

/* The items of a set. */
typedef struct ak_duplicate_items {
    int splits;
    const int64_t *n; /* [splits] items of each */
    /* Equal items have equal hashes. Called from any number of threads. */
    uint64_t (*hash)(ak_place at, const void *ctx);
    /* Whether two items of one hash are equal. */
    akin_status (*equal)(ak_place a, ak_place b, bool *same, const void *ctx, akin_error *err);
    const void *ctx;
    const char *unit; /* "images": for a sentence */
} ak_duplicate_items;

/* What equal() says, or AKIN_ERR_NOMEM. */
akin_status ak_find_duplicates(const ak_duplicate_items *items, akin_duplicates **out, akin_error *err);

#endif
