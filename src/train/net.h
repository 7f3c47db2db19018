/* SPDX-License-Identifier: Apache-2.0 */
/* train/net.h - from the rows of a batch to features and projections, and back.
 *
 *     images, vectors   dense rows -> encoder with its head
 *     text, bag         ids -> mean of their vectors -> encoder (identity or mlp) with its head
 *     text, gru         ids -> their vectors -> GRU -> encoder (identity) with its head
 *
 * The table of vectors is updated sparsely by the bag itself; all other weights are dense tensors for akin_update. */
#ifndef AKIN_SRC_NET_H
#define AKIN_SRC_NET_H

#include "akin/bag.h"
#include "akin/gru.h"
#include "train/checkpoint.h"
#include "train/source.h"

typedef enum akin_net_kind { AKIN_NET_DENSE, AKIN_NET_BAG, AKIN_NET_GRU } akin_net_kind;

/* What stands before the dense encoder; also a row of the list of encoders. */
typedef struct akin_net_front {
    akin_encoder_kind told; /* name and help */
    akin_net_kind kind;
    bool bidirectional;
} akin_net_front;

extern const akin_net_front akin_net_fronts[];               /* ended by a NULL name */
const akin_net_front *akin_net_front_find(const char *name); /* NULL: a dense encoder */

typedef struct akin_net_plan {
    akin_encoder_opts encoder;          /* name, head and precision; of text the name of a front */
    int64_t height, width, channels;    /* dense rows; vectors: 1, d, 1 */
    int64_t tokens, max_ids, max_words; /* text: rows of the table, most ids of a row, most words of a text */
    akin_bag_opts table;                /* dim, optimiser and its constants, frozen */
    int32_t hidden, layers, pool;       /* gru; layers of an mlp behind a bag */
    int64_t rows;                       /* largest batch; training has exactly so many */
    uint64_t seed;
} akin_net_plan;

typedef struct akin_net {
    akin_net_kind kind;
    akin_encoder *encoder;
    akin_bag *bag;
    akin_gru *gru;
    akin_mat front, dfront; /* [rows, width]: what the encoder reads, and its gradient */
    akin_mat words, dwords; /* gru: [ids, dim], of every token */
    int64_t *each;          /* gru: [ids+1], a row for every token */
    akin_tensor *tensors;   /* of the encoder, the GRU, the table, then what its optimiser keeps */
    int64_t count, weights; /* weights: without the latter */
    char (*names)[80];
    int64_t encoder_count, gru_count;
    int64_t parameters, macs; /* macs: of a dense row; of a token for the rest of a GRU's */
    int64_t features, projection, memory_bytes;
    const char *name;
} akin_net;

/* Fails as the encoder, the bag and the GRU do. On success *net is to be released. */
akin_status akin_net_create(const akin_net_plan *plan, akin_net *net, akin_error *err);
void akin_net_release(akin_net *net);

/* features and projections as in akin_encoder_forward(); a view without data is skipped. */
akin_status akin_net_forward(akin_net *net, const akin_rows *rows, bool training, akin_mat features,
                             akin_mat z, akin_error *err);
akin_status akin_net_backward(akin_net *net, akin_cmat dz, akin_cmat dfeatures, akin_error *err);
/* Only running averages of batch norm, from plan->rows rows; nothing is kept for a gradient. */
akin_status akin_net_warm(akin_net *net, const akin_rows *rows, akin_error *err);
/* The sparse part of the update; nothing without a table. */
akin_status akin_net_update(akin_net *net, double lr, akin_error *err);

/* All state for a checkpoint; with `weights_only` what the run's sum is of. Borrows net. */
akin_tensor_list akin_net_list(akin_net *net, bool weights_only);

#endif
