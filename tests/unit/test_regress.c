/* SPDX-License-Identifier: Apache-2.0 */
/* knn-regress-v1 and ridge-v1 against their definitions in double: all pairs, and normal equations solved by
 * elimination. Ridge: double on both sides, so 1e-9 of the largest number is ample; generalised
 * cross-validation is compared by the lambda that it picks. */
#include "akin/tool/regress.h"
#include "test.h"

static akin_error err;

enum { N = 90, M = 57, D = 6 };

static float x[N + M][D];
static double y[N + M];

/* y is a function of the columns and noise; column 3 is constant, column 4 nearly column 0. */
static akin_regress_data problem(double noise)
{
    for (int i = 0; i < N + M; i++) {
        for (int j = 0; j < D; j++) x[i][j] = (float)(test_normal() * (1 + j));
        x[i][3] = 2;
        x[i][4] = x[i][0] + (float)(0.1 * test_normal());
        y[i] = 3 + 2 * (double)x[i][0] - (double)x[i][1] + noise * test_normal();
    }
    akin_regress_data d = AKIN_REGRESS_DATA_INIT;
    d.train = (akin_cmat){ x[0], N, D, D };
    d.train_values = y;
    d.test = (akin_cmat){ x[N], M, D, D };
    d.test_values = y + N;
    return d;
}

static double r2_of(const double *guess)
{
    double mean = 0, rss = 0, tss = 0;
    for (int i = 0; i < M; i++) mean += y[N + i] / M;
    for (int i = 0; i < M; i++) {
        rss += pow(y[N + i] - guess[i], 2);
        tss += pow(y[N + i] - mean, 2);
    }
    return 1 - rss / tss;
}

static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (int j = 0; j < D; j++) {
        ab += (double)a[j] * (double)b[j];
        aa += (double)a[j] * (double)a[j];
        bb += (double)b[j] * (double)b[j];
    }
    return ab / sqrt(aa * bb);
}

static void neighbours_are_those_of_the_definition(void **state)
{
    (void)state;
    const akin_regress_data d = problem(1);
    double guess[M], errors[M], mean = 0;
    for (int i = 0; i < M; i++) {
        bool used[N] = { false };
        guess[i] = 0;
        for (int k = 0; k < 10; k++) {
            int best = -1;
            for (int j = 0; j < N; j++)
                if (!used[j] && (best < 0 || cosine(x[N + i], x[j]) > cosine(x[N + i], x[best]))) best = j;
            used[best] = true;
            guess[i] += y[best] / 10;
        }
        errors[i] = fabs(guess[i] - y[N + i]);
        mean += errors[i] / M;
    }
    akin_regress_result r = AKIN_REGRESS_RESULT_INIT;
    CHECK_OK(akin_regress(AKIN_REGRESS_KNN, &d, &r, &err));
    CHECK(strcmp(r.protocol, "knn-regress-v1") == 0 && r.k == 10 && r.n == M && r.reference == N);
    CHECK_NEAR(r.r2, r2_of(guess), 1e-12);
    CHECK_NEAR(r.mean_error, mean, 1e-12);
    int below = 0, above = 0;
    for (int i = 0; i < M; i++) {
        below += errors[i] <= r.median_error + 1e-12;
        above += errors[i] >= r.median_error - 1e-12;
    }
    CHECK(2 * below >= M && 2 * above >= M);
    CHECK(r.ci95[0] < r.r2 && r.r2 < r.ci95[1]);
}

/* a w = b by elimination with pivots. */
static void solve(double a[D][D + 1])
{
    for (int k = 0; k < D; k++) {
        int p = k;
        for (int i = k; i < D; i++)
            if (fabs(a[i][k]) > fabs(a[p][k])) p = i;
        for (int j = 0; j <= D; j++) {
            const double t = a[k][j];
            a[k][j] = a[p][j];
            a[p][j] = t;
        }
        for (int i = 0; i < D; i++) {
            const double f = i == k ? 0 : a[i][k] / a[k][k];
            for (int j = k; j <= D; j++) a[i][j] -= f * a[k][j];
        }
    }
    for (int k = 0; k < D; k++) a[k][D] /= a[k][k];
}

static double z[N + M][D], middle;

static void standardise(void)
{
    middle = 0;
    for (int i = 0; i < N; i++) middle += y[i] / N;
    for (int j = 0; j < D; j++) {
        double mean = 0, var = 0;
        for (int i = 0; i < N; i++) mean += (double)x[i][j] / N;
        for (int i = 0; i < N; i++) var += pow((double)x[i][j] - mean, 2) / N;
        for (int i = 0; i < N + M; i++) z[i][j] = var > 0 ? ((double)x[i][j] - mean) / sqrt(var) : 0;
    }
}

/* The weights at lambda; returns gcv, whose trace is summed column by column. */
static double at(double lambda, double w[D])
{
    double a[D][D + 1], df = 1, rss = 0;
    for (int k = -1; k < D; k++) { /* k >= 0: column k of (C + lambda)^-1 C, for the trace */
        for (int i = 0; i < D; i++) {
            for (int j = 0; j < D; j++) {
                a[i][j] = i == j ? lambda : 0;
                for (int r = 0; r < N; r++) a[i][j] += z[r][i] * z[r][j] / N;
            }
            a[i][D] = 0;
            for (int r = 0; r < N; r++) a[i][D] += z[r][i] * (k < 0 ? y[r] - middle : z[r][k]) / N;
        }
        solve(a);
        for (int i = 0; k < 0 && i < D; i++) w[i] = a[i][D];
        if (k >= 0) df += a[k][D];
    }
    for (int r = 0; r < N; r++) {
        double miss = y[r] - middle;
        for (int j = 0; j < D; j++) miss -= w[j] * z[r][j];
        rss += miss * miss / N;
    }
    return rss / pow(1 - df / N, 2);
}

static void ridge_solves_the_normal_equations(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        const akin_regress_data d = problem(round == 0 ? 0.01 : round == 1 ? 2 : 100);
        double best = INFINITY, picked = 0, guess[M], w[D];
        standardise();
        for (double lambda = 10; lambda > 5e-7; lambda /= 10) {
            const double gcv = at(lambda, w);
            if (gcv >= best) continue;
            best = gcv;
            picked = lambda;
        }
        at(picked, w);
        for (int i = 0; i < M; i++) {
            guess[i] = middle;
            for (int j = 0; j < D; j++) guess[i] += w[j] * z[N + i][j];
        }
        akin_regress_result r = AKIN_REGRESS_RESULT_INIT;
        CHECK_OK(akin_regress(AKIN_REGRESS_RIDGE, &d, &r, &err));
        CHECK_NEAR(r.lambda, picked, 1e-6 * picked);
        CHECK_NEAR(r.r2, r2_of(guess), 1e-9);
        if (round == 0) CHECK(r.r2 > 0.999);
    }
}

/* The interval knows only the order of the test rows: another one of the rows themselves changes nothing. */
static void the_interval_follows_the_order(void **state)
{
    (void)state;
    akin_regress_data d = problem(2);
    akin_regress_result a = AKIN_REGRESS_RESULT_INIT, b = a, few = a;
    CHECK_OK(akin_regress(AKIN_REGRESS_RIDGE, &d, &a, &err));
    static float turned[M][D];
    double values[M];
    int32_t order[M];
    for (int i = 0; i < M; i++) {
        memcpy(turned[M - 1 - i], x[N + i], sizeof turned[0]);
        values[M - 1 - i] = y[N + i];
        order[i] = M - 1 - i;
    }
    d.test.data = turned[0];
    d.test_values = values;
    d.test_order = order;
    CHECK_OK(akin_regress(AKIN_REGRESS_RIDGE, &d, &b, &err));
    CHECK_NEAR(a.r2, b.r2, 1e-12);
    CHECK_NEAR(a.ci95[0], b.ci95[0], 1e-9);
    d.test.rows = 39;
    d.test_order = NULL;
    CHECK_OK(akin_regress(AKIN_REGRESS_RIDGE, &d, &few, &err));
    CHECK(isnan(few.ci95[0]));
}

static void what_cannot_be_told_is_refused(void **state)
{
    (void)state;
    akin_regress_result r = AKIN_REGRESS_RESULT_INIT;
    akin_regress_data d = problem(1);
    const double was = y[5];
    y[5] = NAN;
    CHECK_FAILS(akin_regress(AKIN_REGRESS_KNN, &d, &r, &err), AKIN_ERR_INPUT, "training value 5");
    y[5] = was;
    x[N + 3][2] = INFINITY;
    CHECK_FAILS(akin_regress(AKIN_REGRESS_RIDGE, &d, &r, &err), AKIN_ERR_INPUT, "row 3");
    x[N + 3][2] = 0;
    d.test.cols = 5;
    CHECK_FAILS(akin_regress(AKIN_REGRESS_RIDGE, &d, &r, &err), AKIN_ERR_SHAPE, "[57,5]");
    d.test.cols = D;
    for (int i = 0; i < M; i++) y[N + i] = 4;
    CHECK_FAILS(akin_regress(AKIN_REGRESS_KNN, &d, &r, &err), AKIN_ERR_INPUT, "all 57 test values are 4");
    d.test_values = NULL;
    CHECK_FAILS(akin_regress(AKIN_REGRESS_KNN, &d, &r, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_regress(AKIN_REGRESS_KNN, NULL, &r, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_regress((akin_regress_kind)7, &d, &r, &err), AKIN_ERR_ARGUMENT, "kind 7");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_those_of_the_definition),
        cmocka_unit_test(ridge_solves_the_normal_equations),
        cmocka_unit_test(the_interval_follows_the_order),
        cmocka_unit_test(what_cannot_be_told_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
