/* SPDX-License-Identifier: Apache-2.0 */
/* set/rows.h - the rows of a batch, made from items.
 *
 * A row is either `row_floats` numbers (images as [c,h,w], vectors) or at most `row_ids` numbers of words
 * (text). Which it is, and what an item is, only the source knows. */
#ifndef AK_SET_ROWS_H
#define AK_SET_ROWS_H

#include "akin/tool/view_name.h"
#include "base/base.h"

/* Rows as they are handed on, borrowed; one of dense and ragged is empty. */
typedef struct ak_rows {
    const float *dense; /* [n, row_floats] */
    akin_ragged ragged;
    int64_t n;
    const int32_t *items; /* [n], what each row is a view of */
} ak_rows;

typedef struct ak_row_source ak_row_source;
struct ak_row_source {
    void *ctx; /* owned; release() takes NULL */
    void (*release)(void *ctx);
    int64_t items;
    int64_t row_floats, row_ids;
    size_t scratch_bytes, scratch_row_bytes; /* what make() needs, and for each row of a batch besides */
    /* Rows of items[0..n) into dense [n, row_floats], or behind start[0] of ids and start [n+1]: their views
     * of that name; with name NULL the items themselves, which a source for training does not give. Any
     * number of threads at once, each with its own scratch. */
    akin_status (*make)(const ak_row_source *s, const int32_t *items, int64_t n, const akin_view_name *name,
                        akin_arena *scratch, float *dense, int32_t *ids, int64_t *start, akin_error *err);
};

void ak_row_source_release(ak_row_source *s); /* leaves an empty one */

/* Scratch for a batch of so many rows. */
size_t ak_row_source_scratch(const ak_row_source *s, int64_t rows);

#endif
