/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_ops_avx512.c - the loops of nn/bag_ops.h, compiled for avx512. */
#define ISA avx512
#define LANES 16
#include "nn/bag_ops.inc"
