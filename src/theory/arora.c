/* SPDX-License-Identifier: Apache-2.0 */
/* theory/arora.c - the bounds of latent-class contrastive learning  [Arora2019].
 *
 * Features are unit rows scaled by t^{-1/2}: inner products are similarities over t, and R^2 = 1/t. ell is
 * the hinge max(0, 1 - v), or the logistic loss in base 2, so that ell(0) = 1.
 *
 *   lemma 4.3    L_sup^mu <= (L_un - tau) / (1 - tau)
 *   theorem 4.1  the same with prob. 1 - delta, from M tuples that share no item: L_un + B
 *                sqrt(ln(1/delta)/(2M))
 *   lemma 4.4    L_un^= - 1 <= c' s(f)
 *   theorem 4.5  L_sup^mu <= L_un^{!=} + c' tau/(1-tau) s(f)
 *   lemma 5.1    L_un^{!=} <= gamma L^mu_{gamma,sup} + E (Z - s)_+,  gamma = 1 + s, the best s of a grid
 *   theorem 6.1  K negatives, by class collision, and by intraclass deviation
 *   prop. 6.2    blocks
 *
 * Constants (docs/theory.md): c' = G/sqrt(2) for one negative, sqrt(2) G for more, G = 1 or 1/ln 2; B is the
 * range of the loss, 1 + 2/t or log2(1 + e^{2/t}). Theorem 6.1 is stated with losses weighted by anchors,
 * which for equally likely classes is the average over tasks. */
#include "theory/contrast.h"
#include "theory/tuples.h"

#include <math.h>

/* One of the two surrogate losses. */
typedef struct surrogate {
    const char *lemma43, *theorem41, *theorem41c, *lemma44, *theorem45, *theorem61, *theorem61s, *blocks;
    const char *word;
    ak_contrast_value same, other, block_same, block, mean, other_k;
    double lipschitz, range; /* G; B */
} surrogate;

/* (L_un + more - tau) / (1 - tau), L_un = tau L= + (1 - tau) L!=, of triples or of blocks. */
static ak_sum decomposed(double tau, ak_contrast_value same, ak_contrast_value other, double more)
{
    ak_sum s = { .constant = (more - tau) / (1 - tau), .factor = { 0 } };
    s.factor[same] = tau / (1 - tau);
    s.factor[other] = 1;
    return s;
}

static ak_sum single(double constant, ak_contrast_value value, double factor)
{
    ak_sum s = { .constant = constant, .factor = { 0 } };
    s.factor[value] = factor;
    return s;
}

/* With prob. 1 - delta: from tuples that share no item, and for the empirical minimiser of a run. */
static akin_status theorem41(ak_theory_job *job, const ak_contrast *c, const surrogate *s, bool hinge,
                             const ak_sum *mean, akin_error *err)
{
    const double tau = c->plan.tau, delta = job->in.delta;
    const akin_bound_run *run = &job->run;
    ak_tuples tuples;
    AK_TRY(ak_tuples_of(job, &tuples, err));
    akin_bound_row *r =
        ak_bound_add(job, s->theorem41, "[Arora2019 thm 4.1]", AKIN_MARK_DERIVED, s->word, AKIN_BOUND_UPPER);
    const double gen = s->range * sqrt(-log(delta) / (2 * (double)tuples.count));
    ak_sum value = { .constant = ((hinge ? tuples.hinge : tuples.logistic) + gen - tau) / (1 - tau),
                     .factor = { 0 } };
    ak_contrast_judge(r, c, &value, mean, 1);
    ak_tuples_assume(r, job, &tuples, "encoder fixed before these items; no capacity term");
    if (!(run->capacity >= 0 && run->tuples > 0)) return AKIN_OK;

    /* ERM: 2 sqrt 2 eta R_S/M + 4 B sqrt(ln(4/delta)/(2M)) */
    const double m = (double)run->tuples, eta = sqrt(6 / job->in.temperature) * s->lipschitz;
    const double erm = 2 * sqrt(2) * eta * run->capacity / m + 4 * s->range * sqrt(log(4 / delta) / (2 * m));
    value = decomposed(tau, s->same, s->other, erm);
    r = ak_bound_add(job, s->theorem41c, "[Arora2019 thm 4.1]", AKIN_MARK_DERIVED, s->word, AKIN_BOUND_UPPER);
    ak_contrast_judge(r, c, &value, mean, 1);
    ak_bound_assume(r,
                    "empirical minimiser over %lld tuples that share no item; R_S(F) %.6g; confidence %g; "
                    "L_un of these items",
                    (long long)run->tuples, run->capacity, 1 - delta);
    return AKIN_OK;
}

/* Arora's L at chance: v = 0, so ell(0) = 1. */
static akin_status one_negative(ak_theory_job *job, const ak_contrast *c, const surrogate *s, bool hinge,
                                akin_error *err)
{
    const double tau = c->plan.tau, left = 1 - tau;
    const ak_sum mean = single(0, s->mean, 1);
    ak_sum value = decomposed(tau, s->same, s->other, 0);
    akin_bound_row *r =
        ak_bound_add(job, s->lemma43, "[Arora2019 lemma 4.3]", AKIN_MARK_PROVED, s->word, AKIN_BOUND_UPPER);
    ak_contrast_judge(r, c, &value, &mean, 1);
    ak_bound_assume(r, "class-wise positives, one negative; L_un %.6g, tau %.6g",
                    tau * c->mean[s->same] + left * c->mean[s->other], tau);
    AK_TRY(theorem41(job, c, s, hinge, &mean, err));

    const double deviation = c->deviation * s->lipschitz * sqrt(0.5);
    const ak_sum same = single(-1, s->same, 1), spread = { .constant = deviation, .factor = { 0 } };
    r = ak_bound_add(job, s->lemma44, "[Arora2019 lemma 4.4]", AKIN_MARK_DERIVED,
                     "L_un^= - 1, colliding negative", AKIN_BOUND_UPPER);
    ak_contrast_judge(r, c, &spread, &same, s->range - 1);
    ak_bound_assume(r, "constant G/sqrt 2 derived; s(f) %.6g", c->deviation);

    r = ak_bound_add(job, s->theorem45, "[Arora2019 thm 4.5]", AKIN_MARK_DERIVED, s->word, AKIN_BOUND_UPPER);
    value = single(tau / left * deviation, s->other, 1);
    ak_contrast_judge(r, c, &value, &mean, 1);
    ak_bound_assume(r, "constant derived; L_un^!= %.6g, s(f) %.6g", c->mean[s->other], c->deviation);

    r = ak_bound_add(job, s->blocks, "[Arora2019 prop.6.2]", AKIN_MARK_PROVED, s->word, AKIN_BOUND_UPPER);
    value = decomposed(tau, s->block_same, s->block, 0);
    ak_contrast_judge(r, c, &value, &mean, 1);
    ak_bound_assume(r, "blocks of %d", AK_CONTRAST_BLOCK);
    return AKIN_OK;
}

static void competitive(ak_theory_job *job, const ak_contrast *c)
{
    akin_bound_row *r = ak_bound_add(job, "arora-lemma-5.1-hinge", "[Arora2019 lemma 5.1]", AKIN_MARK_DERIVED,
                                     "L_un^!=, hinge, negative of another class", AKIN_BOUND_UPPER);
    const ak_sum measured = single(0, AK_CV_HINGE_OTHER, 1);
    ak_sum best = { 0 };
    double least = INFINITY;
    int at = 0;
    for (int m = 0; m < AK_CONTRAST_MARGINS; m++) {
        ak_sum value = single(0, (ak_contrast_value)(AK_CV_MARGIN + m), 1 + ak_contrast_margin[m]);
        value.factor[AK_CV_EXCESS + m] = 1;
        const double x = ak_contrast_mean(c, &value);
        if (!(x < least)) continue;
        least = x;
        best = value;
        at = m;
    }
    ak_contrast_judge(r, c, &best, &measured, 1 + 2 / job->in.temperature);
    ak_bound_assume(r,
                    "margin gamma %g, the best of %d; E(Z-s)_+ %.6g measured in place of a sub-Gaussian tail",
                    1 + ak_contrast_margin[at], AK_CONTRAST_MARGINS, c->mean[AK_CV_EXCESS + at]);
}

/* What a sampled numerator may be off when it is divided by 1 - tau_K: of what is so rare that blocks may not
 * have seen it, all. That is an anchor without a collision, and one with nothing else. */
static double rare_slack(const ak_contrast *c, ak_contrast_value sampled, double range)
{
    enum { SEEN = 10 }; /* blocks */
    const double none = exp(c->plan.log1m_tau_k), all = exp(c->plan.log_tau_all), n = (double)c->blocks;
    if (c->exact[sampled]) return 0;
    return (n * none < SEEN ? range : 0) + (n * all < SEEN ? all / none * range : 0);
}

/* (constant + factor value) / (1 - tau_K), in log space. */
static void judge_over(akin_bound_row *r, const ak_contrast *c, double constant, double factor,
                       ak_contrast_value value, double range, const ak_sum *measured, double reference)
{
    const double log_none = c->plan.log1m_tau_k, scale = exp(-log_none);
    ak_sum x = single(constant * scale, value, factor * scale);
    x.slack = rare_slack(c, value, range);
    if (!isfinite(scale)) x = (ak_sum){ .constant = INFINITY, .factor = { 0 } }; /* only its logarithm is */
    ak_contrast_judge(r, c, &x, measured, reference);
    const double numerator = constant + factor * c->mean[value];
    r->log_value = numerator > 0 ? log(numerator) - log_none : NAN;
}

static void many_negatives(ak_theory_job *job, const ak_contrast *c, const surrogate *s, bool hinge)
{
    const double k = (double)job->in.negatives, log_none = c->plan.log1m_tau_k, none = exp(log_none);
    /* The mean classifier among the classes that are there, given no collision. */
    const double unit = hinge ? 1 : 1 / log(2),
                 range = s->range + log2(1 + k); /* of the loss of K negatives */
    const ak_sum measured =
        single(none > 0 ? 0 : NAN, hinge ? AK_CV_HINGE_CLEAN : AK_CV_SUB_CLEAN, none > 0 ? unit / none : 0);
    const double chance = hinge ? 1 : log2(1 + fmin(k, (double)job->classes - 1));
    const char *word = hinge ? "mean classifier among classes present, hinge, given no collision"
                             : "mean classifier among classes present, base 2, given no collision";
    const double lost = hinge ? c->plan.tau_k : c->plan.expected_ln_col1 / log(2);
    akin_bound_row *r =
        ak_bound_add(job, s->theorem61, "[Arora2019 thm 6.1]", AKIN_MARK_DERIVED, word, AKIN_BOUND_UPPER);
    judge_over(r, c, -lost, unit, hinge ? AK_CV_HINGE_K : AK_CV_INFO_CLASS, range, &measured, chance);
    ak_bound_assume(r, "class-wise positives; %s; ln(1-tau_K) %.6g",
                    job->uniform ? "equal classes" : "unequal classes: weighted by anchors, not by tasks",
                    log_none);

    r = ak_bound_add(job, s->theorem61s, "[Arora2019 thm 6.1]", AKIN_MARK_UNVERIFIED, word, AKIN_BOUND_UPPER);
    /* alpha L^{!=} = E[L^{!=}; not all collide] / (1 - tau_K) */
    const double beta = sqrt(2) * s->lipschitz * k * c->plan.tau;
    judge_over(r, c, beta * c->deviation, 1, s->other_k, range, &measured, chance);
    ak_bound_assume(r, "constant sqrt 2 G derived, form as printed unverified; s(f) %.6g", c->deviation);
}

akin_status ak_theory_arora(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    const double t = job->in.temperature;
    const surrogate hinge = { "arora-lemma-4.3-hinge",
                              "arora-theorem-4.1-hinge",
                              "arora-theorem-4.1-capacity-hinge",
                              "arora-lemma-4.4-hinge",
                              "arora-theorem-4.5-hinge",
                              "arora-theorem-6.1-hinge",
                              "arora-theorem-6.1-deviation-hinge",
                              "arora-prop-6.2-hinge",
                              "binary mean classifier, hinge",
                              AK_CV_HINGE_SAME,
                              AK_CV_HINGE_OTHER,
                              AK_CV_HINGE_BLOCK_SAME,
                              AK_CV_HINGE_BLOCK,
                              AK_CV_HINGE_MEAN,
                              AK_CV_HINGE_K_OTHER,
                              1,
                              ak_hinge_range(t) };
    const surrogate logistic = { "arora-lemma-4.3-logistic",
                                 "arora-theorem-4.1-logistic",
                                 "arora-theorem-4.1-capacity-logistic",
                                 "arora-lemma-4.4-logistic",
                                 "arora-theorem-4.5-logistic",
                                 "arora-theorem-6.1-logistic",
                                 "arora-theorem-6.1-deviation-logistic",
                                 "arora-prop-6.2-logistic",
                                 "binary mean classifier, logistic base 2",
                                 AK_CV_LOGIT_SAME,
                                 AK_CV_LOGIT_OTHER,
                                 AK_CV_LOGIT_BLOCK_SAME,
                                 AK_CV_LOGIT_BLOCK,
                                 AK_CV_LOGIT_MEAN,
                                 AK_CV_LOGIT_K_OTHER,
                                 1 / log(2),
                                 ak_logistic_range(t) };
    AK_TRY(one_negative(job, c, &hinge, true, err));
    AK_TRY(one_negative(job, c, &logistic, false, err));
    competitive(job, c);
    many_negatives(job, c, &hinge, true);
    many_negatives(job, c, &logistic, false);
    return AKIN_OK;
}
