/* SPDX-License-Identifier: Apache-2.0 */
/* theory/log_sums.c - expectations of the logarithm of a sum of keys that are drawn, without drawing them.
 *
 * ln z = int_0^inf (e^{-u} - e^{-uz})/u du, and e^{-uz} of a sum of independent draws is a product. With
 * x_j = e^{s_j - top}, top the greatest s, phi(u) = 1/n sum_j e^{-u x_j} and u = e^v,
 *
 *     E ln(x_own + sum_k x_k) = int (e^{-u} - e^{-u x_own} phi(u)^K) dv.
 *
 * So one mean over the keys at each u gives the expectation over all n^K draws; a mean over the keys of a
 * class in place of e^{-u x_own} gives the one over all positives too.
 *
 * Quadrature. The integrand is analytic and bounded for |Im v| < pi/2 and falls at both ends: the trapezoid
 * rule with a step h is off by about e^{-pi^2/h}. h = ln(2)/2 gives 4e-13. It starts where u (K + 2) is
 * e^{-28}, and ends where nothing is left.
 *
 * Doubling. Every second u is twice the one before, and with E = 1 - e^{-ux} that of 2u is E(2 - E): one
 * exponential for each key and each of two sequences. Relative errors do not grow: the factor of one is
 * (2 - 2E)/(2 - E) <= 1.
 *
 * Precision. Absolute error about 1e-12 (1 + range); a result far below that is rounding. */
#include "theory/log_sums.h"

#include <math.h>

static const double STEP = 0.34657359027997265471 /* ln(2)/2 */, FIRST = 28, LAST = 3.6, NOTHING = 1e-15;

double ak_log_sums_nodes(double range, double k) { return (FIRST + log(k + 2) + LAST + range) / STEP + 2; }

/* The sum of e; and e of 2u in its place. */
static double sum_and_double(double *e, int64_t n)
{
    double lane[4] = { 0, 0, 0, 0 };
    int64_t j = 0;
    for (; j + 4 <= n; j += 4)
        for (int l = 0; l < 4; l++) {
            lane[l] += e[j + l];
            e[j + l] *= 2 - e[j + l];
        }
    for (; j < n; j++) {
        lane[0] += e[j];
        e[j] *= 2 - e[j];
    }
    return lane[0] + lane[1] + lane[2] + lane[3];
}

/* phi^k of 1 - phi. */
static double power(double less, double k) { return exp(k * log1p(-fmin(less, 1))); }

typedef struct keys {
    int64_t n, first, end;
    double k, own;
} keys;

/* All integrands at one u. False: nothing is left, here and for all greater u. */
static bool at(const keys *q, double u, double *e, ak_log_sums *sum)
{
    const double n = (double)q->n, size = (double)(q->end - q->first);
    double other = sum_and_double(e, q->first);
    const double same = sum_and_double(e + q->first, q->end - q->first);
    other += sum_and_double(e + q->end, q->n - q->end);
    const double unit = exp(-u), class_left = 1 - same / size, all = power((same + other) / n, q->k),
                 others = power(other / n, q->k);
    sum->info += unit - exp(-u * q->own) * all;
    sum->nce += unit - all;
    sum->info_class += unit - class_left * all;
    sum->other_class += unit - class_left * others;
    sum->same += unit - class_left * class_left;
    sum->other += unit - class_left * (1 - other / (n - size));
    return u < 1 || unit > NOTHING || class_left > NOTHING || all > NOTHING;
}

void ak_log_sums_of(const double *s, int64_t n, int64_t first, int64_t end, double own, double k,
                    double *room, ak_log_sums *out)
{
    double top = own, bottom = own, mean = 0;
    for (int64_t j = 0; j < n; j++) {
        top = fmax(top, s[j]);
        bottom = fmin(bottom, s[j]);
    }
    for (int64_t j = first; j < end; j++) mean += s[j] / (double)(end - first);
    const keys q = { n, first, end, k, exp(own - top) };
    const double most = ak_log_sums_nodes(top - bottom, k) / 2;
    ak_log_sums sum = { 0 };
    for (int half = 0; half < 2; half++) {
        double u = exp(half * STEP - FIRST) / (k + 2);
        for (int64_t j = 0; j < n; j++) room[j] = -expm1(-u * exp(s[j] - top));
        for (int node = 0; node < most && at(&q, u, room, &sum); node++) u *= 2;
    }
    out->info = top + STEP * sum.info - own;
    out->nce = top + STEP * sum.nce - own;
    out->info_class = top + STEP * sum.info_class - mean;
    out->other_class = top + STEP * sum.other_class - mean;
    out->same = top + STEP * sum.same - mean;
    out->other = top + STEP * sum.other - mean;
}

double ak_log_sum_drawn(const double *x, const double *rho, int64_t n, double k, double *room)
{
    double top = 1, sum = 0;
    for (int64_t i = 0; i < n; i++) top = fmax(top, x[i]);
    for (int half = 0; half < 2; half++) {
        double u = exp(half * STEP - FIRST) / (k + 2);
        for (int64_t i = 0; i < n; i++) room[i] = -expm1(-u * x[i] / top);
        for (bool left = true; left; u *= 2) {
            const double unit = exp(-u), one = exp(-u / top);
            double less = 0;
            for (int64_t i = 0; i < n; i++) {
                less += rho[i] * room[i];
                room[i] *= 2 - room[i];
            }
            sum += unit - one * power(less, k);
            left = one > NOTHING;
        }
    }
    return log(top) + STEP * sum;
}
