/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradflow.h - the sums of gradients over the ranks, which begin while the backward pass goes on.
 *
 * The last backward pass of a step makes the gradients final layer after layer, from the head to the first.
 * As soon as a few MB are, they travel (dist/flow.h), and the pass goes on beside. One long vector holds what
 * is summed; it is filled from its end: the numbers that stand behind the gradients, the gradients from the
 * last tensor to the first, and whether this rank's backward pass has failed. A rank that fails in it gives
 * what is in its memory instead, so that nobody waits for it, and all hear of it. */
#ifndef AK_TRAIN_GRADFLOW_H
#define AK_TRAIN_GRADFLOW_H

#include "dist/dist.h"
#include "model/net.h"
#include "train/gradsum.h"

typedef struct ak_gradflow ak_gradflow;

/* The gradients of the first `tensors` tensors of net, which is borrowed, and `behind` more numbers.
 * AKIN_ERR_NOMEM */
akin_status ak_gradflow_create(ak_comm *c, ak_net *net, int64_t tensors, int64_t behind, ak_gradflow **out,
                               akin_error *err);
void ak_gradflow_free(ak_gradflow *g);
int64_t ak_gradflow_bytes(const ak_gradflow *g);

/* [behind]: set before the begin, sums after the end. */
float *ak_gradflow_behind(ak_gradflow *g);

/* Before the last backward pass, of chunk i of n, whose gradients are then added to sum (may be NULL). */
void ak_gradflow_begin(ak_gradflow *g, ak_gradsum *sum, int64_t i, int64_t n);

/* After it, whether it has failed or not: *failed: that of any rank has. Otherwise the gradients are those of
 * all ranks. */
akin_status ak_gradflow_end(ak_gradflow *g, bool *failed, akin_error *err);

#endif
