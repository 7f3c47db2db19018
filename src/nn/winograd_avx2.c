/* SPDX-License-Identifier: Apache-2.0 */
/* nn/winograd_avx2.c - nn/winograd.h with AVX2: a tile of 8 of the 16 registers. */
#include "nn/winograd.h"

#if defined(__AVX2__)
#include <immintrin.h>

typedef __m256 V;
enum { ROWS = 4, COLS = 2 };
#define LANES 8
#define TABLE ak_winograd_avx2
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
#include "nn/winograd.inc"
#else
typedef int ak_winograd_no_avx2;
#endif
