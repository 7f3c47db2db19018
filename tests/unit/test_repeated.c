/* SPDX-License-Identifier: Apache-2.0 */
/* repeated measurements: Student's interval against published points of the t distribution, verdicts at and
 * around the borders, and what must not matter: a common shift of both sides.
 *
 * Tolerance: sums of at most 20 terms of size 100 in double are off by less than 1e-12; the published points
 * have as many digits as stand here. */
#include "akin/tool/study.h"
#include "test.h"

static akin_error err;

/* t(0.975, df), from the tables of the distribution. */
static const struct {
    int64_t df;
    double t;
} POINTS[] = { { 1, 12.7062047 }, { 2, 4.3026527 },  { 3, 3.1824463 }, { 4, 2.7764451 },
               { 9, 2.2621572 },  { 14, 2.1447867 }, { 19, 2.0930241 } };

static void intervals_have_the_published_width(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof POINTS / sizeof *POINTS; p++) {
        /* n values 0 or 2 around 1: s^2 = sum (x - mean)^2 / df by hand */
        const int64_t n = POINTS[p].df + 1;
        double x[32], mean = 0, square = 0;
        for (int64_t i = 0; i < n; i++) mean += (x[i] = i % 2 ? 2 : 0) / (double)n;
        for (int64_t i = 0; i < n; i++) square += (x[i] - mean) * (x[i] - mean);
        const double half = POINTS[p].t * sqrt(square / (double)POINTS[p].df / (double)n);
        akin_mean95 m = AKIN_MEAN95_INIT;
        CHECK_OK(akin_mean95_of(x, n, &m, &err));
        CHECK(m.n == n);
        CHECK_NEAR(m.mean, mean, 1e-12);
        CHECK_NEAR(m.high - m.mean, half, 1e-6);
        CHECK_NEAR(m.mean - m.low, half, 1e-6);
    }
    akin_mean95 one = AKIN_MEAN95_INIT;
    CHECK_OK(akin_mean95_of(&(double){ 7 }, 1, &one, &err));
    CHECK(one.mean == 7 && isnan(one.low) && isnan(one.high));
}

/* Differences 1 and 3: mean 2, s = sqrt 2, interval 2 -+ 12.7062 * sqrt 2 / sqrt 2 = 2 -+ 12.7062.
 * Differences 1, 2, 3: mean 2, s = 1, interval 2 -+ 4.30265 / sqrt 3 = 2 -+ 2.48414, that is -0.48414 to
 * 4.48414. */
static akin_verdict judge(int64_t n, double scale, akin_expect expect, double margin, akin_judgement *d)
{
    const double left[] = { 11, 22, 33 }, right[] = { 11 - scale, 22 - 2 * scale, 33 - 3 * scale };
    *d = (akin_judgement)AKIN_JUDGEMENT_INIT;
    CHECK_OK(akin_paired_verdict(left, right, n, expect, margin, d, &err));
    return d->verdict;
}

static void verdicts_follow_the_interval(void **state)
{
    (void)state;
    akin_judgement d = AKIN_JUDGEMENT_INIT;
    CHECK(judge(3, 1, AKIN_EXPECT_GREATER, 0, &d) == AKIN_VERDICT_UNDECIDED); /* 0 is inside */
    CHECK_NEAR(d.low, -0.4841377, 1e-6);
    CHECK_NEAR(d.high, 4.4841377, 1e-6);
    CHECK(judge(3, 1, AKIN_EXPECT_GREATER, 4.5, &d) == AKIN_VERDICT_CONTRADICTED);
    CHECK(judge(3, 1, AKIN_EXPECT_GREATER, 4.4, &d) == AKIN_VERDICT_UNDECIDED);
    CHECK(judge(3, 1, AKIN_EXPECT_LESS, 0.4, &d) == AKIN_VERDICT_UNDECIDED);
    CHECK(judge(3, 1, AKIN_EXPECT_LESS, 0.5, &d) == AKIN_VERDICT_CONTRADICTED);
    CHECK(judge(3, -1, AKIN_EXPECT_LESS, 0, &d) == AKIN_VERDICT_UNDECIDED);
    CHECK(judge(3, 1, AKIN_EXPECT_EQUAL, 4.5, &d) == AKIN_VERDICT_REPRODUCED);
    CHECK(judge(3, 1, AKIN_EXPECT_EQUAL, 4.4, &d) == AKIN_VERDICT_UNDECIDED);
    CHECK(judge(2, 2, AKIN_EXPECT_GREATER, 0, &d) == AKIN_VERDICT_UNDECIDED); /* wide with two */
    CHECK(judge(1, 1, AKIN_EXPECT_GREATER, 0, &d) == AKIN_VERDICT_UNDECIDED && d.n == 1 && d.difference == 1);
    CHECK(judge(0, 1, AKIN_EXPECT_GREATER, 0, &d) == AKIN_VERDICT_UNDECIDED && d.n == 0 &&
          isnan(d.difference));

    /* 9.9, 10, 10.1: mean 10, s = 0.1, half = 4.30265 * 0.1 / sqrt 3 = 0.248414 */
    const double left[] = { 9.9, 10, 10.1 }, right[] = { 0, 0, 0 };
    CHECK_OK(akin_paired_verdict(left, right, 3, AKIN_EXPECT_GREATER, 9.7, &d, &err));
    CHECK(d.verdict == AKIN_VERDICT_REPRODUCED);
    CHECK_OK(akin_paired_verdict(right, left, 3, AKIN_EXPECT_LESS, 9.7, &d, &err));
    CHECK(d.verdict == AKIN_VERDICT_REPRODUCED);
    CHECK_OK(akin_paired_verdict(left, right, 3, AKIN_EXPECT_LESS, 0, &d, &err));
    CHECK(d.verdict == AKIN_VERDICT_CONTRADICTED);
    CHECK_OK(akin_paired_verdict(left, right, 3, AKIN_EXPECT_EQUAL, 9, &d, &err));
    CHECK(d.verdict == AKIN_VERDICT_CONTRADICTED);
}

static void what_moves_both_sides_does_not_matter(void **state)
{
    (void)state;
    const double left[] = { 71, 64, 80, 55 }, right[] = { 70, 63.5, 78.5, 54.25 }; /* 1, 0.5, 1.5, 0.75 */
    const double only[] = { 1, 0.5, 1.5, 0.75 }, zero[4] = { 0 };
    akin_judgement a = AKIN_JUDGEMENT_INIT, b = AKIN_JUDGEMENT_INIT;
    CHECK_OK(akin_paired_verdict(left, right, 4, AKIN_EXPECT_GREATER, 0, &a, &err));
    CHECK_OK(akin_paired_verdict(only, zero, 4, AKIN_EXPECT_GREATER, 0, &b, &err));
    CHECK(a.difference == b.difference && a.low == b.low && a.high == b.high && a.verdict == b.verdict);
    CHECK(a.verdict == AKIN_VERDICT_REPRODUCED);
}

/* Values that never vary, such as a number of a formula, are decided by themselves. */
static void constants_have_no_interval(void **state)
{
    (void)state;
    const double two[] = { 2, 2, 2 }, one[] = { 1, 1, 1 };
    akin_judgement d = AKIN_JUDGEMENT_INIT;
    CHECK_OK(akin_paired_verdict(two, one, 3, AKIN_EXPECT_GREATER, 0, &d, &err));
    CHECK(d.verdict == AKIN_VERDICT_REPRODUCED && d.low == 1 && d.high == 1);
    CHECK_OK(akin_paired_verdict(two, two, 3, AKIN_EXPECT_GREATER, 0, &d, &err));
    CHECK(d.verdict == AKIN_VERDICT_UNDECIDED); /* neither greater nor less */
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    const double bad[] = { 1, INFINITY, 2 }, good[] = { 1, 2, 3 };
    akin_mean95 m = AKIN_MEAN95_INIT;
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    CHECK_FAILS(akin_mean95_of(good, 0, &m, &err), AKIN_ERR_RANGE, "0 values");
    CHECK_FAILS(akin_mean95_of(NULL, 2, &m, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_mean95_of(bad, 3, &m, &err), AKIN_ERR_INPUT, "value 1");
    CHECK_FAILS(akin_paired_verdict(good, bad, 3, AKIN_EXPECT_LESS, 0, &j, &err), AKIN_ERR_INPUT, "right");
    CHECK_FAILS(akin_paired_verdict(good, good, 3, AKIN_EXPECT_EQUAL, 0, &j, &err), AKIN_ERR_RANGE,
                "above 0");
    CHECK_FAILS(akin_paired_verdict(good, good, 3, AKIN_EXPECT_LESS, -1, &j, &err), AKIN_ERR_RANGE,
                "at least");
}

/* A caller that was built when the structs were shorter. */
static void results_fit_into_an_older_struct(void **state)
{
    (void)state;
    const double x[] = { 1, 2, 3 };
    struct {
        akin_mean95 m;
        double after;
    } old = { { .struct_size = offsetof(akin_mean95, low), .low = -7, .high = -7 }, -7 };
    CHECK_OK(akin_mean95_of(x, 3, &old.m, &err));
    CHECK(old.m.n == 3 && old.m.mean == 2 && old.m.low == -7 && old.m.high == -7 && old.after == -7);
    CHECK(old.m.struct_size == offsetof(akin_mean95, low));
    akin_judgement none = { .struct_size = 0 };
    CHECK_FAILS(akin_paired_verdict(x, x, 3, AKIN_EXPECT_LESS, 0, &none, &err), AKIN_ERR_ARGUMENT, "size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_have_the_published_width),
        cmocka_unit_test(verdicts_follow_the_interval),
        cmocka_unit_test(what_moves_both_sides_does_not_matter),
        cmocka_unit_test(constants_have_no_interval),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(results_fit_into_an_older_struct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
