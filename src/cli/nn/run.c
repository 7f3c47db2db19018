/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/run.c - akin nn RUN [DATA]: the items of a data set nearest to a line of text, or to one of
 * themselves. */
#include "cli/nn/nn.h"

#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/model.h"
#include "akin/tool/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 160 }; /* bytes of a text that name it */

static akin_status floats(akin_array *a, int64_t n, int64_t d, akin_error *err)
{
    *a = (akin_array){ .dtype = AKIN_DTYPE_F32, .ndim = 2, .shape = { n, d }, .count = n * d };
    a->data = malloc((size_t)n * (size_t)d * sizeof(float));
    return a->data ? AKIN_OK
                   : cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld embeddings", (long long)n);
}

/* The beginning of a text as its name, cut between characters and without line ends. */
static void name_of_text(const char *text, int64_t bytes, char *name)
{
    int64_t n = bytes < NAME ? bytes : NAME - 1;
    memcpy(name, text, (size_t)n);
    while (n < bytes && n > 0 && ((unsigned char)name[n - 1] & 0xC0) == 0x80) n--;
    if (n < bytes && n > 0) n--;
    name[n] = 0;
    for (char *p = name; *p; p++)
        if (*p == '\n' || *p == '\r') *p = ' ';
}

static akin_status name_items(const akin_dataset *set, const char *split, const akin_split_view *part,
                              cli_table *t, akin_error *err)
{
    size_t used = 0, room = 0;
    size_t *start = malloc((size_t)part->n * sizeof *start);
    t->names = malloc((size_t)part->n * sizeof *t->names);
    bool memory = start && t->names;
    for (int64_t i = 0; i < part->n && memory; i++) {
        char name[4096];
        int64_t bytes;
        const char *text = akin_dataset_item_text(set, split, i, &bytes), *found = name;
        t->cut = text != NULL;
        if (text)
            name_of_text(text, bytes, name);
        else
            found = akin_dataset_item_name(set, split, i, name, sizeof name);
        const size_t n = strlen(found) + 1;
        if (used + n > room) {
            room = 2 * (used + n) + 4096;
            char *more = realloc(t->text, room);
            memory = more != NULL;
            if (!memory) break;
            t->text = more;
        }
        memcpy(t->text + used, found, n);
        start[i] = used;
        used += n;
    }
    for (int64_t i = 0; i < part->n && memory; i++) t->names[i] = t->text + start[i];
    free(start);
    if (!memory) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld names", (long long)part->n);
    return AKIN_OK;
}

static akin_status fill_table(const cli_args *args, akin_model *model, const akin_dataset *set, cli_table *t,
                              akin_error *err)
{
    const char *split = cli_text(args, "split");
    const akin_layer layer = cli_layer(args);
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_status status = akin_dataset_split(set, split, AKIN_TARGET_AUTO, &part, err);
    if (!status) status = floats(&t->rows, part.n, akin_model_width(model, layer), err);
    if (status) return status;
    const akin_mat rows = { t->rows.data, part.n, t->rows.shape[1], t->rows.shape[1] },
                   none = { NULL, 0, 0, 0 };
    const bool backbone = layer == AKIN_LAYER_BACKBONE;
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    what.split = split;
    status = akin_model_embed(model, set, &what, backbone ? rows : none, backbone ? none : rows, err);
    return status ? status : name_items(set, split, &part, t, err);
}

static akin_status embed_line(const cli_args *args, akin_model *model, const char *line, akin_array *row,
                              akin_error *err)
{
    const int64_t length = (int64_t)strlen(line), start[2] = { 0, length };
    const akin_texts one = { sizeof one, line, start, 1 };
    const akin_layer layer = cli_layer(args);
    if (akin_utf8_check(line, length) < length)
        return cli_set_error(err, AKIN_ERR_INPUT, "the line is not UTF-8 at byte %lld",
                             (long long)akin_utf8_check(line, length) + 1);
    akin_status status = floats(row, 1, akin_model_width(model, layer), err);
    if (status) return status;
    const akin_mat out = { row->data, 1, row->shape[1], row->shape[1] }, none = { NULL, 0, 0, 0 };
    const bool backbone = layer == AKIN_LAYER_BACKBONE;
    return akin_model_embed_texts(model, &one, backbone ? out : none, backbone ? none : out, err);
}

static int print_nearest(const cli_args *args, akin_model *model, const cli_table *t, const char *query,
                         int64_t k)
{
    if (!akin_model_embeds_texts(model)) return cli_nn_find(args, t, query, k);
    akin_error err;
    akin_array row = { .data = NULL };
    if (embed_line(args, model, query, &row, &err)) {
        akin_array_free(&row);
        return cli_fail(args, &err);
    }
    const cli_queries one = { { row.data, 1, row.shape[1], row.shape[1] }, -1, query };
    const int code = cli_nn_print(args, t, &one, k);
    akin_array_free(&row);
    return code;
}

int cli_nn_run(const cli_args *args, const char *query, int64_t k)
{
    akin_error err;
    akin_model *model = NULL;
    akin_dataset *set = NULL;
    cli_table table = { .text = NULL };
    akin_status status =
        cli_open_checkpoint(args, args->positional[0], AKIN_MODEL_TRAINED, NULL, &model, &err);
    if (!status)
        status = cli_open_set(args, model, args->positionals > 1 ? args->positional[1] : NULL, &set, &err);
    if (!status) status = fill_table(args, model, set, &table, &err);
    const int code = status ? cli_fail(args, &err) : print_nearest(args, model, &table, query, k);
    cli_table_free(&table);
    akin_dataset_free(set);
    akin_model_free(model);
    return code;
}
