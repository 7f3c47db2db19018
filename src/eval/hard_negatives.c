/* SPDX-License-Identifier: Apache-2.0 */
/* eval/hard_negatives.c - documents near to a query that are not relevant to it (akin/tool/retrieval.h). */
#include "eval/nearest.h"
#include "eval/retrieved.h"

#include "base/rng.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { VIEW = 5 }; /* of the streams of AK_RNG_EVAL */

typedef struct mine {
    const akin_judgments *judged;
    akin_negatives_opts opts;
    akin_cmat queries, documents;
    double *norm[2];
    int64_t candidates, range_max;
    unsigned char *relevant;      /* [workers, documents], zeros between queries */
    ak_near *left;                /* [workers, candidates] */
    akin_negatives_result *count; /* [workers] */
    int32_t *index;
    float *score, *positive;
} mine;

/* The similarity of query i and document j, as the search has it. */
static float similarity(const mine *m, int64_t i, int64_t j)
{
    const float *q = ak_crow(m->queries, i), *d = ak_crow(m->documents, j);
    const double by = m->norm[0][i] * m->norm[1][j];
    double dot = 0;
    for (int64_t c = 0; c < m->queries.cols; c++) dot += (double)q[c] * d[c];
    return by > 0 ? (float)(dot / by) : 0;
}

/* The least similarity of a relevant document; NaN = there is none. */
static float least_positive(const mine *m, int64_t i)
{
    float least = NAN;
    for (int64_t p = m->judged->start[i]; p < m->judged->start[i + 1]; p++) {
        if (!(m->judged->grade[p] > 0) || m->judged->document[p] < 0) continue;
        const float s = similarity(m, i, m->judged->document[p]);
        if (!(s >= least)) least = s;
    }
    return least;
}

static void mark(const mine *m, int64_t i, unsigned char *relevant, unsigned char as)
{
    for (int64_t p = m->judged->start[i]; p < m->judged->start[i + 1]; p++)
        if (m->judged->grade[p] > 0 && m->judged->document[p] >= 0) relevant[m->judged->document[p]] = as;
}

/* Does a candidate keep to the limits? The first that it does not is counted. */
static bool keeps(const akin_negatives_opts *o, double s, double positive, akin_negatives_result *count)
{
    int64_t *by = NULL;
    if (o->absolute_margin >= 0 && s + o->absolute_margin > positive)
        by = &count->by_absolute;
    else if (o->relative_margin >= 0 && s > positive - o->relative_margin * fabs(positive))
        by = &count->by_relative;
    else if (s > o->max_score)
        by = &count->by_max;
    else if (s < o->min_score)
        by = &count->by_min;
    if (by) ++*by;
    return !by;
}

static int nearest_first(const void *a, const void *b)
{
    const ak_near *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity > y->similarity ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* n of them drawn without replacement, in their order again. */
static void draw(const mine *m, int64_t query, ak_near *from, int64_t count, int64_t n)
{
    ak_rng rng = ak_rng_at(m->opts.seed, AK_RNG_EVAL, 0, (uint64_t)query, VIEW);
    for (int64_t i = 0; i < n; i++) {
        const int64_t j = i + ak_rng_below(&rng, (uint32_t)(count - i));
        const ak_near chosen = from[j];
        from[j] = from[i];
        from[i] = chosen;
    }
    qsort(from, (size_t)n, sizeof *from, nearest_first);
}

static void visit(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    mine *m = ctx;
    const int64_t asked = m->opts.negatives;
    const float positive = least_positive(m, i);
    unsigned char *relevant = m->relevant + worker * m->documents.rows;
    ak_near *left = m->left + worker * m->candidates;
    akin_negatives_result *count = &m->count[worker];
    int64_t n = 0;
    if (m->positive) m->positive[i] = positive;
    for (int64_t k = 0; k < asked; k++) {
        m->index[i * asked + k] = -1;
        if (m->score) m->score[i * asked + k] = NAN;
    }
    if (isnan(positive)) return;
    mark(m, i, relevant, 1);
    for (int64_t r = 0; r < m->candidates; r++)
        if (!relevant[nearest[r].index] && keeps(&m->opts, nearest[r].similarity, positive, count))
            left[n++] = nearest[r];
    mark(m, i, relevant, 0);
    ak_near *from = left + m->opts.range_min;
    n = (n < m->range_max ? n : m->range_max) - m->opts.range_min;
    if (m->opts.random && n > asked) draw(m, i, from, n, asked);
    count->queries++;
    count->short_of += n < asked;
    for (int64_t k = 0; k < n && k < asked; k++) {
        m->index[i * asked + k] = from[k].index;
        if (m->score) m->score[i * asked + k] = from[k].similarity;
        count->found++;
    }
}

/* How far to look. */
static akin_status plan(mine *m, akin_error *err)
{
    const akin_negatives_opts *o = &m->opts;
    const akin_judgments *j = m->judged;
    int64_t most = 0;
    for (int64_t q = 0; q < m->queries.rows; q++) {
        int64_t relevant = 0;
        for (int64_t p = j->start[q]; p < j->start[q + 1]; p++)
            relevant += j->grade[p] > 0 && j->document[p] >= 0;
        if (relevant > most) most = relevant;
    }
    if (!most) return ak_fail(err, AKIN_ERR_INPUT, "no query has a relevant document");
    const bool numbers = isfinite(o->absolute_margin) && isfinite(o->relative_margin);
    const bool limits = o->absolute_margin >= 0 || o->relative_margin >= 0 || o->max_score < 1e300;
    if (o->negatives < 1 || o->negatives > 100000 || o->range_min < 0 || o->range_max < 0 || !numbers ||
        !(o->min_score <= o->max_score))
        return ak_fail(err, AKIN_ERR_RANGE,
                       "hard negatives: numbers of them from 1, ranges from 0, and a least score that is not "
                       "above the greatest are needed");
    m->range_max = o->range_max ? o->range_max : o->range_min + (limits ? 10 : 1) * o->negatives + most;
    if (o->negatives > m->range_max - o->range_min)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "hard negatives: %" PRId64 " of a query from candidates %" PRId64 " to %" PRId64,
                       o->negatives, o->range_min, m->range_max);
    m->candidates = m->range_max + most;
    if (m->candidates > m->documents.rows) m->candidates = m->documents.rows;
    return AKIN_OK;
}

static akin_status search(mine *m, akin_error *err)
{
    const int64_t workers = akin_threads();
    const bool dot = m->opts.similarity == AKIN_BY_DOT;
    int64_t zeros = 0;
    m->relevant = ak_alloc(1, workers, m->documents.rows);
    m->left = ak_alloc(sizeof *m->left, workers, m->candidates + m->opts.range_min);
    m->count = ak_alloc(sizeof *m->count, workers, 1);
    akin_status status =
        m->relevant && m->left && m->count
            ? AKIN_OK
            : ak_no_memory(err, "for the candidates of %lld queries", (long long)m->queries.rows);
    if (!status)
        status = ak_retrieval_lengths(m->queries, dot, "retrieval: queries", &m->norm[0], &zeros, err);
    if (!status)
        status = ak_retrieval_lengths(m->documents, dot, "retrieval: documents", &m->norm[1], &zeros, err);
    if (!status)
        status =
            ak_eval_nearest(m->queries, m->norm[0], m->documents, m->norm[1], m->candidates, visit, m, err);
    return status;
}

akin_status akin_hard_negatives(akin_cmat queries, akin_cmat documents, const akin_judgments *judged,
                                const akin_negatives_opts *opts, int32_t *index, akin_negatives_result *out,
                                akin_error *err)
{
    akin_judgments j = AKIN_JUDGMENTS_INIT;
    akin_negatives_result r = AKIN_NEGATIVES_RESULT_INIT;
    mine m = { .opts = AKIN_NEGATIVES_OPTS_INIT, .queries = queries, .documents = documents };
    AK_GIVEN(index, err);
    AK_TRY(ak_opts_import(&m.opts, opts, "hard negatives", err));
    AK_TRY(ak_opts_import(&j, judged, "hard negatives: judged", err));
    AK_TRY(ak_retrieval_check(queries, documents, judged ? &j : NULL, m.opts.similarity, err));
    m.judged = &j;
    m.index = index;
    m.score = m.opts.score;
    m.positive = m.opts.positive;
    AK_TRY(plan(&m, err));
    const akin_status status = search(&m, err);
    for (int64_t w = 0; !status && w < akin_threads(); w++) {
        const akin_negatives_result *c = &m.count[w];
        r.queries += c->queries;
        r.found += c->found;
        r.short_of += c->short_of;
        r.by_absolute += c->by_absolute;
        r.by_relative += c->by_relative;
        r.by_max += c->by_max;
        r.by_min += c->by_min;
    }
    r.range_max = m.range_max;
    free(m.relevant);
    free(m.left);
    free(m.count);
    free(m.norm[0]);
    free(m.norm[1]);
    return status ? status : ak_result_export(out, &r, "hard negatives", err);
}
