/* SPDX-License-Identifier: Apache-2.0 */
/* map/forces_avx2.c - the loops of map/forces.h, compiled for avx2. */
#define ISA avx2
#include "map/forces.inc"
