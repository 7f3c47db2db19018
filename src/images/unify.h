/* SPDX-License-Identifier: Apache-2.0 */
/* images/unify.h - what a reader has read becomes one set of one shape. */
#ifndef AK_IMAGES_UNIFY_H
#define AK_IMAGES_UNIFY_H

#include "images/image_set.h"

/* Bring all splits to one shape (size: 0, or the side to scale to), drop alpha, count and name the classes.
 * AKIN_ERR_INPUT when the splits differ in shape, AKIN_ERR_NOMEM. */
akin_status ak_image_set_unify(akin_image_set *ds, int64_t size, akin_error *err);

#endif
