/* SPDX-License-Identifier: Apache-2.0 */
/* The diagnosis against naive double loops, on embeddings whose geometry is known, and on degenerate ones;
 * the class geometry and the collapse threshold against printed values and against free search. Cosines of
 * pairs are float, so that means over pairs are good to 1e-6; spectra and class sums are double of float
 * rows: 1e-6 too. */
#include "akin/theory.h"
#include "akin/tool/diagnose.h"
#include "theory/collapse.h"
#include "test.h"

#include <stddef.h>

#define PRIOR(c, p) ((akin_prior){ .struct_size = sizeof(akin_prior), .classes = (c), .prior = (p) })

static akin_error err;
enum { N = 300, D = 20 };
static float x[N * D], y[N * D];
static int32_t labels[N];

static akin_diagnose_input input(int64_t n, int64_t d, bool with_labels)
{
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    in.features = (akin_cmat){ x, n, d, d };
    if (with_labels) {
        in.labels = labels;
        in.label_count = n;
    }
    return in;
}

static double value_of(const akin_diagnosis *g, const char *name)
{
    for (int i = 0; akin_diagnosis_at(g, i); i++)
        if (strcmp(akin_diagnosis_at(g, i)->name, name) == 0) return akin_diagnosis_at(g, i)->value;
    print_error("no value '%s'\n", name);
    return NAN;
}

static const char *verdict_of(const akin_diagnosis *g, const char *name)
{
    for (int i = 0; akin_diagnosis_at(g, i); i++)
        if (strcmp(akin_diagnosis_at(g, i)->name, name) == 0) return akin_diagnosis_at(g, i)->verdict;
    return "absent";
}

static void gaussians(int64_t n, int64_t d, int classes, double apart)
{
    double centre[10][D];
    for (int c = 0; c < classes; c++)
        for (int64_t k = 0; k < d; k++) centre[c][k] = apart * test_normal();
    for (int64_t i = 0; i < n; i++) {
        labels[i] = (int32_t)(i % classes);
        for (int64_t k = 0; k < d; k++) x[i * d + k] = (float)(centre[labels[i]][k] + test_normal());
    }
}

/* Naive -------------------------------------------------------------------------------------------------- */

static double unit[N][D];

static double cosine(int64_t i, int64_t j, int64_t d)
{
    double s = 0;
    for (int64_t k = 0; k < d; k++) s += unit[i][k] * unit[j][k];
    return s;
}

static void make_unit(int64_t n, int64_t d)
{
    for (int64_t i = 0; i < n; i++) {
        double s = 0;
        for (int64_t k = 0; k < d; k++) s += (double)x[i * d + k] * (double)x[i * d + k];
        for (int64_t k = 0; k < d; k++) unit[i][k] = (double)x[i * d + k] / sqrt(s);
    }
}

static void pairs_match_naive_sums(void **state)
{
    (void)state;
    static const int64_t size[] = { 2, 17, 128, 129, 300 };
    for (int t = 0; t < 5; t++) {
        const int64_t n = size[t], d = t == 3 ? 1 : D;
        gaussians(n, d, 2 + t % 2, 0.7);
        if (n == 2) labels[1] = 1;
        make_unit(n, d);
        akin_diagnosis *g = NULL;
        akin_diagnose_input in = input(n, d, n > 2);
        CHECK_OK(akin_diagnose(&in, &g, &err));
        double expo = 0, same = 0, same_count = 0, other = 0, best = -9, beta, gamma;
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < i; j++) {
                const double s = cosine(i, j, d);
                expo += exp(-2 * (2 - 2 * s));
                if (labels[i] == labels[j] && n > 2) {
                    same += s;
                    same_count++;
                } else {
                    other += s;
                    best = fmax(best, s);
                }
            }
        CHECK_NEAR(value_of(g, "uniformity"), log(expo / ((double)(n * (n - 1)) / 2)), 2e-6);
        int64_t count;
        const akin_diagnosis_pair *pair = akin_diagnosis_hardest(g, &count);
        CHECK(count > 0);
        CHECK_NEAR(pair[0].similarity, best, 1e-6);
        CHECK_NEAR(cosine(pair[count - 1].a, pair[count - 1].b, d), pair[count - 1].similarity, 1e-6);
        for (int64_t i = 1; i < count; i++) CHECK(pair[i].similarity <= pair[i - 1].similarity);
        if (n > 2) {
            CHECK_NEAR(value_of(g, "graph-alpha"), same / same_count, 1e-6);
            CHECK_NEAR(value_of(g, "class-cosine"), same / same_count, 1e-6);
            beta = value_of(g, "graph-beta");
            gamma = value_of(g, "graph-gamma");
            const double mean = other / ((double)(n * (n - 1)) / 2 - same_count);
            CHECK(fmin(beta, gamma) <= mean + 1e-6 && mean <= fmax(beta, gamma) + 1e-6);
        }
        akin_diagnosis_free(g);
    }
}

static void known_spectra(void **state)
{
    (void)state;
    /* d orthogonal directions, equally often, both signs: covariance 1/d I, effective rank d */
    const int64_t d = 8, n = 2 * d;
    memset(x, 0, sizeof x);
    for (int64_t i = 0; i < n; i++) x[i * d + i / 2] = (float)(i % 2 ? -3 : 2);
    akin_diagnosis *g = NULL;
    akin_diagnose_input in = input(n, d, false);
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK_NEAR(value_of(g, "effective-rank"), d, 1e-9);
    CHECK_NEAR(value_of(g, "participation-ratio"), d, 1e-9);
    CHECK_NEAR(value_of(g, "stable-rank"), d, 1e-9);
    CHECK_NEAR(value_of(g, "feature-std"), 1, 1e-9);
    CHECK_NEAR(value_of(g, "dead-dimensions"), 0, 0);
    akin_diagnosis_free(g);
    /* all along one direction: collapsed, and told so */
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < d; k++) x[i * d + k] = (float)(i + 1) * (float)(k + 1);
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK_NEAR(value_of(g, "uniformity"), 0, 1e-6);
    CHECK_NEAR(value_of(g, "dead-dimensions"), 1, 0);
    CHECK(strcmp(verdict_of(g, "effective-rank"), "good") != 0);
    CHECK(strcmp(verdict_of(g, "uniformity"), "poor") == 0 &&
          strcmp(verdict_of(g, "feature-std"), "poor") == 0);
    akin_diagnosis_free(g);
}

static void neural_collapse_at_a_simplex(void **state)
{
    (void)state;
    const int64_t d = 12;
    const int classes = 4;
    for (int noisy = 0; noisy < 2; noisy++) {
        for (int64_t i = 0; i < N; i++) {
            labels[i] = (int32_t)(i % classes);
            for (int64_t k = 0; k < d; k++)
                x[i * d + k] =
                    (float)((k == labels[i]) - (k < classes ? 0.25 : 0) + 0.2 * noisy * test_normal());
        }
        akin_diagnose_input in = input(N, d, true);
        akin_diagnosis *g = NULL;
        CHECK_OK(akin_diagnose(&in, &g, &err));
        if (!noisy) {
            CHECK_NEAR(value_of(g, "nc1"), 0, 1e-6);
            CHECK_NEAR(value_of(g, "nc2-norms"), 0, 1e-6);
            CHECK_NEAR(value_of(g, "nc2-angles"), 0, 1e-6);
            CHECK_NEAR(value_of(g, "nc2-simplex"), 0, 1e-6);
            CHECK_NEAR(value_of(g, "nc2-etf"), 0, 1e-6);
            CHECK_NEAR(value_of(g, "nc3"), 0, 1e-5);
            CHECK_NEAR(value_of(g, "nc4"), 0, 0);
            CHECK_NEAR(value_of(g, "variance-within"), 0, 1e-6);
            CHECK_NEAR(value_of(g, "geometry-distance"), 0, 1e-4);
            CHECK(strcmp(verdict_of(g, "variance-within"), "poor") == 0);
        } else {
            CHECK(value_of(g, "nc1") > 0.01 && value_of(g, "variance-within") > 0.05);
            make_unit(N, d);
            /* tr S_W / tr S_B, naively */
            double mean[4][D] = { { 0 } }, centre[D] = { 0 }, within = 0, between = 0;
            for (int64_t i = 0; i < N; i++)
                for (int64_t k = 0; k < d; k++) mean[labels[i]][k] += unit[i][k] * classes / N;
            for (int c = 0; c < classes; c++)
                for (int64_t k = 0; k < d; k++) centre[k] += mean[c][k] / classes;
            for (int64_t i = 0; i < N; i++)
                for (int64_t k = 0; k < d; k++) within += pow(unit[i][k] - mean[labels[i]][k], 2) / N;
            for (int c = 0; c < classes; c++)
                for (int64_t k = 0; k < d; k++) between += pow(mean[c][k] - centre[k], 2) / classes;
            CHECK_NEAR(value_of(g, "nc1-ratio"), within / between, 1e-6);
            CHECK_NEAR(value_of(g, "variance-within"), within, 1e-6);
        }
        akin_diagnosis_free(g);
    }
}

/* [Arora2019 sec.4]: s(f) is the root of a class's largest variance in any direction, classes weighed by
 * p^2 / sum p^2; the largest variance by powers of the covariance, whose entries are summed here. */
static void intraclass_deviation_and_collisions(void **state)
{
    (void)state;
    enum { ROWS = 210, COLS = 7, CLASSES = 4, BATCH = 9 };
    gaussians(ROWS, COLS, CLASSES, 1);
    for (int i = 0; i < ROWS; i++) { /* classes of unequal size and spread */
        labels[i] = i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : i % 10 < 9 ? 2 : 3;
        x[i * COLS + labels[i]] *= 3;
    }
    make_unit(ROWS, COLS);
    akin_diagnose_input in = input(ROWS, COLS, true);
    in.batch = BATCH;
    akin_diagnosis *g = NULL;
    CHECK_OK(akin_diagnose(&in, &g, &err));
    double weighed = 0, tau = 0, hit = 1;
    for (int c = 0; c < CLASSES; c++) {
        double mean[COLS] = { 0 }, cov[COLS][COLS] = { { 0 } }, v[COLS], next[COLS], greatest = 0, size = 0;
        for (int i = 0; i < ROWS; i++) size += labels[i] == c;
        for (int i = 0; i < ROWS; i++)
            for (int k = 0; labels[i] == c && k < COLS; k++) mean[k] += unit[i][k] / size;
        for (int i = 0; i < ROWS; i++)
            for (int k = 0; labels[i] == c && k < COLS; k++)
                for (int l = 0; l < COLS; l++)
                    cov[k][l] += (unit[i][k] - mean[k]) * (unit[i][l] - mean[l]) / size;
        for (int k = 0; k < COLS; k++) v[k] = 1 + 0.1 * k;
        for (int turn = 0; turn < 5000; turn++) {
            double square = 0;
            for (int k = 0; k < COLS; k++) {
                next[k] = 0;
                for (int l = 0; l < COLS; l++) next[k] += cov[k][l] * v[l];
                square += next[k] * next[k];
            }
            greatest = sqrt(square);
            for (int k = 0; k < COLS; k++) v[k] = next[k] / greatest;
        }
        const double p = size / ROWS;
        weighed += p * p * sqrt(greatest);
        tau += p * p;
        hit -= p * pow(1 - p, 2 * BATCH - 2);
    }
    CHECK_NEAR(value_of(g, "intraclass-deviation"), weighed / tau, 1e-5);
    CHECK_NEAR(value_of(g, "collision"), tau, 1e-9);
    CHECK_NEAR(value_of(g, "collision-in-batch"), hit, 1e-9);
    akin_diagnosis_free(g);
}

static void alignment_and_uniformity_of_the_reference_batch(void **state)
{
    (void)state;
    /* two items with two views on the circle: 0 and 20, 90 and 130 degrees */
    static const double degrees[4] = { 0, 90, 20, 130 };
    float first[4], second[4], both[8];
    for (int i = 0; i < 4; i++) {
        const double a = degrees[i] * 3.14159265358979324 / 180;
        float *to = i < 2 ? first + 2 * i : second + 2 * (i - 2);
        to[0] = both[2 * i] = (float)cos(a);
        to[1] = both[2 * i + 1] = (float)sin(a);
    }
    akin_diagnose_input in = AKIN_DIAGNOSE_INPUT_INIT;
    const akin_cmat views[2] = { { first, 2, 2, 2 }, { second, 2, 2, 2 } };
    in.features = (akin_cmat){ both, 4, 2, 2 };
    in.views = views;
    in.view_count = 2;
    akin_diagnosis *g = NULL;
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK_NEAR(value_of(g, "alignment"), 0.2942629361, 1e-6);
    CHECK_NEAR(value_of(g, "uniformity"), -1.5494066982, 1e-6);
    int64_t count;
    const akin_diagnosis_pair *worst = akin_diagnosis_worst_positives(g, &count);
    CHECK(count == 2 && worst[0].a == 1);
    CHECK_NEAR(worst[0].similarity, cos(40 * 3.14159265358979324 / 180), 1e-6);
    akin_diagnosis_free(g);
}

static void two_representations_agree(void **state)
{
    (void)state;
    gaussians(N, D, 3, 1);
    for (int64_t i = 0; i < N; i++) /* a rotation by swapping and turning signs, and a scale per row */
        for (int64_t k = 0; k < D; k++) y[i * D + k] = (float)(k % 2 ? -1 : 1) * 4 * x[i * D + (k + 3) % D];
    akin_diagnose_input in = input(N, D, false);
    in.other = (akin_cmat){ y, N, D, D };
    akin_diagnosis *g = NULL;
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK_NEAR(value_of(g, "mutual-neighbours"), 1, 1e-3); /* float ties may swap a neighbour */
    CHECK_NEAR(value_of(g, "linear-cka"), 1, 1e-6);
    akin_diagnosis_free(g);
    for (int64_t i = 0; i < N * D; i++) y[i] = (float)test_normal();
    CHECK_OK(akin_diagnose(&in, &g, &err));
    /* chance is 10/299 = 0.033, its deviation over 3000 draws 0.0033: six of them */
    CHECK_NEAR(value_of(g, "mutual-neighbours"), 10.0 / 299, 0.02);
    CHECK(value_of(g, "linear-cka") < 0.3);
    akin_diagnosis_free(g);
}

/* Programs ----------------------------------------------------------------------------------------------- */

static void reference_geometries(void **state)
{
    (void)state;
    static const struct {
        double prior[3];
        akin_negative_kind nu;
        double want[3];
    } row[] = {
        { { 0.6, 0.3, 0.1 }, AKIN_NEGATIVES_ALL, { -0.8608, -0.4588, -0.0574 } },
        { { 0.6, 0.3, 0.1 }, AKIN_NEGATIVES_OTHER, { -0.9616, -0.6814, 0.4544 } },
        { { 0.8, 0.1, 0.1 }, AKIN_NEGATIVES_ALL, { -0.8233, -0.8233, 0.3557 } },
        { { 0.8, 0.1, 0.1 }, AKIN_NEGATIVES_OTHER, { -1, -1, 1 } },
        { { 0.95, 0.025, 0.025 }, AKIN_NEGATIVES_ALL, { -1, -1, 1 } },
        { { 0.95, 0.025, 0.025 }, AKIN_NEGATIVES_OTHER, { -1, -1, 1 } },
        { { 1.0 / 3, 1.0 / 3, 1.0 / 3 }, AKIN_NEGATIVES_ALL, { -0.5, -0.5, -0.5 } },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        double g[9], gap;
        CHECK_OK(akin_class_geometry(&PRIOR(3, row[i].prior), 1, row[i].nu, g, NULL, &gap, &err));
        const double got[3] = { g[1], g[2], g[5] };
        for (int k = 0; k < 3; k++) CHECK_NEAR(got[k], row[i].want[k], 6e-5); /* as printed */
        CHECK_LE(gap, 1e-8);
    }
}

/* f of random feasible points is never below the minimum by more than the gap. */
static void the_certificate_holds(void **state)
{
    (void)state;
    for (int t = 0; t < 12; t++) {
        const int64_t c = test_int(2, 7);
        double prior[7], sum = 0, g[49], f, gap, v[7][7];
        for (int64_t i = 0; i < c; i++) sum += prior[i] = exp(2 * test_normal());
        for (int64_t i = 0; i < c; i++) prior[i] /= sum;
        const double temperature = test_uniform(0.1, 2);
        const bool others = t % 2;
        CHECK_OK(akin_class_geometry(&PRIOR(c, prior), temperature,
                                     others ? AKIN_NEGATIVES_OTHER : AKIN_NEGATIVES_ALL, g, &f, &gap, &err));
        CHECK_LE(gap, 1e-6);
        for (int trial = 0; trial < 300; trial++) {
            double value = 0;
            for (int64_t i = 0; i < c; i++) {
                double s = 0;
                for (int64_t k = 0; k < c; k++) s += pow(v[i][k] = test_normal(), 2);
                for (int64_t k = 0; k < c; k++) v[i][k] /= sqrt(s);
            }
            for (int64_t i = 0; i < c; i++) {
                double z = 0;
                for (int64_t j = 0; j < c; j++) {
                    double s = 0;
                    for (int64_t k = 0; k < c; k++) s += v[i][k] * v[j][k];
                    if (others && j == i) continue;
                    z += prior[j] / (others ? 1 - prior[i] : 1) * exp((s - 1) / temperature);
                }
                value += prior[i] * log(z);
            }
            CHECK_LE(f - gap, value + 1e-12);
        }
    }
}

static void thresholds_of_collapse(void **state)
{
    (void)state;
    CHECK_NEAR(akin_class_collapse_threshold(2, 3, 1), 0.4923, 5e-5);
    CHECK_NEAR(akin_class_collapse_threshold(3, 4, 0.5), 0.3519, 5e-5);
    CHECK_NEAR(akin_class_collapse_threshold(5, 3, 1), 0.7784, 5e-5);
    CHECK_NEAR(akin_class_collapse_threshold(4, 5, 1e-3), 0.2, 1e-12); /* 1/n as t -> 0 */
    CHECK_NEAR(akin_class_collapse_threshold(4, 5, 1e6), 1, 1e-5);
    CHECK(isnan(akin_class_collapse_threshold(1, 5, 1)));
    double w, b;
    ak_class_collapse_optimum(3, 4, 0.5, 1, &w, &b);
    CHECK_NEAR(w, -1.0 / 11, 1e-12);
    CHECK_NEAR(b, -1.0 / 11, 1e-12);
    ak_class_collapse_optimum(3, 4, 0.5, 0.35, &w, &b);
    CHECK_NEAR(w, 1, 0);
    CHECK_NEAR(b, -0.5, 1e-15);
    ak_class_collapse_optimum(3, 4, 0.5, 0.36, &w, &b);
    CHECK(w < 1);
    /* the optimum is the least of the objective on a grid */
    for (double a = 0.4; a < 1; a += 0.2) {
        ak_class_collapse_optimum(3, 4, 0.5, a, &w, &b);
        double least = 1e300, at = NAN;
        for (double s = -1.0 / 3; s <= 1; s += 1e-5) {
            const double other = -(1 + 3 * s) / 8;
            const double f = -(a + (1 - a) * s) / 0.5 + log(exp(2) + 3 * exp(s / 0.5) + 8 * exp(other / 0.5));
            if (f < least) {
                least = f;
                at = s;
            }
        }
        CHECK_NEAR(w, at, 2e-5);
    }
    CHECK_NEAR(akin_minority_collapse(1), 0.9240, 5e-5);
    CHECK_NEAR(akin_minority_collapse(0.5), 0.99068, 1e-5);
    CHECK_NEAR(akin_minority_collapse(0.2), 0.999977, 5e-7);
    /* and the program collapses there, not before */
    for (int side = 0; side < 2; side++) {
        const double p = 0.9240 + (side ? 0.004 : -0.004);
        const double prior[3] = { p, (1 - p) / 2, (1 - p) / 2 };
        double g[9];
        CHECK_OK(akin_class_geometry(&PRIOR(3, prior), 1, AKIN_NEGATIVES_ALL, g, NULL, NULL, &err));
        CHECK((g[5] > 0.9999) == side);
    }
}

/* Border ------------------------------------------------------------------------------------------------- */

/* Items with a row of zeros are left out, and only they; what is told of the others keeps their places. */
static void zeros_are_left_out(void **state)
{
    (void)state;
    int64_t first = 0;
    akin_diagnosis *g = NULL;
    gaussians(20, 4, 2, 1);
    akin_diagnose_input in = input(20, 4, true);
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK(akin_diagnosis_zero_rows(g, &first) == 0 && first == -1);
    akin_diagnosis_free(g);
    memset(x + 8, 0, 4 * sizeof *x);
    memset(x + 68, 0, 4 * sizeof *x);
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK(akin_diagnosis_zero_rows(g, &first) == 2 && first == 2);
    int64_t pairs = 0;
    const akin_diagnosis_pair *pair = akin_diagnosis_hardest(g, &pairs);
    bool last = false;
    for (int64_t i = 0; i < pairs; i++) {
        CHECK(pair[i].a != 2 && pair[i].b != 2 && pair[i].a != 17 && pair[i].b != 17);
        last = last || pair[i].a == 19 || pair[i].b == 19;
    }
    CHECK(pairs > 0 && last);
    akin_diagnosis_free(g);
    CHECK(akin_diagnosis_zero_rows(NULL, NULL) == 0);
}

static void bad_input(void **state)
{
    (void)state;
    akin_diagnosis *g = NULL;
    gaussians(20, 4, 2, 1);
    akin_diagnose_input in = input(20, 4, true);
    in.label_count = 19;
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_SHAPE, "19 labels for 20 rows");
    in = input(20, 4, true);
    in.temperature = 0;
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_RANGE, "temperature is 0");
    in = input(20, 4, true);
    x[7] = NAN;
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_INPUT, "row 1, column 3");
    memset(x + 8, 0, 4 * sizeof *x);
    x[7] = 0;
    memset(x + 16, 0, 40 * sizeof *x); /* eleven of twenty */
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_INPUT, "row 2");
    gaussians(20, 4, 2, 1);
    for (int i = 0; i < 20; i++) labels[i] = 3;
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_INPUT, "all 20 labels are 3");
    labels[5] = -1;
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_INPUT, "label 5");
    in = input(1, 4, false);
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_SHAPE, "1 row");
    in = input(20, 4, false);
    in.other = (akin_cmat){ y, 19, 4, 4 };
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_SHAPE, "19 rows");
    in = input(20, 4, false);
    in.struct_size = 0;
    CHECK_FAILS(akin_diagnose(&in, &g, &err), AKIN_ERR_ARGUMENT, "not initialised");
    in.struct_size =
        (uint32_t)offsetof(akin_diagnose_input, hardest); /* an older caller: the default, 20 pairs */
    in.hardest = 0;
    int64_t pairs = 0;
    CHECK_OK(akin_diagnose(&in, &g, &err));
    CHECK(akin_diagnosis_hardest(g, &pairs) && pairs == 20);
    akin_diagnosis_free(g);
    g = NULL;
    double prior[2] = { 0.6, 0.5 }, cosines[4];
    CHECK_FAILS(akin_class_geometry(&PRIOR(2, prior), 1, AKIN_NEGATIVES_ALL, cosines, NULL, NULL, &err),
                AKIN_ERR_RANGE, "sum to 1.1");
    CHECK_FAILS(akin_class_geometry(&PRIOR(1, prior), 1, AKIN_NEGATIVES_ALL, cosines, NULL, NULL, &err),
                AKIN_ERR_RANGE, "1 classes");
    prior[1] = 0.4;
    CHECK_FAILS(akin_class_geometry(&PRIOR(2, prior), -1, AKIN_NEGATIVES_ALL, cosines, NULL, NULL, &err),
                AKIN_ERR_RANGE, "temperature is -1");
    CHECK(g == NULL);
}

static void odd_but_allowed(void **state)
{
    (void)state;
    /* a class of one item; identical items; more columns than rows; threads change nothing */
    gaussians(9, D, 3, 0.5);
    for (int i = 0; i < 9; i++) labels[i] = i == 0 ? 5 : i % 2;
    memcpy(x + D, x + 2 * D, D * sizeof *x);
    akin_diagnose_input in = input(9, D, true);
    akin_diagnosis *one = NULL, *two = NULL;
    akin_set_threads(1);
    CHECK_OK(akin_diagnose(&in, &one, &err));
    akin_set_threads(3);
    CHECK_OK(akin_diagnose(&in, &two, &err));
    for (int i = 0; akin_diagnosis_at(one, i); i++) {
        const double p = akin_diagnosis_at(one, i)->value, q = akin_diagnosis_at(two, i)->value;
        CHECK(p == q || (isnan(p) && isnan(q)));
    }
    akin_diagnosis_free(one);
    akin_diagnosis_free(two);
    akin_diagnosis_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_match_naive_sums),
        cmocka_unit_test(known_spectra),
        cmocka_unit_test(neural_collapse_at_a_simplex),
        cmocka_unit_test(intraclass_deviation_and_collisions),
        cmocka_unit_test(alignment_and_uniformity_of_the_reference_batch),
        cmocka_unit_test(two_representations_agree),
        cmocka_unit_test(reference_geometries),
        cmocka_unit_test(the_certificate_holds),
        cmocka_unit_test(thresholds_of_collapse),
        cmocka_unit_test(zeros_are_left_out),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(odd_but_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
