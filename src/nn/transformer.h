/* SPDX-License-Identifier: Apache-2.0 */
/* nn/transformer.h - an encoder of rows of tokens: transformer blocks with norms in front, and
 * the mean over the tokens.
 *
 *     x_t      = W e_t + b + p_t      e: a patch or a word's vector, p: the place in a row
 *     x'       = x + proj(attention(qkv(norm1(x))))         [Vaswani2017], norms in front [Xiong2020]
 *     x        = x' + fc2(gelu(fc1(norm2(x'))))             4 width units [Hendrycks2016]
 *     feature  = mean over the tokens of norm(x)            instead of a class token [Beyer2022]
 *
 * Rows have any number of tokens up to `positions`; they lie one behind the other, so there is no padding and
 * nothing to mask. A row's feature has the same bits alone and among others. A row without tokens has the
 * feature 0 and passes no gradient.
 *
 * transformer.c           building, tensors, room, what it costs
 * transformer_forward.c   weights packed, forward
 * transformer_backward.c  backward
 * attention.c             one head of one row
 * token_ops.*             the inner loops, one table per instruction set
 * token_half.*            products in bfloat16
 *
 * Memory. Of each block the input, q, k and v, the result of attention, the sum after it and the units before
 * GELU are kept: 10 width floats a token. Results of norms and of GELU are made again in the backward pass.
 *
 * bf16. Operands of the products with the blocks' weights, and of those for their gradients, are rounded to
 * bfloat16 where they are used; sums, weights, activations, norms, attention and the first layer are float32.
 *
 * Threads. Tokens are worked on in blocks of AK_TF_BLOCK, rows by head, and gradients of weights in slices of
 * fixed sizes; sums over blocks are taken in their order. So no number depends on the number of threads. */
#ifndef AK_NN_TRANSFORMER_H
#define AK_NN_TRANSFORMER_H

#include "nn/attention.h"
#include "nn/nn.h"
#include "nn/token_half.h"

enum {
    AK_TF_LAYERS = 16,
    AK_TF_BLOCK = 128, /* tokens of one task */
    AK_TF_TIMES = 4,   /* units of fc1 = width times that */
    AK_TF_SUMS = 13,   /* columns of sums over tokens of a block, in widths */
    AK_TF_PAIRS = 16,  /* columns of operands of gradients to weights in bf16, in widths */
    AK_TF_NAME = 48,
};

typedef struct ak_transformer_opts {
    int32_t width, layers, heads;
    int64_t inputs;          /* numbers that a token comes with */
    int64_t positions;       /* tokens of the longest row */
    int32_t patch, channels; /* of images: inputs = channels patch patch; text: 0 */
    uint64_t seed;
    bool half; /* products in bf16 */
} ak_transformer_opts;

typedef struct ak_matrix { /* y = W x + b, W [out,in] as in files */
    int64_t out, in;
    float *weight, *grad, *bias, *dbias;
    float *packed[2];  /* from x to y, from dy to dx */
    uint32_t *half[2]; /* the same in bf16; then there are no others */
} ak_matrix;

typedef struct ak_layer_norm {
    float *gamma, *dgamma, *beta, *dbeta;
    float *mean, *over; /* [tokens] */
} ak_layer_norm;

typedef struct ak_tf_block {
    ak_matrix qkv, proj, fc1, fc2;
    ak_layer_norm norm[2];
    float *x, *heads, *mixed, *middle, *units; /* [tokens] of 1, 3, 1, 1, 4 widths */
    float *lse;                                /* [heads][tokens] */
} ak_tf_block;

typedef struct ak_transformer {
    ak_transformer_opts opts;
    int64_t width, inputs; /* inputs as stored: a multiple of AK_TOKEN_PAD */
    const ak_token_ops *ops;
    const ak_half_ops *half; /* NULL: float32 */
    const char *isa;
    ak_device device, room; /* own what lives as long as the object, and what belongs to a batch */
    ak_matrix embed;
    float *place, *dplace; /* [positions][width] */
    ak_tf_block block[AK_TF_LAYERS];
    ak_layer_norm last;
    akin_tensor *tensor;
    char (*name)[AK_TF_NAME];
    int64_t tensors;
    bool frozen; /* no gradients */
    int threads;
    double forward_s, backward_s;

    /* The batch. */
    int64_t rows, tokens;
    bool training;
    int64_t row_room, token_room;
    bool training_room;
    int64_t *start; /* [rows+1] as given */
    int64_t *first; /* [rows+1] of the tokens that count */
    int32_t *row;   /* [tokens] */
    float *input;   /* [tokens][inputs] */
    float *end;     /* [tokens][width] the last block's result */
    float *other;   /* [tokens][width] inference: every second block's input */
    /* Backward: gradients to the result of a block and of the one before; to `middle`, `mixed`, `heads` and
     * `units`; results of norms and GELU. In bf16 the last four are NULL, and pairs has what they are for. */
    float *dx[2], *dmiddle, *dmixed, *dheads, *dunits, *normed[2], *active;
    uint32_t *pairs; /* [blocks][AK_TF_PAIRS width][AK_TF_BLOCK/2] */
    float *part;     /* [blocks][AK_TF_SUMS width] */
    float *sums;     /* [AK_TF_SUMS width] */
    float *scratch;
    int64_t scratch_floats; /* of each thread */
    int64_t rounded_at;     /* where in scratch rounded rows lie */
} ak_transformer;

/* What it would have, without building it. bytes: memory of a token, in training. */
void ak_transformer_count(const ak_transformer_opts *o, int64_t *parameters, int64_t *macs_per_row,
                          int64_t *bytes);
/*   AKIN_ERR_RANGE        too many layers, or a head whose width is no multiple of AK_TOKEN_PAD
 *   AKIN_ERR_UNSUPPORTED  bf16 without AVX-512 */
akin_status ak_transformer_check(const ak_transformer_opts *o, akin_error *err);
akin_status ak_transformer_create(const ak_transformer_opts *opts, ak_transformer **out, akin_error *err);
void ak_transformer_free(ak_transformer *t); /* takes NULL */
int64_t ak_transformer_bytes(const ak_transformer *t);
const akin_tensor *ak_transformer_tensors(const ak_transformer *t, int64_t *count);

/* The next batch: row r has tokens start[r] .. start[r+1], of which the first `positions` count. Their inputs
 * are then to be written to t->input; t->first tells where those of a row begin.  AKIN_ERR_NOMEM */
akin_status ak_transformer_take(ak_transformer *t, int64_t rows, const int64_t *start, bool training,
                                akin_error *err);
/* Room for training with so many rows of `longest` tokens. It takes no memory before it is touched. */
akin_status ak_transformer_reserve(ak_transformer *t, int64_t rows, int64_t longest, akin_error *err);
/* images [rows][channels][height][width] to t->input. */
void ak_transformer_patches(ak_transformer *t, const float *images, int64_t height, int64_t width);
/* features [rows], stride floats apart. */
void ak_transformer_forward(ak_transformer *t, float *features, int64_t stride);
/* Gradients of every tensor, written. dinput [tokens][t->inputs]: of the inputs; NULL = not wanted.
 * AKIN_ERR_NOMEM */
akin_status ak_transformer_backward(ak_transformer *t, const float *dfeatures, int64_t stride, float *dinput,
                                    akin_error *err);

/* c (+)= a W^T + bias, or, back, a W: rows of a lie one behind the other, p has no b. scratch: a thread's. */
void ak_transformer_multiply(const ak_transformer *t, const ak_matrix *m, bool back, ak_token_product p,
                             float *scratch);

#endif
