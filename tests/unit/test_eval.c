/* SPDX-License-Identifier: Apache-2.0 */
/* eval: kNN, the mean classifier and nearest neighbours against naive references in double, intervals against
 * published values, and what must not matter: threads, scale, the numbers that name the classes.
 *
 * The references share no code with the library: they sort all similarities in double. Where float and double
 * may honestly disagree - two scores, or the k-th and the next similarity, closer than the rounding of float
 * - the item is counted as unsure, and the accuracies may differ by the unsure items, of which there must be
 * few. Exact ties are tested apart, on numbers that float holds exactly. */
#include "eval/eval.h"
#include "base/rng.h"
#include "test.h"

static akin_error err;

enum { MAX_N = 1200, MAX_D = 40 };
static float train_x[MAX_N * MAX_D], test_x[MAX_N * MAX_D];
static int32_t train_y[MAX_N], test_y[MAX_N];

static akin_eval_data make(int64_t n, int64_t m, int64_t d)
{
    return (akin_eval_data){
        sizeof(akin_eval_data), { train_x, n, d, d }, train_y, n, { test_x, m, d, d }, test_y, m
    };
}

/* Gaussian classes, far from separable. */
static akin_eval_data gaussian(int64_t n, int64_t m, int64_t d, int32_t classes)
{
    for (int64_t i = 0; i < n + m; i++) {
        float *x = i < n ? train_x + i * d : test_x + (i - n) * d;
        const int32_t y = (int32_t)(i % classes);
        *(i < n ? &train_y[i] : &test_y[i - n]) = y;
        for (int64_t j = 0; j < d; j++) x[j] = (float)(test_normal() + (j % classes == y ? 1.0 : 0.3));
    }
    return make(n, m, d);
}

static double cosine(const float *a, const float *b, int64_t d)
{
    double ab = 0, aa = 0, bb = 0;
    for (int64_t j = 0; j < d; j++) {
        ab += (double)a[j] * b[j];
        aa += (double)a[j] * a[j];
        bb += (double)b[j] * b[j];
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

/* Neighbours --------------------------------------------------------------------------------------------- */

static void neighbours_are_the_nearest_in_order(void **state)
{
    (void)state;
    static int32_t index[MAX_N * 60];
    static float similarity[MAX_N * 60];
    static const int64_t shapes[][4] = { { 1, 1, 1, 1 },     { 3, 17, 2, 5 },     { 300, 700, 7, 20 },
                                         { 5, 1200, 3, 60 }, { 257, 513, 31, 1 }, { 40, 33, 40, 33 } };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        const int64_t n = shapes[s][0], m = shapes[s][1], d = shapes[s][2], k = shapes[s][3];
        for (int64_t i = 0; i < n * d; i++) test_x[i] = (float)test_normal();
        for (int64_t i = 0; i < m * d; i++) train_x[i] = (float)test_normal();
        const akin_cmat query = { test_x, n, d, d }, reference = { train_x, m, d, d };
        CHECK_OK(akin_eval_neighbours(query, reference, k, index, similarity, &err));
        /* unit rows, a product of d terms and a scaling: below (d + 3) roundings of at most 1 */
        const double limit = (double)(d + 3) * 0x1p-24;
        for (int64_t i = 0; i < n; i++) {
            double want[MAX_N];
            bool taken[MAX_N] = { false };
            for (int64_t j = 0; j < m; j++) want[j] = cosine(test_x + i * d, train_x + j * d, d);
            double last = 2;
            for (int64_t r = 0; r < k; r++) {
                const int32_t j = index[i * k + r];
                CHECK(j >= 0 && j < m && !taken[j]);
                taken[j] = true;
                CHECK_NEAR(similarity[i * k + r], want[j], limit);
                CHECK_LE(similarity[i * k + r], last);
                last = similarity[i * k + r];
            }
            for (int64_t j = 0; j < m; j++)
                if (!taken[j]) CHECK_LE(want[j], last + limit); /* nothing better was left out */
        }
    }
}

static void equal_similarities_come_in_order_of_index(void **state)
{
    (void)state;
    enum { N = 1100, K = 30 };
    /* three directions, each with exact powers of two as lengths: equal rows have equal bits */
    for (int j = 0; j < N; j++) {
        const float length = (float)(1 << (j % 5));
        train_x[2 * j] = j % 3 == 0 ? length : 0;
        train_x[2 * j + 1] = j % 3 == 1 ? length : 0; /* and every third row is zero */
    }
    test_x[0] = 3;
    test_x[1] = 1;
    int32_t index[K];
    float similarity[K];
    const akin_cmat query = { test_x, 1, 2, 2 }, reference = { train_x, N, 2, 2 };
    CHECK_OK(akin_eval_neighbours(query, reference, K, index, similarity, &err));
    for (int r = 0; r < K; r++) CHECK(index[r] == 3 * r && similarity[r] == similarity[0]);
    test_x[0] = -1;
    test_x[1] = 0; /* orthogonal rows and rows of zeros are equally far; rows 0, 3, ... are behind them all */
    CHECK_OK(akin_eval_neighbours(query, reference, K, index, similarity, &err));
    for (int r = 0; r < K; r++) CHECK(index[r] == r / 2 * 3 + 1 + r % 2 && similarity[r] == 0);
    test_x[0] = 0; /* a query without direction */
    CHECK_OK(akin_eval_neighbours(query, reference, K, index, similarity, &err));
    for (int r = 0; r < K; r++) CHECK(index[r] == r && similarity[r] == 0);
}

/* kNN ---------------------------------------------------------------------------------------------------- */

static void votes_add_up_as_by_hand(void **state)
{
    (void)state;
    /* Six classes, one or two rows each, at known cosines from the query (1,0). With T = 0.5 and k = 5: class
     * 0: exp(0.6/0.5) + exp(0.6/0.5) = 6.64, class 1: exp(0.96/0.5) = 6.82, class 2: exp(0.8/0.5) = 4.95,
     * class 3: exp(0.28/0.5) = 1.75; classes 4 and 5 have no vote. At T = 2 the pair wins: 2.70 > 1.62. */
    static const float rows[7][2] = { { 0.6f, 0.8f },   { 0.6f, -0.8f }, { 0.96f, 0.28f }, { 0.8f, 0.6f },
                                      { 0.28f, 0.96f }, { -1, 0 },       { 0, -1 } };
    static const int32_t labels[7] = { 0, 0, 1, 2, 3, 4, 5 };
    memcpy(train_x, rows, sizeof rows);
    memcpy(train_y, labels, sizeof labels);
    for (int i = 0; i < 6; i++) {
        test_x[2 * i] = 3; /* length does not matter */
        test_x[2 * i + 1] = 0;
        test_y[i] = i;
    }
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    opts.k = 5;
    static const double temperatures[2] = { 0.5, 2 };
    for (int t = 0; t < 2; t++) {
        opts.temperature = temperatures[t];
        for (int y = 0; y < 6; y++) {
            akin_eval_data data = make(7, 1, 2);
            data.test_labels = test_y + y;
            akin_eval_result r = AKIN_EVAL_RESULT_INIT;
            CHECK_OK(akin_eval_knn(&data, &opts, &r, &err));
            CHECK(r.top1 == (y == (t == 0 ? 1 : 0)));
            CHECK(r.top5 == (y < 4)); /* a class without a vote is no hit */
            CHECK(r.k == 5 && r.temperature == opts.temperature && r.n == 1 && r.reference == 7);
        }
    }
}

static void knn_matches_a_sorting_reference(void **state)
{
    (void)state;
    for (int round = 0; round < 6; round++) {
        const int64_t n = test_int(50, 900), m = test_int(1, 300), d = test_int(4, 9), k = test_int(1, 30);
        const int32_t classes = (int32_t)test_int(2, 9);
        akin_eval_data data = gaussian(n, m, d, classes);
        for (int64_t i = 0; i < n / 4; i++) { /* rows that repeat, under other labels */
            memcpy(train_x + (n - 1 - i) * d, train_x + i * d, (size_t)d * sizeof(float));
        }
        akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
        opts.k = (int32_t)k;
        opts.temperature = test_uniform(0.02, 1);
        int64_t hits[2] = { 0 }, unsure = 0;
        for (int64_t i = 0; i < m; i++) {
            double s[MAX_N], score[9] = { 0 };
            bool taken[MAX_N] = { false };
            for (int64_t j = 0; j < n; j++) s[j] = cosine(test_x + i * d, train_x + j * d, d);
            double last = 0;
            for (int64_t r = 0; r < k; r++) {
                int64_t best = -1;
                for (int64_t j = 0; j < n; j++)
                    if (!taken[j] && (best < 0 || s[j] > s[best])) best = j;
                taken[best] = true;
                last = s[best];
                score[train_y[best]] += exp(s[best] / opts.temperature);
            }
            int64_t rank = score[test_y[i]] > 0 ? 0 : 9;
            double nearest_rival = 1;
            for (int32_t c = 0; c < classes; c++) {
                if (c == test_y[i]) continue;
                rank += score[c] > score[test_y[i]] || (score[c] == score[test_y[i]] && c < test_y[i]);
                const double gap = fabs(score[c] / score[test_y[i]] - 1);
                if (gap > 0 && gap < nearest_rival) nearest_rival = gap; /* 0: equal rows, a real tie */
            }
            for (int64_t j = 0; j < n; j++) /* would float see another k-th neighbour? equal rows would not */
                if (s[j] != last && fabs(s[j] - last) < 1e-6) nearest_rival = 0;
            unsure += nearest_rival < 1e-4; /* a cosine off by 1e-6 moves exp(s/T), T >= 0.02, by 5e-5 */
            hits[0] += rank < 1;
            hits[1] += rank < 5;
        }
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        CHECK_OK(akin_eval_knn(&data, &opts, &r, &err));
        CHECK_LE(fabs(r.top1 * (double)m - (double)hits[0]), (double)unsure + 1e-9);
        CHECK_LE(unsure, m / 10 + 2); /* else the comparison says nothing */
        if (classes >= 6)
            CHECK_LE(fabs(r.top5 * (double)m - (double)hits[1]), (double)unsure + 1e-9);
        else
            CHECK(isnan(r.top5));
    }
}

static void more_neighbours_than_rows_are_all_rows(void **state)
{
    (void)state;
    const akin_eval_data data = gaussian(7, 20, 3, 2);
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result a = AKIN_EVAL_RESULT_INIT, b = AKIN_EVAL_RESULT_INIT;
    opts.k = 200;
    CHECK_OK(akin_eval_knn(&data, &opts, &a, &err));
    opts.k = 7;
    CHECK_OK(akin_eval_knn(&data, &opts, &b, &err));
    CHECK(a.k == 7 && a.top1 == b.top1);
}

/* Mean classifier ---------------------------------------------------------------------------------------- */

static void means_are_those_by_hand(void **state)
{
    (void)state;
    /* class 0: (1,0) and (0,1), mean (.5,.5); class 1: (0.8,0.6) twice, mean (.8,.6); lengths do not count.
     * For (-3,4) the products are .1 and 0: class 0; for (1,1) .7 and .99: class 1, though class 0 lies in
     * its very direction: the means keep their length. */
    static const float rows[4][2] = { { 10, 0 }, { 0, 0.25f }, { 8, 6 }, { 0.4f, 0.3f } };
    static const int32_t labels[4] = { 4, 4, 7, 7 };
    memcpy(train_x, rows, sizeof rows);
    memcpy(train_y, labels, sizeof labels);
    static const float tests[2][2] = { { -3, 4 }, { 1, 1 } };
    memcpy(test_x, tests, sizeof tests);
    test_y[0] = 4;
    test_y[1] = 7;
    const akin_eval_data data = make(4, 2, 2);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_mean(&data, 0, NULL, &r, &err));
    CHECK(r.top1 == 1 && isnan(r.top5) && r.classes == 2 && r.labels_per_class == 0 && r.draws == 0);
    test_y[0] = 7;
    CHECK_OK(akin_eval_mean(&data, 0, NULL, &r, &err));
    CHECK(r.top1 == 0.5);
}

static void mean_matches_a_reference_in_double(void **state)
{
    (void)state;
    enum { N = 1000, M = 700, D = 11, C = 7 };
    const akin_eval_data data = gaussian(N, M, D, C);
    for (int i = 0; i < N; i++) /* unequal classes: the mean must divide by each one's own count */
        if (i % 3 == 0 && train_y[i] > 2) train_y[i] = 0;
    memset(train_x + 5 * D, 0, D * sizeof(float)); /* a row of zeros counts but adds nothing */
    double mean[C][D] = { { 0 } };
    int64_t count[C] = { 0 }, hits = 0, unsure = 0;
    for (int i = 0; i < N; i++) {
        double norm = 0;
        for (int j = 0; j < D; j++) norm += (double)train_x[i * D + j] * train_x[i * D + j];
        for (int j = 0; j < D && norm > 0; j++) mean[train_y[i]][j] += train_x[i * D + j] / sqrt(norm);
        count[train_y[i]]++;
    }
    for (int i = 0; i < M; i++) {
        double best = -1e9, second = -1e9;
        int32_t at = -1;
        for (int32_t c = 0; c < C; c++) {
            double s = 0;
            for (int j = 0; j < D; j++) s += mean[c][j] / (double)count[c] * test_x[i * D + j];
            if (s > best) {
                second = best;
                best = s;
                at = c;
            } else if (s > second)
                second = s;
        }
        hits += at == test_y[i];
        unsure += best - second < 1e-5; /* float products of numbers below 10 */
    }
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_mean(&data, 0, NULL, &r, &err));
    CHECK_LE(fabs(r.top1 * M - (double)hits), (double)unsure + 1e-9);
    CHECK_LE(unsure, 5);
    CHECK(r.zero_rows == 1);
    CHECK(hits > M / 5 && r.top5 > r.top1);
}

static void few_labels_are_draws_with_an_interval(void **state)
{
    (void)state;
    const akin_eval_data data = gaussian(1000, 400, 12, 4);
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result all = AKIN_EVAL_RESULT_INIT, five = all, again = all, other = all, two = all;
    CHECK_OK(akin_eval_mean(&data, 0, &opts, &all, &err));
    CHECK_OK(akin_eval_mean(&data, 5, &opts, &five, &err));
    CHECK_OK(akin_eval_mean(&data, 5, &opts, &again, &err));
    CHECK(five.top1 == again.top1 && five.standard_error == again.standard_error);
    CHECK(five.draws == 10 && five.labels_per_class == 5);
    CHECK(five.top1 < all.top1 && five.standard_error > 0);
    /* t(0.975, 9) = 2.262157 */
    CHECK_NEAR(five.ci95[1] - five.ci95[0], 2 * 2.262157163 * five.standard_error, 1e-9);
    opts.seed = 1;
    CHECK_OK(akin_eval_mean(&data, 5, &opts, &other, &err));
    CHECK(other.top1 != five.top1 || other.standard_error != five.standard_error);
    opts.draws = 2; /* the first two draws of the same stream; the mean of two from their difference */
    CHECK_OK(akin_eval_mean(&data, 5, &opts, &two, &err));
    CHECK(two.standard_error >= 0 && two.draws == 2);

    /* more labels than there are: all of them, in every draw */
    opts.draws = 3;
    CHECK_OK(akin_eval_mean(&data, 100000, &opts, &two, &err));
    CHECK_NEAR(two.top1, all.top1, 1e-15); /* a mean of three equal numbers */
    CHECK_LE(two.standard_error, 1e-15);
}

/* Intervals ---------------------------------------------------------------------------------------------- */

static void intervals_have_their_published_values(void **state)
{
    (void)state;
    /* [Newcombe1998 table I], method 3: the Wilson score interval without continuity correction. */
    static const struct {
        double hits;
        int64_t n;
        double low, high;
    } cases[] = { { 81, 263, 0.2553, 0.3662 },
                  { 15, 148, 0.0624, 0.1605 },
                  { 0, 20, 0, 0.1611 },
                  { 1, 29, 0.0061, 0.1718 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double interval[2];
        ak_wilson95(cases[i].hits / (double)cases[i].n, cases[i].n, interval);
        CHECK_NEAR(interval[0], cases[i].low, 0.5e-4);
        CHECK_NEAR(interval[1], cases[i].high, 0.5e-4);
    }
    double interval[2];
    ak_wilson95(1, 50, interval);
    CHECK(interval[1] == 1 && interval[0] > 0.92 && interval[0] < 0.93);
    ak_wilson95(0.5, 0, interval);
    CHECK(interval[0] == 0 && interval[1] == 1);

    /* Student's t, two-sided 95 %, from the usual tables */
    static const struct {
        int64_t df;
        double t;
    } student[] = {
        { 1, 12.706205 }, { 2, 4.302653 },  { 4, 2.776445 },  { 9, 2.262157 },   { 10, 2.228139 },
        { 11, 2.200985 }, { 19, 2.093024 }, { 29, 2.045230 }, { 100, 1.983972 }, { 999, 1.962341 }
    };
    for (size_t i = 0; i < sizeof student / sizeof *student; i++)
        CHECK_NEAR(ak_student95(student[i].df), student[i].t, 1e-6);
    /* Closed forms: df 1, 1/tan(pi p); df 2, (1-2p) / sqrt(2 p (1-p)). Many: the normal one, 5.612001
     * at 1e-8. */
    for (double p = 0.4; p > 1e-14; p /= 3) {
        CHECK_NEAR(ak_student(1, p) * tan(3.14159265358979323846 * p), 1, 1e-11);
        CHECK_NEAR(ak_student(2, p) * sqrt(2 * p * (1 - p)) / (1 - 2 * p), 1, 1e-11);
    }
    CHECK_NEAR(ak_student(100000000, 1e-8), 5.612001, 1e-5);
    CHECK(ak_student(9, 1e-8) > ak_student(10, 1e-8) && ak_student(5, 0.5) == 0 && isnan(ak_student(0, 0.1)));
}

/* What must not matter ----------------------------------------------------------------------------------- */

static void same_result(const akin_eval_result *a, const akin_eval_result *b)
{
    CHECK(a->top1 == b->top1 && a->n == b->n && a->lambda == b->lambda && a->loss == b->loss);
    CHECK(a->top5 == b->top5 || (isnan(a->top5) && isnan(b->top5)));
    CHECK(a->ci95[0] == b->ci95[0] && a->ci95[1] == b->ci95[1] && a->gradient == b->gradient);
    CHECK(a->iterations == b->iterations && a->standard_error == b->standard_error);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    static const int threads[] = { 1, 2, 3, 5 };
    static const int64_t rows[] = { 1200, 90 }; /* many blocks, and one: the lone task */
    for (int s = 0; s < 2; s++) {
        const akin_eval_data data = gaussian(rows[s], rows[s], 33, 7);
        for (int row = 0; akin_protocol_at(row); row++) {
            const akin_protocol *p = akin_protocol_at(row);
            akin_eval_result first = AKIN_EVAL_RESULT_INIT;
            for (int t = 0; t < 4; t++) {
                akin_set_threads(threads[t]);
                akin_eval_result r = AKIN_EVAL_RESULT_INIT;
                CHECK_OK(akin_eval_run(p, &data, NULL, &r, &err));
                if (t == 0) first = r;
                same_result(&first, &r);
                CHECK(strcmp(r.protocol, p->name) == 0 && r.labels_per_class == p->labels_per_class);
            }
        }
        static float similarity[4][1200 * 9];
        static int32_t index[4][1200 * 9];
        for (int t = 0; t < 4; t++) {
            akin_set_threads(threads[t]);
            CHECK_OK(akin_eval_neighbours(data.test, data.train, 9, index[t], similarity[t], &err));
            CHECK(memcmp(similarity[t], similarity[0], (size_t)rows[s] * 9 * sizeof(float)) == 0);
            CHECK(memcmp(index[t], index[0], (size_t)rows[s] * 9 * sizeof(int32_t)) == 0);
        }
    }
    akin_set_threads(0);
}

static void scale_strides_and_names_of_classes_do_not_matter(void **state)
{
    (void)state;
    enum { N = 600, M = 200, D = 12 };
    akin_eval_data data = gaussian(N, M, D, 6);
    static float wide_train[N * (D + 3)], wide_test[M * (D + 3)];
    static int32_t names_train[N], names_test[M];
    for (int i = 0; i < N + M; i++) {
        const float *from = i < N ? train_x + i * D : test_x + (i - N) * D;
        float *to = i < N ? wide_train + i * (D + 3) : wide_test + (i - N) * (D + 3);
        for (int j = 0; j < D + 3; j++) to[j] = j < D ? from[j] * 0x1p-40f : (float)NAN;
        *(i < N ? &names_train[i] : &names_test[i - N]) = 1000 + 37 * (i < N ? train_y[i] : test_y[i - N]);
    }
    const akin_eval_data other = { sizeof(akin_eval_data),
                                   { wide_train, N, D, D + 3 },
                                   names_train,
                                   N,
                                   { wide_test, M, D, D + 3 },
                                   names_test,
                                   M };
    for (int row = 0; akin_protocol_at(row); row++) {
        const akin_protocol *p = akin_protocol_at(row);
        akin_eval_result a = AKIN_EVAL_RESULT_INIT, b = a;
        CHECK_OK(akin_eval_run(p, &data, NULL, &a, &err));
        CHECK_OK(akin_eval_run(p, &other, NULL, &b, &err));
        same_result(&a, &b); /* a power of two is exact */
    }
}

static void an_older_caller_gets_what_it_knows(void **state)
{
    (void)state;
    const akin_eval_data data = gaussian(60, 30, 5, 3);
    akin_eval_result full = AKIN_EVAL_RESULT_INIT, old = AKIN_EVAL_RESULT_INIT;
    CHECK_OK(akin_eval_knn(&data, NULL, &full, &err));
    old.struct_size = (uint32_t)offsetof(akin_eval_result, n);
    old.n = -77;
    CHECK_OK(akin_eval_knn(&data, NULL, &old, &err));
    CHECK(old.n == -77 && old.top1 == full.top1 && old.struct_size == offsetof(akin_eval_result, n));
    old.struct_size = 0;
    CHECK_FAILS(akin_eval_knn(&data, NULL, &old, &err), AKIN_ERR_ARGUMENT, "not initialised");
}

/* Bad input ---------------------------------------------------------------------------------------------- */

typedef akin_status run_fn(const akin_eval_data *, const akin_eval_opts *, akin_eval_result *, akin_error *);

static akin_status mean_all(const akin_eval_data *data, const akin_eval_opts *opts, akin_eval_result *r,
                            akin_error *e)
{
    return akin_eval_mean(data, 0, opts, r, e);
}

static void bad_data_is_refused_with_a_sentence(void **state)
{
    (void)state;
    run_fn *const all[] = { akin_eval_knn, akin_eval_linear, mean_all };
    for (int f = 0; f < 3; f++) {
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        akin_eval_data good = gaussian(40, 20, 4, 3), bad = good;
        CHECK_OK(all[f](&good, NULL, &r, &err));
        r.top1 = -5;
        bad.train_count = 39;
        CHECK_FAILS(all[f](&bad, NULL, &r, &err), AKIN_ERR_SHAPE, "39 labels for 40 rows");
        bad = good;
        bad.test.rows = bad.test_count = 0;
        CHECK_FAILS(all[f](&bad, NULL, &r, &err), AKIN_ERR_SHAPE, "test features is [0,4]");
        bad = good;
        bad.test.cols = 3;
        CHECK_FAILS(all[f](&bad, NULL, &r, &err), AKIN_ERR_SHAPE, "have 4 columns, test features 3");
        bad = good;
        bad.train_labels = NULL;
        CHECK_FAILS(all[f](&bad, NULL, &r, &err), AKIN_ERR_ARGUMENT, "training labels must not be NULL");
        bad = good;
        bad.struct_size = 0;
        CHECK_FAILS(all[f](&bad, NULL, &r, &err), AKIN_ERR_ARGUMENT, "not initialised");
        CHECK_FAILS(all[f](NULL, NULL, &r, &err), AKIN_ERR_ARGUMENT, "must not be NULL");

        test_x[7 * 4 + 2] = NAN;
        CHECK_FAILS(all[f](&good, NULL, &r, &err), AKIN_ERR_INPUT, "test features: row 7, column 2 is nan");
        test_x[7 * 4 + 2] = -INFINITY;
        CHECK_FAILS(all[f](&good, NULL, &r, &err), AKIN_ERR_INPUT, "row 7, column 2 is -inf");
        test_x[7 * 4 + 2] = 1e31f;
        CHECK_FAILS(all[f](&good, NULL, &r, &err), AKIN_ERR_INPUT, "row 7 (counted from 0) has length 1e+31");
        test_x[7 * 4 + 2] = 1;
        train_y[3] = -1;
        CHECK_FAILS(all[f](&good, NULL, &r, &err), AKIN_ERR_INPUT,
                    "training: label 3 (counted from 0) is -1");
        train_y[3] = 0;
        test_y[19] = 8;
        CHECK_FAILS(all[f](&good, NULL, &r, &err), AKIN_ERR_INPUT, "test label 19 (counted from 0) is 8");
        test_y[19] = 1;
        for (int i = 0; i < 40; i++) train_y[i] = 6;
        CHECK_FAILS(all[f](&good, NULL, &r, &err), AKIN_ERR_INPUT, "all 40 training labels are 6");
        CHECK(r.top1 == -5);
    }
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    const akin_eval_data data = gaussian(40, 20, 4, 3);
    akin_eval_result r = AKIN_EVAL_RESULT_INIT;
    akin_eval_opts o = AKIN_EVAL_OPTS_INIT;
    o.k = 0;
    CHECK_FAILS(akin_eval_knn(&data, &o, &r, &err), AKIN_ERR_RANGE, "k is 0");
    o = (akin_eval_opts)AKIN_EVAL_OPTS_INIT;
    o.temperature = NAN;
    CHECK_FAILS(akin_eval_knn(&data, &o, &r, &err), AKIN_ERR_RANGE, "temperature is nan");
    o = (akin_eval_opts)AKIN_EVAL_OPTS_INIT;
    o.draws = 1;
    CHECK_FAILS(akin_eval_mean(&data, 5, &o, &r, &err), AKIN_ERR_RANGE, "draws is 1");
    CHECK_FAILS(akin_eval_mean(&data, -1, NULL, &r, &err), AKIN_ERR_RANGE, "labels_per_class is -1");
    o = (akin_eval_opts)AKIN_EVAL_OPTS_INIT;
    o.lambda = -1;
    CHECK_FAILS(akin_eval_linear(&data, &o, &r, &err), AKIN_ERR_RANGE, "lambda is -1");
    int32_t index[4];
    const akin_cmat x = data.train;
    CHECK_FAILS(akin_eval_neighbours(x, x, 41, index, NULL, &err), AKIN_ERR_RANGE, "k is 41");
    CHECK_FAILS(akin_eval_neighbours(x, x, 0, index, NULL, &err), AKIN_ERR_RANGE, "k is 0");
}

int main(int argc, char **argv)
{
    if (argc > 1) test_seed = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_the_nearest_in_order),
        cmocka_unit_test(equal_similarities_come_in_order_of_index),
        cmocka_unit_test(votes_add_up_as_by_hand),
        cmocka_unit_test(knn_matches_a_sorting_reference),
        cmocka_unit_test(more_neighbours_than_rows_are_all_rows),
        cmocka_unit_test(means_are_those_by_hand),
        cmocka_unit_test(mean_matches_a_reference_in_double),
        cmocka_unit_test(few_labels_are_draws_with_an_interval),
        cmocka_unit_test(intervals_have_their_published_values),
        cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(scale_strides_and_names_of_classes_do_not_matter),
        cmocka_unit_test(an_older_caller_gets_what_it_knows),
        cmocka_unit_test(bad_data_is_refused_with_a_sentence),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
