/* SPDX-License-Identifier: Apache-2.0 */
/* Paired comparisons against enumerations: the mid-p value by counting all 2^N outcomes; the score
 * interval by the likelihood, maximised under the constraint on a grid; the error of the test and the
 * coverage of the interval by summing over all outcomes of three-way trials. */
#include "akin/tool/paired.h"
#include "test.h"

static akin_error err;

static akin_paired counts(int64_t n, int64_t won, int64_t lost)
{
    akin_paired r = AKIN_PAIRED_INIT;
    CHECK_OK(akin_paired_counts(n, won, lost, &r, &err));
    return r;
}

static void mid_p_counts_outcomes(void **state)
{
    (void)state;
    for (int n = 1; n <= 14; n++)
        for (int won = 0; won <= n; won++) {
            int as_far = 0, farther = 0; /* outcomes of n fair coins */
            for (unsigned coins = 0; coins < 1u << n; coins++) {
                const int heads = __builtin_popcount(coins);
                as_far += abs(2 * heads - n) == abs(2 * won - n);
                farther += abs(2 * heads - n) > abs(2 * won - n);
            }
            /* both sides beyond what was seen, and half of what is as far */
            const double all = (double)(1u << n), want = 2 * won == n ? 1 : (farther + 0.5 * as_far) / all;
            const akin_paired r = counts(20, won, n - won);
            CHECK_NEAR(r.p, want, 1e-12);
            CHECK_NEAR(r.difference, (2.0 * won - n) / 20, 1e-15);
        }
    CHECK_NEAR(counts(5, 0, 0).p, 1, 0);
    /* many: near the normal distribution. 1,000 against 1,100: z = 100/sqrt(2100) = 2.1822, p = 0.0291 */
    CHECK_NEAR(counts(1000000, 1000, 1100).p, 0.0291, 2e-4);
    const akin_paired huge = counts((int64_t)1 << 40, 40000000, 1);
    CHECK(huge.p >= 0 && huge.p < 1e-300 && huge.ci95[0] > 0);
}

/* The score statistic by its definition: q is where the likelihood is greatest given the difference d. */
static double naive_score(double n, double won, double lost, double d)
{
    double best = -INFINITY, at = 0;
    const double least = fmax(0, -d), most = (1 - d) / 2;
    double low = least, high = most;
    for (int zoom = 0; zoom < 12; zoom++) {
        const double step = (high - low) / 100;
        best = -INFINITY;
        for (int k = 0; k <= 100; k++) {
            const double q = low + step * k, p = q + d, rest = 1 - p - q;
            if (p < 0 || q < 0 || rest < -1e-12) continue;
            double l = 0;
            if (won > 0) l += won * log(p);
            if (lost > 0) l += lost * log(q);
            if (n > won + lost) l += (n - won - lost) * log(fmax(rest, 0));
            if (l > best) best = l, at = q;
        }
        low = fmax(least, at - step);
        high = fmin(most, at + step);
    }
    return (won - lost - n * d) / sqrt(n * (2 * at + d - d * d));
}

static void the_interval_is_where_the_score_is_1_96(void **state)
{
    (void)state;
    static const int64_t cases[][3] = { { 20, 5, 1 },  { 50, 12, 9 },       { 50, 0, 0 }, { 100, 30, 4 },
                                        { 10, 10, 0 }, { 10000, 620, 501 }, { 7, 0, 3 } };
    for (int k = 0; k < 7; k++) {
        const double n = (double)cases[k][0], won = (double)cases[k][1], lost = (double)cases[k][2];
        const akin_paired r = counts(cases[k][0], cases[k][1], cases[k][2]);
        CHECK(r.ci95[0] <= r.difference && r.difference <= r.ci95[1]);
        if (r.ci95[0] > -1 + 1e-6) CHECK_NEAR(naive_score(n, won, lost, r.ci95[0]), 1.959963984540054, 1e-3);
        if (r.ci95[1] < 1 - 1e-6) CHECK_NEAR(naive_score(n, won, lost, r.ci95[1]), -1.959963984540054, 1e-3);
        const akin_paired back = counts(cases[k][0], cases[k][2], cases[k][1]);
        CHECK_NEAR(back.ci95[0], -r.ci95[1], 1e-12);
        CHECK_NEAR(back.p, r.p, 1e-15);
    }
    /* without a pair that differs: z^2 / (n + z^2) to either side */
    CHECK_NEAR(counts(50, 0, 0).ci95[1], 3.841458820694124 / (50 + 3.841458820694124), 1e-9);
}

/* Of up to 400 items that differ: p is at most 0.05 where the interval leaves out 0, and only there. */
static void test_and_interval_say_the_same(void **state)
{
    (void)state;
    for (int n = 1; n <= 400; n++)
        for (int won = 0; won <= n; won++) {
            const akin_paired r = counts(1000, won, n - won);
            const bool out = r.ci95[0] > 0 || r.ci95[1] < 0;
            CHECK(out == (r.p <= 0.05) && out == (akin_paired_direction(&r) != 0));
        }
    const akin_paired few = counts(100, 4, 0);
    CHECK(few.p == 0.0625 && few.ci95[0] == 0 && few.ci95[1] > 0.04);
}

/* Over all outcomes of n items, with the probabilities of winning and losing. */
static void enumerate(int n, double win, double lose, double *covers, double *rejects)
{
    *covers = *rejects = 0;
    for (int a = 0; a <= n; a++)
        for (int b = 0; a + b <= n; b++) {
            const double l = lgamma(n + 1.0) - lgamma(a + 1.0) - lgamma(b + 1.0) - lgamma(n - a - b + 1.0) +
                             a * log(win) + b * log(lose) + (n - a - b) * log(1 - win - lose);
            if (l < -40) continue;
            const akin_paired r = counts(n, a, b);
            *covers += exp(l) * (r.ci95[0] <= win - lose && win - lose <= r.ci95[1]);
            *rejects += exp(l) * (akin_paired_direction(&r) != 0);
        }
}

static void coverage_and_error_are_five_per_cent(void **state)
{
    (void)state;
    static const double chances[][2] = {
        { 0.1, 0.1 }, { 0.2, 0.1 }, { 0.15, 0.05 }, { 0.3, 0.2 }, { 0.25, 0.25 }
    };
    for (int n = 60; n <= 200; n += 70)
        for (int k = 0; k < 5; k++) {
            double covers, rejects;
            enumerate(n, chances[k][0], chances[k][1], &covers, &rejects);
            CHECK_LE(0.93, covers);
            CHECK_LE(covers, 0.97);
            if (chances[k][0] == chances[k][1]) CHECK_LE(rejects, 0.055);
        }
}

static void hits_are_counted_and_nonsense_refused(void **state)
{
    (void)state;
    const uint8_t a[] = { 1, 1, 0, 0, 1 }, b[] = { 1, 0, 1, 0, 0 }, c[] = { 1, 2, 0, 0, 1 };
    akin_paired r = AKIN_PAIRED_INIT;
    CHECK_OK(akin_paired_hits(a, b, 5, &r, &err));
    CHECK(r.n == 5 && r.won == 2 && r.lost == 1 && akin_paired_direction(&r) == 0);
    CHECK_FAILS(akin_paired_hits(a, c, 5, &r, &err), AKIN_ERR_INPUT, "item 1 is 1 and 2");
    CHECK_FAILS(akin_paired_hits(a, NULL, 5, &r, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_paired_counts(3, 2, 2, &r, &err), AKIN_ERR_RANGE, "2 won and 2 lost of 3");
    CHECK_FAILS(akin_paired_counts(0, 0, 0, &r, &err), AKIN_ERR_RANGE, "of 0 items");
    CHECK_FAILS(akin_paired_counts(3, -1, 2, &r, &err), AKIN_ERR_RANGE, "-1 won");
    CHECK_FAILS(akin_paired_counts(3, 1, 2, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    const akin_paired up = counts(1000, 60, 20), down = counts(1000, 20, 60);
    CHECK(akin_paired_direction(&up) == 1 && akin_paired_direction(&down) == -1);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mid_p_counts_outcomes),
        cmocka_unit_test(the_interval_is_where_the_score_is_1_96),
        cmocka_unit_test(test_and_interval_say_the_same),
        cmocka_unit_test(coverage_and_error_are_five_per_cent),
        cmocka_unit_test(hits_are_counted_and_nonsense_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
