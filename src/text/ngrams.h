/* SPDX-License-Identifier: Apache-2.0 */
/* text/ngrams.h - character n-grams of words and their ids  [Bojanowski2017 sec.3.2]. */
#ifndef AK_TEXT_NGRAMS_H
#define AK_TEXT_NGRAMS_H

#include "akin/tool/vocab.h"
#include "base/names.h"

/* The ids of word's n-grams. An n-gram is a run of minn to maxn characters of "<word>". It is hashed by
 * 32-bit FNV-1a over its bytes taken as signed numbers; its id is the hash modulo buckets, plus `words`,
 * the number of words of the vocabulary. The ids are fastText's, number for number. At most room are
 * written; returns how many there are. */
int64_t ak_ngrams(const akin_vocab_opts *opts, int64_t words, const char *word, int64_t bytes, int32_t *ids,
                  int64_t room);

/* Rows of ids for all names: the ids of the n-grams of name i, and before them i itself where own is set.
 * *row [names->n+1] and *ids are allocated; free() frees them. */
akin_status ak_ngrams_of_names(const akin_vocab_opts *opts, int64_t words, const ak_names *names, bool own,
                               int64_t **row, int32_t **ids, akin_error *err);

/* How many different n-grams the names have, counted up to `most`; -1 = no memory. */
int64_t ak_ngrams_different(const akin_vocab_opts *opts, const ak_names *names, int64_t most);

#endif
