/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/far_ref.c - the loop of cluster/cluster.h, in plain C. */
#define ISA ref
#include "cluster/far.inc"
