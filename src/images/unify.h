/* SPDX-License-Identifier: Apache-2.0 */
/* images/unify.h - what a reader has read becomes one set of one shape. */
#ifndef AK_IMAGES_UNIFY_H
#define AK_IMAGES_UNIFY_H

#include "images/decode.h"
#include "images/image_set.h"

/* Bring all splits to one shape (opts->size and channels), draw alpha on the background, count and name the
 * classes. opts NULL: the defaults.
 * AKIN_ERR_INPUT when the splits differ in shape or a fourth channel may be no alpha, AKIN_ERR_NOMEM. */
akin_status ak_image_set_unify(akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err);

/* n pixels of four channels become three, in place. false: the fourth is not 255 everywhere, and nobody said
 * that it is alpha. */
bool ak_draw_alpha(uint8_t *pixels, int64_t n, const ak_pixel_rules *rules);

/* Say what was made of the fourth channel. */
void ak_remark_alpha(akin_image_set *ds, const akin_image_set_opts *opts);

#endif
