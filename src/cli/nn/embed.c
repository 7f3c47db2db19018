/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/embed.c - queries that are no embeddings yet: items of a file or a folder, and lines of text. */
#include "cli/nn/nn.h"

#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/model.h"
#include "akin/tool/utf8.h"

#include <string.h>

static int print_nearest(const cli_args *args, const cli_nn_space *space, const cli_table *asked,
                         const char *text, const akin_dataset *set, int64_t k)
{
    const int64_t n = asked->rows.shape[0], d = asked->rows.shape[1];
    const cli_queries queries = {
        .rows = { asked->rows.data, n, d, d }, .own = -1, .text = text, .name = asked->names, .set = set
    };
    return cli_nn_print(args, space, &queries, k);
}

static akin_status embed_file(const cli_args *args, const cli_nn_space *space, const char *path,
                              cli_table *asked, akin_dataset **out, akin_error *err)
{
    akin_dataset *set = NULL;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    const akin_layer layer = cli_layer(args);
    akin_status status = cli_open_rows(args, space->model, path, &set, err);
    if (!status) status = akin_dataset_split(set, "train", AKIN_TARGET_AUTO, &part, err);
    if (!status) status = cli_table_room(asked, part.n, akin_model_width(space->model, layer), err);
    const akin_mat rows = { asked->rows.data, part.n, asked->rows.shape[1], asked->rows.shape[1] };
    if (!status) status = cli_embed_split(space->model, set, "train", layer, rows, err);
    if (!status) status = cli_whiten_rows(space->whitening, rows, err);
    if (!status) status = cli_table_name_items(set, "train", part.n, asked, err);
    *out = set;
    return status;
}

int cli_nn_embed_file(const cli_args *args, const cli_nn_space *space, const char *path, int64_t k)
{
    akin_error err;
    cli_table asked = { .text = NULL };
    akin_dataset *set = NULL;
    const int code = embed_file(args, space, path, &asked, &set, &err)
                         ? cli_fail(args, &err)
                         : print_nearest(args, space, &asked, path, set, k);
    akin_dataset_free(set);
    cli_table_free(&asked);
    return code;
}

static akin_status embed_line(const cli_args *args, const cli_nn_space *space, const char *line,
                              cli_table *asked, akin_error *err)
{
    const int64_t length = (int64_t)strlen(line), start[2] = { 0, length };
    const akin_texts one = { sizeof one, line, start, 1 };
    const akin_layer layer = cli_layer(args);
    if (akin_utf8_check(line, length) < length)
        return cli_set_error(err, AKIN_ERR_INPUT, "the line is not UTF-8 at byte %lld",
                             (long long)akin_utf8_check(line, length) + 1);
    akin_status status = cli_table_room(asked, 1, akin_model_width(space->model, layer), err);
    if (status) return status;
    const akin_mat out = { asked->rows.data, 1, asked->rows.shape[1], asked->rows.shape[1] },
                   none = { NULL, 0, 0, 0 };
    const bool backbone = layer == AKIN_LAYER_BACKBONE;
    status = akin_model_embed_texts(space->model, &one, backbone ? out : none, backbone ? none : out, err);
    return status ? status : cli_whiten_rows(space->whitening, out, err);
}

int cli_nn_embed_line(const cli_args *args, const cli_nn_space *space, const char *line, int64_t k)
{
    akin_error err;
    cli_table asked = { .text = NULL };
    const int code = embed_line(args, space, line, &asked, &err)
                         ? cli_fail(args, &err)
                         : print_nearest(args, space, &asked, line, NULL, k);
    cli_table_free(&asked);
    return code;
}
