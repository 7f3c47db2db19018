/* SPDX-License-Identifier: Apache-2.0 */
/* theory/ash.c - coverage against collisions  [Ash2022].
 *
 *     L_sup <= 2 max(1, 2(C-1) H_{C-1} / K) / (1 - tau_K) (L - d - E ln(Col+1)),  classes equally likely
 *
 * with H exact (the published code takes ln n + 0.577), and d(f) of [Nozawa2021] for views as positives. */
#include "theory/contrast.h"

#include <math.h>

akin_status ak_theory_ash(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    akin_bound_row *r = ak_bound_add(job, "ash", "[Ash2022]", AKIN_MARK_PROVED,
                                     "mean classifier, C-way cross-entropy", AKIN_BOUND_UPPER);
    if (!job->uniform) {
        ak_bound_set(r, NAN, NAN, c->mean[AK_CV_SUP], c->half[AK_CV_SUP], log((double)job->classes));
        ak_bound_assume(r, "stated for equally likely classes, which these are not");
        return AKIN_OK;
    }
    akin_tradeoff f = AKIN_TRADEOFF_INIT;
    AK_TRY(akin_tradeoff_compute(&job->prior, job->in.negatives, job->in.temperature, &f, err));
    const double factor = exp(f.log_ash), ln = c->plan.expected_ln_col1;
    const double x = c->mean[AK_CV_INFO] - c->mean[AK_CV_GAP] - ln;
    const ak_sum sup = { .factor = { [AK_CV_SUP] = 1 } },
                 value = { .constant = -ln * factor,
                           .factor = { [AK_CV_INFO] = factor, [AK_CV_GAP] = -factor } };
    ak_contrast_judge(r, c, &value, &sup, log((double)job->classes));
    r->log_value = x > 0 ? log(x) + f.log_ash : NAN;
    ak_bound_assume(r, "equally likely classes; ln of the factor %.6g", f.log_ash);
    return AKIN_OK;
}
