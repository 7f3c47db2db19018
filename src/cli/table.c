/* SPDX-License-Identifier: Apache-2.0 */
/* cli/table.c - embeddings with names and labels: read or make them, find in them. */
#include "cli/table.h"

#include "akin/tool/dataset.h"
#include "akin/tool/file_set.h"
#include "akin/tool/npz.h"
#include "akin/tool/quantize.h"

#include <stdlib.h>
#include <string.h>

akin_status cli_is_range(const char *path, bool *range, akin_error *err)
{
    const size_t n = strlen(path);
    akin_path_kind there = AKIN_PATH_NONE;
    *range = n > 4 && strcmp(path + n - 4, ".npy") == 0 && strchr(path, '{') != NULL;
    const akin_status status = *range ? akin_path_look(path, &there, NULL, err) : AKIN_OK;
    *range = *range && !there;
    return status;
}

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

static akin_status load_rows(const char *path, bool coded, cli_table *out, akin_error *err)
{
    const akin_status status = coded ? akin_codes_load(path, &out->codes, err) : AKIN_OK;
    const akin_codes *c = &out->codes;
    if (status || !c->how) return status ? status : akin_npy_load_matrix(path, &out->rows, err);
    out->rows = (akin_array){
        .dtype = AKIN_DTYPE_F32, .ndim = 2, .shape = { c->rows, c->width }, .count = c->rows * c->width
    };
    return AKIN_OK;
}

static akin_status load(const char *path, const char *names, const char *labels, bool coded, cli_table *out,
                        akin_error *err)
{
    akin_status status = load_rows(path, coded, out, err);
    if (!status && names) status = load_names(names, out, err);
    if (!status && labels) {
        status = akin_labels_open(labels, &out->labels, err);
        if (!status && akin_labels_count(out->labels) != out->rows.shape[0])
            status = cli_set_error(err, AKIN_ERR_SHAPE, "'%s' has %lld labels for %lld rows", labels,
                                   (long long)akin_labels_count(out->labels), (long long)out->rows.shape[0]);
    }
    return status;
}

akin_status cli_table_load(const char *path, const char *names, bool coded, cli_table *out, akin_error *err)
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
    if (!status) status = load(path, files[1], files[2], coded, out, err);
    if (!status) status = akin_file_set_same(files, 3, state, err);
    free(near);
    free(labels);
    if (status) cli_table_free(out);
    return status;
}

void cli_tell_bytes(const cli_args *args, const char *path)
{
    bool bytes;
    int64_t width;
    akin_error unseen; /* the path was read */
    if (!path || akin_npy_packed(path, &bytes, &width, &unseen) || !bytes || width) return;
    cli_note(args,
             "'%s' is taken for numbers from 0 to 255: no FILE.set.json says that they are packed signs",
             path);
}

akin_status cli_table_room(cli_table *t, int64_t n, int64_t d, akin_error *err)
{
    t->rows = (akin_array){ .dtype = AKIN_DTYPE_F32, .ndim = 2, .shape = { n, d }, .count = n * d };
    t->rows.data = malloc((size_t)n * (size_t)d * sizeof(float) + 1);
    return t->rows.data ? AKIN_OK : cli_no_memory(err, n, "embeddings");
}

enum { TEXT_NAME = 160 }; /* bytes of a text that name it */

/* The beginning of a text as its name, cut between characters and without line ends. */
static void name_of_text(const char *text, int64_t bytes, char *name)
{
    int64_t n = bytes < TEXT_NAME ? bytes : TEXT_NAME - 1;
    memcpy(name, text, (size_t)n);
    while (n < bytes && n > 0 && ((unsigned char)name[n - 1] & 0xC0) == 0x80) n--;
    if (n < bytes && n > 0) n--;
    name[n] = 0;
    for (char *p = name; *p; p++)
        if (*p == '\n' || *p == '\r') *p = ' ';
}

akin_status cli_table_name_items(const akin_dataset *set, const char *split, int64_t items, cli_table *t,
                                 akin_error *err)
{
    size_t used = 0, room = 0;
    size_t *start = malloc((size_t)items * sizeof *start);
    t->names = malloc((size_t)items * sizeof *t->names);
    bool memory = start && t->names;
    for (int64_t i = 0; i < items && memory; i++) {
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
    for (int64_t i = 0; i < items && memory; i++) t->names[i] = t->text + start[i];
    free(start);
    if (!memory) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for %lld names", (long long)items);
    return AKIN_OK;
}

void cli_table_free(cli_table *t)
{
    akin_array_free(&t->rows);
    akin_codes_free(&t->codes);
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
