/* SPDX-License-Identifier: Apache-2.0 */
/* theory/arora.c - the bounds of latent-class contrastive learning  [Arora2019].
 *
 * Features are unit rows scaled by t^{-1/2}: inner products are similarities over t, and R^2 = 1/t. ell is
 * the hinge max(0, 1 - v), or the logistic loss in base 2, so that ell(0) = 1.
 *
 *   lemma 4.3    L_sup^mu <= (L_un - tau) / (1 - tau)
 *   theorem 4.1  the same with prob. 1 - delta, from M' held-out tuples: L_un + B sqrt(ln(1/delta)/(2M'))
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

#include <math.h>
#include <stdio.h>

/* One of the two surrogate losses. */
typedef struct surrogate {
    const char *lemma43, *theorem41, *theorem41c, *lemma44, *theorem45, *theorem61, *theorem61s, *blocks;
    const char *word;
    ak_contrast_value same, other, block_same, block, mean, other_k;
    double lipschitz, range; /* G; B */
} surrogate;

static double joined(double tau, double same, double other) { return tau * same + (1 - tau) * other; }

/* Arora's L at chance: v = 0, so ell(0) = 1. */
static void one_negative(ak_theory_job *job, const ak_contrast *c, const surrogate *s)
{
    const double tau = c->plan.tau, left = 1 - tau;
    const double un = joined(tau, c->mean[s->same], c->mean[s->other]),
                 un_half = joined(tau, c->half[s->same], c->half[s->other]);
    const double mean = c->mean[s->mean], mean_half = c->half[s->mean];
    akin_bound_row *r =
        ak_bound_add(job, s->lemma43, "[Arora2019 lemma 4.3]", AKIN_MARK_PROVED, s->word, AKIN_BOUND_UPPER);
    ak_bound_set(r, (un - tau) / left, un_half / left, mean, mean_half, 1);
    ak_bound_assume(r, "class-wise positives, one negative; L_un %.6g, tau %.6g", un, tau);

    r = ak_bound_add(job, s->theorem41, "[Arora2019 thm 4.1]", AKIN_MARK_DERIVED, s->word, AKIN_BOUND_UPPER);
    const double gen = s->range * sqrt(-log(job->in.delta) / (2 * (double)c->anchors));
    ak_bound_set(r, (un + gen - tau) / left, 0, mean, mean_half, 1);
    ak_bound_assume(r, "encoder fixed before these %lld anchors were drawn; confidence %g; no capacity term",
                    (long long)c->anchors, 1 - job->in.delta);

    const akin_bound_run *run = &job->run;
    if (run->capacity >= 0 && run->tuples > 0) { /* ERM: 2 sqrt 2 eta R_S/M + 4 B sqrt(ln(4/delta)/(2M)) */
        const double tuples = (double)run->tuples, eta = sqrt(6 / job->in.temperature) * s->lipschitz;
        const double erm = 2 * sqrt(2) * eta * run->capacity / tuples +
                           4 * s->range * sqrt(log(4 / job->in.delta) / (2 * tuples));
        r = ak_bound_add(job, s->theorem41c, "[Arora2019 thm 4.1]", AKIN_MARK_DERIVED, s->word,
                         AKIN_BOUND_UPPER);
        ak_bound_set(r, (un + erm - tau) / left, un_half / left, mean, mean_half, 1);
        ak_bound_assume(r, "empirical minimiser over %lld tuples; R_S(F) %.6g; confidence %g",
                        (long long)run->tuples, run->capacity, 1 - job->in.delta);
    }

    const double deviation = c->deviation * s->lipschitz * sqrt(0.5);
    r = ak_bound_add(job, s->lemma44, "[Arora2019 lemma 4.4]", AKIN_MARK_DERIVED,
                     "L_un^= - 1, colliding negative", AKIN_BOUND_UPPER);
    ak_bound_set(r, deviation, 0, c->mean[s->same] - 1, c->half[s->same], s->range - 1);
    ak_bound_assume(r, "constant G/sqrt 2 derived; s(f) %.6g", c->deviation);

    r = ak_bound_add(job, s->theorem45, "[Arora2019 thm 4.5]", AKIN_MARK_DERIVED, s->word, AKIN_BOUND_UPPER);
    ak_bound_set(r, c->mean[s->other] + tau / left * deviation, c->half[s->other], mean, mean_half, 1);
    ak_bound_assume(r, "constant derived; L_un^!= %.6g, s(f) %.6g", c->mean[s->other], c->deviation);

    r = ak_bound_add(job, s->blocks, "[Arora2019 prop.6.2]", AKIN_MARK_PROVED, s->word, AKIN_BOUND_UPPER);
    ak_bound_set(r, (joined(tau, c->mean[s->block_same], c->mean[s->block]) - tau) / left,
                 joined(tau, c->half[s->block_same], c->half[s->block]) / left, mean, mean_half, 1);
    ak_bound_assume(r, "blocks of %d", AK_CONTRAST_BLOCK);
}

static void competitive(ak_theory_job *job, const ak_contrast *c)
{
    akin_bound_row *r = ak_bound_add(job, "arora-lemma-5.1-hinge", "[Arora2019 lemma 5.1]", AKIN_MARK_DERIVED,
                                     "L_un^!=, hinge, negative of another class", AKIN_BOUND_UPPER);
    double best = INFINITY;
    int at = 0;
    for (int m = 0; m < AK_CONTRAST_MARGINS; m++) {
        const double value = (1 + ak_contrast_margin[m]) * c->margin_loss[m] + c->excess[m];
        if (value < best) {
            best = value;
            at = m;
        }
    }
    /* Its two sides are taken from the same triples; their errors are about those of the hinge. */
    ak_bound_set(r, best, c->half[AK_CV_HINGE_OTHER], c->mean[AK_CV_HINGE_OTHER], c->half[AK_CV_HINGE_OTHER],
                 1 + 2 / job->in.temperature);
    ak_bound_assume(r,
                    "margin gamma %g, the best of %d; E(Z-s)_+ %.6g measured in place of a sub-Gaussian tail",
                    1 + ak_contrast_margin[at], AK_CONTRAST_MARGINS, c->excess[at]);
}

/* value = numerator / (1 - tau_K), in log space. Rounding of float similarities is divided too; and when so
 * few anchors are expected to be without a collision that none may have been seen, the numerator misses up to
 * (1 - tau_K) range. */
static void set_over(akin_bound_row *r, const ak_contrast *c, double numerator, double half, double range,
                     double measured, double measured_half, double reference)
{
    const double log_none = c->plan.log1m_tau_k, scale = exp(-log_none);
    const bool rare = (double)c->anchors * exp(log_none) < 100;
    ak_bound_set(r, numerator * scale, (half + 1e-5) * scale + (rare ? range : 0), measured, measured_half,
                 reference);
    r->log_value = numerator > 0 ? log(numerator) - log_none : NAN;
}

static void many_negatives(ak_theory_job *job, const ak_contrast *c, const surrogate *s, bool hinge)
{
    const double k = (double)job->in.negatives, log_none = c->plan.log1m_tau_k;
    /* The mean classifier among the classes that are there, given no collision. */
    const ak_contrast_value clean = hinge ? AK_CV_HINGE_CLEAN : AK_CV_SUB_CLEAN;
    const double unit = hinge ? 1 : 1 / log(2), none = exp(log_none);
    const double measured = none > 0 ? unit * c->mean[clean] / none : NAN,
                 measured_half = none > 0 ? unit * c->half[clean] / none : NAN;
    const double range = s->range + log2(1 + k); /* of the loss of K negatives */
    const double chance = hinge ? 1 : log2(1 + fmin(k, (double)job->classes - 1));
    const char *word = hinge ? "mean classifier among classes present, hinge, given no collision"
                             : "mean classifier among classes present, base 2, given no collision";
    const double un = hinge ? c->mean[AK_CV_HINGE_K] : c->mean[AK_CV_INFO_CLASS] / log(2),
                 un_half = hinge ? c->half[AK_CV_HINGE_K] : c->half[AK_CV_INFO_CLASS] / log(2);
    const double lost = hinge ? c->plan.tau_k : c->plan.expected_ln_col1 / log(2);
    akin_bound_row *r =
        ak_bound_add(job, s->theorem61, "[Arora2019 thm 6.1]", AKIN_MARK_DERIVED, word, AKIN_BOUND_UPPER);
    set_over(r, c, un - lost, un_half, range, measured, measured_half, chance);
    ak_bound_assume(r, "class-wise positives; %s; ln(1-tau_K) %.6g",
                    job->uniform ? "equal classes" : "unequal classes: weighted by anchors, not by tasks",
                    log_none);

    r = ak_bound_add(job, s->theorem61s, "[Arora2019 thm 6.1]", AKIN_MARK_UNVERIFIED, word, AKIN_BOUND_UPPER);
    /* alpha L^{!=} = E[L^{!=}; not all collide] / (1 - tau_K) */
    const double beta = sqrt(2) * s->lipschitz * k * c->plan.tau;
    set_over(r, c, c->mean[s->other_k] + beta * c->deviation, c->half[s->other_k], range, measured,
             measured_half, chance);
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
                              1 + 2 / t };
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
                                 (2 / t + log1p(exp(-2 / t))) / log(2) };
    one_negative(job, c, &hinge);
    one_negative(job, c, &logistic);
    competitive(job, c);
    many_negatives(job, c, &hinge, true);
    many_negatives(job, c, &logistic, false);
    return AKIN_OK;
}
