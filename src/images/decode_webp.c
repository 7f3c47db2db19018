/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_webp.c - WebP through libwebp: lossy and lossless stills, the first frame of an animation.
 *
 * A file with EXIF says so in its first chunk, VP8X; the EXIF itself stands behind the pixels. */
#include "images/decode.h"

#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

enum { HEAD = 12, CHUNK = 8, HAS_EXIF = 8 };

static bool matches(const uint8_t *b, size_t n)
{
    return n >= HEAD && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0;
}

static size_t length_at(const uint8_t *b)
{
    return b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
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

/* From the chunk EXIF. A part of a file does not reach it and fails, so that the whole is read. */
static akin_status read_orientation(const uint8_t *b, size_t n, ak_decoded_image *out, akin_error *err)
{
    if (n < HEAD + CHUNK + 1 || memcmp(b + HEAD, "VP8X", 4) != 0 || !(b[HEAD + CHUNK] & HAS_EXIF))
        return AKIN_OK;
    size_t at = HEAD;
    while (n - at >= CHUNK) {
        const size_t length = length_at(b + at + 4), room = n - at - CHUNK;
        if (length > room) break;
        if (memcmp(b + at, "EXIF", 4) == 0) {
            out->orientation = ak_exif_orientation(b + at + CHUNK, length);
            return AKIN_OK;
        }
        at += CHUNK + length + (length & 1);
        if (at > n) break;
    }
    if (length_at(b + 4) + CHUNK <= n) return AKIN_OK; /* announced, and not there: the pixels are whole */
    return ak_fail(err, AKIN_ERR_FORMAT, "the file ends early");
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    WebPBitstreamFeatures f;
    const VP8StatusCode code = WebPGetFeatures(bytes, n, &f);
    if (code != VP8_STATUS_OK)
        return ak_fail(err, code == VP8_STATUS_OUT_OF_MEMORY ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s",
                       reason(code));
    *out = (ak_decoded_image){
        .file_bytes = (int64_t)n, .height = f.height, .width = f.width, .channels = f.has_alpha ? 4 : 3
    };
    if (f.has_animation) {
        out->channels = 4; /* frames may be smaller than the canvas */
        out->frames = 2;
    }
    AK_TRY(ak_check_pixels(out->height, out->width, err));
    return read_orientation(bytes, n, out, err);
}

static akin_status first_frame(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    WebPAnimDecoderOptions options;
    AK_TRY(ak_check_samples(out, err));
    if (!WebPAnimDecoderOptionsInit(&options))
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "libwebp has another version than this build");
    options.color_mode = MODE_RGBA;
    const WebPData data = { bytes, n };
    WebPAnimDecoder *animation = WebPAnimDecoderNew(&data, &options);
    WebPAnimInfo info = { .frame_count = 0 };
    uint8_t *canvas = NULL; /* of the decoder */
    int milliseconds = 0;
    bool fine = animation && WebPAnimDecoderGetInfo(animation, &info) && info.canvas_height == out->height &&
                info.canvas_width == out->width && WebPAnimDecoderGetNext(animation, &canvas, &milliseconds);
    akin_status status = fine ? ak_decoded_image_alloc(out, err)
                              : ak_fail(err, AKIN_ERR_FORMAT, "damaged WebP data, or the file ends early");
    if (!status) memcpy(out->pixels, canvas, (size_t)(out->height * out->width * 4));
    out->frames = info.frame_count;
    WebPAnimDecoderDelete(animation);
    return status;
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    AK_TRY(probe(bytes, n, out, err));
    if (out->frames) return first_frame(bytes, n, out, err);
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "libwebp has another version than this build");
    AK_TRY(ak_decoded_image_alloc(out, err));
    config.output.colorspace = out->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = out->pixels;
    config.output.u.RGBA.stride = (int)(out->channels * out->width);
    config.output.u.RGBA.size = (size_t)(out->channels * out->width * out->height);
    const VP8StatusCode code = WebPDecode(bytes, n, &config);
    WebPFreeDecBuffer(&config.output);
    if (code == VP8_STATUS_OK) return AKIN_OK;
    free(out->pixels);
    out->pixels = NULL;
    return ak_fail(err, code == VP8_STATUS_OUT_OF_MEMORY ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s",
                   reason(code == VP8_STATUS_SUSPENDED ? VP8_STATUS_NOT_ENOUGH_DATA : code));
}

const ak_codec ak_webp = { "WebP", matches, probe, decode };
