/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_sums.h - check sums put right, so that what lies behind them is reached: a mutated file has
 * none that holds. Written from docs/formats.md, and not by the library's own code. */
#ifndef AK_TESTS_FUZZ_SUMS_H
#define AK_TESTS_FUZZ_SUMS_H

#include "fuzz.h"

#include "akin/tool/json.h"

#include <inttypes.h>

#include <xxhash.h>

/* Sixteen digits into the place behind the text `key` in [at,end). */
static inline void fz_put_sum(uint8_t *at, const uint8_t *end, const char *key, uint64_t sum)
{
    const size_t n = strlen(key);
    for (; at + n + 16 <= end; at++)
        if (memcmp(at, key, n) == 0) {
            char digits[17];
            snprintf(digits, sizeof digits, "%016" PRIx64, sum);
            memcpy(at + n, digits, 16);
            return;
        }
}

static inline void fz_mend_tensor(uint8_t *header, size_t length, size_t n, const char *name,
                                  const akin_json *entry)
{
    const akin_json *offsets = akin_json_get(entry, "data_offsets");
    const int64_t a = akin_json_as_int(akin_json_at(offsets, 0)),
                  b = akin_json_as_int(akin_json_at(offsets, 1));
    char key[256];
    if (a < 0 || b < a || (uint64_t)b > n - length) return;
    snprintf(key, sizeof key, "\"xxh64.%s\": \"", name);
    fz_put_sum(header, header + length, key, XXH64(header + length + a, (size_t)(b - a), 0));
}

/* A safetensors file: the sums of its tensors, then that of its header. */
static inline void fz_mend_safetensors(uint8_t *file, size_t n)
{
    static const char OWN[] = "\"xxh64\": \"";
    uint64_t length = 0;
    if (n < 8) return;
    for (int i = 0; i < 8; i++) length |= (uint64_t)file[i] << 8 * i;
    if (length > n - 8) return;
    uint8_t *header = file + 8;
    akin_json *root = NULL, *entry;
    const char *name;
    if (akin_json_parse((const char *)header, length, NULL, 0, &root, NULL) != AKIN_OK) return;
    AKIN_JSON_EACH(root, name, entry) fz_mend_tensor(header, length, n - 8, name, entry);
    akin_json_free(root);
    fz_put_sum(header, header + length, OWN, 0);
    fz_put_sum(header, header + length, OWN, XXH64(header, length, 0));
}

#endif
