/* SPDX-License-Identifier: Apache-2.0 */
/* train/momentum.h - a second set of weights that follows the first, and a queue of what it has encoded [He2020].
 *
 *     k = M k + (1 - M) x        before every step, x the weights; k = x at first            [He2020 eq.2]
 *     queue: the keys of the last KEYS rows, of unit length, the oldest replaced first; random directions at first
 *
 * The keys have no encoder of their own: ak_momentum_swap() lends them the first one's. */
#ifndef AKIN_SRC_MOMENTUM_H
#define AKIN_SRC_MOMENTUM_H

#include "akin/tool/nn.h"
#include "model/checkpoint.h"

typedef struct ak_momentum ak_momentum;

typedef struct ak_momentum_opts {
    double decay; /* M, in [0,1) */
    int64_t keys; /* a multiple of batch, or 0 = no queue */
    int64_t batch, width;
    uint64_t seed;
} ak_momentum_opts;

/* The list is copied, its arrays are borrowed. Tensors without a gradient (running averages) have no second copy: keys are
 * always made with the statistics of their batch.  AKIN_ERR_NOMEM. */
akin_status ak_momentum_create(const akin_tensor *tensors, int64_t count, const ak_momentum_opts *opts,
                               ak_momentum **out, akin_error *err);
void ak_momentum_free(ak_momentum *m);

void ak_momentum_follow(ak_momentum *m);
/* The weights and their averages change places; call it in pairs. */
void ak_momentum_swap(ak_momentum *m);

/* The queue, [KEYS,width]; empty without one. */
akin_cmat ak_momentum_keys(const ak_momentum *m);
/* Scale the keys of a step to unit length and put them in the place of the oldest; `step` are the steps done before. A key
 * without direction stays zero. */
void ak_momentum_enqueue(ak_momentum *m, int64_t step, akin_cmat keys);

/* What a checkpoint keeps: "momentum." beside each weight, and the tensor "queue", whose data is NULL without one. Where
 * the queue begins is a function of the step. Both borrow from m. */
#define AK_MOMENTUM_PREFIX "momentum."
ak_array_set ak_momentum_arrays(const ak_momentum *m);
const akin_tensor *ak_momentum_queue(const ak_momentum *m);

#endif
