/* SPDX-License-Identifier: Apache-2.0 */
/* theory/bao.c - both sides with a gap bounded in K  [Bao2022], and its form for augmentations  [Elst2025].
 *
 *     L_sup <= L - d + ln(pi_max C^2 cosh^2(1/t) / K)
 *     L_sup >= L_class + H(pi) + ln K - 2 ln(1+K) - 2 ln cosh(1/t)        (class-wise positives)
 *     L_sup <= L + sigma/t + ln(pi_max C^2 cosh^2(1/t) / K),  sigma = E |f(x+) - mu_y| */
#include "theory/contrast.h"

#include <math.h>

akin_status ak_theory_bao(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    akin_tradeoff f = AKIN_TRADEOFF_INIT;
    AK_TRY(akin_tradeoff_compute(&job->prior, job->in.negatives, job->in.temperature, &f, err));
    const double *m = c->mean, *h = c->half, chance = log((double)job->classes), t = job->in.temperature;
    const char *const word = "mean classifier, C-way cross-entropy";
    const char *const mark = job->uniform ? AKIN_MARK_PROVED : AKIN_MARK_UNVERIFIED;
    akin_bound_row *r = ak_bound_add(job, "bao-upper", "[Bao2022]", mark, word, AKIN_BOUND_UPPER);
    ak_bound_set(r, m[AK_CV_INFO] - m[AK_CV_GAP] + f.bao_upper, h[AK_CV_INFO] + h[AK_CV_GAP], m[AK_CV_SUP],
                 h[AK_CV_SUP], chance);
    ak_bound_assume(r, "Delta_U %.6g%s", f.bao_upper,
                    job->uniform ? "" : "; the form with pi_max is tested, not proved, for unequal classes");
    r = ak_bound_add(job, "bao-lower", "[Bao2022]", mark, word, AKIN_BOUND_LOWER);
    ak_bound_set(r, m[AK_CV_INFO_CLASS] + f.bao_lower, h[AK_CV_INFO_CLASS], m[AK_CV_SUP], h[AK_CV_SUP], 0);
    ak_bound_assume(r, "class-wise positives; Delta_L %.6g", f.bao_lower);
    r = ak_bound_add(job, "elst-ghoshdastidar", "[Elst2025]", mark, word, AKIN_BOUND_UPPER);
    ak_bound_set(r, m[AK_CV_INFO] + m[AK_CV_SPREAD] / t + f.bao_upper, h[AK_CV_INFO] + h[AK_CV_SPREAD] / t,
                 m[AK_CV_SUP], h[AK_CV_SUP], chance);
    ak_bound_assume(r, "sigma %.6g is the mean distance from the class mean", m[AK_CV_SPREAD]);
    return AKIN_OK;
}
