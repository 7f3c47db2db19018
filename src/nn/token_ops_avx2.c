/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_ops_avx2.c - the loops of nn/token_ops.h with AVX2: a tile of 12 of the 16 registers. */
#include "nn/token_ops.h"

#if defined(__AVX2__)
#include <immintrin.h>

typedef __m256 V;
enum { MOST = 6, WIDE = 2 };
#define LANES 8
#define TABLE ak_token_avx2
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
#include "nn/token_ops.inc"
#else
typedef int ak_token_no_avx2;
#endif
