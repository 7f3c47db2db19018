/* SPDX-License-Identifier: Apache-2.0 */
/* theory/nozawa.c - InfoNCE and the mean classifier under augmentation  [Nozawa2021].
 *
 * d(f) = E min(0, s_y - s_positive) <= 0 pays for positives that are views of the anchor's own item.
 *
 *   eq.8   L >= (1-tau_K) E[l_sub | Col=0] + E ln(Col+1) + d(f)
 *   eq.10  L >= 1/2 E[l_sub + ln(Col+1)] + d(f)          (l_sub is l_sup where all classes are there)
 *   mix    the same with any weight lambda: the best is the larger part alone
 *   max    L >= E max(l_sub, ln(Col+1)) + d(f)
 *   jensen L >= E ln(1 + Col + sum_{c != y} n_c e^{s_c - s_y}) + d(f)
 *   upper  L_sup <= (2 (L - d) - E ln(Col+1) - E[l_sub; not all there]) / min_c upsilon_c
 *   arora  L_sup <= (L - d - E ln(Col+1)) / min_c P(no collision, all others there | c)
 *
 * Collision terms are exact (plan.c); the published evaluation takes noisy sums for them, halves the partial loss twice
 * and divides by 1 - tau_K alone. For unequal classes the event "all there" depends on the anchor's class, so the
 * least coverage over classes divides, where the paper's form holds for equal classes only. */
#include "theory/contrast.h"

#include <math.h>

static void lower(akin_theory_job *job, const akin_contrast *c, const char *name, const char *paper,
                  const char *mark, double value, double half, const char *assumed)
{
    akin_bound_row *r = akin_bound_add(job, name, paper, mark, "InfoNCE", AKIN_BOUND_LOWER);
    const double d = c->mean[AKIN_CV_GAP];
    akin_bound_set(r, value + d, half + c->half[AKIN_CV_GAP], c->mean[AKIN_CV_INFO], c->half[AKIN_CV_INFO],
                   c->plan.floor);
    akin_bound_assume(r, "%s; d(f) %.6g, E ln(Col+1) %.6g", assumed, d, c->plan.expected_ln_col1);
}

static void upper(akin_theory_job *job, const akin_contrast *c, const char *name, const char *paper,
                  const char *mark, double numerator, double half, double log_denominator)
{
    akin_bound_row *r =
        akin_bound_add(job, name, paper, mark, "mean classifier, C-way cross-entropy", AKIN_BOUND_UPPER);
    if (log_denominator == -INFINITY) { /* too few negatives to hold the classes */
        akin_bound_set(r, INFINITY, 0, c->mean[AKIN_CV_SUP], c->half[AKIN_CV_SUP], log((double)job->classes));
        akin_bound_assume(r, "fewer negatives than other classes: nothing can be said");
        return;
    }
    akin_bound_set(r, numerator * exp(-log_denominator), (half + 1e-5) * exp(-log_denominator),
                   c->mean[AKIN_CV_SUP], c->half[AKIN_CV_SUP], log((double)job->classes));
    r->log_value = numerator > 0 ? log(numerator) - log_denominator : NAN;
    akin_bound_assume(r, "%s; ln of the divisor %.6g",
                      job->uniform ? "equal classes" : "unequal classes: the least covered class divides",
                      log_denominator);
}

akin_status akin_theory_nozawa(akin_theory_job *job, akin_error *err)
{
    const akin_contrast *c;
    AKIN_TRY(akin_contrast_of(job, &c, err));
    const double ln = c->plan.expected_ln_col1, *m = c->mean, *h = c->half;
    lower(job, c, "nozawa-sato-eq8", "[Nozawa2021 eq.8]", AKIN_MARK_PROVED, m[AKIN_CV_SUB_CLEAN] + ln,
          h[AKIN_CV_SUB_CLEAN], "means of the same rows as the negatives");
    lower(job, c, "nozawa-sato-eq10", "[Nozawa2021 eq.10]", AKIN_MARK_PROVED, 0.5 * (m[AKIN_CV_SUB] + ln),
          0.5 * h[AKIN_CV_SUB], "means of the same rows as the negatives");
    lower(job, c, "nozawa-sato-mix", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED, fmax(m[AKIN_CV_SUB], ln),
          h[AKIN_CV_SUB], m[AKIN_CV_SUB] > ln ? "lambda 1" : "lambda 0");
    lower(job, c, "nozawa-sato-max", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED,
          m[AKIN_CV_MAX_PART] - m[AKIN_CV_LN_COL1] + ln, /* the sampled collisions by the exact ones */
          h[AKIN_CV_MAX_PART], "the larger part for each anchor");
    lower(job, c, "nozawa-sato-jensen", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED, m[AKIN_CV_JENSEN],
          h[AKIN_CV_JENSEN], "Jensen's inequality alone");
    const double info = m[AKIN_CV_INFO] - m[AKIN_CV_GAP], half = h[AKIN_CV_INFO] + h[AKIN_CV_GAP];
    upper(job, c, "nozawa-sato-upper", "[Nozawa2021 eq.10]",
          job->uniform ? AKIN_MARK_PROVED : AKIN_MARK_DERIVED, 2 * info - ln - m[AKIN_CV_SUB_PARTIAL],
          2 * half + h[AKIN_CV_SUB_PARTIAL], c->plan.log_upsilon_min);
    upper(job, c, "arora-k-upper", "[Nozawa2021 eq.8]", AKIN_MARK_DERIVED, info - ln, half,
          c->plan.log_cover_rest);
    return AKIN_OK;
}
