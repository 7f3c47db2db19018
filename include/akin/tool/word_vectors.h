/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/word_vectors.h - a vector for each word: files in fastText's text form, and the nearest words
 * of each word.
 */
#ifndef AKIN_TOOL_WORD_VECTORS_H
#define AKIN_TOOL_WORD_VECTORS_H

#include "akin/base.h"
#include "akin/tool/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Owned by the library; read through pointers only. */
typedef struct akin_word_vectors {
    akin_mat mat; /* [words,d]; rows of zeros for words that have none */
    uint8_t *has; /* [words]: 1 for the words that have one */
    int64_t found;
    int64_t rows;       /* words, or tokens, of the file */
    int64_t repeated;   /* words of the vocabulary that it has again; the first vector is taken */
    int64_t composed;   /* of the found ones: sums of pieces of a word */
    uint64_t sum;       /* XXH3 of has and of the vectors */
    const char *format; /* "vec" or "model2vec" */
} akin_word_vectors;

/* Read fastText's text form: a line "n d", then n lines of a word and d numbers. GloVe's, which has no such
 * first line, is read too. Plain or compressed. A word that comes twice has its first vector.
 *
 * A folder is one of model2vec, or a static embedding of sentence-transformers: model.safetensors and
 * tokenizer.json. The vector of a word is the sum of those of its pieces, each times its weight, where
 * tokenizer.json is of the kind WordPiece; of other kinds only words that are one token have one.
 * AKIN_ERR_FORMAT (line, value found, value expected), AKIN_ERR_INPUT, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_word_vectors_load(const char *path, const akin_vocab *v, akin_word_vectors **out,
                                            akin_error *err);
AKIN_API void akin_word_vectors_free(akin_word_vectors *w); /* takes NULL */

/* The k nearest other words by cosine, nearest first, equal ones by id, in parallel. A list that is too
 * short is filled with its first. Words without a vector (has 0, or all zeros) map to themselves k times,
 * and so do all when fewer than two have one.
 *
 * has      [rows], or NULL: all have one
 * ids      [rows,k]
 *
 * AKIN_ERR_SHAPE, AKIN_ERR_RANGE (k not in 1..64), AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_word_vectors_nearest(akin_cmat vectors, const uint8_t *has, int64_t k, int32_t *ids,
                                               akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_WORD_VECTORS_H */
