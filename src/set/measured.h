/* SPDX-License-Identifier: Apache-2.0 */
/* set/measured.h - what is measured on the training split before the first step, and belongs to the run from
 * then on: the mean of images, the scale of vectors, the vocabulary of text. Each kind has a struct of its
 * own for it. */
#ifndef AK_SET_MEASURED_H
#define AK_SET_MEASURED_H

#include "akin/tool/tokens.h"
#include "akin/tool/word_vectors.h"
#include "base/base.h"

enum { AK_MAX_CHANNELS = 4 };

/* Images: subtracted from, and dividing, each channel, in units where 255 is 1. A checkpoint keeps it. */
typedef struct ak_pixel_scale {
    float mean[AK_MAX_CHANNELS], std[AK_MAX_CHANNELS];
} ak_pixel_scale;

/* A byte of an image on that scale. */
static inline float ak_pixel_scaled(uint8_t byte, float mean, float std)
{
    return ((float)byte / 255.0f - mean) / std;
}

/* The scale that mean and std tell: a number, or one for each channel with commas between. NULL: as told has
 * it, or, with told NULL, ImageNet's for three channels. file is the network's, for the sentence.
 * AKIN_ERR_ARGUMENT  nobody tells it;  AKIN_ERR_RANGE  no such numbers, or another count than of channels */
akin_status ak_pixel_scale_read(const char *file, const char *mean, const char *std, int64_t channels,
                                const ak_pixel_scale *told, ak_pixel_scale *out, akin_error *err);

/* What the rows are that a net is to read. */
typedef struct ak_row_shape {
    int64_t height, width, channels; /* of rows of numbers; vectors: 1, d, 1 */
    int64_t tokens;                  /* of text: rows of the table of vectors; else 0 */
    int64_t max_words;               /* of text: the most words of an item */
    int64_t dim;                     /* columns of the vectors that were given for them; 0 = none were */
    const akin_word_vectors *words;  /* those vectors while training; NULL = none */
} ak_row_shape;

/* Remarks for a person. */
typedef struct ak_teller {
    void (*say)(const char *line, void *ctx); /* may be NULL */
    void *ctx;
} ak_teller;

void ak_tell(const ak_teller *t, const char *format, ...) AK_PRINTF(2, 3);

/* run/name into path[4096].  AKIN_ERR_IO when it is too long. */
akin_status ak_measured_path(char *path, const char *run, const char *name, akin_error *err);

/* "it does not hold NAME" of a damaged run.json, as AKIN_ERR_FORMAT; out of memory as it is. */
akin_status ak_measured_damaged(const char *path, const akin_error *why, akin_error *err);

#endif
