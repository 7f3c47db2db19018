/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/far_avx512.c - the loop of cluster/cluster.h, compiled for avx512. */
#define ISA avx512
#include "cluster/far.inc"
