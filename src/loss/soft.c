/* SPDX-License-Identifier: Apache-2.0 */
/* loss/soft.c - softmax losses whose targets are shares of rows  [Sobal2025 eq.2] [Dufumier2021 eq.2].
 *
 *     l_i = sum_k T_ik log( sum_{l in D_i} e_il / e_ik ),   e_ik = exp(s_ik/t),   sum_k T_ik = 1
 *     dl_i/ds_ik = (e_ik/L_i - T_ik)/t                      L_i = sum of e over D_i
 *
 * xclr: T from a sparse graph of rows (soft_targets.c); D are all other rows, less those that its options
 * leave out. y-aware: T_ik ~ exp(-|y_i - y_k|^2/(2 h^2)), D all other rows.
 *
 * A row whose only positive has nearly all of its sum keeps its precision: there the loss is log1p(R/e) and
 * the slope -R/L, R the sum of the others. */
#include "loss/soft.h"

#include "loss/gram.h"

#include <math.h>

#define OUT (-1.0) /* in the place of a share: the row is not in D */

/* Fill t [rows] with the shares of anchor i. */
typedef struct soft soft;
typedef void targets_fn(const soft *f, int64_t i, double *t);

struct soft {
    ak_gram u;
    targets_fn *targets;
    double *y; /* [rows, width] */
    int64_t width;
};

static double soft_row(const ak_gram *u, int64_t i, double *s, double *t, void *ctx)
{
    const soft *f = ctx;
    const double alpha = 1 / u->c->p.temperature;
    double most = -INFINITY, all = 0, others = 0, pull = 0, only = NAN;
    f->targets(f, i, t);
    t[i] = OUT;
    for (int64_t k = 0; k < u->rows; k++)
        if (t[k] >= 0) most = fmax(most, s[k]);
    for (int64_t k = 0; k < u->rows; k++) {
        if (t[k] < 0) continue;
        const double e = exp(alpha * (s[k] - most));
        all += e;
        if (t[k] > 0) pull += t[k] * (s[k] - most);
        if (t[k] < 1)
            others += e;
        else
            only = e;
    }
    for (int64_t k = 0; u->gradient && k < u->rows; k++) {
        const double e = t[k] < 0 ? 0 : exp(alpha * (s[k] - most));
        s[k] = t[k] < 0 ? 0 : t[k] < 1 ? alpha * (e / all - t[k]) : -alpha * others / all;
    }
    return only > others ? log1p(others / only) : log(all) - alpha * pull;
}

static akin_status run(soft *f, double wider)
{
    ak_loss_call *c = f->u.c;
    const double each = 0.5 / (double)f->u.all;
    AK_TRY(ak_gram_walk(&f->u, soft_row, f));
    AK_TRY(ak_loss_mean(c, f->u.value, 2 * f->u.n, each));
    AK_TRY(ak_gram_gradients(&f->u, each));
    return ak_gram_permuted(&f->u, soft_row, f, each, wider);
}

/* X-CLR -------------------------------------------------------------------------------------------------- */

static void graph_targets(const soft *f, int64_t i, double *t)
{
    const ak_gram *u = &f->u;
    const akin_loss_params *p = &u->c->p;
    const int64_t partner = ak_gram_partner(u, i), own = (i / u->all) * u->n + ak_gram_item(u, i);
    const ak_row_links links = ak_links_of(&u->c->in, own);
    const ak_soft_targets of = ak_soft_targets_of(p, links, u->rows, partner);
    const double unknown = p->known_only ? OUT : of.soft ? 1 / of.sum : 0;
    for (int64_t k = 0; k < u->rows; k++) t[k] = unknown;
    for (int64_t l = 0; l < links.count; l++) {
        const double share =
            ak_soft_share(p, links.weight ? (double)links.weight[l] : 1, links.row[l] == partner);
        t[links.row[l]] = share < 0 ? OUT : share / of.sum;
    }
    t[partner] = of.partner / of.sum;
}

akin_status ak_run_xclr(ak_loss_call *c)
{
    soft f = { .u = { .c = c, .numbers = 2 * c->ring.all }, .targets = graph_targets };
    AK_TRY(ak_gram_open(&f.u));
    AK_TRY(ak_links_check(c, f.u.rows, f.u.all, f.u.first));
    return run(&f, c->in.link_start ? 2 : 1);
}

/* y-aware ------------------------------------------------------------------------------------------------ */

static void near_targets(const soft *f, int64_t i, double *t)
{
    const ak_gram *u = &f->u;
    const double h = u->c->p.bandwidth, factor = -0.5 / (h * h), *y = f->y + i * f->width;
    double most = -INFINITY, sum = 0;
    for (int64_t k = 0; k < u->rows; k++) {
        double square = 0;
        for (int64_t j = 0; j < f->width; j++) {
            const double gap = y[j] - f->y[k * f->width + j];
            square += gap * gap;
        }
        t[k] = factor * square;
        if (k != i) most = fmax(most, t[k]);
    }
    for (int64_t k = 0; k < u->rows; k++) {
        t[k] = k == i ? 0 : exp(t[k] - most);
        sum += t[k];
    }
    for (int64_t k = 0; k < u->rows; k++) t[k] /= sum;
}

akin_status ak_run_y_aware(ak_loss_call *c)
{
    soft f = { .u = { .c = c, .numbers = 2 * c->ring.all }, .targets = near_targets };
    f.width = ak_values_width(&c->in);
    AK_TRY(ak_gram_open(&f.u));
    f.y = ak_loss_vector(c, f.u.rows * f.width);
    double *mine = ak_loss_vector(c, 2 * f.u.n * f.width);
    if (!f.y || !mine) return ak_loss_no_scratch(c);
    AK_TRY(ak_values_read(c, mine));
    AK_TRY(ak_gram_gather(&f.u, mine, f.width, f.y));
    return run(&f, 2);
}
