/* SPDX-License-Identifier: Apache-2.0 */
/* Labels that are likely wrong: confident learning and votes of neighbours against their formulas in double,
 * planted errors against what theory allows, probabilities that are out of sample, the same bits on any
 * number of threads and in any order of the items, and what is refused. */
#include "test.h"

#include "akin/tool/label_errors.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

static akin_error err;

static double normal(uint64_t item)
{
    ak_rng rng = ak_rng_at(test_seed, AK_RNG_SAMPLE, 60, item, 0);
    return ak_rng_normal(&rng);
}

static double uniform(uint64_t item)
{
    ak_rng rng = ak_rng_at(test_seed, AK_RNG_SAMPLE, 61, item, 0);
    return ak_rng_double(&rng);
}

/* [n,d] of `classes` classes, item i of class i % classes, whose means are `far` apart; some labels are
 * moved to the next class, and planted[i] says which. */
static float *mixture(int64_t n, int64_t d, int64_t classes, double far, double rate, int32_t *labels,
                      unsigned char *planted)
{
    float *x = malloc((size_t)(n * d) * sizeof *x);
    for (int64_t i = 0; i < n; i++) {
        const int64_t y = i % classes;
        for (int64_t c = 0; c < d; c++)
            x[i * d + c] = (float)(normal((uint64_t)(i * d + c)) + (c == y ? far / sqrt(2) : 0));
        planted[i] = uniform((uint64_t)i) < rate;
        labels[i] = (int32_t)((y + planted[i]) % classes);
    }
    return x;
}

static double auroc(const double *score, const unsigned char *wrong, int64_t n)
{
    double good = 0, pairs = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < n; j++)
            if (wrong[i] && !wrong[j]) {
                good += score[i] < score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
                pairs++;
            }
    return good / pairs;
}

/* Confident learning ------------------------------------------------------------------------------------- */

enum { N = 90, C = 4 };

static void reference_joint(double p[N][C], const int *s, double joint[C][C])
{
    double threshold[C] = { 0 }, items[C] = { 0 }, count[C][C] = { { 0 } };
    for (int i = 0; i < N; i++) {
        threshold[s[i]] += p[i][s[i]];
        items[s[i]]++;
    }
    for (int i = 0; i < N; i++) {
        int best = -1;
        for (int y = 0; y < C; y++)
            if (p[i][y] >= threshold[y] / items[y] && (best < 0 || p[i][y] > p[i][best])) best = y;
        if (best >= 0) count[s[i]][best]++;
    }
    for (int a = 0; a < C; a++) {
        double sum = 0;
        for (int y = 0; y < C; y++) sum += count[a][y];
        for (int y = 0; y < C; y++)
            joint[a][y] = sum > 0 ? items[a] / N * count[a][y] / sum : a == y ? items[a] / N : 0;
    }
}

/* Wrong by its rank: of class a fewer than n Q_ay items have a greater p_y - p_a (or the same and came
 * before). */
static bool reference_wrong(double p[N][C], const int *s, double joint[C][C], int i)
{
    for (int y = 0; y < C; y++) {
        const double mine = p[i][y] - p[i][s[i]];
        int before = 0;
        for (int j = 0; j < N; j++) {
            const double other = p[j][y] - p[j][s[i]];
            before += s[j] == s[i] && (other > mine || (other == mine && j < i));
        }
        if (y != s[i] && mine > 0 && before < (int)floor(N * joint[s[i]][y] + 0.5)) return true;
    }
    return false;
}

static void test_confident_learning(void **state)
{
    (void)state;
    for (test_seed = 1; test_seed <= 40; test_seed++) {
        float given[N][C];
        double p[N][C], joint[C][C], estimate = 0;
        int s[N], called = 0;
        int32_t labels[N];
        for (int i = 0; i < N; i++) {
            double sum = 0;
            s[i] = (int)(uniform((uint64_t)i) * C);
            if (i < C) s[i] = i; /* none is missing */
            labels[i] = 7 * s[i] + 3;
            for (int c = 0; c < C; c++)
                sum += p[i][c] = exp(1.5 * normal((uint64_t)(C * i + c)) + (c == s[i] ? 1 : 0));
            for (int c = 0; c < C; c++) p[i][c] = given[i][c] = (float)(p[i][c] / sum);
        }
        akin_label_errors *found = NULL;
        const akin_label_score how = (akin_label_score)(test_seed % 3);
        akin_label_opts o = AKIN_LABEL_OPTS_INIT;
        assert_int_equal(o.score, AKIN_LABEL_RATIO);
        o.score = how;
        CHECK_OK(akin_label_errors_of((akin_cmat){ given[0], N, C, C }, labels, N, &o, &found, &err));
        const akin_label_state *t = akin_label_errors_look(found);
        reference_joint(p, s, joint);
        assert_int_equal(t->n, N);
        assert_int_equal(t->classes, C);
        for (int a = 0; a < C; a++) {
            assert_int_equal(t->label[a], 7 * a + 3);
            for (int y = 0; y < C; y++) {
                CHECK_NEAR(t->joint[a * C + y], joint[a][y], 1e-12);
                if (a != y) estimate += N * joint[a][y];
            }
        }
        CHECK_NEAR(t->estimate, estimate, 1e-9);
        for (int i = 0; i < N; i++) {
            double rival = 0;
            int best = 0;
            for (int c = 0; c < C; c++) {
                if (c != s[i] && p[i][c] > rival) rival = p[i][c];
                if (p[i][c] > p[i][best]) best = c;
            }
            const double own = p[i][s[i]];
            CHECK_NEAR(t->score[i],
                       how == AKIN_LABEL_MARGIN ? (1 + own - rival) / 2
                       : how == AKIN_LABEL_SELF ? own
                                                : own / (own + rival),
                       1e-12);
            assert_int_equal(t->suggested[i], best);
            assert_int_equal(t->given[i], s[i]);
            assert_int_equal(t->wrong[i], reference_wrong(p, s, joint, i));
            called += t->wrong[i];
            if (i) CHECK_LE(t->score[t->order[i - 1]], t->score[t->order[i]]);
        }
        assert_int_equal(t->called, called);
        akin_label_errors_free(found);
    }
    test_seed = 1;
}

/* Probabilities ------------------------------------------------------------------------------------------ */

static void test_neighbours(void **state)
{
    (void)state;
    enum { ROWS = 70, D = 5, K = 7 };
    int32_t labels[ROWS];
    unsigned char planted[ROWS];
    float *x = mixture(ROWS, D, 3, 2, 0.2, labels, planted);
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    akin_label_errors *found = NULL;
    o.method = AKIN_LABEL_KNN;
    o.k = K;
    CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, &o, &found, &err));
    const akin_label_state *t = akin_label_errors_look(found);
    double prior[3] = { 0 };
    for (int i = 0; i < ROWS; i++) prior[labels[i]] += 1.0 / ROWS;
    for (int i = 0; i < ROWS; i++) {
        double cosine[ROWS], votes[3] = { prior[0], prior[1], prior[2] };
        for (int j = 0; j < ROWS; j++) {
            double dot = 0, a = 0, b = 0;
            for (int c = 0; c < D; c++) {
                dot += (double)x[i * D + c] * (double)x[j * D + c];
                a += (double)x[i * D + c] * (double)x[i * D + c];
                b += (double)x[j * D + c] * (double)x[j * D + c];
            }
            cosine[j] = dot / sqrt(a * b);
        }
        for (int j = 0; j < ROWS; j++) {
            int nearer = 0;
            for (int l = 0; l < ROWS; l++) nearer += l != i && cosine[l] > cosine[j];
            if (j != i && nearer < K) votes[labels[j]]++;
        }
        for (int c = 0; c < 3; c++) CHECK_NEAR(t->probability[3 * i + c], votes[c] / (K + 1), 1e-6);
    }
    akin_label_errors_free(found);
    free(x);
}

/* Two Gaussians of unit variance: the true probability is logistic in the rows. */
static void test_posterior(void **state)
{
    (void)state;
    enum { ROWS = 3000, D = 2 };
    int32_t *labels = malloc(ROWS * sizeof *labels);
    unsigned char *planted = malloc(ROWS);
    float *x = mixture(ROWS, D, 2, 2, 0, labels, planted);
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    akin_label_errors *found = NULL;
    double off = 0;
    o.method = AKIN_LABEL_LOGISTIC;
    o.lambda = 1e-5;
    CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, &o, &found, &err));
    const akin_label_state *t = akin_label_errors_look(found);
    for (int i = 0; i < ROWS; i++) {
        const double z = sqrt(2) * ((double)x[2 * i + 1] - (double)x[2 * i]);
        off += fabs((double)t->probability[2 * i + 1] - 1 / (1 + exp(-z))) / ROWS;
        CHECK_NEAR(t->probability[2 * i] + t->probability[2 * i + 1], 1, 1e-6);
    }
    /* three parameters from 2,400 rows: z is off by sqrt(3/2400)/sqrt(mean p(1-p)), p by p(1-p) of it */
    CHECK_LE(off, 0.02);
    CHECK_NEAR(t->lambda, 1e-5, 1e-12);
    akin_label_errors_free(found);
    free(x);
    free(labels);
    free(planted);
}

/* Labels by chance in more columns than a layer needs to learn all by heart: whoever has not seen an item
 * knows nothing of it. */
static void test_out_of_sample(void **state)
{
    (void)state;
    enum { ROWS = 200, D = 199, CLASSES = 4 };
    int32_t labels[ROWS];
    unsigned char planted[ROWS];
    float *x = mixture(ROWS, D, CLASSES, 0, 0, labels, planted);
    for (int method = 0; method < 3; method++) {
        akin_label_opts o = AKIN_LABEL_OPTS_INIT;
        akin_label_errors *found = NULL;
        o.method = (akin_label_method)method;
        o.lambda = 1e-3;
        CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, &o, &found, &err));
        const double chance = 1.0 / CLASSES;
        CHECK_LE(akin_label_errors_look(found)->agree, chance + 4 * sqrt(chance * (1 - chance) / ROWS));
        akin_label_errors_free(found);
    }
    free(x);
}

/* Planted errors ----------------------------------------------------------------------------------------- */

/* Of two classes with means `far` apart the best score is the place between them: right labels have it at
 * N(far/2, 1), wrong ones at N(-far/2, 1), and so a wrong one is below a right one with probability
 * Phi(far/sqrt 2). */
static void test_planted(void **state)
{
    (void)state;
    enum { ROWS = 1200, D = 4 };
    static int32_t labels[ROWS];
    static unsigned char planted[ROWS];
    for (int method = 0; method < 3; method++)
        for (int score = 0; score < 3; score++) {
            const double far = 2.5, best = 0.5 * erfc(-far / 2);
            akin_label_opts o = AKIN_LABEL_OPTS_INIT;
            akin_label_errors *found = NULL;
            float *x = mixture(ROWS, D, 2, far, 0.1, labels, planted);
            o.method = (akin_label_method)method;
            o.score = (akin_label_score)score;
            CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, &o, &found, &err));
            const akin_label_state *t = akin_label_errors_look(found);
            const double area = auroc(t->score, planted, ROWS);
            /* about 120 wrong ones: a deviation of sqrt(A (1 - A) / 120) at most */
            const double chance = 3 * sqrt(best * (1 - best) / 120);
            CHECK_LE(best - area, 0.02 + chance);
            CHECK_LE(area - best, chance);
            akin_label_errors_free(found);
            free(x);
        }
    /* Far apart all are seen; how many are called rests on the items that are confident, a sample. */
    float *x = mixture(ROWS, D, 4, 14, 0.1, labels, planted);
    akin_label_errors *found = NULL;
    int64_t wrong = 0;
    CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, NULL, &found, &err));
    const akin_label_state *t = akin_label_errors_look(found);
    for (int i = 0; i < ROWS; i++) {
        assert_true(planted[i] || !t->wrong[i]);
        assert_int_equal(t->suggested[i], i % 4);
        wrong += planted[i];
    }
    CHECK_NEAR(t->estimate, (double)wrong, 3 * sqrt((double)wrong));
    CHECK_LE((double)(wrong - t->called), 3 * sqrt((double)wrong));
    CHECK_NEAR(t->agree, 1 - (double)wrong / ROWS, 1e-12);
    akin_label_errors_free(found);
    free(x);
}

/* Properties --------------------------------------------------------------------------------------------- */

static void test_order_of_items(void **state)
{
    (void)state;
    enum { ROWS = 150, D = 6 };
    int32_t labels[ROWS], moved_labels[ROWS];
    unsigned char planted[ROWS];
    float *x = mixture(ROWS, D, 3, 3, 0.1, labels, planted), moved[ROWS * D];
    for (int i = 0; i < ROWS; i++) { /* 61 is prime to 150 */
        memcpy(moved + (61 * i % ROWS) * D, x + i * D, D * sizeof *x);
        moved_labels[61 * i % ROWS] = labels[i];
    }
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    akin_label_errors *a = NULL, *b = NULL;
    o.method = AKIN_LABEL_KNN;
    CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, &o, &a, &err));
    CHECK_OK(akin_label_errors_find((akin_cmat){ moved, ROWS, D, D }, moved_labels, ROWS, &o, &b, &err));
    const akin_label_state *s = akin_label_errors_look(a), *t = akin_label_errors_look(b);
    for (int i = 0; i < ROWS; i++) {
        const int j = 61 * i % ROWS;
        assert_int_equal(s->suggested[i], t->suggested[j]);
        assert_true(s->score[i] == t->score[j]);
    }
    assert_int_equal(s->called, t->called);
    CHECK_NEAR(s->estimate, t->estimate, 1e-9);
    akin_label_errors_free(a);
    akin_label_errors_free(b);
    free(x);
}

static void test_threads(void **state)
{
    (void)state;
    enum { ROWS = 700, D = 20 };
    static int32_t labels[ROWS];
    static unsigned char planted[ROWS];
    float *x = mixture(ROWS, D, 5, 2, 0.1, labels, planted);
    akin_label_errors *found[3] = { NULL, NULL, NULL };
    for (int threads = 1; threads <= 3; threads++) {
        akin_set_threads(threads);
        CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, NULL, &found[threads - 1],
                                        &err));
    }
    akin_set_threads(0);
    const akin_label_state *one = akin_label_errors_look(found[0]);
    for (int k = 1; k < 3; k++) {
        const akin_label_state *more = akin_label_errors_look(found[k]);
        assert_memory_equal(one->probability, more->probability, ROWS * 5 * sizeof(float));
        assert_memory_equal(one->wrong, more->wrong, ROWS);
        assert_memory_equal(one->order, more->order, ROWS * sizeof *one->order);
    }
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    akin_label_errors *other = NULL;
    o.seed = 1;
    CHECK_OK(akin_label_errors_find((akin_cmat){ x, ROWS, D, D }, labels, ROWS, &o, &other, &err));
    assert_memory_not_equal(one->probability, akin_label_errors_look(other)->probability,
                            ROWS * 5 * sizeof(float));
    akin_label_errors_free(other);
    for (int k = 0; k < 3; k++) akin_label_errors_free(found[k]);
    free(x);
}

/* Few items, items alone in their class, rows that are all equal. */
static void test_small(void **state)
{
    (void)state;
    const float x[] = { 1, 0, 1, .1F, 0, 1, .1F, 1, 5, 5, 0, 0 }, same[6] = { 1, 1, 1, 1, 1, 1 };
    const int32_t labels[] = { 2, 2, 4, 4, 9, 4 }, two[] = { 0, 0, 1 };
    akin_label_errors *found = NULL;
    for (int method = 0; method < 3; method++) {
        akin_label_opts o = AKIN_LABEL_OPTS_INIT;
        o.method = (akin_label_method)method;
        CHECK_OK(akin_label_errors_find((akin_cmat){ x, 6, 2, 2 }, labels, 6, &o, &found, &err));
        const akin_label_state *t = akin_label_errors_look(found);
        assert_int_equal(t->unjudged, 1);
        assert_true(isnan(t->score[4]) && !t->wrong[4] && t->order[5] == 4 && t->suggested[4] == 2);
        for (int i = 0; i < 6; i++) assert_true(i == 4 || (t->score[i] >= 0 && t->score[i] <= 1));
        akin_label_errors_free(found);
        CHECK_OK(akin_label_errors_find((akin_cmat){ same, 3, 2, 2 }, two, 3, &o, &found, &err));
        akin_label_errors_free(found);
    }
    akin_label_errors_free(NULL);
    assert_null(akin_label_errors_look(NULL));
}

static void test_refused(void **state)
{
    (void)state;
    float x[] = { 1, 0, 1, .1F, 0, 1, .1F, NAN };
    const int32_t labels[] = { 0, 0, 1, 1 }, one[] = { 5, 5, 5, 5 }, all[] = { 0, 1, 2, 3 },
                  negative[] = { 0, 0, -1, 1 };
    const akin_cmat bad = { x, 4, 2, 2 }, good = { x, 3, 2, 2 };
    akin_label_errors *found = (void *)1;
    CHECK_FAILS(akin_label_errors_find(bad, labels, 4, NULL, &found, &err), AKIN_ERR_INPUT,
                "row 3, column 1");
    CHECK_FAILS(akin_label_errors_find(good, labels, 4, NULL, &found, &err), AKIN_ERR_SHAPE, "4 labels");
    CHECK_FAILS(akin_label_errors_find(good, one, 3, NULL, &found, &err), AKIN_ERR_INPUT, "are 5");
    CHECK_FAILS(akin_label_errors_find(good, all, 3, NULL, &found, &err), AKIN_ERR_INPUT, "no two");
    CHECK_FAILS(akin_label_errors_find(good, negative, 3, NULL, &found, &err), AKIN_ERR_INPUT, "is -1");
    CHECK_FAILS(akin_label_errors_find(good, NULL, 3, NULL, &found, &err), AKIN_ERR_ARGUMENT, "NULL");
    CHECK_FAILS(akin_label_errors_find(good, labels, 3, NULL, NULL, &err), AKIN_ERR_ARGUMENT, "NULL");
    const akin_label_opts usual = AKIN_LABEL_OPTS_INIT;
    for (int i = 0; i < 7; i++) {
        akin_label_opts o = usual;
        if (i == 0) o.folds = 1;
        if (i == 1) o.folds = 101;
        if (i == 2) o.k = 0;
        if (i == 3) o.k = 1001;
        if (i == 4) o.lambda = -1;
        if (i == 5) o.method = (akin_label_method)3;
        if (i == 6) o.score = (akin_label_score)3;
        CHECK_FAILS(akin_label_errors_find(good, labels, 3, &o, &found, &err), AKIN_ERR_RANGE, "");
    }
    float p[] = { .5F, .5F, 1, 0, .2F, .8F, 0, 1 };
    const akin_cmat four = { p, 4, 2, 2 };
    CHECK_FAILS(akin_label_errors_of(four, all, 4, NULL, &found, &err), AKIN_ERR_SHAPE, "4 distinct");
    p[5] = 1.5F;
    CHECK_FAILS(akin_label_errors_of(four, labels, 4, NULL, &found, &err), AKIN_ERR_INPUT, "row 2, column 1");
    p[5] = -0.5F;
    CHECK_FAILS(akin_label_errors_of(four, labels, 4, NULL, &found, &err), AKIN_ERR_INPUT, "row 2, column 1");
    assert_true(found == (void *)1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confident_learning),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_posterior),
        cmocka_unit_test(test_out_of_sample),
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_order_of_items),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
