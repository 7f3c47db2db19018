/* SPDX-License-Identifier: Apache-2.0 */
/* views/preset_options.h - options of views by flag, where the first flag is a preset that sets all of them.
 *
 * One kind of views is described by a table; its public functions _set(), _get() and _check() are one line
 * each. Options are structs that begin with struct_size; a REAL row is a float in it, INT and CHOICE rows
 * are an int32_t. */
#ifndef AK_VIEWS_PRESET_OPTIONS_H
#define AK_VIEWS_PRESET_OPTIONS_H

#include "base/base.h"

enum { AK_PRESET_OPTS_BYTES = 256 }; /* no options struct is larger */

typedef struct ak_preset_options {
    const char *who;           /* begins the sentences of errors */
    const akin_opt_desc *rows; /* row 0 is the preset */
    const size_t *field;       /* offset of each row's field in the struct; that of row 0 is not read */
    const void *defaults;      /* the struct, as initialised */
    size_t bytes;              /* of the struct */
    akin_status (*preset)(const char *name, void *opts, akin_error *err);
} ak_preset_options;

akin_status ak_preset_set(const ak_preset_options *table, void *opts, const char *name, const char *text,
                          akin_error *err);
akin_status ak_preset_get(const ak_preset_options *table, const void *opts, const char *name, double *value,
                          akin_error *err);
/* The caller's options over the defaults in *all, with every row within its bounds, compared as floats:
 * 0.001f is not 0.001.  AKIN_ERR_ARGUMENT (NULL), AKIN_ERR_RANGE. */
akin_status ak_preset_check(const ak_preset_options *table, const void *opts, void *all, akin_error *err);

#endif
