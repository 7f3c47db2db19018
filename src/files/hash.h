/* SPDX-License-Identifier: Apache-2.0 */
/* files/hash.h - parts of a fingerprint. */
#ifndef AK_FILES_HASH_H
#define AK_FILES_HASH_H

#include <stdint.h>
#include <xxhash.h>

/* Add a whole number, its lowest byte first, so that every machine adds the same bytes. */
static inline void ak_hash_number(XXH3_state_t *state, int64_t x)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)x >> 8 * i);
    XXH3_64bits_update(state, bytes, sizeof bytes);
}

#endif
