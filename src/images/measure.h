/* SPDX-License-Identifier: Apache-2.0 */
/* images/measure.h - the one pass over all pixels of a set. */
#ifndef AK_IMAGES_MEASURE_H
#define AK_IMAGES_MEASURE_H

#include "images/image_set.h"

/* Read every image once: fill the cache, and set hashes, statistics and fingerprint. opts say whether
 * a bad image of a folder is an error or is left out. opts NULL: the defaults, for a set whose pixels were
 * changed.
 * AKIN_ERR_INPUT, AKIN_ERR_FORMAT, AKIN_ERR_INTERRUPTED, AKIN_ERR_NOMEM. */
akin_status ak_image_set_measure(akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err);

#endif
