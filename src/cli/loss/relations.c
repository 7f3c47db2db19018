/* SPDX-License-Identifier: Apache-2.0 */
/* cli/loss/relations.c - what `akin loss` is told of pairs of rows, and of numbers that rows stand for. */
#include "cli/loss/inputs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A link one way. */
typedef struct row_link {
    int64_t from, to;
    float weight;
} row_link;

static int by_rows(const void *a, const void *b)
{
    const row_link *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static akin_status read_link(const char *path, const float *row, int64_t line, int64_t rows, row_link both[2],
                             akin_error *err)
{
    for (int k = 0; k < 2; k++)
        if (!(row[k] >= 0 && row[k] < (float)rows && row[k] == floorf(row[k])))
            return cli_set_error(err, AKIN_ERR_INPUT,
                                 "'%s', row %lld: %g is no row of a and b, which are 0 to %lld", path,
                                 (long long)line, (double)row[k], (long long)(rows - 1));
    if (row[0] == row[1] || !isfinite(row[2]))
        return cli_set_error(
            err, AKIN_ERR_INPUT,
            "'%s', row %lld: rows %g and %g, weight %g; expected two rows and a finite weight", path,
            (long long)line, (double)row[0], (double)row[1], (double)row[2]);
    both[0] = (row_link){ (int64_t)row[0], (int64_t)row[1], row[2] };
    both[1] = (row_link){ (int64_t)row[1], (int64_t)row[0], row[2] };
    return AKIN_OK;
}

static akin_status spread(const char *path, cli_loss_inputs *in, row_link *links, int64_t n, int64_t rows,
                          akin_error *err)
{
    in->link_start = calloc((size_t)rows + 1, sizeof *in->link_start);
    in->link = malloc((size_t)n * sizeof *in->link + 1);
    in->link_weight = malloc((size_t)n * sizeof *in->link_weight + 1);
    if (!in->link_start || !in->link || !in->link_weight) return cli_no_memory(err, n, "links");
    qsort(links, (size_t)n, sizeof *links, by_rows);
    for (int64_t i = 0; i < n; i++) {
        if (i && by_rows(&links[i - 1], &links[i]) == 0)
            return cli_set_error(err, AKIN_ERR_INPUT, "'%s' has the pair of rows %lld and %lld twice", path,
                                 (long long)links[i].from, (long long)links[i].to);
        in->link_start[links[i].from + 1]++;
        in->link[i] = (int32_t)links[i].to;
        in->link_weight[i] = links[i].weight;
    }
    for (int64_t i = 0; i < rows; i++) in->link_start[i + 1] += in->link_start[i];
    return AKIN_OK;
}

static akin_status load_links(const char *path, cli_loss_inputs *in, akin_error *err)
{
    const int64_t rows = 2 * in->batch.a.rows;
    akin_status status = akin_npy_load_matrix(path, &in->links, err);
    if (status) return status;
    const int64_t n = in->links.shape[0];
    if (in->links.shape[1] != 3)
        return cli_set_error(err, AKIN_ERR_SHAPE,
                             "'%s' has %lld columns; expected 3: two rows and the weight of the pair", path,
                             (long long)in->links.shape[1]);
    row_link *links = malloc((size_t)(2 * n) * sizeof *links + 1);
    if (!links) return cli_no_memory(err, 2 * n, "links");
    for (int64_t i = 0; i < n && !status; i++)
        status = read_link(path, (const float *)in->links.data + 3 * i, i, rows, links + 2 * i, err);
    if (!status) status = spread(path, in, links, 2 * n, rows, err);
    free(links);
    if (status) return status;
    in->batch.link_start = in->link_start;
    in->batch.link = in->link;
    in->batch.link_weight = in->link_weight;
    return AKIN_OK;
}

static akin_status load_values(const char *path, cli_loss_inputs *in, akin_error *err)
{
    const int64_t n = in->batch.a.rows;
    const akin_status status = akin_npy_load_matrix(path, &in->values, err);
    if (status) return status;
    const int64_t rows = in->values.shape[0], q = in->values.shape[1];
    in->batch.values = (akin_cmat){ in->values.data, rows, q, q };
    if (rows == 2 * n) return AKIN_OK;
    if (rows != n)
        return cli_set_error(err, AKIN_ERR_SHAPE,
                             "'%s' has values of %lld rows; expected %lld, or %lld for both views", path,
                             (long long)rows, (long long)(2 * n), (long long)n);
    const size_t half = (size_t)(n * q);
    in->both_values = malloc(2 * half * sizeof(float));
    if (!in->both_values) return cli_no_memory(err, 2 * n, "values");
    for (int view = 0; view < 2; view++)
        memcpy(in->both_values + (size_t)view * half, in->values.data, half * sizeof(float));
    in->batch.values = (akin_cmat){ in->both_values, 2 * n, q, q };
    return AKIN_OK;
}

akin_status cli_loss_inputs_relations(const cli_args *args, cli_loss_inputs *in, akin_error *err)
{
    const char *links = cli_text(args, "links"), *values = cli_text(args, "values");
    const akin_status status = links ? load_links(links, in, err) : AKIN_OK;
    return status || !values ? status : load_values(values, in, err);
}

/* Row i of a part: one of a, then one of b. */
static int64_t row_of(const akin_loss_batch *whole, int64_t first, int64_t n, int64_t i)
{
    return i < n ? first + i : whole->a.rows + first + i - n;
}

akin_status cli_loss_part_relations(const akin_loss_batch *whole, int64_t first, int64_t n,
                                    cli_loss_part *out, akin_error *err)
{
    int64_t used = 0;
    if (!whole->link_start) return AKIN_OK;
    const size_t most = (size_t)whole->link_start[2 * whole->a.rows] + 1;
    out->link_start = malloc((size_t)(2 * n + 1) * sizeof *out->link_start);
    out->link = malloc(most * sizeof *out->link);
    out->link_weight = malloc(most * sizeof *out->link_weight);
    if (!out->link_start || !out->link || !out->link_weight)
        return cli_no_memory(err, 2 * n, "rows of links");
    for (int64_t i = 0; i < 2 * n; i++) {
        const int64_t row = row_of(whole, first, n, i);
        out->link_start[i] = used;
        for (int64_t l = whole->link_start[row]; l < whole->link_start[row + 1]; l++, used++) {
            out->link[used] = whole->link[l];
            out->link_weight[used] = whole->link_weight[l];
        }
    }
    out->link_start[2 * n] = used;
    out->batch.link_start = out->link_start;
    out->batch.link = out->link;
    out->batch.link_weight = out->link_weight;
    return AKIN_OK;
}
