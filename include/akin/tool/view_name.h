/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/view_name.h - which random view of which item is meant.
 *
 * A view (of an image, a row of numbers or a text) is a function of the item, the options and this name,
 * and of nothing else: not of threads, and not of the views made before it. Two names that differ anywhere
 * give independent views.
 */
#ifndef AKIN_TOOL_VIEW_NAME_H
#define AKIN_TOOL_VIEW_NAME_H

#include "akin/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start from AKIN_VIEW_NAME_INIT. */
typedef struct akin_view_name {
    uint32_t struct_size;
    uint32_t epoch;
    uint64_t seed;
    uint64_t item; /* < 2^48 */
    uint32_t view; /* < 256 */
} akin_view_name;

#define AKIN_VIEW_NAME_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_view_name)                                                                \
    }

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_VIEW_NAME_H */
