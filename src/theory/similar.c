/* SPDX-License-Identifier: Apache-2.0 */
/* theory/similar.c - do two representations of the same items agree? Common neighbours [Huh2024] and linear
 * CKA [Kornblith2019]. Moments in double; rows as given, columns centred for CKA. */
#include "theory/similar.h"

#include "theory/pairs.h"

#include <math.h>

double ak_mutual_neighbours(const int32_t *a, const int32_t *b, int64_t n, int64_t k)
{
    int64_t common = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t x = 0; x < k; x++)
            for (int64_t y = 0; y < k; y++) common += a[i * k + x] == b[i * k + y];
    return (double)common / ((double)n * (double)k);
}

static void column_means(akin_cmat x, double *mean)
{
    for (int64_t i = 0; i < x.rows; i++)
        for (int64_t j = 0; j < x.cols; j++) mean[j] += (double)ak_crow(x, i)[j];
    for (int64_t j = 0; j < x.cols; j++) mean[j] /= (double)x.rows;
}

static double frobenius(const double *x, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += x[i] * x[i];
    return s;
}

akin_status ak_linear_cka(akin_cmat x, akin_cmat y, double *out, akin_error *err)
{
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "out must not be NULL");
    AK_TRY(ak_check_view(x, "cka: first", err));
    AK_TRY(ak_check_view(y, "cka: second", err));
    if (x.rows != y.rows)
        return ak_fail(err, AKIN_ERR_SHAPE, "cka: %lld rows beside %lld; both must hold the same items",
                       (long long)x.rows, (long long)y.rows);
    const int64_t d = x.cols, e = y.cols;
    double *mx = ak_alloc(sizeof *mx, d, 1), *my = ak_alloc(sizeof *my, e, 1);
    double *xx = ak_alloc(sizeof *xx, d, d), *yy = ak_alloc(sizeof *yy, e, e),
           *xy = ak_alloc(sizeof *xy, d, e);
    bool ok = mx && my && xx && yy && xy;
    if (ok) {
        column_means(x, mx);
        column_means(y, my);
        ok = ak_second_moment(x, mx, xx) && ak_second_moment(y, my, yy) && ak_cross_moment(x, mx, y, my, xy);
    }
    if (ok) {
        const double scale = sqrt(frobenius(xx, d * d)) * sqrt(frobenius(yy, e * e));
        *out = scale > 0 ? frobenius(xy, d * e) / scale : (double)NAN;
    }
    free(mx);
    free(my);
    free(xx);
    free(yy);
    free(xy);
    return ok ? AKIN_OK
              : ak_fail(err, AKIN_ERR_NOMEM, "cka: no memory for %lld and %lld columns", (long long)d,
                        (long long)e);
}
