/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_draw.h - options made ready, and what chance decides about a view. */
#ifndef AK_VIEWS_AUGMENT_DRAW_H
#define AK_VIEWS_AUGMENT_DRAW_H

#include "akin/tool/augment.h"

/* Options made ready for drawing. */
typedef struct ak_augment_plan {
    akin_augment_opts opts;
    int32_t height, width, channels; /* of the images */
    int32_t view_height, view_width;
    double log2_ratio_min, log2_ratio_span;
} ak_augment_plan;

akin_status ak_augment_plan_make(const akin_augment_opts *user, int64_t height, int64_t width,
                                 int64_t channels, ak_augment_plan *out, akin_error *err);
void ak_augment_plan_draw(const ak_augment_plan *plan, const akin_view_name *name, akin_augment_params *out);

#endif
