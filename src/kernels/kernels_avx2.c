/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels_avx2.c - the kernels with AVX2 and FMA: 8 lanes, 16 registers. */
#include "kernels/kernels.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
#define K(name) avx2_##name
#define STRIP ak_strip_f32
#define UNROLL _Pragma("GCC unroll 4")
#define FULLY _Pragma("GCC unroll 4")
enum { VL = 8, ROWS = 6, SHORT = 4, COLS = 2, UNIT = 4 };
typedef float real;
typedef __m256 V, M;

INLINE V v_load(const real *p) { return _mm256_loadu_ps(p); }
INLINE void v_store(real *p, V x) { _mm256_storeu_ps(p, x); }
INLINE void v_stream(real *p, V x) { _mm256_stream_ps(p, x); }
INLINE void v_fence(void) { _mm_sfence(); }
INLINE V v_set1(real x) { return _mm256_set1_ps(x); }
INLINE V v_add(V a, V b) { return _mm256_add_ps(a, b); }
INLINE V v_sub(V a, V b) { return _mm256_sub_ps(a, b); }
INLINE V v_mul(V a, V b) { return _mm256_mul_ps(a, b); }
INLINE V v_div(V a, V b) { return _mm256_div_ps(a, b); }
INLINE V v_fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
INLINE V v_max(V a, V b) { return _mm256_max_ps(a, b); }
INLINE M m_less(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
INLINE M m_less_equal(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_LE_OQ); }
INLINE M m_and(M a, M b) { return _mm256_and_ps(a, b); }
INLINE M m_labels(const int32_t *labels, int32_t label)
{
    const __m256i have = _mm256_loadu_si256((const __m256i *)(const void *)labels);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(have, _mm256_set1_epi32(label)));
}
/* Bit `at` of each of 8 words; 8 bits of a word from `first` on; a mask as bits. */
INLINE M m_bit(const uint16_t *words, int at)
{
    const __m256i w = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)words));
    const __m256i bit = _mm256_set1_epi32(1 << at);
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(w, bit), bit));
}
INLINE M m_bits(unsigned word, int first)
{
    const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i w = _mm256_set1_epi32((int)(word >> first));
    return _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(w, bit), bit));
}
INLINE unsigned m_word(M m) { return (unsigned)_mm256_movemask_ps(m); }
/* row_flags() of VL columns. */
INLINE void flag_words(const real *c, int64_t ldc, const real *low, const real *high, uint16_t *out)
{
    __m256i words = _mm256_setzero_si256();
    FULLY
    for (int i = 0; i < AK_STRIP; i++) {
        const V x = v_load(c + i * ldc);
        const M in = m_and(m_less_equal(v_set1(low[i]), x), m_less(x, v_set1(high[i])));
        words = _mm256_or_si256(words, _mm256_and_si256(_mm256_castps_si256(in), _mm256_set1_epi32(1 << i)));
    }
    words = _mm256_permute4x64_epi64(_mm256_packus_epi32(words, words), 0xd8);
    _mm_storeu_si128((__m128i *)(void *)out, _mm256_castsi256_si128(words));
}
INLINE V v_select(M m, V yes, V no) { return _mm256_blendv_ps(no, yes, m); }

INLINE V v_scale2(V p, V u, V t)
{
    const __m256i e = _mm256_slli_epi32(_mm256_castps_si256(u), 23);
    const V y = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(p), e));
    return _mm256_and_ps(y, _mm256_cmp_ps(t, _mm256_set1_ps(-126), _CMP_GE_OQ));
}

#include "kernels/exp2.inc"
#include "kernels/kernels.inc"

static double dot(const float *x, const float *y, int64_t n) { return dot_double(x, y, n); }

static void scale_row(const float *x, double scale, int64_t n, float *z) { scale_values(x, scale, n, z); }
static void round_row(const float *z, int64_t n, uint16_t *half) { round_values(z, n, half); }

static double spin(int64_t iterations)
{
    V acc[10];
    for (int j = 0; j < 10; j++) acc[j] = v_set1(0);
    const V x = v_set1(0.999f), y = v_set1(1e-3f);
    for (int64_t i = 0; i < iterations; i++)
        for (int j = 0; j < 10; j++) acc[j] = v_fma(acc[j], x, y);
    float out[8];
    for (int j = 1; j < 10; j++) acc[0] = v_add(acc[0], acc[j]);
    v_store(out, acc[0]);
    return out[0];
}

const ak_kernels_f32 ak_kernels_avx2 = {
    .isa = "avx2",
    .block = COLS * VL,
    .similarity = K(similarity),
    .accumulate = K(accumulate),
    PAIR_TABLES,
    .dot = dot,
    .scale_row = scale_row,
    .round_row = round_row,
    .spin = spin,
    .flops_per_spin = 10 * 16,
};
#else
typedef int ak_no_avx2;
#endif
