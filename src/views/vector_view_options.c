/* SPDX-License-Identifier: Apache-2.0 */
/* views/vector_view_options.c - views of vectors: presets by name, and options by flag. */
#include "akin/tool/vector_views.h"

#include "views/preset_options.h"
#include "views/view_options.h"

#include <string.h>

#define OPTS(...)                                                                                            \
    &(const akin_vector_view_opts) { .struct_size = sizeof(akin_vector_view_opts), __VA_ARGS__ }

/* The only list of presets; AKIN_VECTOR_VIEW_PRESET_NAMES repeats the names for the help, and a test
 * compares. */
static const ak_vector_view_preset PRESETS[] = {
    { "none", "", "the rows as they are", OPTS(.mix_min = 0.5f) },
    { "noise", "", "Gaussian noise of half a deviation", OPTS(.noise = 0.5f, .mix_min = 0.5f) },
    { "mask", "", "a third of the columns becomes the mean", OPTS(.mask_prob = 0.3f, .mix_min = 0.5f) },
    { "scarf", "[Bahri2022]", "in the second view, 0.6 of the columns come from other rows",
      OPTS(.mask_prob = 0.6f, .mask_with = 1, .mix_min = 0.5f, .first_unchanged = 1) },
    { "mix", "[Verma2021]", "every row with up to half of another one",
      OPTS(.mix_prob = 1, .mix_min = 0.5f) },
};
enum { PRESET_COUNT = sizeof PRESETS / sizeof *PRESETS };

/* One flag per option; a flag that is not given leaves what the preset says. */
/* clang-format off */
const akin_opt_desc ak_vector_view_opt_desc[] = {
    { "vector-views", AKIN_OPT_CHOICE, "scarf", AKIN_VECTOR_VIEW_PRESET_NAMES, 0, 0,
      "recipe of the views of vectors; other options change single parts of it" },
    { "noise", AKIN_OPT_REAL, NULL, "SIGMA", 0, 100, "Gaussian noise, in deviations of a column" },
    { "mask-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of masking a column" },
    { "mask-with", AKIN_OPT_CHOICE, NULL, "mean|marginal", 0, 0, "the mean, or another row's value" },
    { "mix-prob", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability of mixing a row with another" },
    { "mix-min", AKIN_OPT_REAL, NULL, "SHARE", 0, 1, "least share of the row itself in a mixture" },
    { "keep-first", AKIN_OPT_CHOICE, NULL, "no|yes", 0, 0, "the first view of a row is the row as it is" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};
/* clang-format on */
enum { OPT_COUNT = sizeof ak_vector_view_opt_desc / sizeof *ak_vector_view_opt_desc - 1 };

/* Where each row keeps its value, in the same order. */
#define AT(field) offsetof(akin_vector_view_opts, field)
static const size_t FIELD[] = { 0,           AT(noise),          AT(mask_prob), AT(mask_with), AT(mix_prob),
                                AT(mix_min), AT(first_unchanged) };
_Static_assert(sizeof FIELD / sizeof *FIELD == OPT_COUNT, "a row without a field");
_Static_assert(sizeof(akin_vector_view_opts) <= AK_PRESET_OPTS_BYTES, "options of views have grown");

const ak_vector_view_preset *ak_vector_view_preset_at(int i)
{
    return i >= 0 && i < PRESET_COUNT ? &PRESETS[i] : NULL;
}

akin_status akin_vector_view_preset(const char *name, akin_vector_view_opts *out, akin_error *err)
{
    if (!name || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: name and opts must not be NULL");
    for (int i = 0; i < PRESET_COUNT; i++)
        if (strcmp(PRESETS[i].name, name) == 0) return ak_result_export(out, PRESETS[i].opts, "views", err);
    return akin_opt_check(&ak_vector_view_opt_desc[0], name, NULL, err); /* says which there are */
}

static akin_status preset(const char *name, void *opts, akin_error *err)
{
    return akin_vector_view_preset(name, opts, err);
}

static const akin_vector_view_opts DEFAULTS = AKIN_VECTOR_VIEW_OPTS_INIT;
static const ak_preset_options TABLE = { .who = "views",
                                         .rows = ak_vector_view_opt_desc,
                                         .field = FIELD,
                                         .defaults = &DEFAULTS,
                                         .bytes = sizeof DEFAULTS,
                                         .preset = preset };

akin_status akin_vector_view_set(akin_vector_view_opts *opts, const char *name, const char *text,
                                 akin_error *err)
{
    return ak_preset_set(&TABLE, opts, name, text, err);
}

akin_status ak_vector_view_get(const akin_vector_view_opts *opts, const char *name, double *value,
                               akin_error *err)
{
    return ak_preset_get(&TABLE, opts, name, value, err);
}

akin_status akin_vector_view_check(const akin_vector_view_opts *opts, akin_error *err)
{
    akin_vector_view_opts all;
    return ak_preset_check(&TABLE, opts, &all, err);
}
