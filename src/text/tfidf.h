/* SPDX-License-Identifier: Apache-2.0 */
/* text/tfidf.h - texts as bags of weighted words, without anything learned: what a trained encoder is
 * compared with. */
#ifndef AK_TEXT_TFIDF_H
#define AK_TEXT_TFIDF_H

#include "akin/tool/tokens.h"

enum { AK_TFIDF_COLUMNS = 1024 }; /* the most */

/* Columns of a bag of words: one for each word of the vocabulary, or AK_TFIDF_COLUMNS where it has more. */
int64_t ak_tfidf_width(const akin_vocab *v);

/* weight [words]: of a word that df of the n items hold, log((1 + n)/(1 + df)) + 1.  AKIN_ERR_NOMEM */
akin_status ak_tfidf_weigh(const akin_tokens *t, const akin_vocab *v, const int32_t *items, int64_t n,
                           double *weight, akin_error *err);

/* Row i of out [n, ak_tfidf_width()]: with tf_w, how often item items[i] has word w,
 *
 *     x_w = (1 + log tf_w) weight_w,   then brought to length 1   [Salton1988]
 *
 * and where there are more words than columns, x R for a fixed R whose row w has SPREAD entries of
 * +- 1/sqrt(SPREAD), the columns and signs drawn by w: the inner product of two rows is off by about
 * 1/sqrt(columns) of it, 0.03 of 1  [Kane2014]. Words outside of the vocabulary are left out; without any
 * word a row is zeros.  AKIN_ERR_NOMEM */
akin_status ak_tfidf_rows(const akin_tokens *t, const akin_vocab *v, const int32_t *items, int64_t n,
                          const double *weight, akin_mat out, akin_error *err);

/* Columns of ak_tfidf_id_rows(). */
int64_t ak_tfidf_id_width(const akin_vocab *v);

/* weight [akin_vocab_rows()] of words and n-grams by the vocabulary alone, which knows no items: of one that
 * was seen c times, an n-gram in all the words that have it, log(most/c) + 1, where most is the largest c;
 * 0 where c is 0. */
void ak_tfidf_weigh_ids(const akin_vocab *v, double *weight);

/* As ak_tfidf_rows(), of rows of ids as an encoder reads them: words, and the n-grams that spell them, also
 * those of unknown words. out [rows, ak_tfidf_id_width()].  AKIN_ERR_NOMEM */
akin_status ak_tfidf_id_rows(akin_ragged rows, const akin_vocab *v, const double *weight, akin_mat out,
                             akin_error *err);

#endif
