/* SPDX-License-Identifier: Apache-2.0 */
/* The loss with partners permuted: it is the loss of permuted rows, computed naively (ref_loss.h); asking for
 * it changes no bit of loss and gradient; and the verdict that stands on it says "nothing learned" of rows
 * in which nothing relates the views, whatever their distribution, and not of rows in which something does.
 *
 * The verdict may be wrong once in 1,000 times a side. AKIN_TEST_FULL=1 draws thirty times as many rows and
 * counts how often it is wrong. */
#define REF_MOST_ROWS 760
#define REF_MOST_COLUMNS 64
#include "loss/permuted.h"
#include "loss_case.h"

#include <float.h>

static akin_loss_permuted found_permuted;
static int32_t partner[REF_MOST], back[REF_MOST];

/* The mean over the library's permutations of the naive loss of rows permuted. */
static double naive(void)
{
    static double kept[MOST_VALUES], kept_features[REF_MOST * 20];
    ak_permuted p = {
        .n = c.n, .all = c.n, .most = AK_PERMUTATIONS, .cycle = partner, .partner = partner, .back = back
    };
    const bool tuples = c.loss->needs & AKIN_LOSS_TRIPLES;
    const int64_t width = tuples ? c.block * c.d : c.d, h = c.h;
    double *b = x + c.n * c.d, *second = features + c.n * h, sum = 0, *own = own_temperatures + c.n;
    memcpy(kept, b, (size_t)(c.n * width) * sizeof *kept);
    memcpy(kept_features, second, (size_t)(c.n * h) * sizeof *kept_features);
    while (ak_permuted_next(&p)) {
        for (int64_t i = 0; i < c.n; i++) {
            CHECK(partner[i] != i && back[partner[i]] == i);
            memcpy(b + i * width, kept + partner[i] * width, (size_t)width * sizeof *b);
            memcpy(second + i * h, kept_features + partner[i] * h, (size_t)h * sizeof *second);
            own[i] = own_temperatures[partner[i]]; /* a row keeps its own */
        }
        sum += ref_loss(&c).v / AK_PERMUTATIONS;
    }
    memcpy(b, kept, (size_t)(c.n * width) * sizeof *kept);
    memcpy(second, kept_features, (size_t)(c.n * h) * sizeof *kept_features);
    memcpy(own, own_temperatures, (size_t)c.n * sizeof *own);
    return sum;
}

/* nscl: the negatives stay, which are those of other labels. */
static double naive_nscl(void)
{
    ak_permuted p = {
        .n = c.n, .all = c.n, .most = AK_PERMUTATIONS, .cycle = partner, .partner = partner, .back = back
    };
    double value = ref_loss(&c).v;
    while (ak_permuted_next(&p))
        for (int64_t i = 0; i < c.n; i++)
            value += (c.s[i][c.n + i].v - c.s[i][c.n + partner[i]].v) /
                     (c.p.temperature * (double)(c.n * AK_PERMUTATIONS));
    return value;
}

/* supcon: over all permutations of the labels of at most eight rows, how many there are, the sum of what
 * pulls and that of its square. */
static void labels_in_all_orders(int32_t *label, int64_t rows, int64_t fixed, double moment[3])
{
    if (fixed == rows) {
        double all = 0;
        for (int64_t i = 0; i < rows; i++) {
            double pull = 0, partners = 0;
            for (int64_t k = 0; k < rows; k++) {
                if (k == i || label[k] != label[i]) continue;
                pull += c.s[i][k].v;
                partners++;
            }
            all += pull / partners / (double)rows;
        }
        moment[0] += 1;
        moment[1] += all;
        moment[2] += all * all;
    }
    for (int64_t k = fixed; k < rows; k++) {
        const int32_t a = label[fixed], b = label[k];
        label[fixed] = b;
        label[k] = a;
        labels_in_all_orders(label, rows, fixed + 1, moment);
        label[fixed] = a;
        label[k] = b;
    }
}

/* Mean and standard deviation of the loss. */
static double naive_supcon(double *deviation)
{
    int32_t all[2 * 4];
    double moment[3] = { 0 }, normal = 0;
    ref_loss(&c); /* its similarities */
    for (int64_t i = 0; i < 2 * c.n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < 2 * c.n; k++) sum += k == i ? 0 : exp(c.s[i][k].v / c.p.temperature);
        normal += log(sum) / (double)(2 * c.n);
        all[i] = labels[i % c.n];
    }
    labels_in_all_orders(all, 2 * c.n, 0, moment);
    const double t0 = c.p.base_temperature > 0 ? c.p.base_temperature : c.p.temperature;
    const double mean = moment[1] / moment[0];
    *deviation = sqrt(fmax(0, moment[2] / moment[0] - mean * mean)) / t0;
    return (c.p.temperature * normal - mean) / t0;
}

static void it_is_the_loss_of_permuted_rows(void **state)
{
    (void)state;
    for (int row = 0; akin_loss_at(row); row++)
        for (int round = 0; round < 6; round++) {
            const akin_loss *l = akin_loss_at(row);
            const bool supcon = !strcmp(l->name, "supcon");
            test_seed++;
            random_case(l, supcon ? test_int(2, 4) : test_int(2, 24), test_int(2, 20));
            any_parameters();
            if (round % 3 == 0 && isfinite(c.p.temperature)) c.p.temperature = 0.011; /* one row is the sum */
            permuted = &found_permuted;
            found_permuted = (akin_loss_permuted)AKIN_LOSS_PERMUTED_INIT;
            const double value = library(AKIN_PRECISION_F64);
            permuted = NULL;
            double deviation = NAN;
            const double want = supcon                     ? naive_supcon(&deviation)
                                : !strcmp(l->name, "nscl") ? naive_nscl()
                                                           : naive();
            if (!(fabs(found_permuted.loss - want) <= 1e-6 * fmax(1, fabs(want))))
                print_error("%s n=%d d=%d t=%g: loss %g, permuted %.9g, naively %.9g\n", l->name, (int)c.n,
                            (int)c.d, c.p.temperature, value, found_permuted.loss, want);
            CHECK_LE(fabs(found_permuted.loss - want), 1e-6 * fmax(1, fabs(want)));
            CHECK(found_permuted.error >= 0);
            if (supcon) CHECK_LE(fabs(found_permuted.error - deviation), 1e-6 * fmax(1, fabs(want)));
        }
}

/* Also with further keys, as of other machines or of a queue. */
static void further_keys_stay(void **state)
{
    (void)state;
    static const char *const names[] = { "ntxent", "infonce", "dcl" };
    for (int round = 0; round < 24; round++) {
        test_seed++;
        random_case(akin_loss_find(names[round % 3]), test_int(2, 9), test_int(2, 9));
        c.m = test_int(1, 20);
        c.keys_only = round >= 12;
        for (int64_t i = 2 * c.n * c.d; i < values(); i++) x[i] = (double)(float)test_normal();
        c.p.temperature = round % 2 ? 0.011 : 0.3;
        permuted = &found_permuted;
        found_permuted = (akin_loss_permuted)AKIN_LOSS_PERMUTED_INIT;
        library(AKIN_PRECISION_F64);
        permuted = NULL;
        const double want = naive();
        CHECK_LE(fabs(found_permuted.loss - want), 1e-6 * fmax(1, fabs(want)));
    }
}

static void asking_changes_no_bit(void **state)
{
    (void)state;
    static float before[MOST_VALUES];
    for (int row = 0; akin_loss_at(row); row++) {
        test_seed++;
        random_case(akin_loss_at(row), 70, 20);
        const double value = library(AKIN_PRECISION_F32);
        memcpy(before, found, (size_t)values() * sizeof *before);
        permuted = &found_permuted;
        found_permuted = (akin_loss_permuted)AKIN_LOSS_PERMUTED_INIT;
        CHECK(library(AKIN_PRECISION_F32) == value);
        permuted = NULL;
        CHECK(memcmp(before, found, (size_t)values() * sizeof *before) == 0);
    }
}

/* Verdicts ---------------------------------------------------------------------------------------------- */

enum { SPHERE, COLLAPSED, CLUSTERS, FLAT, DISTRIBUTIONS };

/* A row of a distribution; nothing depends on the item. */
static void draw_row(int distribution, const double *centres, double *row)
{
    const double *of = centres + (distribution == CLUSTERS ? test_int(0, 4) : 0) * c.d;
    for (int64_t k = 0; k < c.d; k++) {
        const double noise = test_normal();
        if (distribution == SPHERE) row[k] = noise;
        if (distribution == COLLAPSED) row[k] = of[k] + 0.03 * noise;
        if (distribution == CLUSTERS) row[k] = of[k] + 0.3 * noise;
        if (distribution == FLAT) row[k] = k < 2 ? noise : 0.01 * noise;
    }
    for (int64_t k = 0; k < c.d; k++) row[k] = (double)(float)row[k];
}

static const char *verdict(void)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    static const float any = 0;
    batch.a = batch.b = (akin_cmat){ &any, c.n, c.d, c.d };
    batch.labels = labels;
    batch.block = c.block;
    batch.count = c.count;
    batch.positives = (akin_cmat){ &any, c.n * c.block, c.d, c.d };
    batch.negatives = (akin_cmat){ &any, c.n * c.block * c.count, c.d, c.d };
    akin_calibration means = AKIN_CALIBRATION_INIT;
    CHECK_OK(akin_loss_calibrate(c.loss, &c.p, &batch, NULL, &means, &err));
    permuted = &found_permuted;
    found_permuted = (akin_loss_permuted)AKIN_LOSS_PERMUTED_INIT;
    const double value = library(AKIN_PRECISION_F32);
    permuted = NULL;
    akin_loss_calibration_add(&means, &found_permuted, c.n);
    CHECK(means.permuted_known);
    return akin_loss_verdict(&means, value);
}

static void unrelated_rows_have_learned_nothing(void **state)
{
    (void)state;
    static const int64_t sizes[] = { 3, 8, 40, 250 };
    static double centres[5 * 64];
    const int rounds = getenv("AKIN_TEST_FULL") ? 30 : 1;
    int64_t learned = 0, worse = 0, all = 0;
    for (int row = 0; akin_loss_at(row); row++)
        for (int round = 0; round < rounds * DISTRIBUTIONS * 4; round++) {
            test_seed++;
            random_case(akin_loss_at(row), sizes[round % 4], test_int(2, 40));
            for (int64_t i = 0; i < 5 * c.d; i++) centres[i] = test_normal();
            for (int64_t i = 0; i < values() / c.d; i++)
                draw_row(round / 4 % DISTRIBUTIONS, centres, x + i * c.d);
            const char *word = verdict();
            all++;
            worse += !strcmp(word, "worse than nothing");
            learned += strcmp(word, "worse than nothing") != 0 && strcmp(word, "nothing learned") != 0;
        }
    print_message("of %d, %d seem to have learned, %d to be worse than nothing\n", (int)all, (int)learned,
                  (int)worse);
    /* one in 1,000 a side, and four standard deviations */
    const double limit = 1e-3 * (double)all + 4 * sqrt(1e-3 * (double)all);
    CHECK_LE((double)learned, limit);
    CHECK_LE((double)worse, limit);
}

static void related_rows_have_learned_something(void **state)
{
    (void)state;
    for (int row = 0; akin_loss_at(row); row++)
        for (int round = 0; round < 4; round++) {
            test_seed++;
            random_case(akin_loss_at(row), 60, 24);
            const int64_t b = c.n * c.d, more = c.loss->needs & AKIN_LOSS_TRIPLES ? c.block : 1;
            for (int64_t i = 0; i < c.n; i++)
                for (int64_t k = 0; k < c.d * more; k++)
                    x[b + i * c.d * more + k] = (double)(float)(x[i * c.d + k % c.d] + 0.3 * test_normal());
            if (!strcmp(c.loss->name, "supcon"))
                for (int64_t i = 0; i < c.n; i++) labels[i] = (int32_t)i;
            c.link_start = NULL;                    /* which would say that strangers are partners */
            if (c.loss->needs & AKIN_LOSS_VALUES) { /* of what rows have in common */
                c.targets = targets;
                c.q = 1;
                for (int64_t i = 0; i < 2 * c.n; i++) targets[i] = (float)(40 * x[i % c.n * c.d]);
            }
            const char *word = verdict();
            if (strstr(word, "nothing"))
                print_error("%s: %s, loss permuted %g +- %g\n", c.loss->name, word, found_permuted.loss,
                            found_permuted.error);
            CHECK(!strstr(word, "nothing"));
        }
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_loss_of_permuted_rows),
        cmocka_unit_test(further_keys_stay),
        cmocka_unit_test(asking_changes_no_bit),
        cmocka_unit_test(unrelated_rows_have_learned_nothing),
        cmocka_unit_test(related_rows_have_learned_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
