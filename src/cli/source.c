/* SPDX-License-Identifier: Apache-2.0 */
/* cli/source.c - rows of items: of a file with what stands beside it, of a run, or of data as they are. */
#include "cli/source.h"
#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *item_of_file(int64_t i, void *ctx) { return ((cli_source *)ctx)->table.names[i]; }
static const char *class_of_file(int64_t k, void *ctx)
{
    return akin_labels_class_name(((cli_source *)ctx)->table.labels, k);
}

static const char *item_of_set(int64_t i, void *ctx)
{
    cli_source *s = ctx;
    return akin_dataset_item_name(s->set, s->split, i, s->name, sizeof s->name);
}
static const char *class_of_set(int64_t k, void *ctx)
{
    return akin_dataset_class_name(((cli_source *)ctx)->set, AKIN_TARGET_AUTO, k);
}

/* How many classes, from 0 on, have names. */
static int64_t named_classes(const cli_named *n, int64_t most)
{
    int64_t k = 0;
    while (k < most && n->class_name(k, n->ctx)) k++;
    return k;
}

static akin_status open_file(const cli_args *args, const char *path, bool plain, cli_source *s,
                             akin_error *err)
{
    const akin_status status =
        cli_table_load(path, plain ? NULL : cli_text(args, "names"), false, &s->table, err);
    if (status) return status;
    cli_tell_bytes(args, path);
    const int64_t n = s->table.rows.shape[0], d = s->table.rows.shape[1];
    s->rows = (akin_cmat){ s->table.rows.data, n, d, d };
    s->named = (cli_named){ .n = n, .class_name = class_of_file, .ctx = s };
    if (s->table.names) s->named.item = item_of_file;
    if (s->table.labels) s->named.labels = akin_labels_values(s->table.labels);
    int32_t most = -1;
    for (int64_t i = 0; s->named.labels && i < n; i++)
        if (s->named.labels[i] > most) most = s->named.labels[i];
    if (s->named.labels) s->named.classes = named_classes(&s->named, (int64_t)most + 1);
    if (s->named.classes <= most) s->named.classes = 0;
    return AKIN_OK;
}

static void name_items(cli_source *s)
{
    s->named = (cli_named){
        .n = s->part.n, .item = item_of_set, .labels = s->part.labels, .class_name = class_of_set, .ctx = s
    };
    if (s->part.labels) s->named.classes = named_classes(&s->named, s->part.classes);
    if (s->named.classes < s->part.classes) s->named.classes = 0;
}

static akin_status take_rows(cli_source *s, int64_t d, const char *what, akin_error *err)
{
    const int64_t n = s->part.n, available = akin_memory_available();
    const double bytes = (double)n * (double)d * sizeof *s->memory;
    if (available >= 0 && bytes > 0.5 * (double)available)
        return cli_set_error(
            err, AKIN_ERR_NOMEM,
            "%lld %s take %.1f GiB, more than half of the memory there is; a run embeds them "
            "in fewer columns, and --size makes images smaller",
            (long long)n, what, bytes * 0x1p-30);
    s->memory = malloc((size_t)n * (size_t)d * sizeof *s->memory);
    if (!s->memory) return cli_no_memory(err, n, what);
    s->rows = (akin_cmat){ s->memory, n, d, d };
    return AKIN_OK;
}

static akin_mat rows_of(const cli_source *s)
{
    return (akin_mat){ s->memory, s->rows.rows, s->rows.cols, s->rows.stride };
}

static akin_layer layer_of(const cli_source *s)
{
    return strcmp(s->layer, "projector") == 0 ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE;
}

/* decided: s->form says what becomes of the rows. */
static akin_status open_run(const cli_args *args, bool decided, cli_source *s, akin_error *err)
{
    const akin_layer layer = layer_of(s);
    s->part = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
    s->feature = s->layer;
    akin_whitening *by = NULL;
    akin_status status = cli_open_shared(args, s->path, AKIN_MODEL_TRAINED, NULL, &s->model, err);
    if (!status && !decided) status = cli_form_of(args, s->model, layer, &s->form, err);
    if (!status &&
        s->form) /* read as the run has read it: so before options of reading are those of `data` */
        status = cli_fit_form(args, s->model, layer, s->form, !s->data, &by, err);
    if (!status) status = cli_open_set(args, s->model, s->data, &s->set, err);
    if (!status) status = akin_dataset_split(s->set, s->split, AKIN_TARGET_AUTO, &s->part, err);
    if (!status) status = take_rows(s, akin_model_width(s->model, layer), "embeddings", err);
    status = cli_ranks_alike(status, s->model, s->set, err);
    if (!status) name_items(s);
    if (!status) status = cli_embed_split(s->model, s->set, s->split, layer, rows_of(s), err);
    if (!status) status = cli_whiten_rows(by, rows_of(s), err);
    akin_whitening_free(by);
    return status;
}

/* Data ----------------------------------------------------------------------------------------------- */

static const akin_opt_desc RAW_OPTIONS[] = { CLI_RAW_OPTIONS,
                                             { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };

/* An option of data that was given with what has none; NULL: none was. */
static const char *of_data(const cli_args *args)
{
    for (const akin_opt_desc *o = RAW_OPTIONS; o->name; o++)
        if (cli_given(args, o->name)) return o->name;
    return NULL;
}

enum { MOST_OPTIONS = 64 };

/* The options of the verb that this kind of data reads, as names and values in turn. */
static akin_status list_options(const cli_args *args, const char *path, akin_data_kind kind,
                                const char *list[2 * MOST_OPTIONS + 1], akin_error *err)
{
    const akin_opt_desc *o;
    int n = 0;
    for (int r = 0; (o = cli_option(args->verb, r)) != NULL && n < MOST_OPTIONS; r++) {
        if (!cli_given(args, o->name) || strcmp(o->name, "seed") == 0) continue;
        if (akin_data_kind_reads_option(kind, o->name)) {
            list[2 * n] = o->name;
            list[2 * n++ + 1] = o->type == AKIN_OPT_FLAG ? "" : cli_text(args, o->name);
            continue;
        }
        bool reading = strcmp(o->name, "layer") == 0;
        for (int i = 0; cli_reading_option(i); i++)
            reading = reading || strcmp(o->name, cli_reading_option(i)) == 0;
        for (const akin_opt_desc *raw = RAW_OPTIONS; raw->name; raw++)
            reading = reading || strcmp(o->name, raw->name) == 0;
        if (reading)
            return cli_set_error(err, AKIN_ERR_ARGUMENT, "--%s means nothing here: '%s' is taken for %s",
                                 o->name, path, akin_data_kind_name(kind));
    }
    list[2 * n] = NULL;
    return AKIN_OK;
}

static akin_status open_set(const cli_args *args, cli_source *s, akin_error *err)
{
    const char *list[2 * MOST_OPTIONS + 1];
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    opts.options = list;
    akin_status status = akin_data_detect_as(s->path, cli_text(args, "format"), &opts.kind, err);
    if (!status) status = list_options(args, s->path, opts.kind, list, err);
    if (!status) status = akin_dataset_open(s->path, &opts, &s->set, err);
    if (status) return status;
    cli_tell_remarks(args, s->set);
    s->part = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
    return akin_dataset_split(s->set, s->split, AKIN_TARGET_AUTO, &s->part, err);
}

static akin_status open_data(const cli_args *args, cli_raw raw, cli_source *s, akin_error *err)
{
    const bool sketch = raw == CLI_RAW_GREY || raw == CLI_RAW_EDGES;
    const akin_sketch form = raw == CLI_RAW_EDGES ? AKIN_SKETCH_EDGES : AKIN_SKETCH_GREY;
    akin_status status = open_set(args, s, err);
    if (status) return status;
    s->feature = sketch ? akin_dataset_sketch_name(s->set, form) : akin_dataset_raw_name(s->set);
    if (!s->feature)
        return cli_set_error(err, AKIN_ERR_UNSUPPORTED,
                             "'%s' holds texts, which are no rows of numbers; name a run that embeds them",
                             s->path);
    const int64_t width = sketch ? akin_dataset_sketch_width(s->set, form) : akin_dataset_raw_width(s->set);
    status = take_rows(s, width, s->feature, err);
    if (!status)
        status = sketch ? akin_dataset_sketch_rows(s->set, s->split, form, rows_of(s), err)
                        : akin_dataset_raw_rows(s->set, s->split, rows_of(s), err);
    name_items(s);
    return status;
}

/* Whitening ------------------------------------------------------------------------------------------- */

/* Rows that no run has made, by themselves. */
static akin_status whiten(cli_source *s, akin_error *err)
{
    const akin_mat rows = { s->memory ? s->memory : s->table.rows.data, s->rows.rows, s->rows.cols,
                            s->rows.stride };
    akin_whitening *whitening = NULL;
    akin_whiten_opts how = AKIN_WHITEN_OPTS_INIT;
    if (s->form == CLI_HYBRID)
        return cli_set_error(err, AKIN_ERR_ARGUMENT,
                             "--form hybrid is for runs of texts, whose words it adds");
    if (s->form == CLI_HALF) how.power = 0.5;
    akin_status status = akin_whitening_fit(s->rows, &how, &whitening, err);
    if (!status) status = cli_whiten_rows(whitening, rows, err);
    akin_whitening_free(whitening);
    return status;
}

/* Whether a path that is no run is data, not a file of embeddings: .npy [n,d] or an archive of such. */
static akin_status is_data(const cli_args *args, const char *path, bool *data, akin_error *err)
{
    akin_data_kind kind;
    const size_t n = strlen(path);
    bool array = false, range = false;
    akin_status status = cli_is_range(path, &range, err);
    *data = false;
    if (status || range) return status;
    status = akin_data_detect_as(path, cli_text(args, "format"), &kind, err);
    if (!status) status = akin_npz_is(path, &array, err);
    array = array || (n > 4 && strcmp(path + n - 4, ".npy") == 0);
    *data = !array || kind == AKIN_DATA_IMAGES || kind == AKIN_DATA_TEXT;
    return status;
}

static akin_status open_any(const cli_args *args, const cli_source_opts *opts, cli_source *out,
                            akin_error *err)
{
    const bool takes = opts->raw != CLI_RAW_REFUSED;
    bool data = false;
    akin_status status = takes && !out->run ? is_data(args, out->path, &data, err) : AKIN_OK;
    if (status) return status;
    if (data) return open_data(args, opts->raw, out, err);
    const char *stray = takes ? of_data(args) : NULL;
    if (stray)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "--%s is for data that no run has embedded; '%s' is %s",
                             stray, out->path, out->run ? "a run" : "a file of embeddings");
    out->feature = "rows";
    akin_path_kind there = AKIN_PATH_NONE;
    if (!out->run) status = akin_path_look(out->path, &there, NULL, err);
    if (!status && there == AKIN_PATH_FOLDER)
        return cli_set_error(
            err, AKIN_ERR_INPUT,
            "'%s' is no run folder: it has no run.json; 'akin train DATA --out RUN' makes one", out->path);
    if (status) return status;
    return out->run ? open_run(args, opts->decided, out, err)
                    : open_file(args, out->path, opts->plain, out, err);
}

akin_status cli_source_open(const cli_args *args, const char *path, const char *data,
                            const cli_source_opts *opts, cli_source *out, akin_error *err)
{
    char record[4096];
    akin_path_kind there;
    memset(out, 0, sizeof *out);
    out->path = path;
    out->data = data;
    snprintf(out->layer, sizeof out->layer, "%s", opts->layer);
    snprintf(out->split, sizeof out->split, "%s", opts->split);
    snprintf(record, sizeof record, "%s/run.json", path);
    akin_status status = akin_path_look(record, &there, NULL, err);
    if (status) return status;
    out->run = there != AKIN_PATH_NONE;
    if (!out->run && data)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "'%s' is no run folder, so '%s' cannot be embedded",
                             path, data);
    if (opts->decided && out->run) out->form = opts->form;
    status = open_any(args, opts, out, err);
    if (!status && !out->run && !opts->decided)
        status = cli_form_of(args, NULL, layer_of(out), &out->form, err);
    if (!status && !out->run && out->form) status = whiten(out, err);
    if (status) cli_source_free(out);
    return status;
}

void cli_source_free(cli_source *s)
{
    cli_table_free(&s->table);
    akin_dataset_free(s->set);
    akin_model_free(s->model);
    free(s->memory);
    memset(s, 0, sizeof *s);
}
