/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_options.h - the flags of the views of images. */
#ifndef AKIN_SRC_AUGMENT_OPTIONS_H
#define AKIN_SRC_AUGMENT_OPTIONS_H

#include "akin/tool/augment.h"
#include "base/base.h"

extern const akin_opt_desc ak_augment_options[]; /* ends with a NULL name */

#endif
