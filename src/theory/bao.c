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
    const double chance = log((double)job->classes), t = job->in.temperature;
    const char *const word = "mean classifier, C-way cross-entropy";
    const char *const mark = job->uniform ? AKIN_MARK_PROVED : AKIN_MARK_UNVERIFIED;
    akin_bound_row *r = ak_bound_add(job, "bao-upper", "[Bao2022]", mark, word, AKIN_BOUND_UPPER);
    const ak_sum sup = { .factor = { [AK_CV_SUP] = 1 } };
    ak_sum value = { .constant = f.bao_upper, .factor = { [AK_CV_INFO] = 1, [AK_CV_GAP] = -1 } };
    ak_contrast_judge(r, c, &value, &sup, chance);
    ak_bound_assume(r, "Delta_U %.6g%s", f.bao_upper,
                    job->uniform ? "" : "; the form with pi_max is tested, not proved, for unequal classes");
    r = ak_bound_add(job, "bao-lower", "[Bao2022]", mark, word, AKIN_BOUND_LOWER);
    value = (ak_sum){ .constant = f.bao_lower, .factor = { [AK_CV_INFO_CLASS] = 1 } };
    ak_contrast_judge(r, c, &value, &sup, 0);
    ak_bound_assume(r, "class-wise positives; Delta_L %.6g", f.bao_lower);
    r = ak_bound_add(job, "elst-ghoshdastidar", "[Elst2025]", mark, word, AKIN_BOUND_UPPER);
    value = (ak_sum){ .constant = f.bao_upper, .factor = { [AK_CV_INFO] = 1, [AK_CV_SPREAD] = 1 / t } };
    ak_contrast_judge(r, c, &value, &sup, chance);
    ak_bound_assume(r, "sigma %.6g is the mean distance from the class mean", c->mean[AK_CV_SPREAD]);
    return AKIN_OK;
}
