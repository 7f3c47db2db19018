/* SPDX-License-Identifier: Apache-2.0 */
/* theory/coverage.c - the coupon collector with any probabilities, with and without replacement.
 *
 *     P(N draws hold all classes) = N! [z^N] prod_c (e^{rho_c z} - 1)
 *     from a finite set           = [z^N] prod_c ((1+z)^{n_c} - 1) / binom(n, N)
 *
 * Plan. Cauchy's integral on the circle |z| = r through the saddle point. With Poisson(N; r) taken out:
 *
 *     P = 1 / Poisson(N; r) * mean over theta of
 *                 e^{r(e^{i theta} - 1) - i N theta} prod_c (1 - e^{-rho_c z}),
 *
 * with z = r e^{i theta}. Without replacement, Binomial(N; n, p) and powers of 1 - p + p e^{i theta} stand in
 * for the Poisson mass and the exponential. The mean is taken over M equidistant angles. The coefficients are
 * those of a probability distribution with mean N and a known deviation. So the only error, the coefficients
 * number N + M, N + 2M ... that fall onto number N, is below 1e-30 for M > 64 + 14 deviations.
 *
 * Precision. The integrand is largest at theta = 0, where it is positive, so nothing cancels: the relative
 * error is about 1e-13 at any size, 1e-300 or 1e-100000 alike. The alternating sum of the literature loses
 * all digits at 1e-17. The complement 1 - P has positive coefficients too; when it is small, it is integrated
 * by itself, and ln P = log1p(-complement).
 *
 * Threads. None. */
#include "theory/numbers.h"

#include <math.h>

typedef struct z {
    double re, im;
} z;

static z z_log1p(z x) { return (z){ 0.5 * log1p(x.re * (2 + x.re) + x.im * x.im), atan2(x.im, 1 + x.re) }; }

static z z_expm1(z x)
{
    const double half = sin(0.5 * x.im), e = exp(x.re);
    return (z){ expm1(x.re) * cos(x.im) - 2 * half * half, e * sin(x.im) };
}

/* ln(1 - e^x), Re x < 0 */
static z z_log1mexp(z x)
{
    if (x.re < -1) {
        const double e = exp(x.re);
        return z_log1p((z){ -e * cos(x.im), -e * sin(x.im) });
    }
    const z m = z_expm1(x);
    return (z){ log(hypot(m.re, m.im)), atan2(-m.im, -m.re) };
}

static double log1mexp(double x) { return x < -0.7 ? log1p(-exp(x)) : log(-expm1(x)); }

/* An integral: prod over groups of (1 - e^{weight E})^{classes}, times the power of all that is drawn
 * from. */
typedef struct integral {
    const ak_groups *g;
    int64_t fewer;       /* group with one class fewer in the product, or -1 */
    double total, draws; /* weight of everything drawn from, N */
    bool complement;     /* 1 - product in place of the product */
    double radius;       /* r, or p */
} integral;

static double classes_of(const integral *q, int64_t i) { return q->g->group[i].classes - (i == q->fewer); }

/* E at theta = 0: -r, or ln(1 - p). */
static double unit(const integral *q) { return q->g->finite ? log1p(-q->radius) : -q->radius; }

/* Mean and variance of the tilted number of draws. */
static void tilted(const integral *q, double *mean, double *variance)
{
    const double e = unit(q);
    double m = 0, v = 0, rest = q->total;
    for (int64_t i = 0; i < q->g->count; i++) {
        const double w = q->g->group[i].weight, c = classes_of(q, i),
                     x = q->g->finite ? w * q->radius : w * -e;
        const double one = x / -expm1(w * e); /* a count that is at least 1 */
        m += c * one;
        v += c * fmax(one * ((q->g->finite ? x - q->radius : x) + 1 - one), 0);
        rest -= c * w;
    }
    rest = fmax(rest, 0);
    *mean = m + rest * q->radius;
    *variance = v + rest * q->radius;
}

static void solve_saddle(integral *q)
{
    double low = 0, high = q->g->finite ? fmin(q->draws / q->total, 1 - 1e-16) : q->draws / q->total;
    for (int step = 0; step < 60; step++) { /* near the saddle point is good enough */
        double mean, variance;
        q->radius = step < 40 && low == 0 ? 0.25 * high : 0.5 * (low + high);
        tilted(q, &mean, &variance);
        if (fabs(mean - q->draws) < 1e-3 * sqrt(variance)) return;
        if (mean < q->draws)
            low = q->radius;
        else
            high = q->radius;
    }
}

/* The group of the rarest class in the product. */
static int64_t rarest(const integral *q) { return classes_of(q, 0) > 0 ? 0 : 1; }

/* ln(1 - prod (1 - e^{w E})) where every e^{w E} is far below rounding: ln sum e^{w E}, with the largest,
 * that of the rarest class, taken out. */
static z few_missing(const integral *q, z e)
{
    const double least = q->g->group[rarest(q)].weight;
    z sum = { 0, 0 };
    for (int64_t i = 0; i < q->g->count; i++) {
        if (classes_of(q, i) == 0) continue;
        const double w = q->g->group[i].weight - least, size = classes_of(q, i) * exp(w * e.re);
        sum.re += size * cos(w * e.im);
        sum.im += size * sin(w * e.im);
    }
    return (z){ least * e.re + log(hypot(sum.re, sum.im)), least * e.im + atan2(sum.im, sum.re) };
}

/* ln of the integrand at theta, complex. */
static z integrand(const integral *q, double theta)
{
    const double half = sin(0.5 * theta), s = sin(theta), less = -2 * half * half; /* cos - 1 */
    z e, base;
    if (q->g->finite) {
        const z power = z_log1p((z){ q->radius * less, q->radius * s });
        e = (z){ log1p(-q->radius) - power.re, -power.im };
        base = (z){ q->total * power.re, q->total * power.im };
    } else {
        base = (z){ q->total * q->radius * less, q->total * q->radius * s };
        e = (z){ -q->radius * (1 + less), -q->radius * s };
    }
    if (q->complement && q->g->group[rarest(q)].weight * e.re < -50 - log(q->g->classes)) {
        const z rare = few_missing(q, e);
        return (z){ base.re + rare.re, base.im + rare.im - q->draws * theta };
    }
    z sum = { 0, 0 };
    for (int64_t i = 0; i < q->g->count; i++) {
        const double w = q->g->group[i].weight, c = classes_of(q, i);
        if (c == 0) continue;
        const z one = z_log1mexp((z){ w * e.re, w * e.im });
        sum.re += c * one.re;
        sum.im += c * one.im;
    }
    if (q->complement) {
        const z m = z_expm1(sum);
        sum = (z){ log(hypot(m.re, m.im)), atan2(-m.im, -m.re) };
    }
    return (z){ base.re + sum.re, base.im + sum.im - q->draws * theta };
}

static double integrate(const integral *q, double variance)
{
    const int64_t m = 64 + (int64_t)(14 * sqrt(variance));
    const z top = integrand(q, 0);
    double sum = 1;
    int small = 0;
    for (int64_t j = 1; 2 * j <= m; j++) {
        const z f = integrand(q, 6.283185307179586476925286766559 * (double)j / (double)m);
        const double size = exp(f.re - top.re);
        sum += (2 * j == m ? 1 : 2) * size * cos(f.im);
        small = size < 1e-20 ? small + 1 : 0;
        if (small > 24) break;
    }
    const double mass = q->g->finite ? ak_log_binomial(q->draws, q->total, q->radius, 1 - q->radius)
                                     : ak_log_poisson(q->draws, q->total * q->radius);
    return top.re + log(fmax(sum, 0) / (double)m) - mass;
}

/* ln of the number of ways to draw `draws` of `items`. */
static double log_choose(double items, double draws)
{
    const double p = draws / items;
    return ak_log_binomial(draws, items, p, 1 - p) - draws * log(p) -
           (draws < items ? (items - draws) * log1p(-p) : 0);
}

/* As many draws as classes in the product: each is drawn once. */
static double exactly_once(const integral *q)
{
    double sum =
        q->g->finite ? -log_choose(q->total, q->draws) : lgamma(q->draws + 1) - q->draws * log(q->total);
    for (int64_t i = 0; i < q->g->count; i++) sum += classes_of(q, i) * log(q->g->group[i].weight);
    return fmin(sum, 0);
}

/* ln of 1 minus the product's coefficient, where that is small. */
static double missing(integral q)
{
    const int64_t i = rarest(&q);
    /* The rarest of two or more is at most half of all. One that is left alone may be all but rounding. */
    const double rest = q.total - q.g->group[i].weight;
    if (rest <= 0) return -INFINITY;
    if (q.g->finite && q.draws > rest) return -INFINITY;
    if (q.g->finite && q.draws == rest) return log(classes_of(&q, i)) - log_choose(q.total, q.draws);
    q.complement = true;
    q.radius = q.draws / rest;
    return integrate(&q, q.draws);
}

/* Above this, the logarithm is taken from the complement, which has digits where 1 has none left. */
static const double NEARLY_ALL = -1e-3;

static double evaluate(integral *q)
{
    const double classes = q->g->classes - (q->fewer >= 0);
    if (q->draws < classes) return -INFINITY;
    if (q->draws == classes) return exactly_once(q);
    if (q->g->finite && q->draws == q->total) return 0;
    solve_saddle(q);
    double mean, variance;
    tilted(q, &mean, &variance);
    const double value = fmin(integrate(q, variance), 0);
    return value < NEARLY_ALL ? value : log1p(-exp(missing(*q)));
}

double ak_coverage(const ak_groups *g, double draws)
{
    integral q = { .g = g, .fewer = -1, .total = g->total, .draws = draws };
    return evaluate(&q);
}

double ak_coverage_complement(const ak_groups *g, double draws, double log_value)
{
    if (log_value == -INFINITY) return 0;
    if (log_value < NEARLY_ALL) return log1mexp(log_value);
    return missing((integral){ .g = g, .fewer = -1, .total = g->total, .draws = draws });
}

double ak_coverage_given(const ak_groups *g, int64_t i, double negatives, bool clean)
{
    const double w = g->group[i].weight;
    integral q = { .g = g, .fewer = i, .total = g->finite ? g->total - 1 : g->total, .draws = negatives };
    if (!clean) return evaluate(&q);
    /* All draws are from the other classes, and all of these are there. */
    const double others = g->group[i].others,
                 all = g->finite ? ak_log_hypergeometric(0, w - 1, others, negatives)
                                 : negatives * ak_log_rest(w / g->total, others / g->total);
    if (negatives < g->classes - 1 || all == -INFINITY) return -INFINITY;
    if (g->classes == 2) return all;
    q.total = others;
    return all + evaluate(&q);
}

/* Draws -------------------------------------------------------------------------------------------------- */

/* The time until all classes were seen has the distribution prod_c (1 - e^{-w_c u}) when draws arrive at rate
 * 1. Finite sets: items arrive at uniform times, the n-th of them at n/(items+1) on average. */
static double expected_by_trapezoid(const ak_groups *g, double h)
{
    const double high = log((log(g->classes) + 45) / g->group[0].weight), low = -45 - log(g->total) - 5;
    double sum = 0;
    for (double j = ceil(low / h); j * h <= high; j++) {
        const double u = exp(j * h);
        double all = 0;
        for (int64_t i = 0; i < g->count && all > -50; i++)
            all += g->group[i].classes * log1mexp(-g->group[i].weight * u);
        sum += -expm1(all) * u * (g->finite ? exp(-u) : 1);
    }
    return sum * h * (g->finite ? g->total + 1 : 1);
}

double ak_coverage_expected(const ak_groups *g)
{
    if (g->count == 1 && !g->finite) return g->classes * ak_harmonic(g->classes);
    double before = expected_by_trapezoid(g, 0.125);
    for (double h = 0.0625; h > 1e-3; h *= 0.5) {
        const double now = expected_by_trapezoid(g, h);
        if (fabs(now - before) <= 1e-13 * now) return now;
        before = now;
    }
    return before;
}

/* ln of the Poisson form of coverage: a start for the exact one. */
static double nearly(const ak_groups *g, double draws)
{
    const double e = g->finite ? log1p(-fmin(draws / g->total, 1)) : -draws;
    double sum = 0;
    for (int64_t i = 0; i < g->count; i++) sum += g->group[i].classes * log1mexp(g->group[i].weight * e);
    return sum;
}

double ak_coverage_draws(const ak_groups *g, double share)
{
    const double goal = log(share), most = g->finite ? g->total : 1e18;
    double low = g->classes - 1, high = g->classes;
    while (high < most && nearly(g, high) < goal) high = fmin(2 * high, most);
    double from = low;
    while (high - from > 1) {
        const double middle = floor(0.5 * (from + high));
        if (nearly(g, middle) < goal)
            from = middle;
        else
            high = middle;
    }
    const double start = high;
    double step = 1;
    if (ak_coverage(g, high) < goal) { /* steps that double until the goal is passed, then bisection */
        do {
            low = high;
            high = fmin(high + step, most);
            step *= 4;
        } while (high < most && ak_coverage(g, high) < goal);
    } else {
        for (double at = start; at > g->classes - 1; step *= 4) {
            at = fmax(start - step, g->classes - 1);
            low = at;
            if (ak_coverage(g, at) < goal) break;
            high = at;
        }
    }
    while (high - low > 1) {
        const double middle = floor(0.5 * (low + high));
        if (ak_coverage(g, middle) < goal)
            low = middle;
        else
            high = middle;
    }
    return high;
}
