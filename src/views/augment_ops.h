/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_ops.h - the loops over pixels, a table for each instruction set.
 *
 * Pixels on the way are int16 planes, one per channel, in units of 1/128 of a level: 0..32640. Everything is
 * integer arithmetic, or double arithmetic of single operations that IEEE 754 rounds in one way; so a loop
 * may be compiled for any instruction set and gives the same bytes. */
#ifndef AK_VIEWS_AUGMENT_OPS_H
#define AK_VIEWS_AUGMENT_OPS_H

#include "base/base.h"

enum {
    AK_AUGMENT_LANES = 64,        /* planes and rows are padded to a multiple of this many pixels */
    AK_AUGMENT_ONE = 128,         /* one level */
    AK_AUGMENT_WHITE = 255 * 128, /* the largest value */
};

/* How one axis of a crop, `in` pixels, becomes `out` pixels: where output q takes its pixels, from which
 * taps. Enlarging (taps is 0) takes two: left + (right - left) * fraction/32768. Shrinking takes `taps`, from
 * first[q] on, with weights that sum to 32768. */
typedef struct ak_augment_axis {
    int32_t in, out, taps;
    uint16_t *left, *right; /* [out, padded], when enlarging */
    int16_t *fraction;      /* [out, padded] */
    int32_t *first;         /* [out], when shrinking */
    int32_t *weight;        /* [out,taps] */
} ak_augment_axis;

/* What to read: the first pixel of a crop in an interleaved image. */
typedef struct ak_augment_window {
    const uint8_t *pixels;
    int64_t stride; /* bytes from row to row */
    int32_t channels, rows;
    uint8_t *buffer; /* AK_AUGMENT_BUFFER_ROWS rows of 4 channels, padded */
} ak_augment_window;

enum { AK_AUGMENT_BUFFER_ROWS = 16 };

/* Bytes from row to row of one channel in the buffer. */
static inline int64_t ak_augment_buffer_pad(int32_t in)
{
    return (in + AK_AUGMENT_LANES - 1) / AK_AUGMENT_LANES * AK_AUGMENT_LANES + AK_AUGMENT_LANES;
}

/* The loops. n counts pixels and is rounded up to the lanes, except where the end matters. */
typedef struct ak_augment_ops {
    /* Positions and fractions of an enlarging axis. */
    void (*place)(ak_augment_axis *axis, bool flip);
    /* Resize every row of a window: row y of channel c goes to dst + c*plane + y*stride. */
    void (*columns)(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst, int64_t stride,
                    int64_t plane);
    /* Enlarge one channel downwards: dst gets axis->out rows of `width`, packed; the lanes behind each row
     * are overwritten by the next. */
    void (*enlarge_rows)(const ak_augment_axis *axis, const int16_t *rows, int64_t stride, int16_t *dst,
                         int64_t width);
    /* dst = sum over t of weight[t] * rows[t] / 32768 */
    void (*sum_rows)(const int16_t *const *rows, const int32_t *weight, int32_t taps, int16_t *dst,
                     int64_t n);
    /* dst[x] = sum over t of weight[t] * line[x+t] / 32768 */
    void (*sum_along)(const int16_t *line, const int32_t *weight, int32_t taps, int16_t *dst, int64_t n);
    uint64_t (*total)(const int16_t *v, int64_t n);
    void (*luma)(const int16_t *r, const int16_t *g, const int16_t *b, int16_t *dst, int64_t n);
    void (*scale)(int16_t *v, int64_t n, uint16_t factor);                  /* brightness; factor/32768 */
    void (*contrast)(int16_t *v, int64_t n, uint16_t factor, int32_t mean); /* about mean */
    void (*saturate)(int16_t *r, int16_t *g, int16_t *b, int64_t n, uint16_t factor);
    void (*hue)(int16_t *r, int16_t *g, int16_t *b, int64_t n, int16_t turn); /* turn/8192 sixths */
    void (*solarize)(int16_t *v, int64_t n, int32_t threshold);
    /* To 8 bits; dst + step*i. Exactly n are written. */
    void (*store_bytes)(const int16_t *v, int64_t n, uint8_t *dst, int64_t step);
    /* u8 * scale + shift. Exactly n are written. */
    void (*store_floats)(const int16_t *v, int64_t n, float scale, float shift, float *dst);
} ak_augment_ops;

extern const ak_augment_ops ak_augment_ops_ref;
#if defined(__x86_64__)
extern const ak_augment_ops ak_augment_ops_avx2, ak_augment_ops_avx512;
#endif
const ak_augment_ops *ak_augment_ops_get(void); /* the row of akin_isa() */

#endif
