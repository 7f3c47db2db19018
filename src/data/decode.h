/* SPDX-License-Identifier: Apache-2.0 */
/* data/decode.h - one picture file in memory to bytes [h,w,c]. A format is a row of akin_codecs: its signature, what
 * its header says, and its pixels. Errors say the reason only; the caller adds the name. */
#ifndef AKIN_SRC_DECODE_H
#define AKIN_SRC_DECODE_H

#include "base/base.h"

enum { AKIN_MAX_FILE_BYTES = 1 << 28, AKIN_MAX_SCANS = 100 };

typedef struct akin_picture {
    int64_t height, width, channels; /* 1 or 3 */
    uint8_t *pixels;                 /* [h,w,c], owned; NULL after a probe */
} akin_picture;

typedef struct akin_codec {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t n);
    /* Size and channels. With part of a file it may fail where the whole would not. */
    akin_status (*probe)(const uint8_t *bytes, size_t n, akin_picture *out, akin_error *err);
    akin_status (*decode)(const uint8_t *bytes, size_t n, akin_picture *out, akin_error *err);
} akin_codec;

extern const akin_codec akin_jpeg, akin_png, akin_webp, akin_pnm;
extern const akin_codec *const akin_codecs[]; /* NULL-terminated */

/* The codec of these bytes, or NULL with a reason. */
const akin_codec *akin_codec_of(const uint8_t *bytes, size_t n, akin_error *err);

/* AKIN_ERR_FORMAT unless 1 <= h*w <= 2^26. */
akin_status akin_check_pixels(int64_t height, int64_t width, akin_error *err);

/* out->pixels for its size and channels. */
akin_status akin_picture_alloc(akin_picture *out, akin_error *err);

#endif
