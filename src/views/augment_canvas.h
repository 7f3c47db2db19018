/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_canvas.h - where a view is made: crop, resize, flip, turn and blur. */
#ifndef AK_VIEWS_AUGMENT_CANVAS_H
#define AK_VIEWS_AUGMENT_CANVAS_H

#include "akin/tool/augment.h"
#include "views/augment_ops.h"

enum { AK_AUGMENT_MOST_SIGMA = 40 }; /* of a blur with as many taps as it needs: at most 243 */

/* Where a crop is being made. */
typedef struct ak_augment_canvas {
    int32_t height, width, channels; /* of the view */
    int64_t pixels, plane;           /* height*width, and int16 from plane to plane */
    int16_t *planes;                 /* [channels, plane] */
    int16_t *rows;                   /* resized rows of the crop; then space for blur and luma */
    int64_t rows_stride, rows_plane;
    int16_t *line;
    const int16_t **taps;
    double *share; /* weights of one output */
    uint8_t *buffer;
    ak_augment_axis across, down;
} ak_augment_canvas;

/* What the canvas of these sizes needs; 0 on overflow. max_in: the sides of the largest crop. */
size_t ak_augment_canvas_bytes(int32_t height, int32_t width, int32_t channels, int32_t max_in_height,
                               int32_t max_in_width);
/* false when scratch is too small. */
bool ak_augment_canvas_make(int32_t height, int32_t width, int32_t channels, int32_t max_in_height,
                            int32_t max_in_width, akin_arena *scratch, ak_augment_canvas *out);

/* Crop, resize and flip into the planes. */
void ak_augment_resize(const ak_augment_ops *ops, ak_augment_canvas *c, const uint8_t *image,
                       int64_t image_width, const akin_augment_params *p);
/* Turn the planes by quarters (odd numbers only where they are square), then by degrees of at most 45 either
 * way, both anticlockwise, about the middle. What comes in from outside is reflected. */
void ak_augment_turn(ak_augment_canvas *c, int32_t quarters, double degrees);
/* Gaussian blur of the planes, with size taps; size -1: with those of three boxes, whose spread is sigma. */
void ak_augment_blur(const ak_augment_ops *ops, ak_augment_canvas *c, double sigma, int32_t size);

#endif
