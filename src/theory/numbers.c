/* SPDX-License-Identifier: Apache-2.0 */
/* theory/numbers.c - masses of the binomial family in log space, grouped classes, collisions.
 *
 * Precision. Masses follow [Loader2000]: Stirling's error and the deviance are computed separately, so that
 * large numbers are never subtracted. Sums over counts start at the most likely count and go outwards by
 * ratios of neighbouring terms, all of them positive.
 *
 * Threads. None. */
#include "theory/numbers.h"

#include <math.h>
#include <string.h>

#define HALF_LOG_2PI 0.918938533204672741780329736406

/* ln n! - (n + 1/2) ln n + n - ln(2 pi)/2 */
static double stirling_error(double n)
{
    if (n < 16) return lgamma(n + 1) - (n + 0.5) * log(n) + n - HALF_LOG_2PI;
    const double s = 1 / (n * n);
    return (1.0 / 12 - s * (1.0 / 360 - s * (1.0 / 1260 - s * (1.0 / 1680 - s / 1188)))) / n;
}

/* x ln(x/m) + m - x without cancellation near x = m. */
static double deviance(double x, double m)
{
    if (fabs(x - m) < 0.1 * (x + m)) {
        const double v = (x - m) / (x + m);
        double sum = (x - m) * v, term = 2 * x * v;
        for (int j = 1; j < 1000; j++) {
            term *= v * v;
            const double next = sum + term / (2 * j + 1);
            if (next == sum) break;
            sum = next;
        }
        return sum;
    }
    return x * log(x / m) + m - x;
}

double ak_log_poisson(double x, double rate)
{
    if (x == 0) return -rate;
    return -stirling_error(x) - deviance(x, rate) - HALF_LOG_2PI - 0.5 * log(x);
}

double ak_log_binomial(double x, double n, double p, double q)
{
    if (x < 0 || x > n) return -INFINITY;
    if (x == 0) return n * ak_log_rest(p, q);
    if (x == n) return n * log(p);
    return stirling_error(n) - stirling_error(x) - stirling_error(n - x) - deviance(x, n * p) -
           deviance(n - x, n * q) + 0.5 * log(n / (x * (n - x))) - HALF_LOG_2PI;
}

double ak_log_hypergeometric(double m, double good, double bad, double draws)
{
    if (m < 0 || m > good || draws - m > bad || m > draws) return -INFINITY;
    const double items = good + bad, p = draws / items, q = (items - draws) / items;
    if (draws <= 0 || draws >= items) return 0; /* the only possible count */
    return ak_log_binomial(m, good, p, q) + ak_log_binomial(draws - m, bad, p, q) -
           ak_log_binomial(draws, items, p, q);
}

double ak_harmonic(double n)
{
    if (n > 1e4) { /* Euler and Maclaurin: the next term is below 1e-24 */
        const double s = 1 / (n * n);
        return log(n) + 0.577215664901532860606512090082 + 0.5 / n - s * (1.0 / 12 - s / 120);
    }
    double sum = 0;
    for (double j = n; j >= 1; j--) sum += 1 / j;
    return sum;
}

double ak_log_cosh(double x)
{
    x = fabs(x);
    return x + log1p(exp(-2 * x)) - 0.693147180559945309417232121458;
}

/* Groups ------------------------------------------------------------------------------------------------- */

double ak_prior_items(const akin_prior *p)
{
    double items = 0;
    for (int64_t c = 0; p->counts && c < p->classes; c++) items += (double)p->counts[c];
    return items;
}

double ak_class_weight(const akin_prior *p, int64_t c, double items)
{
    if (p->counts) return p->without_replacement ? (double)p->counts[c] : (double)p->counts[c] / items;
    return p->prior ? p->prior[c] : 1 / (double)p->classes;
}

akin_status ak_groups_make(const akin_prior *p, ak_groups *out, akin_error *err)
{
    memset(out, 0, sizeof *out);
    const int64_t c = p->classes, room = p->prior || p->counts ? c : 1;
    double *sorted = malloc((size_t)room * sizeof *sorted);
    ak_group *group = malloc((size_t)room * sizeof *group);
    if (!sorted || !group) {
        free(sorted);
        free(group);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)c);
    }
    const double items = ak_prior_items(p);
    for (int64_t i = 0; i < room; i++) sorted[i] = ak_class_weight(p, i, items);
    qsort(sorted, (size_t)room, sizeof *sorted, ak_compare_double);
    double sum = 0;
    for (int64_t i = 0; i < room; i++) sum += sorted[i];
    int64_t n = 0;
    for (int64_t i = 0; i < room; i++) {
        if (n > 0 && group[n - 1].weight == sorted[i])
            group[n - 1].classes++;
        else
            group[n++] = (ak_group){ sorted[i], room < c ? (double)c : 1, 0 };
    }
    free(sorted);
    const bool finite = p->without_replacement;
    for (int64_t i = 0; i < n && p->prior; i++) group[i].weight /= sum; /* a file rounds: the sum is near 1 */
    double below = 0, above = 0; /* what others weigh, added up: 1 - rho would round a small rest away */
    for (int64_t i = 0; i < n; i++) {
        group[i].others = below + (group[i].classes - 1) * group[i].weight;
        below += group[i].classes * group[i].weight;
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        group[i].others += above;
        above += group[i].classes * group[i].weight;
    }
    *out = (ak_groups){ group, n, (double)c, finite ? items : 1, finite };
    return AKIN_OK;
}

void ak_groups_free(ak_groups *g)
{
    free(g->group);
    memset(g, 0, sizeof *g);
}

/* Collisions --------------------------------------------------------------------------------------------- */

/* Col given the anchor's class: binomial, or hypergeometric among the other items. */
typedef struct counts {
    double draws, p, q, good, bad;
    bool finite;
} counts;

static double log_mass(const counts *s, double m)
{
    return s->finite ? ak_log_hypergeometric(m, s->good, s->bad, s->draws)
                     : ak_log_binomial(m, s->draws, s->p, s->q);
}

/* mass(m+1) / mass(m) */
static double ratio(const counts *s, double m)
{
    if (s->finite) return (s->good - m) * (s->draws - m) / ((m + 1) * (s->bad - s->draws + m + 1));
    return (s->draws - m) / (m + 1) * (s->p / s->q);
}

static counts counts_of(const ak_groups *g, int64_t i, double negatives)
{
    const double w = g->group[i].weight;
    const double others = g->group[i].others;
    return (counts){ negatives, w / g->total, others / g->total, w - 1, others, g->finite };
}

double ak_collision_mean_of(const ak_groups *g, int64_t i, double negatives, ak_count_fn *value, void *ctx)
{
    const counts s = counts_of(g, i, negatives);
    const double lowest = s.finite ? fmax(0, s.draws - s.bad) : 0,
                 highest = s.finite ? fmin(s.draws, s.good) : s.draws;
    double mode =
        s.finite ? floor((s.draws + 1) * (s.good + 1) / (s.good + s.bad + 2)) : floor((s.draws + 1) * s.p);
    mode = fmin(fmax(mode, lowest), highest);
    const double top = exp(log_mass(&s, mode));
    double sum = top * value(mode, ctx), mass = top;
    for (double m = mode; m < highest; m++) {
        mass *= ratio(&s, m);
        const double term = mass * value(m + 1, ctx);
        sum += term;
        if (m > mode + 2 && fabs(term) <= 1e-20 * fabs(sum)) break;
    }
    mass = top;
    for (double m = mode; m > lowest; m--) {
        mass /= ratio(&s, m - 1);
        const double term = mass * value(m - 1, ctx);
        sum += term;
        if (mass <= 1e-20 * top && fabs(term) <= 1e-20 * fabs(sum)) break;
    }
    return sum;
}

double ak_collision_mean(const ak_groups *g, double negatives, ak_count_fn *value, void *ctx)
{
    double sum = 0;
    for (int64_t i = 0; i < g->count; i++)
        sum += g->group[i].classes * ak_group_rho(g, i) * ak_collision_mean_of(g, i, negatives, value, ctx);
    return sum;
}

/* ln sum over classes of rho e^{log term}, terms >= -inf */
static double log_mean(const ak_groups *g, double negatives, bool all)
{
    double top = -INFINITY, sum = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < g->count; i++) {
            const counts s = counts_of(g, i, negatives);
            const double x = log(g->group[i].classes * ak_group_rho(g, i)) + log_mass(&s, all ? s.draws : 0);
            if (pass == 0)
                top = fmax(top, x);
            else if (x > -INFINITY)
                sum += exp(x - top);
        }
    return top > -INFINITY ? top + log(sum) : -INFINITY;
}

double ak_collision_log_none(const ak_groups *g, double negatives)
{
    const double value = log_mean(g, negatives, false);
    if (value < -0.1) return value;
    double some = 0; /* near 0 the logarithm has its digits from the complement */
    for (int64_t i = 0; i < g->count; i++) {
        const counts s = counts_of(g, i, negatives);
        some -= g->group[i].classes * ak_group_rho(g, i) * expm1(log_mass(&s, 0));
    }
    return log1p(-some);
}

double ak_collision_log_all(const ak_groups *g, double negatives) { return log_mean(g, negatives, true); }
