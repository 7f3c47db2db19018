/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy by class: what the protocols say of each row adds up to their accuracy; classes, groups and the
 * macro mean against counting by hand; intervals of a mean of classes: Wilson's for one class, of the right
 * coverage for several. */
#include "eval/eval.h"
#include "test.h"

static akin_error err;

enum { MAX_N = 400, MAX_D = 12 };
static float train_x[MAX_N * MAX_D], test_x[MAX_N * MAX_D], correct[MAX_N], again[MAX_N];
static int32_t train_y[MAX_N], test_y[MAX_N];

static akin_eval_data random_data(int64_t n, int64_t m, int64_t d, int32_t classes)
{
    for (int64_t i = 0; i < n + m; i++) {
        float *x = i < n ? train_x + i * d : test_x + (i - n) * d;
        const int32_t y = (int32_t)(i % classes);
        *(i < n ? &train_y[i] : &test_y[i - n]) = 3 * y + 1;
        for (int64_t j = 0; j < d; j++) x[j] = (float)(test_normal() + (j % classes == y ? 1.5 : 0));
    }
    return (akin_eval_data){
        sizeof(akin_eval_data), { train_x, n, d, d }, train_y, n, { test_x, m, d, d }, test_y, m
    };
}

static akin_status report(const int32_t *train, int64_t n, const int32_t *test, int64_t m, const float *right,
                          const akin_class_opts *opts, akin_class_report **out)
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT; /* no features: only labels are read */
    data.train_labels = train;
    data.train_count = n;
    data.test_labels = test;
    data.test_count = m;
    return akin_eval_classes(&data, right, opts, out, &err);
}

static void rows_add_up_to_the_accuracy(void **state)
{
    (void)state;
    for (int row = 0; akin_protocol_at(row); row++) {
        const akin_protocol *p = akin_protocol_at(row);
        const akin_eval_data data = random_data(300, 250, 7, 5);
        akin_eval_opts o = AKIN_EVAL_OPTS_INIT;
        akin_eval_result r = AKIN_EVAL_RESULT_INIT, plain = AKIN_EVAL_RESULT_INIT;
        for (int i = 0; i < 250; i++) correct[i] = -7;
        CHECK_OK(akin_eval_run(p, &data, &o, &plain, &err));
        o.correct = correct;
        CHECK_OK(akin_eval_run(p, &data, &o, &r, &err));
        CHECK(r.top1 == plain.top1);
        double sum = 0;
        if (strcmp(p->option, "kway") == 0) {
            for (int i = 0; i < 250; i++) CHECK(correct[i] == -7); /* left alone */
            continue;
        }
        for (int i = 0; i < 250; i++) {
            const double tenths = (double)correct[i] * 10;
            CHECK(correct[i] == 0 || correct[i] == 1 || (p->labels_per_class && tenths > 0 && tenths < 10));
            sum += (double)correct[i];
        }
        CHECK_NEAR(sum / 250, r.top1, 1e-7); /* tenths in float, added in double */
        o.correct = again;
        akin_set_threads(1);
        CHECK_OK(akin_eval_run(p, &data, &o, &r, &err));
        akin_set_threads(0);
        CHECK(memcmp(correct, again, 250 * sizeof *correct) == 0);
    }
}

static void classes_are_counted(void **state)
{
    (void)state;
    /* training rows: class 2: 3, class 5: 1, class 9: 2; class 5 has no test row */
    const int32_t train[] = { 9, 2, 2, 5, 9, 2 }, test[] = { 2, 9, 2, 2, 9 };
    const float right[] = { 1, 0, 0.5f, 1, 1 };
    akin_class_opts o = AKIN_CLASS_OPTS_INIT;
    o.many = 2;
    o.few = 2;
    akin_class_report *r = NULL;
    CHECK_OK(report(train, 6, test, 5, right, &o, &r));
    CHECK(akin_class_report_at(r, 2) && !akin_class_report_at(r, 3) && !akin_class_report_group_at(r, 3));
    CHECK(akin_class_report_imbalance(r) == 3);
    CHECK(akin_class_report_at(r, 0)->label == 2 && akin_class_report_at(r, 0)->train == 3 &&
          akin_class_report_at(r, 0)->n == 3);
    CHECK(akin_class_report_at(r, 1)->label == 5 && akin_class_report_at(r, 1)->train == 1 &&
          akin_class_report_at(r, 1)->n == 0);
    CHECK(akin_class_report_at(r, 2)->label == 9 && akin_class_report_at(r, 2)->train == 2 &&
          akin_class_report_at(r, 2)->n == 2);
    CHECK_NEAR(akin_class_report_at(r, 0)->top1, 2.5 / 3, 1e-15);
    CHECK(isnan(akin_class_report_at(r, 1)->top1) && isnan(akin_class_report_at(r, 1)->ci95[0]));
    CHECK_NEAR(akin_class_report_macro(r)->top1, (2.5 / 3 + 0.5) / 2, 1e-15);
    CHECK(akin_class_report_macro(r)->classes == 2 && akin_class_report_macro(r)->n == 5 &&
          akin_class_report_macro(r)->train == 6);
    CHECK(strcmp(akin_class_report_group_at(r, 0)->name, "many") == 0 &&
          akin_class_report_group_at(r, 0)->train == 3 &&
          akin_class_report_group_at(r, 0)->top1 == akin_class_report_at(r, 0)->top1);
    CHECK(strcmp(akin_class_report_group_at(r, 1)->name, "medium") == 0 &&
          akin_class_report_group_at(r, 1)->train == 2 && akin_class_report_group_at(r, 1)->top1 == 0.5);
    CHECK(strcmp(akin_class_report_group_at(r, 2)->name, "few") == 0 &&
          akin_class_report_group_at(r, 2)->train == 1 && isnan(akin_class_report_group_at(r, 2)->top1));
    double wilson[2];
    ak_wilson95(0.5, 2, wilson);
    for (int e = 0; e < 2; e++) { /* of one class: Wilson's */
        CHECK_NEAR(akin_class_report_group_at(r, 1)->ci95[e], wilson[e], 1e-15);
        CHECK_NEAR(akin_class_report_at(r, 2)->ci95[e], wilson[e], 1e-15);
    }
    akin_class_report_free(r);
    akin_class_report_free(NULL);
}

static void thresholds_are_those_of_the_literature(void **state)
{
    (void)state;
    static int32_t train[101 + 100 + 20 + 19], test[4] = { 0, 1, 2, 3 };
    static const int sizes[4] = { 101, 100, 20, 19 };
    const float right[4] = { 1, 1, 1, 1 };
    int n = 0;
    for (int c = 0; c < 4; c++)
        for (int i = 0; i < sizes[c]; i++) train[n++] = c;
    akin_class_report *r = NULL;
    CHECK_OK(report(train, n, test, 4, right, NULL, &r));
    CHECK(akin_class_report_group_at(r, 0)->classes == 1 && akin_class_report_group_at(r, 0)->train == 101);
    CHECK(akin_class_report_group_at(r, 1)->classes == 2 && akin_class_report_group_at(r, 1)->train == 120);
    CHECK(akin_class_report_group_at(r, 2)->classes == 1 && akin_class_report_group_at(r, 2)->train == 19);
    CHECK(akin_class_report_macro(r)->top1 == 1 && akin_class_report_macro(r)->ci95[1] == 1 &&
          akin_class_report_macro(r)->ci95[0] < 1);
    akin_class_report_free(r);
}

static void the_macro_interval_covers(void **state)
{
    (void)state;
    /* Four classes of 10 to 60 test rows with rates .95, .5, .7, .2: 400 draws; true coverage near 0.95, and
     * a binomial count with it is off by 2.2 % in deviation. Four of them are allowed; coverage of a method
     * that joins the wrong way (half or twice the width) is below 0.7 or above 0.999. */
    static const int rows[4] = { 10, 60, 30, 20 };
    static const double rate[4] = { 0.95, 0.5, 0.7, 0.2 };
    const int32_t train[4] = { 0, 1, 2, 3 };
    enum { DRAWS = 400 };
    double truth = 0;
    int covered = 0;
    for (int c = 0; c < 4; c++) truth += rate[c] / 4;
    for (test_seed = 1; test_seed <= DRAWS; test_seed++) {
        int m = 0;
        for (int c = 0; c < 4; c++)
            for (int i = 0; i < rows[c]; i++, m++) {
                test_y[m] = c;
                correct[m] = test_uniform(0, 1) < rate[c];
            }
        akin_class_report *r = NULL;
        CHECK_OK(report(train, 4, test_y, m, correct, NULL, &r));
        CHECK_LE(akin_class_report_macro(r)->ci95[0], akin_class_report_macro(r)->top1);
        CHECK_LE(akin_class_report_macro(r)->top1, akin_class_report_macro(r)->ci95[1]);
        covered +=
            akin_class_report_macro(r)->ci95[0] <= truth && truth <= akin_class_report_macro(r)->ci95[1];
        akin_class_report_free(r);
    }
    test_seed = 1;
    CHECK_LE(0.95 - 4 * 0.011, (double)covered / DRAWS); /* sqrt(.95 .05 / 400) = 0.0109 */
    CHECK_LE((double)covered / DRAWS, 0.995);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    const int32_t y[2] = { 0, 1 };
    float right[2] = { 1, 0 };
    akin_class_report *r = NULL;
    akin_class_opts o = AKIN_CLASS_OPTS_INIT;
    CHECK_FAILS(report(NULL, 2, y, 2, right, NULL, &r), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(report(y, 2, y, 0, right, NULL, &r), AKIN_ERR_SHAPE, "0 test labels");
    CHECK_FAILS(report(y, 1, y, 2, right, NULL, &r), AKIN_ERR_INPUT, "test label 1");
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    data.struct_size = 0;
    CHECK_FAILS(akin_eval_classes(&data, right, NULL, &r, &err), AKIN_ERR_ARGUMENT, "not initialised");
    CHECK_FAILS(akin_eval_classes(NULL, right, NULL, &r, &err), AKIN_ERR_ARGUMENT, "NULL");
    o.few = 102;
    CHECK_FAILS(report(y, 2, y, 2, right, &o, &r), AKIN_ERR_RANGE, "no class may be both");
    right[1] = (float)NAN;
    CHECK_FAILS(report(y, 2, y, 2, right, NULL, &r), AKIN_ERR_INPUT, "correct[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_add_up_to_the_accuracy),
        cmocka_unit_test(classes_are_counted),
        cmocka_unit_test(thresholds_are_those_of_the_literature),
        cmocka_unit_test(the_macro_interval_covers),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
