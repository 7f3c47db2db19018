/* SPDX-License-Identifier: Apache-2.0 */
/* theory/similarity.c - similarity structure of features: the kernel contrastive loss by classes
 * [Waida2023], reconstruction.
 *
 * x, x' are views of either kind (rows of a and of b), k(x, x') = x.x', and a positive is any view of the
 * class:
 *
 *     L = -E k(x, x+) + lambda E k(x, x-).
 *
 * p(x, x+)/(p(x) p(x+)) is 1/rho_c in class c and 0 between classes; less lambda it is what the paper calls
 * the similarity of x and x'. With mu_c the mean of class c and V_c = E |x - mu_c|^2,
 *
 *     within  = sum_c rho_c^2 E |x - x'|^2 = 2 sum_c rho_c^2 V_c,
 *     between = sum_{i!=j} rho_i rho_j mu_i.mu_j.
 *
 * Since |mu_c|^2 = 1 - V_c, L = lambda sum rho^2 - 1 + sum_c rho_c^2 (1/rho_c - lambda) V_c + lambda between.
 * With delta the least similarity in a class, min_c 1/rho_c - lambda,
 *
 *     L >= delta/2 within + lambda between - (1 - lambda sum rho^2),      equal for equal classes.
 *
 * Classes told by the nearest mean. An x of class c that is at least as near to mu_j has
 * |mu_j - mu_c| <= 2 |x - mu_c|. So with D_c the least |mu_j - mu_c|^2,
 *
 *     error <= sum_c rho_c min(1, 4 V_c/D_c).
 *
 * By within it is at most 2 within/(min D min rho); the paper has 8 (C-1) within/(min D min rho), as we
 * remember it.
 *
 * Precision. Double. The error is counted on up to ITEMS items, and V_c of the bound is of these. */
#include "theory/theory.h"

#include <math.h>
#include <string.h>

enum { ITEMS = 4096 };
static const double MOST_WORK = 2e10; /* items times classes times columns */

typedef struct structure {
    double *mean;  /* [classes,d] of both views */
    double *apart; /* [classes] D_c */
    double *far;   /* [classes] sum of |x - mu_c|^2 over the views that are looked at */
    double *views; /* [classes] how many */
    double within, between, loss, sum_rho2, least_rho;
    double wrong, looked_at;
} structure;

static double squared_distance(const double *x, const double *y, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += (x[j] - y[j]) * (x[j] - y[j]);
    return sum;
}

/* The means of both views, what they are apart, and the loss. */
static void measure_means(const ak_theory_job *job, structure *s)
{
    const int64_t d = job->d, classes = job->classes;
    double all = 0, own = 0;
    for (int64_t j = 0; j < d; j++) {
        double sum = 0;
        for (int64_t c = 0; c < classes; c++) {
            double *mu = s->mean + c * d + j;
            *mu = 0.5 * (job->mean_a[c * d + j] + job->mean_b[c * d + j]);
            sum += job->rho[c] * *mu;
        }
        all += sum * sum;
    }
    s->least_rho = 1;
    for (int64_t c = 0; c < classes; c++) {
        double square = 0;
        const double *mu = s->mean + c * d, rho = job->rho[c];
        for (int64_t j = 0; j < d; j++) square += mu[j] * mu[j];
        s->within += 2 * rho * rho * fmax(0, 1 - square);
        own += rho * square;
        s->between -= rho * rho * square;
        s->sum_rho2 += rho * rho;
        s->least_rho = fmin(s->least_rho, rho);
        s->apart[c] = INFINITY;
        for (int64_t k = 0; k < classes; k++)
            if (k != c) s->apart[c] = fmin(s->apart[c], squared_distance(mu, s->mean + k * d, d));
    }
    s->between += all;
    s->loss = job->in.lambda * all - own;
}

/* A view of class c: its distance, and whether another mean is at least as near. */
static void look_at(const ak_theory_job *job, structure *s, const float *row, int64_t c, double *x)
{
    const int64_t d = job->d;
    for (int64_t j = 0; j < d; j++) x[j] = (double)row[j];
    const double own = squared_distance(x, s->mean + c * d, d);
    bool wrong = false;
    for (int64_t k = 0; k < job->classes && !wrong; k++)
        wrong = k != c && squared_distance(x, s->mean + k * d, d) <= own;
    s->far[c] += own;
    s->views[c]++;
    s->wrong += wrong;
    s->looked_at++;
}

static void add_rows(ak_theory_job *job, const structure *s)
{
    const double lambda = job->in.lambda;
    double most = 0, error = 0, nearest = INFINITY;
    for (int64_t c = 0; c < job->classes; c++) {
        most = fmax(most, job->rho[c]);
        nearest = fmin(nearest, s->apart[c]);
        if (s->views[c] > 0)
            error += s->views[c] / s->looked_at *
                     (s->apart[c] > 0 ? fmin(1, 4 * s->far[c] / s->views[c] / s->apart[c]) : 1);
    }
    const double delta = 1 / most - lambda;
    akin_bound_row *r = ak_bound_add(job, "similarity-structure", "[Waida2023]", AKIN_MARK_RECONSTRUCTION,
                                     "kernel contrastive loss, class-wise positives", AKIN_BOUND_LOWER);
    ak_bound_set(r, 0.5 * delta * s->within + lambda * s->between - (1 - lambda * s->sum_rho2), 0, s->loss, 0,
                 -1);
    ak_bound_assume(r, "linear kernel, both views; lambda %g; similarity in a class at least %.6g", lambda,
                    delta);
    r = ak_bound_add(job, "similarity-within", "[Waida2023]", AKIN_MARK_RECONSTRUCTION,
                     "spread of views of one class", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, s->within, 0, NAN);
    ak_bound_assume(r, "sum of rho^2 E |x-x'|^2; 0 = each class is one point");
    r = ak_bound_add(job, "similarity-between", "[Waida2023]", AKIN_MARK_RECONSTRUCTION,
                     "what class means have in common", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, s->between, 0, NAN);
    ak_bound_assume(r, "sum of rho_i rho_j mu_i.mu_j over two classes; the loss pushes it down");
    r = ak_bound_add(job, "similarity-error", "[Waida2023]", AKIN_MARK_RECONSTRUCTION,
                     "views that another class mean is nearer to", AKIN_BOUND_UPPER);
    ak_bound_set(r, error, 0, s->wrong / s->looked_at, 0, 1 - most);
    ak_bound_assume(r, "%.0f views; by the spread in all classes at once %.6g", s->looked_at,
                    2 * s->within / (nearest * s->least_rho));
}

akin_status ak_theory_similarity(ak_theory_job *job, akin_error *err)
{
    const int64_t d = job->d, c = job->classes;
    const double fits = fmin(ITEMS, MOST_WORK / ((double)c * (double)d)),
                 m = fmin((double)job->n, fmax(1, floor(fits)));
    structure s = { .mean = ak_alloc(sizeof *s.mean, c, d), .apart = ak_alloc(sizeof *s.apart, 3, c) };
    double *x = ak_alloc(sizeof *x, d, 1);
    const bool good = s.mean && s.apart && x;
    if (good) {
        s.far = s.apart + c;
        s.views = s.far + c;
        measure_means(job, &s);
        for (int64_t i = 0; i < (int64_t)m; i++) {
            const int64_t item = i * job->n / (int64_t)m;
            look_at(job, &s, job->a + item * d, job->cls[item], x);
            if (job->b != job->a) look_at(job, &s, job->b + item * d, job->cls[item], x);
        }
        add_rows(job, &s);
    }
    free(s.mean);
    free(s.apart);
    free(x);
    return good ? AKIN_OK : ak_no_memory(err, "for the means of %lld classes", (long long)c);
}
