/* SPDX-License-Identifier: Apache-2.0 */
/* cli/nn/page.c - queries and what is nearest to them, side by side: pictures, texts or names. */
#include "cli/nn/nn.h"

#include "akin/tool/dataset.h"
#include "akin/tool/escape.h"
#include "akin/tool/program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_QUERIES = 100, MOST_NEAR = 23 };

/* Items of the page: rows of the table from 0, and behind them the queries. */
static int64_t query_of(const cli_nn_page *p, int64_t i) { return i - p->space->table->rows.shape[0]; }

static const char *item_name(int64_t i, void *ctx)
{
    cli_nn_page *p = ctx;
    const cli_table *t = p->space->table;
    const int64_t q = query_of(p, i);
    if (q >= 0) return p->queries->name ? p->queries->name[q] : "the query";
    if (p->space->set) return akin_dataset_item_name(p->space->set, p->split, i, p->name, sizeof p->name);
    if (t->names) return t->names[i];
    snprintf(p->name, sizeof p->name, "row %lld", (long long)i);
    return p->name;
}

static const char *item_words(int64_t i, int64_t *bytes, void *ctx)
{
    const cli_nn_page *p = ctx;
    const int64_t q = query_of(p, i);
    if (q < 0) return akin_dataset_item_text(p->space->set, p->split, i, bytes);
    if (p->queries->set) return akin_dataset_item_text(p->queries->set, "train", q, bytes);
    *bytes = (int64_t)strlen(p->queries->text);
    return p->queries->text;
}

static akin_status item_picture(int64_t i, uint8_t *pixels, void *ctx, akin_error *err)
{
    const cli_nn_page *p = ctx;
    const int64_t q = query_of(p, i);
    return q < 0 ? akin_images_fetch(&p->pictures, &i, 1, pixels, err)
                 : akin_images_fetch(&p->asked, &q, 1, pixels, err);
}

akin_status cli_nn_page_open(const cli_args *args, const cli_nn_space *space, const cli_queries *queries,
                             int64_t k, cli_nn_page *p, akin_error *err)
{
    *p = (cli_nn_page){ .path = cli_text(args, "page") };
    if (!p->path) return AKIN_OK;
    p->space = space;
    p->queries = queries;
    p->split = space->set ? cli_text(args, "split") : "train";
    p->k = k < MOST_NEAR ? k : MOST_NEAR;
    const int64_t all = queries->rows.rows, n = all < MOST_QUERIES ? all : MOST_QUERIES;
    p->room = n;
    p->section = calloc((size_t)n, sizeof *p->section);
    p->title = calloc((size_t)n, sizeof *p->title);
    p->start = calloc((size_t)n, 2 * sizeof *p->start);
    p->item = calloc((size_t)n * (size_t)(p->k + 1), sizeof *p->item);
    p->number = calloc((size_t)n * (size_t)(p->k + 1), sizeof *p->number);
    if (!p->section || !p->title || !p->start || !p->item || !p->number)
        return cli_no_memory(err, n, "queries on the page");
    p->pictures = p->asked = (akin_images)AKIN_IMAGES_INIT;
    p->pictured = space->set && akin_dataset_has_pictures(space->set);
    akin_status status =
        p->pictured ? akin_dataset_pictures(space->set, p->split, &p->pictures, err) : AKIN_OK;
    p->asks_pictures = p->pictured && queries->set;
    if (!status && p->asks_pictures) status = akin_dataset_pictures(queries->set, "train", &p->asked, err);
    return status;
}

void cli_nn_page_add(cli_nn_page *p, int64_t q, const int32_t *index, const float *similarity, int64_t asked)
{
    if (!p->path || p->used == p->room) return;
    const int64_t r = p->used++, at = r * (p->k + 1), own = p->queries->own;
    const bool texts = p->space->set && akin_dataset_kind(p->space->set) == AKIN_DATA_TEXT;
    int64_t n = 0;
    if (own >= 0 || p->asks_pictures || texts) { /* the query itself comes first, where it can be shown */
        p->item[at] = own >= 0 ? own : p->space->table->rows.shape[0] + q;
        p->number[at + n++] = NAN;
    }
    for (int64_t j = 0, near = 0; j < asked && near < p->k; j++) {
        if (index[j] == own) continue;
        p->item[at + n] = index[j];
        p->number[at + n++] = (double)similarity[j];
        near++;
    }
    const char *of = p->queries->name ? p->queries->name[q] : p->queries->text;
    char shown[200];
    if (p->queries->rows.rows > 1 && !p->queries->name)
        snprintf(p->title[r], sizeof p->title[r], "Nearest to row %lld", (long long)q);
    else
        snprintf(p->title[r], sizeof p->title[r], "Nearest to %s", akin_show_name(of, shown, sizeof shown));
    p->start[2 * r + 1] = n;
    p->section[r] =
        (akin_sheet_section){ p->title[r], "", "cosine", 1, p->start + 2 * r, p->item + at, p->number + at };
}

akin_status cli_nn_page_write(cli_nn_page *p, akin_error *err)
{
    if (!p->path) return AKIN_OK;
    char headline[160], title[512], *html = NULL;
    size_t bytes = 0;
    const int64_t all = p->queries->rows.rows;
    akin_sheet sheet = AKIN_SHEET_INIT;
    const long long rows = (long long)p->space->table->rows.shape[0];
    int at = snprintf(headline, sizeof headline, "The %lld nearest among %lld items", (long long)p->k, rows);
    if (all > 1)
        snprintf(headline + at, sizeof headline - (size_t)at,
                 all > p->used ? ", to each of the first %lld of %lld queries" : ", to each of %lld queries",
                 (long long)p->used, (long long)all);
    sheet.kind = "Nearest";
    sheet.title = akin_show_name(p->queries->text, title, sizeof title);
    sheet.headline = headline;
    sheet.text = "The cosine of two rows: 1 is one direction, 0 has nothing in common.";
    sheet.section = p->section;
    sheet.sections = (int32_t)p->used;
    sheet.item = item_name;
    sheet.ctx = p;
    if (p->space->set && akin_dataset_kind(p->space->set) == AKIN_DATA_TEXT) sheet.words = item_words;
    if (p->pictured) {
        sheet.picture = item_picture;
        sheet.height = p->pictures.height;
        sheet.width = p->pictures.width;
        sheet.channels = p->pictures.channels;
    }
    akin_status status = akin_sheet_write(&sheet, &html, &bytes, err);
    if (!status) status = akin_file_save(p->path, html, bytes, err);
    free(html);
    return status;
}

void cli_nn_page_free(cli_nn_page *p)
{
    free(p->section);
    free(p->title);
    free(p->start);
    free(p->item);
    free(p->number);
    memset(p, 0, sizeof *p);
}
