/* SPDX-License-Identifier: Apache-2.0 */
/* nn/gru_backward.c - the passes back through time, and the gradients of weights, biases and word vectors.
 *
 * With d the gradient to a state h' = n + z (h - n), n = tanh(a + r u), u = W_hn h + b_hn:
 *
 *     dn = d (1-z)(1-n^2)     dz = d (h-n) z (1-z)     dr = dn u r (1-r)     du = dn r
 *     dh = d z + [dr dz du] W_h                        dx = [dn dr dz] W_x
 *
 * A layer takes two rounds of tasks. The first is the walk back, which writes the gradients of the gates
 * where the gates were. The second is everything that is a product over all tokens. The walk and dx are our
 * kernels. The gradients of weights are oneDNN's sgemm, each over a fixed slice of their rows. Sums over
 * tokens are in the order of places, so no result depends on the number of threads. */
#include "kernels/gemm.h"
#include "nn/gru.h"

#include <stdatomic.h>
#include <string.h>

typedef struct back_job {
    akin_gru *g;
    akin_mat dtokens;
    int l;
    int64_t slices, per_side, products; /* tasks of the second round */
    atomic_bool failed;
} back_job;

/* The walk back --------------------------------------------------------------------------------------- */

/* What, besides the steps after it, adds to the gradient of the state after token t of row s. */
static const float *more_of(const back_job *w, int d, int64_t s, int64_t t)
{
    const akin_gru *g = w->g;
    if (w->l + 1 == g->opts.layers) return g->feature + (s * g->directions + d) * g->padded;
    const ak_gru_layer *above = &g->layer[w->l + 1];
    return above->dx + (g->first[s] + t) * above->stored + d * above->wide;
}

static void back_group(int64_t task, int worker, void *ctx)
{
    const back_job *w = ctx;
    (void)worker;
    const akin_gru *g = w->g;
    const int d = (int)(task % g->directions);
    const ak_gru_side *side = &g->layer[w->l].side[d];
    const bool top = w->l + 1 == g->opts.layers, last = top && g->opts.pool == AKIN_GRU_LAST;
    const int64_t begin = task / g->directions * AK_GRU_GROUP, p = g->padded;
    const int64_t end = begin + AK_GRU_GROUP < g->rows ? begin + AK_GRU_GROUP : g->rows;

    const float *prev[AK_GRU_GROUP], *more[AK_GRU_GROUP], *sums[AK_GRU_GROUP];
    float *gate[AK_GRU_GROUP], *dstate[AK_GRU_GROUP], scale[AK_GRU_GROUP];
    for (int64_t i = 0; i < end - begin; i++) {
        const int64_t s = begin + i;
        dstate[i] = side->dh + s * p;
        scale[i] = top ? g->over[s] : 1;
        if (last)
            memcpy(dstate[i], more_of(w, d, s, 0), (size_t)p * sizeof(float));
        else
            memset(dstate[i], 0, (size_t)p * sizeof(float));
        memset(side->gate + ak_gru_place(g, s, d, g->length[s]) * 4 * p, 0, (size_t)(4 * p) * sizeof(float));
    }
    int64_t running = 0;
    for (int64_t t = g->length[begin]; t-- > 0;) {
        while (begin + running < end && g->length[begin + running] > t) running++;
        for (int64_t i = 0; i < running; i++) {
            const int64_t s = begin + i, place = ak_gru_place(g, s, d, t);
            prev[i] = side->h + place * p;
            gate[i] = side->gate + place * 4 * p;
            sums[i] = gate[i] + p;
            more[i] = more_of(w, d, s, d ? g->length[s] - 1 - t : t);
        }
        const ak_gru_step step = { .rows = running,
                                   .hidden = p,
                                   .prev = prev,
                                   .gate = gate,
                                   .dstate = dstate,
                                   .more = last ? NULL : more,
                                   .scale = scale };
        g->kernels->backward(&step);
        const ak_gru_product back = { running, 3 * p, p, sums, dstate, side->state_back, NULL, true };
        if (t > 0) g->kernels->product(&back);
    }
}

/* Products over all tokens ---------------------------------------------------------------------------- */

/* AK_GRU_SLICE rows of one gate's gradient of weights: of the input (kind 0) or of the state. */
static void weight_slice(back_job *w, int d, int kind, int gate, int64_t slice)
{
    static const int COLUMN[2][3] = { { 1, 2, 0 }, { 1, 2, 3 } }; /* of r, z, n in a gate row */
    akin_gru *g = w->g;
    const ak_gru_layer *layer = &g->layer[w->l];
    const ak_gru_side *s = &layer->side[d];
    const int64_t h = g->opts.hidden, p = g->padded, begin = slice * AK_GRU_SLICE;
    const int64_t rows = h - begin < AK_GRU_SLICE ? h - begin : AK_GRU_SLICE;
    const int64_t late = kind == 0 ? d : 0; /* direction 1 has a token's gates one place after its input */
    const int64_t blocks = kind == 0 ? layer->blocks : 1, cols = kind == 0 ? layer->inputs : h;
    const int64_t plain = cols / blocks, stride = kind == 0 ? layer->stored : p;
    const float *from = s->gate + late * 4 * p + COLUMN[kind][gate] * p + begin;
    const float *with = kind == 0 ? layer->x : s->h;
    float *to = s->dweight[kind] + (gate * h + begin) * cols;
    if (g->places <= late) { /* one empty row: for an empty sum sgemm writes nothing */
        memset(to, 0, (size_t)(rows * cols) * sizeof *to);
        return;
    }
    for (int64_t b = 0; b < blocks; b++) {
        if (!ak_gemm(true, false, rows, plain, g->places - late, from, 4 * p, with + b * layer->wide, stride,
                     0, to + b * plain, cols))
            atomic_store(&w->failed, true);
    }
}

static void bias_side(const back_job *w, int d)
{
    const akin_gru *g = w->g;
    const ak_gru_side *s = &w->g->layer[w->l].side[d];
    const int64_t h = g->opts.hidden, p = g->padded;
    g->kernels->column_sums(s->gate, 4 * p, g->places, 4 * p, s->sums);
    for (int64_t u = 0; u < h; u++) {
        s->dbias[0][u] = s->dbias[1][u] = (float)s->sums[p + u];
        s->dbias[0][h + u] = s->dbias[1][h + u] = (float)s->sums[2 * p + u];
        s->dbias[0][2 * h + u] = (float)s->sums[u];
        s->dbias[1][2 * h + u] = (float)s->sums[3 * p + u];
    }
}

/* The gradient of one block of inputs, and of the word vectors if it is the first layer. */
static void input_block(const back_job *w, int64_t block)
{
    akin_gru *g = w->g;
    const ak_gru_layer *layer = &g->layer[w->l];
    const int64_t begin = block * AK_GRU_BLOCK, p = g->padded;
    const int64_t count = g->places - begin < AK_GRU_BLOCK ? g->places - begin : AK_GRU_BLOCK;
    for (int d = 0; d < g->directions; d++) {
        const ak_gru_span span = { .a = layer->side[d].gate + (begin + d) * 4 * p,
                                   .lda = 4 * p,
                                   .packed = layer->side[d].back,
                                   .c = layer->dx + begin * layer->stored,
                                   .ldc = layer->stored,
                                   .count = count,
                                   .depth = 3 * p,
                                   .cols = layer->stored,
                                   .add = d > 0 };
        ak_gru_multiply(g, &span);
    }
    if (w->l > 0) return;
    for (int64_t i = begin; i < begin + count; i++)
        if (g->token[i] >= 0)
            memcpy(ak_row(w->dtokens, g->token[i]), layer->dx + i * layer->stored,
                   (size_t)g->dim * sizeof(float));
}

static void product_task(int64_t task, int worker, void *ctx)
{
    back_job *w = ctx;
    (void)worker;
    if (task >= w->products) {
        input_block(w, task - w->products);
        return;
    }
    const int d = (int)(task / w->per_side);
    const int64_t part = task % w->per_side;
    if (part == w->per_side - 1)
        bias_side(w, d);
    else
        weight_slice(w, d, (int)(part / (3 * w->slices)), (int)(part / w->slices % 3), part % w->slices);
}

/* The feature's gradient in the order and the width of states. */
static void take_gradient(akin_gru *g, akin_cmat dfeatures)
{
    const int64_t h = g->opts.hidden;
    for (int64_t s = 0; s < g->rows; s++)
        for (int d = 0; d < g->directions; d++) {
            float *to = g->feature + (s * g->directions + d) * g->padded;
            memcpy(to, ak_crow(dfeatures, g->order[s]) + d * h, (size_t)h * sizeof *to);
            memset(to + h, 0, (size_t)(g->padded - h) * sizeof *to);
        }
}

static akin_status check(const akin_gru *g, akin_cmat dfeatures, akin_mat dtokens, akin_error *err)
{
    if (!g || !dfeatures.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: backward needs a gru and the gradient of features");
    if (!g->ready)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "gru: backward must follow a forward pass in training");
    const int64_t f = (int64_t)g->directions * g->opts.hidden;
    if (dfeatures.rows != g->rows || dfeatures.cols != f || dfeatures.stride < f)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "gru: dfeatures is [%lld,%lld] with stride %lld; expected [%lld,%lld]",
                       (long long)dfeatures.rows, (long long)dfeatures.cols, (long long)dfeatures.stride,
                       (long long)g->rows, (long long)f);
    if (dtokens.data && (dtokens.rows != g->tokens || dtokens.cols != g->dim || dtokens.stride < g->dim))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "gru: dtokens is [%lld,%lld] with stride %lld; expected [%lld,%lld]",
                       (long long)dtokens.rows, (long long)dtokens.cols, (long long)dtokens.stride,
                       (long long)g->tokens, (long long)g->dim);
    return AKIN_OK;
}

akin_status akin_gru_backward(akin_gru *g, akin_cmat dfeatures, akin_mat dtokens, akin_error *err)
{
    AK_TRY(check(g, dfeatures, dtokens, err));
    g->ready = false;
    take_gradient(g, dfeatures);
    if (dtokens.data && g->tokens > g->places - g->rows) /* some tokens do not count */
        for (int64_t t = 0; t < g->tokens; t++) memset(ak_row(dtokens, t), 0, (size_t)g->dim * sizeof(float));

    back_job w = { .g = g, .dtokens = dtokens };
    w.slices = (g->opts.hidden + AK_GRU_SLICE - 1) / AK_GRU_SLICE;
    w.per_side = 6 * w.slices + 1;
    w.products = w.per_side * g->directions;
    const int64_t groups = (g->rows + AK_GRU_GROUP - 1) / AK_GRU_GROUP;
    const int64_t blocks = (g->places + AK_GRU_BLOCK - 1) / AK_GRU_BLOCK;
    for (w.l = g->opts.layers; w.l-- > 0;) {
        for (int d = 0; d < g->directions; d++) /* read as the gates of the place after the last */
            memset(g->layer[w.l].side[d].gate + g->places * 4 * g->padded, 0,
                   (size_t)(4 * g->padded) * sizeof(float));
        ak_parallel_tasks(groups * g->directions, back_group, &w);
        ak_parallel_tasks(w.products + (w.l || dtokens.data ? blocks : 0), product_task, &w);
    }
    if (!atomic_load(&w.failed)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "gru: gradient of weights: oneDNN is out of memory");
}
