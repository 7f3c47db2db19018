/* SPDX-License-Identifier: Apache-2.0 */
/* cli/loss/part.c - the items of one rank: rows of every input, and of every gradient. */
#include "cli/loss/inputs.h"

#include "akin/tool/map.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static akin_cmat rows_of(akin_cmat all, int64_t first, int64_t n)
{
    if (!all.data) return all;
    all.data += first * all.stride;
    all.rows = n;
    return all;
}

static akin_mat mutable_rows(akin_mat all, int64_t first, int64_t n)
{
    if (!all.data) return all;
    all.data += first * all.stride;
    all.rows = n;
    return all;
}

/* Those of a, then those of b. */
static akin_status take_both(akin_cmat all, int64_t items, int64_t first, int64_t n, float **to,
                             akin_cmat *part, akin_error *err)
{
    const size_t bytes = (size_t)all.cols * sizeof *all.data;
    if (!all.data) return AKIN_OK;
    *to = malloc(2 * (size_t)n * bytes);
    if (!*to) return cli_no_memory(err, 2 * n, "rows of both views");
    for (int64_t i = 0; i < 2 * n; i++) {
        const int64_t row = i < n ? first + i : items + first + i - n;
        memcpy(*to + i * all.cols, all.data + row * all.stride, bytes);
    }
    *part = (akin_cmat){ *to, 2 * n, all.cols, all.cols };
    return AKIN_OK;
}

/* Whether all ranks have these rows. */
static akin_status alike(const akin_loss_batch *b, akin_status mine, akin_error *err)
{
    const akin_cmat all[] = { b->a, b->b, b->features, b->positives, b->negatives, b->targets };
    char text[6 * 20 + 1] = "";
    for (int i = 0; i < 6; i++)
        snprintf(text + 20 * i, sizeof text - 20 * (size_t)i, "%016" PRIx64 "    ",
                 all[i].data ? akin_map_sum(all[i]) : 0);
    return akin_ranks_alike(cli_ranks(), mine, "the inputs", text, err);
}

akin_status cli_loss_part_take(const akin_loss_batch *whole, const akin_loss_grads *all, cli_loss_part *out,
                               akin_error *err)
{
    akin_ranks *ranks = cli_ranks();
    const int rank = akin_ranks_rank(ranks), size = akin_ranks_size(ranks);
    const int64_t items = whole->a.rows, first = akin_ranks_first(ranks, items, rank),
                  n = akin_ranks_first(ranks, items, rank + 1) - first;
    const int64_t block = whole->block, many = whole->count * block;
    akin_status status = AKIN_OK;
    *out = (cli_loss_part){ .batch = *whole, .grads = *all };
    if (size == 1) return AKIN_OK;
    if (items < size)
        status =
            cli_set_error(err, AKIN_ERR_ARGUMENT, "%" PRId64 " items are fewer than %d ranks", items, size);
    status = alike(whole, status, err);
    if (status) return status;
    out->batch.ranks = ranks;
    out->batch.items = items;
    out->batch.a = rows_of(whole->a, first, n);
    out->batch.b = rows_of(whole->b, first, n);
    out->batch.positives = rows_of(whole->positives, first * block, n * block);
    out->batch.negatives = rows_of(whole->negatives, first * many, n * many);
    if (whole->labels) out->batch.labels = whole->labels + first;
    out->grads.a = mutable_rows(all->a, first, n);
    out->grads.b = mutable_rows(all->b, first, n);
    out->grads.positives = mutable_rows(all->positives, first * block, n * block);
    out->grads.negatives = mutable_rows(all->negatives, first * many, n * many);
    status = take_both(whole->features, items, first, n, &out->features, &out->batch.features, err);
    if (status) return status;
    status = take_both(whole->targets, items, first, n, &out->targets, &out->batch.targets, err);
    if (status) return status;
    status = take_both(whole->values, items, first, n, &out->values, &out->batch.values, err);
    return status ? status : cli_loss_part_relations(whole, first, n, out, err);
}

akin_status cli_loss_part_gather(const akin_loss_batch *whole, const akin_loss_grads *all, akin_error *err)
{
    const akin_mat grad[] = { all->a, all->b, all->positives, all->negatives };
    const int64_t rows[] = { 1, 1, whole->block, whole->count * whole->block };
    akin_status status = AKIN_OK;
    for (int i = 0; i < 4 && !status; i++)
        if (grad[i].data)
            status = akin_ranks_gather(cli_ranks(), grad[i].data, whole->a.rows,
                                       rows[i] * grad[i].cols * (int64_t)sizeof(float), err);
    return status;
}

void cli_loss_part_free(cli_loss_part *p)
{
    free(p->features);
    free(p->targets);
    free(p->values);
    free(p->link_start);
    free(p->link);
    free(p->link_weight);
}
