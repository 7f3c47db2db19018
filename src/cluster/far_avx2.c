/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/far_avx2.c - the loop of cluster/cluster.h, compiled for avx2. */
#define ISA avx2
#include "cluster/far.inc"
