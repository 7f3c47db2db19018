/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_ops_avx2.c - the loops of nn/bag_ops.h, compiled for avx2. */
#define ISA avx2
#define LANES 8
#include "nn/bag_ops.inc"
