/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_cell_avx2.c - the loops of nn/gru_cell.h with AVX2: a tile of 12 of the 16 registers. */
#include "nn/gru_cell.h"

#if defined(__AVX2__)
#include <immintrin.h>

typedef __m256 V;
enum { MOST = 4 };
#define LANES 8
#define TABLE ak_gru_avx2
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
#include "nn/gru_cell.inc"
#else
typedef int ak_gru_no_avx2;
#endif
