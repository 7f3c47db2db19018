/* SPDX-License-Identifier: Apache-2.0 */
/* loss/dimcl.c - ntxent whose rows are the columns of both views, and a base loss  [NguyenDim2023].
 *
 *     L = weight D + (1 - weight) base,    D = mean of l over the 2d columns of both views
 *     l_ai = -C_ii/t + log( sum_{j != i} exp(A_ij/t) + sum_j exp(C_ij/t) ),    A = x_a^T x_a/n,
 *     C = x_a^T x_b/n
 *
 * x are the columns less their mean, over sqrt(their variance + 1e-5), as barlow.c has them: the diagonal of
 * A is 1, or a little less. With N_i the log-sum-exp without C_ii, and q_i = sigmoid(N_i - C_ii/t),
 *
 *     l_i = log(1 + exp(N_i - C_ii/t)),    dl_i/dC_ii = -q_i/t,    dl_i/ds_ij = q_i exp(s_ij/t - N_i)/t
 *
 * so that a learned column keeps its slope. Sums go on from product to product, each with its maximum: m
 * holds one of the three matrices at a time, and a gradient makes them again. */
#include "loss/columns.h"
#include "loss/frame.h"
#include "loss/ring.h"
#include "loss/table.h"

#include <math.h>

#define EPSILON 1e-5

typedef struct dims {
    ak_columns u;            /* first: a pointer to it is a pointer to this */
    double own;              /* what D is multiplied by */
    double *top, *sum;       /* [2d] of the negatives of each column in its own view */
    double *lse, *share;     /* [2d] N and q */
    double *pull;            /* [d] dL/dC_ii */
    double value, along_all; /* own D, and the sum of dL/dC times C */
    double *slope[2];        /* [n,d] dL/dx times n, where it is wanted */
    double *along[2];        /* [d] sums of dL/dC times C, by column */
    bool has_base;
    int view;
} dims;

static const dims *of(const ak_columns *u) { return (const dims *)(const void *)u; }

static double similarity(const ak_columns *u, int64_t i, int64_t j)
{
    return u->m[i * u->d + j] / (u->all * u->c->p.temperature);
}

/* sum e^top += e^s */
static void take(double *top, double *sum, double s)
{
    if (s > *top) {
        *sum = *sum * exp(*top - s) + 1;
        *top = s;
    } else {
        *sum += exp(s - *top);
    }
}

/* Of the columns of one view among themselves. */
static akin_status own_view(dims *w, int view)
{
    const int64_t d = w->u.d;
    AK_TRY(ak_columns_product(&w->u, view, view, NULL));
    for (int64_t i = 0; i < d; i++) {
        w->top[view * d + i] = -INFINITY;
        for (int64_t j = 0; j < d; j++)
            if (j != i) take(&w->top[view * d + i], &w->sum[view * d + i], similarity(&w->u, i, j));
    }
    return AKIN_OK;
}

/* Of one view with the other, whose rows stand in this order: makes lse, share, pull and the value. */
static akin_status across(dims *w, const int32_t *order)
{
    const int64_t d = w->u.d;
    const double each = w->own / (2 * (double)d);
    AK_TRY(ak_columns_product(&w->u, 0, 1, order));
    w->value = 0;
    for (int64_t k = 0; k < d; k++) w->pull[k] = 0;
    for (int64_t k = 0; k < 2 * d; k++) {
        double top = w->top[k], sum = w->sum[k];
        const int64_t i = k % d;
        for (int64_t j = 0; j < d; j++)
            if (j != i) take(&top, &sum, k < d ? similarity(&w->u, i, j) : similarity(&w->u, j, i));
        w->lse[k] = top + log(sum);
        const double gap = w->lse[k] - similarity(&w->u, i, i);
        w->share[k] = d > 1 ? ak_sigmoid(gap) : 0;
        w->value += d > 1 ? each * ak_log1p_exp(gap) : 0;
        w->pull[i] -= each * w->share[k] / w->u.c->p.temperature;
    }
    return AKIN_OK;
}

/* dL/dm times n. */
static double weight(const dims *w, double s, int64_t left, int64_t right)
{
    return w->own / (2 * (double)w->u.d * w->u.c->p.temperature) *
           (w->share[left] * exp(s - w->lse[left]) + w->share[right] * exp(s - w->lse[right]));
}

static double weight_across(const ak_columns *u, int64_t i, int64_t j, double m)
{
    (void)m;
    return weight(of(u), similarity(u, i, j), i, u->d + j);
}

static double weight_own(const ak_columns *u, int64_t i, int64_t j, double m)
{
    const int64_t first = of(u)->view * u->d;
    (void)m;
    return weight(of(u), similarity(u, i, j), first + i, first + j);
}

/* along += weights times similarities without their temperature; the diagonal is pull. */
static void add_along(dims *w, ak_columns_weight_fn *fn, const double *diagonal, double *down, double *right)
{
    const ak_columns *u = &w->u;
    for (int64_t i = 0; i < u->d; i++)
        for (int64_t j = 0; j < u->d; j++) {
            const double m = u->m[i * u->d + j];
            const double slope = i != j ? fn(u, i, j, m) : diagonal ? diagonal[i] : 0;
            if (down) down[i] += slope * m / u->all;
            if (right) right[j] += slope * m / u->all;
        }
}

static void slope_across(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const dims *w = ctx;
    double *to = w->slope[w->view] + i * u->d;
    for (int64_t k = 0; k < u->d; k++)
        to[k] = ak_columns_at(u, g, k) + w->pull[k] * ak_columns_at(u, u->x[!w->view], i * u->d + k);
}

static void slope_own(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const dims *w = ctx;
    for (int64_t k = 0; k < u->d; k++) w->slope[w->view][i * u->d + k] += ak_columns_at(u, g, k);
}

/* To the gradient of the base, where there is one. */
static void write_rows(int64_t begin, int64_t end, void *ctx)
{
    const dims *w = ctx;
    const ak_columns *u = &w->u;
    const akin_mat out = w->view ? u->c->out.b : u->c->out.a;
    const bool wide = u->c->in.wide;
    for (int64_t i = begin; i < end; i++)
        for (int64_t k = 0; k < u->d; k++) {
            const double x = ak_columns_at(u, u->x[w->view], i * u->d + k);
            double slope =
                (w->slope[w->view][i * u->d + k] - x * w->along[w->view][k]) / (u->all * u->over[w->view][k]);
            if (w->has_base)
                slope += (1 - w->own) * ak_number(ak_numbers_of(akin_mat_const(out), i, wide), k);
            ak_number_set(out, i, k, wide, slope);
        }
}

static akin_status gradients(dims *w)
{
    ak_columns *u = &w->u;
    const bool wanted[2] = { u->c->out.a.data != NULL, u->c->out.b.data != NULL };
    for (int view = 0; view < 2; view++) {
        w->slope[view] = ak_arena_array(u->c->arena, double, u->n, u->d);
        w->along[view] = ak_loss_vector(u->c, u->d);
        if (!w->slope[view] || !w->along[view]) return ak_loss_no_scratch(u->c);
    }
    AK_TRY(across(w, NULL));
    ak_columns_weights(u, weight_across);
    add_along(w, weight_across, w->pull, w->along[0], w->along[1]);
    for (w->view = 0; w->view < 2; w->view++)
        if (wanted[w->view]) AK_TRY(ak_columns_rows(u, !w->view, w->view == 0, slope_across, w));
    for (w->view = 0; w->view < 2; w->view++) {
        if (!wanted[w->view] && !u->c->ring.comm) continue; /* ranks make the same products */
        AK_TRY(ak_columns_product(u, w->view, w->view, NULL));
        if (!wanted[w->view]) continue;
        ak_columns_weights(u, weight_own);
        add_along(w, weight_own, NULL, w->along[w->view], NULL);
        AK_TRY(ak_columns_rows(u, w->view, false, slope_own, w));
        ak_parallel_for(u->n, 1 + (1 << 14) / u->d, write_rows, w);
    }
    return AKIN_OK;
}

/* An item's part of own D, to first order in what it adds to C; the parts of all items add up to it. */
typedef struct item_parts {
    const int32_t *order;
    double sign, rest, *more;
} item_parts;

static void item_part(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const item_parts *p = ctx;
    const int64_t j = p->order ? p->order[i] : i;
    double sum = p->rest;
    for (int64_t k = 0; k < u->d; k++) {
        const double x = ak_columns_at(u, u->x[0], i * u->d + k), y = ak_columns_at(u, u->x[1], j * u->d + k);
        sum += (ak_columns_at(u, g, k) + of(u)->pull[k] * x) * y;
    }
    p->more[i] += p->sign * sum / u->all;
}

static akin_status add_items(ak_columns *u, ak_permuted *p, const int32_t *order, double sign)
{
    dims *w = (dims *)(void *)u;
    if (!p->n) return AKIN_OK;
    double *along = w->along[0];
    for (int64_t k = 0; k < u->d; k++) along[k] = 0;
    ak_columns_weights(u, weight_across);
    add_along(w, weight_across, w->pull, along, NULL);
    item_parts parts = { order, sign, w->value, p->more };
    for (int64_t k = 0; k < u->d; k++) parts.rest -= along[k];
    return ak_columns_rows(u, 0, false, item_part, &parts);
}

static akin_status product_across(ak_columns *u, const int32_t *order)
{
    return across((dims *)(void *)u, order);
}

const akin_loss *ak_dimcl_base(const akin_loss_params *p, akin_loss_params *of_base)
{
    static const char *const NAMES[] = { NULL, "ntxent", "barlow", "vicreg" };
    const akin_loss *base = p->mode > 0 ? akin_loss_find(NAMES[p->mode]) : NULL;
    *of_base = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    if (!base) return NULL;
    if (p->base_temperature > 0) of_base->temperature = p->base_temperature;
    ak_loss_params_complete(of_base, base);
    return base;
}

/* The base writes its gradients and what permuted partners cost it. */
static akin_status run_base(ak_loss_call *c, bool *has)
{
    const akin_loss *const loss = c->loss;
    const akin_loss_params p = c->p;
    akin_loss_params of_base;
    const akin_loss *base = ak_dimcl_base(&p, &of_base);
    *has = base != NULL;
    if (!base) return AKIN_OK;
    const size_t mark = c->arena->used;
    c->loss = base;
    c->p = of_base;
    const akin_status status = ak_loss_run_of(base)(c);
    c->loss = loss;
    c->p = p;
    c->arena->used = mark;
    return status;
}

static akin_status permuted(dims *w, ak_permuted *p, double base)
{
    ak_loss_call *c = w->u.c;
    const akin_loss_permuted of_base = c->permuted;
    w->along[0] = ak_loss_vector(c, w->u.d);
    if (!w->along[0]) return ak_loss_no_scratch(c);
    AK_TRY(ak_columns_permuted(&w->u, p, product_across, add_items));
    if (!w->has_base) return AKIN_OK;
    c->permuted.loss += (1 - w->own) * (of_base.loss - base);
    c->permuted.error += (1 - w->own) * of_base.error; /* at most: they need not err alike */
    return AKIN_OK;
}

akin_status ak_run_dimcl(ak_loss_call *c)
{
    dims w = { .own = 1 };
    ak_permuted p;
    c->value = 0;
    AK_TRY(run_base(c, &w.has_base));
    const double base = c->value;
    if (w.has_base) w.own = c->p.weight;
    AK_TRY(ak_columns_open(&w.u, c, EPSILON));
    AK_TRY(ak_permuted_open(&p, c, w.u.n));
    w.top = ak_loss_vector(c, 9 * w.u.d);
    if (!w.top) return ak_loss_no_scratch(c);
    w.sum = w.top + 2 * w.u.d;
    w.lse = w.top + 4 * w.u.d;
    w.share = w.top + 6 * w.u.d;
    w.pull = w.top + 8 * w.u.d;
    for (int view = 0; view < 2; view++) AK_TRY(own_view(&w, view));
    AK_TRY(across(&w, NULL));
    AK_TRY(ak_columns_value(&w.u, w.value + (w.has_base ? (1 - w.own) * base : 0)));
    if (c->want_permuted) AK_TRY(permuted(&w, &p, base));
    return c->want_grad ? gradients(&w) : AKIN_OK;
}
