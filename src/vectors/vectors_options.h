/* SPDX-License-Identifier: Apache-2.0 */
/* vectors/vectors_options.h - the options of reading vectors: as a whole table, ended by a row without a
 * name; and their bounds. */
#ifndef AK_VECTORS_VECTORS_OPTIONS_H
#define AK_VECTORS_VECTORS_OPTIONS_H

#include "akin/tool/vectors.h"
#include "base/base.h"

extern const akin_opt_desc ak_vectors_opt_desc[];

akin_status ak_vectors_opts_check(const akin_vectors_opts *opts, akin_error *err);

#endif
