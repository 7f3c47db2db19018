/* SPDX-License-Identifier: Apache-2.0 */
/* eval/retrieved.c - documents found for queries, measured by judgments (akin/tool/retrieval.h).
 *
 * Memory. The nearest max(at) documents of one query a thread, and the measures of each query: O(N k). */
#include "eval/retrieved.h"

#include "eval/nearest.h"
#include "eval/resample.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ACCURACY, PRECISION, RECALL, MRR, NDCG, MAP, GRADED, KINDS };
static const char *const NAMES[KINDS] = { "accuracy", "precision", "recall",     "mrr",
                                          "ndcg",     "map",       "graded-ndcg" };

typedef struct search {
    const akin_judgments *judged;
    int32_t at[AKIN_RETRIEVAL_MOST_AT];
    int ats, kinds;
    int64_t most, found;  /* documents that are looked at: the last of at, and as many as there are */
    int64_t *query;       /* [n] queries with a relevant document */
    int64_t n, documents; /* of them */
    double *grade;        /* [workers,documents], zeros between queries */
    double *ideal;        /* [most judgments of a query, workers] */
    int64_t ideals;
    double *value; /* [n, kinds x ats] */
} search;

static double discount(int64_t rank) { return 1 / log2((double)rank + 2); } /* rank from 0 */

static int greatest_first(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The grades of the relevant documents of a query, greatest first; how many. */
static int64_t ideal_grades(const akin_judgments *j, int64_t query, double *to)
{
    int64_t n = 0;
    for (int64_t p = j->start[query]; p < j->start[query + 1]; p++)
        if (j->grade[p] > 0) to[n++] = j->grade[p];
    qsort(to, (size_t)n, sizeof *to, greatest_first);
    return n;
}

/* The measures of one query whose first `count` documents have these grades, at k.  [Manning2008 sec.8.4]
 * [Jarvelin2002 sec.2] */
static void measure_at(const double *found, int64_t count, const double *ideal, int64_t relevant, int64_t k,
                       double to[KINDS])
{
    double hits = 0, precisions = 0, first = 0, dcg = 0, best = 0, graded = 0, graded_best = 0;
    for (int64_t r = 0; r < k; r++) {
        if (r < relevant) best += discount(r);
        if (r < relevant) graded_best += ideal[r] * discount(r);
        if (r >= count || !(found[r] > 0)) continue;
        hits++;
        precisions += hits / (double)(r + 1);
        if (!(first > 0)) first = 1 / (double)(r + 1);
        dcg += discount(r);
        graded += found[r] * discount(r);
    }
    to[ACCURACY] = hits > 0;
    to[PRECISION] = hits / (double)k;
    to[RECALL] = hits / (double)relevant;
    to[MRR] = first;
    to[NDCG] = dcg / best;
    to[MAP] = precisions / (double)(k < relevant ? k : relevant);
    to[GRADED] = graded / graded_best;
}

static void visit(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    search *s = ctx;
    const akin_judgments *j = s->judged;
    const int64_t query = s->query[i];
    double *grade = s->grade + worker * s->documents, *ideal = s->ideal + worker * (s->ideals + s->most);
    double *found = ideal + s->ideals, *value = s->value + i * s->kinds * s->ats, one[KINDS];
    for (int64_t p = j->start[query]; p < j->start[query + 1]; p++)
        if (j->document[p] >= 0) grade[j->document[p]] = j->grade[p];
    for (int64_t r = 0; r < s->found; r++) found[r] = grade[nearest[r].index];
    for (int64_t p = j->start[query]; p < j->start[query + 1]; p++)
        if (j->document[p] >= 0) grade[j->document[p]] = 0;
    const int64_t relevant = ideal_grades(j, query, ideal);
    for (int a = 0; a < s->ats; a++) {
        measure_at(found, s->found, ideal, relevant, s->at[a], one);
        for (int kind = 0; kind < s->kinds; kind++) value[kind * s->ats + a] = one[kind];
    }
}

/* What is asked for, and of which queries. */
static akin_status look(search *s, int64_t queries, const akin_retrieval_opts *o, akin_error *err)
{
    const akin_judgments *j = s->judged;
    bool graded = false;
    for (s->ats = 0; s->ats < AKIN_RETRIEVAL_MOST_AT && o->at[s->ats]; s->ats++) {
        s->at[s->ats] = o->at[s->ats];
        if (o->at[s->ats] < (s->ats ? o->at[s->ats - 1] + 1 : 1) || o->at[s->ats] > 1000000)
            return ak_fail(err, AKIN_ERR_RANGE, "retrieval: at is %d; numbers ascend from 1 to 1000000",
                           o->at[s->ats]);
    }
    if (!s->ats) return ak_fail(err, AKIN_ERR_RANGE, "retrieval: at names no number of documents");
    s->most = s->at[s->ats - 1];
    s->found = s->most < s->documents ? s->most : s->documents;
    s->query = ak_alloc(sizeof *s->query, queries, 1);
    if (!s->query) return ak_no_memory(err, "for %lld queries", (long long)queries);
    for (int64_t q = 0; q < queries; q++) {
        int64_t relevant = 0;
        for (int64_t p = j->start[q]; p < j->start[q + 1]; p++) {
            relevant += j->grade[p] > 0;
            graded = graded || (j->grade[p] > 0 && j->grade[p] != 1);
        }
        if (relevant > s->ideals) s->ideals = relevant;
        if (relevant) s->query[s->n++] = q;
    }
    s->kinds = graded ? KINDS : GRADED;
    return s->n ? AKIN_OK : ak_fail(err, AKIN_ERR_INPUT, "no query has a relevant document");
}

/* Means over queries, and what they are over other ones. */
static akin_status summarise(const search *s, uint64_t seed, akin_retrieval_result *r, akin_error *err)
{
    const int m = s->kinds * s->ats;
    int32_t *count = ak_alloc(sizeof *count, s->n, 1);
    double *means = ak_alloc(sizeof *means, AK_RESAMPLES, m);
    const bool ok = count && means;
    for (int i = 0; ok && i < m; i++) {
        akin_measure *to = &r->measure[i];
        snprintf(to->name, sizeof to->name, "%s@%d", NAMES[i / s->ats], s->at[i % s->ats]);
        to->value = 0;
        for (int64_t q = 0; q < s->n; q++) to->value += s->value[q * m + i];
        to->value /= (double)s->n;
        to->ci95[0] = to->ci95[1] = NAN;
    }
    r->count = m;
    for (int b = 0; ok && s->n > 1 && b < AK_RESAMPLES; b++) {
        ak_resample(seed, b, s->n, count);
        for (int64_t q = 0; q < s->n; q++)
            for (int i = 0; i < m && count[q]; i++)
                means[i * AK_RESAMPLES + b] += count[q] * s->value[q * m + i];
        for (int i = 0; i < m; i++) means[i * AK_RESAMPLES + b] /= (double)s->n;
    }
    for (int i = 0; ok && s->n > 1 && i < m; i++)
        ak_percentiles95(means + i * AK_RESAMPLES, r->measure[i].ci95);
    free(count);
    free(means);
    return ok ? AKIN_OK : ak_no_memory(err, "for intervals over %lld queries", (long long)s->n);
}

/* The rows of queries that are asked, one behind the other. */
static akin_status asked(const search *s, akin_cmat queries, akin_mat *out, akin_error *err)
{
    *out = (akin_mat){ ak_alloc(sizeof(float), s->n, queries.cols), s->n, queries.cols, queries.cols };
    if (!out->data) return ak_no_memory(err, "for %lld queries", (long long)s->n);
    for (int64_t i = 0; i < s->n; i++)
        memcpy(out->data + i * out->stride, ak_crow(queries, s->query[i]),
               (size_t)queries.cols * sizeof(float));
    return AKIN_OK;
}

akin_status ak_retrieval_lengths(akin_cmat x, bool dot, const char *who, double **out, int64_t *zeros,
                                 akin_error *err)
{
    *out = ak_alloc(sizeof **out, x.rows, 1);
    if (!*out) return ak_no_memory(err, "for the lengths of %lld rows", (long long)x.rows);
    AK_TRY(ak_eval_norms(x, *out, who, err));
    for (int64_t i = 0; i < x.rows; i++) {
        *zeros += !((*out)[i] > 0);
        if (dot) (*out)[i] = 1;
    }
    return AKIN_OK;
}

static akin_status find(search *s, akin_cmat queries, akin_cmat documents, bool dot, akin_retrieval_result *r,
                        akin_error *err)
{
    akin_mat q = { NULL, 0, 0, 0 };
    double *norm[2] = { NULL, NULL };
    const int64_t workers = akin_threads();
    s->value = ak_alloc(sizeof *s->value, s->n, s->kinds * s->ats);
    s->grade = ak_alloc(sizeof *s->grade, workers, s->documents);
    s->ideal = ak_alloc(sizeof *s->ideal, workers, s->ideals + s->most);
    akin_status status = s->value && s->grade && s->ideal
                             ? asked(s, queries, &q, err)
                             : ak_no_memory(err, "for the documents of %lld queries", (long long)s->n);
    if (!status)
        status =
            ak_retrieval_lengths(akin_mat_const(q), dot, "retrieval: queries", &norm[0], &r->zero_rows, err);
    if (!status)
        status = ak_retrieval_lengths(documents, dot, "retrieval: documents", &norm[1], &r->zero_rows, err);
    if (!status)
        status = ak_eval_nearest(akin_mat_const(q), norm[0], documents, norm[1], s->found, visit, s, err);
    free(norm[0]);
    free(norm[1]);
    free(q.data);
    return status;
}

akin_status ak_retrieval_check(akin_cmat queries, akin_cmat documents, const akin_judgments *judged,
                               int similarity, akin_error *err)
{
    if (!judged || !judged->start || !judged->document || !judged->grade)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "retrieval: judged and its arrays must not be NULL");
    AK_TRY(ak_check_view(queries, "retrieval: queries", err));
    AK_TRY(ak_check_view(documents, "retrieval: documents", err));
    if (queries.rows < 1 || documents.rows < 1 || queries.rows > INT32_MAX || documents.rows > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "retrieval: %" PRId64 " queries and %" PRId64 " documents",
                       queries.rows, documents.rows);
    if (queries.cols != documents.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "retrieval: queries have %" PRId64 " columns, documents %" PRId64,
                       queries.cols, documents.cols);
    if (similarity != AKIN_BY_COSINE && similarity != AKIN_BY_DOT)
        return ak_fail(err, AKIN_ERR_RANGE, "retrieval: similarity %d; cosine or dot", similarity);
    for (int64_t p = judged->start[0]; p < judged->start[queries.rows]; p++) {
        if (!isfinite(judged->grade[p]))
            return ak_fail(err, AKIN_ERR_INPUT, "retrieval: judgment %" PRId64 " is not finite", p);
        if (judged->document[p] < -1 || judged->document[p] >= documents.rows)
            return ak_fail(err, AKIN_ERR_RANGE,
                           "retrieval: judgment %" PRId64 " is of document %d; there are %" PRId64, p,
                           judged->document[p], documents.rows);
    }
    return AKIN_OK;
}

akin_status akin_retrieval(akin_cmat queries, akin_cmat documents, const akin_judgments *judged,
                           const akin_retrieval_opts *opts, double *each, akin_retrieval_result *out,
                           akin_error *err)
{
    akin_retrieval_opts o = AKIN_RETRIEVAL_OPTS_INIT;
    akin_judgments j = AKIN_JUDGMENTS_INIT;
    akin_retrieval_result r = AKIN_RETRIEVAL_RESULT_INIT;
    const double began = ak_now_s();
    AK_TRY(ak_opts_import(&o, opts, "retrieval", err));
    AK_TRY(ak_opts_import(&j, judged, "retrieval: judged", err));
    AK_TRY(ak_retrieval_check(queries, documents, judged ? &j : NULL, o.similarity, err));
    search s = { .judged = &j, .documents = documents.rows };
    akin_status status = look(&s, queries.rows, &o, err);
    if (!status) status = find(&s, queries, documents, o.similarity == AKIN_BY_DOT, &r, err);
    if (!status) status = summarise(&s, o.seed, &r, err);
    if (!status && each) memcpy(each, s.value, (size_t)(s.n * s.kinds * s.ats) * sizeof *each);
    r.protocol = "retrieval-v1";
    r.queries = s.n;
    r.left_out = queries.rows - s.n;
    r.seconds = ak_now_s() - began;
    free(s.query);
    free(s.value);
    free(s.grade);
    free(s.ideal);
    return status ? status : ak_result_export(out, &r, "retrieval", err);
}
