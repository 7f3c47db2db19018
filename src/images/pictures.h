/* SPDX-License-Identifier: Apache-2.0 */
/* images/pictures.h - a list of pictures becomes splits whose images are read one by one. */
#ifndef AK_IMAGES_PICTURES_H
#define AK_IMAGES_PICTURES_H

#include "images/list_folder.h"

/* Read the headers of all pictures of the list, whose bytes ds->from gives, and make the splits. What is left
 * in ds on failure is freed by the caller; the names of the list become those of ds. */
akin_status ak_pictures_read(akin_image_set *ds, ak_folder_list *list, const akin_image_set_opts *opts,
                             akin_error *err);

#endif
