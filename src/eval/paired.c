/* SPDX-License-Identifier: Apache-2.0 */
/* eval/paired.c - two classifiers on the same test items: McNemar's test with the mid-p value and Tango's
 * score interval; and differences that are no counts, by Student's t over draws, draws and items, or classes
 * (akin/tool/paired.h has the formulas).
 *
 * Precision. Binomial terms by logarithms of the gamma function, then by their ratios; the interval by
 * halving until doubles end; p of draws and items by halving the logarithm of the tail. */
#include "akin/tool/paired.h"

#include "eval/eval.h"

#include <inttypes.h>
#include <math.h>

static const double Z95 = 1.959963984540054, LEVEL = 0.05;

/* 2 P(X < k) + P(X = k) for X ~ binomial(n, 1/2), k <= n/2. */
static double mid_p(int64_t n, int64_t k)
{
    if (2 * k >= n) return 1;
    double term = exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) -
                      (double)n * log(2.0));
    double p = term;
    for (int64_t x = k; x > 0 && term > 0; x--) {
        term *= (double)x / (double)(n - x + 1); /* P(X = x - 1) */
        p += 2 * term;
    }
    return fmin(p, 1);
}

/* T(d) */
static double score(double n, double won, double lost, double d)
{
    const double b = -won - lost + (2 * n - won + lost) * d, c = -lost * d * (1 - d);
    const double q = fmax(0, (sqrt(fmax(0, b * b - 8 * n * c)) - b) / (4 * n));
    const double variance = n * (2 * q + d * (1 - d)), off = won - lost - n * d;
    if (!(variance > 0)) return off > 0 ? INFINITY : off < 0 ? -INFINITY : 0;
    return off / sqrt(variance);
}

/* Where T, which falls, crosses a level. */
static double crossing(double n, double won, double lost, double level)
{
    double low = -1, high = 1;
    for (int step = 0; step < 200 && low < high; step++) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if (score(n, won, lost, middle) > level)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

akin_status akin_paired_counts(int64_t n, int64_t won, int64_t lost, akin_paired *out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "paired: out must not be NULL");
    if (n < 1 || won < 0 || lost < 0 || won > n - lost)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "paired: %" PRId64 " won and %" PRId64 " lost of %" PRId64
                       " items; counts are from 0, and their sum is at most that of the items",
                       won, lost, n);
    const double items = (double)n, a = (double)won, b = (double)lost;
    akin_paired r = AKIN_PAIRED_INIT;
    r.n = n;
    r.won = won;
    r.lost = lost;
    r.difference = (a - b) / items;
    r.ci95[0] = crossing(items, a, b, Z95);
    r.ci95[1] = crossing(items, a, b, -Z95);
    r.p = mid_p(won + lost, won < lost ? won : lost);
    if (r.p > LEVEL && r.ci95[0] > 0)
        r.ci95[0] = 0; /* the test does not refuse 0, so the interval holds it */
    if (r.p > LEVEL && r.ci95[1] < 0) r.ci95[1] = 0;
    r.test = "mcnemar-mid-p";
    r.interval = "tango-score";
    return ak_result_export(out, &r, "paired", err);
}

akin_status akin_paired_hits(const uint8_t *first, const uint8_t *second, int64_t n, akin_paired *out,
                             akin_error *err)
{
    int64_t won = 0, lost = 0;
    if (!first || !second) return ak_fail(err, AKIN_ERR_ARGUMENT, "paired: the hits must not be NULL");
    for (int64_t i = 0; i < n; i++) {
        if (first[i] > 1 || second[i] > 1)
            return ak_fail(err, AKIN_ERR_INPUT, "paired: item %" PRId64 " is %d and %d; hits are 0 or 1", i,
                           first[i], second[i]);
        won += first[i] > second[i];
        lost += first[i] < second[i];
    }
    return akin_paired_counts(n, won, lost, out, err);
}

/* Differences that are no counts ------------------------------------------------------------------------- */

static akin_status check(const double *x, int64_t n, const akin_paired *out, akin_error *err)
{
    if (!x || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "paired: x and out must not be NULL");
    if (n < 2)
        return ak_fail(err, AKIN_ERR_RANGE, "paired: %" PRId64 " differences; expected at least two", n);
    for (int64_t k = 0; k < n; k++)
        if (!isfinite(x[k]))
            return ak_fail(err, AKIN_ERR_INPUT, "paired: value %" PRId64 " is not finite", k);
    return AKIN_OK;
}

/* A difference with half its interval and p. */
static akin_status give(int64_t n, double difference, double half, double p, const char *how,
                        akin_paired *out, akin_error *err)
{
    akin_paired r = AKIN_PAIRED_INIT;
    r.n = n;
    r.difference = difference;
    r.ci95[0] = difference - half;
    r.ci95[1] = difference + half;
    r.p = p;
    r.test = r.interval = how;
    return ak_result_export(out, &r, "paired", err);
}

/* By the standard error of n units. */
static akin_status by_student(int64_t n, double difference, double error, const char *how, akin_paired *out,
                              akin_error *err)
{
    const double q = fabs(difference) / error;
    const double p = difference == 0 ? 1 : isfinite(q) ? 2 * ak_student_tail(n - 1, q) : 0;
    return give(n, difference, ak_student95(n - 1) * error, p, how, out, err);
}

/* sum (x - mean)^2, and the mean. */
static double squares(const double *x, int64_t n, double *mean)
{
    double square = 0;
    *mean = 0;
    for (int64_t k = 0; k < n; k++) *mean += x[k] / (double)n;
    for (int64_t k = 0; k < n; k++) square += (x[k] - *mean) * (x[k] - *mean);
    return square;
}

akin_status akin_paired_means(const double *x, int64_t n, akin_paired *out, akin_error *err)
{
    AK_TRY(check(x, n, out, err));
    double mean;
    const double square = squares(x, n, &mean), count = (double)n;
    return by_student(n, mean, sqrt(square / (count - 1) / count), "student-over-draws", out, err);
}

akin_status akin_paired_jackknife(const double *x, int64_t n, double difference, akin_paired *out,
                                  akin_error *err)
{
    AK_TRY(check(x, n, out, err));
    if (!isfinite(difference)) return ak_fail(err, AKIN_ERR_INPUT, "paired: the difference is not finite");
    double mean;
    const double error = sqrt((double)(n - 1) / (double)n * squares(x, n, &mean));
    return by_student(n, difference, error, "jackknife-over-classes", out, err);
}

akin_status akin_paired_crossed(const double *x, int64_t n, int64_t items, akin_paired *out, akin_error *err)
{
    static const double LEAST = 1e-15; /* tail */
    if (!x || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "paired: x and out must not be NULL");
    ak_crossed c;
    AK_TRY(ak_crossed_of(x, n, items, &c, err));
    double low = log(LEAST), high = log(0.5);
    for (int step = 0; step < 50; step++) {
        const double middle = 0.5 * (low + high);
        if (ak_crossed_half(&c, exp(middle)) > fabs(c.mean))
            low = middle;
        else
            high = middle;
    }
    const double p = c.mean == 0 ? 1 : 2 * exp(high);
    return give(items, c.mean, ak_crossed_half(&c, LEVEL / 2), p, "student-over-draws-and-items", out, err);
}

int akin_paired_direction(const akin_paired *p)
{
    if (!p || !(p->p <= LEVEL)) return 0;
    return p->ci95[0] > 0 ? 1 : p->ci95[1] < 0 ? -1 : 0;
}
