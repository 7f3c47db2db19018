/* SPDX-License-Identifier: Apache-2.0 */
/* map/graph.c - rows as they are compared, their exact neighbours by eval's engine, and the graph of both
 * directions.
 *
 * The engine finds the greatest <q/|q|, r>/|r|. Told that all lengths are 1 it finds the greatest <q, r>; a
 * further column, 1 in the query and b in the reference, makes that s. */
#include "map/graph.h"

#include "eval/nearest.h"

#include <math.h>
#include <string.h>

/* Rows --------------------------------------------------------------------------------------------------- */

void ak_map_rows_free(ak_map_rows *rows)
{
    free(rows->x);
    free(rows->bias);
    free(rows->mean);
    memset(rows, 0, sizeof *rows);
}

/* Column means, added up in a fixed order. */
static void column_means(akin_cmat rows, double *mean)
{
    for (int64_t i = 0; i < rows.rows; i++) {
        const float *x = ak_crow(rows, i);
        for (int64_t c = 0; c < rows.cols; c++) mean[c] += x[c];
    }
    for (int64_t c = 0; c < rows.cols; c++) mean[c] /= (double)rows.rows;
}

typedef struct copy_work {
    akin_cmat from;
    const double *norm, *mean; /* mean NULL: unit rows */
    double *length;            /* [n] receives, where there is a mean, the length of x - mean */
    ak_map_rows *to;
} copy_work;

static void lengths(int64_t begin, int64_t end, void *ctx)
{
    copy_work *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        const float *x = ak_crow(w->from, i);
        double sum = 0;
        for (int64_t c = 0; c < w->from.cols; c++) sum += (x[c] - w->mean[c]) * (x[c] - w->mean[c]);
        w->length[i] = sqrt(sum);
    }
}

static void copy_rows(int64_t begin, int64_t end, void *ctx)
{
    copy_work *w = ctx;
    const int64_t d = w->from.cols;
    for (int64_t i = begin; i < end; i++) {
        const float *x = ak_crow(w->from, i);
        float *y = w->to->x + i * d;
        const double scale = w->mean ? w->to->scale : w->norm[i] > 0 ? 1 / w->norm[i] : 0;
        double square = 0;
        for (int64_t c = 0; c < d; c++) {
            y[c] = (float)((x[c] - (w->mean ? w->mean[c] : 0)) * scale);
            square += (double)y[c] * (double)y[c];
        }
        w->to->bias[i] = w->mean ? (float)(-square / 2) : 0;
    }
}

akin_status ak_map_rows_make(akin_cmat rows, akin_map_metric metric, const ak_map_rows *like,
                             ak_map_rows *out, const char *who, akin_error *err)
{
    const int64_t n = rows.rows, d = rows.cols;
    const bool euclidean = metric == AKIN_MAP_EUCLIDEAN;
    memset(out, 0, sizeof *out);
    AK_TRY(ak_check_view(rows, who, err));
    if (n > INT32_MAX / 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "%s: %lld rows; a map has at most %d", who, (long long)n,
                       INT32_MAX / 2);
    double *norm = ak_alloc(sizeof *norm, n, 1);
    *out = (ak_map_rows){ .n = n, .d = d, .metric = metric, .scale = 1 };
    out->x = ak_alloc(sizeof *out->x, n, d);
    out->bias = ak_alloc(sizeof *out->bias, n, 1);
    out->mean = euclidean ? ak_alloc(sizeof *out->mean, d, 1) : NULL;
    akin_status status = norm && out->x && out->bias && (out->mean || !euclidean)
                             ? ak_eval_norms(rows, norm, who, err)
                             : ak_no_memory(err, "for %lld rows of %lld", (long long)n, (long long)d);
    copy_work w = { .from = rows, .norm = norm, .mean = out->mean, .length = norm, .to = out };
    if (!status && euclidean && like) {
        memcpy(out->mean, like->mean, (size_t)d * sizeof *out->mean);
        out->scale = like->scale;
    } else if (!status && euclidean) {
        column_means(rows, out->mean);
        ak_parallel_for(n, 64, lengths, &w);
        double most = 0;
        for (int64_t i = 0; i < n; i++) most = fmax(most, norm[i]);
        out->scale = most > 0 ? 1 / most : 1;
    }
    if (!status) ak_parallel_for(n, 64, copy_rows, &w);
    free(norm);
    if (status) ak_map_rows_free(out);
    return status;
}

/* Exact neighbours --------------------------------------------------------------------------------------- */

bool ak_map_exact_is_cheap(int64_t queries, int64_t n, int64_t d)
{
    return (double)queries * (double)n * (double)d <= 2e11;
}

typedef struct keep_work {
    int64_t k;
    bool same; /* query i is reference i, which is no neighbour of itself */
    int32_t *index;
} keep_work;

static void keep(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    (void)worker;
    const keep_work *w = ctx;
    int32_t *to = w->index + i * w->k;
    for (int64_t r = 0, kept = 0; kept < w->k; r++)
        if (!w->same || nearest[r].index != i) to[kept++] = nearest[r].index;
}

/* x with a column more. */
static float *widened(const ak_map_rows *rows, bool bias)
{
    const int64_t d = rows->d;
    float *x = ak_alloc(sizeof *x, rows->n, d + 1);
    for (int64_t i = 0; x && i < rows->n; i++) {
        memcpy(x + i * (d + 1), rows->x + i * d, (size_t)d * sizeof *x);
        x[i * (d + 1) + d] = bias ? rows->bias[i] : 1;
    }
    return x;
}

static akin_status search(const ak_map_rows *query, const ak_map_rows *reference, keep_work *w,
                          akin_error *err)
{
    const int64_t d = query->d, most = query->n > reference->n ? query->n : reference->n;
    const bool wide = query->metric == AKIN_MAP_EUCLIDEAN;
    float *q = wide ? widened(query, false) : NULL, *r = wide ? widened(reference, true) : NULL;
    double *one = ak_alloc(sizeof *one, most, 1);
    akin_status status = one && (!wide || (q && r))
                             ? AKIN_OK
                             : ak_no_memory(err, "for the neighbours of %lld rows", (long long)query->n);
    for (int64_t i = 0; !status && i < most; i++) one[i] = 1;
    const ak_nearest all = { .query = { wide ? q : query->x, query->n, d + wide, d + wide },
                             .query_norm = one,
                             .reference = { wide ? r : reference->x, reference->n, d + wide, d + wide },
                             .reference_norm = one,
                             .k = w->k + w->same,
                             .visit = keep,
                             .ctx = w };
    const ak_column found = { w->index, (size_t)w->k * sizeof *w->index };
    if (!status) status = ak_eval_nearest_shared(query->ranks, &all, &found, 1, err);
    free(q);
    free(r);
    free(one);
    return status;
}

akin_status ak_map_nearest_exact(const ak_map_rows *rows, int64_t k, int32_t *index, akin_error *err)
{
    keep_work w = { k, true, index };
    return search(rows, rows, &w, err);
}

akin_status ak_map_nearest_of(const ak_map_rows *query, const ak_map_rows *reference, int64_t k,
                              int32_t *index, akin_error *err)
{
    keep_work w = { k, false, index };
    return search(query, reference, &w, err);
}

/* The graph ---------------------------------------------------------------------------------------------- */

void ak_map_graph_free(ak_map_graph *graph)
{
    free(graph->begin);
    free(graph->to);
    free(graph->weight);
    memset(graph, 0, sizeof *graph);
}

/* The place of j in a row, or -1. */
static int64_t find(const int32_t *row, int64_t k, int64_t j)
{
    for (int64_t r = 0; r < k; r++)
        if (row[r] == j) return r;
    return -1;
}

static void put(ak_map_graph *g, int64_t at, int32_t to, double weight)
{
    g->to[at] = to;
    g->weight[at] = (float)weight;
}

/* Count, or where g has room write, the ends of every edge. at [n] moves. */
static void visit(const int32_t *index, int64_t k, const int32_t *place, int64_t *at, ak_map_graph *g)
{
    for (int64_t i = 0; i < g->n; i++)
        for (int64_t r = 0; r < k; r++) {
            const int64_t j = index[i * k + r], back = find(index + j * k, k, i);
            if (back >= 0 && j < i) continue; /* told by j */
            if (g->to) {
                const double weight = back >= 0 ? 1 : 0.5;
                put(g, at[place[i]], place[j], weight);
                put(g, at[place[j]], place[i], weight);
                g->total += weight;
            }
            at[place[i]]++;
            at[place[j]]++;
        }
}

akin_status ak_map_graph_make(const int32_t *index, int64_t n, int64_t k, const int32_t *place,
                              ak_map_graph *out, akin_error *err)
{
    *out = (ak_map_graph){ .n = n };
    int64_t *at = ak_alloc(sizeof *at, n, 1);
    out->begin = ak_alloc(sizeof *out->begin, n + 1, 1);
    if (at && out->begin) {
        visit(index, k, place, at, out);
        for (int64_t i = 0; i < n; i++) out->begin[i + 1] = out->begin[i] + at[i];
        out->to = ak_alloc(sizeof *out->to, out->begin[n], 1);
        out->weight = ak_alloc(sizeof *out->weight, out->begin[n], 1);
    }
    const bool ok = out->to && out->weight;
    if (ok) {
        memcpy(at, out->begin, (size_t)n * sizeof *at);
        visit(index, k, place, at, out);
    }
    free(at);
    if (ok) return AKIN_OK;
    ak_map_graph_free(out);
    return ak_no_memory(err, "for the graph of %lld items", (long long)n);
}
