/* SPDX-License-Identifier: Apache-2.0 */
/* views/view_options.h - the options of views of vectors and of text as whole tables, ended by a row
 * without a name. */
#ifndef AKIN_SRC_VIEW_OPTIONS_H
#define AKIN_SRC_VIEW_OPTIONS_H

#include "base/base.h"

extern const akin_opt_desc ak_vector_view_opt_desc[], ak_text_view_opt_desc[];

#endif
