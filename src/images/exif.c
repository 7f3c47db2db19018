/* SPDX-License-Identifier: Apache-2.0 */
/* images/exif.c - one number of EXIF: how a picture is to be turned (tag 0x0112).
 *
 * EXIF is a TIFF without pixels: "II" or "MM" (the byte order), 42, the offset of the first folder of
 * entries; a folder is a count and entries of 12 bytes: tag, type, count, value. The orientation is one short
 * number in that first folder. "Exif\0\0" may stand before it all, as in JPEG. Damage is no error: the
 * picture is whole without it, and is not turned. */
#include "images/decode.h"

#include <string.h>

enum { TAG = 0x0112, SHORT = 3, ENTRY = 12 };

static uint32_t number(const uint8_t *b, int bytes, bool big)
{
    uint32_t x = 0;
    for (int i = 0; i < bytes; i++) x = x << 8 | b[big ? i : bytes - 1 - i];
    return x;
}

int ak_exif_orientation(const uint8_t *b, size_t n)
{
    if (n >= 6 && memcmp(b, "Exif\0\0", 6) == 0) {
        b += 6;
        n -= 6;
    }
    const bool big = n >= 2 && memcmp(b, "MM", 2) == 0;
    if (n < 8 || (!big && memcmp(b, "II", 2) != 0) || number(b + 2, 2, big) != 42) return 1;
    size_t at = number(b + 4, 4, big);
    if (at < 8 || at > n - 2) return 1;
    const size_t entries = number(b + at, 2, big);
    at += 2;
    for (size_t k = 0; k < entries && n - at >= ENTRY; k++, at += ENTRY) {
        if (number(b + at, 2, big) != TAG) continue;
        const uint32_t value = number(b + at + 8, 2, big);
        const bool fits = number(b + at + 2, 2, big) == SHORT && number(b + at + 4, 4, big) == 1;
        return fits && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
