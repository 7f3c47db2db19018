/* SPDX-License-Identifier: Apache-2.0 */
/* Every loss and its gradient against the naive references of ref_loss.h.
 *
 * Two tight links instead of one loose one: the reference's derivative agrees with central differences of the
 * reference's value, in double; the library agrees with the reference. Sizes are random and include tails of
 * tiles, one column, and rows with a stride.
 *
 * Limits. A float similarity of unit rows is off by about (d/16 + 4) FLT_EPSILON, 1/temperature scales that
 * before it enters an exponential, and sums of weights of one sign keep it: so a gradient row is off by that
 * of the size of its coefficients' sum, for which the largest row of the gradient stands. f64: inputs are
 * floats, exactly, and only the rounding of the result to float is left. */
#include "loss_case.h"

#include <float.h>

static double want[MOST_VALUES];

static void random_parameters(void)
{
    static const double temperatures[] = { 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01 };
    if (isfinite(akin_loss_params_get(&c.p, "temperature")) && c.p.temperature > 0)
        c.p.temperature = temperatures[test_int(0, 6)];
    if (!strcmp(c.loss->name, "balanced")) {
        c.p.alpha = test_uniform(0.5, 30);
        c.p.lambda = test_uniform(0.5, 2);
        c.p.include_positive = (int32_t)test_int(0, 1);
    }
    if (!strcmp(c.loss->name, "spectral")) c.p.mu = test_uniform(0.3, 5);
    if (!strcmp(c.loss->name, "supcon")) c.p.base_temperature = test_int(0, 1) ? 0.3 : 0;
    if (!strcmp(c.loss->name, "difficult")) {
        c.p.mode = (int32_t)test_int(0, 3);
        c.p.pos_high = test_uniform(0, 0.4);
        c.p.pos_low = test_uniform(0.4, 1);
        c.p.one_sided = (int32_t)test_int(0, 1);
    }
    if (strstr("debiased hard-negative", c.loss->name)) c.p.tau_plus = test_uniform(0, 0.2);
    if (!strcmp(c.loss->name, "hard-negative")) c.p.beta = test_uniform(0.1, 2);
    if (strstr("infonce dual-temperature", c.loss->name)) c.p.symmetric = (int32_t)test_int(0, 1);
    if (!strcmp(c.loss->name, "sigmoid")) c.p.bias = test_uniform(-10, 2);
}

static void reference_gradient(void)
{
    for (int64_t i = 0; i < values(); i++) {
        c.moving = i;
        want[i] = ref_loss(&c).d;
    }
    c.moving = -1;
}

/* The largest row of the difference over the largest row of the gradient. */
static double gradient_error(void)
{
    double worst = 0, largest = 0;
    for (int64_t i = 0; i < values() / c.d; i++) {
        double gap = 0, norm = 0;
        for (int64_t k = i * c.d; k < (i + 1) * c.d; k++) {
            gap += ((double)found[k] - want[k]) * ((double)found[k] - want[k]);
            norm += want[k] * want[k];
        }
        if (!(gap <= worst)) worst = gap;
        largest = fmax(largest, norm);
    }
    /* One column: unit rows are +-1, their gradient is 0 but for rounding, and the coefficients are the
     * measure. The references of supcon and difficult are differences of numbers of order 1/t, good to
     * 1e-13. */
    double least = 1e-30;
    if (strstr("supcon difficult", c.loss->name)) least = 1e-8;
    if (c.d == 1) least = 1 / (double)c.n;
    return sqrt(worst) / (sqrt(largest) + least);
}

/* The steepest factor of a similarity, for the limits. */
static double steepness(void)
{
    double a = 1;
    if (isfinite(c.p.temperature) && c.p.temperature > 0) a = fmax(a, 1 / c.p.temperature);
    if (!strcmp(c.loss->name, "balanced")) a = c.p.alpha;
    if (!strcmp(c.loss->name, "hard-negative")) a *= 1 + c.p.beta;
    if (!strcmp(c.loss->name, "difficult")) a /= fmin(1, c.p.rho);
    if (!strcmp(c.loss->name, "sigmoid")) a = c.p.scale;
    return a;
}

static void reference_matches_differences(void **state)
{
    (void)state;
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        /* Constants of the gradient move in a difference; a hinge has a corner. */
        if (strstr("dclw dual-temperature curl-hinge matrix-ssl", l->name)) continue;
        for (int round = 0; round < 2; round++) {
            random_case(l, test_int(2, 6), test_int(2, 5));
            c.averages = NULL; /* with them, constants */
            for (int probe = 0; probe < 6; probe++) {
                const int64_t i = test_int(0, values() - 1);
                const double h = 0x1p-14, keep = x[i];
                c.moving = i;
                const double slope = ref_loss(&c).d;
                double at[4];
                for (int t = 0; t < 4; t++) {
                    x[i] = keep + (t < 2 ? h : 2 * h) * (t % 2 ? -1 : 1);
                    at[t] = ref_loss(&c).v;
                }
                x[i] = keep;
                /* Fourth order: the error is h^4 times a fifth derivative, about (1/(t |x|))^5, and
                 * 1e-16/h. */
                const double seen = (8 * (at[0] - at[1]) - (at[2] - at[3])) / (12 * h);
                CHECK_LE(fabs(seen - slope), 1e-7 * (1 + fabs(slope)) * steepness());
            }
        }
    }
}

static void check_against_reference(akin_precision precision, double limit)
{
    const dual value = ref_loss(&c);
    const double got = library(precision);
    reference_gradient();
    if (!(fabs(got - value.v) <= limit * fmax(1, fabs(value.v))) || !(gradient_error() <= limit))
        print_error("%s n=%d d=%d t=%g %s (seed %llu)\n", c.loss->name, (int)c.n, (int)c.d, c.p.temperature,
                    akin_precision_name(precision), (unsigned long long)test_seed);
    CHECK_LE(fabs(got - value.v), limit * fmax(1, fabs(value.v)));
    CHECK_LE(gradient_error(), limit);
}

static void library_matches_reference(void **state)
{
    (void)state;
    const akin_loss *l = NULL;
    for (int row = 0; (l = akin_loss_at(row)); row++)
        for (int round = 0; round < 6; round++) {
            test_seed++;
            random_case(l, test_int(2, 12), round == 0 ? 1 : test_int(1, 20));
            random_parameters();
            /* d = 1: rows are +-1, gradients vanish but for rounding. */
            if (c.d == 1) c.p.temperature = fmax(c.p.temperature, 0.5);
            check_against_reference(AKIN_PRECISION_F32,
                                    4 * FLT_EPSILON * ((double)c.d / 16 + 4) * steepness());
            check_against_reference(AKIN_PRECISION_F64, 4 * FLT_EPSILON);
        }
}

/* More rows than a tile has, and a width that is no multiple of anything. */
static void tails_of_tiles(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = { { 63, 17 }, { 64, 3 }, { 65, 33 }, { 79, 2 } };
    for (int row = 0; akin_loss_at(row); row++) {
        const akin_loss *l = akin_loss_at(row);
        const int64_t *size = sizes[row % 4];
        test_seed++;
        random_case(l, size[0], size[1]);
        c.p.temperature = fmax(c.p.temperature, 0.1);
        const double value = ref_loss(&c).v, limit = 4 * FLT_EPSILON * 8 * steepness();
        CHECK_LE(fabs(library(AKIN_PRECISION_F32) - value), limit * fmax(1, fabs(value)));
        for (int probe = 0; probe < 20; probe++) { /* gradients of a few coordinates: all would take long */
            const int64_t i = test_int(0, values() - 1);
            c.moving = i;
            const double slope = ref_loss(&c).d;
            CHECK_LE(fabs((double)found[i] - slope), 1e-6 * steepness());
        }
        c.moving = -1;
    }
}

/* One-sided, with keys beyond one tile. */
static void one_sided_tails(void **state)
{
    (void)state;
    for (int mode = 0; mode < 4; mode++) {
        test_seed++;
        random_case(akin_loss_find("difficult"), mode == 3 ? 129 : 140, 3 + mode);
        c.p.mode = mode;
        c.p.one_sided = 1;
        c.p.temperature = 0.1;
        c.p.pos_low = 0.5;
        const double value = ref_loss(&c).v, limit = 4 * FLT_EPSILON * 8 * steepness();
        CHECK_LE(fabs(library(AKIN_PRECISION_F32) - value), limit * fmax(1, fabs(value)));
        CHECK_LE(fabs(library(AKIN_PRECISION_F64) - value), 4 * FLT_EPSILON * fmax(1, fabs(value)));
        for (int probe = 0; probe < 10; probe++) {
            const int64_t i = test_int(0, values() - 1);
            c.moving = i;
            CHECK_LE(fabs((double)found[i] - ref_loss(&c).d), 4 * FLT_EPSILON * steepness());
        }
        c.moving = -1;
    }
}

/* What a window holds, against a count pair by pair. In double the order of the cosines is the reference's;
 * in float it may differ for cosines nearer than 1e-6, of which a window has two ends a row: 4 pairs a row
 * would be many. */
static void windows_are_counted(void **state)
{
    (void)state;
    static const int64_t sizes[] = { 2, 3, 17, 65, 140 };
    static float with_labels[2 * MOST_VALUES];
    akin_loss_window got = AKIN_LOSS_WINDOW_INIT;
    for (int round = 0; round < 20; round++) {
        test_seed++;
        random_case(akin_loss_find("difficult"), sizes[round % 5], 4);
        c.h = 16; /* random_case() may have filled fewer */
        for (int64_t i = 0; i < 2 * c.n * c.h; i++)
            features[i] = (double)(feature_rows[i] = (float)test_normal());
        random_parameters();
        c.p.temperature = 0.5;
        if (round % 7 == 3) c.p.pos_low = c.p.pos_high; /* nothing is inside */
        window = &got;
        const double value = library(AKIN_PRECISION_F64);
        memcpy(with_labels, found, (size_t)values() * sizeof *found);
        ref_window want_window;
        (void)ref_loss(&c); /* its similarities */
        (void)ref_difficult(&c, &want_window);
        const double inside = (double)want_window.inside, pairs = (double)want_window.pairs;
        const double other = (double)want_window.other_inside / inside;
        CHECK_NEAR(got.share, inside / pairs, 1e-15);
        CHECK_NEAR(got.other_class_chance, (double)want_window.other / pairs, 1e-15);
        CHECK(inside > 0 ? fabs(got.other_class - other) < 1e-15 : isnan(got.other_class));
        (void)library(AKIN_PRECISION_F32);
        CHECK_NEAR(got.share, inside / pairs, 1e-15); /* ranks, whatever their order */
        if (inside > 0) CHECK_LE(fabs(got.other_class - other), 4 * (double)c.n / inside);
        unlabelled = true; /* the labels are for the counts alone */
        CHECK(library(AKIN_PRECISION_F64) == value);
        CHECK(memcmp(with_labels, found, (size_t)values() * sizeof *found) == 0);
        CHECK_NEAR(got.share, inside / pairs, 1e-15);
        CHECK(isnan(got.other_class) && isnan(got.other_class_chance));
        unlabelled = false;
        c.loss = akin_loss_find("ntxent"); /* has no window */
        (void)library(AKIN_PRECISION_F32);
        CHECK(isnan(got.share) && isnan(got.other_class_chance));
        window = NULL;
    }
}

/* Keys of other machines: more keys than queries, without anchors of their own. */
static void further_keys(void **state)
{
    (void)state;
    static const char *const names[] = { "ntxent", "infonce", "dcl" };
    for (int t = 0; t < 3; t++)
        for (int round = 0; round < 8; round++) {
            test_seed++;
            random_case(akin_loss_find(names[t]), test_int(1, 9), test_int(2, 9));
            c.m = test_int(1, 20);
            c.keys_only = round >= 4; /* a queue of older keys */
            for (int64_t i = 2 * c.n * c.d; i < values(); i++) x[i] = (double)(float)test_normal();
            c.p.temperature = round % 2 ? 0.01 : 0.3;
            check_against_reference(AKIN_PRECISION_F32, 4 * FLT_EPSILON * 5 * steepness());
            check_against_reference(AKIN_PRECISION_F64, 4 * FLT_EPSILON);
        }
}

/* Near convergence at t = 0.01 and above: 1 - p falls below 1e-20, and the gradient must keep its relative
 * precision, float against double. The largest negatives decide, whose similarity is off by 1e-7 and by 100
 * times that in the exponent: 1e-5. In bfloat16 the products are of rounded rows: 1e-2. */
static void learned_pairs_keep_their_gradient(void **state)
{
    (void)state;
    static const double temperatures[] = { 0.01, 0.03, 0.05, 0.1 };
    static float exact[MOST_VALUES];
    for (int t = 0; t < 4; t++)
        for (int half = 0; half < 2; half++) {
            test_seed++;
            random_case(akin_loss_find("ntxent"), 60, 32);
            c.p.temperature = temperatures[t];
            for (int64_t i = 0; i < c.n * c.d; i++)
                x[c.n * c.d + i] = (double)(float)(x[i] + 0.01 * test_normal());
            const double value = library(AKIN_PRECISION_F64);
            CHECK(value < 0.2);
            memcpy(exact, found, (size_t)values() * sizeof *found);
            const akin_precision precision = half ? AKIN_PRECISION_BF16 : AKIN_PRECISION_F32;
            const double limit = half ? 1e-2 : 1e-5;
            CHECK_LE(fabs(library(precision) - value), limit * value);
            double gap = 0, norm = 0;
            for (int64_t i = 0; i < values(); i++) {
                gap += ((double)found[i] - (double)exact[i]) * ((double)found[i] - (double)exact[i]);
                norm += (double)exact[i] * (double)exact[i];
            }
            CHECK_LE(sqrt(gap / norm), limit);
        }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_matches_differences),
        cmocka_unit_test(library_matches_reference),
        cmocka_unit_test(tails_of_tiles),
        cmocka_unit_test(one_sided_tails),
        cmocka_unit_test(windows_are_counted),
        cmocka_unit_test(further_keys),
        cmocka_unit_test(learned_pairs_keep_their_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
