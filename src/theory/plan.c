/* SPDX-License-Identifier: Apache-2.0 */
/* theory/plan.c - the calculator: everything that follows from the prior, K and t alone.
 *
 * Formulas are those of include/akin/theory.h. Classes with equal probability are one group, so a uniform
 * prior costs the same for any number of classes. Precision: see numbers.c and coverage.c. Threads: none. */
#include "theory/numbers.h"

#include <math.h>
#include <string.h>

static akin_status check_prior_values(const akin_prior *p, akin_error *err)
{
    double sum = 0;
    for (int64_t c = 0; p->prior && c < p->classes; c++) {
        if (!(p->prior[c] > 0) || !isfinite(p->prior[c]))
            return ak_fail(err, AKIN_ERR_RANGE,
                           "the prior of class %lld is %g; every class needs a probability above 0",
                           (long long)c, p->prior[c]);
        sum += p->prior[c];
    }
    if (p->prior && !(fabs(sum - 1) <= 1e-6))
        return ak_fail(err, AKIN_ERR_RANGE, "the prior sums to %.9g; probabilities of classes must sum to 1",
                       sum);
    for (int64_t c = 0; p->counts && c < p->classes; c++)
        if (p->counts[c] < 1)
            return ak_fail(err, AKIN_ERR_RANGE, "class %lld has %lld items; every class needs one at least",
                           (long long)c, (long long)p->counts[c]);
    return AKIN_OK;
}

static akin_status check_prior(const akin_prior *p, int64_t negatives, akin_error *err)
{
    if (p->prior && p->counts)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "both a prior and counts of classes are given; one is enough");
    if (p->classes < 2 || p->classes > AKIN_THEORY_CLASSES_MAX)
        return ak_fail(err, AKIN_ERR_RANGE, "there %s %lld class%s; 2 to %d are possible",
                       p->classes == 1 ? "is" : "are", (long long)p->classes, p->classes == 1 ? "" : "es",
                       AKIN_THEORY_CLASSES_MAX);
    if (negatives < 1 || negatives > (int64_t)1 << 40)
        return ak_fail(err, AKIN_ERR_RANGE, "negatives is %lld; it must be at least 1 (and at most 2^40)",
                       (long long)negatives);
    AK_TRY(check_prior_values(p, err));
    if (!p->without_replacement) return AKIN_OK;
    if (!p->counts)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "drawing without replacement needs to know how many items each class has");
    const double items = ak_prior_items(p);
    if (items < (double)negatives + 1)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "%lld negatives and an anchor without replacement need %lld items; there are %.0f",
                       (long long)negatives, (long long)negatives + 1, items);
    return AKIN_OK;
}

/* The caller's prior as groups of equal classes, when it and the number of negatives are good. */
static akin_status open_prior(const akin_prior *user, int64_t negatives, akin_prior *p, ak_groups *g,
                              akin_error *err)
{
    if (!user) return ak_fail(err, AKIN_ERR_ARGUMENT, "prior is NULL");
    *p = (akin_prior)AKIN_PRIOR_INIT;
    AK_TRY(ak_opts_import(p, user, "prior", err));
    AK_TRY(check_prior(p, negatives, err));
    return ak_groups_make(p, g, err);
}

static akin_status check_temperature(double temperature, akin_error *err)
{
    if (!(temperature > 0) || !isfinite(temperature))
        return ak_fail(err, AKIN_ERR_RANGE, "temperature is %g; it must be a positive number", temperature);
    return AKIN_OK;
}

static double log_one_more(double m, void *ctx)
{
    (void)ctx;
    return log1p(m);
}

/* ln(1 + m + (K - m) e^{-gap}) */
typedef struct optimum {
    double negatives, log_other; /* K, -gap */
} optimum;

static double at_optimum(double m, void *ctx)
{
    const optimum *o = ctx;
    return log1p(m + (o->negatives - m) * exp(o->log_other));
}

/* sum_m Bin(m; K, 1/C) ln(1 + m + (K - m) e^{log_other})  [Awasthi2022] [Bao2022] */
static double info_at(const ak_groups *g, double negatives, double log_other)
{
    optimum o = { negatives, log_other };
    return ak_collision_mean(g, negatives, at_optimum, &o);
}

static double entropy(const ak_groups *g)
{
    double sum = 0;
    for (int64_t i = 0; i < g->count; i++) {
        const double rho = ak_group_rho(g, i);
        sum -= g->group[i].classes * rho * log(rho);
    }
    return sum;
}

/* P(two labels are equal). */
static double tau_of(const ak_groups *g)
{
    double sum = 0;
    for (int64_t i = 0; i < g->count; i++) {
        const double rho = ak_group_rho(g, i);
        const double next = g->finite ? (g->group[i].weight - 1) / (g->total - 1) : rho;
        sum += g->group[i].classes * rho * next;
    }
    return sum;
}

static akin_theory_plan plan_of(const ak_groups *g, double k, double t)
{
    const double c = g->classes;
    const int64_t largest = g->count - 1; /* the least covered anchors are those of the largest class */
    akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
    r.uniform = g->count == 1;
    r.tau = tau_of(g);
    r.log1m_tau = ak_collision_log_none(g, 1);
    r.log1m_tau_k = ak_collision_log_none(g, k);
    r.tau_k = -expm1(r.log1m_tau_k);
    r.log_tau_all = ak_collision_log_all(g, k);
    r.log_upsilon = ak_coverage(g, k + 1);
    r.log1m_upsilon = ak_coverage_complement(g, k + 1, r.log_upsilon);
    r.log_upsilon_min = r.uniform ? r.log_upsilon : ak_coverage_given(g, largest, k, false);
    r.log_cover_rest = ak_coverage_given(g, largest, k, true);
    r.expected_ln_col1 = ak_collision_mean(g, k, log_one_more, NULL);
    r.expected_draws = ak_coverage_expected(g);
    r.draws_for_coverage_99 = ak_coverage_draws(g, 0.99);
    r.entropy = entropy(g);
    r.chance = log1p(k);
    r.floor = log1p(k * exp(-(1 + 1 / k) / t));
    const bool simplex = r.uniform && !g->finite;
    r.info_min = simplex ? info_at(g, k, -c / ((c - 1) * t)) : NAN;
    r.info_min_antipodal = simplex ? info_at(g, k, -2 / t) : NAN;
    r.sup_min = r.uniform ? log1p((c - 1) * exp(-c / ((c - 1) * t))) : NAN;
    return r;
}

akin_status akin_theory_plan_compute(const akin_prior *p, int64_t negatives, double temperature,
                                     akin_theory_plan *out, akin_error *err)
{
    akin_prior prior;
    ak_groups g;
    AK_TRY(check_temperature(temperature, err));
    AK_TRY(open_prior(p, negatives, &prior, &g, err));
    const akin_theory_plan r = plan_of(&g, (double)negatives, temperature);
    ak_groups_free(&g);
    return ak_result_export(out, &r, "plan", err);
}

akin_status akin_log_coverage(const akin_prior *p, int64_t draws, double *log_value, double *log_complement,
                              akin_error *err)
{
    if (!log_value) return ak_fail(err, AKIN_ERR_ARGUMENT, "log_value is NULL");
    if (draws < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "draws is %lld; it must be at least 1", (long long)draws);
    akin_prior prior;
    ak_groups g;
    AK_TRY(open_prior(p, draws > 1 ? draws - 1 : 1, &prior, &g, err));
    *log_value = ak_coverage(&g, (double)draws);
    if (log_complement) *log_complement = ak_coverage_complement(&g, (double)draws, *log_value);
    ak_groups_free(&g);
    return AKIN_OK;
}

static int64_t group_of(const ak_groups *g, double weight)
{
    int64_t low = 0, high = g->count - 1;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (g->group[middle].weight < weight * (1 - 1e-12))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

akin_status akin_log_coverage_per_class(const akin_prior *p, int64_t negatives, bool clean, double *log_out,
                                        akin_error *err)
{
    if (!log_out) return ak_fail(err, AKIN_ERR_ARGUMENT, "log_out is NULL");
    akin_prior prior;
    ak_groups g;
    AK_TRY(open_prior(p, negatives, &prior, &g, err));
    double *value = malloc((size_t)g.count * sizeof *value);
    if (!value) {
        ak_groups_free(&g);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)prior.classes);
    }
    for (int64_t i = 0; i < g.count; i++) value[i] = ak_coverage_given(&g, i, (double)negatives, clean);
    const double items = ak_prior_items(&prior);
    for (int64_t c = 0; c < prior.classes; c++)
        log_out[c] = value[g.count == 1 ? 0 : group_of(&g, ak_class_weight(&prior, c, items))];
    free(value);
    ak_groups_free(&g);
    return AKIN_OK;
}

/* Trade-offs --------------------------------------------------------------------------------------------- */

static const akin_tradeoff_paper PAPERS[] = {
    { "arora", "[Arora2019]", AKIN_MARK_DERIVED,
      "(R_cont - E ln(Col+1)) / ((1-tau_K) P(K negatives hold the others))",
      "few negatives: the factor explodes with collisions" },
    { "nozawa-sato", "[Nozawa2021 eq.10]", AKIN_MARK_PROVED, "(2 R_cont - E ln(Col+1)) / upsilon",
      "many: the factor falls to 2 once all classes are covered" },
    { "ash", "[Ash2022]", AKIN_MARK_PROVED, "2 max(1, 2(C-1)H/K) / (1-tau_K) * (R_cont - E ln(Col+1))",
      "as many as classes: coverage gains, then collisions lose" },
    { "bao", "[Bao2022]", AKIN_MARK_PROVED, "R_cont + ln(pi_max C^2 cosh^2(1/t) / K)",
      "no harm: the gap stays bounded for every K" },
    { "awasthi", "[Awasthi2022]", AKIN_MARK_UNVERIFIED, "the minimiser of R_cont is the same for every K",
      "no harm: the best encoder does not depend on K" },
};

const akin_tradeoff_paper *akin_tradeoff_paper_at(int i)
{
    return i >= 0 && i < (int)(sizeof PAPERS / sizeof *PAPERS) ? &PAPERS[i] : NULL;
}

akin_status akin_tradeoff_compute(const akin_prior *p, int64_t negatives, double temperature,
                                  akin_tradeoff *out, akin_error *err)
{
    akin_prior prior;
    ak_groups g;
    AK_TRY(check_temperature(temperature, err));
    AK_TRY(open_prior(p, negatives, &prior, &g, err));
    const double k = (double)negatives, c = g.classes, t = temperature;
    const int64_t largest = g.count - 1;
    const bool uniform = g.count == 1;
    akin_tradeoff r = AKIN_TRADEOFF_INIT;
    r.negatives = negatives;
    r.log1m_tau_k = ak_collision_log_none(&g, k);
    r.log_upsilon = ak_coverage(&g, k + 1);
    r.expected_ln_col1 = ak_collision_mean(&g, k, log_one_more, NULL);
    const double covered = uniform ? r.log_upsilon : ak_coverage_given(&g, largest, k, false);
    r.log_arora = -ak_coverage_given(&g, largest, k, true);
    r.log_arora_published = -r.log1m_tau_k - r.log_upsilon;
    r.log_nozawa = log(2) - covered;
    r.log_ash = uniform ? log(2 * fmax(1, 2 * (c - 1) * ak_harmonic(c - 1) / k)) - r.log1m_tau_k : NAN;
    r.bao_upper = log(ak_group_rho(&g, largest) * c * c / k) + 2 * ak_log_cosh(1 / t);
    r.bao_lower = entropy(&g) + log(k) - 2 * log1p(k) - 2 * ak_log_cosh(1 / t);
    r.info_min = uniform && !g.finite ? info_at(&g, k, -c / ((c - 1) * t)) : NAN;
    ak_groups_free(&g);
    return ak_result_export(out, &r, "tradeoff", err);
}
