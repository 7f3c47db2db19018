/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_gif_absent.c - in a build without giflib: a GIF is known for what it is, and refused. */
#include "images/decode.h"

#include <string.h>

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 6 && (memcmp(b, "GIF87a", 6) == 0 || memcmp(b, "GIF89a", 6) == 0);
}

static akin_status refuse(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    (void)bytes, (void)n, (void)out;
    return akin_build_need("GIF", err);
}

const ak_codec ak_gif = { "GIF", matches, refuse, refuse };
