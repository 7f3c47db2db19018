/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_ops_avx512.c - the loops of nn/token_ops.h with AVX-512: a tile of 24 of the 32 registers. */
#include "nn/token_ops.h"

#if defined(__AVX512F__)
#include <immintrin.h>

typedef __m512 V;
enum { MOST = 6, WIDE = 4 };
#define LANES 16
#define TABLE ak_token_avx512
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
#include "nn/token_ops.inc"
#else
typedef int ak_token_no_avx512;
#endif
