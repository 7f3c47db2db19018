/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/find.c - what a query means, and its nearest rows.
 *
 * The first of these that it can be: the name of an item, a file, with a run of text a line of text, the
 * number of a row. A number that could be a row and something else is refused; --query-as says what is
 * meant. */
#include "cli/nn/nn.h"

#include "akin/tool/dataset.h"
#include "akin/tool/escape.h"
#include "akin/tool/file_set.h"
#include "akin/tool/model.h"
#include "akin/tool/npz.h"
#include "akin/tool/program.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_GUESSED = 100000 }; /* names among which "did you mean" looks */

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* A whole number from 0 that text is all of, or -1. */
static int64_t whole(const char *text)
{
    if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18) return -1;
    return strtoll(text, NULL, 10);
}

/* A row of the table. */
static int nearest_to_row(const cli_args *args, const cli_nn_space *space, int64_t row, int64_t k)
{
    const cli_table *t = space->table;
    const int64_t d = t->rows.shape[1];
    cli_queries one = { .rows = { NULL, 1, d, d },
                        .own = row,
                        .text = t->names ? t->names[row] : "which has no name",
                        .codes = t->codes };
    if (t->codes.how) {
        one.codes.data = (const char *)t->codes.data + row * akin_quantize_bytes(t->codes.how, d);
        one.codes.rows = 1;
    } else {
        one.rows.data = (const float *)t->rows.data + row * d;
    }
    return cli_nn_print(args, space, &one, k);
}

/* Signs for a table of signs stay packed; else numbers. */
static akin_status load_vectors(const char *path, const cli_table *t, cli_queries *out, akin_error *err)
{
    akin_array rows;
    akin_status status =
        t->codes.how == AKIN_QUANTIZE_BINARY ? akin_codes_load(path, &out->codes, err) : AKIN_OK;
    if (!status && out->codes.how == AKIN_QUANTIZE_BINARY) {
        out->rows = (akin_cmat){ NULL, out->codes.rows, out->codes.width, out->codes.width };
        return AKIN_OK;
    }
    akin_codes_free(&out->codes);
    if (!status) status = akin_npy_load_matrix(path, &rows, err);
    if (!status) out->rows = (akin_cmat){ rows.data, rows.shape[0], rows.shape[1], rows.shape[1] };
    return status;
}

/* The rows of another file of embeddings. */
static int nearest_to_vectors(const cli_args *args, const cli_nn_space *space, const char *path, int64_t k)
{
    const cli_table *t = space->table;
    akin_error err;
    cli_queries all = { .own = -1, .text = path };
    uint64_t state;
    if (akin_file_set_check(&path, 1, &state, &err) || load_vectors(path, t, &all, &err))
        return cli_fail(args, &err);
    int code;
    if (akin_file_set_same(&path, 1, state, &err))
        code = cli_fail(args, &err);
    else if (all.rows.cols != t->rows.shape[1])
        code = cli_error(args, AKIN_ERR_SHAPE, "'%s' has %lld columns, '%s' has %lld; they must agree", path,
                         (long long)all.rows.cols, args->positional[0], (long long)t->rows.shape[1]);
    else {
        code = cli_nn_print(args, space, &all, k);
        if (code == 0) cli_tell_bytes(args, path);
    }
    if (!all.codes.how) free((void *)(uintptr_t)all.rows.data);
    akin_codes_free(&all.codes);
    return code;
}

/* The first name that ends in the query as the name of a file without its folders, else one that holds it;
 * NULL: none. */
static const char *of_which_it_is_part(const char *query, const char *const *names)
{
    const char *holds = NULL;
    const size_t n = strlen(query);
    for (; n >= 3 && *names; names++) {
        const char *at = strstr(*names, query);
        if (!at) continue;
        const size_t length = strlen(*names);
        if (length > n && ends_with(*names, query) && (*names)[length - n - 1] == '/') return *names;
        if (!holds) holds = *names;
    }
    return holds;
}

static int no_such_item(const cli_args *args, const cli_table *t, const char *query)
{
    const int64_t n = t->rows.shape[0];
    if (!t->names)
        return cli_error(args, AKIN_ERR_INPUT,
                         "'%s' is no row number, and '%s' has no names; --names tells their file", query,
                         args->positional[0]);
    const bool few = n <= MOST_GUESSED;
    const char **list = few ? malloc((size_t)(n + 1) * sizeof *list) : NULL;
    for (int64_t i = 0; list && i < n; i++) list[i] = t->names[i];
    if (list) list[n] = NULL;
    const char *near = list ? of_which_it_is_part(query, list) : NULL;
    if (list && !near) near = akin_nearest_name(query, list);
    const int code = cli_error(args, AKIN_ERR_INPUT, "no item is named '%s', and no file%s%s%s", query,
                               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(list);
    return code;
}

/* Rows of that name. Where no item has it as it is, it may be written as in a file of names. */
static int64_t find_name(const cli_table *t, const char *query, int64_t *row)
{
    const int64_t same = cli_table_find(t, query, row), n = (int64_t)strlen(query);
    if (same || !strchr(query, '\\')) return same;
    char *name = malloc((size_t)n + 1);
    const bool escaped = name && akin_name_unescape(query, n, name) >= 0;
    const int64_t found = escaped ? cli_table_find(t, name, row) : 0;
    free(name);
    return found;
}

/* Of texts the table holds their beginnings; their names are those that akin embed writes. That of a file
 * with one text will do. */
static int64_t find_text_name(const cli_args *args, const cli_nn_space *space, const char *query,
                              int64_t *row)
{
    char name[4096];
    const size_t n = strlen(query);
    int64_t found = 0, of_file = 0, only = -1;
    for (int64_t i = 0; i < space->table->rows.shape[0]; i++) {
        akin_dataset_item_name(space->set, cli_text(args, "split"), i, name, sizeof name);
        if (strncmp(name, query, n) != 0) continue;
        if (!name[n] && found++ == 0) *row = i;
        /* a document is the only item of its file, "sci.space/59908:1" */
        if (name[n] == ':' && whole(name + n + 1) >= 0 && of_file++ == 0) only = i;
    }
    if (found || of_file != 1) return found;
    *row = only;
    return 1;
}

/* What a query can be. */
typedef struct query {
    const char *text;
    int64_t named, item; /* how many items have that name, and the first of them */
    akin_path_kind path;
    bool array;    /* a file of an array */
    int64_t row;   /* the number that it is, or -1 */
    bool of_texts; /* the run embeds lines */
    bool is_row;   /* there is such a row */
} query;

static akin_status look(const cli_args *args, const cli_nn_space *space, const char *text, query *q,
                        akin_error *err)
{
    const size_t n = strlen(text);
    *q = (query){ .text = text, .item = -1, .row = whole(text) };
    q->of_texts = space->model && akin_model_embeds_texts(space->model);
    q->named =
        q->of_texts ? find_text_name(args, space, text, &q->item) : find_name(space->table, text, &q->item);
    q->is_row = q->row >= 0 && q->row < space->table->rows.shape[0];
    akin_status status = n ? akin_path_look(text, &q->path, NULL, err) : AKIN_OK;
    if (!status && q->path == AKIN_PATH_FILE) status = akin_npz_is(text, &q->array, err);
    q->array = q->array || ends_with(text, ".npy");
    return status;
}

static int two_meanings(const cli_args *args, const query *q, const char *one, const char *as_one,
                        const char *other, const char *as_other)
{
    return cli_error(args, AKIN_ERR_ARGUMENT,
                     "'%s' is %s and %s; --query-as %s or --query-as %s says which is meant", q->text, one,
                     other, as_one, as_other);
}

/* An array of which a run of vectors may embed the rows, or which holds embeddings: told by its columns. */
static int nearest_to_array(const cli_args *args, const cli_nn_space *space, const query *q, int64_t k)
{
    const int64_t width = space->table->rows.shape[1], raw = akin_dataset_raw_width(space->set);
    akin_array rows;
    akin_error err;
    if (akin_npy_load_matrix(q->text, &rows, &err)) return cli_fail(args, &err);
    const int64_t columns = rows.shape[1];
    akin_array_free(&rows);
    if (columns == width && columns == raw)
        return two_meanings(args, q, "as wide as the data that the run embeds", "file",
                            "as wide as its embeddings", "vectors");
    return columns == width ? nearest_to_vectors(args, space, q->text, k)
                            : cli_nn_embed_file(args, space, q->text, k);
}

static int nearest_to_file(const cli_args *args, const cli_nn_space *space, const query *q, int64_t k)
{
    const akin_data_kind kind = space->model ? akin_model_data_kind(space->model) : AKIN_DATA_UNKNOWN;
    if (space->model && !q->array) return cli_nn_embed_file(args, space, q->text, k);
    if (!q->array)
        return cli_error(args, AKIN_ERR_INPUT,
                         "'%s' is no array of embeddings, .npy or .npz; a run embeds it: akin nn RUN --query",
                         q->text);
    if (kind == AKIN_DATA_VECTORS) return nearest_to_array(args, space, q, k);
    if (kind == AKIN_DATA_IMAGES && akin_data_detect(q->text) == AKIN_DATA_IMAGES)
        return cli_nn_embed_file(args, space, q->text, k);
    return nearest_to_vectors(args, space, q->text, k);
}

static int nearest_to_item(const cli_args *args, const cli_nn_space *space, const query *q, int64_t k)
{
    if (!q->named) return no_such_item(args, space->table, q->text);
    if (q->named > 1)
        cli_note(args, "%lld items are named '%s'; this is the first of them, row %lld", (long long)q->named,
                 q->text, (long long)q->item);
    return nearest_to_row(args, space, q->item, k);
}

static int nearest_to_number(const cli_args *args, const cli_nn_space *space, const query *q, int64_t k)
{
    if (q->is_row) return nearest_to_row(args, space, q->row, k);
    if (q->row < 0) return no_such_item(args, space->table, q->text);
    return cli_error(args, AKIN_ERR_INPUT, "there is no row %lld; '%s' has rows 0 to %lld", (long long)q->row,
                     args->positional[0], (long long)space->table->rows.shape[0] - 1);
}

/* What --query-as says. */
static int nearest_as(const cli_args *args, const cli_nn_space *space, const query *q, const char *as,
                      int64_t k)
{
    const bool embeds = strcmp(as, "file") == 0 || strcmp(as, "text") == 0;
    if (embeds && !space->model)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--query-as %s is for a run, which '%s' is not", as,
                         args->positional[0]);
    if (strcmp(as, "item") == 0) return nearest_to_item(args, space, q, k);
    if (strcmp(as, "row") == 0) return nearest_to_number(args, space, q, k);
    if (strcmp(as, "vectors") == 0) return nearest_to_vectors(args, space, q->text, k);
    return strcmp(as, "file") == 0 ? cli_nn_embed_file(args, space, q->text, k)
                                   : cli_nn_embed_line(args, space, q->text, k);
}

int cli_nn_find(const cli_args *args, const cli_nn_space *space, const char *text, int64_t k)
{
    query q;
    akin_error err;
    if (space->table->rows.shape[0] == 0)
        return cli_error(args, AKIN_ERR_INPUT, "'%s' has no rows", args->positional[0]);
    if (look(args, space, text, &q, &err)) return cli_fail(args, &err);
    const char *as = cli_text(args, "query-as");
    if (strcmp(as, "auto") != 0) return nearest_as(args, space, &q, as, k);
    /* a run of text takes a word for a word, also where a folder is called so */
    const bool file = q.path == AKIN_PATH_FOLDER ? space->model && !q.of_texts : q.path != AKIN_PATH_NONE;
    if (q.named && q.is_row && q.row != q.item)
        return two_meanings(args, &q, "the name of an item", "item", "the number of another row", "row");
    if (file && !q.named && q.is_row)
        return two_meanings(args, &q, "a file", space->model ? "file" : "vectors", "the number of a row",
                            "row");
    if (file && (q.named || q.of_texts))
        cli_note(args, "'%s' is taken for %s, and is %s too: --query-as %s takes it for that", text,
                 q.named ? "the name of an item" : "a file", q.named ? "a file" : "a line of text",
                 !q.named       ? "text"
                 : space->model ? "file"
                                : "vectors");
    if (q.named) return nearest_to_item(args, space, &q, k);
    if (file) return nearest_to_file(args, space, &q, k);
    if (q.of_texts && q.is_row)
        return two_meanings(args, &q, "a line of text", "text", "the number of a row", "row");
    if (q.of_texts) return cli_nn_embed_line(args, space, text, k);
    return ends_with(text, ".npy") ? nearest_to_vectors(args, space, text, k)
                                   : nearest_to_number(args, space, &q, k);
}
