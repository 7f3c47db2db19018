/* SPDX-License-Identifier: Apache-2.0 */
/* set/glance.h - what kind of pictures a set holds, by a few of them. */
#ifndef AK_SET_GLANCE_H
#define AK_SET_GLANCE_H

#include "set/kinds.h"

typedef struct ak_glance {
    int64_t items, height, width, channels; /* items: of train */
    bool grey;                              /* one channel, or three that are equal wherever it was looked */
    /* The share of pixels within an eighth of the way from the darkest to the brightest of their picture, at
     * either end: 0.92 for handwritten digits, 0.96 for letters of a font, 0.63 for clothes, 0.25 for
     * noise. */
    double two_valued;
} ak_glance;

/* Look at up to 256 pictures of the part to train on, spread over it. A set that is not of images has 0
 * items.  AKIN_ERR_NOMEM, and as akin_images_fetch(). */
akin_status ak_glance_at(const akin_dataset *set, ak_glance *out, akin_error *err);

/* Nearly all of a picture is dark or bright: signs, or drawings. */
bool ak_glance_is_drawn(const ak_glance *g);

enum { AK_GLANCE_WHY = 160 };
/* The recipe that `akin train --recipe auto` takes for the set, and what it saw; NULL: none is for its kind.
 * Whether images are of faces, materials or organs cannot be seen by it. */
const char *ak_glance_recipe(const akin_dataset *set, const ak_glance *g, char why[AK_GLANCE_WHY]);

#endif
