/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_half_avx512.c - the loops of nn/token_half.h with AVX-512 alone: half a word is the float32 of
 * which it is the upper half. */
#include "nn/token_half.h"

#if defined(__AVX512BW__)
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
#define TABLE ak_half_avx512

INLINE __m512 v_high(__m512i x)
{
    return _mm512_castsi512_ps(_mm512_and_si512(x, _mm512_set1_epi32(~0xffff)));
}
INLINE __m512 v_low(__m512i x) { return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16)); }

INLINE __m512 v_dot(__m512 sum, __m512i a, __m512i b)
{
    return _mm512_fmadd_ps(v_high(a), v_high(b), _mm512_fmadd_ps(v_low(a), v_low(b), sum));
}

/* To nearest even, in the low half of each word; NaN stays NaN. */
INLINE __m512i v_round(__m512 x)
{
    const __m512i u = _mm512_castps_si512(x), high = _mm512_srli_epi32(u, 16), one = _mm512_set1_epi32(1);
    const __m512i by = _mm512_add_epi32(_mm512_set1_epi32(0x7fff), _mm512_and_si512(high, one));
    const __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(u, by), 16);
    const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
    return _mm512_mask_or_epi32(rounded, nan, high, _mm512_set1_epi32(64));
}

INLINE __m512i v_words(__m512 low, __m512 high)
{
    return _mm512_or_si512(v_round(low), _mm512_slli_epi32(v_round(high), 16));
}

INLINE __m256i v_halves(__m512 x) { return _mm512_cvtepi32_epi16(v_round(x)); }

#include "nn/token_half.inc"
#else
typedef int ak_half_no_avx512;
#endif
