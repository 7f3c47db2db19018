/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/table.c - the nearest rows by cosine similarity, printed.
 *
 * Queries are worked on in blocks, so that a file of many of them needs no memory of size queries x rows.
 * Ranks find together; the first one prints. */
#include "cli/nn/nn.h"

#include "akin/tool/escape.h"
#include "akin/tool/near_cells.h"
#include "akin/tool/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1024, MANY = 65536, SHOWN = 256 };

/* How neighbours are found: exactly, or where cells is not NULL by looking into so many of them. */
typedef struct finder {
    const akin_codes *codes; /* of the table, or NULL */
    cli_nn_again again;
    akin_cmat table;
    akin_near_cells *cells;
    int64_t probes;
    double found; /* share of the true neighbours that they hold */
} finder;

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

enum { LINE = 80, BEFORE_LABEL = 18 }; /* columns of a line, and of those before the label's */

/* How wide the label of a row is shown. */
static int label_columns(const cli_table *t, int64_t row)
{
    const char *name = class_of(t, row);
    char shown[SHOWN];
    if (name) return akin_show_columns(akin_show_name(name, shown, sizeof shown));
    return t->labels ? snprintf(shown, sizeof shown, "%d", akin_labels_values(t->labels)[row]) : 0;
}

/* A text in at most so many columns, cut between characters. */
static void print_text(const char *text, int columns)
{
    char shown[SHOWN];
    akin_show_name(text, shown, sizeof shown);
    size_t n = strlen(shown);
    const bool cut = akin_show_columns(shown) > columns;
    while (cut && akin_show_columns(shown) > columns - 3) {
        do n--;
        while (n > 0 && ((unsigned char)shown[n] & 0xC0) == 0x80);
        shown[n] = 0;
    }
    akin_print(stdout, "  %s%s", shown, cut ? "..." : "");
}

/* label: columns of the labels, 0 where there are none. */
static void print_row(const cli_table *t, int64_t row, int label)
{
    printf("%8lld", (long long)row);
    const char *name = class_of(t, row);
    char shown[SHOWN];
    if (name)
        akin_print(stdout, "  %-*s", label, akin_show_name(name, shown, sizeof shown));
    else if (t->labels)
        printf("  %*d", label, akin_labels_values(t->labels)[row]);
    if (t->names && t->cut)
        print_text(t->names[row], LINE - BEFORE_LABEL - (label ? label + 2 : 0) - 2);
    else if (t->names)
        akin_print(stdout, "  %s", t->names[row]);
    putchar('\n');
}

/* The path of the queries ends with the name of the only one: a picture in a file of its own. */
static bool names_file(const cli_queries *queries, int64_t q)
{
    const size_t n = strlen(queries->text), m = strlen(queries->name[q]);
    return queries->rows.rows == 1 && n >= m && strcmp(queries->text + n - m, queries->name[q]) == 0;
}

/* Query number q and what was found for it, without the query itself. */
static int print_found(const cli_args *args, const cli_table *t, const cli_queries *queries, const finder *f,
                       int64_t q, const int32_t *index, const float *similarity, int64_t asked, int64_t k)
{
    akin_json *found = args->json ? akin_json_array() : NULL;
    int label = t->labels ? 5 : 0;
    if (!args->json) {
        for (int64_t j = 0; j < asked && t->labels; j++)
            if (label_columns(t, index[j]) > label) label = label_columns(t, index[j]);
        if (q) putchar('\n');
        if (queries->own >= 0)
            akin_print(stdout, "nearest to row %lld, %s\n", (long long)queries->own, queries->text);
        else if (queries->name && !names_file(queries, q))
            akin_print(stdout, "nearest to %s of %s\n", queries->name[q], queries->text);
        else if (queries->rows.rows > 1)
            akin_print(stdout, "nearest to row %lld of %s\n", (long long)q, queries->text);
        else
            akin_print(stdout, "nearest to %s\n", queries->text);
        printf("  cosine       row");
        if (t->labels) akin_print(stdout, "  %-*s", label, "label");
        puts(t->names ? "  item" : "");
    }
    for (int64_t j = 0, shown = 0; j < asked && shown < k; j++) {
        if (index[j] == queries->own) continue;
        shown++;
        if (!args->json) {
            printf("%8.4f  ", (double)similarity[j]);
            print_row(t, index[j], label);
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
    if (queries->name) akin_json_put(query, "item", akin_json_text(queries->name[q]));
    akin_json *all = akin_json_pack("{s:o,s:o}", "query", query, "neighbours", found);
    if (f->cells)
        akin_json_put(all, "approximate",
                      akin_json_pack("{s:I,s:I,s:f}", "cells", (int64_t)f->probes, "of",
                                     (int64_t)akin_near_cells_count(f->cells), "found", f->found));
    if (f->again.candidates) akin_json_put(all, "rescored", akin_json_int(f->again.candidates));
    return cli_print_json(args, all);
}

static bool is_zero(const cli_queries *queries, int64_t i)
{
    const akin_codes *c = &queries->codes;
    const int64_t d = queries->rows.cols;
    int64_t j = 0;
    if (c->how == AKIN_QUANTIZE_BINARY) return false;
    if (c->how)
        while (j < d && ((const int8_t *)c->data)[i * d + j] == 0) j++;
    else
        while (j < d && queries->rows.data[i * queries->rows.stride + j] == 0) j++;
    return j == d;
}

/* What has no direction is near nothing: a text of which no word is known, for one. */
static void tell_zeros(const cli_args *args, const cli_queries *queries)
{
    int64_t zeros = 0, first = 0;
    char more[48] = "";
    for (int64_t i = 0; i < queries->rows.rows; i++)
        if (is_zero(queries, i) && zeros++ == 0) first = i;
    if (zeros == 0) return;
    if (queries->own < 0 && queries->rows.rows == 1) {
        cli_note(args, "'%s' becomes a row of zeros; its similarity to everything is 0", queries->text);
        return;
    }
    if (zeros > 1) snprintf(more, sizeof more, ", as %lld others are", (long long)zeros - 1);
    cli_note(args, "row %lld%s%s is all zeros%s; its similarity to everything is 0",
             (long long)(queries->own >= 0 ? queries->own : first), queries->own >= 0 ? "" : " of ",
             queries->own >= 0 ? "" : queries->text, more);
}

/* Finding ------------------------------------------------------------------------------------------------ */

/* Queries that are found at a time. */
static int64_t block_of(const cli_args *args)
{
    return cli_given(args, "approximate") ? MANY : BLOCK * akin_ranks_size(cli_ranks());
}

/* An index where --approximate asks for one, and how many of its cells are looked into. */
static akin_status open_finder(const cli_args *args, const cli_nn_space *space, const cli_queries *asking,
                               int64_t asked, finder *f, akin_error *err)
{
    const cli_table *t = space->table;
    const int64_t n = t->rows.shape[0], d = t->rows.shape[1];
    const akin_cmat table = { t->rows.data, n, d, d }, queries = asking->rows;
    *f = (finder){ .table = table, .codes = t->codes.how ? &t->codes : NULL };
    if (cli_given(args, "rescore"))
        return cli_nn_again_open(args, space, asking, block_of(args), &f->again, err);
    if (!cli_given(args, "approximate")) return AKIN_OK;
    akin_status status =
        akin_near_cells_create_by(cli_ranks(), table, 0, (uint64_t)cli_int(args, "seed"), &f->cells, err);
    if (!status)
        status = akin_near_cells_probes(f->cells, queries, asked, cli_real(args, "approximate"), &f->probes,
                                        &f->found, err);
    if (!status)
        cli_note(
            args,
            "%lld of %lld cells are looked into; of up to 256 queries they hold %.4f of the true neighbours",
            (long long)f->probes, (long long)akin_near_cells_count(f->cells), f->found);
    return status;
}

static akin_status find(const finder *f, const cli_queries *all, int64_t first, akin_cmat some, int64_t asked,
                        int32_t *index, float *similarity, akin_error *err)
{
    if (f->cells) return akin_near_cells_search(f->cells, some, asked, f->probes, index, similarity, err);
    if (!f->codes) return akin_near_exact_by(cli_ranks(), some, f->table, asked, index, similarity, err);
    akin_codes block = AKIN_CODES_INIT;
    block.how = all->codes.how;
    block.rows = some.rows;
    block.width = some.cols;
    block.data = some.data;
    if (block.how)
        block.data = (const char *)all->codes.data + first * akin_quantize_bytes(block.how, block.width);
    return f->again.candidates
               ? cli_nn_again_find(&f->again, &block, asked, index, similarity, err)
               : akin_near_codes_by(cli_ranks(), &block, f->codes, asked, index, similarity, err);
}

static int print_all(const cli_args *args, const cli_table *t, const cli_queries *queries, const finder *f,
                     cli_nn_page *page, int64_t asked, int64_t k)
{
    const int64_t all = queries->rows.rows, block = block_of(args);
    const bool writes = cli_rank_writes();
    const size_t room = (size_t)(all < block ? all : block) * (size_t)asked;
    int32_t *index = malloc(room * sizeof *index);
    float *similarity = malloc(room * sizeof *similarity);
    akin_error err;
    int code =
        index && similarity ? 0 : cli_error(args, AKIN_ERR_NOMEM, "no memory for %zu neighbours", room);
    for (int64_t first = 0; first < all && !code; first += block) {
        akin_cmat some = queries->rows;
        if (some.data) some.data += first * some.stride;
        some.rows = all - first < block ? all - first : block;
        if (find(f, queries, first, some, asked, index, similarity, &err)) code = cli_fail(args, &err);
        for (int64_t i = 0; i < some.rows && !code && writes; i++) {
            cli_nn_page_add(page, first + i, index + i * asked, similarity + i * asked, asked);
            code = print_found(args, t, queries, f, first + i, index + i * asked, similarity + i * asked,
                               asked, k);
        }
    }
    free(index);
    free(similarity);
    return code;
}

int cli_nn_print(const cli_args *args, const cli_nn_space *space, const cli_queries *queries, int64_t k)
{
    const cli_table *t = space->table;
    const int64_t n = t->rows.shape[0];
    const bool own = queries->own >= 0;
    if (k > n - own) k = n - own;
    if (queries->rows.rows == 0) return cli_error(args, AKIN_ERR_INPUT, "'%s' has no rows", queries->text);
    if (k < 1)
        return cli_error(args, AKIN_ERR_INPUT, "there is one row only; a row is no neighbour of itself");
    finder f = { .cells = NULL };
    cli_nn_page page;
    akin_error err;
    tell_zeros(args, queries);
    akin_status status = cli_nn_page_open(args, space, queries, k, &page, &err);
    if (!status) status = open_finder(args, space, queries, k + own, &f, &err);
    int code = status ? cli_fail(args, &err) : print_all(args, t, queries, &f, &page, k + own, k);
    if (!code && cli_rank_writes() && cli_nn_page_write(&page, &err)) code = cli_fail(args, &err);
    cli_nn_page_free(&page);
    cli_nn_again_close(&f.again);
    akin_near_cells_free(f.cells);
    return code;
}
