/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_image.h - a picture by one decoder, whatever its first bytes say. */
#ifndef AK_TESTS_FUZZ_IMAGE_H
#define AK_TESTS_FUZZ_IMAGE_H

#include "fuzz.h"
#include "images/decode.h"

#include <stdlib.h>

/* What a decoder made is of a shape that is allowed, and all of it can be read. */
static inline void fz_see(const ak_decoded_image *p)
{
    FZ_CHECK(p->height >= 1 && p->width >= 1 && p->height <= AK_MAX_PIXELS / p->width);
    FZ_CHECK(p->channels >= 1 && p->channels <= 4 && p->orientation >= 0 && p->orientation <= 8);
    if (!p->pixels) return;
    unsigned sum = 0;
    const size_t n = (size_t)(p->height * p->width * p->channels) * (p->deep ? 2 : 1);
    for (size_t i = 0; i < n; i += i + 64 < n ? 61 : 1) sum += p->pixels[i];
    fz_seen ^= sum;
}

static inline void fz_picture(const ak_codec *codec, const uint8_t *data, size_t n)
{
    akin_error err;
    ak_decoded_image seen = { 0 }, got = { .file_bytes = (int64_t)n };
    akin_status probed = codec->probe(data, n, &seen, &err);
    FZ_CHECK(seen.pixels == NULL);
    if (fz_said(probed, &err)) fz_see(&seen);
    const akin_status decoded = codec->decode(data, n, &got, &err);
    if (fz_said(decoded, &err)) {
        FZ_CHECK(got.pixels != NULL);
        fz_see(&got);
        if (probed == AKIN_OK)
            FZ_CHECK(seen.height == got.height && seen.width == got.width && seen.channels == got.channels &&
                     seen.deep == got.deep);
    }
    free(got.pixels);
}

#endif
