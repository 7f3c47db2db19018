/* SPDX-License-Identifier: Apache-2.0 */
/* theory/lee.c - contrast as approximate supervision: bias and the bounds of both parts  [Lee2025].
 *
 * Only summaries of the paper were at hand. What is computed here is a reconstruction whose inequalities were
 * derived anew. With u a unit view, m_x and m_y means over the views of an item and of a class, pi the class
 * priors:
 *
 *     E[-cos(u,m_x)] = -E|m_x| <= -E|m_x|^2
 *     |E cos(u,m_y) - E cos(u,m_x)| <= B1 = E|nm(m_y) - nm(m_x)|
 *     B2 = E|m_y - m_x|^2 = E|m_x|^2 - E|m_y|^2
 *     max_{y'!=y} u.m_y' <= 1/alpha log sum_{y'!=y} exp(alpha u.m_y')
 *                        <= 1/alpha log sum_{y'!=y} E_{u'|y'} exp(alpha u.u')
 *                        <= 1/alpha log E_u'[ exp(alpha u.u') / pi ]
 *                        <= 1/alpha log( E_u' exp(alpha u.u') / pi_min )
 *
 * Every expectation is over the views at hand, so each line holds exactly for them.
 *
 * Plan. Means first, O(n d); then one walk over all pairs of views, which for each anchor keeps the sum of
 * exp(alpha (s-1)) per class and the nearest other view.
 *
 * Precision. Cosines of pairs in float, the rest in double. Threads: sums are per anchor and added in
 * order. */
#include "theory/lee.h"

#include "theory/pairs.h"

#include <math.h>
#include <string.h>

typedef struct lee_job {
    int64_t n, d, classes;
    int32_t views;
    double alpha;
    akin_mat u;        /* [n*views,d]: views of an item together */
    int32_t *class_of; /* [n] */
    double *pi;        /* [classes] */
    double *item;      /* [n,d] m_x */
    double *proto;     /* [classes,d] m_y */
    double *sums;      /* [n*views, classes]: sum of exp(alpha (s-1)) */
    float *nearest;    /* [n*views] */
    int32_t *nearest_item;
} lee_job;

static akin_status stack_views(lee_job *w, const akin_cmat *view, akin_error *err)
{
    w->u.data = ak_alloc(sizeof(float), w->n * w->views, w->d);
    w->u.rows = w->n * w->views;
    w->u.cols = w->u.stride = w->d;
    if (!w->u.data)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the views of %lld items", (long long)w->n);
    for (int32_t t = 0; t < w->views; t++) {
        akin_mat unit;
        const char *what = t == 0 ? "the first view" : t == 1 ? "the second view" : "a later view";
        AK_TRY(ak_unit_copy(view[t], what, &unit, err));
        for (int64_t i = 0; i < w->n; i++)
            memcpy(ak_row(w->u, i * w->views + t), ak_row(unit, i), (size_t)w->d * sizeof(float));
        free(unit.data);
    }
    return AKIN_OK;
}

static void means(lee_job *w)
{
    for (int64_t i = 0; i < w->n; i++) {
        double *m = w->item + i * w->d, *p = w->proto + w->class_of[i] * w->d;
        for (int32_t t = 0; t < w->views; t++) {
            const float *u = ak_row(w->u, i * w->views + t);
            for (int64_t k = 0; k < w->d; k++) m[k] += (double)u[k] / w->views;
        }
        for (int64_t k = 0; k < w->d; k++) p[k] += m[k];
        w->pi[w->class_of[i]] += 1 / (double)w->n;
    }
    for (int64_t y = 0; y < w->classes; y++)
        for (int64_t k = 0; k < w->d; k++) w->proto[y * w->d + k] /= w->pi[y] * (double)w->n;
}

static double length(const double *x, int64_t d)
{
    double s = 0;
    for (int64_t k = 0; k < d; k++) s += x[k] * x[k];
    return sqrt(s);
}

static double with(const double *x, const float *u, int64_t d)
{
    double s = 0;
    for (int64_t k = 0; k < d; k++) s += x[k] * (double)u[k];
    return s;
}

/* The numbers that need only means. */
static void attraction(const lee_job *w, ak_lee *o)
{
    const double n = (double)w->n, t = w->views;
    for (int64_t i = 0; i < w->n; i++) {
        const double *m = w->item + i * w->d, *p = w->proto + w->class_of[i] * w->d;
        const double lm = length(m, w->d), lp = length(p, w->d);
        double apart = 0, sum = 0;
        for (int64_t k = 0; k < w->d; k++) {
            const double a = (lp > 0 ? p[k] / lp : 0) - (lm > 0 ? m[k] / lm : 0);
            apart += a * a;
        }
        for (int32_t v = 0; v < w->views; v++)
            sum += lp > 0 ? with(p, ak_row(w->u, i * w->views + v), w->d) / lp : 0;
        o->attract -= lm / n;
        o->attract_bound -= lm * lm / n;
        o->pair += (t * t * lm * lm - t) / (t * (t - 1)) / n;
        o->b1 += sqrt(apart) / n;
        o->b2 += (lm * lm - lp * lp) / n;
        o->prototype -= sum / t / n;
    }
    o->prototype_bound = o->attract_bound + o->b1;
}

static void add_tile(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    lee_job *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        const float *s = tile->s + r * AK_PAIR_COLUMNS;
        double *sum = w->sums + i * w->classes;
        for (int64_t c = 0; c < tile->columns; c++) {
            const int64_t j = tile->first_column + c;
            sum[w->class_of[j / w->views]] += exp(w->alpha * ((double)s[c] - 1));
            if (i % w->views == 0 && j != i && s[c] > w->nearest[i]) {
                w->nearest[i] = s[c];
                w->nearest_item[i] = (int32_t)(j / w->views);
            }
        }
    }
}

/* The numbers that need all pairs. Products with class means are computed as well, so that each step of the
 * chain of inequalities has its own number. */
static void repulsion(const lee_job *w, ak_lee *o)
{
    const double anchors = (double)(w->n * w->views), per_view = (double)w->views;
    double pi_min = 1, lse_mean = 0, other_mean = 0, all_mean = 0, plain_mean = 0;
    for (int64_t y = 0; y < w->classes; y++) pi_min = fmin(pi_min, w->pi[y]);
    for (int64_t i = 0; i < w->n * w->views; i++) {
        const int32_t own = w->class_of[i / w->views];
        const float *u = ak_row(w->u, i);
        double most = -INFINITY, lse = 0, others = 0, all = 0, plain = 0;
        for (int64_t y = 0; y < w->classes; y++) {
            const double mean = w->sums[i * w->classes + y] / (w->pi[y] * (double)w->n * per_view);
            plain += w->pi[y] * mean;
            all += mean;
            if (y == own) continue;
            const double s = with(w->proto + y * w->d, u, w->d);
            most = fmax(most, s);
            lse += exp(w->alpha * (s - 1));
            others += mean;
        }
        o->repel += most / anchors;
        lse_mean += (1 + log(lse) / w->alpha) / anchors;
        other_mean += (1 + log(others) / w->alpha) / anchors;
        all_mean += (1 + log(all) / w->alpha) / anchors;
        plain_mean += (1 + log(plain / pi_min) / w->alpha) / anchors;
        if (i % w->views == 0) o->confusion += (w->nearest_item[i] != i / w->views) / (double)w->n;
    }
    o->repel_other = other_mean;
    o->repel_bound = all_mean;
    o->repel_no_labels = plain_mean;
    o->lse_slack = lse_mean - o->repel;
    o->lse_most = log((double)w->classes - 1) / w->alpha;
    o->jensen_slack = other_mean - lse_mean;
    o->own_class_slack = all_mean - other_mean;
    o->imbalance = -log(pi_min) / w->alpha;
    o->balanced = log((double)w->classes) / w->alpha;
}

static akin_status check(const akin_cmat *view, int32_t views, const int32_t *labels, int64_t count,
                         double alpha, double lambda, const ak_lee *out, akin_error *err)
{
    if (!view || !labels || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "views, labels and out must not be NULL");
    if (views < 2) return ak_fail(err, AKIN_ERR_RANGE, "%d view; two at least are needed", views);
    for (int32_t t = 0; t < views; t++) {
        AK_TRY(ak_check_view(view[t], "a view", err));
        if (view[t].rows != view[0].rows || view[t].cols != view[0].cols)
            return ak_fail(err, AKIN_ERR_SHAPE, "view %d is %lld x %lld, view 0 is %lld x %lld", t,
                           (long long)view[t].rows, (long long)view[t].cols, (long long)view[0].rows,
                           (long long)view[0].cols);
    }
    if (count != view[0].rows)
        return ak_fail(err, AKIN_ERR_SHAPE, "%lld labels for %lld items", (long long)count,
                       (long long)view[0].rows);
    if (!(alpha > 0 && isfinite(alpha)))
        return ak_fail(err, AKIN_ERR_RANGE, "alpha is %g; it must be above 0", alpha);
    if (!(lambda > 0 && isfinite(lambda)))
        return ak_fail(err, AKIN_ERR_RANGE, "lambda is %g; it must be above 0", lambda);
    return AKIN_OK;
}

akin_status ak_lee_evaluate(const akin_cmat *view, int32_t views, const int32_t *labels, int64_t count,
                            double alpha, double lambda, ak_lee *out, akin_error *err)
{
    AK_TRY(check(view, views, labels, count, alpha, lambda, out, err));
    lee_job w = { .n = count, .d = view[0].cols, .views = views, .alpha = alpha };
    ak_lee o = { .views = views, .alpha = alpha, .lambda = lambda };
    akin_status status = ak_number_classes(labels, count, &w.class_of, &w.classes, err);
    if (status) return status;
    status = stack_views(&w, view, err);
    if (status) goto done;
    w.pi = ak_alloc(sizeof(double), w.classes, 1);
    w.item = ak_alloc(sizeof(double), w.n, w.d);
    w.proto = ak_alloc(sizeof(double), w.classes, w.d);
    w.sums = ak_alloc(sizeof(double), w.n * views, w.classes);
    w.nearest = ak_alloc(sizeof(float), w.n * views, 1);
    w.nearest_item = ak_alloc(sizeof(int32_t), w.n * views, 1);
    if (!w.pi || !w.item || !w.proto || !w.sums || !w.nearest || !w.nearest_item) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld items of %lld classes", (long long)w.n,
                         (long long)w.classes);
        goto done;
    }
    for (int64_t i = 0; i < w.n * views; i++) w.nearest[i] = -2;
    means(&w);
    attraction(&w, &o);
    status = ak_pairs_walk(akin_mat_const(w.u), akin_mat_const(w.u), false, add_tile, &w, err);
    if (status) goto done;
    repulsion(&w, &o);
    o.constant = (double)w.classes / (double)(2 * w.n - 2 > 0 ? 2 * w.n - 2 : 1);
    o.total = o.prototype + lambda * o.repel;
    o.total_bound = o.prototype_bound + lambda * o.repel_bound;
    *out = o;

done:
    free(w.class_of);
    free(w.u.data);
    free(w.pi);
    free(w.item);
    free(w.proto);
    free(w.sums);
    free(w.nearest);
    free(w.nearest_item);
    return status;
}
