/* SPDX-License-Identifier: Apache-2.0 */
/* loss/matrix_ssl.c - the covariances of both views are matched as matrices, and their cross-covariance is
 * spread; no negatives  [Zhang2023M].
 *
 *     L = (l(p_a, a) + l(p_b, b))/2,    p = batch.targets, or the partner: constants
 *     l(p,z) = -lambda log |det(C_pz + mu I)| - match tr( (C_pp + mu I) log(C_zz + mu I) ) - align |C_pz|^2
 *
 * C_xy = x^T y/n, of rows of length 1 less their mean. log det is the trace of the matrix logarithm. With
 * C_zz + mu I = V^T diag(s) V, rows of V its eigenvectors, and Q = V (C_pp + mu I) V^T,
 *
 *     tr( ... ) = sum_k Q_kk log s_k
 *     dl/dC_pz = -lambda (C_pz + mu I)^-T - 2 align C_pz
 *     dl/dC_zz = G = -match V^T (Q o F) V,   F_kl = (log s_k - log s_l)/(s_k - s_l), or 1/s_k where equal
 *     dl/dz = ( p dl/dC_pz + 2 z G )/n
 *
 * F is that of Daleckii and Krein. The gradient goes through the length of the rows, and not to p: through
 * both sides, one eigenvalue would be better than many. Both directions are done one after the other, in the
 * same room; in both, the rows that belong to b are the second view, whose order permuted partners change.
 *
 * Precision. Products of rows as columns.h; what is made of [d,d] is double. Ranks make the same of the same
 * sums. */
#include "linalg/dot.h"
#include "linalg/eigen.h"
#include "linalg/inverse.h"
#include "loss/columns.h"
#include "loss/ring.h"

#include <math.h>

enum { GRAIN_ROWS = 16 };

typedef struct direction {
    ak_columns u;                /* first: a pointer to it is a pointer to this */
    int view;                    /* z */
    double half;                 /* what l is multiplied by */
    double *one, *two, *vectors; /* [d,d] */
    double *values;              /* [d] s */
    int32_t *pivot;              /* [d] */
    double value, cross;         /* half l, and its part of C_pz */
    double *slope;               /* [n,d] dL/dx times n, then that of z; NULL where it is not wanted */
} direction;

static const direction *of(const ak_columns *u) { return (const direction *)(const void *)u; }

/* Products of [d,d] -------------------------------------------------------------------------------------- */

typedef struct product {
    const double *left, *right;
    double *to;
    int64_t d;
} product;

static void product_rows(int64_t begin, int64_t end, void *ctx)
{
    const product *p = ctx;
    for (int64_t i = begin; i < end; i++)
        for (int64_t j = 0; j < p->d; j++)
            p->to[i * p->d + j] = ak_dot(p->left + i * p->d, p->right + j * p->d, p->d);
}

/* to = left right^T */
static void multiply(const double *left, const double *right, double *to, int64_t d)
{
    product p = { left, right, to, d };
    ak_parallel_for(d, GRAIN_ROWS, product_rows, &p);
}

static void transpose(double *x, int64_t d)
{
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < i; j++) {
            const double kept = x[i * d + j];
            x[i * d + j] = x[j * d + i];
            x[j * d + i] = kept;
        }
}

/* to = m/n + mu I */
static void shifted(const ak_columns *u, double *to)
{
    for (int64_t i = 0; i < u->d * u->d; i++) to[i] = u->m[i] / u->all;
    for (int64_t i = 0; i < u->d; i++) to[i * u->d + i] += u->c->p.mu;
}

/* The two parts ------------------------------------------------------------------------------------------ */

/* F: x = (greater - smaller)/smaller keeps it where both are near one another. */
static double divided(double s, double t)
{
    const double low = fmin(s, t), x = (fmax(s, t) - low) / low;
    return x > 0 ? log1p(x) / (x * low) : 1 / low;
}

/* -match tr(P log S): its value; and G in two, where the gradient is wanted. */
static akin_status align(direction *w)
{
    ak_columns *u = &w->u;
    const int64_t d = u->d;
    const double factor = -w->half * u->c->p.match_weight;
    AK_TRY(ak_columns_product(u, w->view, w->view, NULL));
    shifted(u, w->one);
    AK_TRY(ak_eigen(w->one, d, w->values, w->vectors, u->c->err));
    for (int64_t k = 0; k < d; k++) w->values[k] = fmax(w->values[k], u->c->p.mu); /* but for rounding */
    AK_TRY(ak_columns_product(u, !w->view, !w->view, NULL));
    shifted(u, w->two);
    multiply(w->vectors, w->two, w->one, d);
    multiply(w->one, w->vectors, w->two, d);
    for (int64_t k = 0; k < d; k++) w->value += factor * w->two[k * d + k] * log(w->values[k]);
    if (!w->slope) return AKIN_OK;
    for (int64_t k = 0; k < d; k++)
        for (int64_t l = 0; l < d; l++) w->two[k * d + l] *= factor * divided(w->values[k], w->values[l]);
    transpose(w->vectors, d);
    multiply(w->vectors, w->two, w->one, d);
    multiply(w->one, w->vectors, w->two, d);
    return AKIN_OK;
}

/* The part of C_pz, whose second view stands in this order, and the inverse in one; or infinity. */
static akin_status across(direction *w, const int32_t *order)
{
    ak_columns *u = &w->u;
    double log_det, squares = 0;
    AK_TRY(ak_columns_product(u, 0, 1, order));
    shifted(u, w->one);
    ak_invert(w->one, u->d, w->pivot, &log_det);
    for (int64_t i = 0; i < u->d * u->d; i++) squares += u->m[i] / u->all * (u->m[i] / u->all);
    w->cross = -w->half * (u->c->p.lambda * log_det + u->c->p.align_weight * squares);
    return AKIN_OK;
}

/* dL/dC_pz, of m as it lies. */
static double pull(const ak_columns *u, int64_t i, int64_t j)
{
    const direction *w = of(u);
    return -w->half *
           (u->c->p.lambda * w->one[j * u->d + i] + 2 * u->c->p.align_weight * u->m[i * u->d + j] / u->all);
}

/* Gradients ---------------------------------------------------------------------------------------------- */

static double weight_across(const ak_columns *u, int64_t i, int64_t j, double m)
{
    (void)m;
    return pull(u, i, j);
}

static double weight_own(const ak_columns *u, int64_t i, int64_t j, double m)
{
    (void)m;
    return 2 * of(u)->two[i * u->d + j];
}

static void slope_across(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const direction *w = ctx;
    for (int64_t k = 0; k < u->d; k++)
        w->slope[i * u->d + k] =
            ak_columns_at(u, g, k) + pull(u, k, k) * ak_columns_at(u, u->x[!w->view], i * u->d + k);
}

static void slope_own(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const direction *w = ctx;
    for (int64_t k = 0; k < u->d; k++)
        w->slope[i * u->d + k] +=
            ak_columns_at(u, g, k) + 2 * w->two[k * u->d + k] * ak_columns_at(u, u->x[w->view], i * u->d + k);
}

/* Through the length of the rows. */
static void through_length(int64_t begin, int64_t end, void *ctx)
{
    const direction *w = ctx;
    const ak_columns *u = &w->u;
    for (int64_t i = begin; i < end; i++) {
        const ak_numbers row = ak_numbers_of(u->rows[w->view], i, u->c->in.wide);
        const double scale = u->scale[w->view][i];
        double *slope = w->slope + i * u->d, along = 0;
        for (int64_t k = 0; k < u->d; k++) along += slope[k] * scale * ak_number(row, k);
        for (int64_t k = 0; k < u->d; k++)
            slope[k] = scale / u->all * (slope[k] - along * scale * ak_number(row, k));
    }
}

static akin_status gradient(direction *w)
{
    ak_columns *u = &w->u;
    ak_columns_weights(u, weight_across);
    AK_TRY(ak_columns_rows(u, !w->view, w->view == 0, slope_across, w));
    if (u->c->p.match_weight > 0) {
        ak_columns_weights(u, weight_own);
        AK_TRY(ak_columns_rows(u, w->view, false, slope_own, w));
    }
    ak_parallel_for(u->n, 1 + (1 << 14) / u->d, through_length, w);
    return AKIN_OK;
}

/* Permuted partners -------------------------------------------------------------------------------------- */

/* An item's part of cross, to first order in what it adds to C_pz; the parts of all items add up to it. */
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
        sum += (ak_columns_at(u, g, k) + pull(u, k, k) * x) * y;
    }
    p->more[i] += p->sign * sum / u->all;
}

static akin_status add_items(ak_columns *u, ak_permuted *p, const int32_t *order, double sign)
{
    item_parts parts = { order, sign, of(u)->cross, p->more };
    if (!p->n) return AKIN_OK;
    ak_columns_weights(u, weight_across);
    for (int64_t i = 0; i < u->d; i++)
        for (int64_t j = 0; j < u->d; j++) parts.rest -= pull(u, i, j) * u->m[i * u->d + j] / u->all;
    return ak_columns_rows(u, 0, false, item_part, &parts);
}

static akin_status product_across(ak_columns *u, const int32_t *order)
{
    return across((direction *)(void *)u, order);
}

/* Adds what strangers cost more; the errors of both directions are added, as if they erred alike. */
static akin_status permuted(direction *w, akin_loss_permuted *more)
{
    ak_loss_call *c = w->u.c;
    ak_permuted p;
    c->permuted.loss = c->permuted.error = NAN;
    c->value = 0;
    AK_TRY(ak_permuted_open(&p, c, w->u.n));
    AK_TRY(ak_columns_permuted(&w->u, &p, product_across, add_items));
    more->loss += c->permuted.loss;
    more->error += c->permuted.error;
    return AKIN_OK;
}

/* -------------------------------------------------------------------------------------------------------- */

static akin_status open_direction(direction *w, ak_loss_call *c, int view, double *slope)
{
    const int64_t n = c->in.a.rows, d = c->in.a.cols;
    akin_cmat rows[2] = { c->in.a, c->in.b };
    if (c->in.targets.rows > 0) {
        rows[!view] = view ? ak_rows_from(c->in.targets, n, c->in.wide) : c->in.targets;
        rows[!view].rows = n;
    }
    *w = (direction){ .view = view, .half = 0.5, .slope = slope };
    AK_TRY(ak_columns_open_unit(&w->u, c, rows[0], rows[1]));
    w->one = ak_arena_array(c->arena, double, d, d);
    w->two = ak_arena_array(c->arena, double, d, d);
    w->vectors = ak_arena_array(c->arena, double, d, d);
    w->values = ak_loss_vector(c, d);
    w->pivot = ak_arena_array(c->arena, int32_t, d, 1);
    return w->one && w->two && w->vectors && w->values && w->pivot ? AKIN_OK : ak_loss_no_scratch(c);
}

/* Without targets the part of C_pz is the same in both directions. */
static akin_status run_direction(ak_loss_call *c, int view, double *slope, double *value,
                                 akin_loss_permuted *more)
{
    direction w;
    const bool twice = c->in.targets.rows == 0;
    AK_TRY(open_direction(&w, c, view, slope));
    if (c->p.match_weight > 0) AK_TRY(align(&w));
    AK_TRY(across(&w, NULL));
    *value += w.value + w.cross;
    if (!isfinite(*value))
        return ak_fail(
            c->err, AKIN_ERR_NUMERIC,
            "%s: the loss is %g, not finite: an eigenvalue of the cross-covariance is -mu, %g; give "
            "a larger mu",
            c->loss->name, *value, -c->p.mu);
    if (slope) AK_TRY(gradient(&w));
    if (!c->want_permuted || (twice && view)) return AKIN_OK;
    if (twice) w.half = 1, w.cross *= 2;
    return permuted(&w, more);
}

static akin_status check(ak_loss_call *c)
{
    if (c->out.targets.data)
        return ak_fail(c->err, AKIN_ERR_ARGUMENT,
                       "%s: targets are constants and have no gradient; leave it empty", c->loss->name);
    AK_TRY(ak_columns_look(c, c->in.a, "a", true));
    AK_TRY(ak_columns_look(c, c->in.b, "b", true));
    return c->in.targets.rows > 0 ? ak_columns_look(c, c->in.targets, "targets", true) : AKIN_OK;
}

akin_status ak_run_matrix_ssl(ak_loss_call *c)
{
    const akin_mat out[2] = { c->out.a, c->out.b };
    const int64_t n = c->in.a.rows, d = c->in.a.cols;
    double value = 0, *slope[2] = { NULL, NULL };
    akin_loss_permuted more = { .struct_size = sizeof more };
    AK_TRY(check(c));
    for (int view = 0; view < 2; view++)
        if (out[view].data && !(slope[view] = ak_arena_array(c->arena, double, n, d)))
            return ak_loss_no_scratch(c);
    for (int view = 0; view < 2; view++) {
        const size_t mark = c->arena->used;
        AK_TRY(run_direction(c, view, slope[view], &value, &more));
        c->arena->used = mark;
    }
    for (int view = 0; view < 2; view++)
        for (int64_t i = 0; slope[view] && i < n; i++)
            for (int64_t k = 0; k < d; k++)
                ak_number_set(out[view], i, k, c->in.wide, slope[view][i * d + k]);
    c->value = value;
    c->permuted.loss = value + more.loss;
    c->permuted.error = more.error;
    return AKIN_OK;
}
