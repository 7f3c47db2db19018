/* SPDX-License-Identifier: Apache-2.0 */
/* centroid-v1 and the centroids of kway-v1 against distances in double; that a common part of all rows and
 * their scale change nothing; and what it is for: classes whose means differ in length, where the mean
 * classifier is at chance. */
#include "akin/eval.h"
#include "test.h"

static akin_error err;

enum { N = 240, M = 150, D = 7, C = 6 };
static float train_x[N * D], test_x[M * D];
static int32_t train_y[N], test_y[M];

static akin_eval_data draw(double apart, double common)
{
    double centre[C][D];
    for (int c = 0; c < C; c++)
        for (int j = 0; j < D; j++) centre[c][j] = apart * test_normal();
    for (int i = 0; i < N + M; i++) {
        const int at = i < N ? i : i - N, y = at % C;
        *(i < N ? &train_y[at] : &test_y[at]) = y;
        for (int j = 0; j < D; j++)
            (i < N ? train_x : test_x)[at * D + j] = (float)(common + centre[y][j] + test_normal());
    }
    return (akin_eval_data){
        sizeof(akin_eval_data), { train_x, N, D, D }, train_y, N, { test_x, M, D, D }, test_y, M
    };
}

static double length_of(const float *x, bool unit)
{
    double square = 0;
    for (int j = 0; j < D; j++) square += (double)x[j] * x[j];
    return unit ? sqrt(square) : 1;
}

/* The share of test rows nearest to their own centroid; *close counts rows that float may put either way. */
static double naive(bool unit, int *close)
{
    double mean[C][D] = { { 0 } }, count[C] = { 0 };
    int hits = 0;
    for (int i = 0; i < N; i++) {
        count[train_y[i]]++;
        for (int j = 0; j < D; j++)
            mean[train_y[i]][j] += train_x[i * D + j] / length_of(train_x + i * D, unit);
    }
    *close = 0;
    for (int i = 0; i < M; i++) {
        double best = INFINITY, second = INFINITY;
        int at = -1;
        for (int c = 0; c < C; c++) {
            double square = 0;
            for (int j = 0; j < D; j++)
                square += pow(test_x[i * D + j] / length_of(test_x + i * D, unit) - mean[c][j] / count[c], 2);
            if (square < best) {
                second = best;
                best = square;
                at = c;
            } else
                second = fmin(second, square);
        }
        *close += second - best < 1e-3 * best;
        hits += at == test_y[i];
    }
    return (double)hits / M;
}

static void the_nearest_centroid_is_found(void **state)
{
    (void)state;
    static const double commons[] = { 0, 5, 1000 };
    for (int k = 0; k < 3; k++) {
        int close;
        const akin_eval_data data = draw(1, commons[k]);
        akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        float correct[M];
        opts.correct = correct;
        const double want = naive(false, &close);
        CHECK_OK(akin_eval_centroid(&data, 0, &opts, &r, &err));
        CHECK_NEAR(r.top1 * M, want * M, close + 1e-9);
        CHECK(close < 5 && want > 0.4 && strcmp(r.protocol, "centroid-v1") == 0);
        double sum = 0;
        for (int i = 0; i < M; i++) sum += (double)correct[i];
        CHECK_NEAR(sum, r.top1 * M, 1e-9);
        /* all classes at once is a task too, and each class has as many test rows */
        const int32_t tasks[AKIN_KWAY_MOST] = { 2, C };
        memcpy(opts.tasks, tasks, sizeof tasks);
        opts.correct = NULL;
        for (int unit = 0; unit < 2; unit++) {
            opts.unit_rows = unit;
            const double rate = naive(unit, &close);
            CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_CENTROID, 0, &opts, &r, &err));
            if (commons[k] < 1000 || !unit) CHECK_NEAR(r.avg[1].value * M, rate * M, close + 1e-9);
            CHECK(strcmp(r.classifier, "centroid") == 0 && r.avg[0].value >= r.avg[1].value);
        }
    }
}

static void scale_does_not_matter(void **state)
{
    (void)state;
    const akin_eval_data data = draw(0.7, 3);
    akin_eval_result a = AKIN_EVAL_RESULT_INIT, b = a, few = a, again = a;
    CHECK_OK(akin_eval_centroid(&data, 0, NULL, &a, &err));
    CHECK_OK(akin_eval_centroid(&data, 5, NULL, &few, &err));
    CHECK_OK(akin_eval_centroid(&data, 5, NULL, &again, &err));
    CHECK(few.draws == 10 && few.top1 == again.top1 && few.top1 < a.top1 && few.top1 > 1.0 / C);
    for (int i = 0; i < N * D; i++) train_x[i] = ldexpf(train_x[i], 60);
    for (int i = 0; i < M * D; i++) test_x[i] = ldexpf(test_x[i], 60);
    CHECK_OK(akin_eval_centroid(&data, 0, NULL, &b, &err));
    CHECK(a.top1 == b.top1);
    CHECK_FAILS(akin_eval_centroid(&data, -1, NULL, &b, &err), AKIN_ERR_RANGE, "is -1");
}

/* All rows on one ray, classes at different lengths: the longest mean has the greatest product with all. */
static void the_mean_classifier_is_at_chance_where_means_differ_in_length(void **state)
{
    (void)state;
    const akin_eval_data data = draw(0, 0);
    for (int i = 0; i < N + M; i++)
        for (int j = 0; j < D; j++)
            *(i < N ? &train_x[i * D + j] : &test_x[(i - N) * D + j]) =
                (float)((i < N ? i : i - N) % C + 1 + 0.01 * test_normal());
    akin_eval_result mean = AKIN_EVAL_RESULT_INIT, centroid = mean;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, NULL, &mean, &err));
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_CENTROID, 0, NULL, &centroid, &err));
    CHECK_NEAR(mean.top1, 1.0 / C, 1e-9);
    CHECK(centroid.top1 == 1);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_centroid_is_found),
        cmocka_unit_test(scale_does_not_matter),
        cmocka_unit_test(the_mean_classifier_is_at_chance_where_means_differ_in_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
