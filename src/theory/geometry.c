/* SPDX-License-Identifier: Apache-2.0 */
/* theory/geometry.c - the least InfoNCE with class-wise positives at finite K, for classes of any size
 * [Nguyen2026], reconstruction.
 *
 * Given the labels, ln sum e^s is convex in the similarities, so Jensen over anchors and keys gives, with A_y
 * and B_y the class means of anchors and keys, of length 1 at most,
 *
 *     L_class >= f(H) = sum_y rho_y E ln(1 + sum_{k=1}^K e^{(H_{y,Y_k} - H_yy)/t}),   H = A B^T,  Y_k ~ rho.
 *
 * f is convex in H, the corner of the Gram matrix of the 2C rows A and B, which is positive semidefinite with
 * diagonal <= 1: a convex program, solved with a certificate by simplex.c. Anchors and keys have means of
 * their own, because nothing makes them equal. For equal classes the optimum is the simplex, info_min of
 * `akin plan`.
 *
 * Expectation over K labels. ln z = int_0^inf (e^{-u} - e^{-uz})/u du, so that with x_c = e^{(H_yc - H_yy)/t}
 *
 *     E ln(1 + sum_k x_{Y_k}) = int (1 - phi(u)^K) e^{-u} dv,   phi(u) = sum_c rho_c e^{-u x_c},   u = e^v.
 *
 * The integrand is analytic and bounded for |Im v| < pi/2 and falls at both ends: the trapezoid rule with a
 * step of 1/4 is off by e^{-39}. 1 - phi^K is taken by expm1 and log1p, so nothing cancels. */
#include "theory/contrast.h"
#include "theory/simplex.h"

#include <math.h>

enum { CLASSES = 64, LONGEST = 3000 };
static const double COLDEST = 0.004; /* e^{2/t} is a double */
static const double STEP = 0.25, LAST = 3.75 /* e^{-e^3.75} = 4e-19 */, FIRST = -42 /* e^-42 = 6e-19 */;

typedef struct finite {
    int64_t classes;
    const double *rho;
    double k, t;
} finite;

/* One anchor class: the expectation, and its derivatives by x_c. */
static double expected_log(const finite *q, const double *x, double *slope)
{
    double most = 1, sum = 0, e[CLASSES];
    for (int64_t c = 0; c < q->classes; c++) {
        most = fmax(most, x[c]);
        slope[c] = 0;
    }
    for (double v = FIRST - log(q->k * most); v <= LAST; v += STEP) {
        const double u = exp(v);
        double less = 0;
        for (int64_t c = 0; c < q->classes; c++) less -= q->rho[c] * (e[c] = expm1(-u * x[c]));
        const double log_phi = log1p(-fmin(less, 1)), others = q->k > 1 ? (q->k - 1) * log_phi : 0;
        const double weight = STEP * q->k * exp(others - u) * u;
        sum -= STEP * expm1(q->k * log_phi) * exp(-u);
        for (int64_t c = 0; c < q->classes; c++) slope[c] += weight * q->rho[c] * (1 + e[c]);
    }
    return sum;
}

static double finite_negatives(ak_gram_program *p)
{
    const finite *q = p->ctx;
    const int64_t classes = q->classes, width = p->c;
    double f = 0, x[CLASSES], slope[CLASSES];
    for (int64_t y = 0; y < classes; y++) {
        const double *h = p->g + y * width + classes;
        for (int64_t c = 0; c < classes; c++) x[c] = exp((h[c] - h[y]) / q->t);
        f += q->rho[y] * expected_log(q, x, slope);
        double all = 0;
        for (int64_t c = 0; c < classes; c++) {
            if (c == y) continue;
            const double w = q->rho[y] * slope[c] * x[c] / q->t / 2;
            p->m[y * width + classes + c] += w;
            p->m[(classes + c) * width + y] += w;
            all += w;
        }
        p->m[y * width + classes + y] -= all;
        p->m[(classes + y) * width + y] -= all;
    }
    return f;
}

akin_status ak_theory_geometry(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    double f = NAN, gap = NAN, pi[2 * CLASSES];
    const double loss = c->mean[AK_CV_INFO_CLASS];
    const bool fits = job->classes <= CLASSES && job->in.temperature >= COLDEST;
    if (fits) {
        finite q = { job->classes, job->rho, (double)job->in.negatives, job->in.temperature };
        ak_gram_program p = { .c = 2 * job->classes,
                              .pi = pi,
                              .step = job->in.temperature,
                              .longest = LONGEST,
                              .evaluate = finite_negatives,
                              .ctx = &q };
        for (int64_t i = 0; i < p.c; i++) pi[i] = job->rho[i % job->classes];
        const akin_status status = ak_gram_solve(&p, &f, &gap, err);
        free(p.memory);
        AK_TRY(status);
    }
    akin_bound_row *r = ak_bound_add(job, "geometry-optimum", "[Nguyen2026]", AKIN_MARK_RECONSTRUCTION,
                                     "InfoNCE with class-wise positives", AKIN_BOUND_LOWER);
    ak_bound_set(r, f - gap, 0, loss, c->half[AK_CV_INFO_CLASS], 0);
    if (fits)
        ak_bound_assume(r, "%.6g above the least for classes of these sizes, known to %.2g", loss - f, gap);
    else
        ak_bound_assume(r, "solved for at most %d classes and a temperature of at least %g", CLASSES,
                        COLDEST);
    return AKIN_OK;
}
