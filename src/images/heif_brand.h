/* SPDX-License-Identifier: Apache-2.0 */
/* images/heif_brand.h - whether a file is HEIF or AVIF, for builds with and without libheif. */
#ifndef AK_IMAGES_HEIF_BRAND_H
#define AK_IMAGES_HEIF_BRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A box "ftyp" comes first, with the brand after it. */
static inline bool ak_heif_brand(const uint8_t *b, size_t n)
{
    static const char BRANDS[][5] = { "heic", "heix", "heim", "heis", "hevc", "hevx",
                                      "mif1", "msf1", "mif2", "avif", "avis" };
    if (n < 12 || memcmp(b + 4, "ftyp", 4) != 0) return false;
    for (size_t k = 0; k < sizeof BRANDS / sizeof *BRANDS; k++)
        if (memcmp(b + 8, BRANDS[k], 4) == 0) return true;
    return false;
}

#endif
