/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/picture.h - one 8-bit picture, and PNG files of it. */
#ifndef AKIN_TOOL_PICTURE_H
#define AKIN_TOOL_PICTURE_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A borrowed picture: rows from the top, pixels from the left, without gaps. Start from AKIN_PICTURE_INIT. */
typedef struct akin_picture {
    uint32_t struct_size;
    int32_t channels; /* 1 (grey), 3 (red, green, blue) or 4 (and alpha) */
    int64_t height, width;
    const uint8_t *pixels; /* [height,width,channels] */
} akin_picture;

#define AKIN_PICTURE_INIT                                                                                    \
    {                                                                                                        \
        .struct_size = sizeof(akin_picture)                                                                  \
    }

/* Write a PNG file, 8 bits a channel; one or three channels.
 * AKIN_ERR_SHAPE (no pixels, more than 2^26 of them, other channels), AKIN_ERR_IO, AKIN_ERR_NOMEM. */
AKIN_API akin_status akin_png_save(const char *path, const akin_picture *picture, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_PICTURE_H */
