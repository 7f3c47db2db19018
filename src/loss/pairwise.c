/* SPDX-License-Identifier: Apache-2.0 */
/* loss/pairwise.c - losses that are sums over pairs: no anchor has a normaliser of its own. They need one
 * walk for loss and gradient together (spectral, sigmoid), or one number per view (align-uniform). */
#include "loss/frame.h"
#include "loss/ring.h"

#include <math.h>

typedef struct pairwise {
    ak_loss_call *c;
    ak_pair_rows a, b;
    double *positive, *coef, *sum, *weights; /* [n] */
    int64_t n;
    double all; /* items of all ranks */
} pairwise;

static akin_status prepare(pairwise *p, ak_loss_call *c, double radius, bool clip, double alpha,
                           unsigned uses)
{
    const unsigned grad = c->want_grad ? AK_ROWS_GRAD : 0;
    p->c = c;
    p->n = c->in.a.rows;
    p->all = (double)c->ring.all;
    p->a = (ak_pair_rows){ .part = { c->in.a }, .name = { "a" }, .parts = 1, .radius = radius, .clip = clip };
    p->b = (ak_pair_rows){ .part = { c->in.b }, .name = { "b" }, .parts = 1, .radius = radius, .clip = clip };
    p->a.per_item = p->b.per_item = 1;
    AK_TRY(ak_engine_open(&c->e, &c->in, alpha, c->arena, c->err));
    AK_TRY(ak_pair_rows_prepare(&c->e, &p->a, AK_ROWS_QUERY | uses | grad, c->loss->name, c->err));
    AK_TRY(ak_pair_rows_prepare(&c->e, &p->b, AK_ROWS_KEY | uses | grad, c->loss->name, c->err));
    p->positive = ak_loss_vector(c, p->n);
    p->coef = ak_loss_vector(c, p->n);
    p->sum = ak_loss_vector(c, p->n);
    p->weights = ak_loss_vector(c, p->n);
    if (!p->positive || !p->coef || !p->sum || !p->weights) return ak_loss_no_scratch(c);
    ak_pair_rows_dots(&c->e, &p->a, &p->b, 0, p->positive);
    return AKIN_OK;
}

/* Row sums, and with a gradient wanted the products too, in one walk of a against b without the positives. */
static akin_status walk(pairwise *p, ak_pair_op op, double alpha, double beta)
{
    ak_walk w = {
        .q = &p->a, .k = &p->b, .op = op, .alpha = alpha, .beta = beta, .masks = 1, .key_grad = true
    };
    w.row_sum[0] = p->sum;
    if (p->c->want_grad && op == AK_PAIR_SIGMOID) w.row_sum[1] = p->weights;
    return p->c->want_grad ? ak_ring_weigh(p->c, &w) : ak_ring_reduce(p->c, &w);
}

static void gradient(pairwise *p, double scale)
{
    const akin_mat a[2] = { p->c->out.a }, b[2] = { p->c->out.b };
    ak_pair_rows_gradient(&p->c->e, &p->a, scale, p->coef, &p->b, 0, a);
    ak_pair_rows_gradient(&p->c->e, &p->b, scale, p->coef, &p->a, 0, b);
}

/* With partners permuted, where an item costs linear p + square p^2 less for its similarity p with its
 * partner, and as much more for that with a stranger. */
static akin_status permuted(pairwise *w, double linear, double square, double scale)
{
    ak_permuted p;
    AK_TRY(ak_permuted_open(&p, w->c, w->n));
    double *stranger = p.n ? ak_loss_vector(w->c, p.n) : NULL;
    if (p.n && !stranger) return ak_loss_no_scratch(w->c);
    while (ak_permuted_next(&p)) {
        AK_TRY(ak_permuted_dots(&p, w->c, &w->a, &w->b, 0, stranger));
        for (int64_t i = 0; i < p.n; i++) {
            const double own = w->positive[i], other = stranger[i];
            p.more[i] += linear * (own - other) + square * (own * own - other * other);
        }
    }
    return ak_permuted_close(&p, w->c, scale);
}

/* (1/mu) ( -(2/n) sum_i a_i.b_i + 1/(n(n-1)) sum_{i != k} (a_i.b_k)^2 ).  [HaoChen2021] */
akin_status ak_run_spectral(ak_loss_call *c)
{
    pairwise p;
    AK_TRY(prepare(&p, c, sqrt(c->p.mu), true, 0, 0));
    AK_TRY(walk(&p, AK_PAIR_SQUARE, 0, 0));
    const double n = p.all, pull = 2 / (n * c->p.mu), push = 1 / (n * (n - 1) * c->p.mu);
    for (int64_t i = 0; i < p.n; i++) {
        p.sum[i] = push * p.sum[i] - pull * p.positive[i];
        p.coef[i] = -pull;
    }
    AK_TRY(ak_loss_mean(c, p.sum, p.n, 1));
    AK_TRY(permuted(&p, pull, n > 1 ? push : 0, 1)); /* the partner's square joins the others */
    if (c->want_grad) gradient(&p, push);
    return AKIN_OK;
}

/* Of sigmoid: by the logarithm of its scale, and by its bias. */
static akin_status tell_slopes(pairwise *p, double scale)
{
    double sums[2] = { scale / p->all * ak_pair_rows_along(&p->c->e, &p->a), 0 };
    for (int64_t i = 0; i < p->n; i++) {
        sums[0] += p->coef[i] * p->positive[i];
        sums[1] += p->weights[i] / p->all + p->coef[i] / scale;
    }
    AK_TRY(ak_ring_sum(p->c, sums, 2));
    p->c->log_scale = sums[0];
    p->c->bias = sums[1];
    return AKIN_OK;
}

/* (1/n) ( sum_i softplus(-(scale a_i.b_i + bias)) + sum_{i != k} softplus(scale a_i.b_k + bias) ).
 * [Zhai2023] */
akin_status ak_run_sigmoid(ak_loss_call *c)
{
    pairwise p;
    const double scale = c->p.scale, bias = c->p.bias;
    /* Nothing normalises the errors of a bfloat16 similarity away: twice the factor. */
    AK_TRY(prepare(&p, c, 1, false, 2 * scale, 0));
    AK_TRY(walk(&p, AK_PAIR_SIGMOID, scale, bias));
    for (int64_t i = 0; i < p.n; i++) {
        const double x = scale * p.positive[i] + bias;
        p.sum[i] += ak_log1p_exp(-x);
        p.coef[i] = -scale * ak_sigmoid(-x) / p.all;
    }
    AK_TRY(ak_loss_mean(c, p.sum, p.n, 1 / p.all));
    AK_TRY(permuted(&p, scale, 0, 1 / p.all)); /* softplus(x) - softplus(-x) = x */
    if (c->out.log_scale || c->out.bias) AK_TRY(tell_slopes(&p, scale));
    if (c->want_grad) gradient(&p, scale / p.all);
    return AKIN_OK;
}

/* log of the mean over ordered pairs of one view of exp(-2|x_i - x_k|^2) = exp(4 (s_ik - 1)), and its
 * products. */
static akin_status uniformity(pairwise *p, ak_pair_rows *x, double *value)
{
    ak_loss_call *c = p->c;
    ak_walk w = {
        .q = x, .k = x, .op = AK_PAIR_EXP, .masks = 1, .alpha = 4 * AK_LOG2E, .beta = -4 * AK_LOG2E
    };
    for (int64_t i = 0; i < p->n; i++) p->sum[i] = 0;
    const size_t mark = c->arena->used;
    if (c->want_grad) ak_engine_keep(&c->e, &w);
    w.row_sum[0] = p->sum;
    AK_TRY(ak_ring_reduce(c, &w));
    double total = 0;
    for (int64_t i = 0; i < p->n; i++) total += p->sum[i];
    AK_TRY(ak_ring_sum(c, &total, 1));
    *value = log(total / (p->all * (p->all - 1)));
    if (c->want_grad) {
        for (int64_t i = 0; i < p->n; i++) p->sum[i] = 1 / total;
        w.row_sum[0] = NULL;
        w.row[0] = p->sum;
        AK_TRY(ak_ring_weigh(c, &w));
    }
    c->arena->used = mark;
    return AKIN_OK;
}

/* mean |a_i - b_i|^2 + weight/2 (U(a) + U(b)).  [Wang2020] */
akin_status ak_run_align_uniform(ak_loss_call *c)
{
    pairwise p;
    AK_TRY(prepare(&p, c, 1, false, 4, AK_ROWS_QUERY | AK_ROWS_KEY));
    double ua, ub;
    AK_TRY(uniformity(&p, &p.a, &ua));
    AK_TRY(uniformity(&p, &p.b, &ub));
    for (int64_t i = 0; i < p.n; i++) {
        /* |a-b|^2 from the difference: 2 - 2 s would lose it where the views agree. */
        const ak_numbers x = ak_pair_rows_at(&p.a, i), y = ak_pair_rows_at(&p.b, i);
        double square = 0;
        for (int64_t k = 0; k < p.a.d; k++) {
            const double gap = p.a.scale[i] * ak_number(x, k) - p.b.scale[i] * ak_number(y, k);
            square += gap * gap;
        }
        p.sum[i] = square + c->p.weight / 2 * (ua + ub);
        p.coef[i] = -2 / p.all;
    }
    AK_TRY(ak_loss_mean(c, p.sum, p.n, 1 / p.all));
    AK_TRY(permuted(&p, 2, 0, 1 / p.all)); /* |a-b|^2 = 2 - 2 a.b */
    if (c->want_grad) gradient(&p, 4 * c->p.weight / 2);
    return AKIN_OK;
}
