/* SPDX-License-Identifier: Apache-2.0 */
/* nn/transformer_backward.c - the backward pass.
 *
 * A block of tokens goes back to the result of attention, rows by head through it, and a block of tokens to
 * the block's input. Then all gradients of the block's weights are taken side by side, by oneDNN's sgemm in
 * slices, with sums over all tokens. Each task leaves the sums over its tokens, which are added in
 * their order.
 *
 * In bf16 the tasks leave the operands of those products rounded, tokens in pairs, and a task of the
 * gradients adds up the blocks of tokens in their order. */
#include "nn/transformer.h"

#include "kernels/gemm.h"

#include <string.h>

enum { SLICE = 96, SLICES = 16 };

/* Columns of the sums over tokens, in widths. */
enum { OF_FC2 = 0, OF_FC1 = 1, OF_NORM2 = 5, OF_PROJ = 7, OF_QKV = 8, OF_NORM1 = 11 };
_Static_assert(AK_TF_TIMES == 4 && AK_TF_SUMS == OF_NORM1 + 2, "sums have other places");

/* Columns of the operands in bf16, in widths: gradients and what they are multiplied with. */
enum { DY_FC2 = 0, X_FC2 = 1, DY_FC1 = 5, X_FC1 = 9, DY_PROJ = 10, X_PROJ = 11, DY_QKV = 12, X_QKV = 15 };
_Static_assert(AK_TF_PAIRS == X_QKV + 1, "operands have other places");

typedef struct job {
    ak_transformer *t;
    int layer, now; /* dx[now]: the gradient to the block's result */
    const float *dfeatures;
    int64_t stride;
    float *dinput;
} job;

static float *sums_of(const ak_transformer *t, int64_t task, int column)
{
    return t->part + (task * AK_TF_SUMS + column) * t->width;
}

static int64_t tokens_of(const ak_transformer *t, int64_t task)
{
    const int64_t left = t->tokens - task * AK_TF_BLOCK;
    return left < AK_TF_BLOCK ? left : AK_TF_BLOCK;
}

static void clear(const ak_transformer *t, int64_t task)
{
    memset(sums_of(t, task, 0), 0, (size_t)(AK_TF_SUMS * t->width) * sizeof(float));
}

/* dx [n][wide] = dy W. */
static void back(const ak_transformer *t, const ak_matrix *m, int64_t n, const float *dy, float *dx,
                 int64_t wide, float *scratch)
{
    const ak_token_product p = {
        .rows = n, .depth = m->out, .cols = wide, .a = dy, .a_row = m->out, .c = dx, .c_row = wide
    };
    ak_transformer_multiply(t, m, true, p, scratch);
}

static uint32_t *pairs_of(const ak_transformer *t, int64_t task, int column)
{
    return t->pairs + (task * AK_TF_PAIRS + column) * t->width * (AK_TF_BLOCK / 2);
}

/* In bf16: x [n][widths] is an operand of a gradient. */
static void leave(const ak_transformer *t, int64_t task, int column, const float *x, int64_t n, int widths)
{
    if (t->half)
        t->half->across(x, n, widths * t->width, pairs_of(t, task, column),
                        AK_HALF_PANEL * (AK_TF_BLOCK / 2));
}

/* A part of what all tokens have, or, where nothing is kept, of scratch. */
static float *rows_of(float *all, int64_t first, int64_t wide, float *scratch)
{
    return all ? all + first * wide : scratch;
}

static void norm_back(const ak_transformer *t, const ak_layer_norm *w, const float *x, int64_t first,
                      int64_t n, const float *dy, const float *more, float *y, float *dx, float *sums)
{
    const int64_t d = t->width;
    t->ops->norm_back(&(ak_token_norm){ .rows = n,
                                        .width = d,
                                        .x = x + first * d,
                                        .gamma = w->gamma,
                                        .beta = w->beta,
                                        .y = y,
                                        .mean = w->mean + first,
                                        .over = w->over + first,
                                        .dy = dy,
                                        .more = more ? more + first * d : NULL,
                                        .dx = dx + first * d,
                                        .dgamma = sums,
                                        .dbeta = sums + d });
}

/* From the features to the last block's result. */
static void end_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const int64_t d = t->width, first = task * AK_TF_BLOCK, n = tokens_of(t, task);
    float *dy = t->scratch + worker * t->scratch_floats;
    clear(t, task);
    for (int64_t i = 0; i < n; i++) {
        const int64_t row = t->row[first + i];
        const float over = 1 / (float)(t->first[row + 1] - t->first[row]);
        for (int64_t j = 0; j < d; j++) dy[i * d + j] = w->dfeatures[row * w->stride + j] * over;
    }
    norm_back(t, &t->last, t->end, first, n, dy, NULL, NULL, t->dx[w->now], sums_of(t, task, OF_NORM1));
}

static void to_attention_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const ak_tf_block *b = &t->block[w->layer];
    const int64_t d = t->width, wide = AK_TF_TIMES * d, first = task * AK_TF_BLOCK, n = tokens_of(t, task);
    const float *dy = t->dx[w->now] + first * d;
    float *dnormed = t->scratch + worker * t->scratch_floats, *of_norm = dnormed + AK_TF_BLOCK * d;
    float *of_units = of_norm + AK_TF_BLOCK * d, *dmiddle = t->dmiddle + first * d;
    float *dunits = rows_of(t->dunits, first, wide, of_units);
    float *active = rows_of(t->active, first, wide, of_units + AK_TF_BLOCK * wide);
    float *normed = rows_of(t->normed[1], first, d, of_norm);
    clear(t, task);
    t->ops->sum_rows(dy, d, n, d, sums_of(t, task, OF_FC2));
    leave(t, task, DY_FC2, dy, n, 1);
    back(t, &b->fc2, n, dy, dunits, wide, dnormed);
    t->ops->gelu_back(b->units + first * wide, n * wide, dunits, active);
    leave(t, task, X_FC2, active, n, AK_TF_TIMES);
    leave(t, task, DY_FC1, dunits, n, AK_TF_TIMES);
    t->ops->sum_rows(dunits, wide, n, wide, sums_of(t, task, OF_FC1));
    back(t, &b->fc1, n, dunits, dnormed, d, dnormed);
    norm_back(t, &b->norm[1], b->middle, first, n, dnormed, t->dx[w->now], normed, t->dmiddle,
              sums_of(t, task, OF_NORM2));
    leave(t, task, X_FC1, normed, n, 1);
    t->ops->sum_rows(dmiddle, d, n, d, sums_of(t, task, OF_PROJ));
    leave(t, task, DY_PROJ, dmiddle, n, 1);
    leave(t, task, X_PROJ, b->mixed + first * d, n, 1);
    back(t, &b->proj, n, dmiddle, t->dmixed + first * d, d, dnormed);
}

static void heads_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const ak_tf_block *b = &t->block[w->layer];
    const int64_t row = task / t->opts.heads, head = task % t->opts.heads;
    const ak_attention a = { .ops = t->ops,
                             .heads = t->opts.heads,
                             .wide = t->width / t->opts.heads,
                             .qkv = b->heads,
                             .out = b->mixed,
                             .lse = b->lse,
                             .tokens = t->tokens,
                             .dout = t->dmixed,
                             .dqkv = t->dheads };
    ak_attention_backward(&a, t->first[row], t->first[row + 1] - t->first[row], head,
                          t->scratch + worker * t->scratch_floats);
}

static void to_input_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const ak_tf_block *b = &t->block[w->layer];
    const int64_t d = t->width, first = task * AK_TF_BLOCK, n = tokens_of(t, task);
    const float *dheads = t->dheads + first * 3 * d;
    float *dnormed = t->scratch + worker * t->scratch_floats;
    float *normed = rows_of(t->normed[0], first, d, dnormed + AK_TF_BLOCK * d);
    t->ops->sum_rows(dheads, 3 * d, n, 3 * d, sums_of(t, task, OF_QKV));
    leave(t, task, DY_QKV, dheads, n, 3);
    back(t, &b->qkv, n, dheads, dnormed, d, dnormed);
    norm_back(t, &b->norm[0], b->x, first, n, dnormed, t->dmiddle, normed, t->dx[!w->now],
              sums_of(t, task, OF_NORM1));
    leave(t, task, X_QKV, normed, n, 1);
}

/* The input: its gradient where it is wanted, and the sums for the bias. */
static void start_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    (void)worker;
    const int64_t d = t->width, first = task * AK_TF_BLOCK, n = tokens_of(t, task);
    const float *dx = t->dx[w->now] + first * d;
    clear(t, task);
    t->ops->sum_rows(dx, d, n, d, sums_of(t, task, OF_FC2));
    if (w->dinput) back(t, &t->embed, n, dx, w->dinput + first * t->inputs, t->inputs, NULL); /* float32 */
}

/* A place's gradient is the sum over the rows that reach it, in their order. */
static void place_range(int64_t begin, int64_t end, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const int64_t d = t->width;
    memset(t->dplace + begin * d, 0, (size_t)((end - begin) * d) * sizeof(float));
    for (int64_t row = 0; row < t->rows; row++) {
        const int64_t length = t->first[row + 1] - t->first[row], until = length < end ? length : end;
        for (int64_t at = begin; at < until; at++)
            t->ops->sum_rows(t->dx[w->now] + (t->first[row] + at) * d, d, 1, d, t->dplace + at * d);
    }
}

/* Weights --------------------------------------------------------------------------------------------- */

typedef struct weights_job { /* dW = dy^T x, in slices of the larger side */
    int64_t tokens, count;
    struct {
        const ak_matrix *m;
        const float *dy, *x;
        int64_t x_row, begin, end;
        bool done;
    } slice[4 * SLICES];
} weights_job;

static void add_slices(weights_job *w, const ak_matrix *m, const float *dy, const float *x, int64_t x_row)
{
    const int64_t side = m->out > m->in ? m->out : m->in;
    const int64_t fitting = side / SLICE < SLICES ? side / SLICE : SLICES, n = fitting ? fitting : 1;
    for (int64_t k = 0; k < n; k++) {
        w->slice[w->count].m = m;
        w->slice[w->count].dy = dy;
        w->slice[w->count].x = x;
        w->slice[w->count].x_row = x_row;
        w->slice[w->count].begin = side * k / n;
        w->slice[w->count++].end = side * (k + 1) / n;
    }
}

static void weights_task(int64_t task, int worker, void *ctx)
{
    weights_job *w = ctx;
    (void)worker;
    const ak_matrix *m = w->slice[task].m;
    const int64_t begin = w->slice[task].begin, n = w->slice[task].end - begin;
    const bool of_out = m->out > m->in;
    const float *dy = w->slice[task].dy + (of_out ? begin : 0), *x = w->slice[task].x + (of_out ? 0 : begin);
    w->slice[task].done = ak_gemm(true, false, of_out ? n : m->out, of_out ? m->in : n, w->tokens, dy, m->out,
                                  x, w->slice[task].x_row, 0, m->grad + begin * (of_out ? m->in : 1), m->in);
}

static akin_status weights(weights_job *w, akin_error *err)
{
    for (int64_t i = 0; !w->tokens && i < w->count; i++) { /* rows without a token */
        const ak_matrix *m = w->slice[i].m;
        memset(m->grad, 0, (size_t)(m->out * m->in) * sizeof(float));
    }
    if (!w->tokens) return AKIN_OK;
    ak_parallel_tasks(w->count, weights_task, w);
    for (int64_t i = 0; i < w->count; i++)
        if (!w->slice[i].done) return ak_fail(err, AKIN_ERR_NOMEM, "encoder: no memory for a product");
    return AKIN_OK;
}

typedef struct half_job {
    const ak_transformer *t;
    const ak_tf_block *b;
} half_job;

typedef struct half_operands {
    const ak_matrix *m;
    int dy, x; /* columns of pairs */
} half_operands;

/* The rows of a panel of dW, over all blocks of tokens in their order. */
static void half_weights(const ak_transformer *t, const half_operands *o, int64_t first)
{
    const ak_matrix *m = o->m;
    const int64_t wide = m->out - first < AK_HALF_PANEL ? m->out - first : AK_HALF_PANEL;
    for (int64_t block = 0; block * AK_TF_BLOCK < t->tokens; block++)
        t->half->product(&(ak_half_product){ .rows = wide,
                                             .pairs = (tokens_of(t, block) + 1) / 2,
                                             .cols = m->in,
                                             .a = pairs_of(t, block, o->dy) + first * (AK_TF_BLOCK / 2),
                                             .a_row = 1,
                                             .a_step = wide,
                                             .b = pairs_of(t, block, o->x),
                                             .b_panel = AK_HALF_PANEL * (AK_TF_BLOCK / 2),
                                             .c = m->grad + first * m->in,
                                             .c_row = m->in,
                                             .add = block > 0 });
}

static int64_t panels(const ak_matrix *m) { return (m->out + AK_HALF_PANEL - 1) / AK_HALF_PANEL; }

static void half_task(int64_t task, int worker, void *ctx)
{
    const half_job *w = ctx;
    (void)worker;
    const half_operands all[] = { { &w->b->fc2, DY_FC2, X_FC2 },
                                  { &w->b->fc1, DY_FC1, X_FC1 },
                                  { &w->b->proj, DY_PROJ, X_PROJ },
                                  { &w->b->qkv, DY_QKV, X_QKV } };
    int i = 0;
    for (; task >= panels(all[i].m); i++) task -= panels(all[i].m);
    half_weights(w->t, &all[i], task * AK_HALF_PANEL);
}

static akin_status block_weights(const ak_transformer *t, int layer, int now, akin_error *err)
{
    const ak_tf_block *b = &t->block[layer];
    const int64_t d = t->width;
    weights_job w = { .tokens = t->tokens };
    if (t->half && t->tokens) {
        half_job half = { t, b };
        ak_parallel_tasks(panels(&b->fc2) + panels(&b->fc1) + panels(&b->proj) + panels(&b->qkv), half_task,
                          &half);
        return AKIN_OK;
    }
    add_slices(&w, &b->fc2, t->dx[now], t->active, AK_TF_TIMES * d);
    add_slices(&w, &b->fc1, t->dunits, t->normed[1], d);
    add_slices(&w, &b->proj, t->dmiddle, b->mixed, d);
    add_slices(&w, &b->qkv, t->dheads, t->normed[0], d);
    return weights(&w, err);
}

static void sums_range(int64_t begin, int64_t end, void *ctx)
{
    const ak_transformer *t = ctx;
    const int64_t blocks = (t->tokens + AK_TF_BLOCK - 1) / AK_TF_BLOCK;
    for (int64_t j = begin; j < end; j++) {
        double sum = 0;
        for (int64_t b = 0; b < blocks; b++) sum += (double)t->part[b * AK_TF_SUMS * t->width + j];
        t->sums[j] = (float)sum;
    }
}

static void copy_sums(const ak_transformer *t, int column, int widths, float *to)
{
    memcpy(to, t->sums + column * t->width, (size_t)(widths * t->width) * sizeof *to);
}

static void block_sums(const ak_transformer *t, const ak_tf_block *b)
{
    copy_sums(t, OF_FC2, 1, b->fc2.dbias);
    copy_sums(t, OF_FC1, AK_TF_TIMES, b->fc1.dbias);
    copy_sums(t, OF_NORM2, 1, b->norm[1].dgamma);
    copy_sums(t, OF_NORM2 + 1, 1, b->norm[1].dbeta);
    copy_sums(t, OF_PROJ, 1, b->proj.dbias);
    copy_sums(t, OF_QKV, 3, b->qkv.dbias);
    copy_sums(t, OF_NORM1, 1, b->norm[0].dgamma);
    copy_sums(t, OF_NORM1 + 1, 1, b->norm[0].dbeta);
}

static akin_status go_back(job *w, akin_error *err)
{
    ak_transformer *t = w->t;
    const int64_t blocks = (t->tokens + AK_TF_BLOCK - 1) / AK_TF_BLOCK, sums = AK_TF_SUMS * t->width;
    ak_parallel_tasks(blocks, end_task, w);
    ak_parallel_for(sums, 256, sums_range, t);
    copy_sums(t, OF_NORM1, 1, t->last.dgamma);
    copy_sums(t, OF_NORM1 + 1, 1, t->last.dbeta);
    for (w->layer = t->opts.layers; w->layer-- > 0; w->now = !w->now) {
        ak_parallel_tasks(blocks, to_attention_task, w);
        ak_parallel_tasks(t->rows * t->opts.heads, heads_task, w);
        ak_parallel_tasks(blocks, to_input_task, w);
        AK_TRY(block_weights(t, w->layer, w->now, err));
        ak_parallel_for(sums, 256, sums_range, t);
        block_sums(t, &t->block[w->layer]);
    }
    ak_parallel_tasks(blocks, start_task, w);
    ak_parallel_for(sums, 256, sums_range, t);
    copy_sums(t, OF_FC2, 1, t->embed.dbias);
    ak_parallel_for(t->opts.positions, 1, place_range, w);
    weights_job of_input = { .tokens = t->tokens };
    add_slices(&of_input, &t->embed, t->dx[w->now], t->input, t->inputs);
    return weights(&of_input, err);
}

akin_status ak_transformer_backward(ak_transformer *t, const float *dfeatures, int64_t stride, float *dinput,
                                    akin_error *err)
{
    const double begin = ak_now_s();
    job w = { .t = t, .dfeatures = dfeatures, .stride = stride, .dinput = dinput };
    const akin_status status = go_back(&w, err);
    t->backward_s += ak_now_s() - begin;
    return status;
}
