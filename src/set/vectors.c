/* SPDX-License-Identifier: Apache-2.0 */
/* set/vectors.c - the row of feature vectors in the list of the kinds of data. */
#include "set/kinds.h"
#include "set/series.h"
#include "set/summary.h"
#include "set/vector_layout.h"
#include "vectors/vector_set.h"
#include "vectors/vectors_options.h"
#include "views/view_options.h"

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

/* Options -------------------------------------------------------------------------------------- */

static akin_status set_open(void *opts, const char *name, const char *text, akin_error *err)
{
    return akin_vectors_opts_set(opts, name, text, err);
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
    AK_TRY(ak_option_table_read(from, ak_vectors_opt_desc, set_open, &o->open, err));
    if (format) o->open.format = format;
    if (ak_option_value(from, "cache")) o->open.cache = (int64_t)ak_option_number(from, "cache", 0) << 20;
    if (ak_option_is(from, "format", "vectors")) o->open.format = "auto";
    if (ak_option_is(from, "format", "tsv")) o->open.format = "csv";
    o->open.seed = from->seed;
    if (views) AK_TRY(akin_vector_view_preset(views, &o->views, err));
    AK_TRY(ak_option_preset_read(from, ak_vector_view_opt_desc, set_views, &o->views, err));
    return akin_vector_view_check(&o->views, err);
}

/* An open set ---------------------------------------------------------------------------------- */

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
    akin_vectors v = AKIN_VECTORS_INIT;
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
static const char *remark(const void *set, int64_t i) { return akin_vectors_remark(set, i); }

/* Rows of a subset are named by their places in the whole. */
static const char *item_name(const void *set, const char *split, int64_t i, char *buf, size_t size)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    buf[0] = 0;
    if (akin_vectors_split(set, split, &v, NULL) || i < 0 || i >= v.n) return buf;
    snprintf(buf, size, "%s/%lld", split, (long long)(v.origin ? v.origin[i] : i));
    return buf;
}

static const char *class_name(const void *set, int64_t k) { return akin_vectors_class_name(set, k); }
static const char *whole(const void *set, int64_t *items)
{
    if (items) *items = akin_vectors_full_rows(set);
    return akin_vectors_full_fingerprint(set);
}

static const char *group_name(const void *set, int64_t g) { return akin_vectors_group_name(set, g); }

/* By time, where there are times. */
static akin_status relations(const void *set, const char *split, ak_relations *out, akin_error *err)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    AK_TRY(akin_vectors_split(set, split, &v, err));
    out->order = v.order;
    out->piece = v.piece;
    out->pieces = v.pieces;
    out->values = v.values;
    out->value_count = v.value_count;
    return AKIN_OK;
}

/* Of the training split. */
static int64_t resident_bytes(const void *set)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    return akin_vectors_split(set, "train", &v, NULL) || !v.x ? 0 : 4 * v.n * v.d;
}

/* Single items --------------------------------------------------------------------------------- */

static akin_status duplicates(const void *set, const char *name, int64_t n, int64_t *same, akin_error *err)
{
    (void)n;
    akin_duplicates *list = NULL;
    AK_TRY(akin_vectors_duplicates(set, &list, err));
    ak_mark_duplicates(list, ak_split_number(&ak_kind_vectors, set, name), same);
    akin_duplicates_free(list);
    return AKIN_OK;
}

static void hashes(const void *set, int split, uint64_t *out) { ak_vectors_row_hashes(set, split, out); }

/* The columns of a row; of a series those of all steps of an item, as the encoder has them. */
static int64_t raw_width(const void *set)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    const int64_t steps = akin_vectors_split(set, "train", &v, NULL) ? 0 : v.series;
    return akin_vectors_width(set) * (steps ? steps : 1);
}

static akin_status raw_windows(const void *set, const akin_vectors *rows, const int32_t *items, akin_mat out,
                               akin_error *err)
{
    const size_t bytes = ak_series_scratch(rows) + 128;
    void *memory = ak_alloc(1, (int64_t)bytes, 1);
    akin_status status = memory ? AKIN_OK : ak_no_memory(err, "for a window of the raw features");
    const akin_view_name view = AKIN_VIEW_NAME_INIT;
    akin_arena scratch;
    if (!status) akin_arena_init(&scratch, memory, bytes);
    for (int64_t i = 0; i < rows->n && !status; i++)
        status = ak_series_windows(NULL, rows, akin_vectors_scale(set), items + i, 1, &view, &scratch,
                                   ak_row(out, i), err);
    free(memory);
    return status;
}

/* The columns as training scales them. */
static akin_status raw_read(const void *set, const char *name, akin_mat out, akin_error *err)
{
    akin_vectors rows = AKIN_VECTORS_INIT;
    const akin_view_name view = AKIN_VIEW_NAME_INIT;
    AK_TRY(akin_vectors_split(set, name, &rows, err));
    int32_t *items = ak_alloc(sizeof *items, rows.n, 1);
    if (!items) return ak_no_memory(err, "for the raw features");
    for (int64_t i = 0; i < rows.n; i++) items[i] = (int32_t)i;
    const akin_status status =
        rows.series ? raw_windows(set, &rows, items, out, err)
                    : akin_vector_views(NULL, &rows, akin_vectors_scale(set), items, &view, out, err);
    free(items);
    return status;
}

static bool on_disk(const void *set)
{
    akin_vectors v = AKIN_VECTORS_INIT;
    return !akin_vectors_split(set, "train", &v, NULL) && !v.x;
}

static const ak_raw_form raw = {
    .name = "columns", .width = raw_width, .on_disk = on_disk, .read = raw_read
};

/* Measured ------------------------------------------------------------------------------------- */

typedef struct vector_measure {
    akin_vector_scale scale;
    double *values; /* [2,d]: means, then deviations */
    ak_layout layout;
} vector_measure;

static void forget(void *measured)
{
    vector_measure *m = measured;
    if (m) free(m->values);
    if (m) ak_layout_free(&m->layout);
    free(m);
}

static vector_measure *create_measure(int64_t d)
{
    vector_measure *m = calloc(1, sizeof *m);
    if (m) m->values = ak_alloc(sizeof *m->values, 2, d);
    if (!m || !m->values) {
        free(m);
        return NULL;
    }
    m->scale = (akin_vector_scale){ sizeof m->scale, d, m->values, m->values + d };
    return m;
}

static akin_status no_scale(int64_t d, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the scale of %lld columns", (long long)d);
}

static akin_status measure(const void *set, const akin_split_view *train, const ak_data_opts *opts,
                           const ak_teller *tell, void **out, akin_error *err)
{
    (void)train;
    (void)opts;
    (void)tell;
    const akin_vector_scale *scale = akin_vectors_scale(set);
    vector_measure *m = create_measure(scale->d);
    if (!m) return no_scale(scale->d, err);
    memcpy(m->values, scale->mean, (size_t)scale->d * sizeof *m->values);
    memcpy(m->values + scale->d, scale->std, (size_t)scale->d * sizeof *m->values);
    const akin_status status = ak_layout_copy(akin_vectors_layout(set), &m->layout, err);
    if (status)
        forget(m);
    else
        *out = m;
    return status;
}

static akin_status recall(const akin_json *root, const char *path, const char *run, void **out,
                          akin_error *err)
{
    (void)run;
    int64_t d, one;
    akin_error why;
    if (akin_json_read_int(root, "data.height", 1, INT32_MAX, &one, &why) ||
        akin_json_read_int(root, "data.width", 1, INT32_MAX, &d, &why) ||
        akin_json_read_int(root, "data.channels", 1, AK_MAX_CHANNELS, &one, &why))
        return ak_measured_damaged(path, &why, err);
    vector_measure *m = create_measure(d);
    if (!m) return no_scale(d, err);
    if (akin_json_read_reals(root, "data.mean", d, m->values, &why) ||
        akin_json_read_reals(root, "data.std", d, m->values + d, &why) ||
        ak_layout_recall(root, &m->layout, &why)) {
        forget(m);
        return ak_measured_damaged(path, &why, err);
    }
    *out = m;
    return AKIN_OK;
}

static akin_json *numbers(const double *x, int64_t n)
{
    akin_json *list = akin_json_array();
    for (int64_t i = 0; i < n; i++) akin_json_append(list, akin_json_real(x[i]));
    return list;
}

static void describe(const void *measured, int64_t groups, akin_json *data)
{
    (void)groups;
    const akin_vector_scale *s = &((const vector_measure *)measured)->scale;
    akin_json_put(data, "height", akin_json_int(1));
    akin_json_put(data, "width", akin_json_int(s->d));
    akin_json_put(data, "channels", akin_json_int(1));
    akin_json_put(data, "mean", numbers(s->mean, s->d));
    akin_json_put(data, "std", numbers(s->std, s->d));
    ak_layout_describe(&((const vector_measure *)measured)->layout, data);
}

static const akin_vector_scale *column_scale(const void *measured)
{
    return &((const vector_measure *)measured)->scale;
}

static void take_all(ak_data_opts *opts, bool other)
{
    if (other) opts->of.vectors.open.holdout = 0;
}

static void open_alike(const void *measured, ak_data_opts *opts)
{
    const vector_measure *m = measured;
    opts->of.vectors.open.scale = &m->scale;
    if (m->layout.view.columns) opts->of.vectors.open.layout = &m->layout.view;
}

static void open_again(const void *measured, ak_data_opts *opts)
{
    const ak_layout *layout = &((const vector_measure *)measured)->layout;
    if (layout->view.columns) opts->of.vectors.open.layout = &layout->view;
}

/* Rows ----------------------------------------------------------------------------------------- */

static ak_row_shape shape(const void *measured, const ak_data_opts *opts, bool training)
{
    const int64_t d = ((const vector_measure *)measured)->scale.d, steps = opts->of.vectors.open.series;
    (void)training;
    if (steps) return (ak_row_shape){ .height = 1, .width = steps, .channels = d };
    return (ak_row_shape){ .height = 1, .width = d, .channels = 1 };
}

typedef struct vector_source {
    akin_vectors rows;
    akin_vector_scale scale;
    akin_vector_view_opts views;
} vector_source;

static akin_status make_rows(const ak_row_source *s, const int32_t *items, int64_t n,
                             const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                             int64_t *start, akin_error *err)
{
    (void)scratch;
    (void)ids;
    (void)start;
    const akin_view_name none = AKIN_VIEW_NAME_INIT;
    const vector_source *from = s->ctx;
    const akin_mat out = { dense, n, from->rows.d, from->rows.d };
    return akin_vector_views(name ? &from->views : NULL, &from->rows, &from->scale, items,
                             name ? name : &none, out, err);
}

/* Windows of a series. */
static akin_status make_windows(const ak_row_source *s, const int32_t *items, int64_t n,
                                const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                                int64_t *start, akin_error *err)
{
    (void)ids;
    (void)start;
    const vector_source *from = s->ctx;
    const akin_view_name none = AKIN_VIEW_NAME_INIT;
    return ak_series_windows(name ? &from->views : NULL, &from->rows, &from->scale, items, n,
                             name ? name : &none, scratch, dense, err);
}

static akin_status source_of(const akin_vectors *rows, const akin_vector_scale *scale,
                             const ak_data_opts *opts, ak_row_source *out, akin_error *err)
{
    vector_source *from = calloc(1, sizeof *from);
    if (!from) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a source of vectors");
    *from = (vector_source){ *rows, *scale, opts->of.vectors.views };
    *out = (ak_row_source){
        .ctx = from, .release = free, .items = rows->n, .row_floats = rows->d, .make = make_rows
    };
    if (rows->series) {
        out->row_floats = rows->series * rows->d;
        out->scratch_bytes = ak_series_scratch(rows);
        out->make = make_windows;
    }
    return AKIN_OK;
}

static akin_status train_rows(const void *set, const akin_split_view *train, void *measured,
                              const ak_data_opts *opts, ak_row_source *out, akin_error *err)
{
    (void)train;
    akin_vectors rows = AKIN_VECTORS_INIT;
    AK_TRY(akin_vectors_split(set, "train", &rows, err));
    return source_of(&rows, &((vector_measure *)measured)->scale, opts, out, err);
}

static akin_status embed_rows(const void *set, const char *split, void *measured, const ak_data_opts *opts,
                              bool views, ak_row_source *out, akin_error *err)
{
    (void)views;
    akin_vectors rows = AKIN_VECTORS_INIT;
    const akin_vector_scale *scale = &((vector_measure *)measured)->scale;
    AK_TRY(akin_vectors_split(set, split, &rows, err));
    if (rows.d != scale->d)
        return ak_fail(err, AKIN_ERR_SHAPE, "the vectors have %lld columns; the run was trained on %lld",
                       (long long)rows.d, (long long)scale->d);
    return source_of(&rows, scale, opts, out, err);
}

/* The row -------------------------------------------------------------------------------------- */

static const char *const formats[] = { "vectors", "libsvm", NULL };
static const char *const shared_formats[] = { "npy", "csv", "tsv", NULL };
static const akin_opt_desc *const options[] = { ak_vectors_opt_desc, ak_vector_view_opt_desc, NULL };
static const char *const also[] = {
    "cache", "micro-batch", "reproducible", "momentum-encoder", "queue", NULL
};

const ak_kind ak_kind_vectors = {
    .id = AKIN_DATA_VECTORS,
    .name = "vectors",
    .unit = "vectors",
    .encoder = "mlp",
    .series_encoder = "conv1d",
    .has_name = has_name,
    .has_bytes = has_bytes,
    .only_train = true,
    .formats = formats,
    .shared_formats = shared_formats,
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
    .remark = remark,
    .item_name = item_name,
    .class_name = class_name,
    .group_name = group_name,
    .whole = whole,
    .relations = relations,
    .summary = &ak_summary_of_vectors,
    .duplicates = duplicates,
    .hashes = hashes,
    .raw = &raw,
    .resident_bytes = resident_bytes,
    .measure = measure,
    .recall = recall,
    .forget = forget,
    .describe = describe,
    .column_scale = column_scale,
    .open_alike = open_alike,
    .open_again = open_again,
    .take_all = take_all,
    .shape = shape,
    .train_rows = train_rows,
    .embed_rows = embed_rows,
};
