/* SPDX-License-Identifier: Apache-2.0 */
/* near/bits_avx2.c - the loop of near/bits.h, compiled for avx2. */
#define ISA avx2
#include "near/bits.inc"
