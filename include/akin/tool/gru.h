/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/gru.h - a recurrent encoder of sentences: rows of word ids to one feature vector each, and the
 * gradients back.
 *
 *     ids, ragged [n]  ->  word vectors [tokens, dim]  ->  GRU, 1 or 2 directions, layers  ->  features [n,f]
 *
 * Each row stands alone: from h = 0, over its own tokens x in order. The second direction goes backwards from
 * the
 * row's own last token  [Cho2014]. The reset gate r comes after the recurrent product:
 *
 *     r  = sigmoid(W_ir x + b_ir + W_hr h + b_hr)
 *     z  = sigmoid(W_iz x + b_iz + W_hz h + b_hz)
 *     n  = tanh   (W_in x + b_in + r (W_hn h + b_hn))
 *     h' = n + z (h - n)
 *
 * torch.nn.GRU computes the same. The tensors have its names, its shapes and its order of gates r, z, n, so
 * that the numbers can be copied either way.
 *
 * Shapes   D = 1 or 2 directions; f = D hidden. Features hold direction 0 first. Layer l > 0 reads the states
 *          of all directions of layer l-1, [D hidden].
 * Rows     There is no padding. A row's feature depends, to the bit, on its own tokens and the weights only:
 *          not on the rows beside it, their order or their number. A row without tokens has the feature 0 and
 *          passes no gradient. Of a row longer than max_len, the first max_len tokens count.
 * Table    The word vectors are the caller's. akin_gru_forward() reads table row ids[t] for token t, and
 *          akin_gru_backward() gives the gradient of every token. Only a copy of the rows used is kept.
 * Memory   Room for a batch is taken when a larger one than any before comes, and kept.
 * Threads  One object serves one caller at a time. Results do not depend on the number of threads.
 * Errors   On failure no output is written.
 */
#ifndef AKIN_TOOL_GRU_H
#define AKIN_TOOL_GRU_H

#include "akin/tool/nn.h" /* akin_tensor */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_gru akin_gru;

/* How a row's states of the last layer become its feature. */
typedef enum akin_gru_pool {
    AKIN_GRU_LAST = 0, /* each direction's state after the last token it read */
    AKIN_GRU_MEAN = 1, /* the mean of the states over the row's tokens */
} akin_gru_pool;

typedef struct akin_gru_opts {
    uint32_t struct_size;
    int32_t hidden;        /* units of each direction, 1 to 4096; default 256 */
    int32_t layers;        /* 1 to 8; default 1 */
    int32_t bidirectional; /* 0 or 1; default 1 */
    int32_t pool;          /* akin_gru_pool; default AKIN_GRU_LAST */
} akin_gru_opts;

#define AKIN_GRU_OPTS_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_gru_opts), .hidden = 256, .layers = 1, .bidirectional = 1,                \
        .pool = AKIN_GRU_LAST                                                                                \
    }

typedef struct akin_gru_info {
    uint32_t struct_size;
    int32_t hidden, layers, directions, pool;
    int64_t parameters;     /* trainable numbers; the word vectors are not among them */
    int64_t macs_per_token; /* multiplications with addition, forward */
    int64_t features;       /* f */
    int64_t dim;            /* of a word vector */
    int64_t memory_bytes;   /* held now */
    int64_t max_rows, max_len;
} akin_gru_info;

#define AKIN_GRU_INFO_INIT                                                                                   \
    {                                                                                                        \
        .struct_size = sizeof(akin_gru_info)                                                                 \
    }

/* A GRU over word vectors of width dim, for up to max_rows rows a call, of which the first max_len tokens
 * count. Weights and biases are uniform in +-1/sqrt(hidden), drawn from seed; a seed gives the same on every
 * machine.
 *
 *   AKIN_ERR_ARGUMENT  out is NULL, or opts sets what this version does not know
 *   AKIN_ERR_RANGE     an option outside its range
 *   AKIN_ERR_SHAPE     dim not in 1..65536, max_rows not in 1..2^24, max_len not in 1..2^20
 *   AKIN_ERR_NOMEM     the message says how much is needed */
AKIN_API akin_status akin_gru_create(const akin_gru_opts *opts, int64_t dim, int64_t max_rows,
                                     int64_t max_len, uint64_t seed, akin_gru **out, akin_error *err);
AKIN_API void akin_gru_free(akin_gru *g);

/* Encode rows: features [rows,f] receives the result. table [words,dim] holds the word vectors. A training
 * pass keeps what one akin_gru_backward() needs.
 *
 *   AKIN_ERR_ARGUMENT  g, rows, the table or features has no data
 *   AKIN_ERR_SHAPE     not 1..max_rows rows, starts that do not ascend from 0, or a view that does not fit
 *   AKIN_ERR_RANGE     an id that is no row of the table; the message names row and token
 *   AKIN_ERR_NOMEM     no room for so many tokens; the message says how much is needed */
AKIN_API akin_status akin_gru_forward(akin_gru *g, akin_cmat table, const akin_ragged *rows, bool training,
                                      akin_mat features, akin_error *err);

/* Gradients of every tensor from dL/dfeatures [rows,f]. They are written, not added to what is there. dtokens
 * [start[rows],dim] receives the gradient of the word vector of each token: row start[r]+t for token t of row
 * r, and 0 for tokens beyond max_len. It is skipped when its data is NULL (frozen word vectors). The last
 * forward pass must have been a training one, and the weights must not have changed since.
 *
 *   AKIN_ERR_ARGUMENT  there is no such forward pass, or dfeatures has no data
 *   AKIN_ERR_SHAPE     a view does not fit */
AKIN_API akin_status akin_gru_backward(akin_gru *g, akin_cmat dfeatures, akin_mat dtokens, akin_error *err);

/* Tensor i, NULL after the last: weights with their gradients, row-major without padding, to be read and
 * written in place. For layer k in order weight_ih_lk [3 hidden, inputs], weight_hh_lk [3 hidden, hidden],
 * bias_ih_lk and bias_hh_lk [3 hidden], then the same with "_reverse". What is written counts from the next
 * forward pass on. */
AKIN_API const akin_tensor *akin_gru_tensor_at(const akin_gru *g, int64_t i);

/*   AKIN_ERR_ARGUMENT  g or info is NULL, or info was not initialised */
AKIN_API akin_status akin_gru_get_info(const akin_gru *g, akin_gru_info *info, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_GRU_H */
