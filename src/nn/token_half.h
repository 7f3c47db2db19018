/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_half.h - the products of a transformer in bfloat16: operands rounded, sums in float32.
 *
 * Numbers lie in pairs along the depth, the first in the low half of a word. A panel is AK_HALF_PANEL
 * columns, and its rows have as many words as it has columns, so the last one may be narrower. Widths and
 * depths are multiples of AK_TOKEN_PAD. Each number of a product is one chain over the pairs, as in
 * nn/token_ops.h, so a token's bits depend on nothing but the token and the weights.
 *
 * With AVX-512 BF16 a pair is one instruction, which takes numbers below 2^-126 for 0; with AVX-512 alone two
 * multiply-adds of float32. Kernels check nothing and cannot fail. */
#ifndef AK_NN_TOKEN_HALF_H
#define AK_NN_TOKEN_HALF_H

#include "nn/token_ops.h"

enum { AK_HALF_PANEL = 64 };

/* c[i][0..cols) = (add ? c[i] : bias or 0) + sum over k of the pairs a[i a_row + k a_step] b[k][0..cols).
 * Panel p of b begins at b + p b_panel. */
typedef struct ak_half_product {
    int64_t rows, pairs, cols;
    const uint32_t *a;
    int64_t a_row, a_step; /* words */
    const uint32_t *b;
    int64_t b_panel;   /* words */
    const float *bias; /* NULL: 0 */
    float *c;
    int64_t c_row;
    bool add;
} ak_half_product;

typedef struct ak_half_ops {
    void (*product)(const ak_half_product *p);
    /* Neighbours of a row in pairs: n numbers to n/2 words. */
    void (*along)(const float *x, int64_t n, uint32_t *to);
    /* Rows in pairs, a number of one beneath the next one's, in panels that are to_panel words apart; an odd
     * last row has zeros beneath it. x [rows][cols]. */
    void (*across)(const float *x, int64_t rows, int64_t cols, uint32_t *to, int64_t to_panel);
} ak_half_ops;

extern const ak_half_ops ak_half_avx512, ak_half_avx512bf16;

#endif
