/* SPDX-License-Identifier: Apache-2.0 */
/* images/images_options.h - the table of the options of reading images, and what they mean. */
#ifndef AK_IMAGES_IMAGES_OPTIONS_H
#define AK_IMAGES_IMAGES_OPTIONS_H

#include "akin/tool/images.h"
#include "images/decode.h"

extern const akin_opt_desc ak_images_opt_desc[];

/* "white", "black" or RRGGBB; NULL is white. AKIN_ERR_RANGE for another text. */
akin_status ak_background_read(const char *text, uint8_t rgb[3], akin_error *err);

/* What opts say of samples; bits 0 where the data decide. */
akin_status ak_pixel_rules_of(const akin_image_set_opts *opts, ak_pixel_rules *out, akin_error *err);

/* The background as a person reads it: "white". */
const char *ak_background_name(const akin_image_set_opts *opts);

#endif
