/* SPDX-License-Identifier: Apache-2.0 */
/* theory/criteria.h - numbers by which runs are ranked without labels. docs/diagnose.md has
 * formulas and sources. */
#ifndef AK_THEORY_CRITERIA_H
#define AK_THEORY_CRITERIA_H

#include "base/base.h"

/* The decay alpha of eigenvalues lambda_j ~ j^-alpha, given in decreasing order  [Agrawal2022]: the slope of
 * log lambda by -log j, weighed by 1/j, over j = 11 to 100. Of r < 100 eigenvalues above 1e-10 of the
 * greatest (below, they are rounding) it begins at 1 + r/10 and ends at r. NaN with fewer than three
 * points. */
double ak_alpha_req(const double *lambda, int64_t d);

/* How far cosines of rows are from those of random directions  [Tsitsulin2023]: with q = sum over all i, j
 * of the squared cosine, (q - e)/(n^2 - e), e = n + n(n-1)/d. 0 = as random, 1 = all along one line. NaN
 * for d = 1. */
double ak_self_cluster(double q, int64_t n, int64_t d);

/* n/r max_i |row i of U|^2, U the left singular vectors of x [n,d], which has rank r  [Tsitsulin2023]:
 * from 1, where all rows weigh alike, to n/r. Singular values below 1e-6 of their norm do not count.
 * AKIN_ERR_NOMEM. */
akin_status ak_coherence(akin_cmat x, double *out, akin_error *err);

/* LiDAR  [Thilak2024]: with mu_i the mean of the q views of item i, and mu that of all,
 *
 *     S_b = 1/n sum_i (mu_i-mu)(mu_i-mu)^T,   S_w = 1/(nq) sum_ij (e_ij-mu_i)(e_ij-mu_i)^T + delta 1,
 *     exp(-sum p log p),  p = l/sum l + 1e-7,  l the eigenvalues of S_w^-1/2 S_b S_w^-1/2
 *
 * views: q >= 2 of [n,d]. delta > 0. 1 where all items coincide. AKIN_ERR_NOMEM, AKIN_ERR_NUMERIC. */
akin_status ak_lidar(const akin_cmat *view, int32_t q, double delta, double *out, akin_error *err);

enum { AK_INFONCE_ITEMS = 512, AK_INFONCE_TEMPERATURES = 7 };

/* Two views of n items, unit rows, in n/B batches of B = min(n, 512) items, each of every (n/B)-th; what
 * is left over is left out. For each temperature t
 *
 *     lse[k] = mean_i t ( log sum_j exp(a_i.b_j/t) - log B ),   bound[k] = mean_i a_i.b_i/t - lse[k]/t
 *
 * bound is log B minus the InfoNCE loss, at most the mutual information of the views in nats  [Oord2018],
 * and at most log B. AKIN_ERR_NOMEM. */
typedef struct ak_infonce_of {
    int64_t batch;
    double lse[AK_INFONCE_TEMPERATURES], bound[AK_INFONCE_TEMPERATURES];
} ak_infonce_of;
akin_status ak_infonce_bounds(akin_cmat a, akin_cmat b, const double *t, int64_t temperatures,
                              ak_infonce_of *out, akin_error *err);

/* The bias of prototypes [Lee2025] with the neighbourhood of an item in place of its class: mean over
 * items of |nm(c_i) - nm(m_i)|, m_i the mean of the item's views (unit rows), c_i that of m over the item
 * and the k nearest others by cosine of m, nm(v) = v/|v|. derived. AKIN_ERR_NOMEM. */
akin_status ak_prototype_bias_views(const akin_cmat *view, int32_t q, int64_t k, double *out,
                                    akin_error *err);

#endif
