/* SPDX-License-Identifier: Apache-2.0 */
/* nn/winograd.h - 3x3 convolutions with stride 1 and padding 1 by Winograd's F(4x4,3x3) and F(3x3,4x4)
 * [Lavin2016], one table per instruction set.
 *
 * With 6x6 tiles d of the input, the 4x4 tiles y of the result that they give, and weights w,
 *
 *     y  = A^T ( (G w G^T) (B^T d B) ) A        forward; backward the same, of dy and the turned weights
 *     dw = G^T ( sum over tiles of (B^T d B) (A dy A^T) ) G
 *
 * where the inner product is taken element by element: 36 products of matrices [tiles,in] [in,out] or
 * [in,tiles] [tiles,out], a quarter of the multiplications of the plain sum. oneDNN's own (2.6) needs
 * AVX-512, and takes up to twice the time to the weights.
 *
 * Each number is one chain of multiply-adds over the channels or the tiles, so a result does not depend on
 * how the images are shared out; a gradient to the weights is of the images [begin,end), and the caller adds
 * the parts. Kernels check nothing and cannot fail. */
#ifndef AK_NN_WINOGRAD_H
#define AK_NN_WINOGRAD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ak_winograd {
    const void *x;      /* [images][in/lanes][height][width][lanes] */
    const void *dy;     /* the same with out: gradient to the result */
    void *y;            /* the result; convolve() */
    int64_t begin, end; /* images */
    int64_t height, width;
    int64_t in, out; /* channels as stored, multiples of lanes */
    float *scratch;  /* [ak_winograd_scratch(in, out)] */
    const float *u;  /* what weights() made; convolve() */
    float *grad;     /* written by gradient(), as the weights are stored */
} ak_winograd;

/* Weights are stored as [out/lanes][in/lanes][3][3][lanes of in][lanes of out]; float32 everywhere. */
typedef struct ak_winograd_kernels {
    int lanes;
    /* G w G^T, for the blocks [begin,end) of lanes of `out`. turned: weights for the backward pass; in and
     * out are then the channels of the incoming and the outgoing gradient. */
    void (*weights)(const float *w, int64_t in, int64_t out, bool turned, float *u, int64_t begin,
                    int64_t end);
    void (*convolve[2])(const ak_winograd *p); /* of float32, of bfloat16 activations */
    void (*gradient[2])(const ak_winograd *p);
} ak_winograd_kernels;

enum {
    AK_WINOGRAD_POINTS = 36,
    AK_WINOGRAD_SKEW = 16, /* floats between matrices, whose rows would else fall into one set of a cache */
};

/* Tiles that are transformed before they are multiplied: what the caches hold beside the weights. ms of 128
 * images at 256 channels and side 8 to the weights: 7.0 with 32 tiles, 9.5 with 64; at 64 channels and side
 * 12 1.07 and 1.00. */
static inline int64_t ak_winograd_tiles(int64_t in, int64_t out) { return in + out > 256 ? 32 : 64; }

/* Floats of transformed weights, and of scratch. */
static inline int64_t ak_winograd_weights(int64_t in, int64_t out) { return AK_WINOGRAD_POINTS * in * out; }
static inline int64_t ak_winograd_scratch(int64_t in, int64_t out)
{
    return AK_WINOGRAD_POINTS * (in * out + ak_winograd_tiles(in, out) * (in + out) + 2 * AK_WINOGRAD_SKEW);
}

extern const ak_winograd_kernels ak_winograd_ref, ak_winograd_avx2, ak_winograd_avx512;

#endif
