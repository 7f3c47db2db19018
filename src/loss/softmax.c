/* SPDX-License-Identifier: Apache-2.0 */
/* loss/softmax.c - the losses whose anchors need one log-sum-exp over their negatives.
 *
 * With m_i = log sum_k exp(alpha s_ik) over the negatives k of anchor i and p_i = s_i,positive, the loss of an
 * anchor is a function l(m_i, p_i); then
 *
 *     dl_i/ds_ik = l_m alpha exp(alpha s_ik - m_i)          dl_i/ds_i,positive = l_p
 *
 * so a loss is the three numbers (l, l_m, l_p). The positive is never inside the tiles: s_i,positive is computed in
 * double from the rows as given, and its coefficient is made from m_i - alpha p_i, so that it keeps its relative
 * precision when the pair is learned.
 *
 * Range. While 2 alpha / log 2 < 120, exp(alpha (s - 1)) neither overflows nor underflows and one reference does
 * for all rows (EXP). Above, a walk for the maximum of each row comes first, and each side of a pair has its own
 * exponential (EXP_WIDE). */
#include "loss/loss.h"

#include <math.h>

#define LOG2E 1.4426950408889634074

typedef struct anchor {
    double value, by_lse, by_positive; /* l, l_m, l_p */
} anchor;

typedef struct frame frame;
typedef anchor anchor_fn(const frame *f, int64_t i, double lse, double positive);

struct frame {
    akin_loss_call *call;
    anchor_fn *fn;
    double alpha;      /* nats */
    bool two_sided;    /* infonce: columns are anchors too */
    akin_rows rows[3]; /* queries, keys (when another set), further keys */
    akin_walk walk[2];
    int walks;
    int64_t n, anchors; /* positive of query i: key i + shift */
    bool wide;
    double *positive;         /* [n] */
    double *sum[2], *most[2]; /* rows; columns (two_sided): sum of exponentials, maximum of s */
    double *weight[2], *coef;
    double *value; /* [n] */
};

static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static double sigmoid(double x) { return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)); }

static anchor ntxent(const frame *f, int64_t i, double lse, double positive)
{
    (void)i;
    const double x = lse - f->alpha * positive, p = sigmoid(x);
    return (anchor){ softplus(x), p, -f->alpha * p };
}

static bool symmetric(const frame *f) { return f->walk[0].q == f->walk[0].k; }

static akin_status prepare(frame *f, const akin_rows *keys)
{
    akin_loss_call *c = f->call;
    const unsigned grad = c->want_grad ? AKIN_ROWS_GRAD : 0;
    AKIN_TRY(akin_engine_open(&c->e, c->precision, f->alpha, c->arena, c->err));
    AKIN_TRY(akin_rows_prepare(&c->e, &f->rows[0], AKIN_ROWS_QUERY | (keys ? 0 : AKIN_ROWS_KEY) | grad,
                               c->loss->name, c->err));
    if (keys) AKIN_TRY(akin_rows_prepare(&c->e, &f->rows[1], AKIN_ROWS_KEY | grad, c->loss->name, c->err));
    if (c->in.keys.data)
        AKIN_TRY(akin_rows_prepare(&c->e, &f->rows[2], AKIN_ROWS_KEY | grad, c->loss->name, c->err));
    f->n = f->rows[0].n;
    f->wide = 2 * f->alpha * LOG2E >= 120;
    bool full = (f->positive = akin_loss_vector(c, f->n)) && (f->value = akin_loss_vector(c, f->n)) &&
                (f->coef = akin_loss_vector(c, f->n));
    for (int side = 0; full && side < (f->two_sided ? 2 : 1); side++) {
        full = (f->sum[side] = akin_loss_vector(c, f->n)) && (f->weight[side] = akin_loss_vector(c, f->n));
        if (full && f->wide) full = (f->most[side] = akin_loss_vector(c, f->n)) != NULL;
    }
    return full ? AKIN_OK : akin_loss_no_scratch(c);
}

/* One pass of all walks with operation op into row and col. */
static void reduce(frame *f, akin_pair_op op, double *row, double *col, double start)
{
    for (int64_t i = 0; i < f->n; i++) {
        row[i] = start;
        if (col) col[i] = start;
    }
    for (int t = 0; t < f->walks; t++) {
        akin_walk *w = &f->walk[t];
        w->op = op;
        w->row_sum[0] = row;
        w->col_sum[0] = t == 0 ? col : NULL;
        akin_engine_reduce(&f->call->e, w);
    }
}

static void reduce_rows(frame *f)
{
    const double alpha = f->alpha * LOG2E;
    for (int t = 0; t < f->walks; t++) {
        f->walk[t].alpha = alpha;
        f->walk[t].beta = -alpha;
    }
    if (f->call->want_grad) akin_engine_keep(&f->call->e, &f->walk[0]);
    if (f->wide) {
        reduce(f, AKIN_PAIR_MAX, f->most[0], f->most[1], (double)AKIN_MASKED);
        for (int t = 0; t < f->walks; t++) {
            f->walk[t].row[1] = f->most[0];
            f->walk[t].col[1] = f->most[1];
        }
    }
    reduce(f, f->wide ? AKIN_PAIR_EXP_WIDE : AKIN_PAIR_EXP, f->sum[0], f->sum[1], 0);
}

static void weigh_pairs(frame *f)
{
    for (int t = 0; t < f->walks; t++) {
        akin_walk *w = &f->walk[t];
        w->row_sum[0] = NULL;
        w->row[0] = f->weight[0];
        w->col[0] = t == 0 ? f->weight[1] : NULL;
        w->col_sum[0] = t == 0 ? f->weight[1] : NULL; /* says whether columns are anchors */
        w->key_grad = true;
        akin_engine_weigh(&f->call->e, w);
    }
}

/* l, and the weights, of every anchor of one side. */
static akin_status weigh_anchors(frame *f, int side)
{
    for (int64_t i = 0; i < f->n; i++) {
        const double sum = f->sum[side][i];
        const double lse = log(sum) + f->alpha * (f->wide ? f->most[side][i] : 1);
        const anchor a = f->fn(f, i, lse, f->positive[i]);
        f->value[i] += a.value;
        f->weight[side][i] = a.by_lse / sum;
        f->coef[i] += a.by_positive;
    }
    return AKIN_OK;
}

static akin_status finish(frame *f)
{
    akin_loss_call *c = f->call;
    const bool same = symmetric(f);
    const akin_rows *z = &f->rows[0], *keys = same ? z : &f->rows[1];
    const int64_t shift = same ? f->n / 2 : 0;
    for (int64_t i = 0; i < f->n; i++) f->positive[i] = akin_rows_dot(z, i, keys, (i + shift) % f->n);
    reduce_rows(f);
    for (int side = 0; side < (f->two_sided ? 2 : 1); side++) AKIN_TRY(weigh_anchors(f, side));
    const double each = 1 / (double)(f->two_sided ? 2 * f->n : f->n);
    AKIN_TRY(akin_loss_mean(c, f->value, f->n, each));
    if (!c->want_grad) return AKIN_OK;

    weigh_pairs(f);
    /* The coefficient of a positive pair is that of both its anchors. */
    if (same)
        for (int64_t i = 0; i < shift; i++) f->coef[i] = f->coef[i + shift] = f->coef[i] + f->coef[i + shift];
    for (int64_t i = 0; i < f->n; i++) f->coef[i] *= each;
    const akin_mat both[2] = { c->out.a, c->out.b };
    const akin_mat second[2] = { c->out.b }, further[2] = { c->out.keys };
    const double scale = f->alpha * each;
    if (same) {
        akin_rows_gradient(&c->e, z, scale, f->coef, z, shift, both);
    } else {
        akin_rows_gradient(&c->e, z, scale, f->coef, keys, 0, (const akin_mat[2]){ c->out.a });
        akin_rows_gradient(&c->e, keys, scale, f->coef, z, 0, second);
    }
    if (c->in.keys.data) akin_rows_gradient(&c->e, &f->rows[2], scale, NULL, NULL, 0, further);
    return AKIN_OK;
}

/* Queries and keys are the 2n rows Z = [a; b]; the negatives of i are all but i and its other view. */
static akin_status run_on_views(akin_loss_call *c, anchor_fn *fn, double alpha)
{
    const int64_t n = c->in.a.rows;
    frame f = { .call = c, .fn = fn, .alpha = alpha };
    f.rows[0] = (akin_rows){ .part = { c->in.a, c->in.b }, .name = { "a", "b" }, .parts = 2, .radius = 1 };
    f.rows[2] = (akin_rows){ .part = { c->in.keys }, .name = { "keys" }, .parts = 1, .radius = 1 };
    f.walk[0] = (akin_walk){ .q = &f.rows[0], .k = &f.rows[0], .mask = { 0, n, -n }, .masks = 3 };
    f.walk[1] = (akin_walk){ .q = &f.rows[0], .k = &f.rows[2] };
    f.walks = c->in.keys.data ? 2 : 1;
    AKIN_TRY(prepare(&f, NULL));
    return finish(&f);
}

/* Queries are a, keys are b; the negatives of i are all keys but i. */
static akin_status run_across(akin_loss_call *c, anchor_fn *fn, double alpha, bool two_sided)
{
    frame f = { .call = c, .fn = fn, .alpha = alpha, .two_sided = two_sided };
    f.rows[0] = (akin_rows){ .part = { c->in.a }, .name = { "a" }, .parts = 1, .radius = 1 };
    f.rows[1] = (akin_rows){ .part = { c->in.b }, .name = { "b" }, .parts = 1, .radius = 1 };
    f.rows[2] = (akin_rows){ .part = { c->in.keys }, .name = { "keys" }, .parts = 1, .radius = 1 };
    f.walk[0] = (akin_walk){ .q = &f.rows[0], .k = &f.rows[1], .mask = { 0 }, .masks = 1 };
    f.walk[1] = (akin_walk){ .q = &f.rows[0], .k = &f.rows[2] };
    f.walks = c->in.keys.data ? 2 : 1;
    AKIN_TRY(prepare(&f, &f.rows[1]));
    return finish(&f);
}

akin_status akin_run_ntxent(akin_loss_call *c) { return run_on_views(c, ntxent, 1 / c->p.temperature); }

akin_status akin_run_infonce(akin_loss_call *c)
{
    return run_across(c, ntxent, 1 / c->p.temperature, c->p.symmetric);
}
