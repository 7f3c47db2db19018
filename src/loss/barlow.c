/* SPDX-License-Identifier: Apache-2.0 */
/* loss/barlow.c - the cross-correlation of the two views is to be the identity  [Zbontar2021 eq.1-2].
 *
 *     L = sum_i (1 - C_ii)^2 + lambda sum_{i != j} C_ij^2,    C = x_a^T x_b / n
 *
 * x are the columns less their mean, over sqrt(their variance + 1e-5), variance with n below, as the batch
 * norm of its authors' program. With D = dL/dC, that is -2 (1 - C_ii) and 2 lambda C_ij,
 *
 *     g_a = x_b D^T / n,    dL/da = (g_a - x_a r) / sqrt(variance + 1e-5),    r_i = sum_j D_ij C_ij / n
 *
 * because the mean of a column of g_a is 0, and r is that of g_a x_a; the same for b with D transposed. */
#include "loss/columns.h"
#include "loss/ring.h"

#include <math.h>

#define EPSILON 1e-5

static double correlation(const ak_columns *u, int64_t i, int64_t j) { return u->m[i * u->d + j] / u->all; }

static double off_diagonal(const ak_columns *u, int64_t i, int64_t j, double m)
{
    (void)i, (void)j;
    return 2 * u->c->p.lambda * m / u->all;
}

static double value_of(const ak_columns *u)
{
    double on = 0, off = 0;
    for (int64_t i = 0; i < u->d; i++)
        for (int64_t j = 0; j < u->d; j++) {
            const double c = correlation(u, i, j);
            if (i == j)
                on += (1 - c) * (1 - c);
            else
                off += c * c;
        }
    return on + u->c->p.lambda * off;
}

typedef struct gradient {
    int view;
    double *along; /* [d] r */
} gradient;

static void gradient_row(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const gradient *of = ctx;
    const int view = of->view;
    const akin_mat out = view ? u->c->out.b : u->c->out.a;
    for (int64_t k = 0; k < u->d; k++) {
        const double own = ak_columns_at(u, u->x[view], i * u->d + k),
                     other = ak_columns_at(u, u->x[!view], i * u->d + k);
        const double pull = -2 * (1 - correlation(u, k, k)) * other;
        ak_number_set(out, i, k, u->c->in.wide,
                      ((pull + ak_columns_at(u, g, k)) / u->all - own * of->along[k]) / u->over[view][k]);
    }
}

static akin_status gradients(ak_columns *u)
{
    gradient of = { .along = ak_loss_vector(u->c, u->d) };
    if (!of.along) return ak_loss_no_scratch(u->c);
    ak_columns_weights(u, off_diagonal);
    for (of.view = 0; of.view < 2; of.view++) {
        if (!(of.view ? u->c->out.b : u->c->out.a).data) continue;
        for (int64_t i = 0; i < u->d; i++) {
            const double own = correlation(u, i, i);
            double sum = -2 * (1 - own) * own;
            for (int64_t j = 0; j < u->d; j++) {
                const double c = of.view ? correlation(u, j, i) : correlation(u, i, j);
                sum += i == j ? 0 : 2 * u->c->p.lambda * c * c;
            }
            of.along[i] = sum / u->all;
        }
        AK_TRY(ak_columns_rows(u, !of.view, of.view == 0, gradient_row, &of));
    }
    return AKIN_OK;
}

/* The loss is a sum over items too: of (1/n) (d - 2 x_a.x_b + x_a^T (M o C) x_b), M = 1 on the diagonal and
 * lambda beside it. more[i] += sign times that, with the partners of order. */
typedef struct item_costs {
    const int32_t *order;
    double sign, *more;
} item_costs;

static void item_cost(const ak_columns *u, int64_t i, const void *g, void *ctx)
{
    const item_costs *of = ctx;
    const int64_t j = of->order ? of->order[i] : i;
    double sum = 0;
    for (int64_t k = 0; k < u->d; k++) {
        const double x = ak_columns_at(u, u->x[0], i * u->d + k), y = ak_columns_at(u, u->x[1], j * u->d + k);
        sum += (ak_columns_at(u, g, k) / 2 + (correlation(u, k, k) - 2) * x) * y;
    }
    of->more[i] += of->sign * sum / u->all;
}

/* m is that of the partners of order. */
static akin_status add_items(ak_columns *u, ak_permuted *p, const int32_t *order, double sign)
{
    item_costs of = { order, sign, p->more };
    if (!p->n) return AKIN_OK;
    ak_columns_weights(u, off_diagonal);
    return ak_columns_rows(u, 0, false, item_cost, &of);
}

static akin_status product_across(ak_columns *u, const int32_t *order)
{
    return ak_columns_product(u, 0, 1, order);
}

akin_status ak_run_barlow(ak_loss_call *c)
{
    ak_columns u;
    ak_permuted p;
    AK_TRY(ak_columns_open(&u, c, EPSILON));
    AK_TRY(ak_permuted_open(&p, c, u.n));
    AK_TRY(ak_columns_product(&u, 0, 1, NULL));
    AK_TRY(ak_columns_value(&u, value_of(&u)));
    if (c->want_grad) AK_TRY(gradients(&u));
    return c->want_permuted ? ak_columns_permuted(&u, &p, product_across, add_items) : AKIN_OK;
}
