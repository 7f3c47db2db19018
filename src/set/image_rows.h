/* SPDX-License-Identifier: Apache-2.0 */
/* set/image_rows.h - sources of rows that are made from images. */
#ifndef AK_SET_IMAGE_ROWS_H
#define AK_SET_IMAGE_ROWS_H

#include "akin/tool/augment.h"
#include "akin/tool/images.h"
#include "set/measured.h"
#include "set/rows.h"

/* Random views, of the size that the options say. scale is borrowed; so are the pixels. */
akin_status ak_image_views_source(const akin_images *images, const akin_augment_opts *opts,
                                  const ak_pixel_scale *scale, ak_row_source *out, akin_error *err);
/* The images themselves, or their random views at the images' own size. */
akin_status ak_images_source(const akin_images *images, const akin_augment_opts *recipe,
                             const ak_pixel_scale *scale, ak_row_source *out, akin_error *err);

/* A few images, each beside its views of epoch 0: bytes [items, 1 + views, height, width, channels], the
 * caller's. */
akin_status ak_sample_views(const akin_images *images, const akin_augment_opts *opts, int64_t height,
                            int64_t width, uint64_t seed, akin_array *out, akin_error *err);

#endif
