/* SPDX-License-Identifier: Apache-2.0 */
/* near/bits_avx512.c - the loop of near/bits.h where AVX-512 counts bits: eight rows at a time, whose sums
 * end in one vector. */
#include "near/bits.h"

#if defined(__AVX512F__) && defined(__AVX512BW__)
#include <immintrin.h>

enum { WIDE = 64, ROWS = 8 };
#define COUNTS __attribute__((target("avx512vpopcntdq")))

/* In each of eight words the number of bits that differ, summed over the words of a row. */
COUNTS static inline __m512i differ(const uint8_t *x, const uint8_t *y, int64_t bytes, __mmask64 rest)
{
    __m512i sum = _mm512_setzero_si512();
    int64_t b = 0;
    for (; b + WIDE <= bytes; b += WIDE)
        sum = _mm512_add_epi64(
            sum, _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_loadu_si512(x + b), _mm512_loadu_si512(y + b))));
    if (!rest) return sum;
    const __m512i p = _mm512_maskz_loadu_epi8(rest, x + b), q = _mm512_maskz_loadu_epi8(rest, y + b);
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(p, q)));
}

/* Of two rows, whose counts are below 2^31: theirs in turn. */
static inline __m512i both(__m512i a, __m512i b) { return _mm512_or_si512(a, _mm512_slli_epi64(b, 32)); }

/* Of four rows, the sums of halves in each lane of 128 bits; then those of its halves. */
static inline __m256i fold(__m512i ab, __m512i cd)
{
    const __m512i s = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    return _mm256_add_epi32(_mm512_castsi512_si256(s), _mm512_extracti64x4_epi64(s, 1));
}

COUNTS static void agree(const uint8_t *query, const uint8_t *rows, int64_t bytes, int64_t count, int64_t d,
                         float *out)
{
    const int tail = (int)(bytes % WIDE);
    const __mmask64 rest = tail ? ~(__mmask64)0 >> (WIDE - tail) : 0;
    const __m256i all = _mm256_set1_epi32((int)d);
    for (int64_t r = 0; r < count; r += ROWS, rows += ROWS * bytes) {
        const int n = count - r < ROWS ? (int)(count - r) : ROWS;
        __m512i h[ROWS];
        for (int i = 0; i < ROWS; i++)
            h[i] = i < n ? differ(query, rows + i * bytes, bytes, rest) : _mm512_setzero_si512();
        const __m256i low = fold(both(h[0], h[1]), both(h[2], h[3])),
                      high = fold(both(h[4], h[5]), both(h[6], h[7]));
        const __m256i sum = _mm256_add_epi32(_mm256_permute2x128_si256(low, high, 0x20),
                                             _mm256_permute2x128_si256(low, high, 0x31));
        const __m256i same = _mm256_sub_epi32(all, _mm256_slli_epi32(sum, 1));
        _mm256_mask_storeu_ps(out + r, (__mmask8)(255 >> (ROWS - n)), _mm256_cvtepi32_ps(same));
    }
}

const ak_bits ak_bits_avx512 = { "avx512", agree };
#else
typedef int ak_no_avx512_bits;
#endif
