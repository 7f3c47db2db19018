/* SPDX-License-Identifier: Apache-2.0 */
/* theory/pacbayes.c - Catoni's form for the zero-one contrastive risk  [Nozawa2020].
 *
 *     risk <= min_lambda (1 - e^{-(lambda r + KL + ln(grid/delta) + ln(2 sqrt m)) / m}) / (1 - e^{-lambda/m})
 *
 * r: share of (anchor, positive, negative) whose positive is not the more similar one, an average over K
 * negatives of m anchors; lambda from a grid of GRID values from 10 to 1e7, which the union bound pays for.
 * KL of the weights' posterior from the run; 0 for an encoder fixed before these anchors. */
#include "theory/contrast.h"

#include <math.h>

enum { GRID = 25 };

akin_status ak_theory_pacbayes(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    const double m = (double)c->anchors, r = c->mean[AK_CV_ZERO_ONE];
    const double kl = isfinite(job->run.kl) ? job->run.kl : 0;
    double best = INFINITY;
    for (int i = 0; i < GRID; i++) {
        const double lambda = pow(10, 1 + 6.0 * i / (GRID - 1));
        const double x = (lambda * r + kl + log(GRID / job->in.delta) + log(2 * sqrt(m))) / m;
        best = fmin(best, expm1(-x) / expm1(-lambda / m));
    }
    akin_bound_row *row = ak_bound_add(job, "pac-bayes-catoni", "[Nozawa2020]", AKIN_MARK_RECONSTRUCTION,
                                       "zero-one contrastive risk, class-wise positives", AKIN_BOUND_UPPER);
    ak_bound_set(row, best, 0, r, c->half[AK_CV_ZERO_ONE], 0.5);
    ak_bound_assume(row, "%s; confidence %g; %lld anchors",
                    kl > 0 ? "KL of the run" : "encoder fixed before these items (KL 0)", 1 - job->in.delta,
                    (long long)c->anchors);
    return AKIN_OK;
}
