/* SPDX-License-Identifier: Apache-2.0 */
/* loss/soft_targets.c - what xclr, y-aware and rank-n-contrast are given beside rows, and the chance and
 * floor that follow from it.
 *
 * Floors. sum_k T_k log(L/e_k) is least over similarities in [-1,1] where e_k/L = T_k as far as the bounds
 * allow it: s_k = t (log T_k + log L), cut to [-1,1], with the L that this gives. Where nothing is cut it is
 * the entropy of T. It is a bound for each anchor alone, so no encoder need reach it for all at once. */
#include "loss/levels.h"
#include "loss/soft.h"

#include <math.h>
#include <stdlib.h>

/* Links -------------------------------------------------------------------------------------------------- */

ak_row_links ak_links_of(const akin_loss_batch *in, int64_t row)
{
    if (!in->link_start) return (ak_row_links){ NULL, NULL, 0 };
    const int64_t first = in->link_start[row];
    return (ak_row_links){ in->link + first, in->link_weight ? in->link_weight + first : NULL,
                           in->link_start[row + 1] - first };
}

double ak_soft_share(const akin_loss_params *p, double weight, bool partner)
{
    if (p->partner_only) return partner ? 1 : weight > 0 ? -1 : 0;
    if (p->target_temperature > 0) return exp(weight / p->target_temperature);
    return weight > 0 ? weight : 0;
}

ak_soft_targets ak_soft_targets_of(const akin_loss_params *p, ak_row_links links, int64_t rows,
                                   int64_t partner)
{
    ak_soft_targets of = { .soft = p->target_temperature > 0 && !p->partner_only };
    int64_t left_out = 0;
    for (int64_t l = 0; l < links.count; l++) {
        const double weight = links.weight ? (double)links.weight[l] : 1;
        const bool own = links.row[l] == partner;
        double share = ak_soft_share(p, weight, own);
        if (own) {
            if (!(share > 0)) continue; /* of a partner that is said to differ: it is one all the same */
            of.listed = true;
            of.partner = share;
        }
        if (share < 0)
            left_out++;
        else
            of.sum += share;
        of.linked += share >= 0 && !own;
    }
    if (!of.listed) of.sum += of.partner = ak_soft_share(p, 1, true);
    of.present = p->known_only ? 1 + of.linked : rows - 1 - left_out;
    if (of.soft && !p->known_only) of.sum += (double)(of.present - 1 - of.linked);
    return of;
}

akin_status ak_links_check(const ak_loss_call *c, int64_t rows, int64_t all, int64_t first)
{
    const int64_t n = c->in.a.rows;
    for (int64_t i = 0; c->in.link_start && i < 2 * n; i++) {
        const int64_t own = i < n ? first + i : all + first + i - n;
        const ak_row_links links = ak_links_of(&c->in, i);
        if (links.count < 0)
            return ak_fail(c->err, AKIN_ERR_INPUT, "%s: link_start falls at row %lld", c->loss->name,
                           (long long)i);
        for (int64_t l = 0; l < links.count; l++) {
            const int64_t to = links.row[l];
            if (to < 0 || to >= rows || to == own || (l && to <= links.row[l - 1]))
                return ak_fail(c->err, AKIN_ERR_INPUT,
                               "%s: link %lld of row %lld goes to row %lld; links of a row go to others of "
                               "the %lld, in ascending order",
                               c->loss->name, (long long)l, (long long)i, (long long)to, (long long)rows);
            if (links.weight && !isfinite(links.weight[l]))
                return ak_fail(c->err, AKIN_ERR_INPUT, "%s: the weight of link %lld of row %lld is %g",
                               c->loss->name, (long long)l, (long long)i, (double)links.weight[l]);
        }
    }
    return AKIN_OK;
}

/* Continuous targets ------------------------------------------------------------------------------------- */

int64_t ak_values_width(const akin_loss_batch *in) { return in->values.data ? in->values.cols : 1; }

akin_status ak_values_read(const ak_loss_call *c, double *to)
{
    const akin_loss_batch *in = &c->in;
    const int64_t n = in->a.rows, width = ak_values_width(in);
    for (int64_t i = 0; i < 2 * n; i++)
        for (int64_t j = 0; j < width; j++) {
            const double y = in->values.data ? (double)in->values.data[i * in->values.stride + j]
                                             : (double)in->labels[i % n];
            if (!isfinite(y))
                return ak_fail(c->err, AKIN_ERR_NUMERIC,
                               "%s: value %lld of row %lld is %g; every value must be finite", c->loss->name,
                               (long long)j, (long long)i, y);
            to[i * width + j] = y;
        }
    return AKIN_OK;
}

/* Levels ------------------------------------------------------------------------------------------------- */

static double limited(double x) { return x < -1 ? -1 : x > 1 ? 1 : x; }

/* The least of one anchor's loss. share [n] of rows, and `rest` more rows of a share each. */
typedef struct anchor {
    const double *share;
    int64_t n;
    double rest, rest_share, alpha;
} anchor;

static double best_similarity(const anchor *a, double share, double log_sum)
{
    return share > 0 ? limited((log(share) + log_sum) / a->alpha) : -1;
}

static double log_sum_at(const anchor *a, double log_sum)
{
    double sum = a->rest * exp(a->alpha * (best_similarity(a, a->rest_share, log_sum) - 1));
    for (int64_t k = 0; k < a->n; k++) sum += exp(a->alpha * (best_similarity(a, a->share[k], log_sum) - 1));
    return log(sum) + a->alpha;
}

static double least_loss(const anchor *a)
{
    double low = log_sum_at(a, -INFINITY), high = log_sum_at(a, INFINITY);
    for (int step = 0; step < 60 && low < high; step++) {
        const double middle = (low + high) / 2;
        if (log_sum_at(a, middle) > middle)
            low = middle;
        else
            high = middle;
    }
    double value = high = log_sum_at(a, low);
    for (int64_t k = 0; k < a->n; k++) value -= a->share[k] * a->alpha * best_similarity(a, a->share[k], low);
    return value - a->rest * a->rest_share * a->alpha * best_similarity(a, a->rest_share, low);
}

/* The floor of a row of xclr; NaN without memory. */
static double floor_of_links(const akin_loss_params *p, ak_row_links links, ak_soft_targets of,
                             int64_t partner)
{
    double *share = malloc((size_t)(links.count + 1) * sizeof *share), value = NAN;
    anchor a = { share, 0, (double)(of.present - 1 - of.linked), of.soft ? 1 / of.sum : 0,
                 1 / p->temperature };
    if (!share) return NAN;
    share[a.n++] = of.partner / of.sum;
    for (int64_t l = 0; l < links.count; l++) {
        const double own = ak_soft_share(p, links.weight ? (double)links.weight[l] : 1, false);
        if (links.row[l] != partner && own >= 0) share[a.n++] = own / of.sum;
    }
    value = least_loss(&a);
    free(share);
    return value;
}

ak_levels ak_levels_xclr(const ak_level_subject *s)
{
    const akin_loss_batch *in = &s->c->in;
    const int64_t n = in->a.rows;
    if (!in->link_start && !s->p->known_only && !(s->p->target_temperature > 0)) return ak_levels_ntxent(s);
    ak_levels sum = { 0, 0, NAN };
    for (int64_t i = 0; i < 2 * n; i++) {
        const int64_t partner = i < n ? i + n : i - n;
        const ak_row_links links = ak_links_of(in, i);
        const ak_soft_targets of = ak_soft_targets_of(s->p, links, 2 * n, partner);
        sum.chance += log((double)of.present) / (double)(2 * n);
        sum.floor += floor_of_links(s->p, links, of, partner) / (double)(2 * n);
    }
    return sum;
}

/* The mean entropy of the targets. */
ak_levels ak_levels_y_aware(const ak_level_subject *s)
{
    const ak_loss_call *c = s->c;
    const int64_t n = c->in.a.rows, width = ak_values_width(&c->in), rows = 2 * n;
    const double h = s->p->bandwidth;
    ak_levels l = { log(2 * s->n - 1), NAN, NAN };
    double *y = malloc((size_t)(rows * width) * sizeof *y), entropy = 0;
    if (!y || (!c->in.values.data && !c->in.labels) || ak_values_read(c, y)) {
        free(y);
        return l;
    }
    for (int64_t i = 0; i < rows; i++) {
        double least = INFINITY, sum = 0, mean = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int64_t k = 0; k < rows; k++) {
                double square = 0;
                for (int64_t j = 0; j < width; j++)
                    square += (y[i * width + j] - y[k * width + j]) * (y[i * width + j] - y[k * width + j]);
                if (k == i) continue;
                const double x = 0.5 * square / (h * h);
                if (pass == 0) {
                    least = fmin(least, x);
                    continue;
                }
                sum += exp(least - x);
                mean += exp(least - x) * (x - least);
            }
        entropy += log(sum) + mean / sum;
    }
    free(y);
    l.floor = entropy / (double)rows;
    return l;
}
