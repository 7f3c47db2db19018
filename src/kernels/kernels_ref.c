/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels_ref.c - the kernels in plain C, one lane: the oracle of the vector ones, and what runs
 * where there is no other table. */
#include "kernels/kernels.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))
#define K(name) ref_##name
#define STRIP ak_strip_f32
#define UNROLL
#define FULLY
enum { VL = 1, ROWS = 4, SHORT = 4, COLS = 4, UNIT = 1 };
typedef float real, V;
typedef bool M;

#include "kernels/one_lane.inc"

/* p 2^u, u in the low bits of its argument; 0 where t < -126. */
INLINE V v_scale2(V p, V u, V t)
{
    if (!(t >= -126)) return 0;
    uint32_t a, b;
    memcpy(&a, &p, sizeof a);
    memcpy(&b, &u, sizeof b);
    a += b << 23;
    memcpy(&p, &a, sizeof p);
    return p;
}

#include "kernels/exp2.inc"
#include "kernels/kernels.inc"

static double dot(const float *x, const float *y, int64_t n) { return dot_double(x, y, n); }

static void scale_row(const float *x, double scale, int64_t n, float *z) { scale_values(x, scale, n, z); }
static void round_row(const float *z, int64_t n, uint16_t *half) { round_values(z, n, half); }

static double spin(int64_t iterations)
{
    V acc[8] = { 0 };
    const V x = 0.999f, y = 1e-3f;
    for (int64_t i = 0; i < iterations; i++)
        for (int j = 0; j < 8; j++) acc[j] = v_fma(acc[j], x, y);
    double sum = 0;
    for (int j = 0; j < 8; j++) sum += acc[j];
    return sum;
}

const ak_kernels_f32 ak_kernels_ref = {
    .isa = "ref",
    .block = COLS * VL,
    .similarity = K(similarity),
    .accumulate = K(accumulate),
    PAIR_TABLES,
    .dot = dot,
    .scale_row = scale_row,
    .round_row = round_row,
    .spin = spin,
    .flops_per_spin = 16,
};
