/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/cholesky.c - A = L L', by panels of PANEL columns.
 *
 *     l_ij = (a_ij - sum_{k<j} l_ik l_jk) / l_jj,   l_jj = sqrt(a_jj - sum_{k<j} l_jk^2)
 *
 * The square on the diagonal of a panel is done row by row; the rows below it need only themselves and that
 * square, so they are independent: that is where the threads are. Each entry is one dot product in fixed
 * lanes, hence the same bits for any number of threads. */
#include "linalg/cholesky.h"

#include "linalg/dot.h"

#include <math.h>

enum { PANEL = 32, INVERSE = 64, GRAIN_ROWS = 16, GRAIN_COLUMNS = 64 };

typedef struct panel_work {
    double *a;
    int64_t n, first, last; /* columns of the panel */
} panel_work;

static void rows_below(int64_t begin, int64_t end, void *ctx)
{
    const panel_work *w = ctx;
    for (int64_t i = w->last + begin; i < w->last + end; i++) {
        double *row = w->a + i * w->n;
        for (int64_t j = w->first; j < w->last; j++) {
            const double *above = w->a + j * w->n;
            row[j] = (row[j] - ak_dot_tree(row, above, j)) / above[j];
        }
    }
}

void ak_cholesky(double *a, int64_t n, double floor)
{
    for (int64_t first = 0; first < n; first += PANEL) {
        panel_work w = { a, n, first, first + PANEL < n ? first + PANEL : n };
        for (int64_t i = first; i < w.last; i++) {
            double *row = a + i * n;
            for (int64_t j = first; j < i; j++)
                row[j] = (row[j] - ak_dot_tree(row, a + j * n, j)) / a[j * n + j];
            const double pivot = row[i] - ak_dot_tree(row, row, i);
            row[i] = sqrt(pivot > floor ? pivot : floor);
        }
        ak_parallel_for(n - w.last, GRAIN_ROWS, rows_below, &w);
    }
}

typedef struct solve_work {
    const double *l;
    double *b;
    int64_t n, columns;
} solve_work;

/* Columns do not meet: a range of them is solved from the first row to the last and back. */
static void solve_columns(int64_t begin, int64_t end, void *ctx)
{
    const solve_work *w = ctx;
    const double *l = w->l;
    const int64_t n = w->n, columns = w->columns;
    for (int64_t i = 0; i < n; i++) {
        double *x = w->b + i * columns;
        for (int64_t k = 0; k < i; k++)
            for (int64_t c = begin; c < end; c++) x[c] -= l[i * n + k] * w->b[k * columns + c];
        for (int64_t c = begin; c < end; c++) x[c] /= l[i * n + i];
    }
    for (int64_t i = n; i-- > 0;) { /* column i of L' is row i of L: push x_i into the rows above */
        double *x = w->b + i * columns;
        for (int64_t c = begin; c < end; c++) x[c] /= l[i * n + i];
        for (int64_t k = 0; k < i; k++)
            for (int64_t c = begin; c < end; c++) w->b[k * columns + c] -= l[i * n + k] * x[c];
    }
}

void ak_cholesky_solve(const double *l, int64_t n, double *b, int64_t columns)
{
    solve_work w = { l, b, n, columns };
    ak_parallel_for(columns, GRAIN_COLUMNS, solve_columns, &w);
}

/* L^-1, INVERSE columns a task. -------------------------------------------------------------------------- */

typedef struct inversion {
    const double *l;
    int64_t n;
    double *panel; /* [workers,n,INVERSE] */
    float *inverse;
} inversion;

/* Row i of M = L^-1 is (e_i - sum_{k<i} l_ik row k) / l_ii. */
static void invert_panel(int64_t task, int worker, void *ctx)
{
    const inversion *v = ctx;
    const int64_t n = v->n, first = task * INVERSE, cols = n - first < INVERSE ? n - first : INVERSE;
    double *m = v->panel + (int64_t)worker * n * INVERSE;
    for (int64_t i = first; i < n; i++) {
        double *restrict row = m + i * INVERSE;
        for (int64_t c = 0; c < INVERSE; c++) row[c] = c == i - first ? 1 : 0;
        for (int64_t k = first; k < i; k++) {
            const double l = v->l[i * n + k], *restrict above = m + k * INVERSE;
            for (int64_t c = 0; c < INVERSE; c++) row[c] -= l * above[c];
        }
        for (int64_t c = 0; c < INVERSE; c++) row[c] /= v->l[i * n + i];
        for (int64_t c = 0; c < cols; c++) v->inverse[i * n + first + c] = (float)row[c];
    }
}

bool ak_cholesky_inverse(const double *l, int64_t n, float *inverse)
{
    inversion v = { l, n, ak_alloc(sizeof(double), akin_threads() * n, INVERSE), inverse };
    if (!v.panel) return false;
    ak_parallel_tasks((n + INVERSE - 1) / INVERSE, invert_panel, &v);
    free(v.panel);
    return true;
}

/* A small system on one thread. -------------------------------------------------------------------------- */

akin_status ak_solve_spd(double *a, int64_t n, double *b, int64_t m, akin_error *err)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            const double s = a[i * n + j] - ak_dot(a + i * n, a + j * n, j);
            if (i != j)
                a[i * n + j] = s / a[j * n + j];
            else if (s > 0)
                a[i * n + i] = sqrt(s);
            else
                return ak_fail(err, AKIN_ERR_NUMERIC, "the matrix is not positive definite: pivot %lld is %g",
                               (long long)i, s);
        }
    for (int64_t r = 0; r < m; r++) {
        double *x = b + r * n;
        for (int64_t i = 0; i < n; i++) x[i] = (x[i] - ak_dot(a + i * n, x, i)) / a[i * n + i];
        for (int64_t i = n - 1; i >= 0; i--) {
            x[i] /= a[i * n + i];
            for (int64_t j = 0; j < i; j++) x[j] -= a[i * n + j] * x[i];
        }
    }
    return AKIN_OK;
}
