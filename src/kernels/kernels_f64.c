/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels_f64.c - the kernels in double, with the C library's functions: the slow, exact table. */
#include "kernels/kernels.h"

#include <math.h>

#define INLINE static inline __attribute__((always_inline))
#define K(name) double_##name
#define STRIP ak_strip_f64
#define UNROLL
#define FULLY
enum { VL = 1, ROWS = 4, SHORT = 4, COLS = 4, UNIT = 1 };
typedef double real, V;
typedef bool M;

#include "kernels/one_lane.inc"

INLINE V v_exp2(V t) { return t < -1000 ? 0 : exp2(t); }
INLINE V v_log1p(V y) { return log1p(y); }

#include "kernels/kernels.inc"

const ak_kernels_f64 ak_kernels_double = {
    .isa = "f64",
    .block = COLS * VL,
    .similarity = K(similarity),
    .accumulate = K(accumulate),
    PAIR_TABLES,
};
