/* SPDX-License-Identifier: Apache-2.0 */
/* theory/span.c - how much of the directions that theory predicts the features hold, and the other way
 * round.
 *
 * x are rows of what the encoder starts from (its inputs, or features before training), two views of each
 * item. p = V^T x has the first m eigenvectors of E (x x'^T + x' x^T)/2 in V: what a linear layer learns
 * first [Simon2023], and what wide models come near to, with features before training as x [Anil2024]. z are
 * the features as they are given, not at unit length: a linear layer's are not. With P and Z all rows of both
 * views, Q_p and Q_z orthonormal bases of their columns,
 *
 *     overlap   = |Q_p^T Q_z|^2 / rank P          mean squared cosine of the angles between the spans
 *     predicted = |Q_z^T P|^2 / |P|^2             of what is predicted, the part that features hold
 *     explained = |Q_p^T Z|^2 / |Z|^2             of the features, the part that is predicted
 *
 * All of it comes from second moments: of x, of z and across. Bases come from their eigenvectors; below CUT
 * of the greatest there is no direction. */
#include "theory/span.h"

#include "linalg/dot.h"
#include "linalg/eigen.h"
#include "theory/pairs.h"

#include <math.h>

enum { ITEMS = 4096 };
static const double CUT = 1e-10;

bool ak_view_covariance(akin_cmat a, akin_cmat b, double *g)
{
    const int64_t d = a.cols;
    if (!ak_cross_moment(a, NULL, b, NULL, g)) return false;
    for (int64_t j = 0; j < d; j++)
        for (int64_t k = 0; k <= j; k++)
            g[j * d + k] = g[k * d + j] = (g[j * d + k] + g[k * d + j]) / (2 * (double)a.rows);
    return true;
}

typedef struct product {
    const double *x, *y;
    int64_t q, r;
    double *out;
} product;

static void times_some(int64_t begin, int64_t end, void *ctx)
{
    const product *w = ctx;
    for (int64_t i = begin; i < end; i++)
        for (int64_t k = 0; k < w->r; k++)
            w->out[i * w->r + k] = ak_dot(w->x + i * w->q, w->y + k * w->q, w->q);
}

/* out [p,r] = x [p,q] y [r,q]^T */
static void times(const double *x, int64_t p, int64_t q, const double *y, int64_t r, double *out)
{
    product w = { x, y, q, r, out };
    ak_parallel_for(p, 4, times_some, &w);
}

/* out [q,p] = x [p,q]^T */
static void flip(const double *x, int64_t p, int64_t q, double *out)
{
    for (int64_t i = 0; i < p; i++)
        for (int64_t j = 0; j < q; j++) out[j * p + i] = x[i * q + j];
}

static double squares(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}

static double trace(const double *x, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i * n + i];
    return sum;
}

/* Rows u/sqrt(l) of the symmetric x [n,n], which is destroyed; how many there are. */
static akin_status find_basis(double *x, int64_t n, double *value, double *basis, int64_t *rank,
                              akin_error *err)
{
    AK_TRY(ak_eigen(x, n, value, basis, err));
    *rank = 0;
    while (*rank < n && value[*rank] > CUT * value[0] && value[*rank] > 0) {
        for (int64_t j = 0; j < n; j++) basis[*rank * n + j] /= sqrt(value[*rank]);
        ++*rank;
    }
    return AKIN_OK;
}

/* k columns of x, d of z, m directions. Squares [k,k], [d,d], [k,d] and what else there is, in one piece. */
typedef struct span_work {
    int64_t k, d, m;
    double *x, *z, *across;                     /* moments [k,k], [d,d], [k,d] */
    double *direction;                          /* [k,k] */
    double *p, *pz, *basis_p, *basis_z, *spare; /* [m,m], [m,d], [m,m], [d,d], [greatest^2] */
    double *value;                              /* [greatest] */
} span_work;

static bool moments_of(const akin_cmat from[2], const akin_cmat features[2], span_work *w)
{
    bool good = ak_view_covariance(from[0], from[1], w->spare);
    for (int v = 0; v < 2 && good; v++)
        good = ak_second_moment(from[v], NULL, w->x) && ak_second_moment(features[v], NULL, w->z) &&
               ak_cross_moment(from[v], NULL, features[v], NULL, w->across);
    return good;
}

static akin_status compare(span_work *w, ak_span *out, akin_error *err)
{
    const int64_t k = w->k, d = w->d, m = w->m;
    AK_TRY(ak_eigen(w->spare, k, w->value, w->direction, err));
    out->first = w->value[0];
    out->last = w->value[m - 1];
    out->next = m < k ? w->value[m] : 0;
    times(w->direction, m, k, w->x, k, w->spare); /* V^T X^T X V */
    times(w->spare, m, k, w->direction, m, w->p);
    flip(w->across, k, d, w->spare);
    times(w->direction, m, k, w->spare, d, w->pz);
    const double size_p = trace(w->p, m), size_z = trace(w->z, d);
    AK_TRY(find_basis(w->p, m, w->value, w->basis_p, &out->directions, err));
    AK_TRY(find_basis(w->z, d, w->value, w->basis_z, &out->rank, err));
    times(w->pz, m, d, w->basis_z, out->rank, w->spare); /* P^T Q_z */
    out->predicted = squares(w->spare, m * out->rank) / size_p;
    flip(w->spare, m, out->rank, w->across);
    times(w->basis_p, out->directions, m, w->across, out->rank, w->spare);
    out->overlap = squares(w->spare, out->directions * out->rank) / (double)out->directions;
    flip(w->pz, m, d, w->across);
    times(w->basis_p, out->directions, m, w->across, d, w->spare);
    out->explained = squares(w->spare, out->directions * d) / size_z;
    if (out->rank >= 2 * out->items || out->directions >= 2 * out->items) /* one span is everything */
        out->overlap = out->predicted = out->explained = NAN;
    return AKIN_OK;
}

akin_status ak_span_of(const akin_cmat from[2], const akin_cmat features[2], int64_t m, ak_span *out,
                       akin_error *err)
{
    const int64_t n = from[0].rows, step = (n + ITEMS - 1) / ITEMS, items = (n + step - 1) / step;
    const int64_t k = from[0].cols, d = features[0].cols, most = k > d ? k : d;
    span_work w = { .k = k, .d = d, .m = m };
    double *all =
        ak_alloc(sizeof *all, 2 * k * k + 2 * d * d + 2 * k * d + 2 * m * m + most * most + most, 1);
    akin_cmat x[2], z[2];
    for (int v = 0; v < 2; v++) {
        x[v] = (akin_cmat){ from[v].data, items, k, from[v].stride * step };
        z[v] = (akin_cmat){ features[v].data, items, d, features[v].stride * step };
    }
    akin_status status = all ? AKIN_OK : ak_no_memory(err, "for %lld columns", (long long)most);
    *out = (ak_span){ .items = items };
    if (!status) {
        const struct {
            double **place;
            int64_t size;
        } part[] = { { &w.x, k * k },         { &w.z, d * d },       { &w.across, k * d },
                     { &w.direction, k * k }, { &w.p, m * m },       { &w.pz, k * d },
                     { &w.basis_p, m * m },   { &w.basis_z, d * d }, { &w.spare, most * most },
                     { &w.value, most } };
        double *at = all;
        for (size_t i = 0; i < sizeof part / sizeof *part; at += part[i++].size) *part[i].place = at;
        status = moments_of(x, z, &w) ? compare(&w, out, err)
                                      : ak_no_memory(err, "for the moments of %lld columns", (long long)most);
    }
    free(all);
    return status;
}

akin_status ak_theory_wide(ak_theory_job *job, akin_error *err)
{
    const akin_bound_input *in = &job->in;
    if (!in->from_a.data) return AKIN_OK;
    const int64_t m = in->from_a.cols < job->d ? in->from_a.cols : job->d;
    const bool fits = in->from_a.cols <= AK_SPAN_COLUMNS && job->d <= AK_SPAN_COLUMNS;
    ak_span s = { .predicted = NAN, .explained = NAN };
    if (fits)
        AK_TRY(ak_span_of((akin_cmat[]){ in->from_a, in->from_b },
                          (akin_cmat[]){ in->a, in->b.data ? in->b : in->a }, m, &s, err));
    akin_bound_row *r =
        ak_bound_add(job, "wide-components", "[Anil2024]", AKIN_MARK_RECONSTRUCTION,
                     "part of the principal components that features hold", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, s.predicted, 0, NAN);
    if (fits && isnan(s.predicted))
        ak_bound_assume(r, "no more than %lld rows for %lld directions: any features would hold all",
                        2 * (long long)s.items, (long long)s.rank);
    else if (fits)
        ak_bound_assume(r, "%lld components of E x x' of two views before the encoder; %lld items",
                        (long long)s.directions, (long long)s.items);
    else
        ak_bound_assume(r, "not computed: up to %d columns are", AK_SPAN_COLUMNS);
    r = ak_bound_add(job, "wide-explained", "[Anil2024]", AKIN_MARK_RECONSTRUCTION,
                     "part of the features that these components explain", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, s.explained, 0, NAN);
    ak_bound_assume(r, "1 = a linear map of the principal components, as wide models with cosines are");
    return AKIN_OK;
}
