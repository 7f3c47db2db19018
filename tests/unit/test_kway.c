/* SPDX-License-Identifier: Apache-2.0 */
/* kway-v1 against the definition: every task of k classes is enumerated, every test row is classified in it,
 * in double, by code that shares nothing with the library; the jackknife against the same without one class's
 * rows. Then what must hold: chance for features without content, the bits of mean-v1 and linear-v1, any
 * number of threads.
 *
 * Float and double may disagree about a row whose two scores are closer than the rounding of float. The data
 * is drawn again until no two scores of a row are, so that ranks are equal and accuracies differ by rounding
 * of double only. */
#include "eval/kway.h"
#include "eval/linear.h"
#include "test.h"

static akin_error err;

enum { MAX_N = 700, MAX_D = 12, MAX_C = 9 };
static float train_x[MAX_N * MAX_D], test_x[MAX_N * MAX_D];
static int32_t train_y[MAX_N], test_y[MAX_N];
static double score[MAX_N][MAX_C]; /* of test rows, by the reference */
static const double EXACT = 1e-12; /* sums of at most 700 terms in double, each of a few roundings */

typedef struct problem {
    int64_t n, m, d, classes;
} problem;

static akin_eval_data data_of(problem p)
{
    return (akin_eval_data){ sizeof(akin_eval_data),
                             { train_x, p.n, p.d, p.d },
                             train_y,
                             p.n,
                             { test_x, p.m, p.d, p.d },
                             test_y,
                             p.m };
}

/* Classes of unequal sizes, rows of unequal lengths; with hole, classes 1 and 3 have no test row. */
static void draw(problem p, bool hole)
{
    double centre[MAX_C][MAX_D];
    for (int64_t c = 0; c < p.classes; c++)
        for (int64_t j = 0; j < p.d; j++) centre[c][j] = test_normal();
    for (int64_t i = 0; i < p.n + p.m; i++) {
        const bool train = i < p.n;
        const int64_t at = train ? i : i - p.n;
        int32_t y = (int32_t)(at < p.classes ? at : test_int(0, test_int(0, p.classes - 1)));
        if (!train && hole && (y == 1 || y == 3)) y = 0;
        *(train ? &train_y[at] : &test_y[at]) = y;
        const double length = exp(test_normal());
        for (int64_t j = 0; j < p.d; j++)
            (train ? train_x : test_x)[at * p.d + j] = (float)(length * (centre[y][j] + test_normal()));
    }
}

/* The reference ------------------------------------------------------------------------------------------ */

/* Scores by means of all rows but those of class gone (-1: none). */
static void mean_scores(problem p, bool unit, int64_t gone)
{
    double mean[MAX_C][MAX_D] = { { 0 } }, count[MAX_C] = { 0 };
    for (int64_t i = 0; i < p.n; i++) {
        double square = 0;
        for (int64_t j = 0; j < p.d; j++) square += (double)train_x[i * p.d + j] * train_x[i * p.d + j];
        for (int64_t j = 0; j < p.d; j++)
            mean[train_y[i]][j] += train_x[i * p.d + j] / (unit ? sqrt(square) : 1);
        count[train_y[i]]++;
    }
    for (int64_t i = 0; i < p.m; i++)
        for (int64_t c = 0; c < p.classes; c++) {
            score[i][c] = 0;
            for (int64_t j = 0; j < p.d; j++) score[i][c] += mean[c][j] / count[c] * test_x[i * p.d + j];
            if (c == gone) score[i][c] = -INFINITY;
        }
}

/* Can float tell the scores of each row apart? */
static bool clear_cut(problem p)
{
    for (int64_t i = 0; i < p.m; i++) {
        double most = 0;
        for (int64_t c = 0; c < p.classes; c++) most = fmax(most, fabs(score[i][c]));
        for (int64_t c = 0; c < p.classes; c++)
            for (int64_t b = 0; b < c; b++)
                if (!(fabs(score[i][c] - score[i][b]) > 1e-5 * most)) return false;
    }
    return true;
}

static void draw_clear(problem p, bool hole, bool unit)
{
    do {
        draw(p, hole);
        mean_scores(p, unit, -1);
    } while (!clear_cut(p));
}

/* Is row i right in the task? The greatest score wins, among equal ones the lowest class. */
static bool right(int64_t i, unsigned task, int64_t classes)
{
    int64_t best = -1;
    for (int64_t c = 0; c < classes; c++)
        if (task >> c & 1 && (best < 0 || score[i][c] > score[i][best])) best = c;
    return best == test_y[i];
}

static int bits(unsigned x)
{
    int n = 0;
    for (; x; x &= x - 1) n++;
    return n;
}

/* Accuracy on the rows of class c in a task; NaN without rows. */
static double accuracy_of_class(problem p, unsigned task, int64_t c)
{
    double hits = 0, rows = 0;
    for (int64_t i = 0; i < p.m; i++)
        if (test_y[i] == c) {
            rows++;
            hits += right(i, task, p.classes);
        }
    return hits / rows;
}

/* The mean over classes but `gone` with test rows of the mean over tasks of k classes that hold the class. */
static double ref_average(problem p, int k, int64_t gone)
{
    double sum = 0, tested = 0;
    for (int64_t c = 0; c < p.classes; c++) {
        double mine = 0, tasks = 0;
        for (unsigned task = 0; task < 1u << p.classes; task++) {
            if (bits(task) != k || !(task >> c & 1) || (gone >= 0 && task >> gone & 1)) continue;
            mine += accuracy_of_class(p, task, c);
            tasks++;
        }
        if (c == gone || isnan(mine)) continue;
        sum += mine / tasks;
        tested++;
    }
    return sum / tested;
}

/* As the paper says it: the mean over tasks of the mean over the classes of the task. */
static double ref_average_of_tasks(problem p, int k)
{
    double sum = 0, tasks = 0;
    for (unsigned task = 0; task < 1u << p.classes; task++) {
        if (bits(task) != k) continue;
        for (int64_t c = 0; c < p.classes; c++)
            if (task >> c & 1) sum += accuracy_of_class(p, task, c) / k;
        tasks++;
    }
    return sum / tasks;
}

/* The mean over pairs of the share of their test rows that are right. */
static double ref_pooled(problem p)
{
    double sum = 0, pairs = 0;
    for (int64_t a = 0; a < p.classes; a++)
        for (int64_t b = 0; b < a; b++) {
            double hits = 0, rows = 0;
            for (int64_t i = 0; i < p.m; i++)
                if (test_y[i] == a || test_y[i] == b) {
                    rows++;
                    hits += right(i, 1u << a | 1u << b, p.classes);
                }
            if (rows > 0) sum += hits / rows;
            pairs += rows > 0;
        }
    return sum / pairs;
}

static double ref_top(problem p, int top)
{
    double hits = 0;
    for (int64_t i = 0; i < p.m; i++) {
        int before = 0;
        for (int64_t c = 0; c < p.classes; c++)
            before +=
                score[i][c] > score[i][test_y[i]] || (score[i][c] == score[i][test_y[i]] && c < test_y[i]);
        hits += before < top;
    }
    return hits / (double)p.m;
}

/* Tests -------------------------------------------------------------------------------------------------- */

static void odds_are_the_share_of_tasks_without_a_better_class(void **state)
{
    (void)state;
    for (int classes = 2; classes <= 11; classes++)
        for (int k = 2; k <= classes; k++) {
            double odds[12];
            ak_kway_odds(classes, k, odds);
            for (int r = 0; r < classes; r++) { /* the others are bits 0.., of which the first r are better */
                double tasks = 0, good = 0;
                for (unsigned others = 0; others < 1u << (classes - 1); others++) {
                    if (bits(others) != k - 1) continue;
                    tasks++;
                    good += (others & ((1u << r) - 1)) == 0;
                }
                CHECK_NEAR(odds[r], good / tasks, 1e-15 * k);
            }
            CHECK(odds[0] == 1 && odds[classes] == 0);
        }
    double odds[819];
    ak_kway_odds(818, 10, odds);
    for (int r = 1; r <= 818; r++) CHECK(odds[r] <= odds[r - 1] && odds[r] >= 0);
    ak_kway_odds(3, 4, odds); /* no such task */
    CHECK(odds[0] == 0);
}

static void set(akin_eval_opts *opts, int unit)
{
    *opts = (akin_eval_opts)AKIN_EVAL_OPTS_INIT;
    const int32_t tasks[AKIN_KWAY_MOST] = { 2, 3, 4, 5, 7, 8, 9, 0 },
                  tops[AKIN_KWAY_MOST] = { 1, 2, 4, 6, 9 };
    memcpy(opts->tasks, tasks, sizeof tasks);
    memcpy(opts->tops, tops, sizeof tops);
    opts->unit_rows = unit;
}

static void check_scores(problem p, const akin_eval_result *r)
{
    for (int t = 0; r->avg[t].size; t++) {
        if (r->avg[t].size > p.classes)
            CHECK(isnan(r->avg[t].value) && isnan(r->avg[t].ci95[0]));
        else
            CHECK_NEAR(r->avg[t].value, ref_average(p, r->avg[t].size, -1), EXACT);
    }
    for (int t = 0; r->top[t].size; t++) {
        double wilson[2];
        if (r->top[t].size >= p.classes) {
            CHECK(isnan(r->top[t].value) && isnan(r->top[t].ci95[0]));
            continue;
        }
        CHECK_NEAR(r->top[t].value, ref_top(p, r->top[t].size), EXACT);
        ak_wilson95(r->top[t].value, p.m, wilson);
        CHECK(r->top[t].ci95[0] == wilson[0] && r->top[t].ci95[1] == wilson[1]);
    }
    CHECK_NEAR(r->avg2_pooled, ref_pooled(p), EXACT);
    CHECK_NEAR(r->top1, ref_top(p, 1), EXACT);
    if (p.classes >= 6) CHECK_NEAR(r->top5, ref_top(p, 5), EXACT);
}

static void accuracies_are_those_over_all_tasks(void **state)
{
    (void)state;
    static const problem shapes[] = { { 20, 30, 2, 2 }, { 40, 25, 3, 3 },   { 60, 129, 4, 5 },
                                      { 90, 40, 5, 6 }, { 400, 300, 7, 8 }, { 90, 60, 12, 9 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int variant = 0; variant < 4; variant++) {
            const bool unit = variant & 1, hole = variant & 2;
            const problem p = shapes[s];
            akin_eval_opts opts;
            akin_eval_result r = AKIN_EVAL_RESULT_INIT;
            draw_clear(p, hole, unit);
            set(&opts, unit);
            const akin_eval_data data = data_of(p);
            CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &r, &err));
            check_scores(p, &r);
            CHECK(strcmp(r.protocol, "kway-v1") == 0 && strcmp(r.classifier, "mean") == 0);
            CHECK(r.unit_rows == unit && r.classes == p.classes && r.n == p.m);
            if (!hole)
                for (int t = 0; r.avg[t].size && r.avg[t].size <= p.classes; t++)
                    CHECK_NEAR(r.avg[t].value, ref_average_of_tasks(p, r.avg[t].size), EXACT);
        }
}

static void intervals_leave_one_class_out_at_a_time(void **state)
{
    (void)state;
    /* Student's t, 97.5 %, with classes - 1 degrees of freedom, from tables */
    static const double t975[] = { 0, 12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624 };
    static const problem shapes[] = { { 60, 129, 4, 5 }, { 90, 40, 5, 6 }, { 90, 300, 3, 8 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int variant = 0; variant < 2; variant++) {
            const problem p = shapes[s];
            akin_eval_opts opts;
            akin_eval_result r = AKIN_EVAL_RESULT_INIT;
            draw_clear(p, variant, false);
            set(&opts, 0);
            const akin_eval_data data = data_of(p);
            CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &r, &err));
            for (int t = 0; r.avg[t].size && r.avg[t].size <= p.classes; t++) {
                double without[MAX_C], mean = 0, square = 0;
                if (r.avg[t].size == p.classes) {
                    CHECK(isnan(r.avg[t].ci95[0]) && isnan(r.avg[t].ci95[1]));
                    continue;
                }
                for (int64_t g = 0; g < p.classes; g++) {
                    mean_scores(p, false, g);
                    without[g] = ref_average(p, r.avg[t].size, g);
                    mean += without[g] / (double)p.classes;
                }
                for (int64_t g = 0; g < p.classes; g++) square += (without[g] - mean) * (without[g] - mean);
                const double half =
                    t975[p.classes - 1] * sqrt((double)(p.classes - 1) / (double)p.classes * square);
                CHECK_NEAR(r.avg[t].ci95[0], fmax(0, r.avg[t].value - half), 1e-6); /* digits of the table */
                CHECK_NEAR(r.avg[t].ci95[1], fmin(1, r.avg[t].value + half), 1e-6);
            }
        }
}

static void linear_scores_are_restricted_to_tasks(void **state)
{
    (void)state;
    const problem p = { 300, 200, 5, 6 };
    akin_eval_opts opts;
    akin_eval_result r = AKIN_EVAL_RESULT_INIT, plain = AKIN_EVAL_RESULT_INIT;
    const akin_eval_data data = data_of(p);
    do { /* the reference takes the trained layer and applies it in double */
        draw(p, false);
        ak_eval_job job;
        ak_linear_layer layer;
        int64_t hits[2];
        set(&opts, 0);
        CHECK_OK(ak_eval_open(&job, "test", &data, &opts, &r, &err));
        CHECK_OK(ak_linear_train(&job, 1, &layer, hits, &err));
        for (int64_t i = 0; i < p.m; i++)
            for (int64_t c = 0; c < p.classes; c++) {
                score[i][c] = layer.intercept[c];
                for (int64_t j = 0; j < p.d; j++)
                    score[i][c] += ((double)test_x[i * p.d + j] - layer.standard.centre[j]) *
                                   layer.standard.inverse[j] * layer.weights[c * p.d + j];
            }
        ak_linear_layer_free(&layer);
        ak_eval_close(&job);
    } while (!clear_cut(p));
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_LINEAR, 0, &opts, &r, &err));
    check_scores(p, &r);
    CHECK_OK(akin_eval_linear(&data, &opts, &plain, &err));
    CHECK(strcmp(r.classifier, "linear") == 0);
    CHECK(r.top1 == plain.top1 && r.top5 == plain.top5 && r.lambda == plain.lambda && r.loss == plain.loss);
    CHECK(r.ci95[0] == plain.ci95[0] && r.iterations == plain.iterations && r.converged == plain.converged);
}

static void drawn_tasks_have_layers_of_their_own(void **state)
{
    (void)state;
    /* classes 0, 2 and 4 of five have test rows: three pairs, one task of three, none of four */
    const problem p = { 90, 60, 2, 5 };
    draw(p, true);
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result r = AKIN_EVAL_RESULT_INIT, again = AKIN_EVAL_RESULT_INIT;
    const int32_t tasks[AKIN_KWAY_MOST] = { 2, 3, 4 };
    memcpy(opts.tasks, tasks, sizeof tasks);
    opts.fit_tasks = 200;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_LINEAR, 0, &opts, &r, &err));
    CHECK(r.fit_tasks == 200 && r.fitted[0].size == 2 && r.fitted[2].size == 4 && r.fitted[3].size == 0);
    CHECK(isnan(r.fitted[2].value) && isnan(r.fitted[2].ci95[0]));

    /* the same by hand: the rows of a set of classes to linear-v1, its hits by class */
    static const unsigned sets[4] = { 5, 17, 20, 21 };
    static float some_x[2][MAX_N * MAX_D];
    static int32_t some_y[2][MAX_N];
    double value[4], mean = 0, square = 0;
    for (int s = 0; s < 4; s++) {
        int64_t n = 0, m = 0;
        for (int64_t i = 0; i < p.n; i++)
            if (sets[s] >> train_y[i] & 1) {
                memcpy(some_x[0] + 2 * n, train_x + 2 * i, 2 * sizeof(float));
                some_y[0][n++] = train_y[i];
            }
        value[s] = 0;
        for (int32_t c = 0; c < p.classes; c++) {
            if (!(sets[s] >> c & 1)) continue;
            m = 0;
            for (int64_t i = 0; i < p.m; i++)
                if (test_y[i] == c) {
                    memcpy(some_x[1] + 2 * m, test_x + 2 * i, 2 * sizeof(float));
                    some_y[1][m++] = c;
                }
            const akin_eval_data part = { sizeof(akin_eval_data),
                                          { some_x[0], n, 2, 2 },
                                          some_y[0],
                                          n,
                                          { some_x[1], m, 2, 2 },
                                          some_y[1],
                                          m };
            akin_eval_result one = AKIN_EVAL_RESULT_INIT;
            CHECK_OK(akin_eval_linear(&part, &opts, &one, &err));
            value[s] += one.top1 / bits(sets[s]);
        }
    }
    CHECK_NEAR(r.fitted[1].value, value[3], EXACT);
    CHECK_NEAR(r.fitted[1].ci95[1] - r.fitted[1].ci95[0], 0, EXACT);
    for (int s = 0; s < 3; s++) mean += value[s] / 3;
    for (int s = 0; s < 3; s++) square += (value[s] - mean) * (value[s] - mean) / 3;
    CHECK_NEAR(r.fitted[0].value, mean, 5 * sqrt(square / opts.fit_tasks) + EXACT); /* five standard errors */
    CHECK(r.fitted[0].ci95[0] <= r.fitted[0].value && r.fitted[0].value <= r.fitted[0].ci95[1]);

    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_LINEAR, 0, &opts, &again, &err));
    CHECK(r.fitted[0].value == again.fitted[0].value);
    opts.seed = 9;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_LINEAR, 0, &opts, &again, &err));
    CHECK(r.fitted[0].value != again.fitted[0].value || square < 1e-9);
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &r, &err));
    CHECK(r.fit_tasks == 0 && r.fitted[0].size == 0); /* the mean of a class does not know the task */
}

static void unit_rows_give_the_bits_of_mean_v1(void **state)
{
    (void)state;
    const problem p = { 700, 650, 6, 9 };
    draw(p, false);
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    opts.unit_rows = 1;
    opts.seed = 5;
    for (int labels = 0; labels <= 5; labels += 5) {
        akin_eval_result kway = AKIN_EVAL_RESULT_INIT, mean = AKIN_EVAL_RESULT_INIT;
        CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, labels, &opts, &kway, &err));
        CHECK_OK(akin_eval_mean(&data, labels, &opts, &mean, &err));
        /* sums over draws are taken in another order */
        CHECK_NEAR(kway.top1, mean.top1, labels ? 1e-15 : 0);
        CHECK_NEAR(kway.top5, mean.top5, labels ? 1e-15 : 0);
        CHECK_NEAR(kway.ci95[0], mean.ci95[0], labels ? 1e-14 : 0);
        CHECK_NEAR(kway.ci95[1], mean.ci95[1], labels ? 1e-14 : 0);
        CHECK(kway.draws == mean.draws && kway.labels_per_class == labels);
        CHECK_NEAR(kway.standard_error, mean.standard_error, 1e-15);
        CHECK_NEAR(kway.top[0].value, kway.top1, 0);
        CHECK_NEAR(kway.top[0].ci95[0], kway.ci95[0], 0);
    }
}

static void few_labels_are_averaged_over_draws(void **state)
{
    (void)state;
    /* all training rows of a class alike: every draw sees the same means, those of all rows */
    const problem p = { 90, 200, 4, 6 };
    draw(p, false);
    for (int64_t i = 0; i < p.n; i++) {
        train_y[i] = (int32_t)(i % p.classes);
        for (int64_t j = 0; j < p.d; j++)
            train_x[i * p.d + j] = (float)((i % p.classes) * (j + 1) % 5) + (float)(j == i % p.d);
    }
    for (int64_t i = p.classes; i < p.n; i++)
        memcpy(train_x + i * p.d, train_x + i % p.classes * p.d, (size_t)p.d * sizeof *train_x);
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result few = AKIN_EVAL_RESULT_INIT, all = AKIN_EVAL_RESULT_INIT, other = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 4, &opts, &few, &err));
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &all, &err));
    CHECK_NEAR(few.avg[0].value, all.avg[0].value, EXACT);
    CHECK_NEAR(few.avg2_pooled, all.avg2_pooled, EXACT);
    CHECK_NEAR(few.avg[0].ci95[1] - few.avg[0].ci95[0], 0, EXACT);
    CHECK_NEAR(few.top[0].value, all.top[0].value, EXACT);
    /* and on rows that differ, draws do, and follow the seed */
    draw(p, false);
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 1, &opts, &few, &err));
    CHECK(few.avg[0].ci95[0] < few.avg[0].value && few.avg[0].value < few.avg[0].ci95[1]);
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 1, &opts, &other, &err));
    CHECK(memcmp(few.avg, other.avg, sizeof few.avg) == 0);
    opts.seed = 77;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 1, &opts, &other, &err));
    CHECK(few.avg[0].value != other.avg[0].value);
}

static void features_without_content_are_at_chance(void **state)
{
    (void)state;
    const problem p = { 80, 160, 4, 8 };
    const akin_eval_data data = data_of(p);
    for (int zero = 0; zero < 2; zero++) {
        for (int64_t i = 0; i < p.n; i++) train_y[i] = (int32_t)(i % p.classes);
        for (int64_t i = 0; i < p.m; i++) test_y[i] = (int32_t)(i % p.classes);
        for (int64_t i = 0; i < p.n * p.d; i++) train_x[i] = zero ? 0 : 0.5f;
        for (int64_t i = 0; i < p.m * p.d; i++) test_x[i] = zero ? 0 : 0.5f;
        akin_eval_opts opts;
        set(&opts, 0);
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &r, &err));
        for (int t = 0; r.avg[t].size && r.avg[t].size <= p.classes; t++)
            CHECK_NEAR(r.avg[t].value, 1.0 / r.avg[t].size, EXACT);
        for (int t = 0; r.top[t].size && r.top[t].size < p.classes; t++)
            CHECK_NEAR(r.top[t].value, (double)r.top[t].size / (double)p.classes, EXACT);
        CHECK_NEAR(r.avg2_pooled, 0.5, EXACT);
        CHECK(r.zero_rows == (zero ? p.n + p.m : 0));
    }
}

static void equal_scores_go_to_the_lower_class(void **state)
{
    (void)state;
    const problem p = { 40, 90, 3, 7 };
    draw(p, false);
    for (int64_t i = 0; i < p.n * p.d; i++) train_x[i] = 1;
    for (int64_t i = 0; i < p.m * p.d; i++) test_x[i] = 1;
    memset(score, 0, sizeof score);
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts;
    set(&opts, 0);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &r, &err));
    check_scores(p, &r);
}

static void separated_classes_are_always_right(void **state)
{
    (void)state;
    const problem p = { 40, 50, 8, 8 };
    draw(p, false);
    memset(train_x, 0, sizeof train_x);
    memset(test_x, 0, sizeof test_x);
    for (int64_t i = 0; i < p.n; i++) train_x[i * p.d + train_y[i]] = 3;
    for (int64_t i = 0; i < p.m; i++) test_x[i * p.d + test_y[i]] = 2;
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts;
    set(&opts, 1);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_kway(&data, AKIN_CLASSIFIER_MEAN, 0, &opts, &r, &err));
    for (int t = 0; r.avg[t].size && r.avg[t].size < p.classes; t++) {
        CHECK_NEAR(r.avg[t].value, 1, EXACT);
        CHECK_NEAR(r.avg[t].ci95[0], 1, 1e-9);
        CHECK_LE(r.avg[t].ci95[1], 1);
    }
    CHECK_NEAR(r.avg2_pooled, 1, EXACT);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    const problem p = { 700, 700, 11, 9 };
    draw(p, false);
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts;
    set(&opts, 0);
    for (int k = 0; k < 3; k++) {
        const akin_classifier by = k == 2 ? AKIN_CLASSIFIER_LINEAR : AKIN_CLASSIFIER_MEAN;
        akin_eval_result one = AKIN_EVAL_RESULT_INIT, many = AKIN_EVAL_RESULT_INIT;
        akin_set_threads(1);
        CHECK_OK(akin_eval_kway(&data, by, k == 1 ? 5 : 0, &opts, &one, &err));
        akin_set_threads(3);
        CHECK_OK(akin_eval_kway(&data, by, k == 1 ? 5 : 0, &opts, &many, &err));
        akin_set_threads(0);
        one.seconds = many.seconds = 0;
        CHECK(memcmp(one.avg, many.avg, sizeof one.avg) == 0 &&
              memcmp(one.top, many.top, sizeof one.top) == 0);
        CHECK(one.avg2_pooled == many.avg2_pooled && one.top1 == many.top1);
    }
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    const problem p = { 40, 50, 4, 5 };
    draw(p, false);
    const akin_eval_data data = data_of(p);
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    const akin_classifier mean = AKIN_CLASSIFIER_MEAN, linear = AKIN_CLASSIFIER_LINEAR;
    CHECK_FAILS(akin_eval_kway(&data, (akin_classifier)7, 0, &opts, &r, &err), AKIN_ERR_ARGUMENT,
                "classifier is 7");
    CHECK_FAILS(akin_eval_kway(&data, mean, -1, &opts, &r, &err), AKIN_ERR_RANGE, "labels_per_class is -1");
    CHECK_FAILS(akin_eval_kway(&data, linear, 5, &opts, &r, &err), AKIN_ERR_RANGE, "for the linear layer");
    CHECK_FAILS(akin_eval_kway(NULL, mean, 0, &opts, &r, &err), AKIN_ERR_ARGUMENT, "NULL");
    opts.tasks[0] = 1;
    CHECK_FAILS(akin_eval_kway(&data, mean, 0, &opts, &r, &err), AKIN_ERR_RANGE, "tasks has 1");
    opts.tasks[0] = 10;
    CHECK_FAILS(akin_eval_kway(&data, mean, 0, &opts, &r, &err), AKIN_ERR_RANGE, "10 after 10");
    opts.tasks[0] = 0;
    opts.tops[0] = -3;
    CHECK_FAILS(akin_eval_kway(&data, mean, 0, &opts, &r, &err), AKIN_ERR_RANGE, "tops has -3");
    opts.tops[0] = 1;
    opts.unit_rows = 2;
    CHECK_FAILS(akin_eval_kway(&data, mean, 0, &opts, &r, &err), AKIN_ERR_RANGE, "unit_rows is 2");
    opts.unit_rows = 0;
    opts.fit_tasks = 1;
    CHECK_FAILS(akin_eval_kway(&data, linear, 0, &opts, &r, &err), AKIN_ERR_RANGE, "fit_tasks is 1");
    opts.fit_tasks = 0;
    CHECK(r.protocol == NULL); /* nothing was written */
    CHECK_OK(akin_eval_kway(&data, mean, 0, &opts, &r, &err));
    CHECK(r.avg[0].size == 0 && r.top[0].size == 1); /* an empty list is no task */
    r = (akin_eval_result)AKIN_EVAL_RESULT_INIT;
    r.struct_size = offsetof(akin_eval_result, classifier); /* a caller from before */
    CHECK_OK(akin_eval_kway(&data, mean, 0, NULL, &r, &err));
    CHECK(r.top1 > 0 && r.classifier == NULL && r.avg[0].size == 0);
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odds_are_the_share_of_tasks_without_a_better_class),
        cmocka_unit_test(accuracies_are_those_over_all_tasks),
        cmocka_unit_test(intervals_leave_one_class_out_at_a_time),
        cmocka_unit_test(linear_scores_are_restricted_to_tasks),
        cmocka_unit_test(drawn_tasks_have_layers_of_their_own),
        cmocka_unit_test(unit_rows_give_the_bits_of_mean_v1),
        cmocka_unit_test(few_labels_are_averaged_over_draws),
        cmocka_unit_test(features_without_content_are_at_chance),
        cmocka_unit_test(equal_scores_go_to_the_lower_class),
        cmocka_unit_test(separated_classes_are_always_right),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
