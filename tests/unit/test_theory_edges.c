/* SPDX-License-Identifier: Apache-2.0 */
/* Where the theory's numbers leave the range of double, and where a statement leaves its own assumption:
 * digits near ln 1 against exact fractions, sums that overflow, rows that must not be judged. */
#include "akin/theory.h"
#include "test.h"
#include "theory/numbers.h"
#include "theory/theory.h"

static akin_error err;

/* ln upsilon by inclusion and exclusion in fractions (python3, fractions.Fraction), the logarithm in decimals
 * of 60 digits: ln(1 - x), x = sum over sets S of classes, S not empty, of (-1)^(|S|+1) P(no draw is of S). P
 * is (1 - rho(S))^N, or binom(n - n_S, N) / binom(n, N) without replacement. */
static const struct {
    int64_t classes, items, negatives; /* items of a class without replacement; 0 = with replacement */
    double log_upsilon;
} EQUAL[] = {
    { 10, 0, 127, -1.3900924124211532e-05 },   { 10, 0, 511, -3.7339184874102005e-23 },
    { 2, 0, 999, -1.8665272370064378e-301 },   { 100, 0, 2047, -1.1504785891604191e-07 },
    { 100, 0, 4095, -1.323600954164523e-16 },  { 10, 100, 255, -2.261961550764694e-13 },
    { 10, 100, 511, -2.1248208161489299e-33 }, { 10, 40, 127, -7.3465277226812905e-07 },
};

/* The same for unequal classes: overall, and given an anchor of each class, whose class need not be drawn. */
static const struct {
    bool finite;
    int64_t count[3], negatives; /* priors are count / 100 */
    double log_upsilon, given[3];
} UNEQUAL[] = {
    { false,
      { 70, 20, 10 },
      199,
      -7.0550791115589916e-10,
      { -7.8389767909859808e-10, -7.838976790467292e-10, -5.1868944611012411e-20 } },
    { false,
      { 70, 20, 10 },
      399,
      -4.9774141229384917e-19,
      { -5.5304601365983247e-19, -5.5304601365983247e-19, -2.1523099320482188e-39 } },
    { true,
      { 60, 30, 12 },
      70,
      -1.0445705080186443e-07,
      { -1.1838465839985387e-07, -1.1838465839985387e-07, -7.4192520378941984e-25 } },
};

#define CHECK_DIGITS(got, want) CHECK_NEAR((got) / (want), 1, 1e-12)

static void digits_near_one(void **state)
{
    (void)state;
    int64_t counts[100];
    for (size_t i = 0; i < sizeof EQUAL / sizeof *EQUAL; i++) {
        akin_prior p = AKIN_PRIOR_INIT;
        p.classes = EQUAL[i].classes;
        p.without_replacement = EQUAL[i].items > 0;
        for (int64_t c = 0; c < p.classes; c++) counts[c] = EQUAL[i].items;
        if (p.without_replacement) p.counts = counts;
        akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
        CHECK_OK(akin_theory_plan_compute(&p, EQUAL[i].negatives, 1, &r, &err));
        CHECK_DIGITS(r.log_upsilon, EQUAL[i].log_upsilon);
        CHECK_DIGITS(r.log1m_upsilon, log(-expm1(EQUAL[i].log_upsilon)));
    }
    for (size_t i = 0; i < sizeof UNEQUAL / sizeof *UNEQUAL; i++) {
        double given[3];
        akin_prior p = AKIN_PRIOR_INIT;
        p.classes = 3;
        p.counts = UNEQUAL[i].count;
        p.without_replacement = UNEQUAL[i].finite;
        akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
        CHECK_OK(akin_theory_plan_compute(&p, UNEQUAL[i].negatives, 1, &r, &err));
        CHECK_DIGITS(r.log_upsilon, UNEQUAL[i].log_upsilon);
        CHECK_DIGITS(r.log_upsilon_min, UNEQUAL[i].given[0]);
        CHECK_OK(akin_log_coverage_per_class(&p, UNEQUAL[i].negatives, false, given, &err));
        for (int c = 0; c < 3; c++) CHECK_DIGITS(given[c], UNEQUAL[i].given[c]);
    }
}

/* P(no collision) of many classes, each rare: ln(1 - x) with x = 1 - sum rho (1-rho)^K, by series. */
static void rare_collisions(void **state)
{
    (void)state;
    double rho[3] = { 1 - 3e-9, 1e-9, 2e-9 };
    akin_prior p = AKIN_PRIOR_INIT;
    p.classes = 10000000;
    akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
    CHECK_OK(akin_theory_plan_compute(&p, 3, 1, &r, &err));
    CHECK_DIGITS(r.log1m_tau_k, 3 * log1p(-1e-7));
    ak_groups
        g; /* classes that differ, so that the mean over them is a sum: 0.4e6 of 1e-6, 0.6e6 of 1e-6 (1+h) */
    ak_group group[2] = { { 1e-6, 4e5, 1 - 1e-6 }, { 1.0000005e-6, 6e5, 1 - 1.0000005e-6 } };
    g = (ak_groups){ group, 2, 1e6, 4e5 * 1e-6 + 6e5 * 1.0000005e-6, false };
    double x = 0; /* one negative: sum of rho^2, exactly */
    for (int i = 0; i < 2; i++) x += group[i].classes * pow(ak_group_rho(&g, i), 2);
    for (int i = 0; i < 2; i++) group[i].others = g.total - group[i].weight;
    CHECK_DIGITS(ak_collision_log_none(&g, 1), log1p(-x));
    p.classes = 3;
    p.prior = rho;
    CHECK_OK(akin_theory_plan_compute(&p, 1, 1, &r, &err));
    CHECK_NEAR(r.tau_k, 1 - 6e-9, 1e-15);
}

/* A row as a paper's file makes it. */
static akin_bound_row judged(akin_bound_sense sense, double value, double measured)
{
    akin_bound_row r = { .sense = sense, .holds = AKIN_TRUTH_UNKNOWN };
    ak_bound_set(&r, value, 0, measured, 0, sense == AKIN_BOUND_UPPER ? 10 : -10);
    return r;
}

static void infinite_numbers_are_not_judged(void **state)
{
    (void)state;
    static const double odd[] = { INFINITY, -INFINITY, NAN };
    for (int s = 0; s < 2; s++) {
        const akin_bound_sense sense = s ? AKIN_BOUND_LOWER : AKIN_BOUND_UPPER;
        CHECK(judged(sense, 1, 1).holds == AKIN_TRUTH_YES);
        CHECK(judged(sense, s ? 2 : 1, s ? 1 : 2).holds == AKIN_TRUTH_NO);
        for (int i = 0; i < 3; i++) {
            CHECK(judged(sense, odd[i], 1).holds == AKIN_TRUTH_UNKNOWN);
            CHECK(judged(sense, 1, odd[i]).holds == AKIN_TRUTH_UNKNOWN);
            for (int j = 0; j < 3; j++) CHECK(judged(sense, odd[i], odd[j]).holds == AKIN_TRUTH_UNKNOWN);
        }
    }
    CHECK(judged(AKIN_BOUND_UPPER, INFINITY, 1).vacuous && judged(AKIN_BOUND_LOWER, -INFINITY, 1).vacuous);
}

static const akin_bound_row *named(const akin_bounds *b, const char *name)
{
    const akin_bound_row *r;
    for (int i = 0; (r = akin_bounds_at(b, i)); i++)
        if (strcmp(r->name, name) == 0) return r;
    CHECK(false);
    return NULL;
}

/* 990 items against 10, each class nearly a point: anchors of the small class have a contrastive loss of
 * ln K - 1/t, so the bound, which has equal classes in its ln(K/C), lies below 0. */
static void outside_of_its_assumption(void **state)
{
    (void)state;
    enum { N = 1000, D = 3 };
    static float x[N * D];
    static int32_t labels[N];
    for (int i = 0; i < N; i++) {
        labels[i] = i >= 990;
        for (int j = 0; j < D; j++) x[i * D + j] = (float)((j == labels[i]) + 1e-4 * test_normal());
    }
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ x, N, D, D };
    in.labels = labels;
    in.count = N;
    in.temperature = 0.002;
    in.negatives = 8;
    akin_bounds *b = NULL;
    CHECK_OK(akin_bounds_compute(&in, "wang", &b, &err));
    static const char *const rows[] = { "wang-upper", "wang-lower" };
    for (int i = 0; i < 2; i++) {
        const akin_bound_row *r = named(b, rows[i]);
        CHECK(r->holds == AKIN_TRUTH_UNKNOWN && strstr(r->assumed, "not judged"));
    }
    CHECK_LE(named(b, "wang-upper")->value, 0); /* and no such loss is below 0 */
    akin_bounds_free(b);
    for (int i = 0; i < N; i++) labels[i] = i % 2;
    CHECK_OK(akin_bounds_compute(&in, "wang", &b, &err));
    CHECK(named(b, "wang-upper")->holds == AKIN_TRUTH_YES &&
          !strstr(named(b, "wang-upper")->assumed, "judged"));
    akin_bounds_free(b);
}

/* e^{2/t} beyond the greatest double. Three copies of one point, three of the opposite one: the other class's
 * part is 3 e^{-1/t}, the own one 2 e^{1/t}. */
static void low_temperatures(void **state)
{
    (void)state;
    static const float x[] = { 1, 0, 1, 0, 1, 0, -1, 0, -1, 0, -1, 0 };
    static const int32_t labels[] = { 0, 0, 0, 1, 1, 1 };
    static const double t[] = { 0.5, 0.02, 0.002, 1e-4 };
    for (int i = 0; i < 4; i++) {
        akin_bound_input in = AKIN_BOUND_INPUT_INIT;
        in.a = (akin_cmat){ x, 6, 2, 2 };
        in.labels = labels;
        in.count = 6;
        in.temperature = t[i];
        in.negatives = 2;
        akin_bounds *b = NULL;
        CHECK_OK(akin_bounds_compute(&in, "nscl", &b, &err));
        const akin_bound_row *r = named(b, "nscl-gap");
        const double same = log(2.0 / 3) + 2 / t[i], most = 2 / t[i]; /* ln(1 + 3 e^{2/t} / 3) */
        CHECK_NEAR(r->measured, same + log1p(exp(-same)), 1e-6 * most);
        CHECK_NEAR(r->value, most + log1p(exp(-most)), 1e-12 * most);
        CHECK(r->holds == AKIN_TRUTH_YES && isfinite(r->measured_interval[0]) && isfinite(r->log_value));
        akin_bounds_free(b);
    }
}

/* Two classes, of which one has all of the mass but 1.875e-301: given an anchor of the rare one, twelve draws
 * hold the other for certain (it was NaN); given one of the other, with twelve times the rare one's mass. */
static void a_class_with_all_of_the_mass(void **state)
{
    (void)state;
    const double prior[2] = { 1, 1.875e-301 };
    double given[2] = { NAN, NAN };
    akin_prior p = AKIN_PRIOR_INIT;
    p.classes = 2;
    p.prior = prior;
    CHECK_OK(akin_log_coverage_per_class(&p, 12, false, given, &err));
    CHECK_DIGITS(given[0], log(12) + log(1.875e-301));
    CHECK(given[1] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_with_all_of_the_mass),
        cmocka_unit_test(digits_near_one),
        cmocka_unit_test(rare_collisions),
        cmocka_unit_test(infinite_numbers_are_not_judged),
        cmocka_unit_test(outside_of_its_assumption),
        cmocka_unit_test(low_temperatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
