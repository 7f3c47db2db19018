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
#include "theory/span.h"
#include "theory/theory.h"
#include "theory/two_view.h"

#include <math.h>
#include <string.h>

static const double APART = 1e-2; /* of g_1: nearer than that, two steps have no order */

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

/* What the encoder holds of the first C directions of what it starts from. */
static akin_status add_span(ak_theory_job *job, akin_error *err)
{
    const akin_bound_input *in = &job->in;
    if (!in->from_a.data || in->from_a.cols > AK_SPAN_COLUMNS || job->d > AK_SPAN_COLUMNS) return AKIN_OK;
    const int64_t k = in->from_a.cols, m = job->classes < k ? job->classes : k;
    ak_span s;
    AK_TRY(ak_span_of((akin_cmat[]){ in->from_a, in->from_b },
                      (akin_cmat[]){ in->a, in->b.data ? in->b : in->a }, m, &s, err));
    const bool open = fmax(s.last, 0) - fmax(s.next, 0) < APART * s.first;
    akin_bound_row *r = ak_bound_add(job, "stepwise-span", "[Simon2023]", AKIN_MARK_DERIVED,
                                     "overlap of features with what is predicted first", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, open ? NAN : s.overlap, 0, NAN);
    if (open)
        ak_bound_assume(r, "step %lld has no order: the next comes as fast, or neither does", (long long)m);
    else
        ak_bound_assume(r,
                        "first %lld of %lld directions before the encoder; a random layer as wide has %.3g",
                        (long long)m, (long long)k, fmin(1, (double)s.rank / (double)k));
    r = ak_bound_add(job, "stepwise-explained", "[Simon2023]", AKIN_MARK_DERIVED,
                     "part of the features in what is predicted first", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, open ? NAN : s.explained, 0, NAN);
    ak_bound_assume(r, "rows as they are given, not at unit length; %lld items", (long long)s.items);
    return AKIN_OK;
}

static akin_status add_features(ak_theory_job *job, akin_error *err)
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
    if (!status &&
        !ak_view_covariance((akin_cmat){ job->a, job->n, d, d }, (akin_cmat){ job->b, job->n, d, d }, g))
        status = ak_no_memory(err, "for the moments of %lld columns", (long long)d);
    if (!status) status = ak_eigen(g, d, value, direction, err);
    if (!status) add_rows(job, value, class_share(job, direction, m, value + d));
    free(g);
    free(direction);
    free(value);
    return status;
}

akin_status ak_theory_stepwise(ak_theory_job *job, akin_error *err)
{
    AK_TRY(add_features(job, err));
    return add_span(job, err);
}
