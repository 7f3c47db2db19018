/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_heif_absent.c - in a build without libheif: HEIF and AVIF are known for what they are, and
 * refused. */
#include "images/decode.h"
#include "images/heif_brand.h"

static akin_status refuse(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    (void)bytes, (void)n, (void)out;
    return akin_build_need("HEIF", err);
}

const ak_codec ak_heif = { "HEIF", ak_heif_brand, refuse, refuse };
