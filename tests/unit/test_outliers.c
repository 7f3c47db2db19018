/* SPDX-License-Identifier: Apache-2.0 */
/* Outliers: distances against all pairs in double, a copied outlier, other orders of the rows, any number of
 * threads, rows from which nothing can be said. */
#include "test.h"

#include "akin/tool/dups.h"

#include <math.h>
#include <string.h>

enum { N = 500, D = 7 };

static akin_error err;

static void make_rows(float *x)
{
    for (int64_t i = 0; i < N; i++) {
        for (int c = 0; c < D; c++) x[i * D + c] = (float)(test_normal() + (c == 0 ? 3 : 0));
        if (i && i % 13 == 0) memcpy(x + i * D, x + test_int(0, i - 1) * D, D * sizeof *x);
        if (i % 101 == 100) memset(x + i * D, 0, D * sizeof *x);
    }
}

static double cosine(const float *x, int64_t i, int64_t j)
{
    double xx = 0, yy = 0, xy = 0;
    for (int c = 0; c < D; c++) {
        xx += (double)x[i * D + c] * (double)x[i * D + c];
        yy += (double)x[j * D + c] * (double)x[j * D + c];
        xy += (double)x[i * D + c] * (double)x[j * D + c];
    }
    return xy / sqrt(xx * yy);
}

static bool is_zero(const float *x, int64_t i)
{
    static const float none[D];
    return memcmp(x + i * D, none, sizeof none) == 0;
}

static bool is_first(const float *x, int64_t i)
{
    for (int64_t j = 0; j < i; j++)
        if (memcmp(x + i * D, x + j * D, D * sizeof *x) == 0) return false;
    return true;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void test_all_pairs(void **state)
{
    (void)state;
    static float x[N * D];
    static double distance[N], to[N];
    static int64_t nearest[N];
    for (test_seed = 1; test_seed <= 3; test_seed++) {
        make_rows(x);
        for (int k = 1; k <= 25; k += 8) {
            akin_outliers_opts o = AKIN_OUTLIERS_OPTS_INIT;
            o.k = k;
            CHECK_OK(akin_outliers((akin_cmat){ x, N, D, D }, &o, distance, nearest, &err));
            for (int64_t i = 0; i < N; i++) {
                if (is_zero(x, i)) {
                    CHECK(isnan(distance[i]) && nearest[i] == -1);
                    continue;
                }
                int64_t n = 0;
                for (int64_t j = 0; j < N; j++)
                    if (!is_zero(x, j) && is_first(x, j) && memcmp(x + i * D, x + j * D, D * sizeof *x) != 0)
                        to[n++] = 1 - cosine(x, i, j);
                qsort(to, (size_t)n, sizeof *to, ascending);
                CHECK_NEAR(distance[i], to[k - 1], 1e-6);
                CHECK_NEAR(1 - cosine(x, i, nearest[i]), to[0], 1e-6);
            }
        }
    }
    test_seed = 1;
}

/* Rows about one direction, and three copies of one that points away: they come first, with one distance. */
static void test_copied_outlier(void **state)
{
    (void)state;
    enum { ROWS = 60 };
    float x[ROWS * 3];
    double distance[ROWS];
    for (int i = 0; i < ROWS; i++) {
        x[3 * i] = i >= 57 ? -1 : 1;
        x[3 * i + 1] = i >= 57 ? 0.5F : 0.1F * (float)test_normal();
        x[3 * i + 2] = i >= 57 ? 0 : 0.1F * (float)test_normal();
    }
    CHECK_OK(akin_outliers((akin_cmat){ x, ROWS, 3, 3 }, NULL, distance, NULL, &err));
    for (int i = 0; i < 57; i++) CHECK(distance[i] < 0.2);
    for (int i = 57; i < ROWS; i++) CHECK(distance[i] > 1 && distance[i] == distance[57]);
}

static void test_order_and_threads(void **state)
{
    (void)state;
    static float x[N * D], y[N * D];
    static double one[N], other[N];
    make_rows(x);
    for (int64_t i = 0; i < N; i++) memcpy(y + i * D, x + (N - 1 - i) * D, D * sizeof *x);
    const int had = akin_threads();
    CHECK_OK(akin_outliers((akin_cmat){ x, N, D, D }, NULL, one, NULL, &err));
    for (int threads = 1; threads <= 3; threads++) {
        akin_set_threads(threads);
        CHECK_OK(akin_outliers((akin_cmat){ x, N, D, D }, NULL, other, NULL, &err));
        CHECK(memcmp(one, other, sizeof one) == 0);
    }
    akin_set_threads(had);
    CHECK_OK(akin_outliers((akin_cmat){ y, N, D, D }, NULL, other, NULL, &err));
    for (int64_t i = 0; i < N; i++) CHECK(is_zero(x, i) || one[i] == other[N - 1 - i]);
}

static void test_nothing_to_say(void **state)
{
    (void)state;
    float x[12] = { 1, 2, 3, 4, 5, 7, 1, 2, 3, 4, 0, 0 };
    double distance[6];
    akin_outliers_opts o = AKIN_OUTLIERS_OPTS_INIT;
    const akin_cmat rows = { x, 6, 2, 2 };
    CHECK_FAILS(akin_outliers(rows, NULL, distance, NULL, &err), AKIN_ERR_INPUT, "3 rows differ");
    o.k = 3;
    CHECK_FAILS(akin_outliers(rows, &o, distance, NULL, &err), AKIN_ERR_INPUT, "the 3rd nearest takes");
    const float same[4] = { 1, 2, 1, 2 };
    CHECK_FAILS(akin_outliers((akin_cmat){ same, 2, 2, 2 }, &o, distance, NULL, &err), AKIN_ERR_INPUT,
                "no two rows differ");
    o.k = 2;
    CHECK_OK(akin_outliers(rows, &o, distance, NULL, &err));
    CHECK(isnan(distance[5]) && distance[0] == distance[3]);
    o.k = 0;
    CHECK_FAILS(akin_outliers(rows, &o, distance, NULL, &err), AKIN_ERR_RANGE, "k is 0");
    o.k = 101;
    CHECK_FAILS(akin_outliers(rows, &o, distance, NULL, &err), AKIN_ERR_RANGE, "k is 101");
    CHECK_FAILS(akin_outliers(rows, NULL, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "distance");
    x[3] = INFINITY;
    CHECK_FAILS(akin_outliers(rows, NULL, distance, NULL, &err), AKIN_ERR_INPUT, "row 1, column 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pairs),
        cmocka_unit_test(test_copied_outlier),
        cmocka_unit_test(test_order_and_threads),
        cmocka_unit_test(test_nothing_to_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
