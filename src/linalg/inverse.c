/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/inverse.c - Gauss-Jordan elimination in place, the largest entry of a column as its pivot
 * [Golub2013 sec.3.4].
 *
 * Step k exchanges row k with that of the pivot, divides it by the pivot, and takes it from all other rows;
 * where column k would become one of the unit matrix, the inverse's column is kept. The exchanges of rows are
 * exchanges of columns of the inverse, in reverse. 2 n^3 operations. The rows of a step are independent. */
#include "linalg/inverse.h"

#include <math.h>

enum { GRAIN_ROWS = 48 };

typedef struct step {
    double *a;
    int64_t n, k;
} step;

static void take_from_rows(int64_t begin, int64_t end, void *ctx)
{
    const step *s = ctx;
    const int64_t n = s->n;
    const double *restrict pivot = s->a + s->k * n;
    for (int64_t i = begin; i < end; i++) {
        double *restrict row = s->a + i * n;
        const double factor = row[s->k];
        if (i == s->k || factor == 0) continue;
        row[s->k] = 0;
        for (int64_t j = 0; j < n; j++) row[j] -= factor * pivot[j];
    }
}

static void exchange(double *x, double *y, int64_t n, int64_t stride)
{
    for (int64_t i = 0; i < n; i++) {
        const double kept = x[i * stride];
        x[i * stride] = y[i * stride];
        y[i * stride] = kept;
    }
}

bool ak_invert(double *a, int64_t n, int32_t *pivot, double *log_det)
{
    *log_det = 0;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
        const double size = a[best * n + k];
        *log_det += log(fabs(size));
        if (!(fabs(size) > 0)) return false;
        pivot[k] = (int32_t)best;
        if (best != k) exchange(a + k * n, a + best * n, n, 1);
        a[k * n + k] = 1;
        for (int64_t j = 0; j < n; j++) a[k * n + j] /= size;
        step s = { a, n, k };
        ak_parallel_for(n, GRAIN_ROWS, take_from_rows, &s);
    }
    for (int64_t k = n; k-- > 0;)
        if (pivot[k] != k) exchange(a + k, a + pivot[k], n, n);
    return true;
}
