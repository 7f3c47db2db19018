/* SPDX-License-Identifier: Apache-2.0 */
/* The eigenproblem over the matrices that real features make: of low rank, graded over many powers of ten,
 * with clusters of eigenvalues, nearly diagonal, of tiny or huge numbers, and Gram matrices of rows that are
 * strongly alike. Held to what defines the answer, relative to the norm of the matrix, and up to SMALL
 * columns to Jacobi's rotations in long double, which share no code with it.
 *
 * Limits. Reflections and rotations are orthogonal up to rounding u = 1.1e-16; n of them, each on numbers of
 * up to |A|, give an error of a few n u |A|, in practice of sqrt(n) u |A|. So: 10 n u. */
#include "linalg/eigen.h"
#include "test.h"

static akin_error err;

enum { MOST = 90, SMALL = 24 };
typedef long double number;
static double a[MOST * MOST], kept[MOST * MOST], vector[MOST * MOST], value[MOST], alone[MOST];
static const double ROUNDING = 0x1p-53;

/* a = Q^T diag(l) Q of random rotations */
static void from_spectrum(const double *l, int n)
{
    memset(a, 0, sizeof a);
    for (int i = 0; i < n; i++) a[i * n + i] = l[i];
    for (int k = 0; k < 3 * n; k++) {
        double v[MOST], p[MOST], square = 0, along = 0;
        for (int i = 0; i < n; i++) {
            v[i] = test_normal();
            square += v[i] * v[i];
        }
        for (int i = 0; i < n; i++) {
            v[i] /= sqrt(square);
            p[i] = 0;
        }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) p[i] += a[i * n + j] * v[j];
        for (int i = 0; i < n; i++) along += v[i] * p[i];
        for (int i = 0; i < n; i++) p[i] -= along * v[i];
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) {
                a[i * n + j] -= 2 * (v[i] * p[j] + p[i] * v[j]);
                a[j * n + i] = a[i * n + j];
            }
    }
}

/* Gram matrix of n rows of width d; rows: a common one and `apart` times others. */
static void gram(int n, int d, double apart)
{
    static double x[MOST * MOST];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < d; j++) x[i * d + j] = (j % 3 - 1.2) + apart * test_normal();
    for (int i = 0; i < n * n; i++) {
        a[i] = 0;
        for (int j = 0; j < d; j++) a[i] += x[i / n * d + j] * x[i % n * d + j];
    }
}

static void low_rank(int n) { gram(n, 1 + n / 5, 1); }
static void alike(int n) { gram(n, 1 + n / 2, pow(10, -(double)test_int(1, 8))); }
static void zero(int n) { memset(a, 0, sizeof *a * (size_t)(n * n)); }

static void graded(int n)
{
    const double step = pow(10, -test_uniform(0.2, 4));
    gram(n, n, 1);
    for (int i = 0; i < n * n; i++) a[i] *= pow(step, i / n) * pow(step, i % n);
}

static void graded_upwards(int n)
{
    graded(n);
    for (int i = 0; i < n * n / 2; i++) { /* both orders backwards */
        const double x = a[i];
        a[i] = a[n * n - 1 - i];
        a[n * n - 1 - i] = x;
    }
}

static void clustered(int n)
{
    double l[MOST];
    for (int i = 0; i < n; i++) l[i] = (double)(i % 3 - 1) + 1e-13 * (double)i;
    from_spectrum(l, n);
}

static void falling(int n)
{
    double l[MOST];
    for (int i = 0; i < n; i++) l[i] = pow(0.1, 0.7 * i);
    from_spectrum(l, n);
}

static void indefinite(int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = test_normal();
}

static void nearly_diagonal(int n)
{
    indefinite(n);
    for (int i = 0; i < n * n; i++) a[i] = i / n == i % n ? 1 + (i / n) % 2 : 1e-17 * a[i];
}

static void tridiagonal(int n) /* Wilkinson: pairs of eigenvalues that agree to many digits */
{
    zero(n);
    for (int i = 0; i < n; i++) {
        a[i * n + i] = fabs(i - 0.5 * (n - 1));
        if (i) a[i * n + i - 1] = a[(i - 1) * n + i] = 1;
    }
}

static void one_entry(int n)
{
    zero(n);
    a[n * n - 1] = -3;
    a[n - 1] = a[(n - 1) * n] = 1e-30;
}

/* Jacobi's rotations: eigenvalues of a, decreasing. */
static void jacobi(int n, double *out)
{
    static number x[SMALL * SMALL];
    for (int i = 0; i < n * n; i++) x[i] = kept[i];
    for (int sweep = 0; sweep < 60; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                const number z = x[p * n + q];
                if (z == 0) continue;
                const number theta = (x[q * n + q] - x[p * n + p]) / (2 * z);
                const number t = copysignl(1, theta) / (fabsl(theta) + sqrtl(theta * theta + 1));
                const number c = 1 / sqrtl(t * t + 1), s = t * c;
                for (int k = 0; k < n; k++) {
                    const number g = x[k * n + p], h = x[k * n + q];
                    x[k * n + p] = c * g - s * h;
                    x[k * n + q] = s * g + c * h;
                }
                for (int k = 0; k < n; k++) {
                    const number g = x[p * n + k], h = x[q * n + k];
                    x[p * n + k] = c * g - s * h;
                    x[q * n + k] = s * g + c * h;
                }
            }
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && out[at - 1] < (double)x[i * n + i]; at--) out[at] = out[at - 1];
        out[at] = (double)x[i * n + i];
    }
}

static void check(int n, const char *family)
{
    double norm = 0, want[SMALL];
    for (int i = 0; i < n * n; i++) norm = hypot(norm, a[i]);
    memcpy(kept, a, sizeof kept);
    const akin_status status = ak_eigen(a, n, value, vector, &err);
    if (status) print_error("%s of %d columns\n", family, n);
    CHECK_OK(status);
    memcpy(a, kept, sizeof a);
    CHECK_OK(ak_eigen(a, n, alone, NULL, &err));
    const double limit = 10 * n * ROUNDING * norm, unit = 10 * n * ROUNDING;
    if (n <= SMALL) jacobi(n, want);
    for (int k = 0; k < n; k++) {
        CHECK(alone[k] == value[k] && (k == 0 || value[k] <= value[k - 1]));
        if (n <= SMALL) CHECK_NEAR(value[k], want[k], limit);
        double residual = 0;
        for (int i = 0; i < n; i++) {
            double av = 0;
            for (int j = 0; j < n; j++) av += kept[i * n + j] * vector[k * n + j];
            residual = hypot(residual, av - value[k] * vector[k * n + i]);
        }
        CHECK_LE(residual, limit);
        for (int l = 0; l <= k; l++) {
            double product = 0;
            for (int j = 0; j < n; j++) product += vector[k * n + j] * vector[l * n + j];
            CHECK_NEAR(product, k == l, unit);
        }
    }
}

static const struct {
    const char *name;
    void (*make)(int n);
} FAMILIES[] = {
    { "low rank", low_rank },
    { "alike rows", alike },
    { "zero", zero },
    { "graded", graded },
    { "graded upwards", graded_upwards },
    { "clustered", clustered },
    { "falling", falling },
    { "indefinite", indefinite },
    { "nearly diagonal", nearly_diagonal },
    { "tridiagonal", tridiagonal },
    { "one entry", one_entry },
};

static void families(void **state)
{
    (void)state;
    static const int power[] = { 0, 0, -250, 250, -140, 140 };
    const int trials = getenv("AKIN_TEST_FULL") ? 400 : 12;
    for (size_t f = 0; f < sizeof FAMILIES / sizeof *FAMILIES; f++)
        for (int t = 0; t < trials; t++) {
            const int n = (int)(t % 3 ? test_int(1, SMALL) : test_int(SMALL, MOST));
            FAMILIES[f].make(n);
            for (int i = 0; i < n * n; i++) a[i] *= pow(10, power[t % 6]);
            check(n, FAMILIES[f].name);
        }
}

/* Rows that are alike up to 1e-k, as many as a diagnosis looks at: the values against X^T X, which has the
 * same ones apart from zeros. */
static void many_alike_rows(void **state)
{
    (void)state;
    enum { WIDTH = 8, ROWS = 600 };
    static double x[ROWS * WIDTH], values[ROWS], want[WIDTH], small[WIDTH * WIDTH];
    double *square = malloc(sizeof *square * ROWS * ROWS);
    const int most = getenv("AKIN_TEST_FULL") ? 8 : 3;
    for (int k = 1; k <= most; k++) {
        const double apart = pow(10, most > 3 ? -k : -3 * k + 1);
        memset(small, 0, sizeof small);
        for (int i = 0; i < ROWS * WIDTH; i++) x[i] = 1 + apart * test_normal();
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < WIDTH * WIDTH; j++)
                small[j] += x[i * WIDTH + j / WIDTH] * x[i * WIDTH + j % WIDTH];
        for (int i = 0; i < ROWS * ROWS; i++) {
            square[i] = 0;
            for (int j = 0; j < WIDTH; j++) square[i] += x[i / ROWS * WIDTH + j] * x[i % ROWS * WIDTH + j];
        }
        CHECK_OK(ak_eigen(small, WIDTH, want, NULL, &err));
        CHECK_OK(ak_eigen(square, ROWS, values, NULL, &err));
        for (int i = 0; i < ROWS; i++)
            CHECK_NEAR(values[i], i < WIDTH ? want[i] : 0, 10 * ROUNDING * ROWS * want[0]);
    }
    free(square);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(families), cmocka_unit_test(many_alike_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
