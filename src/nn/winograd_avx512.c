/* SPDX-License-Identifier: Apache-2.0 */
/* nn/winograd_avx512.c - nn/winograd.h with AVX-512: a tile of 16 of the 32 registers. */
#include "nn/winograd.h"

#if defined(__AVX512F__)
#include <immintrin.h>

typedef __m512 V;
enum { ROWS = 8, COLS = 2 };
#define LANES 16
#define TABLE ak_winograd_avx512
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
#include "nn/winograd.inc"
#else
typedef int ak_winograd_no_avx512;
#endif
