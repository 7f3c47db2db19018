/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_half_avx512bf16.c - the loops of nn/token_half.h with AVX-512 BF16. */
#include "nn/token_half.h"

#if defined(__AVX512BF16__)
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
#define TABLE ak_half_avx512bf16

INLINE __m512 v_dot(__m512 sum, __m512i a, __m512i b)
{
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

INLINE __m512i v_words(__m512 low, __m512 high)
{
    short order[32];
    for (short i = 0; i < 16; i++) {
        order[2 * i] = i;
        order[2 * i + 1] = (short)(16 + i);
    }
    return _mm512_permutexvar_epi16(_mm512_loadu_si512(order), (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

INLINE __m256i v_halves(__m512 x) { return (__m256i)_mm512_cvtneps_pbh(x); }

#include "nn/token_half.inc"
#else
typedef int ak_half_no_avx512bf16;
#endif
