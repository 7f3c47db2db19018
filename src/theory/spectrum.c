/* SPDX-License-Identifier: Apache-2.0 */
/* theory/spectrum.c - how many directions an embedding uses: ranks, dead columns, spread. All on unit rows.
 *
 *     effective rank = exp(-sum p log p), p = s / sum s, s singular values of the rows        [Roy2007]
 *     RankMe: the same with 1e-7 added to each p                                              [Garrido2023]
 *     participation ratio (sum l)^2 / sum l^2, l eigenvalues of the covariance
 *
 * Singular values are square roots of eigenvalues of the moment matrix. Below about 1e-8 of the greatest they
 * are rounding, which is too small to change these sums. */
#include "theory/diagnosis.h"
#include "linalg/eigen.h"

#include <math.h>
#include <string.h>

/* x decreasing; p = root of x, over their sum. */
static double effective_rank(const double *x, int64_t d, double epsilon)
{
    double sum = 0, entropy = 0;
    for (int64_t j = 0; j < d; j++) sum += sqrt(fmax(x[j], 0));
    for (int64_t j = 0; j < d; j++) {
        const double p = sqrt(fmax(x[j], 0)) / sum + epsilon;
        if (p > 0) entropy -= p * log(p);
    }
    return exp(entropy);
}

static void add_ranks(ak_diagnose_job *job, const double *uncentred, const double *centred)
{
    akin_diagnosis *o = job->out;
    const int64_t d = job->unit.cols, n = job->unit.rows, most = d < n ? d : n;
    double sum = 0, square = 0;
    for (int64_t j = 0; j < d; j++) {
        sum += fmax(centred[j], 0);
        square += pow(fmax(centred[j], 0), 2);
    }
    const double rank = effective_rank(centred, d, 0), width = (double)most;
    ak_diagnosis_add(
        o,
        (akin_diagnosis_value){ "effective-rank", "collapse", sum > 1e-14 ? rank : 1, "[Roy2007]", "",
                                ak_diagnosis_verdict(sum > 1e-14 ? rank / width : 0, 0.1, 0.02), "" },
        "directions in use, of %lld; centred rows; good from 10 %%, collapsed below 2 %%", (long long)most);
    ak_diagnosis_add(o,
                     (akin_diagnosis_value){ "effective-rank-uncentred", "collapse",
                                             effective_rank(uncentred, d, 0), "[Roy2007]", "", "", "" },
                     "the same with the mean left in, which counts as a direction");
    ak_diagnosis_add(o,
                     (akin_diagnosis_value){ "rankme", "collapse", effective_rank(uncentred, d, 1e-7),
                                             "[Garrido2023]", "unverified", "", "" },
                     n >= 25600 ? "as the paper has it, on %lld rows"
                                : "on %lld rows; the paper takes 25,600 or more",
                     (long long)n);
    ak_diagnosis_add(o,
                     (akin_diagnosis_value){ "participation-ratio", "collapse",
                                             square > 0 ? sum * sum / square : 1, "", "", "", "" },
                     "of covariance eigenvalues; counts strong directions only");
    ak_diagnosis_add(o,
                     (akin_diagnosis_value){ "stable-rank", "collapse",
                                             uncentred[0] > 0 ? 1 / uncentred[0] : 1, "", "", "", "" },
                     "|Z|_F^2/|Z|_2^2 of the unit rows; 1 = all along one direction");
    ak_diagnosis_add(
        o,
        (akin_diagnosis_value){ "top-direction", "collapse", sum > 0 ? centred[0] / sum : 1, "", "",
                                ak_diagnosis_verdict(-(sum > 0 ? centred[0] / sum : 1), -0.5, -0.9), "" },
        "share of the variance along one direction; good up to 0.5, collapsed above 0.9");
}

static void add_columns(ak_diagnose_job *job)
{
    const int64_t d = job->unit.cols;
    double spread = 0, dead = 0;
    const double scale = sqrt((double)d);
    for (int64_t j = 0; j < d; j++) {
        const double deviation = scale * sqrt(fmax(job->moment[j * d + j], 0));
        spread += deviation / (double)d;
        dead += (deviation < 0.01) / (double)d;
    }
    ak_diagnosis_add(job->out,
                     (akin_diagnosis_value){ "feature-std", "collapse", spread, "[ChenHe2021 sec.4.1]", "",
                                             ak_diagnosis_verdict(spread, 0.5, 0.1), "" },
                     "mean deviation of a column times sqrt(d); 1 = spread over the sphere, good from 0.5, "
                     "collapsed below 0.1");
    ak_diagnosis_add(
        job->out,
        (akin_diagnosis_value){ "dead-dimensions", "collapse", dead, "", "",
                                ak_diagnosis_verdict(-dead, -0.01, -0.25), "" },
        "share of %lld columns whose deviation is below 0.01/sqrt(d); good up to 0.01, poor above 0.25",
        (long long)d);
}

akin_status ak_diagnose_spectrum(ak_diagnose_job *job, akin_error *err)
{
    const int64_t d = job->unit.cols;
    const double n = (double)job->unit.rows;
    double *work = ak_alloc(sizeof *work, d, d), *uncentred = ak_alloc(sizeof *uncentred, d, 1);
    job->mean = ak_alloc(sizeof(double), d, 1);
    job->moment = ak_alloc(sizeof(double), d, d);
    job->out->spectrum = ak_alloc(sizeof(double), d, 1);
    akin_status status = AKIN_OK;
    if (!work || !uncentred || !job->mean || !job->moment || !job->out->spectrum) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a spectrum of %lld columns", (long long)d);
        goto done;
    }
    for (int64_t i = 0; i < job->unit.rows; i++)
        for (int64_t j = 0; j < d; j++) job->mean[j] += (double)ak_row(job->unit, i)[j] / n;
    if (!ak_second_moment(akin_mat_const(job->unit), job->mean, job->moment)) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the covariance");
        goto done;
    }
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j < d; j++) {
            job->moment[i * d + j] /= n;
            work[i * d + j] = job->moment[i * d + j] + job->mean[i] * job->mean[j];
        }
    status = ak_eigen(work, d, uncentred, NULL, err);
    if (status) goto done;
    memcpy(work, job->moment, (size_t)(d * d) * sizeof *work);
    status = ak_eigen(work, d, job->out->spectrum, NULL, err);
    if (status) goto done;
    job->out->d = d;
    add_ranks(job, uncentred, job->out->spectrum);
    add_columns(job);
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += fmax(job->out->spectrum[j], 0);
    for (int64_t j = 0; j < d; j++)
        job->out->spectrum[j] = sum > 0 ? fmax(job->out->spectrum[j], 0) / sum : 0;

done:
    free(work);
    free(uncentred);
    return status;
}
