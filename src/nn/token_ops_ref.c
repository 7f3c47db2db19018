/* SPDX-License-Identifier: Apache-2.0 */
/* nn/token_ops_ref.c - the loops of nn/token_ops.h in plain C. */
#include "nn/token_ops.h"

typedef float V __attribute__((vector_size(16)));
enum { MOST = 6, WIDE = 2 };
#define LANES 4
#define TABLE ak_token_ref
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return a * b + c; }
#include "nn/token_ops.inc"
