/* SPDX-License-Identifier: Apache-2.0 */
/* train/treesum.h - the gradient of a step as the sum of the gradients of its chunks, in an order that does
 * not depend on who worked on which chunk.
 *
 * Chunks 2k and 2k + 1 are added, then pairs of neighbouring sums, up to one: node i of level l is the sum of
 * the chunks from i 2^l to before (i + 1) 2^l, its left half plus its right one, where there is a right one.
 * Each sum has two terms, so the time at which they come changes no bit. A rank adds the nodes that its
 * chunks make up; the others' are missing, and what cannot be added waits: at most 2 log2 of the chunks. */
#ifndef AK_TRAIN_TREESUM_H
#define AK_TRAIN_TREESUM_H

#include "akin/tool/nn.h"

typedef struct ak_treesum ak_treesum;

/* Of the chunks [first, first + mine) of `all`. The list is copied, its arrays are borrowed.
 * AKIN_ERR_NOMEM */
akin_status ak_treesum_create(const akin_tensor *tensors, int64_t count, int64_t all, int64_t first,
                              int64_t mine, ak_treesum **out, akin_error *err);
void ak_treesum_free(ak_treesum *s);
int64_t ak_treesum_bytes(const ak_treesum *s);

/* After the backward pass of a chunk, from the last to the first. */
void ak_treesum_add(ak_treesum *s, int64_t chunk);

/* The vectors that wait once all own chunks are added, each of *n numbers; returns how many. *sums is valid
 * until the next chunk is added. */
int ak_treesum_waiting(ak_treesum *s, float *const **sums, int64_t *n);
/* How many the rank with those chunks has. */
int ak_treesum_parts(int64_t all, int64_t first, int64_t mine);

/* Vectors of n numbers, one behind the other, become their sum, in the first: those that wait at rank 0, then
 * those of rank 1, ... Rank r has the chunks from first[r] to before first[r + 1]. */
void ak_treesum_join(int64_t all, const int64_t *first, int ranks, float *vectors, int64_t n);

/* The first waiting vector becomes the gradients of the tensors, and none waits. */
void ak_treesum_finish(ak_treesum *s);

#endif
