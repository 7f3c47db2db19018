/* SPDX-License-Identifier: Apache-2.0 */
/* views/vectors_view_options.c - views of vectors: recipes by name, and options by flag. */
#include "vectors/vectors.h"

#include <string.h>

#define SIZE sizeof(akin_vector_view_opts)

/* The only list of presets; AKIN_VECTOR_VIEW_PRESET_NAMES repeats the names for the help, and a test compares.
 * Columns: noise, mask probability, what masks, mix probability, least lambda, first view kept. */
const akin_vector_view_preset_desc akin_vector_view_presets[] = {
    { "none", "", "the rows as they are", AKIN_VECTOR_VIEW_OPTS_INIT },
    { "noise", "", "Gaussian noise of half a deviation", { SIZE, 0.5f, 0, 0, 0, 0.5f, 0 } },
    { "mask", "", "a third of the columns becomes the mean", { SIZE, 0, 0.3f, 0, 0, 0.5f, 0 } },
    { "scarf",
      "[Bahri2022]",
      "in the second view, 0.6 of the columns come from other rows",
      { SIZE, 0, 0.6f, 1, 0, 0.5f, 1 } },
    { "mix", "[Verma2021]", "every row with up to half of another one", { SIZE, 0, 0, 0, 1, 0.5f, 0 } },
    { NULL, NULL, NULL, AKIN_VECTOR_VIEW_OPTS_INIT },
};

const akin_opt_desc akin_vector_view_opt_desc[] = {
    AKIN_VECTOR_VIEW_OPT_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Where each row keeps its value, in the same order. REAL is a float, CHOICE an int32_t. */
#define AT(field) offsetof(akin_vector_view_opts, field)
static const size_t FIELD[] = { 0,           AT(noise),     AT(mask_prob), AT(mask_with), AT(mix_prob),
                                AT(mix_min), AT(keep_first) };
_Static_assert(sizeof FIELD / sizeof *FIELD ==
                   sizeof akin_vector_view_opt_desc / sizeof *akin_vector_view_opt_desc - 1,
               "a row without a field");

static double field(const akin_vector_view_opts *opts, int row)
{
    const char *at = (const char *)opts + FIELD[row];
    int32_t whole;
    float real;
    memcpy(&whole, at, sizeof whole);
    memcpy(&real, at, sizeof real);
    return akin_vector_view_opt_desc[row].type == AKIN_OPT_CHOICE ? (double)whole : (double)real;
}

static akin_status find(const char *name, int *row, akin_error *err)
{
    const char *names[sizeof FIELD / sizeof *FIELD + 1] = { NULL };
    if (!name) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: the option's name must not be NULL");
    for (int i = 0; akin_vector_view_opt_desc[i].name; i++) {
        names[i] = akin_vector_view_opt_desc[i].name;
        if (strcmp(names[i], name) == 0) {
            *row = i;
            return AKIN_OK;
        }
    }
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "views: there is no option '%s'%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

akin_status akin_vector_view_preset(const char *name, akin_vector_view_opts *out, akin_error *err)
{
    if (!name || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: name and out must not be NULL");
    for (const akin_vector_view_preset_desc *p = akin_vector_view_presets; p->name; p++) {
        if (strcmp(p->name, name) != 0) continue;
        *out = p->opts;
        return AKIN_OK;
    }
    return akin_opt_check(&akin_vector_view_opt_desc[0], name, NULL, err); /* says which there are */
}

akin_status akin_vector_view_set(akin_vector_view_opts *opts, const char *name, const char *text,
                                 akin_error *err)
{
    int row = 0;
    double value = 0;
    if (!opts || !text) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: opts and text must not be NULL");
    AK_TRY(find(name, &row, err));
    if (row == 0) return akin_vector_view_preset(text, opts, err);
    AK_TRY(akin_opt_check(&akin_vector_view_opt_desc[row], text, &value, err));
    char *at = (char *)opts + FIELD[row];
    const int32_t whole = (int32_t)value;
    const float real = (float)value;
    if (akin_vector_view_opt_desc[row].type == AKIN_OPT_CHOICE)
        memcpy(at, &whole, sizeof whole);
    else
        memcpy(at, &real, sizeof real);
    return AKIN_OK;
}

akin_status akin_vector_view_get(const akin_vector_view_opts *opts, const char *name, double *value,
                                 akin_error *err)
{
    int row = 0;
    if (!opts || !value) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: opts and value must not be NULL");
    AK_TRY(find(name, &row, err));
    if (row == 0) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: a preset has no single value");
    *value = field(opts, row);
    return AKIN_OK;
}

akin_status akin_vector_view_check(const akin_vector_view_opts *user, akin_error *err)
{
    if (!user) return ak_fail(err, AKIN_ERR_ARGUMENT, "views: opts must not be NULL");
    akin_vector_view_opts all = AKIN_VECTOR_VIEW_OPTS_INIT;
    AK_TRY(ak_opts_import(&all, user, "views", err));
    for (int row = 1; akin_vector_view_opt_desc[row].name; row++) {
        const akin_opt_desc *d = &akin_vector_view_opt_desc[row];
        const double x = field(&all, row), most = d->type == AKIN_OPT_CHOICE ? 1 : d->max;
        if (!(x >= d->min && x <= most)) /* a NaN fails */
            return ak_fail(err, AKIN_ERR_RANGE, "views: --%s is %g; it must be between %g and %g", d->name, x,
                           d->min, most);
    }
    return AKIN_OK;
}
