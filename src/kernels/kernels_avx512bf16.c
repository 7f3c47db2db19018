/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/kernels_avx512bf16.c - the bfloat16 products: pairs of columns (or of keys) at a time, float
 * sums. The rest of the table is AVX-512's. */
#include "kernels/kernels.h"

#if defined(__AVX512BF16__)
#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))
enum { ROWS = 4, COLS = 4, VL = 16 };

INLINE __m512bh load_pairs(const uint16_t *p) { return (__m512bh)_mm512_loadu_si512(p); }
INLINE __m512bh set1_pair(int32_t x) { return (__m512bh)_mm512_set1_epi32(x); }

static void similarity(ak_operand a, ak_operand bt, int64_t d, void *out, int64_t lds)
{
    const int64_t pairs = (d + 1) / 2;
    for (int64_t i = 0; i < AK_STRIP; i += ROWS) {
        const uint16_t *b = (const uint16_t *)bt.data + bt.row * pairs * 2;
        const int32_t *x = (const int32_t *)a.data + (a.row + i) * pairs;
        __m512 acc[ROWS][COLS];
        for (int r = 0; r < ROWS; r++)
            for (int c = 0; c < COLS; c++) acc[r][c] = _mm512_setzero_ps();
#pragma GCC unroll 4
        for (int64_t k = 0; k < pairs; k++, b += 2 * AK_PANEL) {
            __m512bh bv[COLS];
            for (int c = 0; c < COLS; c++) bv[c] = load_pairs(b + 2 * c * VL);
            for (int r = 0; r < ROWS; r++) {
                const __m512bh av = set1_pair(x[r * pairs + k]);
                for (int c = 0; c < COLS; c++) acc[r][c] = _mm512_dpbf16_ps(acc[r][c], av, bv[c]);
            }
        }
        for (int r = 0; r < ROWS; r++)
            for (int c = 0; c < COLS; c++) _mm512_storeu_ps((float *)out + (i + r) * lds + c * VL, acc[r][c]);
    }
}

INLINE void accumulate_block(const int32_t *w, int64_t si, int64_t sk, const uint16_t *v, int64_t ldv,
                             float *dz, int cols)
{
    __m512 acc[ROWS][COLS];
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < cols; c++) acc[r][c] = _mm512_loadu_ps(dz + r * ldv + c * VL);
#pragma GCC unroll 4
    for (int64_t k = 0; k < AK_TILE / 2; k++) {
        __m512bh bv[COLS];
        for (int c = 0; c < cols; c++) bv[c] = load_pairs(v + 2 * (k * ldv + c * VL));
        for (int r = 0; r < ROWS; r++) {
            const __m512bh av = set1_pair(w[r * si + k * sk]);
            for (int c = 0; c < cols; c++) acc[r][c] = _mm512_dpbf16_ps(acc[r][c], av, bv[c]);
        }
    }
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < cols; c++) _mm512_storeu_ps(dz + r * ldv + c * VL, acc[r][c]);
}

static void accumulate(const void *w, int64_t si, int64_t sk, ak_operand v, int64_t dp, void *out,
                       int64_t row, int64_t np)
{
    for (int64_t p = 0; p * AK_PANEL < dp; p++) {
        const int64_t width = dp - p * AK_PANEL < AK_PANEL ? dp - p * AK_PANEL : AK_PANEL;
        const uint16_t *b = (const uint16_t *)v.data + p * AK_PANEL * v.np + v.row * width;
        float *dz = (float *)out + p * AK_PANEL * np + row * width;
        for (int64_t j = 0; j < width;) {
            const int wide = width - j >= COLS * VL;
            for (int64_t r = 0; r < AK_TILE; r += ROWS) {
                const int32_t *wr = (const int32_t *)w + r * si;
                if (wide)
                    accumulate_block(wr, si, sk, b + 2 * j, width, dz + r * width + j, COLS);
                else
                    accumulate_block(wr, si, sk, b + 2 * j, width, dz + r * width + j, 1);
            }
            j += wide ? COLS * VL : VL;
        }
    }
}

static void pack(const float *w, uint16_t *wb, uint16_t *wt)
{
    short order[32];
    for (short i = 0; i < 16; i++) {
        order[2 * i] = i;
        order[2 * i + 1] = (short)(16 + i);
    }
    const __m512i interleave = _mm512_loadu_si512(order);
    for (int i = 0; i < AK_STRIP; i += 2)
        for (int j = 0; j < AK_PANEL; j += VL) {
            const __m512 low = _mm512_loadu_ps(w + i * AK_LDW + j);
            const __m512 high = _mm512_loadu_ps(w + (i + 1) * AK_LDW + j);
            const __m512i both = (__m512i)_mm512_cvtne2ps_pbh(high, low);
            _mm256_storeu_si256((__m256i *)(void *)(wb + i * AK_LDW + j), _mm512_castsi512_si256(both));
            _mm256_storeu_si256((__m256i *)(void *)(wb + (i + 1) * AK_LDW + j),
                                _mm512_extracti64x4_epi64(both, 1));
            if (wt)
                _mm512_storeu_si512(wt + (i / 2 * AK_LDW + j) * 2,
                                    _mm512_permutexvar_epi16(interleave, both));
        }
}

const ak_bf16_kernels ak_kernels_bf16_avx512 = { similarity, accumulate, pack };
#else
typedef int ak_no_avx512bf16;
#endif
