/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_forward.c - weights packed, and the passes through time.
 *
 * A task is one group of AK_GRU_GROUP sorted rows in one direction: it multiplies the inputs of all its
 * tokens with the weights, then walks through time by itself. Nothing waits for another task inside a layer:
 * a barrier at each of the steps would cost more than a step. */
#include "nn/gru.h"

#include <string.h>

/* Packing --------------------------------------------------------------------------------------------- */

/* Where column j of a packed matrix of depth and cols begins, and the distance of its elements. */
static float *packed_column(const akin_gru *g, float *packed, int64_t depth, int64_t cols, int64_t j,
                            int64_t *stride)
{
    const int64_t full = AK_GRU_PANEL * g->kernels->lanes, panel = j / full;
    *stride = cols - panel * full < full ? cols - panel * full : full;
    return packed + panel * full * depth + (j - panel * full);
}

/* One row of a weight as a column of the packed matrix: its blocks at their padded places. */
static void put_column(const ak_gru_layer *layer, const float *row, float *to, int64_t stride)
{
    const int64_t plain = layer->inputs / layer->blocks;
    for (int64_t b = 0; b < layer->blocks; b++)
        for (int64_t k = 0; k < plain; k++) to[(b * layer->wide + k) * stride] = row[b * plain + k];
}

/* Gates stand as r, z, n in files and as n, r, z in a gate row. */
static const int GATE_OF[3] = { 2, 0, 1 };

static void pack_input(const akin_gru *g, const ak_gru_layer *layer, const ak_gru_side *s)
{
    const int64_t h = g->opts.hidden;
    for (int gate = 0; gate < 3; gate++)
        for (int64_t u = 0; u < h; u++) {
            const int64_t row = GATE_OF[gate] * h + u;
            int64_t stride;
            float *to =
                packed_column(g, s->input, layer->stored, 3 * g->padded, gate * g->padded + u, &stride);
            put_column(layer, s->weight[0] + row * layer->inputs, to, stride);
            s->input_bias[gate * g->padded + u] = s->bias[0][row] + (gate ? s->bias[1][row] : 0);
        }
}

static void pack_state(const akin_gru *g, const ak_gru_side *s)
{
    const int64_t h = g->opts.hidden, lanes = g->kernels->lanes, width = AK_GRU_PANEL * lanes;
    for (int64_t gate = 0; gate < 3; gate++)
        for (int64_t u = 0; u < h; u++) {
            float *to = s->state + u / lanes * g->padded * width + gate * lanes + u % lanes;
            const float *row = s->weight[1] + (gate * h + u) * h;
            for (int64_t k = 0; k < h; k++) to[k * width] = row[k];
        }
    for (int64_t u = 0; u < h; u++) s->state_bias[u] = s->bias[1][2 * h + u];
}

/* Row k of the matrix of depth and cols is `row`, n columns from column j on. */
static void put_row(const akin_gru *g, const float *row, int64_t n, float *packed, int64_t k, int64_t depth,
                    int64_t cols, int64_t j)
{
    const int64_t full = AK_GRU_PANEL * g->kernels->lanes;
    while (n > 0) {
        int64_t stride, some = full - j % full;
        float *to = packed_column(g, packed, depth, cols, j, &stride);
        if (some > n) some = n;
        memcpy(to + k * stride, row, (size_t)some * sizeof *row);
        row += some;
        j += some;
        n -= some;
    }
}

static void pack_back(const akin_gru *g, const ak_gru_layer *layer, const ak_gru_side *s)
{
    const int64_t h = g->opts.hidden, plain = layer->inputs / layer->blocks;
    for (int64_t gate = 0; gate < 3; gate++)
        for (int64_t u = 0; u < h; u++) {
            const float *row = s->weight[0] + (GATE_OF[gate] * h + u) * layer->inputs;
            for (int64_t b = 0; b < layer->blocks; b++)
                put_row(g, row + b * plain, plain, s->back, gate * g->padded + u, 3 * g->padded,
                        layer->stored, b * layer->wide);
        }
}

static void pack_state_back(const akin_gru *g, const ak_gru_side *s)
{
    const int64_t h = g->opts.hidden;
    for (int64_t gate = 0; gate < 3; gate++)
        for (int64_t u = 0; u < h; u++)
            put_row(g, s->weight[1] + (gate * h + u) * h, h, s->state_back, gate * g->padded + u,
                    3 * g->padded, g->padded, 0);
}

typedef struct layer_job {
    akin_gru *g;
    int l;
} layer_job;

static void pack_task(int64_t task, int worker, void *ctx)
{
    const layer_job *w = ctx;
    (void)worker;
    const ak_gru_layer *layer = &w->g->layer[w->l];
    const ak_gru_side *s = &layer->side[task % w->g->directions];
    switch (task / w->g->directions) {
    case 0: pack_input(w->g, layer, s); break;
    case 1: pack_state(w->g, s); break;
    case 2: pack_back(w->g, layer, s); break;
    default: pack_state_back(w->g, s); break;
    }
}

/* Through time ---------------------------------------------------------------------------------------- */

void ak_gru_multiply(const akin_gru *g, const ak_gru_span *s)
{
    const float *a[AK_GRU_BLOCK];
    float *c[AK_GRU_BLOCK];
    for (int64_t begin = 0; begin < s->count; begin += AK_GRU_BLOCK) {
        const int64_t n = s->count - begin < AK_GRU_BLOCK ? s->count - begin : AK_GRU_BLOCK;
        for (int64_t i = 0; i < n; i++) {
            a[i] = s->a + (begin + i) * s->lda;
            c[i] = s->c + (begin + i) * s->ldc;
        }
        const ak_gru_product p = { n, s->depth, s->cols, a, c, s->packed, s->bias, s->add };
        g->kernels->product(&p);
    }
}

/* The input's part of the gates, for all tokens of the rows [begin,end). */
static void multiply_inputs(const akin_gru *g, const ak_gru_layer *layer, int d, int64_t begin, int64_t end)
{
    const ak_gru_side *s = &layer->side[d];
    const ak_gru_span span = { .a = layer->x + g->first[begin] * layer->stored,
                               .lda = layer->stored,
                               .packed = s->input,
                               .bias = s->input_bias,
                               .c = s->gate + (g->first[begin] + d) * 4 * g->padded,
                               .ldc = 4 * g->padded,
                               .count = g->first[end] - g->first[begin] - 1,
                               .depth = layer->stored,
                               .cols = 3 * g->padded };
    ak_gru_multiply(g, &span);
}

static void forward_group(int64_t task, int worker, void *ctx)
{
    const layer_job *w = ctx;
    (void)worker;
    const akin_gru *g = w->g;
    const int d = (int)(task % g->directions);
    const ak_gru_side *s = &g->layer[w->l].side[d];
    const int64_t begin = task / g->directions * AK_GRU_GROUP;
    const int64_t end = begin + AK_GRU_GROUP < g->rows ? begin + AK_GRU_GROUP : g->rows;
    multiply_inputs(g, &g->layer[w->l], d, begin, end);

    const float *prev[AK_GRU_GROUP];
    float *next[AK_GRU_GROUP], *gate[AK_GRU_GROUP];
    int64_t running = end - begin;
    for (int64_t t = 0; t < g->length[begin]; t++) {
        while (g->length[begin + running - 1] <= t) running--;
        for (int64_t i = 0; i < running; i++) {
            const int64_t place = ak_gru_place(g, begin + i, d, t);
            prev[i] = s->h + place * g->padded;
            next[i] = s->h + (place + (d ? -1 : 1)) * g->padded;
            gate[i] = s->gate + place * 4 * g->padded;
        }
        const ak_gru_step step = { .rows = running,
                                   .hidden = g->padded,
                                   .first = t == 0,
                                   .prev = prev,
                                   .next = next,
                                   .gate = gate,
                                   .packed = s->state,
                                   .bias = s->state_bias };
        g->kernels->forward(&step);
    }
}

/* Both directions' states after each token are the next layer's input. */
static void hand_on(int64_t begin, int64_t end, void *ctx)
{
    const layer_job *w = ctx;
    const akin_gru *g = w->g;
    const ak_gru_layer *from = &g->layer[w->l];
    ak_gru_layer *to = &w->g->layer[w->l + 1];
    for (int64_t s = begin; s < end; s++)
        for (int64_t t = 0; t < g->length[s]; t++)
            for (int d = 0; d < g->directions; d++)
                memcpy(to->x + (g->first[s] + t) * to->stored + d * to->wide,
                       from->side[d].h + (g->first[s] + t + !d) * g->padded,
                       (size_t)g->padded * sizeof(float));
}

typedef struct feature_job {
    const akin_gru *g;
    akin_mat features;
} feature_job;

static void make_features(int64_t begin, int64_t end, void *ctx)
{
    const feature_job *w = ctx;
    const akin_gru *g = w->g;
    const int64_t h = g->opts.hidden;
    for (int64_t s = begin; s < end; s++)
        for (int d = 0; d < g->directions; d++) {
            const float *states = g->layer[g->opts.layers - 1].side[d].h;
            float *out = ak_row(w->features, g->order[s]) + d * h;
            if (g->opts.pool == AKIN_GRU_LAST) {
                memcpy(out, states + ak_gru_place(g, s, d, g->length[s]) * g->padded,
                       (size_t)h * sizeof *out);
                continue;
            }
            memset(out, 0, (size_t)h * sizeof *out);
            for (int64_t t = 0; t < g->length[s]; t++) {
                const float *state = states + (g->first[s] + t + !d) * g->padded;
                for (int64_t j = 0; j < h; j++) out[j] += state[j];
            }
            for (int64_t j = 0; j < h; j++) out[j] *= g->over[s];
        }
}

akin_status akin_gru_forward(akin_gru *g, akin_cmat table, const akin_ragged *rows, bool training,
                             akin_mat features, akin_error *err)
{
    if (!g || !rows || !features.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: forward needs a gru, rows and room for features");
    const int64_t f = (int64_t)g->directions * g->opts.hidden;
    if (features.rows != rows->rows || features.cols != f || features.stride < f)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "gru: features is [%lld,%lld] with stride %lld; expected [%lld,%lld]",
                       (long long)features.rows, (long long)features.cols, (long long)features.stride,
                       (long long)rows->rows, (long long)f);
    AK_TRY(ak_gru_take(g, table, rows, err));
    const int64_t groups = (g->rows + AK_GRU_GROUP - 1) / AK_GRU_GROUP;
    for (int l = 0; l < g->opts.layers; l++) {
        layer_job w = { g, l };
        ak_parallel_tasks((training ? 4 : 2) * (int64_t)g->directions, pack_task, &w);
        ak_parallel_tasks(groups * g->directions, forward_group, &w);
        if (l + 1 < g->opts.layers) ak_parallel_for(g->rows, 8, hand_on, &w);
    }
    feature_job w = { g, features };
    ak_parallel_for(g->rows, 8, make_features, &w);
    g->ready = training;
    return AKIN_OK;
}
