/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/bag.h - a table of vectors, and rows of ids as the means of their vectors: the first layer of a
 * text encoder.
 *
 *     out_r = 1/n_r sum over the n_r ids of row r of table[id],   0 for an empty row  [Joulin2017 sec.2.1]
 *
 * An id that stands twice in a row counts twice. Words and hashed character n-grams are ids alike.
 *
 * Gradient Let c_ir be how often id i stands in row r. Then dL/dtable_i = sum_r c_ir / n_r dL/dout_r, which
 *          is zero for every id that the batch does not hold. So a step reads and writes only those rows of
 *          the table that the batch holds ("touches"), and what an optimiser keeps of the other rows stays as
 *          it is ("lazy").
 * Step     akin_bag_forward(training), akin_bag_backward(), akin_bag_update(). The gradient of one id is
 *          summed and applied at once, while it is in the first-level cache; akin_bag_gradient() writes it
 *          out.
 * Order    The sum over an id's rows goes in the order of the batch, an element at a time: the same bits with
 *          any number of threads and on every instruction set.
 * Memory   Rows of the table are padded to 64 bytes. akin_bag_create() allocates everything: the table, what
 *          the optimiser keeps, and for the largest batch 28 bytes an id and 4 dim bytes a row.
 * Threads  In training a bag serves one caller at a time. Inference only reads, and any number of callers may
 *          use it at once while nobody trains.
 */
#ifndef AKIN_TOOL_BAG_H
#define AKIN_TOOL_BAG_H

#include "akin/tool/nn.h" /* akin_tensor */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_bag akin_bag;

/* What akin_bag_update() does with the gradient g of a touched row x. In all of them weight decay is
 * decoupled and lazy: a touched row also loses lr * weight_decay * x.
 *
 *   SGD           x -= lr g
 *   ADAGRAD       s += g^2;  x -= lr g / (sqrt(s) + epsilon), an element at a time  [Duchi2011 fig.1]
 *   ADAGRAD_ROW   the same with one s for a row: s += mean of its g^2
 *   ADAMW         Adam on the sequence of the row's own gradients; t counts the row's own steps
 *                 [Kingma2015 alg.1] [Loshchilov2019 alg.2]
 *                 m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2
 *                 x -= lr (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + epsilon) */
typedef enum akin_bag_optimizer {
    AKIN_BAG_SGD,
    AKIN_BAG_ADAGRAD,
    AKIN_BAG_ADAGRAD_ROW,
    AKIN_BAG_ADAMW
} akin_bag_optimizer;

/* Start from AKIN_BAG_OPTS_INIT and set tokens. */
typedef struct akin_bag_opts {
    uint32_t struct_size;
    int32_t dim;         /* width of a vector, 1 to 4096 */
    int64_t tokens;      /* rows of the table, 1 to 2^31 - 1 */
    int32_t optimizer;   /* akin_bag_optimizer */
    int32_t frozen;      /* 1: imported vectors stay as they are; backward and update do nothing */
    double beta1, beta2; /* ADAMW, in [0,1) */
    double epsilon;      /* > 0 */
    double weight_decay; /* >= 0 */
} akin_bag_opts;

#define AKIN_BAG_OPTS_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_bag_opts), .dim = 100, .optimizer = AKIN_BAG_ADAGRAD_ROW, .beta1 = 0.9,   \
        .beta2 = 0.999, .epsilon = 1e-8                                                                      \
    }

/* A table uniform in +-1/dim [Bojanowski2017], drawn from seed a row at a time: a larger table begins with
 * the same rows. max_rows and max_ids: the largest training batch.
 *
 *   AKIN_ERR_ARGUMENT  out is NULL, or opts sets what this version does not know
 *   AKIN_ERR_RANGE     an option is outside its range
 *   AKIN_ERR_SHAPE     max_rows or max_ids is not in 1..2^31 - 1
 *   AKIN_ERR_NOMEM     the message says how much is needed */
AKIN_API akin_status akin_bag_create(const akin_bag_opts *opts, int64_t max_rows, int64_t max_ids,
                                     uint64_t seed, akin_bag **out, akin_error *err);
AKIN_API void akin_bag_free(akin_bag *bag);

/* out [rows,dim] receives the means. A training pass keeps the ids for one akin_bag_backward(), and takes at
 * most max_rows rows with max_ids ids. Inference takes any number, and only reads the bag.
 *
 *   AKIN_ERR_ARGUMENT  bag, in.start or in.ids is NULL
 *   AKIN_ERR_SHAPE     in.start does not ascend from 0, out does not fit, or the batch is too large for
 *                      training
 *   AKIN_ERR_RANGE     an id is outside the table; the message names its row and place */
AKIN_API akin_status akin_bag_forward(akin_bag *bag, akin_ragged in, bool training, akin_mat out,
                                      akin_error *err);

/* Take dL/dout [rows,dim] of the last forward pass, which must have been a training one, and find the touched
 * ids.
 *
 *   AKIN_ERR_ARGUMENT  there is no such forward pass
 *   AKIN_ERR_SHAPE     dout does not fit
 *   AKIN_ERR_NUMERIC   dout is not finite, or so large (ids x |dout| > 1e18) that a sum or a square of it may
 *                      not be finite. Nothing has been changed then, and the table has no gradient. */
AKIN_API akin_status akin_bag_backward(akin_bag *bag, akin_cmat dout, akin_error *err);

/* The ids that the last backward pass touched, ascending; valid until the next training pass. */
AKIN_API const int32_t *akin_bag_touched(const akin_bag *bag, int64_t *count);

/* Rows first .. first + grad.rows - 1 of the gradient, in the order of akin_bag_touched(): grad [rows,dim].
 *   AKIN_ERR_ARGUMENT  there was no backward pass;  AKIN_ERR_SHAPE  grad does not fit */
AKIN_API akin_status akin_bag_gradient(const akin_bag *bag, int64_t first, akin_mat grad, akin_error *err);

/* Apply the gradient of the last backward pass to the touched rows, once.
 *   AKIN_ERR_ARGUMENT  there was no backward pass, or its gradient has been applied
 *   AKIN_ERR_RANGE     lr is not a finite number >= 0 */
AKIN_API akin_status akin_bag_update(akin_bag *bag, double lr, akin_error *err);

/* Tensor i of the state, NULL after the last: "table" [tokens,dim], then what the optimiser keeps, which is
 * "adagrad" [tokens,dim] or [tokens], or "m" and "v" [tokens,dim] and "steps" [tokens] (whole numbers, which
 * stop at 2^24). grad is NULL in all of them. Rows of a [tokens,dim] lie count/tokens floats apart; what is
 * beyond dim is zero and must stay zero. */
AKIN_API const akin_tensor *akin_bag_tensor_at(const akin_bag *bag, int64_t i);

/* Copy rows first .. first + rows - 1 of tensor i into, or from, plain memory of rows x dim (or rows) floats.
 *   AKIN_ERR_ARGUMENT  bag or plain is NULL;  AKIN_ERR_RANGE  no such tensor or rows
 *   AKIN_ERR_INPUT     import: a value is not finite, or a step is not whole; the message names row and
 *                      column */
AKIN_API akin_status akin_bag_export(const akin_bag *bag, int64_t i, int64_t first, int64_t rows,
                                     float *plain, akin_error *err);
AKIN_API akin_status akin_bag_import(akin_bag *bag, int64_t i, int64_t first, int64_t rows,
                                     const float *plain, akin_error *err);

typedef struct akin_bag_info {
    uint32_t struct_size;
    int64_t tokens, dim, stride;            /* stride: floats from one row of the table to the next */
    int64_t parameters;                     /* trainable numbers; 0 when frozen */
    int64_t memory_bytes;                   /* held by the bag */
    int64_t max_rows, max_ids;              /* of a training batch */
    double forward_s, backward_s, update_s; /* spent in training since the bag was created */
} akin_bag_info;

#define AKIN_BAG_INFO_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_bag_info)                                                                 \
    }

/*   AKIN_ERR_ARGUMENT  bag or info is NULL, or info was not initialised */
AKIN_API akin_status akin_bag_get_info(const akin_bag *bag, akin_bag_info *info, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_BAG_H */
