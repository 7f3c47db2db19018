/* SPDX-License-Identifier: Apache-2.0 */
/* images/own_images.h - an image set from pixels that a caller gives. */
#ifndef AK_IMAGES_OWN_IMAGES_H
#define AK_IMAGES_OWN_IMAGES_H

#include "akin/data.h"
#include "akin/tool/images.h"

/* As akin_dataset_from_images(); own is as this library knows it. */
akin_status ak_image_set_from_own(const akin_own_images *own, akin_image_set **out, akin_error *err);

#endif
