/* SPDX-License-Identifier: Apache-2.0 */
/* theory/awasthi.c - the optimum that does not depend on K  [Awasthi2022].
 *
 *     L_class >= sum_m Bin(m; K, 1/C) ln(1 + m + (K-m) e^{-C/((C-1)t)})          classes equally likely
 *
 * attained by one point a class at the corners of a simplex. What is above it is a measure of training that
 * can be compared between different K; the distance of the class means from the simplex is the second row. */
#include "theory/contrast.h"

#include <math.h>

/* max over pairs of |cos(mu_c - g, mu_c' - g) + 1/(C-1)|, g the mean of the means. */
static double simplex_deviation(const ak_theory_job *job, akin_error *err)
{
    const int64_t classes = job->classes, d = job->d;
    double *x = ak_alloc(sizeof(double), classes, d), *g = ak_alloc(sizeof(double), d, 1), worst = NAN;
    if (x && g) {
        for (int64_t c = 0; c < classes; c++)
            for (int64_t j = 0; j < d; j++) g[j] += job->mean_b[c * d + j] / (double)classes;
        worst = 0;
        for (int64_t c = 0; c < classes; c++) {
            double length = 0;
            for (int64_t j = 0; j < d; j++) {
                x[c * d + j] = job->mean_b[c * d + j] - g[j];
                length += x[c * d + j] * x[c * d + j];
            }
            for (int64_t j = 0; j < d; j++) x[c * d + j] /= length > 0 ? sqrt(length) : 1;
            for (int64_t e = 0; e < c; e++) {
                double cosine = 0;
                for (int64_t j = 0; j < d; j++) cosine += x[c * d + j] * x[e * d + j];
                worst = fmax(worst, fabs(cosine + 1 / ((double)classes - 1)));
            }
        }
    } else
        ak_fail(err, AKIN_ERR_NOMEM, "no memory for the class means");
    free(x);
    free(g);
    return worst;
}

akin_status ak_theory_awasthi(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    akin_bound_row *r = ak_bound_add(job, "awasthi-optimum", "[Awasthi2022]", AKIN_MARK_UNVERIFIED,
                                     "InfoNCE with class-wise positives", AKIN_BOUND_LOWER);
    const ak_sum least = { .constant = c->plan.info_min, .factor = { 0 } },
                 info = { .factor = { [AK_CV_INFO_CLASS] = 1 } };
    ak_contrast_judge(r, c, &least, &info, 0);
    if (job->uniform)
        ak_bound_assume(r, "%.6g above the optimum", c->mean[AK_CV_INFO_CLASS] - c->plan.info_min);
    else
        ak_bound_assume(r, "the optimum is known for equally likely classes only");
    const double deviation = simplex_deviation(job, err);
    if (isnan(deviation)) return AKIN_ERR_NOMEM;
    r = ak_bound_add(job, "awasthi-simplex-deviation", "[Awasthi2022]", AKIN_MARK_UNVERIFIED,
                     "largest |cos + 1/(C-1)| between centred class means", AKIN_BOUND_MEASURE);
    ak_bound_set(r, 0, 0, deviation, 0, NAN);
    ak_bound_assume(r, "0 at a regular simplex");
    return AKIN_OK;
}
