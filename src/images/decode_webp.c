/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_webp.c - WebP through libwebp: lossy and lossless stills, to RGB; alpha is dropped. */
#include "images/decode.h"

#include <string.h>
#include <webp/decode.h>

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0;
}

static const char *reason(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends early";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "it uses a feature of WebP that is not supported";
    case VP8_STATUS_OUT_OF_MEMORY: return "no memory for its pixels";
    default: return "damaged WebP data";
    }
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    WebPBitstreamFeatures f;
    const VP8StatusCode code = WebPGetFeatures(bytes, n, &f);
    if (code != VP8_STATUS_OK)
        return ak_fail(err, code == VP8_STATUS_OUT_OF_MEMORY ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s",
                       reason(code));
    if (f.has_animation)
        return ak_fail(err, AKIN_ERR_FORMAT, "it is an animation; only still pictures are read");
    *out = (ak_decoded_image){ .height = f.height, .width = f.width, .channels = 3 };
    return ak_check_pixels(out->height, out->width, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    AK_TRY(probe(bytes, n, out, err));
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "libwebp has another version than this build");
    AK_TRY(ak_decoded_image_alloc(out, err));
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out->pixels;
    config.output.u.RGBA.stride = (int)(3 * out->width);
    config.output.u.RGBA.size = (size_t)(3 * out->width * out->height);
    const VP8StatusCode code = WebPDecode(bytes, n, &config);
    WebPFreeDecBuffer(&config.output);
    if (code == VP8_STATUS_OK) return AKIN_OK;
    free(out->pixels);
    out->pixels = NULL;
    return ak_fail(err, code == VP8_STATUS_OUT_OF_MEMORY ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s",
                   reason(code == VP8_STATUS_SUSPENDED ? VP8_STATUS_NOT_ENOUGH_DATA : code));
}

const ak_codec ak_webp = { "WebP", matches, probe, decode };
