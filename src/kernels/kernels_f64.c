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

INLINE V v_load(const real *p) { return *p; }
INLINE void v_store(real *p, V x) { *p = x; }
INLINE void v_stream(real *p, V x) { *p = x; }
INLINE void v_fence(void) { (void)0; }
INLINE V v_set1(real x) { return x; }
INLINE V v_add(V a, V b) { return a + b; }
INLINE V v_sub(V a, V b) { return a - b; }
INLINE V v_mul(V a, V b) { return a * b; }
INLINE V v_div(V a, V b) { return a / b; }
INLINE V v_fma(V a, V b, V c) { return a * b + c; }
INLINE V v_max(V a, V b) { return a > b ? a : b; }
INLINE M m_less(V a, V b) { return a < b; }
INLINE M m_less_equal(V a, V b) { return a <= b; }
INLINE M m_and(M a, M b) { return a && b; }
INLINE M m_labels(const int32_t *labels, int32_t label) { return *labels == label; }
INLINE M m_bit(const uint16_t *words, int at) { return *words >> at & 1; }
INLINE M m_bits(unsigned word, int first) { return word >> first & 1; }
INLINE unsigned m_word(M m) { return m; }
INLINE uint32_t equal_bytes(const uint8_t *bytes, uint8_t value)
{
    uint32_t bits = 0;
    for (int i = 0; i < 32; i++) bits |= (uint32_t)(bytes[i] == value) << i;
    return bits;
}
INLINE void flag_words(const real *c, int64_t ldc, const real *low, const real *high, uint16_t *out)
{
    unsigned word = 0;
    for (int i = 0; i < AK_STRIP; i++) word |= (unsigned)(low[i] <= c[i * ldc] && c[i * ldc] < high[i]) << i;
    *out = (uint16_t)word;
}
INLINE V v_select(M m, V yes, V no) { return m ? yes : no; }
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
