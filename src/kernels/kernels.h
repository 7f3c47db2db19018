/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels.h - the inner loops of the pair engine, one table per instruction set.
 *
 * A tile is AK_TILE queries by AK_TILE keys of the matrix S of similarities. It is made and transformed one
 * strip of AK_STRIP queries by AK_PANEL keys at a time. So a packed panel of keys stays in the first-level
 * cache while the strips of a tile pass by. Kernels check nothing and cannot fail.
 *
 * Operands (np = rows rounded up to AK_TILE, dp = columns rounded up to AK_COLS):
 *   v    [panel][np][w]: columns in panels of AK_PANEL, the last one w = dp - 64*panel wide
 *   bt   [np/b][d][b]: keys in blocks of b = block rows (a divisor of AK_PANEL), transposed: what one
 *        register tile reads lies in one piece, which a first-level cache of 32 KiB can hold whatever d
 * and for bf16
 *   a    [np][de]: rows, de = d rounded up to even
 *   bt   [np/64][de/2][64][2]: as above, columns in pairs
 *   v    [panel][np/2][w][2]: as above, rows in pairs
 */
#ifndef AK_KERNELS_KERNELS_H
#define AK_KERNELS_KERNELS_H

#include "base/base.h"

enum {
    AK_TILE = 128, /* queries and keys of a tile */
    AK_STRIP = 16, /* queries transformed at a time */
    AK_PANEL = 64, /* width of a packed panel */
    AK_COLS = 16,  /* d is padded to a multiple of this */
    AK_LDW = 144,  /* row stride of a tile: an odd number of cache lines */
    AK_LANES = 16, /* widest vector of floats: a row sum has this many lanes until it is folded */
    AK_PARAMS = 5, /* per-row and per-column parameters of an operation */
    AK_SUMS = 3,   /* reductions along a row */
};

/* What is done with similarities s_ik: a reduction along rows and columns, and a weight per pair. x and y
 * stand for row[.][i] and col[.][k]. E(t) is 2^t, and 0 below 2^-126. A masked pair holds AK_MASKED and adds
 * nothing.
 *
 *   op        sums over k (and, with the column's parameters, over i)      weight
 *   MAX       max s                                                        -
 *   EXP       e = E(alpha s + beta)                                        e (x0 + y0)
 *   EXP_WIDE  e = E(alpha (s - x1))                                        e x0 + e' y0
 *   TWO       e = E(alpha s + beta), f = E(alpha2 s + beta2)               e (x0 + y0) + f (x2 + y2)
 *   TWO_WIDE  the same with alpha (s - x1), alpha2 (s - x1)                e x0 + f x2 + e' y0 + f' y2
 *   LABEL     e as in EXP; sum 0 over k of another label,                  x0 e; equal labels:
 *             sum 1 over equal labels; sum 2: s over equal labels          x0 ((e - x2) - x3); same with y
 *   LABEL_WIDE  the same with e as in EXP_WIDE                             with e', y
 *   SQUARE    s^2                                                          2 s
 *   SIGMOID   softplus(alpha s + beta); when weighing sum 1: the weights   sigmoid(alpha s + beta)
 *   FLAG_MAX  max of the logit l                                           -
 *   FLAG      e = E(l - x1)                                                g e x0 + g' e' y0
 *   OWN       e = s > x3 ? 0 : E(x2 (s - x1)); sum 1: e s, sum 2: s > x3        e x0 + e' y0
 * FLAG: where the pair is flagged l = alpha2 s + beta2 and g = gain2, else l = alpha s and g = gain. A
 * prime marks what is computed with the column's parameters, and with the column's flag. */
typedef enum ak_pair_op {
    AK_PAIR_MAX,
    AK_PAIR_EXP,
    AK_PAIR_EXP_WIDE,
    AK_PAIR_TWO,
    AK_PAIR_TWO_WIDE,
    AK_PAIR_LABEL,
    AK_PAIR_LABEL_WIDE,
    AK_PAIR_SQUARE,
    AK_PAIR_SIGMOID,
    AK_PAIR_FLAG_MAX,
    AK_PAIR_FLAG,
    AK_PAIR_OWN,
    AK_PAIR_OPS
} ak_pair_op;

#define AK_MASKED (-1e30f)

/* One strip: 16 rows of 64 similarities, and the parameters of its rows and columns. */
#define AK_STRIP_FIELDS(real)                                                                                \
    const real *s; /* similarities, row stride lds */                                                        \
    int64_t lds;                                                                                             \
    const uint16_t *row_flags; /* FLAG: bit i of [j] is the flag of row i for column j */                    \
    const uint16_t *col_flags; /* bit j%16 of [(j/16) col_stride + i] is that of column j for row i */       \
    int64_t col_stride;                                                                                      \
    real *w; /* weigh: receives the weights, row stride AK_LDW; may be s */                                  \
    real alpha, beta, alpha2, beta2, gain, gain2;                                                            \
    bool columns; /* columns are anchors too */                                                              \
    const real *row[AK_PARAMS], *col[AK_PARAMS];                                                             \
    const int32_t *row_label, *col_label;                                                                    \
    real *row_sum[AK_SUMS]; /* [16][AK_LANES], added to */                                                   \
    real *col_sum[AK_SUMS]; /* [64], added to */

typedef struct ak_strip_f32 {
    AK_STRIP_FIELDS(float)
} ak_strip_f32;

typedef struct ak_strip_f64 {
    AK_STRIP_FIELDS(double)
} ak_strip_f64;

/* An operand and the first row that is meant. */
typedef struct ak_operand {
    const void *data;
    int64_t row, np; /* np: rows of the whole operand */
} ak_operand;

/* s[16][64], row stride lds, = 16 rows of a (f32: a layout v; bf16: a layout a) times 64 rows of bt. */
typedef void ak_similarity_fn(ak_operand a, ak_operand bt, int64_t d, void *s, int64_t lds);

/* dz[row..row+127] += sum over 128 k of w(r,k) v[v.row + k], with w(r,k) at w[r*si + k*sk]; dz has v's f32
 * layout with its own np. bf16: w and v hold pairs of k, and w's strides count pairs. */
typedef void ak_accumulate_fn(const void *w, int64_t si, int64_t sk, ak_operand v, int64_t dp, void *dz,
                              int64_t row, int64_t np);

/* One row of a gradient: with g = dz_scale dz + y_scale y, out = scale (g - along (g.x) x).  Double
 * throughout. */
typedef struct ak_gradient_row {
    int64_t d, dp, np, row;
    const void *dz;     /* layout v of reals; NULL = 0 */
    const float *x, *y; /* [d]; y may be NULL */
    float *out;         /* [d] */
    double dz_scale, y_scale, scale, along;
} ak_gradient_row;

typedef void ak_gradient_row_fn(const ak_gradient_row *r);

/* Flags low <= c < high of 16 rows of c: bit i of out[j] is that of row i with column j, with the limits of
 * the row. */
typedef void ak_flags_f32_fn(const float *c, int64_t ldc, const float *low, const float *high,
                             int64_t columns, uint16_t *out);
typedef void ak_flags_f64_fn(const double *c, int64_t ldc, const double *low, const double *high,
                             int64_t columns, uint16_t *out);

typedef void ak_strip_f32_fn(const ak_strip_f32 *strip);
typedef void ak_strip_f64_fn(const ak_strip_f64 *strip);

/* The values of rank (0 = largest) high and low, high <= low, of x[n]; index [n] and value [2n] are
 * scratch. */
typedef void ak_ranks_f32_fn(const float *x, int64_t n, int64_t high, int64_t low, float out[2],
                             uint8_t *index, float *value);
typedef void ak_ranks_f64_fn(const double *x, int64_t n, int64_t high, int64_t low, double out[2],
                             uint8_t *index, double *value);

typedef struct ak_kernels_f32 {
    const char *isa;
    int64_t block; /* keys of a block of bt */
    ak_similarity_fn *similarity;
    ak_accumulate_fn *accumulate;
    ak_strip_f32_fn *reduce[AK_PAIR_OPS], *weigh[AK_PAIR_OPS];
    ak_gradient_row_fn *gradient_row;
    double (*dot)(const float *x, const float *y, int64_t n); /* in double */
    void (*scale_row)(const float *x, double scale, int64_t n, float *z);
    void (*round_row)(const float *z, int64_t n, uint16_t *half); /* to bfloat16 */
    ak_ranks_f32_fn *ranks;
    ak_flags_f32_fn *row_flags; /* limits of the rows */
    /* Of a strip of c: limits of the columns; out as ak_strip's col_flags, stride 16. */
    ak_flags_f32_fn *col_flags;
    void (*fold)(const float *lanes, int64_t rows, double *to); /* to[i] += the sum of lanes[i][AK_LANES] */
    void (*keep)(const float *s, float *to); /* a strip, row stride AK_LDW, to [16][64], past the caches */
    void (*settle)(void);                    /* after keep(): other threads may look */
    /* Mask the pairs of a strip whose labels are equal. */
    void (*mask_labels)(float *s, int64_t lds, const int32_t *row_label, const int32_t *col_label);
    /* The largest speed of this table's fused multiply-add: flops_per_spin operations an iteration. */
    double (*spin)(int64_t iterations);
    double flops_per_spin;
} ak_kernels_f32;

typedef struct ak_kernels_f64 {
    const char *isa;
    int64_t block;
    ak_similarity_fn *similarity;
    ak_accumulate_fn *accumulate;
    ak_strip_f64_fn *reduce[AK_PAIR_OPS], *weigh[AK_PAIR_OPS];
    ak_gradient_row_fn *gradient_row;
    ak_ranks_f64_fn *ranks;
    ak_flags_f64_fn *row_flags; /* limits of the rows */
    /* Of a strip of c: limits of the columns; out as ak_strip's col_flags, stride 16. */
    ak_flags_f64_fn *col_flags;
    void (*fold)(const double *lanes, int64_t rows, double *to);
    void (*keep)(const double *s, double *to);
    void (*settle)(void);
    void (*mask_labels)(double *s, int64_t lds, const int32_t *row_label, const int32_t *col_label);
} ak_kernels_f64;

/* Products of bfloat16 with float sums. pack: a strip of weights to rows of pairs, wb [16][AK_LDW], and,
 * when wt is given, to pairs of rows, wt [8][AK_LDW][2]. */
typedef struct ak_bf16_kernels {
    ak_similarity_fn *similarity;
    ak_accumulate_fn *accumulate;
    void (*pack)(const float *w, uint16_t *wb, uint16_t *wt);
} ak_bf16_kernels;

/* The table of akin_isa(); of double; the bf16 products of akin_isa(), NULL where the processor has none
 * (then operands and weights are rounded to bfloat16 and the float products are used). */
const ak_kernels_f32 *ak_kernels(void);
const ak_bf16_kernels *ak_kernels_bf16(void);
extern const ak_kernels_f64 ak_kernels_double;
extern const ak_kernels_f32 ak_kernels_ref;
#if defined(__x86_64__)
extern const ak_kernels_f32 ak_kernels_avx2, ak_kernels_avx512;
extern const ak_bf16_kernels ak_kernels_bf16_avx512;
#endif

/* Round to nearest even bfloat16; NaN stays NaN. */
static inline uint16_t ak_bf16(float x)
{
    union {
        float f;
        uint32_t u;
    } bits = { x };
    if ((bits.u & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits.u >> 16 | 64);
    return (uint16_t)((bits.u + 0x7fffu + (bits.u >> 16 & 1)) >> 16);
}

static inline float ak_bf16_value(uint16_t x)
{
    union {
        uint32_t u;
        float f;
    } bits = { (uint32_t)x << 16 };
    return bits.f;
}

#endif
