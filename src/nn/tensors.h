/* SPDX-License-Identifier: Apache-2.0 */
/* nn/tensors.h - the tensors of several nets as one list: what a checkpoint holds and an optimiser moves. */
#ifndef AK_NN_TENSORS_H
#define AK_NN_TENSORS_H

#include "akin/tool/bag.h"
#include "akin/tool/gru.h"
#include "akin/tool/nn.h"

#include <stdbool.h>

/* Share of a batch's statistics in the running averages of batch norm, which are tensors without gradient. */
#define AK_NORM_MOMENTUM 0.1

/* All tensors of a net as an array of *count. */
const akin_tensor *ak_encoder_tensors(const akin_encoder *e, int64_t *count);
const akin_tensor *ak_bag_tensors(const akin_bag *bag, int64_t *count);
const akin_tensor *ak_gru_tensors(const akin_gru *g, int64_t *count);

/* Tensor i is a running average that training moves. */
bool ak_encoder_is_average(const akin_encoder *e, int64_t i);

/* Called during each backward pass: the gradients of tensor `from` and all behind it are final. fn NULL: no
 * more. */
typedef void ak_gradients_fn(int64_t from, void *ctx);
void ak_encoder_watch(akin_encoder *e, ak_gradients_fn *fn, void *ctx);

/* Encoders that take the statistics of batch norm together, in training, as if the rows of all were one
 * batch. gather: all [count][n] = the n numbers of each, in one order; every encoder calls it as often. What
 * the tensors' gradients hold is still of this one's rows. */
typedef struct ak_norm_share {
    int count; /* encoders */
    akin_status (*gather)(const double *mine, double *all, int64_t n, void *ctx, akin_error *err);
    void *ctx;
} ak_norm_share;
/* AKIN_ERR_NOMEM */
akin_status ak_encoder_share_norms(akin_encoder *e, const ak_norm_share *share, akin_error *err);

/* For checks of numerics: the dense layers pass on what they passed through a ReLU. */
void ak_encoder_drop_relus(akin_encoder *e);

/* Tensors in the layout of this machine, with the way to the plain layout of files and back. The two
 * functions read and write tensors[i].data; where they are NULL, the data is plain already. */
typedef struct ak_tensor_list {
    const akin_tensor *tensors;
    int64_t count;
    void *ctx;
    akin_status (*to_plain)(void *ctx, int64_t i, float *plain, akin_error *err);
    akin_status (*from_plain)(void *ctx, int64_t i, const float *plain, akin_error *err);
    /* Further state in plain layout. No array stands beside it, and the sum of the weights leaves it out. */
    const akin_tensor *more;
    int64_t more_count;
} ak_tensor_list;

#endif
