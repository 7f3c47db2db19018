/* SPDX-License-Identifier: Apache-2.0 */
/* nn/lanes_avx512.c - the passes of nn/lanes.h, compiled for avx512. */
#define ISA avx512
#define LANES 16
#include "nn/lanes_table.inc"
