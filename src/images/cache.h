/* SPDX-License-Identifier: Apache-2.0 */
/* images/cache.h - images in memory and images on disk behind one function. */
#ifndef AK_IMAGES_CACHE_H
#define AK_IMAGES_CACHE_H

#include "images/image_set.h"

/* For a split with a reader: allocate s->pixels for as many images as the cache still allows, and set
 * s->cached. Where not all images fit, allocate s->hash too.  AKIN_ERR_NOMEM. */
akin_status ak_split_cache(akin_image_set *ds, ak_image_split *s, akin_error *err);

/* Copy image `item` to out: from the cache, or read once more and compared with its hash.  AKIN_ERR_INPUT or
 * AKIN_ERR_FORMAT when the file is gone, damaged or has changed since the set was opened. */
akin_status ak_split_fetch(const ak_image_split *s, int64_t item, uint8_t *out, akin_error *err);

/* AKIN_ERR_UNSUPPORTED when images are on disk, which `what` ("mix") cannot work with. */
akin_status ak_image_set_all_cached(const akin_image_set *ds, const char *what, akin_error *err);

/* [n of the split] a hash of the pixels of each image. */
void ak_image_set_hashes(const akin_image_set *ds, int split, uint64_t *out);

#endif
