/* SPDX-License-Identifier: Apache-2.0 */
/* theory/stepwise.c - what a linear layer would learn from these views, in which order [Simon2023].
 *
 *     G = E (x x'^T + x' x^T)/2     over items, x and x' the two views of one; eigenvalues g_1 >= g_2 >= ...
 *
 * A linear layer W of m rows with the loss of Barlow Twins, |W G W^T - I|^2, follows
 * dW/dt = -4 (W G W^T - I) W G. While W is small, its part along direction j grows as e^{4 g_j t}; at the end
 * W G W^T = I, where the m first g are positive. So from small weights it learns the m first directions, one
 * after another, and the time to step j goes as 1/g_j. The abstract and the authors' summary say the same;
 * the equation above is worked out here.
 *
 * Told is how fast step C comes (g_C/g_1), and how much of the distance between class means the first C
 * directions hold: sum_c rho_c |P (mu_c - mu)|^2 / sum_c rho_c |mu_c - mu|^2. That is not told where
 * g_C and the one after it are nearly the same, as the order is then open. */
#include "linalg/eigen.h"
#include "theory/theory.h"
#include "theory/two_view.h"

#include <math.h>
#include <string.h>

static const double APART = 1e-2; /* of g_1: nearer than that, two steps have no order */

/* The upper triangle, some of its rows at a time, then the lower one. */
static void view_covariance(const ak_theory_job *job, double *g)
{
    enum { ROWS = 32 };
    const int64_t d = job->d, n = job->n;
    memset(g, 0, (size_t)(d * d) * sizeof *g);
#pragma omp parallel for schedule(dynamic)
    for (int64_t from = 0; from < d; from += ROWS) {
        const int64_t to = from + ROWS < d ? from + ROWS : d;
        for (int64_t i = 0; i < n; i++) {
            const float *a = job->a + i * d, *b = job->b + i * d;
            for (int64_t j = from; j < to; j++) {
                const double x = a[j], y = b[j];
                for (int64_t k = j; k < d; k++) g[j * d + k] += x * (double)b[k] + y * (double)a[k];
            }
        }
    }
    for (int64_t j = 0; j < d; j++)
        for (int64_t k = j; k < d; k++) g[j * d + k] = g[k * d + j] = g[j * d + k] / (2 * (double)n);
}

/* Means of both views of a class, less those of all. */
static double class_share(const ak_theory_job *job, const double *direction, int64_t m, double *mean)
{
    const int64_t d = job->d;
    double held = 0, all = 0;
    for (int64_t j = 0; j < d; j++) {
        mean[j] = 0;
        for (int64_t c = 0; c < job->classes; c++)
            mean[j] += job->rho[c] * (job->mean_a[c * d + j] + job->mean_b[c * d + j]) / 2;
    }
    for (int64_t c = 0; c < job->classes; c++) {
        const double *a = job->mean_a + c * d, *b = job->mean_b + c * d;
        for (int64_t j = 0; j < d; j++) all += job->rho[c] * pow((a[j] + b[j]) / 2 - mean[j], 2);
        for (int64_t k = 0; k < m; k++) {
            double dot = 0;
            for (int64_t j = 0; j < d; j++) dot += direction[k * d + j] * ((a[j] + b[j]) / 2 - mean[j]);
            held += job->rho[c] * dot * dot;
        }
    }
    return all > 1e-12 ? held / all : NAN;
}

static void add_rows(ak_theory_job *job, const double *g, double share)
{
    /* a direction without agreement is as one that is not there: columns of zeros must change nothing */
    const int64_t d = job->d, m = job->classes;
    const double last = m <= d ? fmax(g[m - 1], 0) : 0, next = m < d ? fmax(g[m], 0) : 0;
    akin_bound_row *r = ak_bound_add(job, "stepwise-rate", "[Simon2023]", AKIN_MARK_DERIVED,
                                     "rate of step C over that of the first", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, g[0] > 0 ? last / g[0] : NAN, 0, NAN);
    ak_bound_assume(r, "linear layer on these features, Barlow Twins, small weights; step %lld",
                    (long long)m);
    r = ak_bound_add(job, "stepwise-classes", "[Simon2023]", AKIN_MARK_DERIVED,
                     "part of the distance between classes in what is learned first", AKIN_BOUND_MEASURE);
    const bool open = last - next < APART * g[0];
    ak_bound_set(r, NAN, NAN, open ? NAN : share, 0, NAN);
    if (open)
        ak_bound_assume(r, "step %lld has no order: the next comes as fast, or neither does", (long long)m);
    else
        ak_bound_assume(r, "the first %lld directions of E x x'", (long long)m);
}

akin_status ak_theory_stepwise(ak_theory_job *job, akin_error *err)
{
    const int64_t d = job->d, m = job->classes < d ? job->classes : d;
    if (d > AK_TWO_VIEW_COLUMNS) {
        akin_bound_row *r = ak_bound_add(job, "stepwise-rate", "[Simon2023]", AKIN_MARK_DERIVED,
                                         "rate of step C over that of the first", AKIN_BOUND_MEASURE);
        ak_bound_assume(r, "not computed: %lld columns; up to %d are", (long long)d, AK_TWO_VIEW_COLUMNS);
        return AKIN_OK;
    }
    double *g = ak_alloc(sizeof *g, d, d), *direction = ak_alloc(sizeof *g, d, d),
           *value = ak_alloc(sizeof *g, 2, d);
    akin_status status =
        g && direction && value ? AKIN_OK : ak_no_memory(err, "for %lld columns", (long long)d);
    if (!status) {
        view_covariance(job, g);
        status = ak_eigen(g, d, value, direction, err);
    }
    if (!status) add_rows(job, value, class_share(job, direction, m, value + d));
    free(g);
    free(direction);
    free(value);
    return status;
}
