/* SPDX-License-Identifier: Apache-2.0 */
/* train/momentum.h - the momentum encoder: a second set of weights that follows the first, and a queue of
 * what it has encoded  [He2020].
 *
 *     average = M average + (1 - M) weights, before every step; it begins as the weights  [He2020 eq.2]
 *     queue   = the last KEYS rows that the averaged weights have encoded, of unit length; new rows replace
 *               the oldest, and before there are enough, random directions fill it
 *
 * There is no second encoder: ak_momentum_swap() puts the averages in the place of the weights for a
 * while. */
#ifndef AK_TRAIN_MOMENTUM_H
#define AK_TRAIN_MOMENTUM_H

#include "akin/tool/nn.h"
#include "model/checkpoint.h"

typedef struct ak_momentum ak_momentum;

typedef struct ak_momentum_opts {
    double decay; /* M, in [0,1); of byol and matrix-ssl that of the first step */
    int64_t keys; /* a multiple of batch; 0 = no queue */
    int64_t batch, width;
    uint64_t seed;
} ak_momentum_opts;

/* The list is copied, its arrays are borrowed. Tensors without a gradient (running averages) are not
 * averaged: keys are always made with the statistics of their own batch.  AKIN_ERR_NOMEM. */
akin_status ak_momentum_create(const akin_tensor *tensors, int64_t count, const ak_momentum_opts *opts,
                               ak_momentum **out, akin_error *err);
void ak_momentum_free(ak_momentum *m);

/* Move the averages towards the weights, with this M. */
void ak_momentum_follow(ak_momentum *m, double decay);
/* Exchange the weights and their averages. Call it in pairs. */
void ak_momentum_swap(ak_momentum *m);

/* The queue, [KEYS,width]; empty without one. */
akin_cmat ak_momentum_keys(const ak_momentum *m);
/* Scale keys of a step, from the first of its batch on, to unit length and let them replace the oldest ones.
 * `step` is the number of steps done before. A row of zeros stays zero. */
void ak_momentum_enqueue(ak_momentum *m, int64_t step, int64_t first, akin_cmat keys);
/* Where in the queue the keys of that step are, [batch,width]; empty without a queue. */
akin_mat ak_momentum_newest(const ak_momentum *m, int64_t step);

/* What a checkpoint keeps: an array "momentum.NAME" beside each weight, and the tensor "queue", whose data
 * is NULL without one. Where the queue begins is a function of the step. Both are borrowed from m. */
#define AK_MOMENTUM_PREFIX "momentum."
ak_array_set ak_momentum_arrays(const ak_momentum *m);
const akin_tensor *ak_momentum_queue(const ak_momentum *m);

#endif
