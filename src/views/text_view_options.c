/* SPDX-License-Identifier: Apache-2.0 */
/* views/text_view_options.c - views of text: presets by name, and options by flag. */
#include "akin/tool/text_views.h"

#include "views/preset_options.h"
#include "views/view_options.h"

#include <string.h>

#define OPTS(...)                                                                                            \
    &(const akin_text_view_opts) { .struct_size = sizeof(akin_text_view_opts), __VA_ARGS__ }

/* The only list of presets; AKIN_TEXT_VIEW_PRESET_NAMES repeats the names for the help, and a test
 * compares. */
static const ak_text_view_preset PRESETS[] = {
    { "none", "", "the texts as they are", OPTS(.crop_min = 1, .crop_max = 1) },
    { "erase", "[NozawaSato2021]", "leave out a fifth of the words",
      OPTS(.crop_min = 1, .crop_max = 1, .erase_prob = 0.2f) },
    { "replace", "[NozawaSato2021]", "put one of its 5 nearest words for a fifth of the words",
      OPTS(.crop_min = 1, .crop_max = 1, .replace_prob = 0.2f) },
    { "crop", "", "keep a run of a half to all of the words", OPTS(.crop_min = 0.5f, .crop_max = 1) },
};
enum { PRESET_COUNT = sizeof PRESETS / sizeof *PRESETS };

/* One flag per option; a flag that is not given leaves what the preset says. */
/* clang-format off */
const akin_opt_desc ak_text_view_opt_desc[] = {
    { "text-view", AKIN_OPT_CHOICE, "none", AKIN_TEXT_VIEW_PRESET_NAMES, 0, 0,
      "recipe of the views of text; other options change single parts of it" },
    { "word-crop-min", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1,
      "shortest run of words, as a share of the text" },
    { "word-crop-max", AKIN_OPT_REAL, NULL, "SHARE", 0.001, 1, "longest run; 1 and 1: all words" },
    { "word-replace", AKIN_OPT_REAL, NULL, "P", 0, 1,
      "probability that a word becomes one of its nearest" },
    { "word-erase", AKIN_OPT_REAL, NULL, "P", 0, 1, "probability that a word is left out" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};
/* clang-format on */
enum { OPT_COUNT = sizeof ak_text_view_opt_desc / sizeof *ak_text_view_opt_desc - 1 };

/* Where each row keeps its value, in the same order. */
#define AT(field) offsetof(akin_text_view_opts, field)
static const size_t FIELD[] = { 0, AT(crop_min), AT(crop_max), AT(replace_prob), AT(erase_prob) };
_Static_assert(sizeof FIELD / sizeof *FIELD == OPT_COUNT, "a row without a field");
_Static_assert(sizeof(akin_text_view_opts) <= AK_PRESET_OPTS_BYTES, "options of views have grown");

const ak_text_view_preset *ak_text_view_preset_at(int i)
{
    return i >= 0 && i < PRESET_COUNT ? &PRESETS[i] : NULL;
}

akin_status akin_text_view_preset(const char *name, akin_text_view_opts *out, akin_error *err)
{
    if (!name || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: name and opts must not be NULL");
    for (int i = 0; i < PRESET_COUNT; i++)
        if (strcmp(PRESETS[i].name, name) == 0)
            return ak_result_export(out, PRESETS[i].opts, "text view", err);
    return akin_opt_check(&ak_text_view_opt_desc[0], name, NULL, err); /* says which there are */
}

static akin_status preset(const char *name, void *opts, akin_error *err)
{
    return akin_text_view_preset(name, opts, err);
}

static const akin_text_view_opts DEFAULTS = AKIN_TEXT_VIEW_OPTS_INIT;
static const ak_preset_options TABLE = { .who = "text view",
                                         .rows = ak_text_view_opt_desc,
                                         .field = FIELD,
                                         .defaults = &DEFAULTS,
                                         .bytes = sizeof DEFAULTS,
                                         .preset = preset };

akin_status akin_text_view_set(akin_text_view_opts *opts, const char *name, const char *text, akin_error *err)
{
    return ak_preset_set(&TABLE, opts, name, text, err);
}

akin_status ak_text_view_get(const akin_text_view_opts *opts, const char *name, double *value,
                             akin_error *err)
{
    return ak_preset_get(&TABLE, opts, name, value, err);
}

akin_status akin_text_view_check(const akin_text_view_opts *opts, akin_error *err)
{
    akin_text_view_opts all;
    AK_TRY(ak_preset_check(&TABLE, opts, &all, err));
    if (all.crop_min <= all.crop_max) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "text view: --word-crop-min is %g, above --word-crop-max, %g",
                   (double)all.crop_min, (double)all.crop_max);
}
