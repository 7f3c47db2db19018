/* SPDX-License-Identifier: Apache-2.0 */
/* nn/lanes.h - passes over blocked activations, one table per instruction set.
 *
 * An activation is [images][blocks][spatial][lanes]: oneDNN's nChw16c (lanes 16) or nChw8c (lanes 8). A
 * per-channel array is [blocks*lanes], so one vector of it belongs to one block. Every pass works on the
 * images [begin,end); none can fail. A matrix [n][width] is the case spatial = 1.
 *
 * op[0] reads and writes float32, op[1] bfloat16 (rounded to nearest even); sums are float within one plane
 * of one image and double beyond, so that a sum does not depend on how many images a call is given. */
#ifndef AK_NN_LANES_H
#define AK_NN_LANES_H

#include <stdint.h>

enum { AK_MASK_NONE, AK_MASK_X, AK_MASK_OUT }; /* what the gradient of a ReLU looks at */

typedef struct ak_pass {
    int64_t begin, end, blocks, spatial;
    const void *x;        /* input of the normalisation */
    const void *residual; /* added before the ReLU; NULL = none */
    void *out;            /* its result */
    void *d1;             /* gradient to the result; overwritten by the masked sum when `store` */
    const void *d2;       /* second contribution to it; NULL = none */
    void *dx;             /* gradient to x; may be d1 */
    const float *scale, *shift, *mean;    /* [channels] result = x scale + shift */
    const float *factor, *offset, *slope; /* [channels] dx = factor (g - offset - (x - mean) slope) */
    double *sum, *dot;                    /* [channels] accumulated into */
    int relu, mask, store;
} ak_pass;

typedef struct ak_pass_table {
    void (*moments)(const ak_pass *p);   /* sum += x - mean, dot += (x - mean)^2 */
    void (*apply)(const ak_pass *p);     /* out = [relu](x scale + shift + residual) */
    void (*grad_sums)(const ak_pass *p); /* g = mask (d1 + d2); sum += g, dot += g (x - mean) */
    void (*grad_apply)(const ak_pass *p);
    void (*mean_forward)(const ak_pass *p, float *mean, int64_t stride);        /* x -> [images][stride] */
    void (*mean_backward)(const ak_pass *p, const float *grad, int64_t stride); /* -> d1 */
    void (*add)(const ak_pass *p);                                              /* d1 += d2 */
    void (*from_float)(const float *from, void *to, int64_t n);
} ak_pass_table;

typedef struct ak_lanes {
    int lanes;
    ak_pass_table op[2];
} ak_lanes;

extern const ak_lanes ak_lanes_ref, ak_lanes_avx2, ak_lanes_avx512;

#endif
