/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag.h - internal side of akin/tool/bag.h.
 *
 * bag.c        the object: memory, initial vectors, state in and out
 * bag_step.c   forward, backward, gradient, update
 * bag_sort.c   occurrences (id, row) in the order of ids, and where each id's begin
 * bag_merge.c  an update from several parts of a batch
 * bag_ops.inc  the inner loops, one table per instruction set */
#ifndef AK_NN_BAG_H
#define AK_NN_BAG_H

#include "akin/tool/bag.h"

#include "base/base.h"
#include "nn/bag_ops.h"

enum {
    AK_BAG_PAD = 16, /* rows are stored as multiples of this: 64 bytes */
    AK_BAG_WIDEST = 4096,
    AK_BAG_TENSORS = 4, /* table and up to three arrays of state */
    AK_BAG_CHUNKS = 16, /* most parts in which occurrences are sorted side by side */
    AK_BAG_DIGITS = 11, /* most bits sorted at a time: 2048 streams of writes */
};

/* What occurs where: id in the upper half, row of the batch in the lower. */
typedef struct ak_occurrences {
    uint64_t *pair, *spare; /* [max_ids] */
    int64_t *counts;        /* [AK_BAG_CHUNKS][1 << AK_BAG_DIGITS] */
    int64_t n;              /* occurrences */
    int32_t *row;           /* [max_ids] once sorted: rows of the first id, of the second, ... */
    int32_t *id;            /* [touched] the distinct ids, ascending */
    int32_t *first;         /* [touched + 1] where each id's rows begin */
    int64_t touched;
} ak_occurrences;

/* Sort pairs 0..n-1 by id (below tokens), stably, and fill row, id, first and touched. The result is unique,
 * so it does not depend on threads. */
void ak_bag_sort(ak_occurrences *o, int64_t tokens);

struct akin_bag {
    akin_bag_opts opts;
    int64_t stride, max_rows, max_ids, bytes;
    const ak_bag_ops *ops;
    akin_tensor tensor[AK_BAG_TENSORS];
    int64_t tensors;
    float *table, *state[AK_BAG_TENSORS - 1];
    float (*scales)[2]; /* [scale_count] 1/(1-b1^t), 1/(1-b2^t) at t - 1; 1 beyond */
    int64_t scale_count;
    ak_occurrences seen;
    float *weight;     /* [max_rows] 1/n_r of the batch, 0 for an empty row */
    float *dout;       /* [max_rows][stride] dL/dout_r / n_r */
    uint32_t *largest; /* [max_rows] the bits of the largest |dL/dout| of a row */
    int64_t rows;      /* of the batch */
    int parts;         /* in which the batch is dealt out (bag_merge.h); 0: none */
    enum { AK_BAG_IDLE, AK_BAG_FORWARD, AK_BAG_BACKWARD, AK_BAG_UPDATED } stage;
    double forward_s, backward_s, update_s;
};

/* What a step of rate lr does to any row, and to the row of one id: g is its gradient, [stride], 0 beyond
 * dim. */
ak_bag_rates ak_bag_rates_of(const akin_bag *bag, double lr);
void ak_bag_apply(const akin_bag *bag, int64_t id, const float *g, ak_bag_rates rates);

#endif
