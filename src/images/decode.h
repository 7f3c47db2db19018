/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode.h - one picture file in memory to bytes [h,w,c]. A format is a row of ak_codecs: its
 * signature, what its header says, and its samples as the file has them. What all formats share comes after
 * it, in finish.c: 16 bits become 8, alpha is drawn on a background, the picture is turned as its orientation
 * says. Errors say the reason only; the caller adds the name. */
#ifndef AK_IMAGES_DECODE_H
#define AK_IMAGES_DECODE_H

#include "base/base.h"

enum {
    AK_MAX_FILE_BYTES = 1 << 28,
    AK_MAX_PIXELS = 1 << 26, /* of one image */
    AK_MAX_SCANS = 100,      /* of a progressive JPEG file */
    /* Samples of one image: so many bytes from any file, and beyond them so many times its own. */
    AK_SAMPLES_FREE = 1 << 26,
    AK_SAMPLES_TIMES = 1000,
};

typedef struct ak_decoded_image {
    int64_t height, width;
    int64_t file_bytes; /* what it is read from; 0 = not known */
    int64_t channels;   /* 1 grey, 2 grey and alpha, 3 colours, 4 colours and alpha; when finished 1 or 3 */
    uint8_t *pixels;    /* [h,w,c], owned; NULL after a probe. deep: uint16_t, when finished bytes */
    bool deep;          /* 16 bits, and nothing says which value is white */
    bool inverted;      /* of a deep picture: 0 is white */
    bool multiplied;    /* the colours are multiplied by alpha already */
    bool whole_alpha;   /* alpha of 0 everywhere means that there is none */
    bool unsure;        /* nothing says that the last channel is alpha */
    int orientation;    /* 1 to 8 as in EXIF; 0 = 1 */
    int64_t frames;     /* more than 1: this is the first; 0 = 1 */
    /* When finished. */
    bool transparent; /* some alpha was below full */
    bool turned;
    bool unturned; /* an orientation was found too late to be followed */
} ak_decoded_image;

/* How samples become bytes. */
typedef struct ak_pixel_rules {
    uint8_t background[3]; /* what is seen through transparent pixels */
    bool given;            /* by the user: then a last channel that may be alpha is */
    int bits;              /* the white of 16-bit samples is 2^bits - 1; 0 = 16 */
} ak_pixel_rules;

/* Whether a failure is no fault of the file: memory, this build, options that do not fit (AKIN_ERR_SHAPE).
 * Then the file is never left out as a bad one: which pictures a set has must not depend on that. */
static inline bool ak_file_is_innocent(akin_status s)
{
    return s == AKIN_ERR_NOMEM || s == AKIN_ERR_UNSUPPORTED || s == AKIN_ERR_SHAPE;
}

typedef struct ak_codec {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t n);
    /* All but the pixels. With part of a file it may fail where the whole would not. *out was zeroed. */
    akin_status (*probe)(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err);
    /* errno was zeroed before both: ENOMEM afterwards is that memory lacked, whatever the library said. */
    akin_status (*decode)(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err);
} ak_codec;

extern const ak_codec ak_jpeg, ak_png, ak_webp, ak_pnm, ak_gif, ak_tiff, ak_bmp, ak_heif;
extern const ak_codec *const ak_codecs[]; /* NULL-terminated */

/* The kinds of files, for sentences: "JPEG, PNG, ... or BMP". */
#define AK_PICTURE_KINDS "JPEG, PNG, WebP, GIF, TIFF, BMP, HEIF, AVIF, PPM or PGM"

/* Whether a file of this name is a picture, by its ending: .jpg, .png and so on. */
bool ak_is_image_name(const char *name);

/* The codec of these bytes, or NULL with a reason. */
const ak_codec *ak_codec_of(const uint8_t *bytes, size_t n, akin_error *err);

/* Read and finish a picture; its codec's name stands before the reason of a failure. On failure out->pixels
 * is NULL. rules NULL: white, 16 bits. */
akin_status ak_picture_probe(const uint8_t *bytes, size_t n, const ak_pixel_rules *rules,
                             ak_decoded_image *out, akin_error *err);
akin_status ak_picture_decode(const uint8_t *bytes, size_t n, const ak_pixel_rules *rules,
                              ak_decoded_image *out, akin_error *err);
/* The largest 16-bit colour sample of a deep picture. */
akin_status ak_picture_largest(const uint8_t *bytes, size_t n, uint32_t *largest, akin_error *err);

/* For codecs -------------------------------------------------------------------------------------------- */

/* AKIN_ERR_FORMAT unless 1 <= h*w <= 2^26. */
akin_status ak_check_pixels(int64_t height, int64_t width, akin_error *err);

/* AKIN_ERR_FORMAT when so many samples are not to be expected of so small a file. */
akin_status ak_check_samples(const ak_decoded_image *p, akin_error *err);
/* The same, and then out->pixels for its size, channels and depth. */
akin_status ak_decoded_image_alloc(ak_decoded_image *out, akin_error *err);

/* The largest colour sample of a deep picture. */
uint32_t ak_largest_sample(const ak_decoded_image *p);

/* What codecs leave becomes bytes of 1 or 3 channels, upright.  AKIN_ERR_SHAPE when a 16-bit sample is above
 * white, AKIN_ERR_FORMAT when the last channel may be no alpha, AKIN_ERR_NOMEM; then the pixels are freed. */
akin_status ak_finish_picture(ak_decoded_image *p, const ak_pixel_rules *rules, akin_error *err);
/* The shape that it will have. */
void ak_finish_shape(ak_decoded_image *p, const ak_pixel_rules *rules);

/* Straight alpha: colour over background, each 0 to 255. */
static inline uint8_t ak_over(uint32_t colour, uint32_t alpha, uint32_t background)
{
    return (uint8_t)((alpha * colour + (255 - alpha) * background + 127) / 255);
}

/* What is said of a fourth channel that nobody calls alpha. */
#define AK_UNSURE_ALPHA                                                                                      \
    "the last channel is not full everywhere, and nothing says that it is alpha: --background white takes "  \
    "it "                                                                                                    \
    "for alpha; if it is none (infrared, depth), save the three channels that are wanted"

/* The orientation, 1 to 8, that n bytes of EXIF ask for; 1 where they are damaged or say nothing. */
int ak_exif_orientation(const uint8_t *exif, size_t n);

#endif
