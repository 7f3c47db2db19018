/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/eigen.c - symmetric eigenproblems by Householder reflections and the QL iteration  [Golub2013
 * sec.8.3].
 *
 * Plan. A is scaled by its greatest entry and reduced to a tridiagonal T = Q^T A Q by n-2 reflections
 * H = I - 2 v v^T: with p = A v and w = p - (v.p) v,
 *
 *     H A H = A - 2 v w^T - 2 w v^T.
 *
 * The whole of A is kept, not one triangle, so that both passes walk rows; v is left in the row it emptied. T
 * is diagonalised by QL with implicit shifts; vectors, when wanted, are rows, so that a rotation works on two
 * rows. 2n^3 operations for the values, about 4n^3 more for the vectors.
 *
 * Precision. Double; values are good to a few ulps of the greatest one, so tiny values have an absolute
 * error.
 *
 * Threads. Rows of a pass are independent: the result does not depend on the number of threads. */
#include "linalg/eigen.h"

#include "linalg/dot.h"

#include <math.h>
#include <string.h>

enum { GRAIN_ROWS = 48, SWEEPS = 60 };
static const double ROUNDING = 0x1p-53; /* half the distance from 1 to the next double */

typedef struct reflection {
    double *a;
    int64_t n, first; /* the trailing square begins at row and column `first` */
    const double *v;  /* [n-first] */
    double *p;        /* [n-first] */
} reflection;

static void multiply(int64_t begin, int64_t end, void *ctx)
{
    const reflection *r = ctx;
    const int64_t m = r->n - r->first;
    for (int64_t i = begin; i < end; i++) r->p[i] = ak_dot(r->a + (r->first + i) * r->n + r->first, r->v, m);
}

static void update(int64_t begin, int64_t end, void *ctx)
{
    const reflection *r = ctx;
    const int64_t m = r->n - r->first;
    for (int64_t i = begin; i < end; i++) {
        double *restrict row = r->a + (r->first + i) * r->n + r->first;
        const double *restrict v = r->v, *restrict w = r->p;
        const double vi = 2 * v[i], wi = 2 * w[i];
        for (int64_t j = 0; j < m; j++) row[j] -= vi * w[j] + wi * v[j];
    }
}

/* A graded matrix has rows whose squares underflow, and a reflection of numbers without digits is none: such
 * a row is multiplied by a power of two. Returns what its numbers are in units of. Others are left alone. */
static double scale_up(double *v, int64_t m)
{
    static const double SMALL = 0x1p-900; /* squares of single entries may go on to underflow */
    double greatest = 0;
    if (ak_dot(v, v, m) >= SMALL) return 1;
    for (int64_t i = 0; i < m; i++) greatest = fmax(greatest, fabs(v[i]));
    if (greatest == 0) return 1;
    const int power = ilogb(greatest);
    for (int64_t i = 0; i < m; i++) v[i] = ldexp(v[i], -power);
    return ldexp(1, power);
}

/* diagonal [n], below [n]: below[i] joins i and i+1. */
static void tridiagonalise(double *a, int64_t n, double *diagonal, double *below, double *p)
{
    for (int64_t k = 0; k < n; k++) {
        diagonal[k] = a[k * n + k];
        below[k] = 0;
        if (k + 1 >= n) break;
        double *v = a + k * n + k + 1;
        const int64_t m = n - k - 1;
        if (m == 1) {
            below[k] = v[0];
            v[0] = 0;
            continue;
        }
        const double unit = scale_up(v, m);
        const double length = sqrt(ak_dot(v, v, m)), alpha = v[0] > 0 ? -length : length;
        below[k] = unit * alpha;
        if (ak_dot(v + 1, v + 1, m - 1) == 0) { /* nothing to reflect */
            below[k] = unit * v[0];
            memset(v, 0, (size_t)m * sizeof *v);
            continue;
        }
        v[0] -= alpha;
        const double scale = 1 / sqrt(ak_dot(v, v, m));
        for (int64_t i = 0; i < m; i++) v[i] *= scale;
        reflection r = { a, n, k + 1, v, p };
        ak_parallel_for(m, GRAIN_ROWS, multiply, &r);
        const double along = ak_dot(v, p, m);
        for (int64_t i = 0; i < m; i++) p[i] -= along * v[i];
        ak_parallel_for(m, GRAIN_ROWS, update, &r);
    }
}

typedef struct basis {
    const double *a;
    int64_t n;
    double *z; /* [n,n] */
} basis;

/* Rows of Q^T = H_{n-2} ... H_0, each row on its own. */
static void fill_basis(int64_t begin, int64_t end, void *ctx)
{
    const basis *b = ctx;
    const int64_t n = b->n;
    for (int64_t i = begin; i < end; i++) {
        double *row = b->z + i * n;
        memset(row, 0, (size_t)n * sizeof *row);
        row[i] = 1;
        for (int64_t k = n - 2; k >= 0; k--) {
            const double *v = b->a + k * n + k + 1;
            const double along = 2 * ak_dot(row + k + 1, v, n - k - 1);
            if (along == 0) continue;
            for (int64_t j = 0; j < n - k - 1; j++) row[k + 1 + j] -= along * v[j];
        }
    }
}

static void rotate(double *restrict upper, double *restrict lower, int64_t n, double c, double s)
{
    for (int64_t k = 0; k < n; k++) {
        const double f = lower[k];
        lower[k] = s * upper[k] + c * f;
        upper[k] = c * upper[k] - s * f;
    }
}

/* One QL step with implicit shift on the block l..m. */
static void ql_step(double *d, double *e, double *z, int64_t n, int64_t l, int64_t m)
{
    double g = (d[l + 1] - d[l]) / (2 * e[l]), r = hypot(g, 1);
    g = d[m] - d[l] + e[l] / (g + copysign(r, g));
    double s = 1, c = 1, p = 0;
    for (int64_t i = m - 1; i >= l; i--) {
        double f = s * e[i];
        const double b = c * e[i];
        r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0) { /* the block falls apart here */
            d[i + 1] -= p;
            e[m] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        if (z) rotate(z + i * n, z + (i + 1) * n, n, c, s);
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0;
}

/* Whether QL came to an end: T is a diagonal of numbers when every entry beside the diagonal is nothing.
 *
 * Nothing is at first the rounding of the entry's two neighbours and of the greatest entry of A, which is 1.
 * But the rotations round to the norm of A, and n alike rows have a norm near n: their least eigenvalues can
 * then never be told from 0 that exactly. When SWEEPS steps have not found an eigenvalue, nothing becomes the
 * rounding of the norm, for this eigenvalue and all that follow. */
static bool diagonalise(double *d, double *e, double *z, int64_t n)
{
    double norm = 0, nothing = 0.5 * ROUNDING;
    for (int64_t i = 0; i < n; i++) norm = fmax(norm, fabs(d[i]) + fabs(e[i]) + (i ? fabs(e[i - 1]) : 0));
    for (int64_t l = 0; l < n; l++)
        for (int sweep = 0;; sweep++) {
            int64_t m = l;
            while (m + 1 < n && fabs(e[m]) > ROUNDING * (fabs(d[m]) + fabs(d[m + 1])) + nothing) m++;
            if (m == l) break;
            if (sweep == SWEEPS) nothing = 2 * ROUNDING * norm;
            if (sweep == 2 * SWEEPS) return false;
            ql_step(d, e, z, n, l, m);
        }
    return true;
}

/* Selection: n swaps of rows at most. */
static void sort_down(double *value, double *vector, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t best = i;
        for (int64_t j = i + 1; j < n; j++)
            if (value[j] > value[best]) best = j;
        if (best == i) continue;
        const double kept = value[i];
        value[i] = value[best];
        value[best] = kept;
        for (int64_t k = 0; vector && k < n; k++) {
            const double x = vector[i * n + k];
            vector[i * n + k] = vector[best * n + k];
            vector[best * n + k] = x;
        }
    }
}

akin_status ak_eigen(double *a, int64_t n, double *value, double *vector, akin_error *err)
{
    double greatest = 0;
    for (int64_t i = 0; i < n * n; i++) {
        if (!isfinite(a[i]))
            return ak_fail(err, AKIN_ERR_NUMERIC, "eigenvalues: entry %lld,%lld of the matrix is %g",
                           (long long)(i / n), (long long)(i % n), a[i]);
        greatest = fmax(greatest, fabs(a[i]));
    }
    double *work = ak_alloc(sizeof *work, 2 * n, 1);
    if (!work) return ak_fail(err, AKIN_ERR_NOMEM, "eigenvalues: no memory for %lld columns", (long long)n);
    const double scale = greatest > 0 ? 1 / greatest : 1;
    for (int64_t i = 0; i < n * n; i++) a[i] *= scale;
    tridiagonalise(a, n, value, work, work + n);
    if (vector) {
        basis b = { a, n, vector };
        ak_parallel_for(n, GRAIN_ROWS, fill_basis, &b);
    }
    const bool done = diagonalise(value, work, vector, n);
    free(work);
    if (!done) return ak_fail(err, AKIN_ERR_NUMERIC, "eigenvalues: no convergence in %d sweeps", 2 * SWEEPS);
    for (int64_t i = 0; i < n; i++) value[i] *= greatest > 0 ? greatest : 1;
    sort_down(value, vector, n);
    return AKIN_OK;
}

/* The largest eigenvalue of the tridiagonal matrix with diagonal a [m] and b [m-1] beside it, by bisection on
 * the number of eigenvalues above x, which is the number of positive pivots of T - x. */
static double largest_of_tridiagonal(const double *a, const double *b, int m)
{
    double low = a[0], high = a[0];
    for (int i = 0; i < m; i++) {
        const double radius = (i ? b[i - 1] : 0) + (i + 1 < m ? b[i] : 0);
        low = fmax(low, a[i]);
        high = fmax(high, a[i] + radius);
    }
    while (high - low > 1e-14 * fabs(high)) {
        const double x = 0.5 * (low + high);
        if (x <= low || x >= high) break;
        double pivot = 1;
        int above = 0;
        for (int i = 0; i < m; i++) {
            pivot = a[i] - x - (i ? b[i - 1] * b[i - 1] / pivot : 0);
            if (pivot == 0) pivot = -1e-300;
            above += pivot > 0;
        }
        *(above ? &low : &high) = x;
    }
    return low;
}

/* Lanczos with full orthogonalisation: STEPS products at most. Power iteration takes the square of the steps
 * for the same accuracy where the largest eigenvalues are close, as in features without collapse. */
akin_status ak_largest_eigenvalue(ak_apply *apply, void *ctx, int64_t n, double *value, akin_error *err)
{
    enum { STEPS = 80, SETTLED = 4 };
    const int most = n < STEPS ? (int)n : STEPS;
    double *q = ak_alloc(sizeof *q, most + 1, n);
    if (!q) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for an eigenvalue of %lld columns", (long long)n);
    double a[STEPS], b[STEPS], theta[STEPS];
    for (int64_t j = 0; j < n; j++) q[j] = sin(1 + 12.9898 * (double)j);
    const double length = sqrt(ak_dot(q, q, n));
    for (int64_t j = 0; j < n; j++) q[j] /= length;
    *value = 0;
    for (int k = 0; k < most; k++) {
        double *w = q + (k + 1) * n;
        apply(q + k * n, w, ctx);
        a[k] = ak_dot(q + k * n, w, n);
        for (int l = 2 * k + 1; l >= 0; l--) { /* each twice: once loses digits */
            const double *u = q + (l % (k + 1)) * n, along = ak_dot(u, w, n);
            for (int64_t j = 0; j < n; j++) w[j] -= along * u[j];
        }
        b[k] = sqrt(ak_dot(w, w, n));
        *value = theta[k] = fmax(largest_of_tridiagonal(a, b, k + 1), 0);
        const bool settled = k >= 2 * SETTLED && theta[k] - theta[k - SETTLED] <= 1e-10 * theta[k];
        if (settled || b[k] <= 1e-13 * theta[k]) break;
        for (int64_t j = 0; j < n; j++) w[j] /= b[k];
    }
    free(q);
    return AKIN_OK;
}
