/* SPDX-License-Identifier: Apache-2.0 */
/* Retrieval and similarity against sums as the formulas have them, in double: grades, equal similarities,
 * documents that are not there, k above their number, queries without a relevant one, any number of
 * threads. */
#include "test.h"

#include "akin/tool/retrieval.h"

#include <math.h>
#include <string.h>

enum { QUERIES = 30, DOCUMENTS = 45, D = 4, JUDGED = 6, ATS = 4, PAIRS = 60 };
static const int32_t AT[ATS] = { 1, 3, 10, 64 };

static akin_error err;

typedef struct task {
    float query[QUERIES * D], document[DOCUMENTS * D];
    int64_t start[QUERIES + 1];
    int32_t judged[QUERIES * JUDGED];
    double grade[QUERIES * JUDGED];
} task;

static akin_cmat queries_of(const task *t) { return (akin_cmat){ t->query, QUERIES, D, D }; }
static akin_cmat documents_of(const task *t) { return (akin_cmat){ t->document, DOCUMENTS, D, D }; }

static akin_judgments judgments_of(const task *t)
{
    akin_judgments j = AKIN_JUDGMENTS_INIT;
    j.start = t->start;
    j.document = t->judged;
    j.grade = t->grade;
    return j;
}

static akin_retrieval_opts options(int similarity)
{
    akin_retrieval_opts o = AKIN_RETRIEVAL_OPTS_INIT;
    memset(o.at, 0, sizeof o.at);
    memcpy(o.at, AT, sizeof AT);
    o.similarity = similarity;
    return o;
}

/* Whole numbers, so that products are exact and often equal; or normal ones, with copies among the documents
 * and a row of zeros on either side. Every fifth query has no relevant document. */
static void make_task(task *t, bool whole, bool graded)
{
    for (int i = 0; i < QUERIES * D; i++) t->query[i] = whole ? (float)test_int(-2, 2) : (float)test_normal();
    for (int i = 0; i < DOCUMENTS * D; i++)
        t->document[i] = whole ? (float)test_int(-2, 2) : (float)test_normal();
    for (int i = 1; i < DOCUMENTS; i += 7)
        memcpy(t->document + i * D, t->document + test_int(0, i - 1) * D, D * sizeof *t->document);
    memset(t->query + 3 * D, 0, D * sizeof *t->query);
    memset(t->document + 11 * D, 0, D * sizeof *t->document);
    int64_t n = 0;
    for (int q = 0; q < QUERIES; q++) {
        t->start[q] = n;
        const int first = (int)test_int(-1, DOCUMENTS - JUDGED); /* -1: one that is not among them */
        for (int j = 0; j < 1 + q % JUDGED; j++, n++) {
            t->judged[n] = j == 0 ? first : first + j;
            t->grade[n] = q % 5 == 4 ? 0 : j == 0 ? 1 : (double)test_int(0, graded ? 3 : 1);
        }
    }
    t->start[QUERIES] = n;
}

static double similarity_of(const float *a, const float *b, int similarity)
{
    double ab = 0, aa = 0, bb = 0;
    for (int c = 0; c < D; c++) {
        ab += (double)a[c] * (double)b[c];
        aa += (double)a[c] * (double)a[c];
        bb += (double)b[c] * (double)b[c];
    }
    if (similarity == AKIN_BY_DOT) return ab;
    return aa > 0 && bb > 0 ? ab / sqrt(aa) / sqrt(bb) : 0;
}

static double grade_of(const task *t, int q, int document)
{
    for (int64_t p = t->start[q]; p < t->start[q + 1]; p++)
        if (t->judged[p] == document) return t->grade[p];
    return 0;
}

/* Grades of the documents in the order of a query, that of a row by how many come before it. */
static void ranked(const task *t, int q, int similarity, double to[DOCUMENTS])
{
    double s[DOCUMENTS];
    for (int d = 0; d < DOCUMENTS; d++)
        s[d] = similarity_of(t->query + q * D, t->document + d * D, similarity);
    for (int d = 0; d < DOCUMENTS; d++) {
        int before = 0;
        for (int e = 0; e < DOCUMENTS; e++) before += s[e] > s[d] || (s[e] == s[d] && e < d);
        to[before] = grade_of(t, q, d);
    }
}

/* The greatest grades of a query: the i-th from 0; 0 behind the last. */
static double ideal(const task *t, int q, int i)
{
    for (int64_t p = t->start[q]; p < t->start[q + 1]; p++) {
        int before = 0;
        for (int64_t o = t->start[q]; o < t->start[q + 1]; o++)
            before += t->grade[o] > t->grade[p] || (t->grade[o] == t->grade[p] && o < p);
        if (before == i) return fmax(0, t->grade[p]);
    }
    return 0;
}

/* accuracy, precision, recall, mrr, ndcg, map, graded-ndcg of one query.  docs/evaluation.md, retrieval-v1 */
static void naive(const task *t, int q, int k, const double found[DOCUMENTS], double to[7])
{
    double hits = 0, relevant = 0, dcg = 0, best = 0, gain = 0, most = 0, precisions = 0, first = 0;
    for (int64_t p = t->start[q]; p < t->start[q + 1]; p++) relevant += t->grade[p] > 0;
    for (int r = 1; r <= k; r++) {
        const bool hit = r <= DOCUMENTS && found[r - 1] > 0;
        hits += hit;
        if (hit && hits == 1) first = 1.0 / r;
        if (hit) precisions += hits / r;
        if (hit) dcg += 1 / log2(r + 1);
        if (hit) gain += found[r - 1] / log2(r + 1);
        if (r <= relevant) best += 1 / log2(r + 1);
        most += ideal(t, q, r - 1) / log2(r + 1);
    }
    const double want[7] = { hits > 0,   hits / k,   hits / relevant,
                             first,      dcg / best, precisions / fmin(k, relevant),
                             gain / most };
    memcpy(to, want, sizeof want);
}

static void against_naive(const task *t, int similarity, int kinds)
{
    static const char *const names[7] = { "accuracy", "precision", "recall",     "mrr",
                                          "ndcg",     "map",       "graded-ndcg" };
    double each[QUERIES * 7 * ATS], found[DOCUMENTS], want[7], sum[7 * ATS] = { 0 };
    const akin_judgments j = judgments_of(t);
    const akin_retrieval_opts o = options(similarity);
    akin_retrieval_result r = AKIN_RETRIEVAL_RESULT_INIT;
    CHECK_OK(akin_retrieval(queries_of(t), documents_of(t), &j, &o, each, &r, &err));
    CHECK(r.queries == QUERIES * 4 / 5 && r.left_out == QUERIES / 5 && r.count == kinds * ATS);
    CHECK(strcmp(r.protocol, "retrieval-v1") == 0);
    for (int q = 0, n = 0; q < QUERIES; q++) {
        if (q % 5 == 4) continue;
        ranked(t, q, similarity, found);
        for (int a = 0; a < ATS; a++) {
            naive(t, q, AT[a], found, want);
            for (int m = 0; m < kinds; m++) {
                CHECK_NEAR(each[n * r.count + m * ATS + a], want[m], 1e-14);
                sum[m * ATS + a] += want[m];
            }
        }
        n++;
    }
    for (int m = 0; m < r.count; m++) {
        char name[24];
        snprintf(name, sizeof name, "%s@%d", names[m / ATS], AT[m % ATS]);
        CHECK(strcmp(r.measure[m].name, name) == 0);
        CHECK_NEAR(r.measure[m].value, sum[m] / (double)r.queries, 1e-13);
        CHECK_LE(r.measure[m].ci95[0], r.measure[m].value);
        CHECK_LE(r.measure[m].value, r.measure[m].ci95[1]);
    }
}

static void test_measures(void **state)
{
    (void)state;
    static task t;
    for (test_seed = 1; test_seed <= 10; test_seed++) {
        const bool graded = test_seed % 2 == 0;
        make_task(&t, true, graded);
        against_naive(&t, AKIN_BY_DOT, graded ? 7 : 6);
        make_task(&t, false, graded);
        against_naive(&t, AKIN_BY_COSINE, graded ? 7 : 6);
    }
    test_seed = 1;
}

/* All documents alike: their order is that of the rows. */
static void test_ties(void **state)
{
    (void)state;
    enum { SAME = 300 };
    float document[SAME * 2];
    const float query[2] = { 0.3F, 0.7F };
    const int64_t start[2] = { 0, 1 };
    const double grade[1] = { 1 };
    for (int i = 0; i < SAME * 2; i++) document[i] = i % 2 ? 0.9F : 0.1F;
    for (int32_t at = 1; at <= SAME; at += 23) {
        const int32_t wanted = at - 1;
        akin_judgments j = AKIN_JUDGMENTS_INIT;
        akin_retrieval_opts o = AKIN_RETRIEVAL_OPTS_INIT;
        akin_retrieval_result r = AKIN_RETRIEVAL_RESULT_INIT;
        j.start = start;
        j.document = &wanted;
        j.grade = grade;
        memset(o.at, 0, sizeof o.at);
        o.at[0] = SAME;
        CHECK_OK(akin_retrieval((akin_cmat){ query, 1, 2, 2 }, (akin_cmat){ document, SAME, 2, 2 }, &j, &o,
                                NULL, &r, &err));
        CHECK_NEAR(r.measure[3].value, 1.0 / at, 1e-15);                   /* mrr */
        CHECK(isnan(r.measure[3].ci95[0]) && isnan(r.measure[3].ci95[1])); /* of one query */
    }
}

/* The same bits with any number of threads, and by the same seed; other intervals by another one. */
static void test_threads_and_seeds(void **state)
{
    (void)state;
    static task t;
    make_task(&t, false, true);
    const akin_judgments j = judgments_of(&t);
    akin_retrieval_opts o = options(AKIN_BY_COSINE);
    akin_retrieval_result r[3];
    const int had = akin_threads();
    for (int i = 0; i < 3; i++) {
        r[i] = (akin_retrieval_result)AKIN_RETRIEVAL_RESULT_INIT;
        akin_set_threads(i == 1 ? 1 : 3);
        o.seed = i == 2;
        CHECK_OK(akin_retrieval(queries_of(&t), documents_of(&t), &j, &o, NULL, &r[i], &err));
    }
    akin_set_threads(had);
    bool other = false;
    CHECK(r[0].zero_rows == 2);
    for (int m = 0; m < r[0].count; m++) {
        CHECK(memcmp(&r[0].measure[m], &r[1].measure[m], sizeof r[0].measure[m]) == 0);
        CHECK(r[0].measure[m].value == r[2].measure[m].value);
        other = other || r[0].measure[m].ci95[0] != r[2].measure[m].ci95[0];
    }
    CHECK(other);
}

static void test_refused(void **state)
{
    (void)state;
    static task t;
    make_task(&t, false, false);
    akin_judgments j = judgments_of(&t);
    akin_retrieval_opts o = options(AKIN_BY_COSINE);
    akin_retrieval_result r = AKIN_RETRIEVAL_RESULT_INIT;
    const akin_cmat q = queries_of(&t), d = documents_of(&t), narrow = { t.document, DOCUMENTS, D - 1, D };
    CHECK_FAILS(akin_retrieval(q, narrow, &j, &o, NULL, &r, &err), AKIN_ERR_SHAPE, "4 columns, documents 3");
    CHECK_FAILS(akin_retrieval(q, d, NULL, &o, NULL, &r, &err), AKIN_ERR_ARGUMENT, "judged");
    o.at[1] = 1;
    CHECK_FAILS(akin_retrieval(q, d, &j, &o, NULL, &r, &err), AKIN_ERR_RANGE, "at is 1");
    o.at[0] = 0;
    CHECK_FAILS(akin_retrieval(q, d, &j, &o, NULL, &r, &err), AKIN_ERR_RANGE, "names no number");
    o = options(AKIN_BY_MANHATTAN);
    CHECK_FAILS(akin_retrieval(q, d, &j, &o, NULL, &r, &err), AKIN_ERR_RANGE, "similarity");
    t.judged[2] = DOCUMENTS;
    CHECK_FAILS(akin_retrieval(q, d, &j, NULL, NULL, &r, &err), AKIN_ERR_RANGE,
                "of document 45; there are 45");
    t.judged[2] = -1;
    t.grade[2] = NAN;
    CHECK_FAILS(akin_retrieval(q, d, &j, NULL, NULL, &r, &err), AKIN_ERR_INPUT, "judgment 2 is not finite");
    memset(t.grade, 0, sizeof t.grade);
    CHECK_FAILS(akin_retrieval(q, d, &j, NULL, NULL, &r, &err), AKIN_ERR_INPUT, "no query has a relevant");
    t.grade[0] = 1;
    t.document[7] = INFINITY;
    CHECK_FAILS(akin_retrieval(q, d, &j, NULL, NULL, &r, &err), AKIN_ERR_INPUT, "row 1, column 3");
}

/* Of n pairs; ranks by counting. */
static double pearson(const double *x, const double *y, int n)
{
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < n; i++) mx += x[i] / n, my += y[i] / n;
    for (int i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / sqrt(xx * yy);
}

static double spearman(const double *x, const double *y, int n)
{
    double rx[PAIRS] = { 0 }, ry[PAIRS] = { 0 };
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            rx[i] += (x[j] < x[i]) + 0.5 * (x[j] == x[i]);
            ry[i] += (y[j] < y[i]) + 0.5 * (y[j] == y[i]);
        }
    return pearson(rx, ry, n);
}

static void test_pairs(void **state)
{
    (void)state;
    float a[PAIRS * D], b[PAIRS * D];
    double score[PAIRS], s[4][PAIRS];
    akin_pair_scores r = AKIN_PAIR_SCORES_INIT;
    const akin_cmat x = { a, PAIRS, D, D }, y = { b, PAIRS, D, D };
    for (int i = 0; i < PAIRS * D; i++) a[i] = (float)test_int(-2, 2), b[i] = (float)test_int(-2, 2);
    memset(b, 0, D * sizeof *b);
    for (int i = 0; i < PAIRS; i++) {
        double square = 0, absolute = 0;
        score[i] = (double)test_int(0, 5);
        for (int c = 0; c < D; c++) {
            const double e = (double)a[i * D + c] - (double)b[i * D + c];
            square += e * e;
            absolute += fabs(e);
        }
        s[AKIN_BY_COSINE][i] = (float)similarity_of(a + i * D, b + i * D, AKIN_BY_COSINE);
        s[AKIN_BY_DOT][i] = similarity_of(a + i * D, b + i * D, AKIN_BY_DOT);
        s[AKIN_BY_EUCLIDEAN][i] = -sqrt(square);
        s[AKIN_BY_MANHATTAN][i] = -absolute;
    }
    CHECK_OK(akin_pair_scores_of(x, y, score, 1, &r, &err));
    CHECK(r.pairs == PAIRS && r.zero_rows >= 1);
    for (int k = 0; k < 4; k++) {
        CHECK_NEAR(r.pearson[k].value, pearson(s[k], score, PAIRS), 1e-7);
        CHECK_NEAR(r.spearman[k].value, spearman(s[k], score, PAIRS), 1e-13);
        CHECK(r.spearman[k].ci95[0] < r.spearman[k].value && r.spearman[k].value < r.spearman[k].ci95[1]);
    }
    for (int i = 0; i < PAIRS; i++) score[i] = 2;
    CHECK_OK(akin_pair_scores_of(x, y, score, 1, &r, &err));
    CHECK(isnan(r.spearman[0].value) && isnan(r.pearson[0].value) && isnan(r.pearson[0].ci95[1]));
    score[4] = NAN;
    CHECK_FAILS(akin_pair_scores_of(x, y, score, 1, &r, &err), AKIN_ERR_INPUT, "pair 4");
    CHECK_FAILS(akin_pair_scores_of(x, (akin_cmat){ b, 5, D, D }, score, 1, &r, &err), AKIN_ERR_SHAPE,
                "one shape");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_threads_and_seeds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
