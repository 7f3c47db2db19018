/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_ops_avx512.c - the loops over pixels for AVX-512 (F, BW, VL, DQ).
 *
 * Enlarging, 32 neighbouring outputs read at most 34 neighbouring pixels. These are loaded as 16-bit lanes,
 * one to four registers of them with the channels still interleaved, and each channel's left and right pixels
 * are picked by permutation. Loads are masked to the row, so nothing outside the image is touched. */
#include "views/augment_ops.h"

#if defined(__AVX512BW__)
#include <immintrin.h>

enum { LANES = 32 };

typedef struct sums {
    __m512i low, high;
} sums;

static inline sums sums_start(int32_t value)
{
    const sums s = { _mm512_set1_epi32(value), _mm512_set1_epi32(value) };
    return s;
}

static inline void sums_add(sums *s, const int16_t *at, int32_t weight)
{
    const __m512i w = _mm512_set1_epi32(weight);
    const __m512i low = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)at));
    const __m512i high = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)(at + 16)));
    s->low = _mm512_add_epi32(s->low, _mm512_mullo_epi32(low, w));
    s->high = _mm512_add_epi32(s->high, _mm512_mullo_epi32(high, w));
}

static inline void sums_store(const sums *s, int16_t *at)
{
    _mm256_storeu_si256((__m256i *)at, _mm512_cvtepi32_epi16(_mm512_srai_epi32(s->low, 15)));
    _mm256_storeu_si256((__m256i *)(at + 16), _mm512_cvtepi32_epi16(_mm512_srai_epi32(s->high, 15)));
}

static void enlarge_columns(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst,
                            int64_t stride, int64_t plane);

#define K(name) name##_avx512
#include "views/augment_ops.inc"

/* 32 bytes at s of which `left` exist, as 16-bit lanes */
static inline __m512i load32(const uint8_t *s, int64_t left)
{
    if (left <= 0) return _mm512_setzero_si512();
    const __mmask32 mask = left >= 32 ? 0xFFFFFFFFu : (1u << left) - 1;
    return _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(mask, s));
}

/* Lanes `index` of the 128 in s */
static inline __m512i pick(const __m512i s[4], int registers, __m512i index, __mmask32 upper)
{
    if (registers == 1) return _mm512_permutexvar_epi16(index, s[0]);
    const __m512i low = _mm512_permutex2var_epi16(s[0], index, s[1]);
    if (registers == 2) return low;
    if (registers == 3) return _mm512_mask_permutexvar_epi16(low, upper, index, s[2]);
    return _mm512_mask_blend_epi16(upper, low, _mm512_permutex2var_epi16(s[2], index, s[3]));
}

/* One block of 32 outputs of every row; `registers` and `channels` are constants where this is inlined. */
static inline __attribute__((always_inline)) void enlarge_block(const ak_augment_axis *axis,
                                                                const ak_augment_window *from, int32_t x,
                                                                int32_t base, int16_t *dst, int64_t stride,
                                                                int64_t plane, int registers, int channels)
{
    const __m512i start = _mm512_set1_epi16((short)base), k = _mm512_set1_epi16((short)channels);
    const __m512i fraction = _mm512_loadu_si512(axis->fraction + x);
    __m512i left[4], right[4];
    __mmask32 left_upper[4], right_upper[4];
    left[0] = _mm512_mullo_epi16(_mm512_sub_epi16(_mm512_loadu_si512(axis->left + x), start), k);
    right[0] = _mm512_mullo_epi16(_mm512_sub_epi16(_mm512_loadu_si512(axis->right + x), start), k);
    for (int c = 0; c < channels; c++) {
        left[c] = _mm512_add_epi16(left[0], _mm512_set1_epi16((short)c));
        right[c] = _mm512_add_epi16(right[0], _mm512_set1_epi16((short)c));
        left_upper[c] = _mm512_test_epi16_mask(left[c], _mm512_set1_epi16(64));
        right_upper[c] = _mm512_test_epi16_mask(right[c], _mm512_set1_epi16(64));
    }
    const int64_t length = ((int64_t)axis->in - base) * channels;
    for (int32_t y = 0; y < from->rows; y++) {
        const uint8_t *row = from->pixels + y * from->stride + (int64_t)base * channels;
        __m512i s[4];
        for (int j = 0; j < registers; j++) s[j] = load32(row + 32 * j, length - 32 * j);
        for (int c = 0; c < channels; c++) {
            const __m512i a = pick(s, registers, left[c], left_upper[c]);
            const __m512i b = pick(s, registers, right[c], right_upper[c]);
            const __m512i d = _mm512_slli_epi16(_mm512_sub_epi16(b, a), 7);
            const __m512i v = _mm512_add_epi16(_mm512_slli_epi16(a, 7), _mm512_mulhrs_epi16(d, fraction));
            _mm512_storeu_si512(dst + c * plane + y * stride + x, v);
        }
    }
}

/* Four channels of 34 pixels are more than 128 lanes: one channel at a time, through the buffer. */
static void enlarge_alpha(const ak_augment_axis *axis, const ak_augment_window *from, int32_t x, int32_t base,
                          int32_t pixels, int16_t *dst, int64_t stride, int64_t plane)
{
    for (int32_t c = 0; c < from->channels; c++)
        for (int32_t y = 0; y < from->rows; y++) {
            const uint8_t *row = from->pixels + y * from->stride + (int64_t)base * from->channels + c;
            for (int32_t i = 0; i < pixels; i++) from->buffer[base + i] = row[i * from->channels];
            const ak_augment_window one = { from->buffer, 0, 1, 1, NULL };
            enlarge_block(axis, &one, x, base, dst + c * plane + y * stride, stride, plane, 2, 1);
        }
}

static void enlarge_columns(const ak_augment_axis *axis, const ak_augment_window *from, int16_t *dst,
                            int64_t stride, int64_t plane)
{
    for (int32_t x = 0; x < axis->out; x += 32) {
        const int32_t first = axis->left[x], last = axis->left[x + 31]; /* padded; may run backwards */
        const int32_t base = first < last ? first : last, top = first < last ? last : first;
        const int32_t pixels = (top + 2 < axis->in ? top + 2 : axis->in) - base;
        const int32_t lanes = pixels * from->channels;
        if (from->channels == 1 && lanes <= 32)
            enlarge_block(axis, from, x, base, dst, stride, plane, 1, 1);
        else if (from->channels == 1)
            enlarge_block(axis, from, x, base, dst, stride, plane, 2, 1);
        else if (from->channels == 3 && lanes <= 64)
            enlarge_block(axis, from, x, base, dst, stride, plane, 2, 3);
        else if (from->channels == 3 && lanes <= 96)
            enlarge_block(axis, from, x, base, dst, stride, plane, 3, 3);
        else if (from->channels == 3)
            enlarge_block(axis, from, x, base, dst, stride, plane, 4, 3);
        else
            enlarge_alpha(axis, from, x, base, pixels, dst, stride, plane);
    }
}
#else
typedef int ak_augment_ops_avx512_absent;
#endif
