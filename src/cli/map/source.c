/* SPDX-License-Identifier: Apache-2.0 */
/* cli/map/source.c - the rows of a map: a file with what stands beside it, or a run's embeddings. */
#include "cli/map/map.h"
#include "cli/trained.h"

#include "akin/tool/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *item_of_file(int64_t i, void *ctx) { return ((cli_source *)ctx)->table.names[i]; }
static const char *class_of_file(int64_t k, void *ctx)
{
    return akin_labels_class_name(((cli_source *)ctx)->table.labels, k);
}

static const char *item_of_run(int64_t i, void *ctx)
{
    cli_source *s = ctx;
    return akin_dataset_item_name(s->set, s->split, i, s->name, sizeof s->name);
}
static const char *class_of_run(int64_t k, void *ctx)
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
    const akin_status status = cli_table_load(path, plain ? NULL : cli_text(args, "names"), &s->table, err);
    if (status) return status;
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

static akin_status open_run(const cli_args *args, cli_source *s, akin_error *err)
{
    const akin_layer layer = strcmp(s->layer, "projector") == 0 ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE;
    s->part = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
    akin_status status = cli_open_checkpoint(args, s->path, AKIN_MODEL_TRAINED, NULL, &s->model, err);
    if (!status) status = cli_open_set(args, s->model, s->data, &s->set, err);
    if (!status) status = akin_dataset_split(s->set, s->split, AKIN_TARGET_AUTO, &s->part, err);
    if (status) return status;
    const int64_t n = s->part.n, d = akin_model_width(s->model, layer);
    s->memory = malloc((size_t)n * (size_t)d * sizeof *s->memory);
    if (!s->memory) return cli_no_memory(err, n, "embeddings");
    s->rows = (akin_cmat){ s->memory, n, d, d };
    s->named = (cli_named){
        .n = n, .item = item_of_run, .labels = s->part.labels, .class_name = class_of_run, .ctx = s
    };
    if (s->part.labels) s->named.classes = named_classes(&s->named, s->part.classes);
    if (s->named.classes < s->part.classes) s->named.classes = 0;
    return cli_embed_split(s->model, s->set, s->split, layer, (akin_mat){ s->memory, n, d, d }, err);
}

akin_status cli_source_open(const cli_args *args, const char *path, const char *data, const char *layer,
                            const char *split, bool plain, cli_source *out, akin_error *err)
{
    char record[4096];
    akin_path_kind there;
    memset(out, 0, sizeof *out);
    out->path = path;
    out->data = data;
    snprintf(out->layer, sizeof out->layer, "%s", layer);
    snprintf(out->split, sizeof out->split, "%s", split);
    snprintf(record, sizeof record, "%s/run.json", path);
    akin_status status = akin_path_look(record, &there, NULL, err);
    if (status) return status;
    out->run = there != AKIN_PATH_NONE;
    if (!out->run && data)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "'%s' is no run folder, so '%s' cannot be embedded",
                             path, data);
    status = out->run ? open_run(args, out, err) : open_file(args, path, plain, out, err);
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
