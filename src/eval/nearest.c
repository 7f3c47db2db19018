/* SPDX-License-Identifier: Apache-2.0 */
/* eval/nearest.c - the exact k nearest rows by cosine similarity.
 *
 *     s_ij = <q_i/|q_i|, r_j> / |r_j|,   0 where a row is zero
 *
 * A task takes a block of queries, makes them unit length, and walks the reference in tiles. One matrix
 * product gives a tile of similarities, which is used at once, so that only [QUERIES, TILE] of them exist at
 * a time. Each query keeps its k best in a heap whose root is the worst of them. Almost no similarity is
 * better than the root, so LANES of them are first compared together, without a branch; the heap is touched
 * only if one is better.
 *
 * Order. a comes before b if its similarity is greater, or equal and its index lower. References come in
 * order of index, so only a strictly greater similarity can displace the root of a full heap.
 *
 * Precision. Norms in double, products and similarities in float.
 *
 * Threads. Tasks share nothing; block and tile sizes are constants. */
#include "eval/nearest.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

enum { QUERIES = AK_NEAREST_STEP, TILE = AK_NEAREST_TILE, LANES = 16 };

typedef struct nearest_work {
    akin_cmat query, reference;
    const double *query_norm;
    ak_tile_fn *fill; /* or NULL */
    const void *from;
    float *inverse;        /* [m] 1/|r_j|, 0 for rows of zeros; with fill [TILE] of 1 */
    int64_t k, begin, end; /* the queries that are asked */
    /* per worker */
    int64_t room;
    float *unit;   /* [QUERIES,d]; with fill [room] */
    float *tile;   /* [QUERIES,TILE] */
    ak_near *heap; /* [QUERIES,k] */
    ak_near_fn *visit;
    void *ctx;
    atomic_bool failed;
} nearest_work;

/* a is further than b. */
static bool worse(ak_near a, ak_near b)
{
    return a.similarity < b.similarity || (a.similarity == b.similarity && a.index > b.index);
}

/* Let x sink from place i of a heap of n whose root is the worst. */
static void sink(ak_near *heap, int64_t n, int64_t i, ak_near x)
{
    for (;;) {
        int64_t child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && worse(heap[child + 1], heap[child])) child++;
        if (!worse(heap[child], x)) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = x;
}

/* From heap to order, best first: the worst goes to the end, again and again. */
static void sort_heap(ak_near *heap, int64_t n)
{
    for (int64_t last = n - 1; last > 0; last--) {
        const ak_near worst = heap[0], moved = heap[last];
        sink(heap, last, 0, moved);
        heap[last] = worst;
    }
}

/* similarity = dot * inverse for LANES columns; is any above the limit? */
static bool scale_and_ask(float *restrict s, const float *restrict inverse, float limit)
{
    int above = 0;
    for (int l = 0; l < LANES; l++) s[l] *= inverse[l];
    for (int l = 0; l < LANES; l++) above |= s[l] > limit;
    return above;
}

/* Sift the similarities of one query with references first..first+count-1. held are in the heap already. */
static void sift(ak_near *heap, int64_t k, int64_t held, float *s, const float *inverse, int64_t first,
                 int64_t count)
{
    int64_t j = 0;
    for (; j < count && held < k; j++) {
        heap[held++] = (ak_near){ s[j] * inverse[j], (int32_t)(first + j) };
        if (held == k)
            for (int64_t i = k / 2; i-- > 0;) sink(heap, k, i, heap[i]);
    }
    for (; j + LANES <= count; j += LANES) {
        if (!scale_and_ask(s + j, inverse + j, heap[0].similarity)) continue;
        for (int64_t l = j; l < j + LANES; l++)
            if (s[l] > heap[0].similarity) sink(heap, k, 0, (ak_near){ s[l], (int32_t)(first + l) });
    }
    for (; j < count; j++) {
        const float similarity = s[j] * inverse[j];
        if (similarity > heap[0].similarity) sink(heap, k, 0, (ak_near){ similarity, (int32_t)(first + j) });
    }
}

static void unit_rows(const nearest_work *w, int64_t begin, int64_t rows, float *unit)
{
    const int64_t d = w->query.cols;
    for (int64_t i = 0; i < rows; i++) {
        const float *x = ak_crow(w->query, begin + i);
        const double norm = w->query_norm[begin + i], scale = norm > 0 ? 1 / norm : 0;
        for (int64_t c = 0; c < d; c++) unit[i * d + c] = (float)(x[c] * scale);
    }
}

static void search_block(int64_t task, int worker, void *ctx)
{
    nearest_work *w = ctx;
    const int64_t begin = w->begin + task * QUERIES, d = w->query.cols, m = w->reference.rows, k = w->k;
    const int64_t rows = w->end - begin < QUERIES ? w->end - begin : QUERIES;
    float *unit = w->unit + worker * w->room, *tile = w->tile + worker * (int64_t)(QUERIES * TILE);
    ak_near *heap = w->heap + worker * QUERIES * k;

    if (!w->fill) unit_rows(w, begin, rows, unit);
    for (int64_t first = 0; first < m; first += TILE) {
        const int64_t count = m - first < TILE ? m - first : TILE;
        const float *inverse = w->fill ? w->inverse : w->inverse + first;
        const bool made = w->fill ? w->fill(w->from, begin, rows, first, count, unit, tile, TILE)
                                  : ak_gemm(false, true, rows, count, d, unit, d,
                                            ak_crow(w->reference, first), w->reference.stride, 0, tile, TILE);
        if (!made) atomic_store(&w->failed, true);
        for (int64_t i = 0; i < rows; i++)
            sift(heap + i * k, k, first < k ? first : k, tile + i * TILE, inverse, first, count);
    }
    for (int64_t i = 0; i < rows; i++) {
        sort_heap(heap + i * k, k);
        w->visit(begin + i, heap + i * k, worker, w->ctx);
    }
}

/* Queries [begin, end), begin a multiple of QUERIES. */
static akin_status search_part(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    const ak_nearest *n = ctx;
    const int64_t d = n->query.cols, workers = akin_threads();
    nearest_work w = { .query = n->query,
                       .reference = n->reference,
                       .query_norm = n->query_norm,
                       .fill = n->tile,
                       .from = n->from,
                       .room = n->tile ? n->room : QUERIES * d,
                       .k = n->k,
                       .begin = begin,
                       .end = end,
                       .visit = n->visit,
                       .ctx = n->ctx };
    const int64_t scales = n->tile ? TILE : n->reference.rows;
    atomic_init(&w.failed, false);
    w.inverse = ak_alloc(sizeof *w.inverse, scales, 1);
    w.unit = ak_alloc(sizeof *w.unit, workers, w.room);
    w.tile = ak_alloc(sizeof *w.tile, workers * QUERIES, TILE);
    w.heap = ak_alloc(sizeof *w.heap, workers * QUERIES, n->k);
    bool ok = w.inverse && w.unit && w.tile && w.heap;
    if (ok) {
        for (int64_t j = 0; j < scales; j++)
            w.inverse[j] = n->tile ? 1 : n->reference_norm[j] > 0 ? (float)(1 / n->reference_norm[j]) : 0;
        ak_parallel_tasks((end - begin + QUERIES - 1) / QUERIES, search_block, &w);
        ok = !atomic_load(&w.failed);
    }
    free(w.inverse);
    free(w.unit);
    free(w.tile);
    free(w.heap);
    if (ok) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "nearest rows: no memory for %lld threads, %lld columns and k = %lld",
                   (long long)workers, (long long)d, (long long)n->k);
}

akin_status ak_eval_nearest(akin_cmat query, const double *query_norm, akin_cmat reference,
                            const double *reference_norm, int64_t k, ak_near_fn *visit, void *ctx,
                            akin_error *err)
{
    ak_nearest n = { .query = query,
                     .query_norm = query_norm,
                     .reference = reference,
                     .reference_norm = reference_norm,
                     .k = k,
                     .visit = visit,
                     .ctx = ctx };
    return search_part(0, query.rows, &n, err);
}

akin_status ak_eval_nearest_shared(ak_comm *c, const ak_nearest *search, const ak_column *column, int columns,
                                   akin_error *err)
{
    ak_nearest own = *search;
    const ak_division d = { .rows = own.query.rows,
                            .step = QUERIES,
                            .cost = (double)own.reference.rows * (double)own.query.cols,
                            .work = search_part,
                            .ctx = &own,
                            .column = column,
                            .columns = columns };
    return ak_comm_divide(c, &d, err);
}

/* Neighbours as arrays, for galleries -------------------------------------------------------------------- */

typedef struct copy_work {
    int64_t k;
    int32_t *index;
    float *similarity;
} copy_work;

static void copy_nearest(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    (void)worker;
    const copy_work *w = ctx;
    for (int64_t r = 0; r < w->k; r++) {
        if (w->index) w->index[i * w->k + r] = nearest[r].index;
        if (w->similarity) w->similarity[i * w->k + r] = nearest[r].similarity;
    }
}

static akin_status check_neighbours(akin_cmat query, akin_cmat reference, int64_t k, akin_error *err)
{
    AK_TRY(ak_check_view(query, "neighbours: query", err));
    AK_TRY(ak_check_view(reference, "neighbours: reference", err));
    if (query.cols != reference.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "neighbours: queries have %lld columns, references %lld",
                       (long long)query.cols, (long long)reference.cols);
    if (reference.rows > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "neighbours: %lld references; at most %d can be numbered",
                       (long long)reference.rows, INT32_MAX);
    if (k < 1 || k > reference.rows)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "neighbours: k is %lld; it must be between 1 and the %lld references", (long long)k,
                       (long long)reference.rows);
    return AKIN_OK;
}

akin_status ak_eval_neighbours_shared(ak_comm *c, akin_cmat query, akin_cmat reference, int64_t k,
                                      int32_t *index, float *similarity, akin_error *err)
{
    AK_TRY(check_neighbours(query, reference, k, err));
    akin_status status = AKIN_OK;
    copy_work w = { k, index, similarity };
    ak_column column[2];
    int columns = 0;
    if (index) column[columns++] = (ak_column){ index, (size_t)k * sizeof *index };
    if (similarity) column[columns++] = (ak_column){ similarity, (size_t)k * sizeof *similarity };
    double *query_norm = ak_alloc(sizeof *query_norm, query.rows, 1);
    double *reference_norm = ak_alloc(sizeof *reference_norm, reference.rows, 1);
    if (!query_norm || !reference_norm)
        status = ak_fail(err, AKIN_ERR_NOMEM, "neighbours: no memory for %lld and %lld norms",
                         (long long)query.rows, (long long)reference.rows);
    if (!status) status = ak_eval_norms(query, query_norm, "neighbours: query", err);
    if (!status) status = ak_eval_norms(reference, reference_norm, "neighbours: reference", err);
    const ak_nearest search = { .query = query,
                                .query_norm = query_norm,
                                .reference = reference,
                                .reference_norm = reference_norm,
                                .k = k,
                                .visit = copy_nearest,
                                .ctx = &w };
    if (!status) status = ak_eval_nearest_shared(c, &search, column, columns, err);
    free(query_norm);
    free(reference_norm);
    return status;
}

akin_status akin_eval_neighbours(akin_cmat query, akin_cmat reference, int64_t k, int32_t *index,
                                 float *similarity, akin_error *err)
{
    return ak_eval_neighbours_shared(NULL, query, reference, k, index, similarity, err);
}
