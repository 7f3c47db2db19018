/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru.h - internal side of akin/tool/gru.h.
 *
 * gru.c          building, tensors, questions
 * gru_batch.c    the rows of a batch: order, places, room, word vectors in
 * gru_forward.c  weights packed, the passes through time
 * gru_backward.c the passes back, and the gradients of weights and word vectors
 * gru_cell.*     the inner loops, one table per instruction set
 *
 * Places. Rows are sorted by length, longest first. Row s of length L has the L+1 places first[s] ..
 * first[s]+L of every array; `places` is their number over all rows. A place holds a state:
 *
 *     direction 0    the state before token t at first+t      final state at the last place
 *     direction 1    the state before token t at first+t+1    final state at the first place
 *
 * The state before the first step, at the other end, is 0. The gates of token t lie at the place of the
 * state before it. One gate row of each row is not used, and is 0. So gradients of weights are plain
 * products over all places:
 *     dW_h = dgates^T states,   dW_x = dgates^T inputs   (direction 1: inputs one place earlier) */
#ifndef AK_NN_GRU_H
#define AK_NN_GRU_H

#include "akin/tool/gru.h"

#include "nn/gru_cell.h"
#include "nn/nn.h"

enum {
    AK_GRU_LAYERS = 8,
    AK_GRU_GROUP = 16,  /* rows that go through time together: fixed, as one task */
    AK_GRU_BLOCK = 64,  /* places of one product */
    AK_GRU_SLICE = 128, /* rows of a gradient of weights in one task */
};

typedef struct ak_gru_side {                            /* one layer, one direction */
    float *weight[2], *bias[2], *dweight[2], *dbias[2]; /* [0] of the input, [1] of the state; as in files */
    float *input, *back; /* packed weights: from inputs to gates n|r|z; from their gradient to the inputs */
    float *state, *state_back;
    float *input_bias, *state_bias; /* [3 padded] n|r|z with the recurrent b_hr and b_hz; [padded] b_hn */
    float *h, *gate;                /* [places][padded], [places+1][4 padded] */
    float *dh;                      /* [rows][padded] gradient to the current state */
    double *sums;                   /* [4 padded] of the gates' gradient */
} ak_gru_side;

typedef struct ak_gru_layer {
    int64_t inputs;       /* as in files */
    int64_t blocks, wide; /* stored as so many blocks ... */
    int64_t stored;       /* ... of a padded width each, together */
    float *x, *dx;        /* [places][stored] */
    ak_gru_side side[2];
} ak_gru_layer;

struct akin_gru {
    akin_gru_opts opts;
    int64_t dim, max_rows, max_len;
    int64_t padded; /* hidden as stored */
    int directions;
    const ak_gru_kernels *kernels;
    ak_device device; /* owns what lives as long as the object */
    ak_gru_layer layer[AK_GRU_LAYERS];
    akin_tensor *tensor;
    char (*name)[32];
    int64_t tensors;
    bool ready; /* a training forward pass waits for its backward */

    /* The batch. */
    int64_t rows, places, tokens;
    int64_t row_room, place_room;
    int32_t *order;        /* [rows] sorted -> given */
    int32_t *length;       /* [rows] of sorted rows */
    int64_t *first;        /* [rows+1] */
    int64_t *token;        /* [places] -> given token, -1 none */
    float *feature, *over; /* [rows][directions][padded] gradient of features; [rows] 1/length */
    void *row_block, *place_block;
    size_t row_bytes, place_bytes;
};

/* Check rows and make them the batch. */
akin_status ak_gru_take(akin_gru *g, akin_cmat table, const akin_ragged *rows, akin_error *err);

/* The products over one task's worth of rows, c = (add ? c : bias) + a B, for `count` consecutive rows. */
typedef struct ak_gru_span {
    const float *a, *packed, *bias;
    float *c;
    int64_t count, lda, ldc, depth, cols;
    bool add;
} ak_gru_span;
void ak_gru_multiply(const akin_gru *g, const ak_gru_span *s);

/* The place of the state of a sorted row before step t of direction d. */
static inline int64_t ak_gru_place(const akin_gru *g, int64_t row, int d, int64_t t)
{
    return g->first[row] + (d ? g->length[row] - t : t);
}

#endif
