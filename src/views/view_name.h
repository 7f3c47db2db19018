/* SPDX-License-Identifier: Apache-2.0 */
/* views/view_name.h - a caller's name of a view, checked. */
#ifndef AK_VIEWS_VIEW_NAME_H
#define AK_VIEWS_VIEW_NAME_H

#include "akin/tool/view_name.h"

/* who begins the sentence of an error.  AKIN_ERR_ARGUMENT (NULL, no struct_size), AKIN_ERR_RANGE (item,
 * view). */
akin_status ak_view_name_check(const akin_view_name *name, const char *who, akin_error *err);

#endif
