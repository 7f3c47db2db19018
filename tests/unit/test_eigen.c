/* SPDX-License-Identifier: Apache-2.0 */
/* Eigenvalues held to what defines them (A v = lambda v, orthonormal v, trace), to matrices whose spectrum is
 * known, and to degenerate ones. Errors are a few ulps of the greatest value times sqrt(n): limit 1e-12 n. */
#include "linalg/cholesky.h"
#include "linalg/eigen.h"
#include "test.h"

static akin_error err;
enum { MOST = 130 };
static double a[MOST * MOST], copy[MOST * MOST], vector[MOST * MOST], value[MOST], only[MOST];

static void check(int64_t n, double scale)
{
    memcpy(copy, a, sizeof copy);
    CHECK_OK(ak_eigen(a, n, value, vector, &err));
    memcpy(a, copy, sizeof copy);
    CHECK_OK(ak_eigen(a, n, only, NULL, &err));
    const double limit = 1e-14 * (double)n * scale + 1e-300;
    double trace = 0, sum = 0;
    for (int64_t k = 0; k < n; k++) {
        CHECK_NEAR(only[k], value[k], limit);
        if (k) CHECK(value[k] <= value[k - 1]);
        trace += copy[k * n + k];
        sum += value[k];
        for (int64_t i = 0; i < n; i++) {
            double av = 0;
            for (int64_t j = 0; j < n; j++) av += copy[i * n + j] * vector[k * n + j];
            CHECK_NEAR(av, value[k] * vector[k * n + i], 10 * limit);
        }
        for (int64_t l = 0; l <= k; l++) {
            double product = 0;
            for (int64_t j = 0; j < n; j++) product += vector[k * n + j] * vector[l * n + j];
            CHECK_NEAR(product, k == l, 1e-13 * (double)n);
        }
    }
    CHECK_NEAR(sum, trace, limit * (double)n);
}

static void random_matrices(void **state)
{
    (void)state;
    static const int64_t size[] = { 1, 2, 3, 4, 7, 16, 33, 64, MOST };
    for (int t = 0; t < 9; t++)
        for (int power = -200; power <= 200; power += 200) {
            const double scale = pow(10, power);
            for (int64_t i = 0; i < size[t]; i++)
                for (int64_t j = 0; j <= i; j++)
                    a[i * size[t] + j] = a[j * size[t] + i] = scale * test_normal();
            check(size[t], scale * 3 * sqrt((double)size[t]));
        }
}

static void times(const double *x, double *y, void *ctx)
{
    const int64_t n = *(const int64_t *)ctx;
    for (int64_t i = 0; i < n; i++) {
        y[i] = 0;
        for (int64_t j = 0; j < n; j++) y[i] += a[i * n + j] * x[j];
    }
}

/* Gram matrices of nearly white noise, where the largest eigenvalues lie close; zero; one entry. */
static void largest(void **state)
{
    (void)state;
    static const int64_t size[] = { 1, 2, 5, 32, 80, 81, MOST };
    for (int t = 0; t < 7; t++) {
        int64_t n = size[t];
        for (int64_t i = 0; i < n * n; i++) copy[i] = test_normal();
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++) {
                a[i * n + j] = 0;
                for (int64_t k = 0; k < n; k++) a[i * n + j] += copy[i * n + k] * copy[j * n + k];
            }
        double found;
        CHECK_OK(ak_largest_eigenvalue(times, &n, n, &found, &err));
        memcpy(copy, a, sizeof copy);
        CHECK_OK(ak_eigen(a, n, value, NULL, &err));
        CHECK_NEAR(found, value[0], 1e-9 * value[0]); /* the stopping rule is 1e-10 */
        for (int64_t i = 0; i < n * n; i++) a[i] = 0;
        CHECK_OK(ak_largest_eigenvalue(times, &n, n, &found, &err));
        CHECK(found == 0);
    }
}

static void degenerate_matrices(void **state)
{
    (void)state;
    const int64_t n = 20;
    for (int64_t i = 0; i < n * n; i++) a[i] = 0;
    check(n, 1);
    for (int64_t i = 0; i < n; i++) a[i * n + i] = 2;
    check(n, 2);
    for (int64_t i = 0; i < n * n; i++) a[i] = 1; /* n once, 0 n-1 times */
    check(n, (double)n);
    CHECK_NEAR(value[0], n, 1e-12);
    for (int64_t i = 0; i < n * n; i++) a[i] = llabs(i / n - i % n) == 1; /* 2 cos(pi k/(n+1)) */
    check(n, 2);
    for (int64_t k = 0; k < n; k++)
        CHECK_NEAR(value[k], 2 * cos(3.14159265358979324 * (double)(k + 1) / (double)(n + 1)), 1e-13);
}

/* Cosines of n rows that are nearly the same: one eigenvalue is near n, so rounding is n times what it is at
 * 1, and nearly all the others are 0. The reference is the 16 x 16 problem of the same non-zero eigenvalues,
 * X'X for XX'. Errors: n entries of 1e-16 in each of n rows, in a matrix of norm n; the limit is 1e-14 n, as
 * in check(). */
static void alike_rows(void **state)
{
    (void)state;
    enum { ROWS = 1000, WIDTH = 16 };
    static const int64_t size[] = { 500, ROWS };
    static const double apart[] = { 1e-5, 1e-3 };
    static double x[ROWS * WIDTH], values[ROWS], small[WIDTH * WIDTH], want[WIDTH];
    double *gram = malloc(sizeof *gram * ROWS * ROWS);
    for (int t = 0; t < 2; t++) {
        const int64_t n = size[t];
        for (int64_t i = 0; i < n; i++) {
            double square = 0;
            for (int j = 0; j < WIDTH; j++) {
                x[i * WIDTH + j] = 1 + apart[t] * test_normal();
                square += x[i * WIDTH + j] * x[i * WIDTH + j];
            }
            for (int j = 0; j < WIDTH; j++) x[i * WIDTH + j] /= sqrt(square);
        }
        for (int64_t i = 0; i < n * n; i++) {
            gram[i] = 0;
            for (int j = 0; j < WIDTH; j++) gram[i] += x[i / n * WIDTH + j] * x[i % n * WIDTH + j];
        }
        memset(small, 0, sizeof small);
        for (int64_t i = 0; i < n; i++)
            for (int j = 0; j < WIDTH * WIDTH; j++)
                small[j] += x[i * WIDTH + j / WIDTH] * x[i * WIDTH + j % WIDTH];
        CHECK_OK(ak_eigen(small, WIDTH, want, NULL, &err));
        CHECK_OK(ak_eigen(gram, n, values, NULL, &err));
        for (int64_t k = 0; k < n; k++) CHECK_NEAR(values[k], k < WIDTH ? want[k] : 0, 1e-14 * (double)n);
    }
    free(gram);
}

static void not_finite(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 9; i++) a[i] = i == 5 ? (double)NAN : 1;
    CHECK_FAILS(ak_eigen(a, 3, value, NULL, &err), AKIN_ERR_NUMERIC, "1,2");
}

static void linear_systems(void **state)
{
    (void)state;
    const int64_t n = 25, m = 3;
    static double x[3 * 25], want[3 * 25];
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) copy[i * n + j] = test_normal();
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++) {
            a[i * n + j] = i == j;
            for (int64_t k = 0; k < n; k++) a[i * n + j] += copy[i * n + k] * copy[j * n + k];
        }
    for (int64_t r = 0; r < m; r++)
        for (int64_t i = 0; i < n; i++) want[r * n + i] = test_normal();
    for (int64_t r = 0; r < m; r++)
        for (int64_t i = 0; i < n; i++) {
            x[r * n + i] = 0;
            for (int64_t j = 0; j < n; j++) x[r * n + i] += a[i * n + j] * want[r * n + j];
        }
    CHECK_OK(ak_solve_spd(a, n, x, m, &err));
    for (int64_t i = 0; i < m * n; i++) CHECK_NEAR(x[i], want[i], 1e-10); /* condition about 100 */
    a[0] = -1;
    CHECK_FAILS(ak_solve_spd(a, 1, x, 1, &err), AKIN_ERR_NUMERIC, "positive definite");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_matrices), cmocka_unit_test(degenerate_matrices),
        cmocka_unit_test(alike_rows),      cmocka_unit_test(largest),
        cmocka_unit_test(not_finite),      cmocka_unit_test(linear_systems)
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
