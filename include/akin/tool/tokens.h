/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/tokens.h - texts as word ids, made once; and batches of rows of ids for an encoder, made for
 * every step.
 *
 *     texts --akin_tokens_create()--> word ids                                    once
 *     word ids --view--> word ids --akin_text_batch()--> ids of words and n-grams  every step
 *
 * Same     Neither tokens nor batches depend on the number of threads.
 * Threads  Tokens are read-only and may be read from any number of threads.
 */
#ifndef AKIN_TOOL_TOKENS_H
#define AKIN_TOOL_TOKENS_H

#include "akin/base.h"
#include "akin/tool/text_views.h"
#include "akin/tool/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_tokens akin_tokens;

/* Find the words of all texts, in parallel. At most max_words (1..AKIN_TEXT_WORDS, 0 = 128) words of an
 * item are taken. Borrows v, which has to outlive it; texts are not needed afterwards.
 * AKIN_ERR_RANGE, AKIN_ERR_INPUT (not UTF-8), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_tokens_create(const akin_vocab *v, const akin_texts *texts, int32_t max_words,
                                        akin_tokens **out, akin_error *err);
AKIN_API void akin_tokens_free(akin_tokens *t); /* takes NULL */

/* Owned by the library; read through pointers only. */
typedef struct akin_token_counts {
    int64_t words;     /* taken */
    int64_t unknown;   /* of them outside of the vocabulary */
    int64_t truncated; /* items with more than max_words */
    int64_t empty;     /* items without a word */
} akin_token_counts;

AKIN_API const akin_token_counts *akin_tokens_counts(const akin_tokens *t);

/* Word ids, borrowed. Ids from akin_vocab_words() on are words outside of the vocabulary. With n-grams each
 * of them has a number of its own, good for this object only; without, all are akin_vocab_words(), the row
 * of <unk>. */
AKIN_API akin_ragged akin_tokens_words(const akin_tokens *t);

/* The most ids that a row of akin_text_batch() can have: room for n rows is n times this. near may be
 * NULL. */
AKIN_API int64_t akin_text_row_limit(const akin_tokens *t, const akin_near_words *near);

/* Which rows a batch has. Row i is the view of item items[i] (NULL: item i) under the name (name->seed,
 * name->epoch, items[i], name->view). Start from AKIN_TEXT_ROWS_INIT. */
typedef struct akin_text_rows {
    uint32_t struct_size;
    const akin_text_view_opts *views; /* NULL, or one that changes nothing: the words as they are */
    const akin_near_words *near;      /* NULL: no word is replaced */
    const int32_t *items;             /* [n], or NULL */
    int64_t n;
    const akin_view_name *name; /* NULL without views */
} akin_text_rows;

#define AKIN_TEXT_ROWS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_text_rows)                                                                \
    }

/* The rows, in parallel. Each word is its id followed by the ids of its n-grams, or n-grams only outside of
 * the vocabulary. Row i goes to ids[start[i]] up to ids[start[i+1]].
 *
 * ids      [capacity]
 * start    [n+1]
 *
 * AKIN_ERR_RANGE (an item that is not there, options), AKIN_ERR_SHAPE (near is not of this vocabulary),
 * AKIN_ERR_NOMEM (capacity; the sentence says how many ids are needed). */
AKIN_API akin_status akin_text_batch(const akin_tokens *t, const akin_text_rows *rows, int32_t *ids,
                                     int64_t capacity, int64_t *start, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_TOKENS_H */
