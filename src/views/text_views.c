/* SPDX-License-Identifier: Apache-2.0 */
/* views/text_views.c - random views of a row of word ids: crop, replace, erase. Recipes by name, options by flag.
 *
 * Each part reads a stream of its own within the view's: Philox blocks CROP, REPLACE and ERASE onwards. A stretch of 2^28
 * blocks is more than a row can use, so that parts never meet. Probabilities are compared as 32-bit words against
 * round(p 2^32): exact to 2^-32, 1 is always and 0 never. */
#include "text/text.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>

/* The only list of presets; AKIN_TEXT_VIEW_PRESET_NAMES repeats the names, and a test compares. */
const akin_text_view_preset_desc akin_text_view_presets[] = {
    { "none", "", "the texts as they are", AKIN_TEXT_VIEW_OPTS_INIT },
    { "erase",
      "[NozawaSato2021]",
      "leave out a fifth of the words",
      { sizeof(akin_text_view_opts), 1, 1, 0, 0.2f } },
    { "replace",
      "[NozawaSato2021]",
      "put one of its 5 nearest words for a fifth of the words",
      { sizeof(akin_text_view_opts), 1, 1, 0.2f, 0 } },
    { "crop",
      "",
      "keep a run of a half to all of the words",
      { sizeof(akin_text_view_opts), 0.5f, 1, 0, 0 } },
    { NULL, NULL, NULL, AKIN_TEXT_VIEW_OPTS_INIT },
};

const akin_opt_desc akin_text_view_opt_desc[] = {
    AKIN_TEXT_VIEW_OPT_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Options ----------------------------------------------------------------------------------------------------- */

static float *field(akin_text_view_opts *o, int row)
{
    float *const at[] = { NULL, &o->crop_min, &o->crop_max, &o->replace_prob, &o->erase_prob };
    return at[row];
}

static akin_status find(const char *name, int *row, akin_error *err)
{
    const char *names[sizeof akin_text_view_opt_desc / sizeof *akin_text_view_opt_desc] = { NULL };
    if (!name) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: the option's name must not be NULL");
    for (int i = 0; akin_text_view_opt_desc[i].name; i++) {
        names[i] = akin_text_view_opt_desc[i].name;
        *row = i;
        if (strcmp(names[i], name) == 0) return AKIN_OK;
    }
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: there is no option '%s'%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

akin_status akin_text_view_preset(const char *name, akin_text_view_opts *out, akin_error *err)
{
    if (!name || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: name and out must not be NULL");
    for (const akin_text_view_preset_desc *p = akin_text_view_presets; p->name; p++) {
        if (strcmp(p->name, name) != 0) continue;
        *out = p->opts;
        return AKIN_OK;
    }
    return akin_opt_check(&akin_text_view_opt_desc[0], name, NULL, err); /* says which there are */
}

akin_status akin_text_view_set(akin_text_view_opts *opts, const char *name, const char *text, akin_error *err)
{
    int row = 0;
    double value = 0;
    if (!opts || !text) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: opts and text must not be NULL");
    AK_TRY(find(name, &row, err));
    if (row == 0) return akin_text_view_preset(text, opts, err);
    AK_TRY(akin_opt_check(&akin_text_view_opt_desc[row], text, &value, err));
    *field(opts, row) = (float)value;
    return AKIN_OK;
}

akin_status akin_text_view_get(const akin_text_view_opts *opts, const char *name, double *value,
                               akin_error *err)
{
    int row = 0;
    if (!opts || !value) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: opts and value must not be NULL");
    AK_TRY(find(name, &row, err));
    if (row == 0) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: a preset has no single value");
    akin_text_view_opts copy = *opts;
    *value = (double)*field(&copy, row);
    return AKIN_OK;
}

akin_status akin_text_view_check(const akin_text_view_opts *user, akin_error *err)
{
    if (!user) return ak_fail(err, AKIN_ERR_ARGUMENT, "text view: opts must not be NULL");
    akin_text_view_opts opts = AKIN_TEXT_VIEW_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "text view", err));
    for (int row = 1; akin_text_view_opt_desc[row].name; row++) {
        const akin_opt_desc *d = &akin_text_view_opt_desc[row];
        const float x = *field(&opts, row);
        if (!(x >= (float)d->min && x <= (float)d->max)) /* a NaN fails */
            return ak_fail(err, AKIN_ERR_RANGE, "text view: --%s is %g; it must be between %g and %g",
                           d->name, (double)x, d->min, d->max);
    }
    if (opts.crop_min > opts.crop_max)
        return ak_fail(err, AKIN_ERR_RANGE, "text view: --word-crop-min is %g, above --word-crop-max, %g",
                       (double)opts.crop_min, (double)opts.crop_max);
    return AKIN_OK;
}

/* Views ------------------------------------------------------------------------------------------------------- */

enum { CROP = 0, REPLACE = 1 << 28, ERASE = 2 << 28 };

static ak_rng part(const akin_view_name *name, uint32_t block)
{
    ak_rng r = ak_rng_at(name->seed, AK_RNG_TEXT, name->epoch, name->item, name->view);
    r.counter[0] = block;
    return r;
}

static uint64_t threshold(float p) { return (uint64_t)((double)p * 0x1p32); }

static void crop(const akin_text_view_opts *o, const akin_view_name *name, const int32_t **ids, int64_t *n)
{
    ak_rng r = part(name, CROP);
    const double lo = (double)o->crop_min, share = lo + ((double)o->crop_max - lo) * ak_rng_double(&r);
    int64_t keep = (int64_t)floor(share * (double)*n + 0.5);
    if (keep < 1) keep = 1;
    if (keep > *n) keep = *n;
    *ids += ak_rng_below(&r, (uint32_t)(*n - keep + 1));
    *n = keep;
}

static void replace(const akin_text_view_opts *o, const akin_neighbours *near, const akin_view_name *name,
                    int32_t *ids, int64_t n)
{
    ak_rng r = part(name, REPLACE);
    const uint64_t limit = threshold(o->replace_prob);
    for (int64_t i = 0; i < n; i++) {
        if (ak_rng_u32(&r) >= limit) continue;
        const uint32_t which = ak_rng_below(&r, (uint32_t)near->k);
        if (ids[i] >= 0 && ids[i] < near->words) ids[i] = near->ids[ids[i] * near->k + which];
    }
}

static int64_t erase(const akin_text_view_opts *o, const akin_view_name *name, int32_t *ids, int64_t n)
{
    ak_rng r = part(name, ERASE);
    const uint64_t limit = threshold(o->erase_prob);
    const int32_t spare = ids[ak_rng_below(&r, (uint32_t)n)]; /* stays if nothing else does */
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++)
        if (ak_rng_u32(&r) >= limit) ids[kept++] = ids[i];
    if (kept == 0) ids[kept++] = spare;
    return kept;
}

int64_t akin_text_view(const akin_text_view_opts *o, const akin_neighbours *near, const int32_t *ids,
                       int64_t n, const akin_view_name *name, int32_t *out)
{
    if (n <= 0) return 0;
    if (o->crop_min < 1) crop(o, name, &ids, &n);
    memmove(out, ids, (size_t)n * sizeof *out);
    if (o->replace_prob > 0 && near) replace(o, near, name, out, n);
    if (o->erase_prob > 0) n = erase(o, name, out, n);
    return n;
}
