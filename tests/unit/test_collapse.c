/* SPDX-License-Identifier: Apache-2.0 */
/* The two numbers of collapse against their definition in double, with the covariance written out, at known
 * shapes; and the warnings: when, how often, and never for a run that learns. */
#include "train/collapse.h"

#include "test.h"

#include <float.h>

enum { MOST = 300, WIDEST = 40 };
static float z[MOST * WIDEST], scratch[AK_COLLAPSE_ROWS * WIDEST];

static ak_collapse reference(int64_t rows, int64_t width)
{
    static double x[MOST][WIDEST], c[WIDEST][WIDEST];
    const int64_t n = rows < AK_COLLAPSE_ROWS ? rows : AK_COLLAPSE_ROWS;
    ak_collapse r = { 0, 0 };
    for (int64_t i = 0; i < n; i++) {
        double norm = 0;
        for (int64_t k = 0; k < width; k++) norm += (double)z[i * width + k] * (double)z[i * width + k];
        for (int64_t k = 0; k < width; k++) x[i][k] = (double)z[i * width + k] / sqrt(norm);
    }
    for (int64_t k = 0; k < width; k++) {
        double mean = 0;
        for (int64_t i = 0; i < n; i++) mean += x[i][k] / (double)n;
        for (int64_t i = 0; i < n; i++) x[i][k] -= mean;
    }
    double trace = 0, squares = 0;
    for (int64_t k = 0; k < width; k++)
        for (int64_t l = 0; l < width; l++) {
            c[k][l] = 0;
            for (int64_t i = 0; i < n; i++) c[k][l] += x[i][k] * x[i][l] / (double)n;
            squares += c[k][l] * c[k][l];
        }
    for (int64_t k = 0; k < width; k++) {
        trace += c[k][k];
        r.embedding_std += sqrt(c[k][k]) / sqrt((double)width);
    }
    r.participation_ratio = trace * trace / squares;
    return r;
}

static void follows_its_definition(void **state)
{
    (void)state;
    for (int trial = 0; trial < 60; trial++) {
        test_seed = (uint64_t)trial + 1;
        const int64_t rows = test_int(2, MOST), width = test_int(1, WIDEST);
        const double lean = test_int(0, 1) ? 0 : test_uniform(0, 10); /* towards one direction */
        for (int64_t i = 0; i < rows * width; i++)
            z[i] = (float)(test_normal() + (i % width == 0 ? lean : 0));
        const ak_collapse want = reference(rows, width);
        akin_set_threads(1);
        const ak_collapse one = ak_collapse_measure(z, rows, width, scratch);
        akin_set_threads(3);
        const ak_collapse three = ak_collapse_measure(z, rows, width, scratch);
        CHECK(memcmp(&one, &three, sizeof one) == 0);
        if (width == 1) continue; /* unit rows of one column are -1 and 1 */
        /* unit rows are rounded to float, which moves a deviation by at most that; products of width terms,
         * each rounded, enter the ratio squared on both sides */
        CHECK_NEAR(one.embedding_std, want.embedding_std, 4 * FLT_EPSILON * sqrt((double)width));
        CHECK_NEAR(one.participation_ratio, want.participation_ratio,
                   want.participation_ratio * FLT_EPSILON * (16 + 4 * (double)width));
    }
}

static void knows_the_extremes(void **state)
{
    (void)state;
    enum { N = 64, D = 32 };
    for (int i = 0; i < N * D; i++)
        z[i] = (float)(1 + i % D) * (float)(1 + i / D); /* one direction, many lengths */
    ak_collapse c = ak_collapse_measure(z, N, D, scratch);
    CHECK_LE(c.embedding_std, 4 * FLT_EPSILON * sqrt(D));
    memset(z, 0, sizeof z); /* plus and minus the axes: the whole sphere, each dimension alike */
    for (int i = 0; i < N; i++) z[i * D + i / 2] = i % 2 ? -3.0f : 5.0f;
    c = ak_collapse_measure(z, N, D, scratch);
    CHECK_NEAR(c.embedding_std, 1, 1e-6);
    CHECK_NEAR(c.participation_ratio, D, D * 1e-5);
    for (int i = 0; i < N; i++) /* a line through the sphere */
        for (int k = 0; k < D; k++) z[i * D + k] = i % 2 ? 1.0f : -1.0f;
    c = ak_collapse_measure(z, N, D, scratch);
    CHECK_NEAR(c.participation_ratio, 1, 1e-5);
    memset(z, 0, D * sizeof *z); /* a row without direction */
    c = ak_collapse_measure(z, N, D, scratch);
    CHECK(isnan(c.embedding_std) && isnan(c.participation_ratio));
    CHECK(isnan(ak_collapse_measure(z, 1, D, scratch).embedding_std));
}

static int warnings(ak_collapse_watch *watch, const ak_collapse_seen *seen)
{
    char text[512];
    int n = 0;
    while (ak_collapse_warning(watch, seen, text, sizeof text)) {
        n++;
        CHECK(strstr(text, "warning: ") && strstr(text, "; try "));
    }
    return n;
}

static void warns_once_of_each_kind(void **state)
{
    (void)state;
    const ak_collapse_seen good = { { 0.7, 8 }, 64, 32, 5, 5.1, 6, 3, true };
    ak_collapse_seen bad = { { 0.01, 1.01 }, 64, 32, 6, 6.1, 6, 3, false };
    ak_collapse_watch watch = { { 0.1, 1.1, 0.01 }, { false } };
    CHECK(warnings(&watch, &good) == 0);
    CHECK(warnings(&watch, &bad) == 0); /* not yet warm */
    bad.warm = true;
    CHECK(warnings(&watch, &bad) == 3);
    CHECK(warnings(&watch, &bad) == 0);

    ak_collapse_watch off = { { 0, 0, 0 }, { false } };
    CHECK(warnings(&off, &bad) == 0);

    ak_collapse_watch fresh = { { 0.1, 1.1, 0.01 }, { false } };
    ak_collapse_seen unknown = good;
    unknown.now.embedding_std = unknown.now.participation_ratio = unknown.floor = NAN;
    CHECK(warnings(&fresh, &unknown) == 0);
    unknown.loss = unknown.smoothed_loss = 5.99; /* a 600th of chance; without a floor that is the measure */
    CHECK(warnings(&fresh, &unknown) == 1);

    ak_collapse_watch two = { { 0, 4, 0 }, { false } }; /* two dimensions can never be four */
    ak_collapse_seen narrow = good;
    narrow.width = 2;
    narrow.now.participation_ratio = 1.9;
    CHECK(warnings(&two, &narrow) == 0);

    ak_collapse_watch few = { { 0, 1.4, 0 }, { false } }; /* three rows about their mean: two directions */
    ak_collapse_seen three = good;
    three.rows = three.width = 3;
    three.now.participation_ratio = 1.2;
    CHECK(warnings(&few, &three) == 0);
    three.rows = 4;
    CHECK(warnings(&few, &three) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_its_definition),
        cmocka_unit_test(knows_the_extremes),
        cmocka_unit_test(warns_once_of_each_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
