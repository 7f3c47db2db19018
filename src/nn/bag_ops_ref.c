/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_ops_ref.c - the loops of nn/bag_ops.h, compiled for ref. */
#define ISA ref
#define LANES 4
#include "nn/bag_ops.inc"
