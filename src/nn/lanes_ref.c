/* SPDX-License-Identifier: Apache-2.0 */
/* nn/lanes_ref.c - the passes of nn/lanes.h, compiled for ref. */
#define ISA ref
#define LANES 8
#include "nn/lanes_table.inc"
