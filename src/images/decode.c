/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode.c - the list of picture formats, and what they share. The format is told by the first bytes,
 * not by the name: a PNG that is called .jpg is read. */
#include "images/decode.h"

#include "base/plain.h"

#include <string.h>

const ak_codec *const ak_codecs[] = { &ak_jpeg, &ak_png,  &ak_webp, &ak_gif, &ak_tiff,
                                      &ak_bmp,  &ak_heif, &ak_pnm,  NULL };

bool ak_is_image_name(const char *name)
{
    static const char *const ENDINGS[] = { "jpg",  "jpeg", "jpe",  "jfif", "png", "webp",
                                           "gif",  "tif",  "tiff", "bmp",  "dib", "heic",
                                           "heif", "avif", "ppm",  "pgm",  "pnm" };
    const char *dot = strrchr(name, '.');
    char lower[8] = "";
    if (!dot || name[0] == '.' || strlen(dot + 1) >= sizeof lower) return false;
    for (size_t i = 0; dot[1 + i]; i++) lower[i] = ak_tolower(dot[1 + i]);
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++)
        if (strcmp(lower, ENDINGS[i]) == 0) return true;
    return false;
}

const ak_codec *ak_codec_of(const uint8_t *bytes, size_t n, akin_error *err)
{
    for (int k = 0; ak_codecs[k]; k++)
        if (ak_codecs[k]->matches(bytes, n)) return ak_codecs[k];
    if (n == 0)
        ak_fail(err, AKIN_ERR_FORMAT, "the file is empty");
    else if (n < 4)
        ak_fail(err, AKIN_ERR_FORMAT, "no " AK_PICTURE_KINDS ": it is %lld byte%s long", (long long)n,
                n > 1 ? "s" : "");
    else
        ak_fail(err, AKIN_ERR_FORMAT, "no " AK_PICTURE_KINDS ": it begins with %02x %02x %02x %02x", bytes[0],
                bytes[1], bytes[2], bytes[3]);
    return NULL;
}

akin_status ak_check_pixels(int64_t height, int64_t width, akin_error *err)
{
    if (height > 0 && width > 0 && height <= AK_MAX_PIXELS / width) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "its header says %lldx%lld pixels; akin reads 1 to %d",
                   (long long)height, (long long)width, AK_MAX_PIXELS);
}

static int64_t samples(const ak_decoded_image *p)
{
    return p->height * p->width * p->channels * (p->deep ? 2 : 1);
}

akin_status ak_check_samples(const ak_decoded_image *p, akin_error *err)
{
    const int64_t bytes = samples(p);
    if (!p->file_bytes || bytes <= AK_SAMPLES_FREE || bytes / AK_SAMPLES_TIMES <= p->file_bytes)
        return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_FORMAT,
        "its header says %lldx%lld pixels, %lld bytes, over %d times the %lld of the file: damaged, "
        "or made to fill memory; if it is neither, save it uncompressed",
        (long long)p->height, (long long)p->width, (long long)bytes, AK_SAMPLES_TIMES,
        (long long)p->file_bytes);
}

akin_status ak_decoded_image_alloc(ak_decoded_image *out, akin_error *err)
{
    AK_TRY(ak_check_samples(out, err));
    out->pixels = malloc((size_t)samples(out));
    if (out->pixels) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lldx%lldx%lld bytes", (long long)out->height,
                   (long long)out->width, (long long)out->channels);
}
