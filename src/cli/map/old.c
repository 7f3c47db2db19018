/* SPDX-License-Identifier: Apache-2.0 */
/* cli/map/old.c - an old map, as FILE.set.json tells of it. */
#include "cli/map/map.h"

#include "akin/tool/file_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const cli_map_metrics[] = { "cosine", "euclidean", NULL };
const char *const cli_map_losses[] = { "nce", "infonce", "neg", NULL };
const char *const cli_map_searches[] = { "auto", "exact", "approximate", NULL };

static akin_status read_word(const akin_json *root, const char *path, const char *const *words, int *out,
                             akin_error *err)
{
    const char *text;
    const akin_status status = akin_json_read_text(root, path, &text, err);
    for (*out = 0; !status && words[*out]; (*out)++)
        if (strcmp(words[*out], text) == 0) return AKIN_OK;
    return status ? status : cli_set_error(err, AKIN_ERR_FORMAT, "%s is '%s', which is none", path, text);
}

static akin_status read_opts(const akin_json *root, akin_map_opts *o, akin_error *err)
{
    int metric = 0, loss = 0;
    int64_t k = 0, negatives = 0, seed = 0;
    *o = (akin_map_opts)AKIN_MAP_OPTS_INIT;
    akin_status status = read_word(root, "metric", cli_map_metrics, &metric, err);
    if (!status) status = read_word(root, "loss", cli_map_losses, &loss, err);
    if (!status) status = akin_json_read_int(root, "k", 1, 100, &k, err);
    if (!status) status = akin_json_read_int(root, "negatives", 1, 1000000, &negatives, err);
    if (!status) status = akin_json_read_int(root, "seed", 0, INT64_MAX, &seed, err);
    if (!status) status = akin_json_read_real(root, "spectrum", &o->spectrum, err);
    o->metric = (akin_map_metric)metric;
    o->loss = (akin_map_loss)loss;
    o->k = (int32_t)k;
    o->negatives = (int32_t)negatives;
    o->seed = (uint64_t)seed;
    return status;
}

/* The rows of the map, or why they are not. */
static akin_status open_rows(const cli_args *args, const char *path, const akin_json *root, cli_old_map *out,
                             akin_error *err)
{
    const char *of, *layer, *split, *sum, *data = akin_json_get_text(root, "data");
    char own[17];
    akin_status status = akin_json_read_text(root, "of", &of, err);
    if (!status) status = akin_json_read_text(root, "layer", &layer, err);
    if (!status) status = akin_json_read_text(root, "split", &split, err);
    if (!status) status = akin_json_read_text(root, "rows_xxh64", &sum, err);
    if (status) return status;
    if (cli_given(args, "old")) {
        of = cli_text(args, "old");
        data = NULL;
    }
    const cli_source_opts how = { .layer = layer,
                                  .split = split,
                                  .plain = true,
                                  .decided = true,
                                  .form = cli_form_named(akin_json_get_text(root, "form")) };
    status = cli_source_open(args, of, data, &how, &out->of, err);
    if (status) return status;
    snprintf(own, sizeof own, "%016llx", (unsigned long long)akin_map_sum(out->of.rows));
    if (strcmp(own, sum) == 0 && out->of.rows.rows == out->map.shape[0]) return AKIN_OK;
    return cli_set_error(
        err, AKIN_ERR_INPUT,
        "'%s' is a map of other rows than '%s' has now: their sum was %s and is %s; map those "
        "again, or name the old ones with --old",
        path, of, sum, own);
}

static akin_status load_about(const char *path, akin_json **root, akin_error *err)
{
    char *name = akin_file_set_name(path, ".set.json");
    akin_path_kind there = AKIN_PATH_NONE;
    akin_status status =
        name ? akin_path_look(name, &there, NULL, err) : cli_set_error(err, AKIN_ERR_NOMEM, "no memory");
    if (!status && !there)
        status = cli_set_error(err, AKIN_ERR_INPUT,
                               "'%s' has no '%s' beside, which says what it is a map of; akin map writes it",
                               path, name);
    if (!status) status = akin_json_load(name, 1 << 20, 0, root, err);
    const char *command = status ? NULL : akin_json_get_text(*root, "command");
    if (!status && (!command || strcmp(command, "map") != 0))
        status = cli_set_error(err, AKIN_ERR_INPUT, "'%s' is no map: '%s' is not of akin map", path, name);
    free(name);
    return status;
}

/* Maps of before there were forms are of plain rows. */
akin_status cli_old_map_form(const char *path, cli_form *out, akin_error *err)
{
    akin_json *root = NULL;
    const akin_status status = load_about(path, &root, err);
    if (!status) *out = cli_form_named(akin_json_get_text(root, "form"));
    akin_json_free(root);
    return status;
}

akin_status cli_old_map_open(const cli_args *args, const char *path, cli_old_map *out, akin_error *err)
{
    uint64_t state;
    akin_json *root = NULL;
    memset(out, 0, sizeof *out);
    akin_status status = akin_file_set_check(&path, 1, &state, err);
    if (!status) status = load_about(path, &root, err);
    if (!status) status = akin_npy_load_matrix(path, &out->map, err);
    if (!status && out->map.shape[1] != 2)
        status = cli_set_error(err, AKIN_ERR_SHAPE, "'%s' is [%lld,%lld]; a map has two columns", path,
                               (long long)out->map.shape[0], (long long)out->map.shape[1]);
    if (!status) status = read_opts(root, &out->opts, err);
    if (!status) status = open_rows(args, path, root, out, err);
    if (!status) status = akin_file_set_same(&path, 1, state, err);
    akin_json_free(root);
    if (status) cli_old_map_free(out);
    return status;
}

void cli_old_map_free(cli_old_map *old)
{
    akin_array_free(&old->map);
    cli_source_free(&old->of);
}
