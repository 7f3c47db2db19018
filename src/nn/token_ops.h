/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_ops.h - the inner loops of a transformer, one table per instruction set.
 *
 * A token is a row of floats, and the width of every row is a multiple of AK_TOKEN_PAD, which every vector
 * divides. Each number of a product is one chain of multiply-adds over the depth, so a token's bits depend on
 * nothing but the token and the weights, wherever it stands. Kernels check nothing and cannot fail. */
#ifndef AK_NN_TOKEN_OPS_H
#define AK_NN_TOKEN_OPS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    AK_TOKEN_PAD = 16,  /* the widest vector in floats */
    AK_TOKEN_TILE = 64, /* queries and keys of a tile of scores */
};

/* c[i][0..cols) = (add ? c[i] : bias or 0) + sum over k of a[i a_row + k a_step] b[k][0..cols). Panel p of b
 * holds the columns from p panel on: number (k, j) lies at b + p b_panel + k b_step + j. */
typedef struct ak_token_product {
    int64_t rows, depth, cols;
    const float *a;
    int64_t a_row, a_step;
    const float *b;
    int64_t b_panel, b_step;
    const float *bias; /* NULL: 0 */
    float *c;
    int64_t c_row;
    bool add;
} ak_token_product;

/* Layer norm of rows [Ba2016 eq.4], with epsilon AK_TOKEN_EPSILON: y = gamma (x - mean) / std + beta. */
typedef struct ak_token_norm {
    int64_t rows, width;
    const float *x; /* [rows][width] */
    const float *gamma, *beta;
    float *y;              /* [rows][width]; of norm_back NULL = not wanted */
    float *mean, *over;    /* [rows] mean, 1/std: written forward, read backward */
    const float *dy;       /* backward */
    const float *more;     /* [rows][width] added to dx */
    float *dx;             /* [rows][width] may be dy or more */
    float *dgamma, *dbeta; /* [width] added to */
} ak_token_norm;

#define AK_TOKEN_EPSILON 1e-6f

/* A tile of scores, rows of AK_TOKEN_TILE floats, for one head  [Dao2022 alg.1]. */
typedef struct ak_token_scores {
    int64_t rows, cols; /* cols: keys that there are */
    float *s;           /* products of queries and keys in; forward exp(scale s - most) out */
    float scale;        /* times log2(e): exponentials are powers of two */
    bool first;         /* the first keys of these rows */
    float *most, *sum;  /* [rows] running maximum of scale s, and sum */
    float *shrink;      /* [rows] what the rows' results so far are to be multiplied by */
    float *dp;          /* backward: gradient to the weights in, to the products out; s becomes the weights */
    const float *lse;   /* [rows] backward: log2 of the sum over all keys */
    const float *delta; /* [rows] backward: <result, its gradient> */
    float by;           /* backward: 1/sqrt(width of a head) */
} ak_token_scores;

typedef struct ak_token_ops {
    int64_t panel; /* columns of a panel */
    void (*product)(const ak_token_product *p);
    void (*norm)(const ak_token_norm *n);
    void (*norm_back)(const ak_token_norm *n);
    void (*gelu)(const float *h, int64_t n, float *a);
    void (*gelu_back)(const float *h, int64_t n, float *d, float *a); /* d *= gelu'(h), a = gelu(h) */
    void (*softmax)(const ak_token_scores *t);
    void (*softmax_back)(const ak_token_scores *t);
    /* sum[0..cols) += each row of x, [rows][stride]. */
    void (*sum_rows)(const float *x, int64_t stride, int64_t rows, int64_t cols, float *sum);
    float (*dot)(const float *a, const float *b, int64_t n);
    void (*scale)(float *x, int64_t n, float by);
} ak_token_ops;

extern const ak_token_ops ak_token_ref, ak_token_avx2, ak_token_avx512;

#endif
