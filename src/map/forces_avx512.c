/* SPDX-License-Identifier: Apache-2.0 */
/* map/forces_avx512.c - the loops of map/forces.h, compiled for avx512. */
#define ISA avx512
#include "map/forces.inc"
