/* SPDX-License-Identifier: Apache-2.0 */
/* Bias and bounds against naive sums in double, and every inequality on random configurations: 0 violations.
 * Cosines of pairs are float: an error of d/8 + 4 ulps, 2e-6 here, and a mean of logarithms passes it on
 * undiminished at most. */
#include "theory/lee.h"
#include "test.h"

static akin_error err;
enum { N = 40, D = 24, T = 4, C = 6 };
static float data[T][N * D];
static akin_cmat view[T];
static int32_t labels[N];
static int64_t n, d, classes;
static int32_t views;
static const double LIMIT = 2e-6;

static void random_case(void)
{
    views = (int32_t)test_int(2, T);
    d = test_int(2, D);
    classes = test_int(2, C);
    n = test_int(classes, N);
    const double apart = test_uniform(0, 3), noise = test_uniform(0.01, 1);
    double centre[C][D], item[D];
    for (int c = 0; c < C; c++)
        for (int k = 0; k < D; k++) centre[c][k] = apart * test_normal();
    for (int64_t i = 0; i < n; i++) {
        labels[i] = i < classes ? (int32_t)i : (int32_t)(test_int(0, classes - 1) * test_int(0, 1));
        for (int64_t k = 0; k < d; k++) item[k] = centre[labels[i]][k] + test_normal();
        for (int t = 0; t < views; t++)
            for (int64_t k = 0; k < d; k++) data[t][i * d + k] = (float)(item[k] + noise * test_normal());
    }
    for (int t = 0; t < views; t++) view[t] = (akin_cmat){ data[t], n, d, d };
}

static double u[T][N][D], m[N][D], p[C][D], pi_of[C];

static double dot(const double *x, const double *y)
{
    double s = 0;
    for (int64_t k = 0; k < d; k++) s += x[k] * y[k];
    return s;
}

static void reference(double alpha, ak_lee *o)
{
    memset(m, 0, sizeof m);
    memset(p, 0, sizeof p);
    memset(pi_of, 0, sizeof pi_of);
    for (int t = 0; t < views; t++)
        for (int64_t i = 0; i < n; i++) {
            double s = 0;
            for (int64_t k = 0; k < d; k++) s += (double)data[t][i * d + k] * (double)data[t][i * d + k];
            for (int64_t k = 0; k < d; k++) m[i][k] += (u[t][i][k] = data[t][i * d + k] / sqrt(s)) / views;
        }
    for (int64_t i = 0; i < n; i++) pi_of[labels[i]] += 1.0 / (double)n;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++) p[labels[i]][k] += m[i][k] / (pi_of[labels[i]] * (double)n);
    double b2 = 0, least = 1, anchors = (double)(n * views);
    for (int64_t c = 0; c < classes; c++) least = fmin(least, pi_of[c]);
    for (int64_t i = 0; i < n; i++) {
        const double lm = sqrt(dot(m[i], m[i])), lp = sqrt(dot(p[labels[i]], p[labels[i]]));
        double apart = 0, pair = 0;
        for (int64_t k = 0; k < d; k++) {
            apart += pow(p[labels[i]][k] / lp - m[i][k] / lm, 2);
            b2 += pow(p[labels[i]][k] - m[i][k], 2) / (double)n;
        }
        for (int t = 0; t < views; t++)
            for (int s = 0; s < views; s++)
                if (s != t) pair += dot(u[s][i], u[t][i]) / (views * (views - 1));
        o->b1 += sqrt(apart) / (double)n;
        o->pair += pair / (double)n;
        for (int t = 0; t < views; t++) {
            double most = -9, others = 0, all = 0, plain = 0, best = -9;
            int64_t nearest = -1;
            for (int64_t c = 0; c < classes; c++)
                if (c != labels[i]) most = fmax(most, dot(u[t][i], p[c]));
            for (int64_t j = 0; j < n; j++)
                for (int s = 0; s < views; s++) {
                    const double x = dot(u[t][i], u[s][j]), e = exp(alpha * x);
                    all += e / pi_of[labels[j]] / anchors;
                    plain += e / anchors;
                    if (labels[j] != labels[i]) others += e / pi_of[labels[j]] / anchors;
                    if (t == 0 && !(j == i && s == 0) && x > best) {
                        best = x;
                        nearest = j;
                    }
                }
            o->attract -= dot(u[t][i], m[i]) / lm / anchors;
            o->prototype -= dot(u[t][i], p[labels[i]]) / lp / anchors;
            o->repel += most / anchors;
            o->repel_other += log(others) / alpha / anchors;
            o->repel_bound += log(all) / alpha / anchors;
            o->repel_no_labels += log(plain / least) / alpha / anchors;
            if (t == 0) o->confusion += (nearest != i) / (double)n;
        }
    }
    o->b2 = b2;
}

static void matches_the_definitions(void **state)
{
    (void)state;
    for (int t = 0; t < 40; t++) {
        random_case();
        const double alpha = test_uniform(0.5, 12), lambda = test_uniform(0.1, 2);
        ak_lee got = { 0 }, want = { 0 };
        CHECK_OK(ak_lee_evaluate(view, views, labels, n, alpha, lambda, &got, &err));
        reference(alpha, &want);
        CHECK_NEAR(got.attract, want.attract, LIMIT);
        CHECK_NEAR(got.pair, want.pair, LIMIT);
        CHECK_NEAR(got.b1, want.b1, LIMIT);
        CHECK_NEAR(got.b2, want.b2, LIMIT);
        CHECK_NEAR(got.prototype, want.prototype, LIMIT);
        CHECK_NEAR(got.repel, want.repel, LIMIT);
        CHECK_NEAR(got.repel_other, want.repel_other, LIMIT);
        CHECK_NEAR(got.repel_bound, want.repel_bound, LIMIT);
        CHECK_NEAR(got.repel_no_labels, want.repel_no_labels, LIMIT);
        CHECK_NEAR(got.confusion, want.confusion, 1e-12);
        CHECK_NEAR(got.repel + got.lse_slack + got.jensen_slack + got.own_class_slack, got.repel_bound,
                   1e-12);
    }
}

static void no_inequality_is_violated(void **state)
{
    (void)state;
    for (int t = 0; t < 300; t++) {
        random_case();
        ak_lee o = { 0 };
        CHECK_OK(
            ak_lee_evaluate(view, views, labels, n, test_uniform(0.2, 20), test_uniform(0.1, 3), &o, &err));
        CHECK_LE(o.attract, o.attract_bound + LIMIT);
        CHECK_LE(o.prototype, o.attract + o.b1 + LIMIT);
        CHECK_LE(o.prototype, o.prototype_bound + LIMIT);
        CHECK_LE(-LIMIT, o.b2);
        CHECK_LE(-LIMIT, o.lse_slack);
        CHECK_LE(o.lse_slack, o.lse_most + LIMIT);
        CHECK_LE(-LIMIT, o.jensen_slack);
        CHECK_LE(o.repel, o.repel_other + LIMIT);
        CHECK_LE(o.repel_other, o.repel_bound + LIMIT);
        CHECK_LE(o.repel_bound, o.repel_no_labels + LIMIT);
        CHECK_LE(o.total, o.total_bound + LIMIT);
        CHECK_LE(o.balanced, o.imbalance + 1e-12);
    }
}

static void class_collapse_has_no_bias(void **state)
{
    (void)state;
    n = 8;
    d = 3;
    views = 2;
    memset(data, 0, sizeof data);
    for (int64_t i = 0; i < n; i++) {
        labels[i] = (int32_t)(i % 2) * 7; /* labels need not be consecutive */
        for (int t = 0; t < 2; t++) data[t][i * d + i % 2] = 1 + (float)t;
    }
    view[0] = (akin_cmat){ data[0], n, d, d };
    view[1] = (akin_cmat){ data[1], n, d, d };
    ak_lee o = { 0 };
    CHECK_OK(ak_lee_evaluate(view, 2, labels, n, 2, 1, &o, &err));
    CHECK_NEAR(o.b1, 0, 1e-12);
    CHECK_NEAR(o.b2, 0, 1e-12);
    CHECK_NEAR(o.prototype, -1, 1e-12);
    CHECK_NEAR(o.repel, 0, 1e-12);
    CHECK_NEAR(o.repel_other, 0, 1e-12);
    CHECK_NEAR(o.repel_bound, log(1 + exp(2)) / 2, 1e-6);
}

static void bad_input(void **state)
{
    (void)state;
    random_case();
    ak_lee o = { 0 };
    CHECK_FAILS(ak_lee_evaluate(view, 1, labels, n, 1, 1, &o, &err), AKIN_ERR_RANGE, "1 view");
    CHECK_FAILS(ak_lee_evaluate(view, 2, labels, n - 1, 1, 1, &o, &err), AKIN_ERR_SHAPE, "labels for");
    CHECK_FAILS(ak_lee_evaluate(view, 2, labels, n, 0, 1, &o, &err), AKIN_ERR_RANGE, "alpha is 0");
    CHECK_FAILS(ak_lee_evaluate(view, 2, labels, n, 1, NAN, &o, &err), AKIN_ERR_RANGE, "lambda is nan");
    data[1][0] = NAN;
    CHECK_FAILS(ak_lee_evaluate(view, 2, labels, n, 1, 1, &o, &err), AKIN_ERR_INPUT, "row 0, column 0");
    memset(labels, 0, sizeof labels);
    CHECK_FAILS(ak_lee_evaluate(view, 2, labels, n, 1, 1, &o, &err), AKIN_ERR_INPUT, "two classes");
    labels[1] = -3;
    CHECK_FAILS(ak_lee_evaluate(view, 2, labels, n, 1, 1, &o, &err), AKIN_ERR_INPUT, "label 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_definitions),
        cmocka_unit_test(no_inequality_is_violated),
        cmocka_unit_test(class_collapse_has_no_bias),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
