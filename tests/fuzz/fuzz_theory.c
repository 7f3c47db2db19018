/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_theory.c - the calculator of the theory on any prior, number of negatives and temperature. */
#include "akin/theory.h"
#include "fuzz.h"

enum { MOST = 6 };

static void of_prior(fz_input *in, const akin_prior *p)
{
    const int64_t negatives = fz_int(in, 0, 1) ? fz_int(in, 0, 40) : fz_int(in, INT64_MIN, INT64_MAX);
    const double t = fz_int(in, 0, 1) ? 0.5 : fz_real(in);
    akin_theory_plan plan = AKIN_THEORY_PLAN_INIT;
    akin_tradeoff tradeoff = AKIN_TRADEOFF_INIT;
    akin_error err;
    if (fz_said(akin_theory_plan_compute(p, negatives, t, &plan, &err), &err)) {
        FZ_CHECK(plan.tau >= 0 && plan.tau <= 1 && plan.tau_k >= 0 && plan.tau_k <= 1);
        FZ_CHECK(plan.log_upsilon <= 1e-12 && !isnan(plan.log1m_upsilon) && !isnan(plan.log_tau_all));
        FZ_CHECK(plan.floor >= 0 && plan.floor <= plan.chance * (1 + 1e-12));
        FZ_CHECK(isnan(plan.sup_min) == !plan.uniform);
        FZ_CHECK(!isnan(plan.expected_ln_col1) && !isnan(plan.entropy) && !isnan(plan.log_cover_rest));
    }
    if (fz_said(akin_tradeoff_compute(p, negatives, t, &tradeoff, &err), &err))
        FZ_CHECK(!isnan(tradeoff.log_arora) && !isnan(tradeoff.log_nozawa) && !isnan(tradeoff.bao_upper));
    double log_value = NAN, rest = NAN, each[MOST];
    if (fz_said(akin_log_coverage(p, negatives, &log_value, &rest, &err), &err))
        FZ_CHECK(log_value <= 1e-12 && rest <= 1e-12);
    if (p->classes <= MOST &&
        fz_said(akin_log_coverage_per_class(p, negatives, fz_int(in, 0, 1), each, &err), &err))
        for (int64_t c = 0; c < p->classes; c++) FZ_CHECK(each[c] <= 1e-12);
    double cosine[MOST * MOST], objective = NAN, gap = NAN;
    if (p->classes <= MOST && fz_said(akin_class_geometry(p, t, (akin_negative_kind)fz_int(in, 0, 1), cosine,
                                                          &objective, &gap, &err),
                                      &err)) {
        FZ_CHECK(isfinite(objective) && !isnan(gap));
        for (int64_t i = 0; i < p->classes * p->classes; i++) FZ_CHECK(fabs(cosine[i]) <= 1 + 1e-6);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    double prior[MOST], sum = 0;
    int64_t counts[MOST];
    akin_prior p = AKIN_PRIOR_INIT;
    const unsigned kind = (unsigned)fz_int(&in, 0, 3);
    p.classes = kind ? fz_int(&in, 2, MOST) : fz_int(&in, -1, 3000);
    for (int64_t c = 0; kind && c < p.classes; c++) {
        prior[c] = fabs(fz_real(&in));
        counts[c] = fz_int(&in, 0, 15) == 15 ? fz_int(&in, INT64_MIN, INT64_MAX) : fz_int(&in, 0, 40);
        sum += prior[c];
    }
    for (int64_t c = 0; kind == 2 && sum > 0 && c < p.classes; c++) prior[c] /= sum;
    if (kind == 1 || kind == 2) p.prior = prior;
    if (kind == 3) {
        p.counts = counts;
        p.without_replacement = fz_int(&in, 0, 1);
    }
    of_prior(&in, &p);
    akin_error err;
    akin_zhang_stated z = AKIN_ZHANG_STATED_INIT;
    const akin_zhang_graph g = { sizeof g,     fz_int(&in, -1, 20), fz_int(&in, 0, 30), fz_int(&in, -1, 30),
                                 fz_real(&in), fz_real(&in),        fz_real(&in) };
    if (fz_said(akin_zhang_evaluate(&g, fz_int(&in, 0, 1) ? NAN : fz_real(&in), &z, &err), &err))
        FZ_CHECK(isfinite(z.c0) && isfinite(z.c1) && isfinite(z.c2) && isfinite(z.lambda_block));
    (void)akin_minority_collapse(fz_real(&in));
    (void)akin_class_collapse_threshold(fz_real(&in), fz_real(&in), fz_real(&in));
    return 0;
}
