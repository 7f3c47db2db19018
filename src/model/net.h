/* SPDX-License-Identifier: Apache-2.0 */
/* model/net.h - from the rows of a batch to features and projections, and back.
 *
 *     images, vectors   dense rows -> encoder with its head
 *     text, bag         ids -> mean of their vectors -> encoder (identity or mlp) with its head
 *     text, gru         ids -> their vectors -> GRU -> encoder (identity) with its head
 *     text, transformer ids -> their vectors -> transformer -> encoder (identity) with its head
 *
 * The table of vectors is updated sparsely by the bag itself; all other weights are dense tensors for
 * ak_update. */
#ifndef AK_MODEL_NET_H
#define AK_MODEL_NET_H

#include "akin/tool/bag.h"
#include "akin/tool/gru.h"
#include "nn/tensors.h"
#include "nn/transformer.h"
#include "set/rows.h"

typedef enum ak_net_kind { AK_NET_DENSE, AK_NET_BAG, AK_NET_GRU, AK_NET_TRANSFORMER } ak_net_kind;

/* What stands in front of the dense encoder, and its row in the list of encoders. */
typedef struct ak_net_front {
    akin_encoder_kind listed;
    ak_net_kind kind;
    bool bidirectional;
} ak_net_front;

const ak_net_front *ak_net_front_find(const char *name); /* NULL: a dense encoder */

typedef struct ak_net_plan {
    akin_encoder_opts encoder;          /* name, head and precision; of text the name of a front */
    int64_t height, width, channels;    /* dense rows; vectors: 1, d, 1 */
    int64_t tokens, max_ids, max_words; /* text: rows of the table, most ids of a row, most words of a text */
    akin_bag_opts table;                /* dim, optimiser and its constants, frozen */
    int32_t hidden, layers, pool;       /* gru, transformer; layers of an mlp behind a bag */
    int64_t positions;                  /* transformer: words of the longest row that it reads */
    int64_t rows;                       /* largest batch; training has exactly so many */
    /* Of a net that predicts projections: hidden units behind them, 0 = none, and rows at once. */
    int64_t predictor_hidden, predictor_rows;
    uint64_t seed;
} ak_net_plan;

typedef struct ak_net {
    ak_net_kind kind;
    akin_encoder *encoder;
    akin_bag *bag;
    akin_gru *gru;
    ak_transformer *transformer;
    akin_mat front, dfront; /* [rows, width]: what the encoder reads, and its gradient */
    akin_mat words, dwords; /* gru, transformer: [ids, dim], of every token */
    akin_mat dread;         /* transformer: [ids, inputs], of the tokens that it read */
    int64_t *each;          /* gru, transformer: [ids+1], a row for every token */
    /* Of the encoder, the GRU or transformer, the table of vectors; then the state of the table's
     * optimiser. */
    akin_tensor *tensors;
    int64_t count;   /* of all tensors */
    int64_t weights; /* of the first ones, without that state */
    char (*names)[80];
    int64_t encoder_count, gru_count; /* gru_count: of the transformer too */
    int64_t parameters;
    int64_t macs; /* multiply-adds of a row; what a GRU or a transformer does is counted for one token */
    int64_t features, projection, memory_bytes;
    const char *name;
    /* Behind the projections, in training only; its tensors are the last of the list. NULL: none. */
    akin_encoder *predictor;
    int64_t predictor_first, predictor_count;
} ak_net;

/* Fails as the encoder, the bag and the GRU do. On success *net is to be released. */
akin_status ak_net_create(const ak_net_plan *plan, ak_net *net, akin_error *err);
void ak_net_release(ak_net *net);

/* features and projections as in akin_encoder_forward(); a view without data is skipped. */
akin_status ak_net_forward(ak_net *net, const ak_rows *rows, bool training, akin_mat features, akin_mat z,
                           akin_error *err);
akin_status ak_net_backward(ak_net *net, akin_cmat dz, akin_cmat dfeatures, akin_error *err);
/* Update only the running averages of batch norm, from plan->rows rows. Not to be followed by
 * ak_net_backward(). */
akin_status ak_net_warm(ak_net *net, const ak_rows *rows, akin_error *err);
/* Update the table of vectors; does nothing without one. */
akin_status ak_net_update(ak_net *net, double lr, akin_error *err);

/* The tensors of a checkpoint; with weights_only those that the run's check sum covers. Borrows net. */
ak_tensor_list ak_net_list(ak_net *net, bool weights_only);

#endif
