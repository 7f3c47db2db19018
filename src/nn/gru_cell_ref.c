/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_cell_ref.c - the loops of nn/gru_cell.h in plain C. */
#include "nn/gru_cell.h"

typedef float V __attribute__((vector_size(16)));
enum { MOST = 4 };
#define LANES 4
#define TABLE ak_gru_ref
static inline __attribute__((always_inline)) V v_fma(V a, V b, V c) { return a * b + c; }
#include "nn/gru_cell.inc"
