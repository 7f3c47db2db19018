/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode.h - one picture file in memory to bytes [h,w,c]. A format is a row of ak_codecs: its
 * signature, what its header says, and its pixels. Errors say the reason only; the caller adds the name. */
#ifndef AK_IMAGES_DECODE_H
#define AK_IMAGES_DECODE_H

#include "base/base.h"

enum {
    AK_MAX_FILE_BYTES = 1 << 28,
    AK_MAX_PIXELS = 1 << 26, /* of one image */
    AK_MAX_SCANS = 100,      /* of a progressive JPEG file */
};

typedef struct ak_decoded_image {
    int64_t height, width, channels; /* 1 or 3 */
    uint8_t *pixels;                 /* [h,w,c], owned; NULL after a probe */
} ak_decoded_image;

typedef struct ak_codec {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t n);
    /* Size and channels. With part of a file it may fail where the whole would not. */
    akin_status (*probe)(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err);
    akin_status (*decode)(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err);
} ak_codec;

extern const ak_codec ak_jpeg, ak_png, ak_webp, ak_pnm;
extern const ak_codec *const ak_codecs[]; /* NULL-terminated */

/* Whether a file of this name is a picture, by its ending: .jpg, .png and so on. */
bool ak_is_image_name(const char *name);

/* The codec of these bytes, or NULL with a reason. */
const ak_codec *ak_codec_of(const uint8_t *bytes, size_t n, akin_error *err);

/* AKIN_ERR_FORMAT unless 1 <= h*w <= 2^26. */
akin_status ak_check_pixels(int64_t height, int64_t width, akin_error *err);

/* out->pixels for its size and channels. */
akin_status ak_decoded_image_alloc(ak_decoded_image *out, akin_error *err);

#endif
