/* SPDX-License-Identifier: Apache-2.0 */
/* theory/latent.c - data of a latent-class model of which prior, collisions and augmentation graph are known.
 *
 * Two models: a continuous one of Gaussian scatter, and a discrete one of finitely many views, of which every
 * expectation is a finite sum. The nonzero spectrum of the discrete graph is that of a matrix between items:
 * with M[x,i] = sqrt(P(i)) A(x|i) / sqrt(P(x)), the normalised adjacency of views is M M^T, and M^T M has as
 * many rows as items.
 *
 * Sizes. Class c gets items in proportion to imbalance^{-c/(C-1)}, rounded down, one at least; items that are
 * left over go to the first classes. Every item has its own random stream, so that results depend on nothing
 * but options and seed. */
#include "akin/tool/latent.h"

#include "base/base.h"
#include "base/rng.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

static akin_status check(const akin_latent_opts *o, const akin_latent_sample *s, akin_error *err)
{
    const akin_mat a = s->a, b = s->b;
    if (!s->labels || !s->counts) return ak_fail(err, AKIN_ERR_ARGUMENT, "labels or counts is NULL");
    if (o->classes < 2 || o->items < o->classes || o->items > INT32_MAX)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "%d classes of %lld items; two classes and an item in each are the least", o->classes,
                       (long long)o->items);
    if (o->width < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "width is %lld; it must be at least 1", (long long)o->width);
    if (!(o->imbalance >= 1 && o->imbalance <= 1e9))
        return ak_fail(err, AKIN_ERR_RANGE, "imbalance is %g; it must be at least 1", o->imbalance);
    if (!(o->spread >= 0 && o->spread <= 1e6) || !(o->view_spread >= 0 && o->view_spread <= 1e6))
        return ak_fail(err, AKIN_ERR_RANGE, "spread is %g and view spread %g; both must be at least 0",
                       o->spread, o->view_spread);
    if (!(o->mix >= 0 && o->mix <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "mix is %g; it must be from 0 to 1", o->mix);
    if (!a.data || !b.data || a.rows != o->items || b.rows != o->items || a.cols != o->width ||
        b.cols != o->width)
        return ak_fail(err, AKIN_ERR_SHAPE, "a and b must both be %lld x %lld", (long long)o->items,
                       (long long)o->width);
    return AKIN_OK;
}

static void sizes(const akin_latent_opts *o, int64_t *counts)
{
    double total = 0;
    for (int c = 0; c < o->classes; c++) total += pow(o->imbalance, -(double)c / (o->classes - 1));
    int64_t left = o->items - o->classes;
    for (int c = 0; c < o->classes; c++) {
        const double share = pow(o->imbalance, -(double)c / (o->classes - 1)) / total;
        const int64_t more = (int64_t)floor(share * (double)(o->items - o->classes) + 1e-9);
        counts[c] = 1 + more;
        left -= more;
    }
    for (int c = 0; left > 0; c = (c + 1) % o->classes, left--) counts[c]++;
}

/* x = from + size * normal of expected squared length 1 */
static void scatter(ak_rng *g, const double *from, double size, double *x, int64_t d)
{
    for (int64_t j = 0; j < d; j++) x[j] = from[j] + size / sqrt((double)d) * ak_rng_normal(g);
}

static void one_item(const akin_latent_opts *o, int64_t i, const int32_t *labels, const double *centres,
                     double *x)
{
    ak_rng g = ak_rng_at(o->seed, AK_RNG_SAMPLE, AK_SAMPLE_ITEMS, (uint64_t)i, 0);
    scatter(&g, centres + labels[i] * o->width, o->spread, x, o->width);
}

static void one_view(const akin_latent_opts *o, int64_t i, uint32_t view, const double *item, double *work,
                     float *out)
{
    ak_rng g = ak_rng_at(o->seed, AK_RNG_SAMPLE, AK_SAMPLE_VIEWS, (uint64_t)i, view);
    scatter(&g, item, o->view_spread, work, o->width);
    for (int64_t j = 0; j < o->width; j++) out[j] = (float)work[j];
}

/* Centres of unit length, and the class of each item. */
static void place(const akin_latent_opts *o, const int64_t *counts, double *centres, int32_t *labels)
{
    for (int c = 0, i = 0; c < o->classes; c++) {
        ak_rng g = ak_rng_at(o->seed, AK_RNG_SAMPLE, AK_SAMPLE_CENTRES, (uint64_t)c, 0);
        double length = 0, *centre = centres + c * o->width;
        for (int64_t j = 0; j < o->width; j++) {
            centre[j] = ak_rng_normal(&g);
            length += centre[j] * centre[j];
        }
        for (int64_t j = 0; j < o->width; j++) centre[j] /= sqrt(length);
        for (int64_t j = 0; j < counts[c]; j++) labels[i++] = c;
    }
}

/* Options and places, over the defaults and checked. */
static akin_status import(const akin_latent_opts *opts, const akin_latent_sample *sample, akin_latent_opts *o,
                          akin_latent_sample *s, akin_error *err)
{
    *o = (akin_latent_opts)AKIN_LATENT_OPTS_INIT;
    *s = (akin_latent_sample)AKIN_LATENT_SAMPLE_INIT;
    AK_TRY(ak_opts_import(o, opts, "latent", err));
    AK_TRY(ak_opts_import(s, sample, "latent sample", err));
    return check(o, s, err);
}

akin_status akin_latent_draw(const akin_latent_opts *opts, const akin_latent_sample *sample,
                             akin_latent_truth *truth, akin_error *err)
{
    akin_latent_opts o;
    akin_latent_sample s;
    AK_TRY(import(opts, sample, &o, &s, err));
    double *centres = ak_alloc(sizeof(double), o.classes, o.width), *x = ak_alloc(sizeof(double), o.width, 2);
    if (!centres || !x) {
        free(centres);
        free(x);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %d centres", o.classes);
    }
    sizes(&o, s.counts);
    place(&o, s.counts, centres, s.labels);
    for (int64_t i = 0; i < o.items; i++) {
        ak_rng g = ak_rng_at(o.seed, AK_RNG_SAMPLE, AK_SAMPLE_LATENT_ROWS, (uint64_t)i, 0);
        one_item(&o, i, s.labels, centres, x);
        one_view(&o, i, 0, x, x + o.width, ak_row(s.a, i));
        if (ak_rng_double(&g) < o.mix)
            one_item(&o, ak_rng_below(&g, (uint32_t)o.items), s.labels, centres, x);
        one_view(&o, i, 1, x, x + o.width, ak_row(s.b, i));
    }
    free(centres);
    free(x);
    if (!truth) return AKIN_OK;
    akin_latent_truth t = AKIN_LATENT_TRUTH_INIT;
    t.eigenvalue = 1 - o.mix;
    for (int c = 0; c < o.classes; c++) {
        const double rho = (double)s.counts[c] / (double)o.items;
        t.tau += rho * rho;
        t.entropy -= rho * log(rho);
    }
    t.cross = o.mix * (1 - t.tau);
    return ak_result_export(truth, &t, "latent truth", err);
}

/* The discrete model ------------------------------------------------------------------------------------- */

typedef struct discrete {
    const akin_latent_opts *o;
    int64_t n, v;          /* items, views of an item */
    int32_t *set;          /* [n,v]: the views of an item; view j*v+w was made from item j */
    int32_t *where;        /* [n*v+1]: where a view's items begin in `item` */
    int32_t *item;         /* [n*v]: items whose sets hold a view */
    double *mass;          /* [n*v]: P(x) */
    float *x;              /* [n*v,width]: unit vectors */
    double *centres, *row; /* [classes,width]; [n*v] similarities of one view over t */
    double *work;          /* [2,width] */
} discrete;

static void discrete_free(discrete *m)
{
    free(m->set);
    free(m->where);
    free(m->item);
    free(m->mass);
    free(m->x);
    free(m->centres);
    free(m->row);
    free(m->work);
}

static akin_status discrete_make(discrete *m, akin_error *err)
{
    const int64_t views = m->n * m->v, d = m->o->width;
    m->set = ak_alloc(sizeof *m->set, m->n, m->v);
    m->where = ak_alloc(sizeof *m->where, views + 1, 1);
    m->item = ak_alloc(sizeof *m->item, m->n, m->v);
    m->mass = ak_alloc(sizeof *m->mass, m->n, m->v);
    m->x = ak_alloc(sizeof *m->x, views, d);
    m->centres = ak_alloc(sizeof *m->centres, m->o->classes, d);
    m->row = ak_alloc(sizeof *m->row, views, 1);
    m->work = ak_alloc(sizeof *m->work, 2, d);
    if (m->set && m->where && m->item && m->mass && m->x && m->centres && m->row && m->work) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld views", (long long)views);
}

/* Which views an item has: its own, each replaced with probability overlap by one of an item of another
 * class. */
static void discrete_sets(discrete *m, double overlap, const int32_t *labels, const int64_t *counts)
{
    const int64_t n = m->n, v = m->v, views = n * v;
    for (int64_t i = 0, first = 0; i < n; i++) {
        if (i > 0 && labels[i] != labels[i - 1]) first = i;
        ak_rng g = ak_rng_at(m->o->seed, AK_RNG_SAMPLE, AK_SAMPLE_DISCRETE_SETS, (uint64_t)i, 0);
        const int64_t own = counts[labels[i]];
        for (int64_t w = 0; w < v; w++) {
            m->set[i * v + w] = (int32_t)(i * v + w);
            if (ak_rng_double(&g) >= overlap) continue;
            int64_t j = ak_rng_below(&g, (uint32_t)(n - own));
            if (j >= first) j += own;
            m->set[i * v + w] = (int32_t)(j * v + ak_rng_below(&g, (uint32_t)v));
        }
    }
    for (int64_t x = 0; x <= views; x++) m->where[x] = 0;
    for (int64_t e = 0; e < views; e++) m->where[m->set[e] + 1]++;
    for (int64_t x = 0; x < views; x++) {
        m->mass[x] = (double)m->where[x + 1] / (double)views;
        m->where[x + 1] += m->where[x];
    }
    for (int64_t e = views - 1; e >= 0; e--) m->item[--m->where[m->set[e] + 1]] = (int32_t)(e / v);
    /* each entry has come down to its view's beginning, one place to the right of where it belongs */
    for (int64_t x = 0; x < views; x++) m->where[x] = m->where[x + 1];
    m->where[views] = (int32_t)views;
}

static void discrete_features(discrete *m, const int32_t *labels)
{
    const int64_t d = m->o->width;
    for (int64_t i = 0; i < m->n; i++) {
        one_item(m->o, i, labels, m->centres, m->work);
        for (int64_t w = 0; w < m->v; w++) {
            float *x = m->x + (i * m->v + w) * d;
            one_view(m->o, i, (uint32_t)w, m->work, m->work + d, x);
            double length = 0;
            for (int64_t j = 0; j < d; j++) length += (double)x[j] * x[j];
            for (int64_t j = 0; j < d; j++) x[j] = (float)(x[j] / sqrt(length));
        }
    }
}

/* M^T M [n,n]: of items i and j, sum over views x of A(x|i) A(x|j) / (n P(x)). */
static akin_status discrete_spectrum(const discrete *m, double *spectrum, akin_error *err)
{
    const int64_t n = m->n, v = m->v;
    double *gram = ak_alloc(sizeof *gram, n, n);
    if (!gram) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a graph of %lld items", (long long)n);
    for (int64_t i = 0; i < n * n; i++) gram[i] = 0;
    for (int64_t x = 0; x < n * v; x++)
        for (int32_t p = m->where[x]; p < m->where[x + 1]; p++)
            for (int32_t q = m->where[x]; q < m->where[x + 1]; q++)
                gram[m->item[p] * n + m->item[q]] += 1 / ((double)(v * v) * (double)n * m->mass[x]);
    const akin_status status = ak_eigen(gram, n, spectrum, NULL, err);
    free(gram);
    return status;
}

/* Both losses of one negative, anchor and positive drawn from one set of views, the negative from all
 * views. */
static void discrete_losses(const discrete *m, double t, akin_discrete_truth *truth)
{
    const int64_t views = m->n * m->v, d = m->o->width;
    truth->info = truth->hinge = 0;
    for (int64_t x = 0; x < views; x++) {
        if (!(m->mass[x] > 0)) continue;
        for (int64_t y = 0; y < views; y++) {
            double s = 0;
            for (int64_t j = 0; j < d; j++) s += (double)m->x[x * d + j] * m->x[y * d + j];
            m->row[y] = s / t;
        }
        for (int32_t p = m->where[x]; p < m->where[x + 1]; p++)
            for (int64_t w = 0; w < m->v; w++) {
                const double own = m->row[m->set[m->item[p] * m->v + w]];
                double info = 0, hinge = 0;
                for (int64_t y = 0; y < views; y++) {
                    const double gap = m->row[y] - own;
                    info += m->mass[y] * (gap > 0 ? gap + log1p(exp(-gap)) : log1p(exp(gap)));
                    hinge += m->mass[y] * fmax(0, 1 + gap);
                }
                truth->info += info / ((double)views * (double)m->v);
                truth->hinge += hinge / ((double)views * (double)m->v);
            }
    }
}

static void discrete_pairs(const discrete *m, const int32_t *labels, akin_discrete_truth *truth)
{
    int64_t apart = 0, strange = 0;
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t p = 0; p < m->v; p++) {
            const int32_t c = labels[m->set[i * m->v + p] / m->v];
            strange += c != labels[i];
            for (int64_t q = 0; q < m->v; q++) apart += c != labels[m->set[i * m->v + q] / m->v];
        }
    truth->cross = (double)apart / ((double)(m->n * m->v) * (double)m->v);
    truth->strange = (double)strange / (double)(m->n * m->v);
    for (int64_t x = 0; x < m->n * m->v; x++) truth->views += m->mass[x] > 0;
}

/* One positive pair of each item. */
static void discrete_rows(const discrete *m, const akin_latent_sample *s)
{
    for (int64_t i = 0; i < m->n; i++) {
        ak_rng g = ak_rng_at(m->o->seed, AK_RNG_SAMPLE, AK_SAMPLE_DISCRETE_ROWS, (uint64_t)i, 0);
        const int64_t p = m->set[i * m->v + ak_rng_below(&g, (uint32_t)m->v)],
                      q = m->set[i * m->v + ak_rng_below(&g, (uint32_t)m->v)];
        memcpy(ak_row(s->a, i), m->x + p * m->o->width, (size_t)m->o->width * sizeof(float));
        memcpy(ak_row(s->b, i), m->x + q * m->o->width, (size_t)m->o->width * sizeof(float));
    }
}

static akin_status check_discrete(const akin_latent_opts *o, const akin_latent_sample *s, akin_error *err)
{
    if (!s->spectrum) return ak_fail(err, AKIN_ERR_ARGUMENT, "spectrum is NULL");
    if (o->items > AKIN_DISCRETE_ITEMS || o->views < 1 || o->views > AKIN_DISCRETE_VIEWS)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "%lld items of %lld views; the discrete model takes at most %d of 1 to %d",
                       (long long)o->items, (long long)o->views, AKIN_DISCRETE_ITEMS, AKIN_DISCRETE_VIEWS);
    if (!(o->overlap >= 0 && o->overlap <= 1) || !(o->temperature > 0 && o->temperature <= 1e6))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "overlap is %g and temperature %g; one is from 0 to 1, the other above 0", o->overlap,
                       o->temperature);
    return AKIN_OK;
}

akin_status akin_discrete_draw(const akin_latent_opts *opts, const akin_latent_sample *sample,
                               akin_discrete_truth *truth, akin_error *err)
{
    akin_latent_opts o;
    akin_latent_sample s;
    AK_TRY(import(opts, sample, &o, &s, err));
    AK_TRY(check_discrete(&o, &s, err));
    discrete m = { .o = &o, .n = o.items, .v = o.views };
    akin_discrete_truth t = AKIN_DISCRETE_TRUTH_INIT;
    akin_status status = discrete_make(&m, err);
    if (!status) {
        sizes(&o, s.counts);
        place(&o, s.counts, m.centres, s.labels);
        discrete_sets(&m, o.overlap, s.labels, s.counts);
        discrete_features(&m, s.labels);
        status = discrete_spectrum(&m, s.spectrum, err);
    }
    if (!status) {
        t.info = t.hinge = NAN;
        discrete_pairs(&m, s.labels, &t);
        const double steps = pow((double)m.n, 2) * pow((double)m.v, 3);
        if (steps <= AKIN_DISCRETE_SUM && steps * (double)o.width <= 64.0 * AKIN_DISCRETE_SUM)
            discrete_losses(&m, o.temperature, &t);
        discrete_rows(&m, &s);
        if (truth) status = ak_result_export(truth, &t, "discrete truth", err);
    }
    discrete_free(&m);
    return status;
}
