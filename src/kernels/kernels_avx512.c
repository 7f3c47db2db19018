/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels_avx512.c - the kernels with AVX-512: 16 lanes, 32 registers. */
#include "kernels/kernels.h"

#if defined(__AVX512F__) && defined(__AVX512DQ__)
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
#define K(name) avx512_##name
#define STRIP ak_strip_f32
#define UNROLL _Pragma("GCC unroll 4")
#define FULLY _Pragma("GCC unroll 8")
enum { VL = 16, ROWS = 4, SHORT = 4, COLS = 4, UNIT = 8 };
typedef float real;
typedef __m512 V;
typedef __mmask16 M;

INLINE V v_load(const real *p) { return _mm512_loadu_ps(p); }
INLINE void v_store(real *p, V x) { _mm512_storeu_ps(p, x); }
INLINE void v_stream(real *p, V x) { _mm512_stream_ps(p, x); }
INLINE void v_fence(void) { _mm_sfence(); }
INLINE V v_set1(real x) { return _mm512_set1_ps(x); }
INLINE V v_add(V a, V b) { return _mm512_add_ps(a, b); }
INLINE V v_sub(V a, V b) { return _mm512_sub_ps(a, b); }
INLINE V v_mul(V a, V b) { return _mm512_mul_ps(a, b); }
INLINE V v_div(V a, V b) { return _mm512_div_ps(a, b); }
INLINE V v_fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
INLINE V v_max(V a, V b) { return _mm512_max_ps(a, b); }
INLINE M m_less(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
INLINE M m_less_equal(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_LE_OQ); }
INLINE M m_and(M a, M b) { return (M)(a & b); }
INLINE M m_labels(const int32_t *labels, int32_t label)
{
    return _mm512_cmpeq_epi32_mask(_mm512_loadu_si512(labels), _mm512_set1_epi32(label));
}
/* Bit `at` of each of 16 words; 16 bits of a word; a mask as bits. */
INLINE M m_bit(const uint16_t *words, int at)
{
    const __m512i w = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)words));
    return _mm512_test_epi32_mask(w, _mm512_set1_epi32(1 << at));
}
INLINE M m_bits(unsigned word, int first) { return (M)(word >> first); }
INLINE unsigned m_word(M m) { return m; }
/* row_flags() of VL columns. */
INLINE void flag_words(const real *c, int64_t ldc, const real *low, const real *high, uint16_t *out)
{
    __m512i words = _mm512_setzero_si512();
    FULLY
    for (int i = 0; i < AK_STRIP; i++) {
        const V x = v_load(c + i * ldc);
        const M in = m_and(m_less_equal(v_set1(low[i]), x), m_less(x, v_set1(high[i])));
        words = _mm512_mask_or_epi32(words, in, words, _mm512_set1_epi32(1 << i));
    }
    _mm256_storeu_si256((__m256i *)(void *)out, _mm512_cvtepi32_epi16(words));
}
INLINE V v_select(M m, V yes, V no) { return _mm512_mask_blend_ps(m, no, yes); }

INLINE V v_scale2(V p, V u, V t)
{
    const __m512i e = _mm512_slli_epi32(_mm512_castps_si512(u), 23);
    const M m = _mm512_cmp_ps_mask(t, _mm512_set1_ps(-126), _CMP_GE_OQ);
    return _mm512_castsi512_ps(_mm512_maskz_add_epi32(m, _mm512_castps_si512(p), e));
}

#include "kernels/exp2.inc"
#include "kernels/kernels.inc"

static double dot(const float *x, const float *y, int64_t n) { return dot_double(x, y, n); }

static void scale_row(const float *x, double scale, int64_t n, float *z) { scale_values(x, scale, n, z); }
static void round_row(const float *z, int64_t n, uint16_t *half) { round_values(z, n, half); }

static double spin(int64_t iterations)
{
    V acc[16];
    for (int j = 0; j < 16; j++) acc[j] = v_set1(0);
    const V x = v_set1(0.999f), y = v_set1(1e-3f);
    for (int64_t i = 0; i < iterations; i++)
        for (int j = 0; j < 16; j++) acc[j] = v_fma(acc[j], x, y);
    for (int j = 1; j < 16; j++) acc[0] = v_add(acc[0], acc[j]);
    return _mm512_reduce_add_ps(acc[0]);
}

const ak_kernels_f32 ak_kernels_avx512 = {
    .isa = "avx512",
    .block = COLS * VL,
    .similarity = K(similarity),
    .accumulate = K(accumulate),
    PAIR_TABLES,
    .dot = dot,
    .scale_row = scale_row,
    .round_row = round_row,
    .spin = spin,
    .flops_per_spin = 16 * 32,
};
#else
typedef int ak_no_avx512;
#endif
