/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/table.c - embeddings with names: read them, find in them, and print the nearest rows by cosine
 * similarity.
 *
 * Queries are worked on in blocks, so that a file of many of them needs no memory of size queries x rows. */
#include "cli/nn/nn.h"

#include "akin/tool/escape.h"
#include "akin/tool/file_set.h"
#include "akin/tool/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1024 };

/* Reading ------------------------------------------------------------------------------------------------ */

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

/* Printing ----------------------------------------------------------------------------------------------- */

/* The name of the class of a row; NULL where nothing tells it. */
static const char *class_of(const cli_table *t, int64_t row)
{
    return t->labels ? akin_labels_class_name(t->labels, akin_labels_values(t->labels)[row]) : NULL;
}

/* {"row": 3, "item": "cat.png", "label": 1, "class": "cat"}, without what is not known. */
static akin_json *row_json(const cli_table *t, int64_t row)
{
    akin_json *o = akin_json_pack("{s:I}", "row", (int64_t)row);
    if (t->names) akin_json_put(o, "item", akin_json_text(t->names[row]));
    if (t->labels) akin_json_put(o, "label", akin_json_int(akin_labels_values(t->labels)[row]));
    if (class_of(t, row)) akin_json_put(o, "class", akin_json_text(class_of(t, row)));
    return o;
}

/* As much of a text as fits beside the columns, cut between characters. */
static void print_text(const char *text, size_t columns)
{
    enum { LINE = 80 };
    size_t n = strlen(text);
    if (n > LINE - columns) {
        n = LINE - columns - 3;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) n--;
        akin_print(stdout, "  %.*s...", (int)n, text);
    } else {
        akin_print(stdout, "  %s", text);
    }
}

static void print_row(const cli_table *t, int64_t row)
{
    printf("%8lld", (long long)row);
    const char *name = class_of(t, row);
    if (name)
        akin_print(stdout, "  %6s", name);
    else if (t->labels)
        printf("  %6d", akin_labels_values(t->labels)[row]);
    if (t->names && t->cut)
        print_text(t->names[row], name && strlen(name) > 6 ? 22 + strlen(name) : t->labels ? 28 : 20);
    else if (t->names)
        akin_print(stdout, "  %s", t->names[row]);
    putchar('\n');
}

/* Query number q and what was found for it, without the query itself. */
static int print_found(const cli_args *args, const cli_table *t, const cli_queries *queries, int64_t q,
                       const int32_t *index, const float *similarity, int64_t asked, int64_t k)
{
    akin_json *found = args->json ? akin_json_array() : NULL;
    if (!args->json) {
        if (q) putchar('\n');
        if (queries->own >= 0)
            akin_print(stdout, "nearest to row %lld, %s\n", (long long)queries->own, queries->text);
        else if (queries->rows.rows > 1)
            akin_print(stdout, "nearest to row %lld of %s\n", (long long)q, queries->text);
        else
            akin_print(stdout, "nearest to %s\n", queries->text);
        akin_print(stdout, "  cosine       row%s%s\n", t->labels ? "   label" : "", t->names ? "  item" : "");
    }
    for (int64_t j = 0, shown = 0; j < asked && shown < k; j++) {
        if (index[j] == queries->own) continue;
        shown++;
        if (!args->json) {
            printf("%8.4f  ", (double)similarity[j]);
            print_row(t, index[j]);
            continue;
        }
        akin_json *one = row_json(t, index[j]);
        akin_json_put(one, "similarity", akin_json_real((double)similarity[j]));
        akin_json_append(found, one);
    }
    if (!args->json) return 0;
    akin_json *query = queries->own >= 0 ? row_json(t, queries->own)
                                         : akin_json_pack("{s:o,s:I}", "from", akin_json_text(queries->text),
                                                          "row", (int64_t)q);
    return cli_print_json(args, akin_json_pack("{s:o,s:o}", "query", query, "neighbours", found));
}

int cli_nn_print(const cli_args *args, const cli_table *t, const cli_queries *queries, int64_t k)
{
    const int64_t n = t->rows.shape[0], d = t->rows.shape[1], all = queries->rows.rows;
    const bool own = queries->own >= 0;
    if (k > n - own) k = n - own;
    const int64_t asked = k + own;
    if (k < 1)
        return cli_error(args, AKIN_ERR_INPUT, "there is one row only; a row is no neighbour of itself");
    const akin_cmat table = { t->rows.data, n, d, d };
    const size_t room = (size_t)(all < BLOCK ? all : BLOCK) * (size_t)asked;
    int32_t *index = malloc(room * sizeof *index);
    float *similarity = malloc(room * sizeof *similarity);
    akin_error err;
    int code =
        index && similarity ? 0 : cli_error(args, AKIN_ERR_NOMEM, "no memory for %zu neighbours", room);
    for (int64_t first = 0; first < all && !code; first += BLOCK) {
        akin_cmat some = queries->rows;
        some.data += first * some.stride;
        some.rows = all - first < BLOCK ? all - first : BLOCK;
        if (akin_eval_neighbours(some, table, asked, index, similarity, &err)) code = cli_fail(args, &err);
        for (int64_t i = 0; i < some.rows && !code; i++)
            code =
                print_found(args, t, queries, first + i, index + i * asked, similarity + i * asked, asked, k);
    }
    free(index);
    free(similarity);
    return code;
}
