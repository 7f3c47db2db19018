/* SPDX-License-Identifier: Apache-2.0 */
/* loss/vicreg.c - invariance, variance, covariance  [Bardes2022 eq.1-6]; scaled as its authors' program does.
 *
 *     L = invariance/(n d) sum_i |a_i - b_i|^2
 *       + variance/2 (h(a) + h(b)),    h(x) = mean_j max(0, 1 - sqrt(C_jj + 1e-4))
 *       + covariance (c(a) + c(b)),    c(x) = (1/d) sum_{j != k} C_jk^2
 *
 * C = the covariance of the columns of x, with n - 1 below. With s_j = sqrt(C_jj + 1e-4), x_i less its means,
 *
 *     dL/da_ij = 2 invariance (a_ij - b_ij)/(n d) - [s_j < 1] variance x_ij/(2 d (n-1) s_j)
 *              + 4 covariance (x C_off)_ij/(d (n-1))
 *
 * and the same for b: what the mean of a column takes away is 0 in both terms. */
#include "loss/columns.h"
#include "loss/permuted.h"
#include "loss/ring.h"

#include <math.h>

static ak_numbers row_of(const ak_columns *u, int view, int64_t i)
{
    return ak_numbers_of(view ? u->c->in.b : u->c->in.a, i, u->c->in.wide);
}

static double distance(const ak_columns *u, int64_t i, ak_numbers b)
{
    const ak_numbers a = row_of(u, 0, i);
    double square = 0;
    for (int64_t k = 0; k < u->d; k++) {
        const double gap = ak_number(a, k) - ak_number(b, k);
        square += gap * gap;
    }
    return square;
}

static double deviation(const ak_columns *u, int view, int64_t k)
{
    return sqrt(u->ss[view][k] / (u->all - 1) + AK_VICREG_EPSILON);
}

static double covariance_of(const ak_columns *u, int64_t i, int64_t j, double m)
{
    (void)i, (void)j;
    return m / (u->all - 1);
}

static void gradient_row(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const int view = *(const int *)ctx;
    const akin_loss_params *p = &u->c->p;
    const akin_mat out = view ? u->c->out.b : u->c->out.a;
    const ak_numbers own = row_of(u, view, i), other = row_of(u, !view, i);
    const double d = (double)u->d, pull = 2 * p->invariance / (u->all * d),
                 spread = p->variance / (2 * d * (u->all - 1)),
                 apart = 4 * p->covariance / (d * (u->all - 1));
    for (int64_t k = 0; k < u->d; k++) {
        const double s = deviation(u, view, k), x = ak_columns_at(u, u->x[view], i * u->d + k);
        double slope = pull * (ak_number(own, k) - ak_number(other, k)) + apart * ak_columns_at(u, g, k);
        if (s < 1) slope -= spread * x / s;
        ak_number_set(out, i, k, u->c->in.wide, slope);
    }
}

/* What a view's columns cost, and its gradient. */
static akin_status view_alone(ak_columns *u, int view, double *cost)
{
    const akin_loss_params *p = &u->c->p;
    const double d = (double)u->d;
    double hinge = 0, off = 0;
    AK_TRY(ak_columns_product(u, view, view, NULL));
    for (int64_t i = 0; i < u->d; i++) {
        hinge += fmax(0, 1 - deviation(u, view, i));
        for (int64_t j = 0; j < u->d; j++) {
            const double c = i == j ? 0 : covariance_of(u, i, j, u->m[i * u->d + j]);
            off += c * c;
        }
    }
    *cost += p->variance / 2 * hinge / d + p->covariance * off / d;
    if (!(view ? u->c->out.b : u->c->out.a).data) return AKIN_OK;
    ak_columns_weights(u, covariance_of);
    return ak_columns_rows(u, view, false, gradient_row, &view);
}

typedef struct strangers {
    const ak_columns *u;
    double *more, each;
} strangers;

static void put_row(int64_t item, void *to, void *ctx)
{
    const strangers *s = ctx;
    double *x = to;
    for (int64_t k = 0; k < s->u->d; k++) x[k] = ak_number(row_of(s->u, 1, item), k);
}

static void take_row(int64_t item, const void *from, void *ctx)
{
    const strangers *s = ctx;
    s->more[item] += s->each * distance(s->u, item, (ak_numbers){ .wide = from });
}

/* Columns do not know who is whose partner: only the invariance changes. */
static akin_status permuted(ak_columns *u)
{
    ak_permuted p;
    AK_TRY(ak_permuted_open(&p, u->c, u->n));
    strangers s = { u, p.more, u->c->p.invariance / (u->all * (double)u->d) };
    while (ak_permuted_next(&p)) {
        for (int64_t i = 0; i < p.n; i++) {
            if (ak_permuted_here(&p, p.partner[i]))
                p.more[i] += s.each * distance(u, i, row_of(u, 1, p.partner[i] - p.first));
            p.more[i] -= s.each * distance(u, i, row_of(u, 1, i));
        }
        AK_TRY(ak_permuted_fetch(&p, u->c, sizeof(double) * (size_t)u->d, put_row, take_row, &s));
    }
    return ak_permuted_close(&p, u->c, 1);
}

akin_status ak_run_vicreg(ak_loss_call *c)
{
    ak_columns u;
    double apart = 0, cost = 0;
    AK_TRY(ak_columns_open(&u, c, -1));
    for (int64_t i = 0; i < u.n; i++) apart += distance(&u, i, row_of(&u, 1, i));
    AK_TRY(ak_ring_sum(c, &apart, 1));
    for (int view = 0; view < 2; view++) AK_TRY(view_alone(&u, view, &cost));
    AK_TRY(ak_columns_value(&u, c->p.invariance * apart / (u.all * (double)u.d) + cost));
    return permuted(&u);
}
