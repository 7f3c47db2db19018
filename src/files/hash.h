/* SPDX-License-Identifier: Apache-2.0 */
/* files/hash.h - parts of a fingerprint, and the sum of a file. */
#ifndef AK_FILES_HASH_H
#define AK_FILES_HASH_H

#include "base/base.h"

#include <xxhash.h>

/* Add a whole number, its lowest byte first, so that every machine adds the same bytes. */
static inline void ak_hash_number(XXH3_state_t *state, int64_t x)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)x >> 8 * i);
    XXH3_64bits_update(state, bytes, sizeof bytes);
}

enum { AK_HASH_DIGITS = 16 };
/* Of a file as it is now: its length and its XXH64, in digits.  AKIN_ERR_INPUT, AKIN_ERR_NOMEM */
akin_status ak_hash_file(const char *path, int64_t *bytes, char sum[AK_HASH_DIGITS + 1], akin_error *err);

#endif
