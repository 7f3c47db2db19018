/* SPDX-License-Identifier: Apache-2.0 */
/* nn/winograd_ref.c - nn/winograd.h in plain C. */
#include "nn/winograd.h"

/* Wider than this processor's registers need be; every function that takes or returns one is inlined. */
#pragma GCC diagnostic ignored "-Wpsabi"
typedef float V __attribute__((vector_size(32)));
enum { ROWS = 4, COLS = 1 };
#define LANES 8
#define TABLE ak_winograd_ref
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return a * b + c; }
#include "nn/winograd.inc"
