/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/find.c - what a query means: an item's name, a file of vectors or a row; and its nearest rows. */
#include "cli/nn/nn.h"

#include "akin/tool/escape.h"
#include "akin/tool/file_set.h"
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

static bool all_zeros(akin_cmat a)
{
    for (int64_t i = 0; i < a.rows; i++)
        for (int64_t j = 0; j < a.cols; j++)
            if (a.data[i * a.stride + j] != 0) return false;
    return true;
}

/* A row of the table. */
static int nearest_to_row(const cli_args *args, const cli_table *t, int64_t row, int64_t k)
{
    const int64_t d = t->rows.shape[1];
    const cli_queries one = { { (const float *)t->rows.data + row * d, 1, d, d },
                              row,
                              t->names ? t->names[row] : "which has no name" };
    if (all_zeros(one.rows))
        cli_note(args, "row %lld is all zeros; its similarity to everything is 0", (long long)row);
    return cli_nn_print(args, t, &one, k);
}

/* The rows of another file. */
static int nearest_to_file(const cli_args *args, const cli_table *t, const char *path, int64_t k)
{
    akin_error err;
    akin_array rows;
    uint64_t state;
    if (akin_file_set_check(&path, 1, &state, &err) || akin_npy_load_matrix(path, &rows, &err))
        return cli_fail(args, &err);
    int code;
    if (akin_file_set_same(&path, 1, state, &err))
        code = cli_fail(args, &err);
    else if (rows.shape[1] != t->rows.shape[1])
        code = cli_error(args, AKIN_ERR_SHAPE, "'%s' has %lld columns, '%s' has %lld; they must agree", path,
                         (long long)rows.shape[1], args->positional[0], (long long)t->rows.shape[1]);
    else {
        const cli_queries all = { { rows.data, rows.shape[0], rows.shape[1], rows.shape[1] }, -1, path };
        code = cli_nn_print(args, t, &all, k);
    }
    akin_array_free(&rows);
    return code;
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
    const char *near = list ? akin_nearest_name(query, list) : NULL;
    const int code = cli_error(args, AKIN_ERR_INPUT, "no item is named '%s'%s%s%s", query,
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

/* A name comes before a file, a file before a number. */
int cli_nn_find(const cli_args *args, const cli_table *t, const char *query, int64_t k)
{
    int64_t row = -1;
    const int64_t same = find_name(t, query, &row);
    if (same > 1)
        cli_note(args, "%lld items are named '%s'; this is the first of them, row %lld", (long long)same,
                 query, (long long)row);
    if (same) return nearest_to_row(args, t, row, k);
    if (ends_with(query, ".npy")) return nearest_to_file(args, t, query, k);
    row = whole(query);
    if (row < 0) return no_such_item(args, t, query);
    if (row < t->rows.shape[0]) return nearest_to_row(args, t, row, k);
    return cli_error(args, AKIN_ERR_INPUT, "there is no row %lld; '%s' has rows 0 to %lld", (long long)row,
                     args->positional[0], (long long)t->rows.shape[0] - 1);
}
