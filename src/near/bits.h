/* SPDX-License-Identifier: Apache-2.0 */
/* near/bits.h - bits that differ between packed rows, a loop for each instruction set. Counts are exact, so
 * all of them give the same. */
#ifndef AK_NEAR_BITS_H
#define AK_NEAR_BITS_H

#include "base/base.h"

typedef struct ak_bits {
    const char *isa;
    /* out[r] = d - 2 h, with h the bits in which the query and row r differ, of rows of so many bytes one
     * behind the other; d < 2^24. Nothing behind the last byte of either is read. */
    void (*agree)(const uint8_t *query, const uint8_t *rows, int64_t bytes, int64_t count, int64_t d,
                  float *out);
} ak_bits;

extern const ak_bits ak_bits_ref;
#if defined(__x86_64__)
extern const ak_bits ak_bits_avx2, ak_bits_avx512;
#endif

/* All that this processor and AKIN_ISA have, the best one last; n <= 3. */
int ak_bits_here(const ak_bits *out[3]);

#endif
