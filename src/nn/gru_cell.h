/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_cell.h - the inner loops of a GRU, one table per instruction set.
 *
 * Rows are given by pointers, because the rows of one time step lie far apart. hidden is padded to a multiple
 * of AK_GRU_PAD, which every vector divides. A gate row is [4 hidden]: n | r | z | hn, where hn is the part
 * of n that the reset gate multiplies.
 *
 * Each sum over the depth is one chain of multiply-adds, so a row's bits depend on nothing but the row and
 * the weights. Kernels check nothing and cannot fail. */
#ifndef AK_NN_GRU_CELL_H
#define AK_NN_GRU_CELL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    AK_GRU_PAD = 16,  /* the widest vector in floats */
    AK_GRU_PANEL = 3, /* vectors in a panel of packed weights: one for each of r, z, n */
};

/* c[i][0..cols) = (add ? c[i] : bias or 0) + a[i][0..depth) B. packed: B in panels of up to AK_GRU_PANEL
 * vectors, [panel][depth][width]. cols is a multiple of AK_GRU_PAD. */
typedef struct ak_gru_product {
    int64_t rows, depth, cols;
    const float *const *a;
    float *const *c;
    const float *packed, *bias; /* bias NULL: 0 */
    bool add;
} ak_gru_product;

typedef struct ak_gru_step {
    int64_t rows, hidden;
    bool first;               /* forward: prev is zero */
    const float *const *prev; /* states before the step, [hidden] */
    float *const *next;       /* forward: states after it */
    float *const *gate;  /* forward: the input's part of n, r, z in; all four out.  backward: gradients to the
                               * sums before the functions out, n | r | z | n's recurrent part */
    const float *packed; /* forward: [hidden/vector][hidden][r|z|n of one vector] */
    const float *bias;   /* forward: of hn, [hidden] */
    float *const *dstate;     /* backward: the gradient to the state after the step; becomes itself times z */
    const float *const *more; /* backward: also part of that gradient, times scale; NULL: none */
    const float *scale;       /* [rows] */
} ak_gru_step;

typedef struct ak_gru_kernels {
    int lanes;
    void (*product)(const ak_gru_product *p);
    void (*forward)(const ak_gru_step *s);
    void (*backward)(const ak_gru_step *s); /* element by element; the product with the weights follows */
    void (*column_sums)(const float *x, int64_t stride, int64_t rows, int64_t cols, double *sums);
} ak_gru_kernels;

extern const ak_gru_kernels ak_gru_ref, ak_gru_avx2, ak_gru_avx512;

#endif
