/* SPDX-License-Identifier: Apache-2.0 */
/* Paired differences that are no counts: of draws of labels and of AVG-k over classes. By hand, against
 * Student's t in closed form (2 degrees of freedom: P(|T| > t) = 1 - t/sqrt(2 + t^2)); what protocols tell of
 * ranks and parts against their own results; and by the share of drawn sets of classes whose interval
 * holds the difference. AKIN_TEST_FULL=1 takes 2,000 sets instead of 300. */
#include "akin/eval.h"
#include "akin/tool/paired.h"
#include "akin/tool/study.h"
#include "test.h"

static akin_error err;

static void students_t_by_hand(void **state)
{
    (void)state;
    const double x[] = { 1, 2, 3 }, without[] = { 2.5, 2, 1.5 }, flat[] = { 2, 2, 2 }, none[] = { -1, 0, 1 };
    const double t = 2 * sqrt(3), p = 1 - t / sqrt(2 + t * t), half = 4.30265272975 / sqrt(3);
    akin_paired r = AKIN_PAIRED_INIT;
    CHECK_OK(akin_paired_means(x, 3, &r, &err));
    CHECK(r.n == 3 && r.difference == 2 && strcmp(r.interval, "student-over-draws") == 0);
    CHECK_NEAR(r.p, p, 1e-9);
    CHECK_NEAR(r.ci95[1] - 2, half, 1e-9);
    /* the jackknife of a mean is Student's t */
    CHECK_OK(akin_paired_jackknife(without, 3, 2, &r, &err));
    CHECK_NEAR(r.p, p, 1e-9);
    CHECK_NEAR(2 - r.ci95[0], half, 1e-9);
    CHECK(akin_paired_direction(&r) == 0);
    CHECK_OK(akin_paired_means(flat, 3, &r, &err));
    CHECK(r.p == 0 && r.ci95[0] == 2 && akin_paired_direction(&r) == 1);
    CHECK_OK(akin_paired_means(none, 3, &r, &err));
    CHECK(r.p == 1 && akin_paired_direction(&r) == 0);
    const double bad[] = { 1, NAN };
    CHECK_FAILS(akin_paired_means(x, 1, &r, &err), AKIN_ERR_RANGE, "1 differences");
    CHECK_FAILS(akin_paired_means(bad, 2, &r, &err), AKIN_ERR_INPUT, "value 1");
    CHECK_FAILS(akin_paired_jackknife(x, 3, INFINITY, &r, &err), AKIN_ERR_INPUT, "not finite");
    CHECK_FAILS(akin_paired_jackknife(NULL, 3, 0, &r, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_paired_crossed(x, 1, 3, &r, &err), AKIN_ERR_RANGE, "1 repetitions");
}

/* The interval of a study's claims; its p is 0.05 where, and only where, an end is 0. */
static void draws_and_items_are_crossed(void **state)
{
    (void)state;
    enum { DRAWS = 5, ITEMS = 40 };
    double x[DRAWS * ITEMS];
    for (int k = 0; k < DRAWS * ITEMS; k++) x[k] = (double)test_int(-1, 1) + 0.1 * (k / ITEMS);
    akin_mean95 m = AKIN_MEAN95_INIT;
    akin_paired r = AKIN_PAIRED_INIT;
    CHECK_OK(akin_crossed95_of(x, DRAWS, ITEMS, &m, &err));
    CHECK_OK(akin_paired_crossed(x, DRAWS, ITEMS, &r, &err));
    CHECK(r.difference == m.mean && r.ci95[0] == m.low && r.ci95[1] == m.high && r.n == ITEMS);
    const double low = m.low, half = m.mean - m.low;
    double before = 2;
    for (int step = 0; step <= 8; step++) { /* from a difference of 0 to one of two half intervals */
        for (int k = 0; k < DRAWS * ITEMS; k++) x[k] -= low + half - 0.25 * step * half;
        CHECK_OK(akin_paired_crossed(x, DRAWS, ITEMS, &r, &err));
        for (int k = 0; k < DRAWS * ITEMS; k++) x[k] += low + half - 0.25 * step * half;
        CHECK(r.p < before);
        CHECK((akin_paired_direction(&r) == 1) == (step > 4));
        if (step == 4) CHECK_NEAR(r.p, 0.05, 1e-6);
        before = r.p;
    }
}

/* What protocols tell ---------------------------------------------------------------------------------- */

enum { C = 12, PER = 6, D = 5, N = C * PER, DRAWS = 10 };
static float train_x[2][N * D], test_x[2][N * D];
static int32_t y[N];

/* Classes of one population; the second set of rows is the first with noise. */
static void draw(double noise)
{
    for (int c = 0; c < C; c++) {
        double centre[D];
        for (int j = 0; j < D; j++) centre[j] = test_normal();
        for (int i = c * PER; i < (c + 1) * PER; i++) {
            y[i] = c;
            for (int j = 0; j < D; j++) {
                train_x[0][i * D + j] = (float)(centre[j] + 0.6 * test_normal());
                test_x[0][i * D + j] = (float)(centre[j] + 0.6 * test_normal());
                train_x[1][i * D + j] = train_x[0][i * D + j] + (float)(noise * test_normal());
                test_x[1][i * D + j] = test_x[0][i * D + j] + (float)(noise * test_normal());
            }
        }
    }
}

static akin_eval_data rows(int k)
{
    return (akin_eval_data){
        sizeof(akin_eval_data), { train_x[k], N, D, D }, y, N, { test_x[k], N, D, D }, y, N
    };
}

static double share(const int32_t *rank, int32_t top)
{
    double hits = 0;
    for (int i = 0; i < N; i++) hits += rank[i] < top;
    return hits / N;
}

static void ranks_and_parts_are_those_of_the_result(void **state)
{
    (void)state;
    static int32_t rank[DRAWS * N];
    static double parts[AKIN_KWAY_MOST * C];
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    opts.ranks = rank;
    opts.parts = parts;
    draw(0.2);
    const akin_eval_data data = rows(0);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    akin_paired d = AKIN_PAIRED_INIT;
    for (int few = 0; few <= 3; few += 3)
        for (int kway = 0; kway < 2; kway++) {
            const int draws = few ? DRAWS : 1;
            memset(rank, 255, sizeof rank);
            if (kway)
                CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_CENTROID, few, &opts, &r, &err));
            else
                CHECK_OK(akin_eval_centroid(&data, few, &opts, &r, &err));
            double top1 = 0;
            for (int k = 0; k < draws; k++) top1 += share(rank + k * N, 1) / draws;
            CHECK_NEAR(r.top1, top1, 1e-12);
            if (!kway) continue;
            CHECK(r.avg[1].size == 10);
            for (int t = 0; t < 2; t++) {
                if (few)
                    CHECK_OK(akin_paired_means(parts + t * DRAWS, DRAWS, &d, &err));
                else
                    CHECK_OK(akin_paired_jackknife(parts + t * C, C, r.avg[t].value, &d, &err));
                CHECK_NEAR(d.difference, r.avg[t].value, 1e-12);
                CHECK_NEAR(fmax(0, d.ci95[0]), r.avg[t].ci95[0], 1e-12);
                CHECK_NEAR(fmin(1, d.ci95[1]), r.avg[t].ci95[1], 1e-12);
            }
            CHECK(isnan(parts[2 * (few ? DRAWS : C)]));
        }
}

/* Classes are drawn anew each time. The difference held is the mean over all sets, which is unbiased. */
static void the_interval_of_a_difference_holds_it(void **state)
{
    (void)state;
    enum { MOST = 2000 };
    static double parts[2][AKIN_KWAY_MOST * C], low[MOST], high[MOST];
    const int sets = getenv("AKIN_TEST_FULL") ? MOST : 300;
    double truth = 0, own = 0;
    for (int s = 0; s < sets; s++) {
        double x[C], value[2];
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        akin_paired d = AKIN_PAIRED_INIT;
        draw(0.4);
        for (int k = 0; k < 2; k++) {
            akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
            const akin_eval_data data = rows(k);
            opts.parts = parts[k];
            CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_CENTROID, 0, &opts, &r, &err));
            value[k] = r.avg[0].value;
        }
        for (int c = 0; c < C; c++) x[c] = parts[0][c] - parts[1][c];
        CHECK_OK(akin_paired_jackknife(x, C, value[0] - value[1], &d, &err));
        low[s] = d.ci95[0];
        high[s] = d.ci95[1];
        truth += d.difference / sets;
        own += (r.avg[0].ci95[1] - r.avg[0].ci95[0]) / sets;
    }
    double holds = 0, width = 0;
    for (int s = 0; s < sets; s++) {
        holds += (double)(low[s] <= truth && truth <= high[s]) / sets;
        width += (high[s] - low[s]) / sets;
    }
    printf(
        "AVG-2: the interval of the difference holds it in %.3f of %d sets; width %.4f, of one alone %.4f\n",
        holds, sets, width, own);
    const double error = 3 * sqrt(0.05 * 0.95 / sets);
    CHECK_LE(0.93 - error, holds);
    CHECK_LE(holds, 0.98 + error);
    CHECK_LE(width, own); /* what both have in common is not in it */
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(students_t_by_hand),
        cmocka_unit_test(draws_and_items_are_crossed),
        cmocka_unit_test(ranks_and_parts_are_those_of_the_result),
        cmocka_unit_test(the_interval_of_a_difference_holds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
