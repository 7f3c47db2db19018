/* SPDX-License-Identifier: Apache-2.0 */
/* train/words.h - the gradients of a table of words, of one chunk after the other: ids and rows of each, kept
 * until the step has all of them. nn/bag_merge.h adds them up in the order of chunks, whoever had them. */
#ifndef AK_TRAIN_WORDS_H
#define AK_TRAIN_WORDS_H

#include "akin/tool/bag.h"

typedef struct ak_words ak_words;

/* For so many chunks a step. The bag is borrowed.  AKIN_ERR_NOMEM */
akin_status ak_words_create(akin_bag *bag, int64_t chunks, ak_words **out, akin_error *err);
void ak_words_free(ak_words *w);           /* takes NULL */
int64_t ak_words_bytes(const ak_words *w); /* that it holds, as much as the largest step so far; 0 for NULL */

/* After the backward pass of a chunk; each of a step once, in any order.  AKIN_ERR_NOMEM */
akin_status ak_words_add(ak_words *w, int64_t chunk, akin_error *err);

/* The ids of a chunk, ascending, and their gradients [*count, dim]. */
const int32_t *ak_words_ids(const ak_words *w, int64_t chunk, int64_t *count);
const float *ak_words_rows(const ak_words *w, int64_t chunk);

#endif
