/* SPDX-License-Identifier: Apache-2.0 */
/* cli/table.c - embeddings with names and labels: read them, find in them. */
#include "cli/table.h"

#include "akin/tool/file_set.h"
#include "akin/tool/npz.h"

#include <stdlib.h>
#include <string.h>

/* One name a line, as akin embed writes them. */
static akin_status load_names(const char *path, cli_table *t, akin_error *err)
{
    const int64_t n = t->rows.shape[0];
    t->list = (akin_names)AKIN_NAMES_INIT;
    bool npz;
    akin_status status = akin_npz_is(path, &npz, err);
    if (!status) status = npz ? akin_npz_names(path, &t->list, err) : akin_names_load(path, &t->list, err);
    if (status) return status;
    t->names = t->list.name;
    if (t->list.n == n || !t->names) return AKIN_OK; /* a .npz may have none */
    return cli_set_error(err, AKIN_ERR_SHAPE,
                         "'%s' has %lld names for %lld rows; each row needs one, on a line of its own", path,
                         (long long)t->list.n, (long long)n);
}

static akin_status load(const char *path, const char *names, const char *labels, cli_table *out,
                        akin_error *err)
{
    akin_status status = akin_npy_load_matrix(path, &out->rows, err);
    if (!status && names) status = load_names(names, out, err);
    if (!status && labels) {
        status = akin_labels_open(labels, &out->labels, err);
        if (!status && akin_labels_count(out->labels) != out->rows.shape[0])
            status = cli_set_error(err, AKIN_ERR_SHAPE, "'%s' has %lld labels for %lld rows", labels,
                                   (long long)akin_labels_count(out->labels), (long long)out->rows.shape[0]);
    }
    return status;
}

akin_status cli_table_load(const char *path, const char *names, cli_table *out, akin_error *err)
{
    memset(out, 0, sizeof *out);
    char *near = akin_file_set_name(path, ".names.txt"), *labels = akin_file_set_name(path, ".labels.npy");
    const char *files[] = { path, names ? names : near, labels };
    uint64_t state;
    akin_status status = near && labels ? AKIN_OK : cli_set_error(err, AKIN_ERR_NOMEM, "no memory");
    bool npz = false, labels_in = false;
    akin_path_kind named = AKIN_PATH_FILE, labelled = AKIN_PATH_NONE;
    if (!status) status = akin_npz_is(path, &npz, err);
    if (!status && npz) status = akin_npz_has_labels(path, &labels_in, err);
    if (!status && !npz && !names) status = akin_path_look(near, &named, NULL, err);
    if (!status && !npz) status = akin_path_look(labels, &labelled, NULL, err);
    if (!named) files[1] = NULL;
    if (npz && !names) files[1] = path;
    if (npz || !labelled) files[2] = labels_in ? path : NULL;
    if (!status) status = akin_file_set_check(files, 3, &state, err);
    if (!status) status = load(path, files[1], files[2], out, err);
    if (!status) status = akin_file_set_same(files, 3, state, err);
    free(near);
    free(labels);
    if (status) cli_table_free(out);
    return status;
}

void cli_table_free(cli_table *t)
{
    akin_array_free(&t->rows);
    akin_labels_free(t->labels);
    if (t->names != t->list.name) free(t->names);
    akin_names_free(&t->list);
    free(t->text);
    memset(t, 0, sizeof *t);
}

int64_t cli_table_find(const cli_table *t, const char *name, int64_t *row)
{
    int64_t found = 0;
    for (int64_t i = 0; t->names && i < t->rows.shape[0]; i++)
        if (strcmp(t->names[i], name) == 0 && found++ == 0) *row = i;
    return found;
}
