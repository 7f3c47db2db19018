/* SPDX-License-Identifier: Apache-2.0 */
/* text/tokenizer.h - the words of a text, and of many texts at once. */
#ifndef AK_TEXT_TOKENIZER_H
#define AK_TEXT_TOKENIZER_H

#include "akin/tool/corpus.h"
#include "base/base.h"

/* A tokenizer serves one thread at a time. */
typedef struct ak_tokenizer ak_tokenizer;

/* Borrowed from a tokenizer: word i is bytes[start[i]] up to bytes[start[i+1]], in lower case if asked
 * for. */
typedef struct ak_words {
    const char *bytes;
    const int32_t *start;
    int64_t n;
} ak_words;

/* lower: fold to lower case by Unicode's rules without a language. */
akin_status ak_tokenizer_create(bool lower, ak_tokenizer **out, akin_error *err);
void ak_tokenizer_free(ak_tokenizer *t); /* takes NULL */

/* The words of a text between Unicode word boundaries [Davis2022 WB1-WB999] that hold a letter, digit, kana
 * or ideograph; spaces and punctuation are dropped. The words are valid until the next call.
 * AKIN_ERR_INPUT (not UTF-8, more than 2^28 bytes), AKIN_ERR_NOMEM, AKIN_ERR_UNSUPPORTED (no ICU, or
 * without its data). */
akin_status ak_tokenize(ak_tokenizer *t, const char *text, int64_t bytes, ak_words *out, akin_error *err);

/* Text `item` of block `block` was cut into words. Runs on any thread, in item order within a block. */
typedef akin_status ak_tokenized_fn(int64_t block, int64_t item, const ak_words *words, void *ctx,
                                    akin_error *err);

/* Which texts, and in how many blocks of following items. */
typedef struct ak_tokenize_job {
    const akin_texts *texts;
    const int32_t *items; /* [n], or NULL: all texts */
    int64_t n, blocks;
    bool lower;
} ak_tokenize_job;

/* Call fn for every text of the job; the first error in item order wins. */
akin_status ak_tokenize_texts(const ak_tokenize_job *job, ak_tokenized_fn *fn, void *ctx, akin_error *err);
int64_t ak_text_blocks(int64_t n); /* how many blocks n texts are cut into */

#endif
