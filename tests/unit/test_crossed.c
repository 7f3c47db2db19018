/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals over repetitions and test items: against the table of squares written out for small integers, and
 * by simulated coverage of the difference of two classifiers whose true value is known.
 *
 * The simulation: repetition s of classifier c gets item i right when m_c + a_cs + b_i + b_ci + e_csi > 0,
 * all normal. So P(right) = Phi(m_c / sqrt of the sum of variances), over other repetitions and other items.
 * AKIN_TEST_FULL=1 takes 10,000 experiments of each kind instead of 1,000. */
#include "akin/tool/study.h"
#include "test.h"

static akin_error err;

/* 2 x 3: rows 1 2 3 and 5 4 9. Means of rows 2, 6; of columns 3, 3, 6; of all 4.
 * M_n = 3 (4 + 4) / 1 = 24; M_i = 2 (1 + 1 + 4) / 2 = 6; what is left: 1-2-3+4 = 0, 1, -1 and 0, -1, 1:
 * M_e = 4 / 2 = 2. t(1) = 12.7062047, t(2) = 4.3026527. */
static void the_formula_by_hand(void **state)
{
    (void)state;
    const double x[] = { 1, 2, 3, 5, 4, 9 };
    akin_mean95 m = AKIN_MEAN95_INIT;
    CHECK_OK(akin_crossed95_of(x, 2, 3, &m, &err));
    const double half = sqrt((12.7062047 * 12.7062047 * 24 + 4.3026527 * 4.3026527 * (6 - 2)) / 6);
    CHECK(m.n == 2);
    CHECK_NEAR(m.mean, 4, 1e-12);
    CHECK_NEAR(m.high - m.mean, half, 1e-5);
    CHECK_NEAR(m.mean - m.low, half, 1e-5);
    const double same[] = { 1, 2, 3, 1, 2, 3 }, flat[6] = { 0 }; /* repetitions that agree: items alone */
    CHECK_OK(akin_crossed95_of(same, 2, 3, &m, &err));
    CHECK_NEAR(m.high - m.mean, 4.3026527 / sqrt(3), 1e-5); /* s = 1 */
    CHECK_OK(akin_crossed95_of(flat, 3, 2, &m, &err));
    CHECK(m.low == 0 && m.high == 0);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    const double x[] = { 1, 2, NAN, 4 };
    akin_mean95 m = AKIN_MEAN95_INIT;
    CHECK_FAILS(akin_crossed95_of(x, 1, 4, &m, &err), AKIN_ERR_RANGE, "1 repetitions of 4 items");
    CHECK_FAILS(akin_crossed95_of(x, 2, 2, &m, &err), AKIN_ERR_INPUT, "value 2");
    CHECK_FAILS(akin_crossed95_of(NULL, 2, 2, &m, &err), AKIN_ERR_ARGUMENT, "NULL");
}

enum { ITEMS = 120, MOST = 10 };

/* Standard deviations of a repetition, of an item for both, of an item for one, and of the rest. */
static const double KINDS[][4] = {
    { 0, 1, 0.5, 1 }, { 0.05, 1, 0.5, 1 }, { 0.2, 1, 0.5, 1 }, { 0.5, 1, 0.5, 1 }, { 0.02, 1, 1.5, 0.3 }
};
static const double LEVEL[2] = { 0.9, 0.7 };

static void experiment(const double *sd, int n, double *x)
{
    double of[2][MOST];
    for (int c = 0; c < 2; c++)
        for (int s = 0; s < n; s++) of[c][s] = LEVEL[c] + sd[0] * test_normal();
    for (int i = 0; i < ITEMS; i++) {
        const double shared = sd[1] * test_normal();
        double own[2];
        for (int c = 0; c < 2; c++) own[c] = shared + sd[2] * test_normal();
        for (int s = 0; s < n; s++) {
            const int left = of[0][s] + own[0] + sd[3] * test_normal() > 0,
                      right = of[1][s] + own[1] + sd[3] * test_normal() > 0;
            x[s * ITEMS + i] = left - right;
        }
    }
}

static double share(double level, const double *sd)
{
    const double all = sqrt(sd[0] * sd[0] + sd[1] * sd[1] + sd[2] * sd[2] + sd[3] * sd[3]);
    return 0.5 * erfc(-level / all / sqrt(2));
}

static void coverage_is_95_per_cent(void **state)
{
    (void)state;
    static double x[MOST * ITEMS];
    static const int many[] = { 2, 3, 5, 10 };
    const int times = getenv("AKIN_TEST_FULL") ? 10000 : 1000;
    for (int k = 0; k < 5; k++)
        for (int r = 0; r < 4; r++) {
            const double truth = share(LEVEL[0], KINDS[k]) - share(LEVEL[1], KINDS[k]);
            int covers = 0, alone = 0;
            for (int t = 0; t < times; t++) {
                double by_seed[MOST] = { 0 };
                experiment(KINDS[k], many[r], x);
                for (int c = 0; c < many[r] * ITEMS; c++) by_seed[c / ITEMS] += x[c] / ITEMS;
                akin_mean95 m = AKIN_MEAN95_INIT, seeds = m;
                CHECK_OK(akin_crossed95_of(x, many[r], ITEMS, &m, &err));
                CHECK_OK(akin_mean95_of(by_seed, many[r], &seeds, &err));
                covers += m.low <= truth && truth <= m.high;
                alone += seeds.low <= truth && truth <= seeds.high;
                CHECK_NEAR(m.mean, seeds.mean, 1e-12);
                CHECK_LE(seeds.high, m.high + 1e-12);
            }
            const double held = (double)covers / times;
            print_message("%2d repetitions, kind %d: %.1f %%; of repetitions alone %.1f %%\n", many[r], k,
                          100 * held, 100.0 * alone / times);
            /* 93 to 97 %, with two and three repetitions more; three standard deviations of the count */
            const double off = 3 * sqrt(0.05 * 0.95 / times), most = many[r] > 3   ? 0.97
                                                                     : many[r] > 2 ? 0.98
                                                                                   : 0.99;
            CHECK_LE(0.93 - off, held);
            CHECK_LE(held, fmin(most + off, 1 - 1e-9));
        }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_formula_by_hand),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(coverage_is_95_per_cent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
