/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_cell_avx512.c - the loops of nn/gru_cell.h with AVX-512: a tile of 24 of the 32 registers. */
#include "nn/gru_cell.h"

#if defined(__AVX512F__)
#include <immintrin.h>

typedef __m512 V;
enum { MOST = 8 };
#define LANES 16
#define TABLE ak_gru_avx512
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
#include "nn/gru_cell.inc"
#else
typedef int ak_gru_no_avx512;
#endif
