/* SPDX-License-Identifier: Apache-2.0 */
/* theory/pacbayes.c - Catoni's form for the zero-one contrastive risk  [Nozawa2020].
 *
 *     risk <= min_lambda (1 - e^{-(lambda r + KL + ln(grid/delta) + ln(2 sqrt m)) / m}) / (1 - e^{-lambda/m})
 *
 * r: share of m tuples (anchor, positive of its class, negative) whose positive is not the more similar one.
 * The tuples share no item (tuples.c), for the form needs m independent losses: anchors that share their
 * negatives err together. The risk of K negatives, the mean share of them, is that of one. lambda is from a
 * grid of GRID values from 10 to 1e7, which the union bound pays for. KL of the weights' posterior from the
 * run; 0 for an encoder fixed before these items. */
#include "theory/contrast.h"
#include "theory/tuples.h"

#include <math.h>

enum { GRID = 25 };

akin_status ak_theory_pacbayes(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    ak_tuples tuples;
    AK_TRY(ak_contrast_of(job, &c, err));
    AK_TRY(ak_tuples_of(job, &tuples, err));
    const double m = (double)tuples.count, r = tuples.zero_one;
    const double kl = isfinite(job->run.kl) ? job->run.kl : 0;
    double best = 1;
    for (int i = 0; i < GRID; i++) {
        const double lambda = pow(10, 1 + 6.0 * i / (GRID - 1));
        const double x = (lambda * r + kl + log(GRID / job->in.delta) + log(2 * sqrt(m))) / m;
        best = fmin(best, expm1(-x) / expm1(-lambda / m));
    }
    akin_bound_row *row = ak_bound_add(job, "pac-bayes-catoni", "[Nozawa2020]", AKIN_MARK_RECONSTRUCTION,
                                       "zero-one contrastive risk, class-wise positives", AKIN_BOUND_UPPER);
    const ak_sum bound = { .constant = best, .factor = { 0 } }, risk = { .factor = { [AK_CV_ZERO_ONE] = 1 } };
    ak_contrast_judge(row, c, &bound, &risk, 0.5);
    ak_tuples_assume(row, job, &tuples, kl > 0 ? "KL of the run" : "encoder fixed before these items (KL 0)");
    return AKIN_OK;
}
