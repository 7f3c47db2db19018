/* SPDX-License-Identifier: Apache-2.0 */
/* nn/attention.h - attention of the tokens of one row to each other, one head at a time.
 *
 *     result_i = sum_j w_ij v_j,   w_ij = exp(<q_i, k_j> / sqrt(c)) / sum_l exp(<q_i, k_l> / sqrt(c))
 *
 * c is the width of a head  [Vaswani2017 eq.1]. Scores are made in tiles, and made again going back, so
 * nothing of size tokens x tokens is kept: only the logarithm of each sum  [Dao2022]. */
#ifndef AK_NN_ATTENTION_H
#define AK_NN_ATTENTION_H

#include "nn/token_ops.h"

typedef struct ak_attention {
    const ak_token_ops *ops;
    int64_t heads, wide; /* columns of a head, a multiple of AK_TOKEN_PAD */
    const float *qkv;    /* [tokens][3][heads][wide] */
    float *out;          /* [tokens][heads][wide] */
    float *lse;          /* [heads][tokens] log2 of each sum */
    int64_t tokens;      /* of all rows: from one head's lse to the next */
    const float *dout;   /* backward: gradient to out */
    float *dqkv;         /* backward: [tokens][3][heads][wide], written */
} ak_attention;

/* Floats of scratch for rows of up to so many tokens. */
int64_t ak_attention_scratch(int64_t wide, int64_t longest);
/* The row of tokens first .. first+length. */
void ak_attention_forward(const ak_attention *a, int64_t first, int64_t length, int64_t head, float *scratch);
void ak_attention_backward(const ak_attention *a, int64_t first, int64_t length, int64_t head,
                           float *scratch);

#endif
