/* SPDX-License-Identifier: Apache-2.0 */
/* set/rows.h - the rows of a batch, made from items: the one thing in training that knows what the items are.
 *
 * A row is either `row_floats` numbers (images as [c,h,w], vectors) or at most `row_ids` tokens (text). */
#ifndef AKIN_SRC_TRAIN_SOURCE_H
#define AKIN_SRC_TRAIN_SOURCE_H

#include "akin/tool/augment.h"
#include "akin/tool/images.h"
#include "akin/tool/text.h"
#include "akin/tool/vector_views.h"
#include "base/base.h"

/* Rows as they are handed on, borrowed; one of dense and ragged is empty. */
typedef struct ak_rows {
    const float *dense; /* [n, row_floats] */
    akin_ragged ragged;
    int64_t n;
    const int32_t *items; /* [n], what each row is a view of */
} ak_rows;

typedef struct ak_source ak_source;
struct ak_source {
    const void *ctx;
    int64_t items;
    int64_t row_floats, row_ids;
    size_t scratch_bytes, scratch_row_bytes; /* what make() needs, and for each row of a batch besides */
    /* Views `name` of items[0..n) into dense [n, row_floats], or behind start[0] of ids and start [n+1]. Any number of
     * threads at once, each with its own scratch. */
    akin_status (*make)(const ak_source *s, const int32_t *items, int64_t n, const akin_view_name *name,
                        akin_arena *scratch, float *dense, int32_t *ids, int64_t *start, akin_error *err);
};

typedef struct ak_image_source {
    akin_images images;
    akin_augment_opts augment;
    const float *mean, *std; /* [channels], borrowed */
} ak_image_source;

/* Views of images in memory or on disk; *from must outlive the source. */
ak_source ak_source_of_images(const ak_image_source *from);

typedef struct ak_vector_source {
    akin_vectors rows;
    akin_vector_scale scale;
    akin_vector_view_opts views;
} ak_vector_source;

ak_source ak_source_of_vectors(const ak_vector_source *from);

typedef struct ak_text_source {
    const akin_tokens *tokens;
    const akin_near_words *near; /* NULL: no word is replaced */
    akin_text_view_opts views;
    const int32_t *items; /* [n]: the texts of the split; NULL = all */
    int64_t n;
} ak_text_source;

ak_source ak_source_of_text(const ak_text_source *from);

#endif
