/* SPDX-License-Identifier: Apache-2.0 */
/* views/text_views.h - one view of one text. */
#ifndef AK_VIEWS_TEXT_VIEWS_H
#define AK_VIEWS_TEXT_VIEWS_H

#include "akin/tool/text_views.h"

/* A view of the n word ids of one text, into out with room for n. Returns its length: 1..n, or 0 when n is
 * 0. Ids outside of near (and all of them when near is NULL) are never replaced. Nothing is checked: opts
 * are as akin_text_view_check() passes them. */
int64_t ak_text_view(const akin_text_view_opts *opts, const akin_near_words *near, const int32_t *ids,
                     int64_t n, const akin_view_name *name, int32_t *out);

#endif
