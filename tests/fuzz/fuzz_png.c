/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_png.c - src/images/decode_png.c: the bytes as they are, and with the check sum of each chunk
 * put right, which a mutated file never has. */
#include "fuzz_image.h"

#include <zlib.h>

static void mend(uint8_t *file, size_t n)
{
    for (size_t at = 8; at + 12 <= n;) {
        const size_t length = (size_t)file[at] << 24 | (size_t)file[at + 1] << 16 |
                              (size_t)file[at + 2] << 8 | (size_t)file[at + 3];
        if (length > n - at - 12) return;
        const uint32_t sum = (uint32_t)crc32(0, file + at + 4, (uInt)length + 4);
        for (int i = 0; i < 4; i++) file[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_picture(&ak_png, data, size);
    uint8_t *copy = (uint8_t *)fz_text(data, size);
    mend(copy, size);
    if (memcmp(copy, data, size) != 0) fz_picture(&ak_png, copy, size);
    free(copy);
    return 0;
}
