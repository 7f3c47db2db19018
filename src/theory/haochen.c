/* SPDX-License-Identifier: Apache-2.0 */
/* theory/haochen.c - the spectral contrastive loss against the best linear change of these features
 * [HaoChen2021].
 *
 *     L_spec(f) = -2 E f(x).f(x+) + E (f(x).f(x'))^2 = -2 tr P + tr S^2
 *     S = E f f^T,   P = sym E f(x) f(x+)^T
 *
 * over both views in either role.
 *
 * The bound. For features W f the loss is -2 tr(M P) + tr(M S M S), M = W^T W. Its least value over all
 * symmetric M is -|S^{-1/2} P S^{-1/2}|_F^2: minus the sum of squared eigenvalues of the two-view operator.
 * So L_spec(f) is at least that, whatever f is. The difference is what a linear layer could still win.
 *
 * The eigenvalue number C of that operator. It is near 1 where both views of an item agree along as many
 * directions as there are classes.
 *
 * The edges between classes, phi: estimated by the share of positive pairs whose views the mean classifier
 * puts into different classes. Labels cannot tell it, as a view has the label of its item.
 *
 * Plan. Cholesky S = L L^T in double, without columns that depend on earlier ones; then B = L^{-1} P
 * L^{-T}. */
#include "theory/contrast.h"
#include "linalg/eigen.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { ROWS = 4096, EIGEN = 1024, OWN = 64 /* rows of a moment that a task sums */ };

typedef struct moment {
    const float *x, *y; /* [n,d] */
    int64_t n, d;
    double scale;
    float *part; /* [d,d] */
    double *out; /* [d,d] */
    atomic_bool failed;
} moment;

static void own_rows(int64_t task, int worker, void *ctx)
{
    moment *m = ctx;
    const int64_t d = m->d, first = task * OWN, own = d - first < OWN ? d - first : OWN;
    float *part = m->part + first * d;
    double *out = m->out + first * d;
    (void)worker;
    for (int64_t from = 0; from < m->n; from += ROWS) {
        const int64_t rows = m->n - from < ROWS ? m->n - from : ROWS;
        if (!ak_gemm(true, false, own, d, rows, m->x + from * d + first, d, m->y + from * d, d, 0, part, d))
            atomic_store(&m->failed, true);
        for (int64_t j = 0; j < own * d; j++) out[j] += m->scale * (double)part[j];
    }
}

/* out[d,d] += scale x^T y over rows of two matrices. Float products of up to ROWS rows, summed in double. */
static bool add_products(const float *x, const float *y, int64_t n, int64_t d, double scale, float *part,
                         double *out)
{
    moment m = { .x = x, .y = y, .n = n, .d = d, .scale = scale, .part = part, .out = out };
    atomic_init(&m.failed, false);
    ak_parallel_tasks((d + OWN - 1) / OWN, own_rows, &m);
    return !atomic_load(&m.failed);
}

/* S = L L^T in place (lower part); kept[j] = 0 where the pivot is lost in rounding. */
static int64_t factor(double *s, int64_t d, bool *kept)
{
    double largest = 0;
    int64_t rank = 0;
    for (int64_t j = 0; j < d; j++) largest = fmax(largest, s[j * d + j]);
    for (int64_t j = 0; j < d; j++) {
        double pivot = s[j * d + j];
        for (int64_t k = 0; k < j; k++)
            if (kept[k]) pivot -= s[j * d + k] * s[j * d + k];
        kept[j] = pivot > 1e-6 * largest; /* S comes from float products */
        if (!kept[j]) continue;
        rank++;
        const double root = sqrt(pivot);
        s[j * d + j] = root;
        for (int64_t i = j + 1; i < d; i++) {
            double x = s[i * d + j];
            for (int64_t k = 0; k < j; k++)
                if (kept[k]) x -= s[i * d + k] * s[j * d + k];
            s[i * d + j] = x / root;
        }
    }
    return rank;
}

/* x <- L^{-1} x for each of the kept columns of p, p [d,d] symmetric; then again for rows: sum of squares. */
static double whitened_square(const double *l, double *p, int64_t d, const bool *kept)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < d; i++) {
            if (!kept[i]) continue;
            for (int64_t k = 0; k < i; k++) {
                if (!kept[k]) continue;
                const double f = l[i * d + k];
                for (int64_t j = 0; j < d; j++) p[i * d + j] -= f * p[k * d + j];
            }
            for (int64_t j = 0; j < d; j++) p[i * d + j] /= l[i * d + i];
        }
        for (int64_t i = 0; i < d; i++)
            for (int64_t j = 0; j < i; j++) {
                const double swap = p[i * d + j];
                p[i * d + j] = p[j * d + i];
                p[j * d + i] = swap;
            }
    }
    double sum = 0;
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < d; j++)
            if (kept[i] && kept[j]) sum += p[i * d + j] * p[i * d + j];
    return sum;
}

/* b [d,d] = L^{-1} P L^{-T}; its kept rows and columns are moved together, then b is destroyed. */
static akin_status add_eigenvalue(ak_theory_job *job, double *b, const bool *kept, int64_t rank,
                                  akin_error *err)
{
    const int64_t d = job->d, c = job->classes;
    if (rank > EIGEN || rank < 1) return AKIN_OK; /* rank^3 operations */
    double *value = ak_alloc(sizeof *value, rank, 1);
    if (!value) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld eigenvalues", (long long)rank);
    int64_t at = 0;
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < d; j++)
            if (kept[i] && kept[j]) b[at++] = b[i * d + j];
    const akin_status status = ak_eigen(b, rank, value, NULL, err);
    if (!status) {
        akin_bound_row *r = ak_bound_add(job, "haochen-eigenvalue", "[HaoChen2021]", AKIN_MARK_DERIVED,
                                         "eigenvalue C of the two-view operator", AKIN_BOUND_MEASURE);
        ak_bound_set(r, NAN, NAN, c <= rank ? value[c - 1] : 0, 0, NAN);
        ak_bound_assume(
            r, "1 = both views agree along C = %lld directions; the first %.6g, the one after C %.6g",
            (long long)c, value[0], c < rank ? value[c] : 0);
    }
    free(value);
    return status;
}

static int64_t greatest(const float *x, int64_t n)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best]) best = i;
    return best;
}

static akin_status add_cross_edges(ak_theory_job *job, akin_error *err)
{
    enum { STRIP = 64 };
    const int64_t d = job->d, c = job->classes, m = job->n < ROWS ? job->n : ROWS;
    float *mean = ak_alloc(sizeof *mean, c, d), *score = ak_alloc(sizeof *score, 2 * STRIP, c),
          *row = ak_alloc(sizeof *row, 2 * STRIP, d);
    bool good = mean && score && row;
    int64_t apart = 0;
    for (int64_t j = 0; good && j < c * d; j++) mean[j] = (float)job->mean_b[j];
    for (int64_t from = 0; from < m && good; from += STRIP) {
        const int64_t rows = m - from < STRIP ? m - from : STRIP;
        for (int64_t i = 0; i < rows; i++) {
            const int64_t item = (from + i) * job->n / m;
            memcpy(row + i * d, job->a + item * d, (size_t)d * sizeof *row);
            memcpy(row + (rows + i) * d, job->b + item * d, (size_t)d * sizeof *row);
        }
        good = ak_gemm(false, true, 2 * rows, c, d, row, d, mean, d, 0, score, c);
        for (int64_t i = 0; i < rows && good; i++)
            apart += greatest(score + i * c, c) != greatest(score + (rows + i) * c, c);
    }
    free(mean);
    free(score);
    free(row);
    if (!good) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the edges between classes");
    const double share = (double)apart / (double)m;
    akin_bound_row *r = ak_bound_add(job, "haochen-cross-edges", "[HaoChen2021]", AKIN_MARK_DERIVED,
                                     "positive pairs across classes", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, share, 1.96 * sqrt(share * (1 - share) / (double)m), NAN);
    ak_bound_assume(r, "classes told by the mean classifier; %lld pairs", (long long)m);
    return AKIN_OK;
}

akin_status ak_theory_haochen(ak_theory_job *job, akin_error *err)
{
    const int64_t n = job->n, d = job->d;
    if (d > 4096) return AKIN_OK; /* d^3 operations */
    double *s = ak_alloc(sizeof(double), d, d), *p = ak_alloc(sizeof(double), d, d),
           *q = ak_alloc(sizeof(double), d, d);
    float *part = ak_alloc(sizeof(float), d, d);
    bool *kept = ak_alloc(sizeof(bool), d, 1);
    akin_status status = AKIN_OK;
    bool good = s && p && q && part && kept;
    good = good && add_products(job->a, job->a, n, d, 0.5 / (double)n, part, s) &&
           add_products(job->b, job->b, n, d, 0.5 / (double)n, part, s) &&
           add_products(job->a, job->b, n, d, 1 / (double)n, part, q);
    if (good) {
        double trace = 0, square = 0;
        for (int64_t i = 0; i < d; i++) {
            trace += q[i * d + i];
            for (int64_t j = 0; j < d; j++) {
                p[i * d + j] = 0.5 * (q[i * d + j] + q[j * d + i]);
                square += s[i * d + j] * s[i * d + j];
            }
        }
        const int64_t rank = factor(s, d, kept);
        const double best = -whitened_square(s, p, d, kept);
        akin_bound_row *r = ak_bound_add(job, "haochen-spectral", "[HaoChen2021 eq.6]", AKIN_MARK_DERIVED,
                                         "spectral contrastive loss", AKIN_BOUND_LOWER);
        ak_bound_set(r, best, 1e-4 * fabs(best), -2 * trace + square, 1e-4, -(double)d);
        ak_bound_assume(r, "best linear change of these features, rank %lld of %lld; unit rows, mu = 1",
                        (long long)rank, (long long)d);
        status = add_eigenvalue(job, p, kept, rank, err);
    }
    free(s);
    free(p);
    free(q);
    free(part);
    free(kept);
    if (!good)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld x %lld moments", (long long)d, (long long)d);
    return status ? status : add_cross_edges(job, err);
}
