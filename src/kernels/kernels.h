/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels.h - the inner loops of the pair engine, one table per instruction set.
 *
 * A tile is AKIN_TILE queries by AKIN_TILE keys of the matrix S of similarities; it is made and transformed one
 * strip of AKIN_STRIP queries by AKIN_PANEL keys at a time: a packed panel of keys stays in the first-level cache
 * while the strips of a tile pass by. Kernels check nothing
 * and cannot fail.
 *
 * Operands (np = rows rounded up to AKIN_TILE, dp = columns rounded up to AKIN_COLS):
 *   v    [panel][np][w]: columns in panels of AKIN_PANEL, the last one w = dp - 64*panel wide
 *   bt   [np/b][d][b]: keys in blocks of b = block rows (a divisor of AKIN_PANEL), transposed: what one register
 *        tile reads lies in one piece, which a first-level cache of 32 KiB can hold whatever d
 * and for bf16
 *   a    [np][de]: rows, de = d rounded up to even
 *   bt   [np/64][de/2][64][2]: as above, columns in pairs
 *   v    [panel][np/2][w][2]: as above, rows in pairs
 */
#ifndef AKIN_KERNELS_H
#define AKIN_KERNELS_H

#include "base/base.h"

enum {
    AKIN_TILE = 128, /* queries and keys of a tile */
    AKIN_STRIP = 16, /* queries transformed at a time */
    AKIN_PANEL = 64, /* width of a packed panel */
    AKIN_COLS = 16,  /* d is padded to a multiple of this */
    AKIN_LDW = 144,  /* row stride of a tile: an odd number of cache lines */
    AKIN_LANES = 16, /* widest vector of floats: a row sum has this many lanes until it is folded */
    AKIN_PARAMS = 5, /* per-row and per-column parameters of an operation */
    AKIN_SUMS = 3,   /* reductions along a row */
};

/* What is done with similarities s_ik: a reduction along rows and columns, and a weight per pair. x, y stand for
 * row[.][i] and col[.][k]; E(t) = 2^t, and 0 below 2^-126; a masked pair holds AKIN_MASKED and counts nothing.
 *
 *   op        sums over k (and, with the column's parameters, over i)      weight
 *   MAX       max s                                                        -
 *   EXP       e = E(alpha s + beta)                                        e (x0 + y0)
 *   EXP_WIDE  e = E(alpha (s - x1))                                        e x0 + e' y0
 *   TWO       e = E(alpha s + beta), f = E(alpha2 s + beta2)               e (x0 + y0) + f (x2 + y2)
 *   TWO_WIDE  the same with alpha (s - x1), alpha2 (s - x1)                e x0 + f x2 + e' y0 + f' y2
 *   LABEL     e as in EXP, sum 0 over k of another label, sum 1 over       x0 e, equal labels: x0 ((e - x2) - x3),
 *             equal labels; sum 2: s over equal labels                     and the same with y
 *   LABEL_WIDE  the same with e as in EXP_WIDE                             with e', y
 *   SQUARE    s^2                                                          2 s
 *   SIGMOID   softplus(alpha s + beta)                                     sigmoid(alpha s + beta)
 *   FLAG_MAX  max of the logit l                                           -
 *   FLAG      e = E(l - x1)                                                g e x0 + g' e' y0
 * FLAG: where the pair is flagged l = alpha2 s + beta2 and g = gain2, else l = alpha s and g = gain. A prime marks what
 * is computed with the column's parameters, and with the column's flag. */
typedef enum akin_pair_op {
    AKIN_PAIR_MAX,
    AKIN_PAIR_EXP,
    AKIN_PAIR_EXP_WIDE,
    AKIN_PAIR_TWO,
    AKIN_PAIR_TWO_WIDE,
    AKIN_PAIR_LABEL,
    AKIN_PAIR_LABEL_WIDE,
    AKIN_PAIR_SQUARE,
    AKIN_PAIR_SIGMOID,
    AKIN_PAIR_FLAG_MAX,
    AKIN_PAIR_FLAG,
    AKIN_PAIR_OPS
} akin_pair_op;

#define AKIN_MASKED (-1e30f)

/* One strip: 16 rows of 64 similarities, and the parameters of its rows and columns. */
#define AKIN_STRIP_FIELDS(real)                                                                              \
    const real *s; /* similarities, row stride lds */                                                        \
    int64_t lds;                                                                                             \
    const uint16_t *row_flags; /* FLAG: bit i of [j] is the flag of row i for column j */                    \
    const uint16_t *col_flags; /* bit j%16 of [(j/16) col_stride + i] is that of column j for row i */       \
    int64_t col_stride;                                                                                      \
    real *w; /* weigh: receives the weights, row stride AKIN_LDW; may be s */                                \
    real alpha, beta, alpha2, beta2, gain, gain2;                                                            \
    bool columns; /* columns are anchors too */                                                              \
    const real *row[AKIN_PARAMS], *col[AKIN_PARAMS];                                                         \
    const int32_t *row_label, *col_label;                                                                    \
    real *row_sum[AKIN_SUMS]; /* [16][AKIN_LANES], added to */                                               \
    real *col_sum[AKIN_SUMS]; /* [64], added to */

typedef struct akin_strip_f32 {
    AKIN_STRIP_FIELDS(float)
} akin_strip_f32;

typedef struct akin_strip_f64 {
    AKIN_STRIP_FIELDS(double)
} akin_strip_f64;

/* An operand and the first row that is meant. */
typedef struct akin_operand {
    const void *data;
    int64_t row, np; /* np: rows of the whole operand */
} akin_operand;

/* s[16][64], row stride lds, = 16 rows of a (f32: a layout v; bf16: a layout a) times 64 rows of bt. */
typedef void akin_similarity_fn(akin_operand a, akin_operand bt, int64_t d, void *s, int64_t lds);

/* dz[row..row+127] += sum over 128 k of w(r,k) v[v.row + k], with w(r,k) at w[r*si + k*sk]; dz has v's f32 layout
 * with its own np. bf16: w and v hold pairs of k, and w's strides count pairs. */
typedef void akin_accumulate_fn(const void *w, int64_t si, int64_t sk, akin_operand v, int64_t dp, void *dz,
                                int64_t row, int64_t np);

/* One row of a gradient: with g = dz_scale dz + y_scale y, out = scale (g - along (g.x) x).  Double throughout. */
typedef struct akin_gradient_row {
    int64_t d, dp, np, row;
    const void *dz;     /* layout v of reals; NULL = 0 */
    const float *x, *y; /* [d]; y may be NULL */
    float *out;         /* [d] */
    double dz_scale, y_scale, scale, along;
} akin_gradient_row;

typedef void akin_gradient_row_fn(const akin_gradient_row *r);

/* Flags low <= c < high of 16 rows of c: bit i of out[j] is that of row i with column j, with the limits of the row. */
typedef void akin_flags_f32_fn(const float *c, int64_t ldc, const float *low, const float *high,
                               int64_t columns, uint16_t *out);
typedef void akin_flags_f64_fn(const double *c, int64_t ldc, const double *low, const double *high,
                               int64_t columns, uint16_t *out);

typedef void akin_strip_f32_fn(const akin_strip_f32 *strip);
typedef void akin_strip_f64_fn(const akin_strip_f64 *strip);

/* The values of rank (0 = largest) high and low, high <= low, of x[n]; index [n] and value [2n] are scratch. */
typedef void akin_ranks_f32_fn(const float *x, int64_t n, int64_t high, int64_t low, float out[2],
                               uint8_t *index, float *value);
typedef void akin_ranks_f64_fn(const double *x, int64_t n, int64_t high, int64_t low, double out[2],
                               uint8_t *index, double *value);

typedef struct akin_kernels_f32 {
    const char *isa;
    int64_t block; /* keys of a block of bt */
    akin_similarity_fn *similarity;
    akin_accumulate_fn *accumulate;
    akin_strip_f32_fn *reduce[AKIN_PAIR_OPS], *weigh[AKIN_PAIR_OPS];
    /* Mask the pairs of a strip whose labels are equal. */
    akin_gradient_row_fn *gradient_row;
    double (*dot)(const float *x, const float *y, int64_t n); /* in double */
    void (*scale_row)(const float *x, double scale, int64_t n, float *z);
    void (*round_row)(const float *z, int64_t n, uint16_t *half); /* to bfloat16 */
    akin_ranks_f32_fn *ranks;
    akin_flags_f32_fn *row_flags; /* limits of the rows */
    akin_flags_f32_fn
        *col_flags; /* of a strip of c: limits of the columns; out as akin_strip's col_flags, stride 16 */
    void (*fold)(const float *lanes, int64_t rows, double *to); /* to[i] += the sum of lanes[i][AKIN_LANES] */
    void (*keep)(const float *s, float *to); /* a strip, row stride AKIN_LDW, to [16][64], past the caches */
    void (*settle)(void);                    /* after keep(): other threads may look */
    void (*mask_labels)(float *s, int64_t lds, const int32_t *row_label, const int32_t *col_label);
    /* The largest speed of this table's fused multiply-add: flops_per_spin operations an iteration. */
    double (*spin)(int64_t iterations);
    double flops_per_spin;
} akin_kernels_f32;

typedef struct akin_kernels_f64 {
    const char *isa;
    int64_t block;
    akin_similarity_fn *similarity;
    akin_accumulate_fn *accumulate;
    akin_strip_f64_fn *reduce[AKIN_PAIR_OPS], *weigh[AKIN_PAIR_OPS];
    akin_gradient_row_fn *gradient_row;
    akin_ranks_f64_fn *ranks;
    akin_flags_f64_fn *row_flags; /* limits of the rows */
    akin_flags_f64_fn
        *col_flags; /* of a strip of c: limits of the columns; out as akin_strip's col_flags, stride 16 */
    void (*fold)(const double *lanes, int64_t rows, double *to);
    void (*keep)(const double *s, double *to);
    void (*settle)(void);
    void (*mask_labels)(double *s, int64_t lds, const int32_t *row_label, const int32_t *col_label);
} akin_kernels_f64;

/* Products of bfloat16 with float sums. pack: a strip of weights to rows of pairs, wb [16][AKIN_LDW], and, when wt
 * is given, to pairs of rows, wt [8][AKIN_LDW][2]. */
typedef struct akin_bf16_kernels {
    akin_similarity_fn *similarity;
    akin_accumulate_fn *accumulate;
    void (*pack)(const float *w, uint16_t *wb, uint16_t *wt);
} akin_bf16_kernels;

/* The table of akin_isa(); of double; the bf16 products of akin_isa(), NULL where the processor has none (then
 * operands and weights are rounded to bfloat16 and the float products are used). */
const akin_kernels_f32 *akin_kernels(void);
const akin_bf16_kernels *akin_kernels_bf16(void);
extern const akin_kernels_f64 akin_kernels_double;
extern const akin_kernels_f32 akin_kernels_ref;
#if defined(__x86_64__)
extern const akin_kernels_f32 akin_kernels_avx2, akin_kernels_avx512;
extern const akin_bf16_kernels akin_kernels_bf16_avx512;
#endif

/* Round to nearest even bfloat16; NaN stays NaN. */
static inline uint16_t akin_bf16(float x)
{
    union {
        float f;
        uint32_t u;
    } bits = { x };
    if ((bits.u & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits.u >> 16 | 64);
    return (uint16_t)((bits.u + 0x7fffu + (bits.u >> 16 & 1)) >> 16);
}

static inline float akin_bf16_value(uint16_t x)
{
    union {
        uint32_t u;
        float f;
    } bits = { (uint32_t)x << 16 };
    return bits.f;
}

#endif
