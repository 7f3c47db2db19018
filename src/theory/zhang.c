/* SPDX-License-Identifier: Apache-2.0 */
/* theory/zhang.c - difficult examples in spectral contrast: stated bounds and what the graph really has.
 *
 * With c2 = (1-alpha) + n alpha + n r beta and c1 = c2 + n_d r (gamma-beta), the degrees of easy and
 * difficult samples,
 *
 *     lambda_without = (1-alpha)/c2                                                     [Zhang2025 Thm 3.3]
 *     lambda_stated  = [(1-alpha) + r (gamma-beta)] / c1                                [Zhang2025 Thm 3.4]
 *
 * The second formula mixes two models: the degree is that of the block model, where all n_d^2 difficult pairs
 * of two classes weigh gamma; the eigenvector is that of the matched model, where only pairs of equal index
 * do.
 *
 * Both exact spectra follow from symmetry. The graph treats all classes alike. So it acts as one operator on
 * vectors that are equal over classes, and as another, r times, on vectors that sum to zero over classes.
 * Within a class it treats all easy samples alike, and all difficult ones. What is left are differences
 * within the easy or the difficult part, and 2 x 2 matrices
 *
 *     [ (d + n_e a)/c2            , sqrt(n_e n_d) a/sqrt(c1 c2) ]
 *     [ sqrt(n_e n_d) a/sqrt(c1 c2), (d' + n_d a')/c1           ]
 *
 * of which the symmetric one has an eigenvalue 1, so that its other one is trace - 1.
 *
 * Precision. Closed forms in double; the symmetric mode as a sum of positive terms, not as trace - 1. */
#include "theory/zhang.h"

#include "base/base.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

typedef struct constants {
    double n, n_d, n_e, r, d, more, c0, c1, c2, c1_matched; /* d = 1-alpha, more = gamma-beta */
} constants;

static constants constants_of(const akin_zhang_graph *g)
{
    constants c = { .n = (double)g->n, .n_d = (double)g->n_d, .r = (double)g->r };
    c.n_e = c.n - c.n_d;
    c.d = 1 - g->alpha;
    c.more = g->gamma - g->beta;
    c.c2 = c.d + c.n * g->alpha + c.n * c.r * g->beta;
    c.c1 = c.c2 + c.n_d * c.r * c.more;
    c.c0 = c.d + c.n * g->alpha + c.n_e * c.r * g->beta;
    c.c1_matched = c.c2 + c.r * c.more;
    return c;
}

akin_status ak_zhang_check(const akin_zhang_graph *g, akin_error *err)
{
    if (g->r < 1 || g->n < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "the graph has %lld classes of %lld samples; 2 and 1 are least",
                       (long long)g->r + 1, (long long)g->n);
    if (g->n_d < 0 || g->n_d > g->n)
        return ak_fail(err, AKIN_ERR_RANGE, "n_d is %lld; it must be between 0 and n = %lld",
                       (long long)g->n_d, (long long)g->n);
    if (!(0 <= g->beta && g->beta <= g->gamma && g->gamma <= g->alpha && g->alpha < 1))
        return ak_fail(
            err, AKIN_ERR_RANGE,
            "the graph needs 0 <= beta <= gamma <= alpha < 1; found beta %.6g, gamma %.6g, alpha %.6g",
            g->beta, g->gamma, g->alpha);
    return AKIN_OK;
}

/* Spectra ------------------------------------------------------------------------------------------------ */

typedef struct modes {
    ak_zhang_mode *at;
    int count;
} modes;

/* Keeps the order decreasing. */
static void add(modes *m, double value, int64_t multiplicity)
{
    if (multiplicity <= 0) return;
    int i = m->count++;
    for (; i > 0 && m->at[i - 1].value < value; i--) m->at[i] = m->at[i - 1];
    m->at[i] = (ak_zhang_mode){ value, multiplicity };
}

/* Both eigenvalues of [[p,q],[q,s]], without cancellation in the smaller one. */
static void add_two(modes *m, double p, double q, double s, int64_t multiplicity)
{
    const double half = (p + s) / 2, radius = hypot((p - s) / 2, q), great = half + radius;
    add(m, great, multiplicity);
    add(m, great > 0 ? (p * s - q * q) / great : half - radius, multiplicity);
}

int ak_zhang_spectrum(const akin_zhang_graph *g, ak_zhang_model model, ak_zhang_mode mode[AK_ZHANG_MODES])
{
    const constants c = constants_of(g);
    const int64_t r = g->r, n_e = g->n - g->n_d, n_d = g->n_d;
    const bool block = model == AK_ZHANG_BLOCK;
    const double c1 = block ? c.c1 : c.c1_matched, share = g->alpha + c.r * g->beta;
    modes m = { mode, 0 };
    add(&m, 1, 1);
    if (n_e > 1) add(&m, c.d / c.c2, (r + 1) * (n_e - 1));
    if (n_d > 1 && block) add(&m, c.d / c1, (r + 1) * (n_d - 1));
    if (n_d > 1 && !block) {
        add(&m, (c.d + c.r * c.more) / c1, n_d - 1);
        add(&m, (c.d - c.more) / c1, r * (n_d - 1));
    }
    /* vectors that are constant on both parts of a class */
    const double easy = (c.d + c.n_e * (g->alpha - g->beta)) / c.c2;
    const double hard = block ? (c.d + c.n_d * (g->alpha - g->gamma)) / c1
                              : (c.d + c.n_d * (g->alpha - g->beta) - c.more) / c1;
    const double across = sqrt(c.n_e * c.n_d) * (g->alpha - g->beta) / sqrt(c1 * c.c2);
    if (n_d == 0)
        add(&m, easy, r);
    else if (n_e == 0)
        add(&m, hard, r);
    else {
        add_two(&m, easy, across, hard, r);
        /* trace - 1, with share = alpha + r beta */
        add(&m, c.d / c.c2 + c.n_e * share * (c1 - c.c2) / (c1 * c.c2), 1);
    }
    return m.count;
}

double ak_zhang_eigenvalue(const ak_zhang_mode *mode, int count, int64_t k)
{
    int64_t seen = 0;
    for (int i = 0; i < count && k >= 1; i++) {
        seen += mode[i].multiplicity;
        if (k <= seen) return mode[i].value;
    }
    return NAN;
}

/* Stated bounds ------------------------------------------------------------------------------------------ */

double ak_zhang_bound(double lambda, double delta) { return 4 * delta / (1 - lambda) + 8 * delta; }

/* 0.5 x sqrt(4-x^2) + 2 asin(x/2), increasing from 0 to pi on [0,2], equals [1 - 2 share/(r+1)] pi. */
static double solve_x0(double r, double share)
{
    const double target = (1 - 2 * share / (r + 1)) * PI;
    double low = 0, high = 2;
    for (int i = 0; i < 100; i++) {
        const double x = (low + high) / 2;
        if (0.5 * x * sqrt(4 - x * x) + 2 * asin(x / 2) < target)
            low = x;
        else
            high = x;
    }
    return (low + high) / 2;
}

akin_status akin_zhang_evaluate(const akin_zhang_graph *user, double delta, akin_zhang_stated *out,
                                akin_error *err)
{
    akin_zhang_graph graph = AKIN_ZHANG_GRAPH_INIT;
    const akin_zhang_graph *g = &graph;
    if (!user) return ak_fail(err, AKIN_ERR_ARGUMENT, "graph must not be NULL");
    AK_TRY(ak_opts_import(&graph, user, "graph", err));
    AK_TRY(ak_zhang_check(g, err));
    if (!(isnan(delta) || (delta >= 0 && delta <= 1)))
        return ak_fail(err, AKIN_ERR_RANGE, "delta is %g; it must be in [0,1]", delta);
    const constants c = constants_of(g);
    const double share = c.n_d / c.n, spread = g->beta > 0 ? g->gamma / g->beta : NAN;
    ak_zhang_mode mode[AK_ZHANG_MODES];
    akin_zhang_stated s = { .struct_size = sizeof s, .c0 = c.c0, .c1 = c.c1, .c2 = c.c2 };
    s.c1_matched = c.c1_matched;
    s.phi = c.n * c.r * g->beta / c.c2;
    s.delta = isnan(delta) ? s.phi / 2 : delta;
    s.lambda_without = c.d / c.c2;
    s.lambda_stated = (c.d + c.r * c.more) / c.c1;
    s.lambda_matched = (c.d + c.r * c.more) / c.c1_matched;
    const int count = ak_zhang_spectrum(g, AK_ZHANG_BLOCK, mode);
    s.lambda_block = ak_zhang_eigenvalue(mode, count, g->r + 2);
    if (isnan(s.lambda_block)) s.lambda_block = 0; /* n = 1: there is no such mode */
    s.without = ak_zhang_bound(s.lambda_without, s.delta);
    s.with = ak_zhang_bound(s.lambda_stated, s.delta);
    const double degree_left = c.d + c.n_e * (g->alpha + c.r * g->beta);
    s.removed = g->n_d < g->n ? ak_zhang_bound(c.d / degree_left, s.delta) : NAN;
    s.removal_gap = c.more - c.n_d * c.d * (g->alpha + c.r * g->gamma) / (c.r * degree_left);
    s.removal_helps = s.removal_gap > 0;
    s.temperature_factor = spread * spread;
    s.temperature_factor_tight = pow(spread * c.c2 / c.c1, 2);
    s.temperature =
        4 * (1 - share * share + s.temperature_factor * share * share) * s.delta / (1 - s.lambda_without) +
        8 * s.delta;
    s.temperature_limit =
        sqrt(c.r / ((g->alpha + c.r * g->beta) * (g->gamma + g->beta))) * g->beta * sqrt(c.n);
    s.temperature_helps = c.n_d < s.temperature_limit;
    s.with_block = ak_zhang_bound(s.lambda_block, s.delta);
    s.with_matched = ak_zhang_bound(s.lambda_matched, s.delta);
    s.vacuous = ak_zhang_bound(s.lambda_without, fmax(s.delta, s.phi / 2)) >= 1;
    s.k_least = g->r + 1;
    s.k_most = g->n_d + g->r; /* k < n_d + r + 1 */
    s.x0 = solve_x0(c.r, share);
    s.eps_most =
        s.x0 > 0 ? (1 - s.lambda_stated) * (c.d + c.n * (g->alpha + c.r * g->beta)) / s.x0 : INFINITY;
    return ak_result_export(out, &s, "graph", err);
}

double ak_zhang_relaxed(const akin_zhang_graph *g, double lambda, double delta, double eps)
{
    const constants c = constants_of(g);
    const double less = solve_x0(c.r, c.n_d / c.n) * eps / (c.d + c.n * (g->alpha + c.r * g->beta));
    const double below = 1 - lambda - less;
    return below > 0 ? 4 * delta / below + 8 * delta : INFINITY;
}

double ak_zhang_lower(const akin_zhang_graph *g, double phi, double constant)
{
    const constants c = constants_of(g);
    return (phi / 2 - 1 + (c.d + c.r * c.more) / c.c1 * constant) / (1 - (c.d - c.r * c.more) / c.c1);
}

/* Margins and temperatures ------------------------------------------------------------------------------- */

double ak_zhang_margin(const akin_zhang_graph *g, bool same_class, bool same_item, int difficult)
{
    const constants c = constants_of(g);
    if (difficult == 0) return 0;
    if (difficult == 1) /* (sqrt(c1/c2) - 1), written without the difference */
        return -(same_class ? g->alpha : g->beta) * (c.c1 - c.c2) / (c.c2 * (sqrt(c.c1 / c.c2) + 1)) /
               (c.c1 * c.c2);
    if (!same_class) return c.c0 * c.more / (c.c1 * c.c1 * c.c2);
    return -(same_item ? 1 : g->alpha) * (c.n_d * c.r * c.more) / (c.c1 * c.c1 * c.c2);
}

double ak_zhang_temperature(const akin_zhang_graph *g, bool same_class, int difficult)
{
    const constants c = constants_of(g);
    if (difficult == 0) return 1;
    if (difficult == 1) return sqrt(c.c1 / c.c2);
    return same_class ? c.c1 / c.c2 : c.c1 / c.c2 * g->beta / g->gamma;
}

double ak_zhang_implied_n(const akin_zhang_graph *g, double share, double lambda)
{
    const double r = (double)g->r, more = r * (g->gamma - g->beta), d = 1 - g->alpha;
    return ((d + more) / lambda - d) / (g->alpha + r * g->beta + share * more);
}

double ak_welch(const double mean[2], const double variance[2], const double count[2], double *df)
{
    const double a = variance[0] / count[0], b = variance[1] / count[1];
    if (df) *df = (a + b) * (a + b) / (a * a / (count[0] - 1) + b * b / (count[1] - 1));
    return (mean[0] - mean[1]) / sqrt(a + b);
}
