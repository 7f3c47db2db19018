/* SPDX-License-Identifier: Apache-2.0 */
/* nn/transformer_forward.c - the forward pass.
 *
 * One task takes a block of tokens through everything between two attentions: the rest of one block and the
 * first product of the next. What it needs in between stays in its caches. */
#include "nn/transformer.h"

#include <string.h>

/* Weights --------------------------------------------------------------------------------------------- */

/* to [panel][depth][panel columns]: from weights whose rows are columns, or as they are. */
static void pack(const ak_transformer *t, const ak_matrix *m, bool turned, float *to)
{
    const int64_t wide = t->ops->panel, cols = turned ? m->out : m->in, depth = turned ? m->in : m->out;
    for (int64_t j = 0; j < cols; j += wide)
        for (int64_t k = 0; k < depth; k++, to += wide)
            for (int64_t c = 0; c < wide && j + c < cols; c++)
                to[c] = turned ? m->weight[(j + c) * m->in + k] : m->weight[k * m->in + j + c];
}

/* Rows of the weights are columns forward, and lie in pairs as they are; back they are the depth. */
static void pack_half(const ak_transformer *t, const ak_matrix *m, float *scratch)
{
    const int64_t pairs = m->in / 2;
    uint32_t *row = (uint32_t *)(void *)scratch;
    for (int64_t j = 0; j < m->out; j++) {
        const int64_t first = j / AK_HALF_PANEL * AK_HALF_PANEL, left = m->out - first;
        const int64_t wide = left < AK_HALF_PANEL ? left : AK_HALF_PANEL;
        uint32_t *to = m->half[0] + first * pairs + j - first;
        t->half->along(m->weight + j * m->in, m->in, row);
        for (int64_t k = 0; k < pairs; k++) to[k * wide] = row[k];
    }
    if (t->training) t->half->across(m->weight, m->out, m->in, m->half[1], m->out / 2 * AK_HALF_PANEL);
}

static void pack_one(int64_t task, int worker, void *ctx)
{
    const ak_transformer *t = ctx;
    const ak_tf_block *b = &t->block[task / 4];
    const ak_matrix *const all[] = { &b->qkv, &b->proj, &b->fc1, &b->fc2 };
    const ak_matrix *m = task == 4 * t->opts.layers ? &t->embed : all[task % 4];
    if (m->half[0]) {
        pack_half(t, m, t->scratch + worker * t->scratch_floats);
        return;
    }
    pack(t, m, true, m->packed[0]);
    if (t->training) pack(t, m, false, m->packed[1]);
}

static void multiply_half(const ak_transformer *t, const uint32_t *packed, const ak_token_product *p,
                          uint32_t *rounded)
{
    t->half->along(p->a, p->rows * p->depth, rounded);
    t->half->product(&(ak_half_product){ .rows = p->rows,
                                         .pairs = p->depth / 2,
                                         .cols = p->cols,
                                         .a = rounded,
                                         .a_row = p->depth / 2,
                                         .a_step = 1,
                                         .b = packed,
                                         .b_panel = p->depth / 2 * AK_HALF_PANEL,
                                         .bias = p->bias,
                                         .c = p->c,
                                         .c_row = p->c_row,
                                         .add = p->add });
}

void ak_transformer_multiply(const ak_transformer *t, const ak_matrix *m, bool back, ak_token_product p,
                             float *scratch)
{
    if (m->half[back]) {
        multiply_half(t, m->half[back], &p, (uint32_t *)(void *)(scratch + t->rounded_at));
        return;
    }
    p.a_step = 1;
    p.b = m->packed[back];
    p.b_panel = p.depth * t->ops->panel;
    p.b_step = t->ops->panel;
    t->ops->product(&p);
}

/* c = a W^T + bias, or c += that product. */
static void apply(const ak_transformer *t, const ak_matrix *m, int64_t rows, const float *a, float *c,
                  bool add, float *scratch)
{
    const ak_token_product p = { .rows = rows,
                                 .depth = m->in,
                                 .cols = m->out,
                                 .a = a,
                                 .a_row = m == &t->embed ? t->inputs : m->in,
                                 .bias = m->bias,
                                 .c = c,
                                 .c_row = m->out,
                                 .add = add };
    ak_transformer_multiply(t, m, false, p, scratch);
}

/* Blocks ---------------------------------------------------------------------------------------------- */

typedef struct job {
    ak_transformer *t;
    int layer;
    float *features;
    int64_t stride;
} job;

static ak_tf_block *room_of(ak_transformer *t, int layer) { return &t->block[t->training ? layer : 0]; }

/* Where the input of a block lies. */
static float *input_of(ak_transformer *t, int layer)
{
    if (layer == t->opts.layers) return t->end;
    if (t->training) return t->block[layer].x;
    return layer % 2 ? t->other : t->block[0].x;
}

static void normalise(const ak_transformer *t, const ak_layer_norm *weights, const ak_layer_norm *stats,
                      const float *x, int64_t first, int64_t n, float *y)
{
    t->ops->norm(&(ak_token_norm){ .rows = n,
                                   .width = t->width,
                                   .x = x + first * t->width,
                                   .gamma = weights->gamma,
                                   .beta = weights->beta,
                                   .y = y,
                                   .mean = stats->mean + first,
                                   .over = stats->over + first });
}

static void ask(ak_transformer *t, int layer, int64_t first, int64_t n, float *scratch)
{
    const int64_t d = t->width;
    const ak_tf_block *b = &t->block[layer], *at = room_of(t, layer);
    normalise(t, &b->norm[0], &at->norm[0], input_of(t, layer), first, n, scratch);
    apply(t, &b->qkv, n, scratch, at->heads + first * 3 * d, false, scratch);
}

/* rows [n][width] = from + bias. */
static void begin_sum(const float *from, const float *bias, int64_t n, int64_t width, float *to)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < width; j++) to[i * width + j] = from[i * width + j] + bias[j];
}

static void after_attention(ak_transformer *t, int layer, int64_t first, int64_t n, float *scratch)
{
    const int64_t d = t->width, wide = AK_TF_TIMES * d;
    const ak_tf_block *b = &t->block[layer], *at = room_of(t, layer);
    float *middle = at->middle + first * d, *units = at->units + first * wide;
    float *out = input_of(t, layer + 1) + first * d, *active = scratch + AK_TF_BLOCK * d;
    begin_sum(input_of(t, layer) + first * d, b->proj.bias, n, d, middle);
    apply(t, &b->proj, n, at->mixed + first * d, middle, true, scratch);
    normalise(t, &b->norm[1], &at->norm[1], at->middle, first, n, scratch);
    apply(t, &b->fc1, n, scratch, units, false, scratch);
    t->ops->gelu(units, n * wide, active);
    begin_sum(middle, b->fc2.bias, n, d, out);
    apply(t, &b->fc2, n, active, out, true, scratch);
}

static void embed(ak_transformer *t, int64_t first, int64_t n)
{
    const int64_t d = t->width;
    float *x = input_of(t, 0) + first * d;
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = first + i - t->first[t->row[first + i]];
        begin_sum(t->place + at * d, t->embed.bias, 1, d, x + i * d);
    }
    apply(t, &t->embed, n, t->input + first * t->inputs, x, true, NULL); /* float32 */
}

static void tokens_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const int64_t first = task * AK_TF_BLOCK, left = t->tokens - first;
    const int64_t n = left < AK_TF_BLOCK ? left : AK_TF_BLOCK;
    float *scratch = t->scratch + worker * t->scratch_floats;
    if (w->layer < 0)
        embed(t, first, n);
    else
        after_attention(t, w->layer, first, n, scratch);
    if (w->layer + 1 < t->opts.layers) ask(t, w->layer + 1, first, n, scratch);
}

static void heads_task(int64_t task, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const ak_tf_block *at = room_of(t, w->layer);
    const int64_t row = task / t->opts.heads, head = task % t->opts.heads;
    const ak_attention a = { .ops = t->ops,
                             .heads = t->opts.heads,
                             .wide = t->width / t->opts.heads,
                             .qkv = at->heads,
                             .out = at->mixed,
                             .lse = at->lse,
                             .tokens = t->tokens };
    ak_attention_forward(&a, t->first[row], t->first[row + 1] - t->first[row], head,
                         t->scratch + worker * t->scratch_floats);
}

/* Mean over the normalised tokens of a row. */
static void row_task(int64_t row, int worker, void *ctx)
{
    const job *w = ctx;
    ak_transformer *t = w->t;
    const int64_t d = t->width, first = t->first[row], length = t->first[row + 1] - first;
    float *to = w->features + row * w->stride, *y = t->scratch + worker * t->scratch_floats;
    memset(to, 0, (size_t)d * sizeof *to);
    for (int64_t at = 0; at < length; at += AK_TF_BLOCK) {
        const int64_t n = length - at < AK_TF_BLOCK ? length - at : AK_TF_BLOCK;
        normalise(t, &t->last, &t->last, t->end, first + at, n, y);
        t->ops->sum_rows(y, d, n, d, to);
    }
    if (length) t->ops->scale(to, d, 1 / (float)length);
}

void ak_transformer_forward(ak_transformer *t, float *features, int64_t stride)
{
    const double begin = ak_now_s();
    const int64_t blocks = (t->tokens + AK_TF_BLOCK - 1) / AK_TF_BLOCK;
    ak_parallel_tasks(4 * t->opts.layers + 1, pack_one, t);
    job w = { .t = t, .layer = -1, .features = features, .stride = stride };
    ak_parallel_tasks(blocks, tokens_task, &w);
    for (w.layer = 0; w.layer < t->opts.layers; w.layer++) {
        ak_parallel_tasks(t->rows * t->opts.heads, heads_task, &w);
        ak_parallel_tasks(blocks, tokens_task, &w);
    }
    ak_parallel_tasks(t->rows, row_task, &w);
    t->forward_s += ak_now_s() - begin;
}
