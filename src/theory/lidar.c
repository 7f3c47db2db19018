/* SPDX-License-Identifier: Apache-2.0 */
/* theory/lidar.c - LiDAR: the effective rank of what tells items apart, over what tells views of an item
 * apart [Thilak2024].
 *
 * Plan. S_b and S_w as sums over rows, in double; S_w = L L^T; the eigenvalues of L^-1 S_b L^-T are those of
 * S_w^-1/2 S_b S_w^-1/2. Rotating the rows changes nothing; scaling them changes what delta weighs. */
#include "theory/criteria.h"

#include "linalg/cholesky.h"
#include "linalg/eigen.h"
#include "theory/pairs.h"

#include <math.h>

/* Means of the views of each item, [n,d], and their mean [d]. */
static void item_means(const akin_cmat *view, int32_t q, akin_mat mean, double *all)
{
    for (int64_t i = 0; i < mean.rows; i++)
        for (int64_t k = 0; k < mean.cols; k++) {
            double s = 0;
            for (int32_t t = 0; t < q; t++) s += (double)view[t].data[i * view[t].stride + k];
            ak_row(mean, i)[k] = (float)(s / q);
            all[k] += s / q / (double)mean.rows;
        }
}

/* within [d,d] += the moments of view t about the means of its items */
static bool add_within(akin_cmat view, akin_mat mean, akin_mat apart, double *within)
{
    for (int64_t i = 0; i < mean.rows; i++)
        for (int64_t k = 0; k < mean.cols; k++)
            ak_row(apart, i)[k] = view.data[i * view.stride + k] - ak_row(mean, i)[k];
    return ak_second_moment(akin_mat_const(apart), NULL, within);
}

/* a <- L^-1 a L^-T for symmetric a, L the lower triangle of l */
static void between_over_within(const double *l, int64_t d, double *a)
{
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < d; i++)
            for (int64_t c = 0; c < d; c++) {
                double s = a[i * d + c];
                for (int64_t k = 0; k < i; k++) s -= l[i * d + k] * a[k * d + c];
                a[i * d + c] = s / l[i * d + i];
            }
        for (int64_t i = 0; i < d; i++)
            for (int64_t c = 0; c < i; c++) {
                const double kept = a[i * d + c];
                a[i * d + c] = a[c * d + i];
                a[c * d + i] = kept;
            }
    }
}

static double smooth_rank(const double *l, int64_t d)
{
    double sum = 0, entropy = 0;
    for (int64_t j = 0; j < d; j++) sum += fmax(l[j], 0);
    if (!(sum > 0)) return 1;
    for (int64_t j = 0; j < d; j++) {
        const double p = fmax(l[j], 0) / sum + 1e-7;
        entropy -= p * log(p);
    }
    return exp(entropy);
}

akin_status ak_lidar(const akin_cmat *view, int32_t q, double delta, double *out, akin_error *err)
{
    const int64_t n = view[0].rows, d = view[0].cols;
    akin_mat mean = { ak_alloc(sizeof(float), n, d), n, d, d },
             apart = { ak_alloc(sizeof(float), n, d), n, d, d };
    double *all = ak_alloc(sizeof *all, d, 1), *within = ak_alloc(sizeof *within, d, d);
    double *between = ak_alloc(sizeof *between, d, d), *l = ak_alloc(sizeof *l, d, 1);
    bool there = mean.data && apart.data && all && within && between && l;
    if (there) item_means(view, q, mean, all);
    there = there && ak_second_moment(akin_mat_const(mean), all, between);
    for (int32_t t = 0; there && t < q; t++) there = add_within(view[t], mean, apart, within);
    akin_status status = there ? AKIN_OK : ak_no_memory(err, "for the moments of %lld columns", (long long)d);
    if (!status) {
        for (int64_t j = 0; j < d * d; j++) {
            between[j] /= (double)n;
            within[j] /= (double)(n * q);
        }
        for (int64_t j = 0; j < d; j++) within[j * d + j] += delta;
        ak_cholesky(within, d, delta / 2);
        between_over_within(within, d, between);
        status = ak_eigen(between, d, l, NULL, err);
    }
    if (!status) *out = smooth_rank(l, d);
    free(mean.data);
    free(apart.data);
    free(all);
    free(within);
    free(between);
    free(l);
    return status;
}
