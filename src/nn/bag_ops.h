/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_ops.h - the inner loops of the bag, one table per instruction set.
 *
 * Vectors are `stride` floats, a multiple of 16, and 64-byte aligned unless said otherwise. Everything is
 * computed an element at a time, without fused multiply-add, and the one sum across a vector has 16 lanes
 * that are folded in a fixed order: every table gives the same bits. Nothing checks and nothing can fail. */
#ifndef AK_NN_BAG_OPS_H
#define AK_NN_BAG_OPS_H

#include <stdint.h>

typedef struct ak_bag_rates {
    float rate;   /* lr */
    float shrink; /* lr weight_decay */
    float epsilon;
    float beta1, beta2;
    float m_scale, v_scale; /* of this row's step */
} ak_bag_rates;

typedef struct ak_bag_ops {
    /* sum = base[index[0]] + base[index[1]] + ... , in that order; n >= 0. index[n .. n+ahead) are what will
     * be asked for next, and are fetched meanwhile. */
    void (*gather)(const float *base, int64_t stride, const int32_t *index, int64_t n, int64_t ahead,
                   float *sum);
    /* out[0..n) = by x[0..n), zeros up to stride; x unaligned. The bits of the largest |x|: a NaN is
     * largest. */
    uint32_t (*scale)(const float *x, int64_t n, float by, int64_t stride, float *out);
    float (*square)(const float *g, int64_t stride); /* sum of squares */
    void (*sgd)(float *x, const float *g, int64_t stride, const ak_bag_rates *r);
    void (*adagrad)(float *x, float *s, const float *g, int64_t stride, const ak_bag_rates *r);
    void (*adamw)(float *x, float *m, float *v, const float *g, int64_t stride, const ak_bag_rates *r);
} ak_bag_ops;

extern const ak_bag_ops ak_bag_ops_ref, ak_bag_ops_avx2, ak_bag_ops_avx512;

#endif
