/* SPDX-License-Identifier: Apache-2.0 */
/* map/forces_ref.c - the loops of map/forces.h, in plain C. */
#define ISA ref
#include "map/forces.inc"
