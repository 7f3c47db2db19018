/* SPDX-License-Identifier: Apache-2.0 */
/* model/net_words.c - see model/net_words.h. */
#include "model/net_words.h"

#include <string.h>

ak_transformer_opts ak_net_transformer_opts(const ak_net_plan *p)
{
    const int32_t width = p->hidden ? p->hidden : 256, usual = width / 64 > 0 ? width / 64 : 1;
    return (ak_transformer_opts){ .width = width,
                                  .layers = p->layers ? p->layers : 4,
                                  .heads = p->encoder.heads ? p->encoder.heads : usual,
                                  .inputs = p->table.dim,
                                  .positions = p->positions,
                                  .seed = p->seed,
                                  .half = p->encoder.precision == AKIN_PRECISION_BF16 };
}

typedef struct job {
    ak_net *net;
    akin_cmat table;
    const akin_ragged *rows;
} job;

static void read_range(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    const ak_transformer *t = w->net->transformer;
    for (int64_t r = begin; r < end; r++)
        for (int64_t k = t->first[r]; k < t->first[r + 1]; k++) {
            const int32_t id = w->rows->ids[w->rows->start[r] + k - t->first[r]];
            memcpy(t->input + k * t->inputs, ak_crow(w->table, id), (size_t)w->table.cols * sizeof(float));
        }
}

static akin_status check_ids(const akin_ragged *rows, int64_t words, akin_error *err)
{
    for (int64_t i = 0; i < rows->start[rows->rows]; i++)
        if (rows->ids[i] < 0 || rows->ids[i] >= words)
            return ak_fail(err, AKIN_ERR_RANGE, "transformer: word %d; the table has words 0 to %lld",
                           (int)rows->ids[i], (long long)words - 1);
    return AKIN_OK;
}

akin_status ak_net_read_words(ak_net *net, akin_cmat table, const akin_ragged *rows, bool training,
                              akin_mat out, akin_error *err)
{
    AK_TRY(check_ids(rows, table.rows, err));
    AK_TRY(ak_transformer_take(net->transformer, rows->rows, rows->start, training, err));
    job w = { net, table, rows };
    ak_parallel_for(rows->rows, 8, read_range, &w);
    ak_transformer_forward(net->transformer, out.data, out.stride);
    return AKIN_OK;
}

static void spread_range(int64_t begin, int64_t end, void *ctx)
{
    ak_net *net = ctx;
    const ak_transformer *t = net->transformer;
    const size_t wide = (size_t)net->dwords.cols * sizeof(float);
    for (int64_t r = begin; r < end; r++)
        for (int64_t k = t->start[r]; k < t->start[r + 1]; k++) {
            const int64_t at = t->first[r] + k - t->start[r];
            if (at < t->first[r + 1])
                memcpy(ak_row(net->dwords, k), ak_row(net->dread, at), wide);
            else
                memset(ak_row(net->dwords, k), 0, wide);
        }
}

akin_status ak_net_words_gradient(ak_net *net, akin_error *err)
{
    AK_TRY(ak_transformer_backward(net->transformer, net->dfront.data, net->dfront.stride, net->dread.data,
                                   err));
    ak_parallel_for(net->transformer->rows, 8, spread_range, net);
    return AKIN_OK;
}
