/* SPDX-License-Identifier: Apache-2.0 */
/* train/ranks.h - what the ranks of a run do together.
 *
 * Every rank reads the data, holds all weights and works on its chunks of each step (visits.h); the loss is
 * that of the whole step (akin/loss.h, `ranks`). The gradients are added up in the order of ranks, and each
 * rank makes the same new weights of them. Rank 0 alone writes the run folder; the others look at it
 * only to resume.
 *
 * Batch norm takes the statistics of a chunk, on one rank as on many; so --micro-batch, and not the number
 * of ranks, decides what is learned. Its running averages are put together as if the chunks had come one
 * after the other. With --batch-norm all each rank has one chunk, and the statistics are those of all.
 *
 * Failures. Before they exchange anything the ranks ask whether all are well. A rank that fails goes back to
 * akin_train(), which answers for it, so that all end with its error. */
#ifndef AK_TRAIN_RANKS_H
#define AK_TRAIN_RANKS_H

#include "base/sharing.h"
#include "train/trainer.h"

/* Cut the steps into the parts of the ranks: t->visits. AKIN_ERR_ARGUMENT: fewer chunks than ranks, or what
 * ranks cannot share. */
akin_status ak_ranks_divide(ak_trainer *t, akin_error *err);

/* Memory for what they exchange.  AKIN_ERR_NOMEM */
akin_status ak_ranks_prepare(ak_trainer *t, akin_error *err);

akin_status ak_ranks_prepare_words(ak_trainer *t, akin_error *err); /* the table's part of it */

/* Before the step. */
void ak_ranks_begin_step(ak_trainer *t);

/* Around each pass of the encoder, in the midst of which ranks exchange the statistics of batch norm where
 * it takes those of all. before: mine, or the error of any. after: status; a rank that fails within a pass
 * cannot tell the others, who wait within theirs, so it ends the job. */
akin_status ak_ranks_before_pass(ak_trainer *t, akin_status mine, akin_error *err);
akin_status ak_ranks_after_pass(ak_trainer *t, akin_status status);

/* Around the last backward pass of a step, of this rank's chunk i of so many: gradients travel while it goes
 * on (gradflow.h), but for --reproducible. After it gradients, running averages, collisions and the wish to
 * stop are those of all. mine: whether the pass has failed on this rank. */
akin_status ak_ranks_begin_sums(ak_trainer *t, int64_t i, int64_t chunks, akin_error *err);
akin_status ak_ranks_end_sums(ak_trainer *t, akin_status mine, akin_error *err);

/* Instead of ak_net_update(): the gradients of all chunks and ranks for the rows of a table of words. */
akin_status ak_ranks_update_words(ak_trainer *t, double lr, akin_error *err);
/* The keys of the step, those of all ranks, into the queue, if there is one. Every rank has all of it. */
akin_status ak_ranks_enqueue(ak_trainer *t, akin_error *err);

/* All of them, or none, go on; the error of any is that of all. */
akin_status ak_ranks_agree(ak_trainer *t, akin_status mine, akin_error *err);
/* The last agreement of a run: status is on its way out of akin_train(). */
akin_status ak_ranks_end(ak_trainer *t, akin_status status, akin_error *err);

/* What ranks share where they open the data, if those are of one kind on all of them: *out is ranks, or
 * NULL. */
akin_status ak_ranks_sharing(ak_trainer *t, ak_sharing *ranks, const ak_sharing **out, akin_error *err);
/* Returns status: how that ended. */
akin_status ak_ranks_opened(ak_trainer *t, akin_status status);

/* They have the same processor's instruction set and data, and after the steps the same weights.
 * AKIN_ERR_DISTRIBUTED */
akin_status ak_ranks_compare(ak_trainer *t, const char *what, uint64_t value, akin_error *err);
akin_status ak_ranks_compare_text(ak_trainer *t, const char *what, const char *text, akin_error *err);

/* Is this the rank that writes? */
static inline bool ak_ranks_writes(const ak_trainer *t) { return ak_comm_rank(t->comm) == 0; }

#endif
