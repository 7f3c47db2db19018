/* SPDX-License-Identifier: Apache-2.0 */
/* The calculator against printed reference values, against direct enumeration and inclusion-exclusion in long
 * double on small cases, and against identities at sizes where nothing else can follow. */
#include "test.h"

#define PRIOR(c, p, n, finite)                                                                               \
    {                                                                                                        \
        .struct_size = sizeof(akin_prior), .classes = (c), .prior = (p), .counts = (n),                      \
        .without_replacement = (finite)                                                                      \
    }

#include "akin/theory.h"

static akin_error err;

/* Half a unit of the last printed digit, and a little for its rounding. */
static double half_digit(double printed, int digits)
{
    return 0.5001 * pow(10, floor(log10(fabs(printed))) - digits + 1);
}

/* C, items of a class, N = K+1, then with and without replacement: 1 - tau_K, upsilon, E ln(Col+1). upsilon
 * 1: as good as 1. */
typedef struct line {
    int64_t classes, items, n;
    double none[2], upsilon[2], ln[2];
} line;

static const line PRINTED[] = {
    { 10, 1000, 32, { 3.8152e-2, 3.8073e-2 }, { 0.690976, 0.692454 }, { 1.3169, 1.3164 } },
    { 10, 1000, 64, { 1.3100e-3, 1.2899e-3 }, { 0.988238, 0.988499 }, { 1.9291, 1.9286 } },
    { 10, 1000, 128, { 1.5445e-6, 1.4302e-6 }, { 0.999986, 0.999987 }, { 2.5851, 2.5847 } },
    { 10, 1000, 256, { 2.1470e-12, 1.5273e-12 }, { 1, 1 }, { 3.2603, 3.2599 } },
    { 10, 1000, 512, { 4.1488e-24, 9.7358e-25 }, { 1, 1 }, { 3.9446, 3.9441 } },
    { 100, 100, 128, { 2.7904e-1, 2.8034e-1 }, { 1.50362e-22, 2.44456e-22 }, { 0.6966, 0.6923 } },
    { 100, 100, 256, { 7.7086e-2, 7.6514e-2 }, { 1.23291e-4, 1.70307e-4 }, { 1.1554, 1.1503 } },
    { 100, 100, 384, { 2.1295e-2, 2.0526e-2 }, { 0.108002, 0.127846 }, { 1.4832, 1.4782 } },
    { 100, 100, 512, { 5.8828e-3, 5.4096e-3 }, { 0.552681, 0.596733 }, { 1.7342, 1.7292 } },
    { 100, 100, 640, { 1.6251e-3, 1.4000e-3 }, { 0.850579, 0.877828 }, { 1.9362, 1.9312 } },
    { 100, 100, 768, { 4.4895e-4, 3.5560e-4 }, { 0.956447, 0.967999 }, { 2.1048, 2.0998 } },
    { 100, 100, 896, { 1.2402e-4, 8.8600e-5 }, { 0.987790, 0.992050 }, { 2.2492, 2.2442 } },
    { 100, 100, 1024, { 3.4261e-5, 2.1643e-5 }, { 0.996613, 0.998080 }, { 2.3755, 2.3706 } },
    { 4, 1900, 16, { 1.3363e-2, 1.3328e-2 }, { 0.960001, 0.960211 }, { 1.4870, 1.4868 } },
    { 4, 1900, 32, { 1.3394e-4, 1.3176e-4 }, { 0.999598, 0.999607 }, { 2.1277, 2.1275 } },
    { 4, 1900, 64, { 1.3454e-8, 1.2446e-8 }, { 1, 1 }, { 2.7963, 2.7962 } },
    { 4, 1900, 128, { 1.3576e-16, 9.6759e-17 }, { 1, 1 }, { 3.4775, 3.4773 } },
};

static void reference_table(void **state)
{
    (void)state;
    int64_t counts[100];
    for (size_t i = 0; i < sizeof PRINTED / sizeof *PRINTED; i++) {
        const line *l = &PRINTED[i];
        for (int64_t c = 0; c < l->classes; c++) counts[c] = l->items;
        for (int finite = 0; finite < 2; finite++) {
            const akin_prior p = PRIOR(l->classes, NULL, finite ? counts : NULL, finite);
            akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
            CHECK_OK(akin_theory_plan_compute(&p, l->n - 1, 0.5, &r, &err));
            CHECK_NEAR(exp(r.log1m_tau_k), l->none[finite], half_digit(l->none[finite], 5));
            if (l->upsilon[finite] < 1)
                CHECK_NEAR(exp(r.log_upsilon), l->upsilon[finite], half_digit(l->upsilon[finite], 6));
            else
                CHECK_LE(r.log1m_upsilon, log(1e-6));
            CHECK_NEAR(r.expected_ln_col1, l->ln[finite], 0.5001e-4);
        }
    }
}

static akin_theory_plan plan_of(int64_t classes, const double *prior, int64_t k, double t)
{
    const akin_prior p = PRIOR(classes, prior, NULL, false);
    akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
    CHECK_OK(akin_theory_plan_compute(&p, k, t, &r, &err));
    return r;
}

static void unequal_classes(void **state)
{
    (void)state;
    static const double rho[3] = { .5, .3, .2 };
    const akin_prior p = PRIOR(3, rho, NULL, false);
    static const struct {
        int64_t n;
        double upsilon, given[3], tau, ln, tolerance;
    } printed[] = {
        { 3, .18, { .12, .20, .30 }, .6, .4807627256, 1e-12 },
        { 5, .507, { .4128, .536, .699 }, .8148, .8225095130, 1e-12 },
        { 10, .8643843, { .82738179, .86384883, .95769378 }, .9600738098, 1.3852478472, 5.01e-9 },
        { 20, .9876728623, { NAN, NAN, NAN }, .9967747757, 2.0186161563, 5.01e-11 },
    };
    for (int i = 0; i < 4; i++) {
        const akin_theory_plan r = plan_of(3, rho, printed[i].n - 1, 1);
        double given[3];
        CHECK_OK(akin_log_coverage_per_class(&p, printed[i].n - 1, false, given, &err));
        CHECK_NEAR(exp(r.log_upsilon), printed[i].upsilon,
                   printed[i].n == 10 ? 5.01e-8 : printed[i].tolerance);
        for (int c = 0; c < 3 && !isnan(printed[i].given[c]); c++)
            CHECK_NEAR(exp(given[c]), printed[i].given[c], printed[i].tolerance);
        CHECK_NEAR(r.tau_k, printed[i].tau, 5.01e-11);
        CHECK_NEAR(r.expected_ln_col1, printed[i].ln, 5.01e-11);
        CHECK_NEAR(exp(r.log_upsilon), .5 * exp(given[0]) + .3 * exp(given[1]) + .2 * exp(given[2]), 1e-13);
        CHECK_NEAR(r.log_upsilon_min, given[0], 1e-12);
        CHECK_NEAR(r.expected_draws, 6.654761904761905, 1e-12);
    }
}

static void optimal_values_and_factors(void **state)
{
    (void)state;
    akin_theory_plan r = plan_of(10, NULL, 31, 1);
    CHECK_NEAR(r.info_min, 2.58310, 5.01e-6);
    CHECK_NEAR(r.info_min_antipodal, 2.04718, 5.01e-6);
    CHECK_NEAR(r.sup_min, 1.37693, 5.01e-6);
    r = plan_of(10, NULL, 31, .5);
    CHECK_NEAR(r.info_min, 1.94167, 5.01e-6);
    CHECK_NEAR(r.sup_min, 0.68073, 5.01e-6);
    r = plan_of(100, NULL, 511, 1);
    CHECK_NEAR(r.info_min, 5.24882, 5.01e-6);
    CHECK_NEAR(r.sup_min, 3.61238, 5.01e-6);

    const akin_prior ten = PRIOR(10, NULL, NULL, false), hundred = PRIOR(100, NULL, NULL, false);
    akin_tradeoff f = AKIN_TRADEOFF_INIT;
    CHECK_OK(akin_tradeoff_compute(&ten, 31, 1, &f, &err));
    CHECK_NEAR(f.bao_upper, -0.26384, 5.01e-6);
    CHECK_NEAR(f.bao_lower, -2.06246, 5.01e-6);
    CHECK_NEAR(exp(f.log_ash), 86.11, 5.01e-3);
    CHECK_NEAR(exp(f.log_nozawa), 2.894, 5.01e-4);
    CHECK_NEAR(exp(f.log_arora_published), 37.93, 5.01e-3);
    CHECK_OK(akin_tradeoff_compute(&ten, 31, .5, &f, &err));
    CHECK_NEAR(f.bao_upper, 1.51860, 5.01e-6);
    CHECK_NEAR(f.bao_lower, -3.84491, 5.01e-6);
    CHECK_OK(akin_tradeoff_compute(&hundred, 511, 1, &f, &err));
    CHECK_NEAR(f.bao_upper, -0.76364, 5.01e-6);
    CHECK_NEAR(f.bao_lower, -2.50267, 5.01e-6);
    CHECK_NEAR(exp(f.log_ash), 682, .501);
    CHECK_NEAR(exp(f.log_nozawa), 3.619, 5.01e-4);
    CHECK_NEAR(exp(f.log_arora_published), 307.6, 5.01e-2);
    CHECK_OK(akin_tradeoff_compute(&hundred, 511, .5, &f, &err));
    CHECK_NEAR(f.bao_upper, 1.01881, 5.01e-6);
    static const struct {
        int64_t k;
        double ash, tolerance;
    } ash[] = {
        { 4, 38.8, .0501 }, { 16, 34.4, .0501 }, { 31, 86, .501 }, { 64, 1.7e3, 50.1 }, { 128, 1.4e6, 5.01e4 }
    };
    for (int i = 0; i < 5; i++) {
        CHECK_OK(akin_tradeoff_compute(&ten, ash[i].k, 1, &f, &err));
        CHECK_NEAR(exp(f.log_ash), ash[i].ash, ash[i].tolerance);
    }
}

static void rest_of_the_classes(void **state) /* P(C-1 coupons in K draws) */
{
    (void)state;
    static const struct {
        int64_t classes, k;
        double p;
    } printed[] = { { 10, 31, .780975 },      { 10, 63, .994614 },   { 100, 127, 3.21173e-22 },
                    { 100, 255, 1.58576e-4 }, { 100, 511, .569791 }, { 100, 1023, .996948 } };
    for (int i = 0; i < 6; i++) {
        const akin_theory_plan r = plan_of(printed[i].classes, NULL, printed[i].k, 1);
        CHECK_NEAR(exp(r.log_cover_rest - r.log1m_tau_k), printed[i].p, half_digit(printed[i].p, 6));
    }
}

static void draws_of_the_literature(void **state)
{
    (void)state;
    static const struct {
        int64_t classes;
        double draws, rounded;
    } printed[] = {
        { 2, 3, 3 }, { 4, 8.3333, 9 }, { 10, 29.2897, 30 }, { 100, 518.7378, 519 }, { 3029, 26029.313, 26030 }
    };
    for (int i = 0; i < 5; i++) {
        const akin_theory_plan r = plan_of(printed[i].classes, NULL, 8, 1);
        CHECK_NEAR(r.expected_draws, printed[i].draws, 5.01e-4);
        CHECK(ceil(r.expected_draws - 1e-9) == printed[i].rounded);
    }
    CHECK_NEAR(plan_of(1000, NULL, 8, 1).expected_draws, 7485.47, 5.01e-3);
    double half[3000]; /* the integral agrees with the closed form when groups are taken apart by a hair */
    for (int c = 0; c < 3000; c++) half[c] = (1 + (c % 2 ? 1e-13 : -1e-13)) / 3000;
    CHECK_NEAR(plan_of(3000, half, 8, 1).expected_draws / plan_of(3000, NULL, 8, 1).expected_draws, 1, 1e-11);
}

/* Inclusion and exclusion over subsets, C <= 6, long double: P(N draws hold all). */
static double by_subsets(int64_t classes, const double *rho, int64_t n)
{
    long double sum = 0;
    for (int s = 0; s < 1 << classes; s++) {
        long double mass = 0;
        int size = 0;
        for (int c = 0; c < classes; c++)
            if (s >> c & 1) {
                mass += (long double)rho[c];
                size++;
            }
        sum += ((classes - size) % 2 ? -1 : 1) * powl(mass, (long double)n);
    }
    return (double)sum;
}

static void any_prior_against_subsets(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= 300; test_seed++) {
        const int64_t classes = test_int(2, 6), n = classes + test_int(0, 30);
        double rho[6], total = 0;
        for (int c = 0; c < classes; c++) total += rho[c] = test_uniform(0.05, 1);
        for (int c = 0; c < classes; c++) rho[c] /= total;
        const akin_prior p = PRIOR(classes, rho, NULL, false);
        double value, rest;
        CHECK_OK(akin_log_coverage(&p, n, &value, &rest, &err));
        /* subsets cancel: 2^C terms of at most 1 in long double */
        const double want = by_subsets(classes, rho, n);
        CHECK_NEAR(exp(value), want, 1e-12 * want + 64 * 5.5e-20);
        CHECK_NEAR(exp(value) + exp(rest), 1, 1e-12);
    }
    test_seed = 1;
}

/* One item at a time: P of each set of seen classes, from a finite pool; C <= 3. */
static double finite_by_hand(const int64_t *items, int64_t classes, int64_t n)
{
    int64_t all = 0;
    for (int c = 0; c < classes; c++) all += items[c];
    double sum = 0;
    for (int s = 0; s < 1 << classes; s++) { /* inclusion and exclusion of missing sets */
        int64_t left = all;
        int size = 0;
        for (int c = 0; c < classes; c++)
            if (s >> c & 1) {
                left -= items[c];
                size++;
            }
        double p = 1;
        for (int64_t j = 0; j < n; j++) p *= fmax((double)(left - j), 0) / (double)(all - j);
        sum += (size % 2 ? -1 : 1) * p;
    }
    return sum;
}

static void finite_sets(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= 300; test_seed++) {
        const int64_t classes = test_int(2, 4);
        int64_t items[4], all = 0;
        for (int c = 0; c < classes; c++) all += items[c] = test_int(1, 9);
        const int64_t n = test_int(classes, all);
        if (n < 2) continue;
        const akin_prior p = PRIOR(classes, NULL, items, true);
        double value, rest;
        CHECK_OK(akin_log_coverage(&p, n, &value, &rest, &err));
        CHECK_NEAR(exp(value), finite_by_hand(items, classes, n), 1e-12);
        CHECK_NEAR(exp(value) + exp(rest), 1, 1e-12);
        /* E of the draws = sum over N of P(not all seen after N) */
        double draws = 0;
        for (int64_t j = 0; j < all; j++) draws += 1 - (j >= classes ? finite_by_hand(items, classes, j) : 0);
        akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
        CHECK_OK(akin_theory_plan_compute(&p, n - 1, 1, &r, &err));
        CHECK_NEAR(r.expected_draws, draws, 1e-10 * draws);
        const double most = r.draws_for_coverage_99;
        CHECK(finite_by_hand(items, classes, (int64_t)most) >= 0.99 - 1e-12);
        CHECK(most == (double)classes || finite_by_hand(items, classes, (int64_t)most - 1) < 0.99 + 1e-12);
        /* tau_K by the product over draws, and all-collide likewise */
        double none = 0;
        for (int c = 0; c < classes; c++) {
            double q = (double)items[c] / (double)all;
            for (int64_t j = 0; j < n - 1; j++)
                q *= fmax((double)(all - items[c] - j), 0) / (double)(all - 1 - j);
            none += q;
        }
        CHECK_NEAR(exp(r.log1m_tau_k), none, 1e-13);
    }
    test_seed = 1;
}

/* Far below a double, and at the sizes the tool promises. */
static void huge_and_tiny(void **state)
{
    (void)state;
    /* C! Stirling2(C+1, C) / C^(C+1) = C! C(C+1)/2 / C^(C+1): exact next to the edge */
    for (int64_t c = 10; c <= 100000; c *= 10) {
        const akin_prior p = PRIOR(c, NULL, NULL, false);
        double value;
        CHECK_OK(akin_log_coverage(&p, c + 1, &value, NULL, &err));
        const double x = (double)c, want = lgamma(x + 1) + log(x * (x + 1) / 2) - (x + 1) * log(x);
        CHECK_NEAR(value, want, 1e-11 + 1e-14 * x * log(x));
    }
    akin_theory_plan r = plan_of(100000, NULL, 1000000, .5);
    /* 1 - tau_K = (1 - 1/C)^K */
    CHECK_NEAR(r.log1m_tau_k, 1e6 * log1p(-1e-5), 1e-11);
    r = plan_of(10, NULL, 999999, .5);
    CHECK_NEAR(r.log1m_tau_k, 999999 * log1p(-.1), 1e-9);
    CHECK_NEAR(r.log1m_upsilon, log(10) + 1e6 * log1p(-.1), 1e-8); /* all but one, ten ways */
    /* a class that is all but never drawn */
    const double rho[2] = { 1 - 1e-300, 1e-300 };
    r = plan_of(2, rho, 1, 1);
    CHECK_NEAR(r.log_upsilon, log(2e-300), 1e-12);
    CHECK_NEAR(r.log1m_tau_k, log(2e-300), 1e-12);
    r = plan_of(2, rho, 1000, 1);
    CHECK_NEAR(r.log_upsilon, log(1001e-300), 1e-12);
    const double near = (double)r.expected_draws;
    CHECK_NEAR(near, 1e300, 1e288);
}

static void bad_input(void **state)
{
    (void)state;
    akin_theory_plan r = AKIN_THEORY_PLAN_INIT;
    akin_prior p = PRIOR(1, NULL, NULL, false);
    CHECK_FAILS(akin_theory_plan_compute(&p, 8, 1, &r, &err), AKIN_ERR_RANGE, "1 class;");
    p.classes = 2;
    CHECK_FAILS(akin_theory_plan_compute(&p, 0, 1, &r, &err), AKIN_ERR_RANGE, "negatives is 0");
    CHECK_FAILS(akin_theory_plan_compute(&p, 8, 0, &r, &err), AKIN_ERR_RANGE, "temperature is 0");
    CHECK_FAILS(akin_theory_plan_compute(&p, 8, NAN, &r, &err), AKIN_ERR_RANGE, "temperature is");
    const double bad[2] = { .5, .4 }, nan[2] = { NAN, .5 }, zero[2] = { 1, 0 };
    p.prior = bad;
    CHECK_FAILS(akin_theory_plan_compute(&p, 8, 1, &r, &err), AKIN_ERR_RANGE, "sums to 0.9");
    p.prior = nan;
    CHECK_FAILS(akin_theory_plan_compute(&p, 8, 1, &r, &err), AKIN_ERR_RANGE, "class 0");
    p.prior = zero;
    CHECK_FAILS(akin_theory_plan_compute(&p, 8, 1, &r, &err), AKIN_ERR_RANGE, "class 1 is 0");
    const int64_t few[2] = { 3, 2 }, none[2] = { 3, 0 };
    p = (akin_prior)PRIOR(2, NULL, few, true);
    CHECK_FAILS(akin_theory_plan_compute(&p, 5, 1, &r, &err), AKIN_ERR_RANGE, "need 6 items; there are 5");
    CHECK_OK(akin_theory_plan_compute(&p, 4, 1, &r, &err));
    p.counts = none;
    CHECK_FAILS(akin_theory_plan_compute(&p, 1, 1, &r, &err), AKIN_ERR_RANGE, "class 1 has 0 items");
    p = (akin_prior)PRIOR(2, NULL, NULL, true);
    CHECK_FAILS(akin_theory_plan_compute(&p, 1, 1, &r, &err), AKIN_ERR_ARGUMENT, "without replacement");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_table),
        cmocka_unit_test(unequal_classes),
        cmocka_unit_test(optimal_values_and_factors),
        cmocka_unit_test(rest_of_the_classes),
        cmocka_unit_test(draws_of_the_literature),
        cmocka_unit_test(any_prior_against_subsets),
        cmocka_unit_test(finite_sets),
        cmocka_unit_test(huge_and_tiny),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
