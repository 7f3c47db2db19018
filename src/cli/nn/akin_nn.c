/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/akin_nn.c - akin nn: the nearest neighbours of a row, by the embeddings that akin embed wrote. */
#include "cli/nn/nn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const akin_opt_desc OPTIONS[] = {
    { "query", AKIN_OPT_TEXT, NULL, "ITEM|ROW|FILE.npy|LINE", 0, 0,
      "the name of an item, its row counted from 0, or a file of vectors; with a RUN of text a line" },
    { "k", AKIN_OPT_INT, "10", "K", 1, 1e6, "how many neighbours; also -k" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "with RUN: which layer" },
    { "split", AKIN_OPT_CHOICE, "train", "train|test|val", 0, 0, "with RUN: which part of the data set" },
    { "names", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "one name a line [FILE.names.txt beside FILE.npy]" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

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
    if (akin_npy_load_matrix(path, &rows, &err)) return cli_fail(args, &err);
    int code;
    if (rows.shape[1] != t->rows.shape[1])
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

/* A name comes before a file, a file before a number. */
int cli_nn_find(const cli_args *args, const cli_table *t, const char *query, int64_t k)
{
    int64_t row = -1;
    const int64_t same = cli_table_find(t, query, &row);
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

static int run(const cli_args *args)
{
    const char *query = cli_text(args, "query");
    if (!query)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "nearest to what? --query names an item, a row or a file of vectors");
    char record[4096];
    snprintf(record, sizeof record, "%s/run.json", args->positional[0]);
    if (access(record, F_OK) == 0) return cli_nn_run(args, query, cli_int(args, "k"));
    if (args->positionals > 1)
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is no run folder, so '%s' cannot be embedded",
                         args->positional[0], args->positional[1]);
    cli_table table;
    akin_error err;
    if (cli_table_load(args->positional[0], cli_text(args, "names"), &table, &err))
        return cli_fail(args, &err);
    const int code = cli_nn_find(args, &table, query, cli_int(args, "k"));
    cli_table_free(&table);
    return code;
}

static const cli_example EXAMPLES[] = {
    { "The five nearest images of the first", "akin nn test.npy --query 0 -k 5" },
    { "The nearest lines of a run on text", "akin nn runs/text --query 'the first line' -k 3" },
    { NULL, NULL },
};

const cli_verb cli_nn = {
    .name = "nn",
    .line = "nearest neighbours of an item among embeddings",
    .usage = "FILE.npy --query ITEM [-k K]   |   RUN [DATA] --query LINE",
    .text =
        "FILE.npy holds one row for each item, as 'akin embed' writes it with the names beside. The search "
        "is exact;\nsimilarity is the cosine of two rows, and an item is no neighbour of itself. With "
        "--json one object for\neach query. Where rows have a large common part, 'akin embed --whiten' "
        "removes it. With RUN the items of DATA (the run's own) are embedded first.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
};
