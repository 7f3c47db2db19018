/* SPDX-License-Identifier: Apache-2.0 */
/* linear-v1 in three links: Cholesky and L-BFGS against what they must satisfy; value and gradient of the
 * logistic loss against a naive one in double, itself held to central differences; the whole protocol against
 * the optimum that plain gradient descent in double reaches on the same problem. */
#include "base/rng.h"
#include "linalg/cholesky.h"
#include "eval/linear.h"
#include "linalg/lbfgs.h"
#include "eval/logistic.h"
#include "test.h"

static akin_error err;

enum { MAX_N = 400, MAX_D = 40, MAX_C = 8 };
static float train_x[MAX_N * MAX_D], test_x[MAX_N * MAX_D];
static int32_t train_y[MAX_N], test_y[MAX_N];

/* Gaussian classes; columns with very different scales and means. */
static akin_eval_data gaussian(int64_t n, int64_t m, int64_t d, int32_t classes, double apart)
{
    for (int64_t i = 0; i < n + m; i++) {
        float *x = i < n ? train_x + i * d : test_x + (i - n) * d;
        const int32_t y = (int32_t)(i % classes);
        *(i < n ? &train_y[i] : &test_y[i - n]) = y;
        for (int64_t j = 0; j < d; j++) {
            const double scale = (double)(1 << (j % 7));
            x[j] = (float)(scale * (test_normal() + (j % classes == y ? apart : 0) + (double)(j % 3)));
        }
    }
    return (akin_eval_data){
        sizeof(akin_eval_data), { train_x, n, d, d }, train_y, n, { test_x, m, d, d }, test_y, m
    };
}

/* The naive loss ----------------------------------------------------------------------------------------- */

typedef struct naive {
    int64_t n, d, classes;
    double lambda;
    const double *x; /* [n,d] standardised */
    const int32_t *y;
} naive;

/* Standard form by the definition; a column without spread is left out, that is, set to 0. */
static void standardise(const float *x, int64_t n, int64_t d, const float *by, int64_t by_n, double *out)
{
    for (int64_t j = 0; j < d; j++) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < by_n; i++) mean += by[i * d + j] / (double)by_n;
        for (int64_t i = 0; i < by_n; i++)
            square += (by[i * d + j] - mean) * (by[i * d + j] - mean) / (double)by_n;
        for (int64_t i = 0; i < n; i++)
            out[i * d + j] = square > 1e-12 ? (x[i * d + j] - mean) / sqrt(square) : 0;
    }
}

static double naive_score(const naive *p, const double *theta, const double *x, int64_t c)
{
    double z = theta[c * (p->d + 1) + p->d];
    for (int64_t j = 0; j < p->d; j++) z += theta[c * (p->d + 1) + j] * x[j];
    return z;
}

static double naive_value(const naive *p, const double *theta, double *grad)
{
    double loss = 0;
    for (int64_t k = 0; grad && k < p->classes * (p->d + 1); k++) grad[k] = 0;
    for (int64_t i = 0; i < p->n; i++) {
        double z[MAX_C] = { 0 }, most = -1e300, total = 0;
        for (int64_t c = 0; c < p->classes; c++) {
            z[c] = naive_score(p, theta, p->x + i * p->d, c);
            if (z[c] > most) most = z[c];
        }
        for (int64_t c = 0; c < p->classes; c++) total += exp(z[c] - most);
        loss += (log(total) + most - z[p->y[i]]) / (double)p->n;
        for (int64_t c = 0; grad && c < p->classes; c++) {
            const double r = (exp(z[c] - most) / total - (c == p->y[i])) / (double)p->n;
            for (int64_t j = 0; j < p->d; j++) grad[c * (p->d + 1) + j] += r * p->x[i * p->d + j];
            grad[c * (p->d + 1) + p->d] += r;
        }
    }
    for (int64_t c = 0; c < p->classes; c++)
        for (int64_t j = 0; j < p->d; j++) {
            const double w = theta[c * (p->d + 1) + j];
            loss += p->lambda / 2 * w * w;
            if (grad) grad[c * (p->d + 1) + j] += p->lambda * w;
        }
    return loss;
}

static void naive_gradient_matches_central_differences(void **state)
{
    (void)state;
    static double x[MAX_N * MAX_D], theta[MAX_C * (MAX_D + 1)], grad[MAX_C * (MAX_D + 1)];
    gaussian(30, 1, 5, 4, 1);
    standardise(train_x, 30, 5, train_x, 30, x);
    const naive p = { 30, 5, 4, 0.03, x, train_y };
    for (int k = 0; k < 24; k++) theta[k] = test_normal();
    naive_value(&p, theta, grad);
    const double h = 0x1p-17; /* about cbrt(DBL_EPSILON) */
    for (int k = 0; k < 24; k++) {
        const double at = theta[k];
        theta[k] = at + h;
        const double up = naive_value(&p, theta, NULL);
        theta[k] = at - h;
        const double down = naive_value(&p, theta, NULL);
        theta[k] = at;
        CHECK_NEAR((up - down) / (2 * h), grad[k], 1e-8);
    }
}

static void value_and_gradient_match_the_naive_ones(void **state)
{
    (void)state;
    static double x[MAX_N * MAX_D], theta[MAX_C * (MAX_D + 1)], want[MAX_C * (MAX_D + 1)],
        got[MAX_C * (MAX_D + 1)];
    static const int64_t shapes[][3] = { { 2, 1, 2 }, { 129, 7, 3 }, { 400, 40, 8 }, { 128, 33, 5 } };
    for (int s = 0; s < 4; s++) {
        const int64_t n = shapes[s][0], d = shapes[s][1], classes = shapes[s][2];
        const akin_eval_data data = gaussian(n, 1, d, (int32_t)classes, 1);
        standardise(train_x, n, d, train_x, n, x);
        float centre[MAX_D], inverse[MAX_D];
        ak_standard standard = { d, centre, inverse };
        CHECK_OK(ak_standard_fit(data.train, &standard, &err));
        int32_t rows[MAX_N], y[MAX_N];
        static double x_listed[MAX_N * MAX_D];
        int64_t listed = 0;
        for (int64_t i = 0; i < n; i++) {
            if (s > 1 && i % 3 == 1) continue; /* the last shapes: a list of rows */
            rows[listed] = (int32_t)i;
            y[listed] = train_y[i];
            memcpy(x_listed + listed * d, x + i * d, (size_t)d * sizeof *x);
            listed++;
        }
        const naive p = { listed, d, classes, 0.01, x_listed, y };
        for (int64_t k = 0; k < classes * (d + 1); k++) theta[k] = test_normal();
        ak_logistic problem = { .standard = &standard,
                                .x = data.train,
                                .label = train_y,
                                .rows = s > 1 ? rows : NULL,
                                .n = listed,
                                .classes = classes,
                                .lambda = 0.01 };
        CHECK_OK(ak_logistic_init(&problem, &err));
        const double value = ak_logistic_value(theta, got, &problem);
        ak_logistic_free(&problem);
        /* A score is a float sum of d+1 products, weights and columns of size about 1, at most 5 each: off by
         * (d+1) 25 roundings at the very worst. The loss and each residual move no more than the scores do,
         * and the residual multiplies a column entry of at most 5. */
        const double limit = 25 * (double)(d + 1) * 0x1p-24;
        CHECK_NEAR(value, naive_value(&p, theta, want), limit);
        for (int64_t k = 0; k < classes * (d + 1); k++) CHECK_NEAR(got[k], want[k], 5 * limit);
    }
}

/* Tools -------------------------------------------------------------------------------------------------- */

static void cholesky_solves(void **state)
{
    (void)state;
    enum { MOST = 101, COLUMNS = 3 };
    static double a[MOST * MOST], l[MOST * MOST], b[MOST * COLUMNS], x[MOST * COLUMNS];
    static const int64_t sizes[] = { 1, 2, 31, 32, 33, 101 };
    for (int s = 0; s < 6; s++) {
        const int64_t n = sizes[s];
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = test_uniform(-1, 1);
        for (int64_t i = 0; i < n; i++)
            a[i * n + i] = (double)n; /* diagonally dominant: condition below 10 */
        for (int64_t k = 0; k < n * COLUMNS; k++) b[k] = x[k] = test_normal();
        memcpy(l, a, sizeof a);
        ak_cholesky(l, n, 1e-9);
        ak_cholesky_solve(l, n, x, COLUMNS);
        for (int64_t i = 0; i < n; i++)
            for (int64_t c = 0; c < COLUMNS; c++) {
                double back = 0;
                for (int64_t k = 0; k < n; k++) back += a[i * n + k] * x[k * COLUMNS + c];
                CHECK_NEAR(back, b[i * COLUMNS + c], 1e-13 * (double)n);
            }
    }
    /* a singular matrix gets its pivots raised, not a NaN */
    double ones[4] = { 1, 1, 1, 1 }, v[2] = { 1, 2 };
    ak_cholesky(ones, 2, 1e-6);
    ak_cholesky_solve(ones, 2, v, 1);
    CHECK(isfinite(v[0]) && isfinite(v[1]));
}

typedef struct bowl {
    int64_t n;
    int calls;
} bowl;

/* sum_i cosh(s_i (x_i - i)), s from 1 to 30: convex, minimum n at x_i = i, condition 1e3. */
static double bowl_value(const double *x, double *grad, void *ctx)
{
    bowl *b = ctx;
    double f = 0;
    b->calls++;
    for (int64_t i = 0; i < b->n; i++) {
        const double s = pow(10, 1.5 * (double)i / (double)b->n), u = s * (x[i] - (double)i);
        f += cosh(u);
        grad[i] = s * sinh(u);
    }
    return f;
}

static void leave(double *v, void *ctx)
{
    (void)v;
    (void)ctx;
}

static double cliff_value(const double *x, double *grad, void *ctx)
{
    (void)ctx;
    grad[0] = NAN;
    return x[0];
}

static void lbfgs_finds_the_bottom(void **state)
{
    (void)state;
    bowl b = { 20, 0 };
    double x[20];
    for (int i = 0; i < 20; i++) x[i] = i + 0.5 / pow(10, 1.5 * i / 20.0) * (i % 2 ? 1 : -1);
    const ak_smooth f = { .n = 20, .value = bowl_value, .precondition = leave, .ctx = &b };
    ak_lbfgs_end end;
    CHECK_OK(ak_lbfgs(&f, x, 1e-6, 1000, &end, &err));
    CHECK(end.converged && end.gradient <= 1e-6 && end.iterations < 500);
    for (int i = 0; i < 20; i++) CHECK_NEAR(x[i], i, 1e-6); /* gradient / curvature, which is at least 1 */
    CHECK_NEAR(end.value, 20, 1e-9);

    for (int i = 0; i < 20; i++) x[i] = i + 0.001;
    CHECK_OK(ak_lbfgs(&f, x, 1e-6, 3, &end, &err));
    CHECK(end.iterations == 3 && !end.converged);

    /* With a fall it ends where, and only where, ten iterations together lowered the value by no more. */
    ak_smooth slow = f;
    double at[60] = { 0 };
    slow.fall = 1e-3;
    for (int k = 0; k < 60; k++) {
        for (int i = 0; i < 20; i++) x[i] = i + 0.2 * (i % 2 ? 1 : -1);
        CHECK_OK(ak_lbfgs(&f, x, 1e-9, k, &end, &err));
        at[k] = end.value;
    }
    for (int i = 0; i < 20; i++) x[i] = i + 0.2 * (i % 2 ? 1 : -1);
    CHECK_OK(ak_lbfgs(&slow, x, 1e-9, 60, &end, &err));
    CHECK(end.iterations >= 10 && end.iterations < 60 && !end.converged);
    for (int k = 10; k <= end.iterations; k++)
        CHECK((at[k - 10] - at[k] <= 1e-3 * at[k]) == (k == end.iterations));
    const ak_smooth bad = { .n = 1, .value = cliff_value, .precondition = leave };
    CHECK_FAILS(ak_lbfgs(&bad, x, 1e-6, 3, &end, &err), AKIN_ERR_NUMERIC, "not finite");
}

/* The protocol ------------------------------------------------------------------------------------------- */

static void the_fit_is_the_optimum(void **state)
{
    (void)state;
    enum { N = 150, M = 90, D = 6, C = 3, P = C * (D + 1) };
    static double x[N * D], z[M * D], theta[P], grad[P];
    akin_eval_data data = gaussian(N, M, D, C, 0.7);
    standardise(train_x, N, D, train_x, N, x);
    standardise(test_x, M, D, train_x, N, z);
    static const double lambdas[] = { 1, 1e-2, 1e-3 };
    for (int l = 0; l < 3; l++) {
        const naive p = { N, D, C, lambdas[l], x, train_y };
        memset(theta, 0, sizeof theta);
        /* Steps of 1/L, L <= 1/2 largest eigenvalue of X'X/n + lambda <= 1/2 (d + 1) + lambda */
        const double step = 1 / (0.5 * (D + 1) + lambdas[l]);
        double most = 1;
        for (int it = 0; it < 40000 && most > 1e-9; it++) {
            naive_value(&p, theta, grad);
            most = 0;
            for (int k = 0; k < P; k++) {
                theta[k] -= step * grad[k];
                if (fabs(grad[k]) > most) most = fabs(grad[k]);
            }
        }
        CHECK_LE(most, 1e-8);
        int64_t hits = 0, unsure = 0;
        for (int i = 0; i < M; i++) {
            int rank = 0;
            const double mine = naive_score(&p, theta, z + i * D, test_y[i]);
            for (int c = 0; c < C; c++) {
                const double s = naive_score(&p, theta, z + i * D, c);
                rank += c != test_y[i] && s >= mine;
                unsure += c != test_y[i] && fabs(s - mine) < 1e-2;
            }
            hits += rank == 0;
        }
        akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
        opts.lambda = lambdas[l];
        opts.tolerance = 1e-5;
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        CHECK_OK(akin_eval_linear(&data, &opts, &r, &err));
        CHECK(r.converged && r.lambda == lambdas[l] && isnan(r.validation));
        CHECK_LE(r.gradient, 1e-5);
        /* f - f* <= |g|^2 / (2 mu) for mu-strong convexity, mu >= lambda on the weights; floats add 1e-6 */
        CHECK_NEAR(r.loss, naive_value(&p, theta, NULL), P * 1e-10 / (2 * lambdas[l]) + 1e-6);
        CHECK_LE(fabs(r.top1 * M - (double)hits), (double)unsure + 1e-9);
    }
}

static void lambda_comes_from_the_grid(void **state)
{
    (void)state;
    const akin_eval_data data = gaussian(300, 100, 20, 4, 1);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_linear(&data, NULL, &r, &err));
    CHECK(r.converged && r.validation > 0.25 && r.validation <= 1 && r.top1 > 0.4);
    bool found = false;
    for (int g = 0; g < AK_LINEAR_GRID; g++) /* 60 of 300 are held out */
        found = found || fabs(r.lambda / (ak_linear_grid[g] * 240 / 300) - 1) < 1e-12;
    CHECK(found);
    for (int g = 1; g < AK_LINEAR_GRID; g++) CHECK(ak_linear_grid[g] < ak_linear_grid[g - 1]);

    /* four rows of each class: nothing can be held out, the middle of the grid is taken */
    const akin_eval_data small = gaussian(16, 100, 5, 4, 1);
    CHECK_OK(akin_eval_linear(&small, NULL, &r, &err));
    CHECK(isnan(r.validation) && r.lambda == ak_linear_grid[2]);
}

static void separable_classes_are_separated(void **state)
{
    (void)state;
    const akin_eval_data data = gaussian(400, 400, 12, 6, 12);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_linear(&data, NULL, &r, &err));
    CHECK(r.top1 == 1 && r.top5 == 1 && r.ci95[1] == 1 && r.ci95[0] > 0.99 && r.validation == 1);
    /* every strength separates them, and equality goes to the strongest; 13 of 66 or 67 in each class are
     * held out */
    CHECK_NEAR(r.lambda, ak_linear_grid[0] * 322 / 400, 1e-12);
}

static void scales_and_constant_columns_do_not_matter(void **state)
{
    (void)state;
    enum { N = 200, M = 100, D = 9 };
    akin_eval_data data = gaussian(N, M, D, 4, 0.8);
    akin_eval_result a = AKIN_EVAL_RESULT_INIT, b = a, c = a;
    CHECK_OK(akin_eval_linear(&data, NULL, &a, &err));
    for (int i = 0; i < (N + M) * D; i++) { /* column j times 2^(5j-20): exact, so the same bits */
        float *x = i < N * D ? &train_x[i] : &test_x[i - N * D];
        *x = ldexpf(*x, 5 * (i % D) - 20);
    }
    CHECK_OK(akin_eval_linear(&data, NULL, &b, &err));
    CHECK(a.top1 == b.top1 && a.loss == b.loss && a.lambda == b.lambda && a.iterations == b.iterations);

    /* a column that never changes in training, and jumps in the test: nothing can be learned from it */
    static float wide_train[N * (D + 1)], wide_test[M * (D + 1)];
    for (int i = 0; i < N + M; i++)
        for (int j = 0; j <= D; j++)
            *(i < N ? &wide_train[i * (D + 1) + j] : &wide_test[(i - N) * (D + 1) + j]) =
                j < D   ? (i < N ? train_x[i * D + j] : test_x[(i - N) * D + j])
                : i < N ? 0.1f
                        : 1e6f * (float)(i % 3);
    data.train = (akin_cmat){ wide_train, N, D + 1, D + 1 };
    data.test = (akin_cmat){ wide_test, M, D + 1, D + 1 };
    CHECK_OK(akin_eval_linear(&data, NULL, &c, &err));
    CHECK_NEAR(c.loss, a.loss, 1e-5); /* the same optimum, up to the order of float sums and the tolerance */
    CHECK_NEAR(c.top1, a.top1, 0.021);
}

static void very_wide_features_work(void **state)
{
    (void)state;
    enum { N = 60, D = 2100 }; /* beyond the widest factored preconditioner */
    static float x[2 * N * D];
    static int32_t y[2 * N];
    for (int i = 0; i < 2 * N; i++) {
        y[i] = i % 2;
        for (int j = 0; j < D; j++) x[i * D + j] = (float)(test_normal() + (j < 100 ? y[i] : 0));
    }
    const akin_eval_data data = { sizeof(akin_eval_data), { x, N, D, D }, y, N,
                                  { x + N * D, N, D, D }, y + N,          N };
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_linear(&data, NULL, &r, &err));
    CHECK(r.converged && r.top1 > 0.8);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(naive_gradient_matches_central_differences),
        cmocka_unit_test(value_and_gradient_match_the_naive_ones),
        cmocka_unit_test(cholesky_solves),
        cmocka_unit_test(lbfgs_finds_the_bottom),
        cmocka_unit_test(the_fit_is_the_optimum),
        cmocka_unit_test(lambda_comes_from_the_grid),
        cmocka_unit_test(separable_classes_are_separated),
        cmocka_unit_test(scales_and_constant_columns_do_not_matter),
        cmocka_unit_test(very_wide_features_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
