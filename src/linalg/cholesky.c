/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/cholesky.c - A = L L', by panels of PANEL columns.
 *
 *     l_ij = (a_ij - sum_{k<j} l_ik l_jk) / l_jj,   l_jj = sqrt(a_jj - sum_{k<j} l_jk^2)
 *
 * The square on the diagonal of a panel is done row by row; the rows below it need only themselves and that
 * square, so they are independent: that is where the threads are. Each entry is one dot product in fixed lanes,
 * hence the same bits for any number of threads. */
#include "linalg/cholesky.h"

#include <math.h>

enum { PANEL = 32, LANES = 8, GRAIN_ROWS = 16, GRAIN_COLUMNS = 64 };

static double dot(const double *a, const double *b, int64_t n)
{
    double lane[LANES] = { 0 };
    int64_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += a[k + l] * b[k + l];
    for (; k < n; k++) lane[k % LANES] += a[k] * b[k];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

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
            row[j] = (row[j] - dot(row, above, j)) / above[j];
        }
    }
}

void ak_cholesky(double *a, int64_t n, double floor)
{
    for (int64_t first = 0; first < n; first += PANEL) {
        panel_work w = { a, n, first, first + PANEL < n ? first + PANEL : n };
        for (int64_t i = first; i < w.last; i++) {
            double *row = a + i * n;
            for (int64_t j = first; j < i; j++) row[j] = (row[j] - dot(row, a + j * n, j)) / a[j * n + j];
            const double pivot = row[i] - dot(row, row, i);
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
