/* SPDX-License-Identifier: Apache-2.0 */
/* set/images.h - rows from images that belong to no set. */
#ifndef AK_SET_IMAGES_H
#define AK_SET_IMAGES_H

#include "set/kinds.h"

/* The images themselves, or their random views, for a net that was trained with what `measured` says.
 * AKIN_ERR_SHAPE when they are of another size. */
akin_status ak_images_embed_rows(const akin_images *images, void *measured, const ak_data_opts *opts,
                                 ak_row_source *out, akin_error *err);

#endif
