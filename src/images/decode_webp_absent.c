/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_webp_absent.c - in a build without libwebp: a WebP image is known for what it is, and
 * refused. */
#include "images/decode.h"

#include <string.h>

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0;
}

static akin_status refuse(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    (void)bytes, (void)n, (void)out;
    return akin_build_need("WebP", err);
}

const ak_codec ak_webp = { "WebP", matches, refuse, refuse };
