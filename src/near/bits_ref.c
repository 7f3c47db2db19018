/* SPDX-License-Identifier: Apache-2.0 */
/* near/bits_ref.c - the loop of near/bits.h, in plain C. */
#define ISA ref
#include "near/bits.inc"
