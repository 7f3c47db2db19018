/* SPDX-License-Identifier: Apache-2.0 */
/* nn/lanes_avx2.c - the passes of nn/lanes.h, compiled for avx2. */
#define ISA avx2
#define LANES 8
#include "nn/lanes_table.inc"
