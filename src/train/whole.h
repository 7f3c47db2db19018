/* SPDX-License-Identifier: Apache-2.0 */
/* train/whole.h - a step with the same bits on any number of ranks (--reproducible).
 *
 * Chunks decide what is learned, as always; here no sum depends on who has which chunk, either:
 *
 *   the loss        every rank receives the projections of all (and features and items), in the order of the
 *                   step's rows. They share it by blocks of rows, whatever the ranks (loss/ring_whole.c)
 *   gradients       of the chunks are added in a fixed tree (treesum.h); those of a table of words, of which
 *                   a chunk holds few rows, in the order of chunks (words.h)
 *   running averages of batch norm are those of chunk after chunk (averages.h)
 *
 * One process does the same without exchanging anything. What its threads calculate has the same bits on any
 * number of them (README, Limits), so ranks may have different numbers of threads. */
#ifndef AK_TRAIN_WHOLE_H
#define AK_TRAIN_WHOLE_H

#include "train/trainer.h"

/* Items of a chunk where --micro-batch does not tell: the least divisor of the batch that is not below a
 * sixteenth of it, nor below 8. */
int64_t ak_whole_chunk(int64_t batch);

/* Memory for sums and averages.  AKIN_ERR_NOMEM */
akin_status ak_whole_prepare(ak_trainer *t, akin_error *err);

/* Around the forward pass of a chunk of this rank, for the averages. */
void ak_whole_begin_chunk(ak_trainer *t);
void ak_whole_end_chunk(ak_trainer *t, int64_t chunk);

/* When all own chunks are encoded: the rows and averages of all. Ranks agree first. */
akin_status ak_whole_meet(ak_trainer *t, akin_error *err);

/* After the backward pass of all own chunks: the gradients of all. Ranks have agreed. */
akin_status ak_whole_add(ak_trainer *t, akin_error *err);

#endif
