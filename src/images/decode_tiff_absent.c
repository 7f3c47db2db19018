/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_tiff_absent.c - in a build without libtiff: a TIFF is known for what it is, and refused. */
#include "images/decode.h"

static bool matches(const uint8_t *b, size_t n)
{
    const bool little = n >= 8 && b[0] == 'I' && b[1] == 'I' && (b[2] == 42 || b[2] == 43) && b[3] == 0;
    const bool big = n >= 8 && b[0] == 'M' && b[1] == 'M' && b[2] == 0 && (b[3] == 42 || b[3] == 43);
    return little || big;
}

static akin_status refuse(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    (void)bytes, (void)n, (void)out;
    return akin_build_need("TIFF", err);
}

const ak_codec ak_tiff = { "TIFF", matches, refuse, refuse };
