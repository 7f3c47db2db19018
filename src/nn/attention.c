/* SPDX-License-Identifier: Apache-2.0 */
/* nn/attention.c - see nn/attention.h.
 *
 * Forward, keys go by in tiles. A row's result so far and its sum belong to the largest score so far, and are
 * scaled down when a larger one comes. Backward, with P the weights of a tile, D its gradient, and
 * delta_i = <result_i, dresult_i>,
 *
 *     D = dresult V^T,   dS = P (D - delta) / sqrt(c),   dV += P^T dresult,   dQ += dS K,   dK += dS^T Q. */
#include "nn/attention.h"

#include <math.h>

enum { TILE = AK_TOKEN_TILE };
#define LOG2_E 1.44269504088896341

typedef struct view { /* one head of a row */
    const ak_attention *a;
    int64_t length, step, result; /* floats from one token to the next in qkv and in out */
    const float *q, *k, *v, *dout;
    float *dq, *dk, *dv, *out, *lse;
} view;

static view view_of(const ak_attention *a, int64_t first, int64_t length, int64_t head)
{
    const int64_t width = a->heads * a->wide, at = first * 3 * width + head * a->wide;
    const int64_t of_result = first * width + head * a->wide;
    view s = { .a = a, .length = length, .step = 3 * width, .result = width };
    s.q = a->qkv + at, s.k = s.q + width, s.v = s.k + width;
    s.out = a->out + of_result;
    s.lse = a->lse + head * a->tokens + first;
    if (a->dqkv) {
        s.dout = a->dout + of_result;
        s.dq = a->dqkv + at, s.dk = s.dq + width, s.dv = s.dk + width;
    }
    return s;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t padded(int64_t n) { return (n + AK_TOKEN_PAD - 1) / AK_TOKEN_PAD * AK_TOKEN_PAD; }

int64_t ak_attention_scratch(int64_t wide, int64_t longest)
{
    return 2 * TILE * wide + 2 * TILE * TILE + 2 * padded(longest) + TILE;
}

/* to [wide][TILE] = keys [keys][wide], turned; zeros behind the last. */
static void turn(const float *from, int64_t step, int64_t keys, int64_t wide, float *to)
{
    const int64_t cols = padded(keys);
    for (int64_t c = 0; c < wide; c++)
        for (int64_t j = keys; j < cols; j++) to[c * TILE + j] = 0;
    for (int64_t j = 0; j < keys; j++)
        for (int64_t c = 0; c < wide; c++) to[c * TILE + j] = from[j * step + c];
}

/* scores [n][TILE] = rows of x times turned keys. */
static void against(const view *s, const float *x, int64_t step, int64_t n, const float *turned, int64_t keys,
                    float *scores)
{
    s->a->ops->product(&(ak_token_product){ .rows = n,
                                            .depth = s->a->wide,
                                            .cols = padded(keys),
                                            .a = x,
                                            .a_row = step,
                                            .a_step = 1,
                                            .b = turned,
                                            .b_panel = s->a->ops->panel,
                                            .b_step = TILE,
                                            .c = scores,
                                            .c_row = TILE });
}

/* c [rows][wide] (+)= w b, with w [rows][TILE], or its transpose. */
static void combine(const view *s, const float *w, bool turned, int64_t rows, int64_t depth, const float *b,
                    int64_t b_step, float *c, int64_t c_row, bool add)
{
    s->a->ops->product(&(ak_token_product){ .rows = rows,
                                            .depth = depth,
                                            .cols = s->a->wide,
                                            .a = w,
                                            .a_row = turned ? 1 : TILE,
                                            .a_step = turned ? TILE : 1,
                                            .b = b,
                                            .b_panel = s->a->ops->panel,
                                            .b_step = b_step,
                                            .c = c,
                                            .c_row = c_row,
                                            .add = add });
}

void ak_attention_forward(const ak_attention *a, int64_t first, int64_t length, int64_t head, float *scratch)
{
    const view s = view_of(a, first, length, head);
    float *turned = scratch, *scores = turned + TILE * a->wide, *sum = scores + TILE * TILE;
    float *shrink = sum + padded(length);
    const float scale = (float)(LOG2_E / sqrt((double)a->wide));
    for (int64_t j = 0; j < length; j += TILE) {
        const int64_t keys = least(TILE, length - j);
        turn(s.k + j * s.step, s.step, keys, a->wide, turned);
        for (int64_t i = 0; i < length; i += TILE) {
            const int64_t n = least(TILE, length - i);
            float *out = s.out + i * s.result;
            against(&s, s.q + i * s.step, s.step, n, turned, keys, scores);
            a->ops->softmax(&(ak_token_scores){ .rows = n,
                                                .cols = keys,
                                                .s = scores,
                                                .scale = scale,
                                                .first = j == 0,
                                                .most = s.lse + i,
                                                .sum = sum + i,
                                                .shrink = shrink });
            for (int64_t r = 0; j && r < n; r++) a->ops->scale(out + r * s.result, a->wide, shrink[r]);
            combine(&s, scores, false, n, keys, s.v + j * s.step, s.step, out, s.result, j > 0);
        }
    }
    for (int64_t i = 0; i < length; i++) {
        a->ops->scale(s.out + i * s.result, a->wide, 1 / sum[i]);
        s.lse[i] += log2f(sum[i]);
    }
}

void ak_attention_backward(const ak_attention *a, int64_t first, int64_t length, int64_t head, float *scratch)
{
    const view s = view_of(a, first, length, head);
    float *key = scratch, *value = key + TILE * a->wide, *scores = value + TILE * a->wide;
    float *dp = scores + TILE * TILE, *delta = dp + TILE * TILE;
    const double by = 1 / sqrt((double)a->wide);
    for (int64_t i = 0; i < length; i++)
        delta[i] = a->ops->dot(s.out + i * s.result, s.dout + i * s.result, a->wide);
    for (int64_t j = 0; j < length; j += TILE) {
        const int64_t keys = least(TILE, length - j);
        turn(s.k + j * s.step, s.step, keys, a->wide, key);
        turn(s.v + j * s.step, s.step, keys, a->wide, value);
        for (int64_t i = 0; i < length; i += TILE) {
            const int64_t n = least(TILE, length - i);
            const float *q = s.q + i * s.step, *dout = s.dout + i * s.result;
            against(&s, q, s.step, n, key, keys, scores);
            against(&s, dout, s.result, n, value, keys, dp);
            a->ops->softmax_back(&(ak_token_scores){ .rows = n,
                                                     .cols = keys,
                                                     .s = scores,
                                                     .scale = (float)(LOG2_E * by),
                                                     .dp = dp,
                                                     .lse = s.lse + i,
                                                     .delta = delta + i,
                                                     .by = (float)by });
            combine(&s, scores, true, keys, n, dout, s.result, s.dv + j * s.step, s.step, i > 0);
            combine(&s, dp, true, keys, n, q, s.step, s.dk + j * s.step, s.step, i > 0);
            combine(&s, dp, false, n, keys, s.k + j * s.step, s.step, s.dq + i * s.step, s.step, j > 0);
        }
    }
}
