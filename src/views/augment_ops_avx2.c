/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_ops_avx2.c - the loops over pixels for AVX2.
 *
 * Enlarging, 16 neighbouring outputs read at most 18 neighbouring pixels of a channel: two registers of 16
 * bytes, from which a byte shuffle picks the left and right ones. Rows go through a padded buffer, one
 * channel at a time. */
#include "views/augment_ops.h"

#if defined(__AVX2__)
#include <immintrin.h>

enum { LANES = 32 };

typedef struct sums {
    __m256i part[4];
} sums;

static inline sums sums_start(int32_t value)
{
    sums s;
    for (int j = 0; j < 4; j++) s.part[j] = _mm256_set1_epi32(value);
    return s;
}

static inline void sums_add(sums *s, const int16_t *at, int32_t weight)
{
    const __m256i w = _mm256_set1_epi32(weight);
    for (int j = 0; j < 4; j++) {
        const __m256i v = _mm256_cvtepi16_epi32(_mm_loadu_si128((const __m128i *)(at + 8 * j)));
        s->part[j] = _mm256_add_epi32(s->part[j], _mm256_mullo_epi32(v, w));
    }
}

static inline void sums_store(const sums *s, int16_t *at)
{
    for (int j = 0; j < 4; j += 2) {
        const __m256i a = _mm256_srai_epi32(s->part[j], 15), b = _mm256_srai_epi32(s->part[j + 1], 15);
        const __m256i packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xD8);
        _mm256_storeu_si256((__m256i *)(at + 8 * j), packed);
    }
}

static void enlarge_columns(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst,
                            int64_t stride, int64_t plane);

#define K(name) name##_avx2
#include "views/augment_ops.inc"

/* 16 pixels of three interleaved channels to three rows */
static inline void split16(const uint8_t *s, uint8_t *r, uint8_t *g, uint8_t *b)
{
    const __m128i x = _mm_loadu_si128((const __m128i *)s), y = _mm_loadu_si128((const __m128i *)(s + 16));
    const __m128i z = _mm_loadu_si128((const __m128i *)(s + 32));
    enum { O = -1 };
#define PICK(v, ...) _mm_shuffle_epi8(v, _mm_setr_epi8(__VA_ARGS__))
    const __m128i r0 = PICK(x, 0, 3, 6, 9, 12, 15, O, O, O, O, O, O, O, O, O, O);
    const __m128i r1 = PICK(y, O, O, O, O, O, O, 2, 5, 8, 11, 14, O, O, O, O, O);
    const __m128i r2 = PICK(z, O, O, O, O, O, O, O, O, O, O, O, 1, 4, 7, 10, 13);
    const __m128i g0 = PICK(x, 1, 4, 7, 10, 13, O, O, O, O, O, O, O, O, O, O, O);
    const __m128i g1 = PICK(y, O, O, O, O, O, 0, 3, 6, 9, 12, 15, O, O, O, O, O);
    const __m128i g2 = PICK(z, O, O, O, O, O, O, O, O, O, O, O, 2, 5, 8, 11, 14);
    const __m128i b0 = PICK(x, 2, 5, 8, 11, 14, O, O, O, O, O, O, O, O, O, O, O);
    const __m128i b1 = PICK(y, O, O, O, O, O, 1, 4, 7, 10, 13, O, O, O, O, O, O);
    const __m128i b2 = PICK(z, O, O, O, O, O, O, O, O, O, O, 0, 3, 6, 9, 12, 15);
#undef PICK
    _mm_storeu_si128((__m128i *)r, _mm_or_si128(_mm_or_si128(r0, r1), r2));
    _mm_storeu_si128((__m128i *)g, _mm_or_si128(_mm_or_si128(g0, g1), g2));
    _mm_storeu_si128((__m128i *)b, _mm_or_si128(_mm_or_si128(b0, b1), b2));
}

/* One interleaved row of n pixels to `channels` rows, `pad` bytes apart; reads no byte behind the row. */
static void split(const uint8_t *s, int32_t n, int32_t channels, uint8_t *dst, int64_t pad)
{
    int32_t x = 0;
    if (channels == 1) {
        memcpy(dst, s, (size_t)n);
        return;
    }
    if (channels == 3 && n >= 16) {
        for (; x + 16 <= n; x += 16) split16(s + 3 * x, dst + x, dst + pad + x, dst + 2 * pad + x);
        x = n - 16; /* the last 16 again */
        split16(s + 3 * x, dst + x, dst + pad + x, dst + 2 * pad + x);
        return;
    }
    for (; x < n; x++)
        for (int32_t c = 0; c < channels; c++) dst[c * pad + x] = s[x * channels + c];
}

/* Shuffle controls that pick bytes `index` (0..31) of two registers: an index outside its register gives
 * 0. */
typedef struct picker {
    __m128i low, high;
} picker;

static inline picker picker_of(const uint16_t *index, int32_t base)
{
    const __m256i rel =
        _mm256_sub_epi16(_mm256_loadu_si256((const __m256i *)index), _mm256_set1_epi16((short)base));
    const __m128i byte = _mm_packus_epi16(_mm256_castsi256_si128(rel), _mm256_extracti128_si256(rel, 1));
    const __m128i top = _mm_set1_epi8(0x70); /* 16 and more saturate into the sign bit */
    const picker p = { _mm_adds_epu8(byte, top), _mm_adds_epu8(_mm_sub_epi8(byte, _mm_set1_epi8(16)), top) };
    return p;
}

static inline __m256i pick(picker p, __m128i low, __m128i high_half)
{
    return _mm256_cvtepu8_epi16(
        _mm_or_si128(_mm_shuffle_epi8(low, p.low), _mm_shuffle_epi8(high_half, p.high)));
}

/* One block of 16 outputs of every row in the buffer. */
static void enlarge_block(const ak_augment_axis *axis, const uint8_t *buffer, int64_t pad, int32_t channels,
                          int32_t rows, int32_t x, int16_t *dst, int64_t stride, int64_t plane)
{
    const int32_t first = axis->left[x], last = axis->left[x + 15]; /* padded; may run backwards */
    const int32_t base = first < last ? first : last;
    const picker left = picker_of(axis->left + x, base), right = picker_of(axis->right + x, base);
    const __m256i fraction = _mm256_loadu_si256((const __m256i *)(axis->fraction + x));
    for (int32_t y = 0; y < rows; y++)
        for (int32_t c = 0; c < channels; c++) {
            const uint8_t *s = buffer + (y * channels + c) * pad + base;
            const __m128i low = _mm_loadu_si128((const __m128i *)s);
            const __m128i up = _mm_loadu_si128((const __m128i *)(s + 16));
            const __m256i a = pick(left, low, up), b = pick(right, low, up);
            const __m256i d = _mm256_slli_epi16(_mm256_sub_epi16(b, a), 7);
            const __m256i v = _mm256_add_epi16(_mm256_slli_epi16(a, 7), _mm256_mulhrs_epi16(d, fraction));
            _mm256_storeu_si256((__m256i *)(dst + c * plane + y * stride + x), v);
        }
}

static void enlarge_columns(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst,
                            int64_t stride, int64_t plane)
{
    const int64_t pad = ak_augment_buffer_pad(axis->in);
    for (int32_t top = 0; top < from->rows; top += AK_AUGMENT_BUFFER_ROWS) {
        const int32_t left = from->rows - top;
        const int32_t rows = left < AK_AUGMENT_BUFFER_ROWS ? left : AK_AUGMENT_BUFFER_ROWS;
        for (int32_t y = 0; y < rows; y++)
            split(from->pixels + (top + y) * from->stride, axis->in, from->channels,
                  from->buffer + y * from->channels * pad, pad);
        for (int32_t x = 0; x < axis->out; x += 16)
            enlarge_block(axis, from->buffer, pad, from->channels, rows, x, dst + top * stride, stride,
                          plane);
    }
}
#else
typedef int ak_augment_ops_avx2_absent;
#endif
