/* SPDX-License-Identifier: Apache-2.0 */
/* eval: whitening. Covariances are recomputed here in double from the whitened floats; the map itself is
 * compared with a textbook Cholesky and forward substitution in double. Then what must not matter - an
 * invertible linear map before, threads - and what must not do harm: constant and equal columns, few rows, a
 * NaN. */
#include "akin/eval.h"
#include "test.h"

static akin_error err;

enum { MAX_N = 2600, MAX_D = 300 };
static float data_x[MAX_N * MAX_D], data_y[MAX_N * MAX_D], data_z[MAX_N * MAX_D];
static double cov[MAX_D * MAX_D];

static akin_mat view(float *data, int64_t n, int64_t d) { return (akin_mat){ data, n, d, d }; }

static akin_whiten_opts shrink(double shrinkage)
{
    akin_whiten_opts o = AKIN_WHITEN_OPTS_INIT;
    o.shrinkage = shrinkage;
    return o;
}

/* Neighbouring columns are correlated, deviations are 1 to 3, means are not 0. */
static void make(float *x, int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n; i++) {
        double last = test_normal();
        for (int64_t j = 0; j < d; j++) {
            last = 0.6 * last + test_normal();
            x[i * d + j] = (float)((1 + (double)(j % 3)) * last + (double)(j % 5));
        }
    }
}

static void whiten(akin_mat x, akin_mat out, double shrinkage)
{
    const akin_whiten_opts o = shrink(shrinkage);
    akin_whitening *w = NULL;
    CHECK_OK(akin_whitening_fit(akin_mat_const(x), &o, &w, &err));
    CHECK(akin_whitening_shrinkage(w) == shrinkage);
    CHECK_OK(akin_whitening_apply(w, akin_mat_const(x), out, &err));
    akin_whitening_free(w);
}

static double mean_of(const float *x, int64_t n, int64_t d, int64_t j)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i * d + j];
    return sum / (double)n;
}

static double covariance(const float *x, int64_t n, int64_t d, int64_t a, int64_t b)
{
    const double ma = mean_of(x, n, d, a), mb = mean_of(x, n, d, b);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += ((double)x[i * d + a] - ma) * ((double)x[i * d + b] - mb);
    return sum / (double)n;
}

static void the_covariance_becomes_the_identity(void **state)
{
    (void)state;
    /* below, at and above a tile of 128 columns and a block of 1024 rows */
    static const int64_t shapes[][2] = { { 50, 1 }, { 400, 7 }, { 1024, 128 }, { 2600, 130 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const int64_t n = shapes[s][0], d = shapes[s][1];
        make(data_x, n, d);
        whiten(view(data_x, n, d), view(data_y, n, d), 0);
        /* A product of at most 1024 floats errs by about sqrt(1024) * 2^-24 = 2e-6 of the average variance;
         * the smallest eigenvalue of this covariance is above 1/50 of it, which multiplies. */
        for (int64_t a = 0; a < d; a++) {
            CHECK_NEAR(mean_of(data_y, n, d, a), 0, 1e-5);
            for (int64_t b = 0; b <= a; b += d > 20 ? 3 : 1)
                CHECK_NEAR(covariance(data_y, n, d, a, b), a == b ? 1.0 : 0.0, 1e-4);
            CHECK_NEAR(covariance(data_y, n, d, a, a), 1, 1e-4);
        }
    }
}

/* L in place of cov, L^-1 (x - mean) into v: the textbook, in double. */
static void factor(int64_t d)
{
    for (int64_t i = 0; i < d; i++)
        for (int64_t j = 0; j <= i; j++) {
            double sum = cov[i * d + j];
            for (int64_t k = 0; k < j; k++) sum -= cov[i * d + k] * cov[j * d + k];
            cov[i * d + j] = i == j ? sqrt(sum) : sum / cov[j * d + j];
        }
}

static void the_map_is_that_of_the_header(void **state)
{
    (void)state;
    enum { N = 500, D = 40 };
    static const double SHRINKAGE[] = { 0, 1e-3, 0.3 };
    for (int s = 0; s < 3; s++) {
        make(data_x, N, D);
        whiten(view(data_x, N, D), view(data_y, N, D), SHRINKAGE[s]);
        double trace = 0, mean[D];
        for (int64_t a = 0; a < D; a++) {
            mean[a] = mean_of(data_x, N, D, a);
            for (int64_t b = 0; b <= a; b++) cov[a * D + b] = covariance(data_x, N, D, a, b);
            trace += cov[a * D + a];
        }
        for (int64_t a = 0; a < D; a++) cov[a * D + a] += SHRINKAGE[s] * trace / D;
        factor(D);
        for (int64_t i = 0; i < N; i += 7) {
            double v[D];
            for (int64_t a = 0; a < D; a++) {
                v[a] = (double)data_x[i * D + a] - mean[a];
                for (int64_t b = 0; b < a; b++) v[a] -= cov[a * D + b] * v[b];
                v[a] /= cov[a * D + a];
                CHECK_NEAR(data_y[i * D + a], v[a], 1e-4 * (1 + fabs(v[a]))); /* as above */
            }
        }
    }
}

/* L L' = A^p with A = C + shrinkage I of columns that are scaled alike: inner products of x' are those of
 * z' A^-p z. Two columns, whose A has the eigenvectors (1,1) and (1,-1), are turned by hand. The map is
 * rounded to float, and so is x'. */
static void a_power_goes_part_of_the_way(void **state)
{
    (void)state;
    enum { N = 400 };
    static const double POWERS[] = { 1, 0.5, 0.25 };
    double far[3][2] = { { 0 } };
    for (int64_t i = 0; i < N;
         i += 2) { /* common 3, difference 1; then mirrored: C is exactly of that kind */
        const double a = 3 * test_normal(), b = test_normal();
        for (int k = 0; k < 2; k++) {
            data_x[(i + k) * 2] = (float)(k ? a - b : a + b);
            data_x[(i + k) * 2 + 1] = (float)(k ? a + b : a - b);
        }
    }
    double mean = 0, common = 0, apart = 0;
    for (int64_t i = 0; i < N; i++) mean += ((double)data_x[2 * i] + (double)data_x[2 * i + 1]) / (2 * N);
    for (int64_t i = 0; i < N; i++) {
        const double p = (double)data_x[2 * i] - mean, q = (double)data_x[2 * i + 1] - mean;
        common += (p + q) * (p + q) / (2 * N);
        apart += (p - q) * (p - q) / (2 * N);
    }
    const double average = (common + apart) / 2;
    for (int k = 0; k < 3; k++) {
        akin_whiten_opts o = shrink(0.01);
        o.power = POWERS[k];
        akin_whitening *w = NULL;
        CHECK_OK(akin_whitening_fit(akin_mat_const(view(data_x, N, 2)), &o, &w, &err));
        CHECK_OK(akin_whitening_apply(w, akin_mat_const(view(data_x, N, 2)), view(data_y, N, 2), &err));
        akin_whitening_free(w);
        for (int64_t i = 0; i < N; i++) {
            const double p = (double)data_x[2 * i] - mean, q = (double)data_x[2 * i + 1] - mean;
            const double s = (p + q) * (p + q) / 2 / average, d = (p - q) * (p - q) / 2 / average;
            const double want =
                s / pow(common / average + 0.01, POWERS[k]) + d / pow(apart / average + 0.01, POWERS[k]);
            const double got = (double)data_y[2 * i] * (double)data_y[2 * i] +
                               (double)data_y[2 * i + 1] * (double)data_y[2 * i + 1];
            CHECK_LE(fabs(got - want) / (s + d + 1), 1e-5);
        }
        far[k][0] = common / pow(common / average + 0.01, POWERS[k]);
        far[k][1] = apart / pow(apart / average + 0.01, POWERS[k]);
    }
    CHECK(far[0][0] / far[0][1] < far[1][0] / far[1][1] && far[1][0] / far[1][1] < far[2][0] / far[2][1]);
    for (int k = 0; k < 3; k++) {
        static const double WRONG[] = { 0, -0.5, 1.5 };
        akin_whiten_opts o = shrink(0.01);
        o.power = WRONG[k];
        akin_whitening *w = NULL;
        CHECK(akin_whitening_fit(akin_mat_const(view(data_x, N, 2)), &o, &w, &err) == AKIN_ERR_RANGE);
    }
}

static void results_do_not_see_a_linear_map_before(void **state)
{
    (void)state;
    enum { N = 900, M = 300, D = 12, CLASSES = 4 };
    static int32_t labels[N + M];
    double map[D * D];
    for (int i = 0; i < D * D; i++) map[i] = 0.3 * test_normal() + (i % (D + 1) == 0 ? 1.5 : 0);
    make(data_x, N + M, D);
    for (int64_t i = 0; i < N + M; i++) {
        labels[i] = (int32_t)(i % CLASSES);
        data_x[i * D + labels[i]] += 4;
        for (int64_t a = 0; a < D; a++) {
            double sum = 100; /* a shift too */
            for (int64_t b = 0; b < D; b++) sum += map[a * D + b] * (double)data_x[i * D + b];
            data_y[i * D + a] = (float)sum;
        }
    }
    double top1[2][2];
    for (int m = 0; m < 2; m++) {
        float *x = m ? data_y : data_x;
        const akin_mat train = view(x, N, D), test = view(x + N * D, M, D);
        const akin_whiten_opts o = shrink(1e-9);
        akin_whitening *w = NULL;
        CHECK_OK(akin_whitening_fit(akin_mat_const(train), &o, &w, &err));
        CHECK_OK(akin_whitening_apply(w, akin_mat_const(train), train, &err)); /* in place */
        CHECK_OK(akin_whitening_apply(w, akin_mat_const(test), test, &err));
        akin_whitening_free(w);
        const akin_eval_data data = {
            sizeof(akin_eval_data), akin_mat_const(train), labels, N, akin_mat_const(test), labels + N, M
        };
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        CHECK_OK(akin_eval_knn(&data, NULL, &r, &err));
        top1[m][0] = r.top1;
        CHECK_OK(akin_eval_mean(&data, 0, NULL, &r, &err));
        top1[m][1] = r.top1;
    }
    /* the inner products agree to rounding: one test row may lie on an edge */
    for (int p = 0; p < 2; p++) {
        CHECK_NEAR(top1[0][p], top1[1][p], 1.0 / M + 1e-12);
        CHECK_LE(0.6, top1[0][p]); /* and say something: chance is 0.25 */
    }
}

static void constant_and_equal_columns_do_no_harm(void **state)
{
    (void)state;
    enum { N = 600, D = 10 };
    static const double SHRINKAGE[] = { 0, 1e-3 };
    for (int s = 0; s < 2; s++) {
        make(data_x, N, D);
        for (int64_t i = 0; i < N; i++) {
            data_x[i * D + 2] = 0.1F;
            data_x[i * D + 7] = data_x[i * D + 4];
            data_x[i * D + 9] = -3 * data_x[i * D];
        }
        const akin_whiten_opts o = shrink(SHRINKAGE[s]);
        akin_whitening *w = NULL;
        CHECK_OK(akin_whitening_fit(akin_mat_const(view(data_x, N, D)), &o, &w, &err));
        data_x[2] = 1e6F; /* constant where it was fitted: left out */
        CHECK_OK(akin_whitening_apply(w, akin_mat_const(view(data_x, N, D)), view(data_y, N, D), &err));
        akin_whitening_free(w);
        for (int64_t i = 0; i < N; i++) {
            CHECK(data_y[i * D + 2] == 0);
            for (int64_t j = 0; j < D; j++) CHECK_LE(fabs((double)data_y[i * D + j]), 10);
        }
        /* what a column repeats is all in the first of the two; the second is rounding, of 1e-3 deviations */
        CHECK_LE(covariance(data_y, N, D, 7, 7), 0.01);
        CHECK_NEAR(covariance(data_y, N, D, 4, 4), 1, 0.01);
    }
    for (int i = 0; i < N * D; i++) data_x[i] = 0.1F; /* all constant */
    whiten(view(data_x, N, D), view(data_y, N, D), 1e-3);
    for (int i = 0; i < N * D; i++) CHECK(data_y[i] == 0);
    for (int i = 0; i < N * D; i++) data_x[i] = i % 3 ? 1000.0F : nextafterf(1000.0F, 2000.0F); /* rounding */
    whiten(view(data_x, N, D), view(data_y, N, D), 1e-3);
    for (int i = 0; i < N * D; i++) CHECK(data_y[i] == 0);
}

static void fewer_rows_than_columns(void **state)
{
    (void)state;
    enum { N = 20, D = 60 };
    make(data_x, N, D);
    whiten(view(data_x, N, D), view(data_y, N, D), 1e-3);
    /* n centred rows span n - 1 directions; those lie far above the shrinkage, so their variances become
     * almost 1 and their sum, which is the mean square length of the rows, almost n - 1 */
    double square = 0;
    for (int i = 0; i < N * D; i++) square += (double)data_y[i] * (double)data_y[i] / N;
    CHECK_LE(square, N - 1);
    CHECK_LE((N - 1) * 0.98, square);
    whiten(view(data_x, 1, D), view(data_y, 1, D), 1e-3); /* one row is constant */
    for (int j = 0; j < D; j++) CHECK(data_y[j] == 0);
}

static void scale_does_not_matter_and_cannot_overflow(void **state)
{
    (void)state;
    enum { N = 300, D = 20 };
    static const double SCALE[] = { 0x1p80, 0x1p-80 };
    make(data_x, N, D);
    whiten(view(data_x, N, D), view(data_y, N, D), 1e-3);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < N * D; i++) data_z[i] = (float)(SCALE[s] * (double)data_x[i]);
        whiten(view(data_z, N, D), view(data_z, N, D), 1e-3);
        for (int i = 0; i < N * D; i++) CHECK_NEAR(data_z[i], data_y[i], 1e-4);
    }
}

static void the_same_bits_for_any_number_of_threads(void **state)
{
    (void)state;
    enum { N = 2500, D = 300 };
    make(data_x, N, D);
    static const int THREADS[] = { 1, 2, 5 };
    for (int t = 0; t < 3; t++) {
        akin_set_threads(THREADS[t]);
        whiten(view(data_x, N, D), view(t ? data_z : data_y, N, D), 1e-3);
        if (t) CHECK(memcmp(data_y, data_z, (size_t)N * D * sizeof(float)) == 0);
    }
    akin_set_threads(2);
}

static void unusable_input_is_refused(void **state)
{
    (void)state;
    enum { N = 30, D = 5 };
    make(data_x, N, D);
    const akin_mat x = view(data_x, N, D), y = view(data_y, N, D);
    akin_whitening *w = NULL;
    akin_whiten_opts o = shrink(1.5);
    CHECK_FAILS(akin_whitening_fit(akin_mat_const(x), &o, &w, &err), AKIN_ERR_RANGE, "shrinkage is 1.5");
    o.struct_size = 0;
    CHECK_FAILS(akin_whitening_fit(akin_mat_const(x), &o, &w, &err), AKIN_ERR_ARGUMENT, "not initialised");
    o.struct_size = sizeof o.struct_size; /* an older caller, who knows no option: the default */
    CHECK_OK(akin_whitening_fit(akin_mat_const(x), &o, &w, &err));
    CHECK(akin_whitening_shrinkage(w) == 1e-2);
    akin_whitening_free(w);
    w = NULL;
    o = shrink((double)NAN);
    CHECK_FAILS(akin_whitening_fit(akin_mat_const(x), &o, &w, &err), AKIN_ERR_RANGE, "between 0 and 1");
    CHECK_FAILS(akin_whitening_fit(akin_mat_const(x), NULL, NULL, &err), AKIN_ERR_ARGUMENT, "out");
    CHECK_FAILS(akin_whitening_fit((akin_cmat){ data_x, 0, D, D }, NULL, &w, &err), AKIN_ERR_SHAPE, "");
    data_x[3 * D + 2] = NAN;
    CHECK_FAILS(akin_whitening_fit(akin_mat_const(x), NULL, &w, &err), AKIN_ERR_INPUT, "row 3, column 2");
    CHECK(w == NULL);
    data_x[3 * D + 2] = 1;
    CHECK_OK(akin_whitening_fit(akin_mat_const(x), NULL, &w, &err));
    CHECK(akin_whitening_shrinkage(w) == 1e-2);
    data_x[4 * D + 1] = INFINITY;
    CHECK_FAILS(akin_whitening_apply(w, akin_mat_const(x), y, &err), AKIN_ERR_INPUT, "row 4, column 1");
    data_x[4 * D + 1] = 9e29F;
    CHECK_FAILS(akin_whitening_apply(w, akin_mat_const(x), y, &err), AKIN_ERR_INPUT, "row 4");
    CHECK_FAILS(akin_whitening_apply(w, akin_mat_const(view(data_x, N, 4)), view(data_y, N, 4), &err),
                AKIN_ERR_SHAPE, "5 columns");
    CHECK_FAILS(akin_whitening_apply(w, akin_mat_const(x), view(data_y, N - 1, D), &err), AKIN_ERR_SHAPE,
                "29 x 5");
    CHECK_FAILS(akin_whitening_apply(NULL, akin_mat_const(x), y, &err), AKIN_ERR_ARGUMENT, "w ");
    akin_whitening_free(w);
    akin_whitening_free(NULL);
}

int main(void)
{
    akin_set_threads(2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_covariance_becomes_the_identity),
        cmocka_unit_test(the_map_is_that_of_the_header),
        cmocka_unit_test(a_power_goes_part_of_the_way),
        cmocka_unit_test(results_do_not_see_a_linear_map_before),
        cmocka_unit_test(constant_and_equal_columns_do_no_harm),
        cmocka_unit_test(fewer_rows_than_columns),
        cmocka_unit_test(scale_does_not_matter_and_cannot_overflow),
        cmocka_unit_test(the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(unusable_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
