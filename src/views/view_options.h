/* SPDX-License-Identifier: Apache-2.0 */
/* views/view_options.h - the options of views as whole tables, ended by a row without a name; and their
 * presets, recipes with names. */
#ifndef AK_VIEWS_VIEW_OPTIONS_H
#define AK_VIEWS_VIEW_OPTIONS_H

#include "akin/tool/augment.h"
#include "akin/tool/text_views.h"
#include "akin/tool/vector_views.h"
#include "base/base.h"

extern const akin_opt_desc ak_augment_opt_desc[], ak_vector_view_opt_desc[], ak_text_view_opt_desc[];

typedef struct ak_augment_preset {
    const char *name;  /* --augment NAME */
    const char *paper; /* tag in docs/papers.md; "" where there is none */
    const char *line;  /* one line of help */
    const akin_augment_opts *opts;
} ak_augment_preset;

typedef struct ak_vector_view_preset {
    const char *name;  /* --vector-views NAME */
    const char *paper; /* tag in docs/papers.md; "" where there is none */
    const char *line;  /* one line of help */
    const akin_vector_view_opts *opts;
} ak_vector_view_preset;

typedef struct ak_text_view_preset {
    const char *name;  /* --text-view NAME */
    const char *paper; /* tag in docs/papers.md; "" where there is none */
    const char *line;  /* one line of help */
    const akin_text_view_opts *opts;
} ak_text_view_preset;

/* NULL after the last */
const ak_augment_preset *ak_augment_preset_at(int i);
const ak_vector_view_preset *ak_vector_view_preset_at(int i);
const ak_text_view_preset *ak_text_view_preset_at(int i);

/* Read the option of a flag. A choice has the number of its place in the list, from 0. A preset has no single
 * value to read.  AKIN_ERR_ARGUMENT */
akin_status ak_augment_get(const akin_augment_opts *opts, const char *name, double *value, akin_error *err);
akin_status ak_vector_view_get(const akin_vector_view_opts *opts, const char *name, double *value,
                               akin_error *err);
akin_status ak_text_view_get(const akin_text_view_opts *opts, const char *name, double *value,
                             akin_error *err);

#endif
