/* SPDX-License-Identifier: Apache-2.0 */
/* set/vectors.c - the row of feature vectors in the list of the kinds of data. */
#include "set/kinds.h"

#include <stdio.h>
#include <string.h>

static bool has_name(const char *base)
{
    (void)base;
    return false;
}

/* An array [n,d], or a table of numbers. */
static bool has_bytes(ak_glimpse *g)
{
    const int dimensions = ak_glimpse_npy_dimensions(g);
    if (dimensions >= 0) return dimensions == 2;
    return ak_glimpse_is_text(g) && ak_glimpse_is_numbers(g);
}

/* Options --------------------------------------------------------------------------------------------------- */

static akin_status set_open(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_vectors_set(opts, name, text, err);
}

static akin_status set_views(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_vector_view_set(opts, name, text, err);
}

static akin_status read_options(const ak_option_reader *from, ak_data_opts *to, akin_error *err)
{
    ak_vector_opts *o = &to->of.vectors;
    const char *format = ak_option_value(from, "format"), *views = ak_option_value(from, "vector-views");
    o->open = (akin_vectors_opts)AKIN_VECTORS_OPTS_INIT;
    o->views = (akin_vector_view_opts)AKIN_VECTOR_VIEW_OPTS_INIT;
    AK_TRY(ak_option_table_read(from, akin_vectors_opt_desc, set_open, &o->open, err));
    if (format) o->open.format = format;
    if (ak_option_is(from, "format", "vectors")) o->open.format = "auto";
    if (ak_option_is(from, "format", "tsv")) o->open.format = "csv";
    o->open.seed = from->seed;
    if (views) AK_TRY(akin_vector_view_preset(views, &o->views, err));
    AK_TRY(ak_option_preset_read(from, akin_vector_view_opt_desc, set_views, &o->views, err));
    return akin_vector_view_check(&o->views, err);
}

/* An open set ----------------------------------------------------------------------------------------------- */

static akin_status open_set(const char *path, const ak_data_opts *opts, void **out, akin_error *err)
{
    akin_vectors_opts o = opts->of.vectors.open;
    akin_vector_set *set = NULL;
    o.keep = opts->keep;
    AK_TRY(akin_vectors_open(path, &o, &set, err));
    *out = set;
    return AKIN_OK;
}

static void free_set(void *set) { akin_vectors_free(set); }
static int splits(const void *set) { return akin_vectors_splits(set); }
static const char *split_name(const void *set, int split) { return akin_vectors_split_name(set, split); }

static akin_status split(const void *set, const char *name, akin_split_view *out, akin_error *err)
{
    akin_vectors v;
    AK_TRY(akin_vectors_split(set, name, &v, err));
    out->n = v.n;
    out->labels = v.labels;
    out->classes = v.classes;
    out->groups = v.groups;
    out->group_count = v.groups ? v.group_count : 0;
    return AKIN_OK;
}

static const char *set_name(const void *set) { return akin_vectors_name(set); }
static const char *format(const void *set) { return akin_vectors_format(set); }
static const char *fingerprint(const void *set) { return akin_vectors_fingerprint(set); }

/* Rows of a subset are named by their places in the whole. */
static const char *item_name(const void *set, const char *split, int64_t i, char *buf, size_t size)
{
    akin_vectors v;
    buf[0] = 0;
    if (akin_vectors_split(set, split, &v, NULL) || i < 0 || i >= v.n) return buf;
    snprintf(buf, size, "%s/%lld", split, (long long)(v.origin ? v.origin[i] : i));
    return buf;
}

static const char *class_name(const void *set, int64_t k) { return akin_vectors_class_name(set, k); }
static const char *whole(const void *set, int64_t *items) { return akin_vectors_whole(set, items); }

static const char *group_name(const void *set, int64_t g)
{
    (void)set;
    (void)g;
    return NULL; /* groups are numbered */
}

/* The row --------------------------------------------------------------------------------------------------- */

static const char *const formats[] = { "vectors", "libsvm", NULL };
static const akin_opt_desc *const options[] = { akin_vectors_opt_desc, akin_vector_view_opt_desc, NULL };
static const char *const also[] = { "micro-batch", "momentum-encoder", "queue", NULL };

const ak_kind ak_kind_vectors = {
    .id = AKIN_DATA_VECTORS,
    .name = "vectors",
    .unit = "vectors",
    .encoder = "mlp",
    .has_name = has_name,
    .has_bytes = has_bytes,
    .only_train = true,
    .formats = formats,
    .options = options,
    .also = also,
    .read_options = read_options,
    .open = open_set,
    .free = free_set,
    .splits = splits,
    .split_name = split_name,
    .split = split,
    .set_name = set_name,
    .format = format,
    .fingerprint = fingerprint,
    .item_name = item_name,
    .class_name = class_name,
    .group_name = group_name,
    .whole = whole,
};
