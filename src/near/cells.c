/* SPDX-License-Identifier: Apache-2.0 */
/* near/cells.c - an index of cells: rows by their nearest centre, and queries that look into a few of them.
 *
 * A search goes through the cells, not through the queries: the rows of a cell are gathered once and
 * compared with all queries that look into it, by matrix products. What a cell gives a query has a place of
 * its own, so that nothing depends on which thread was first; the places of a query are merged at the end.
 *
 * Ranks have some of the cells each, in order and about as many products; what their cells give a query is
 * merged, gathered, and merged again. */
#include "akin/tool/near_cells.h"

#include "base/base.h"
#include "base/rng.h"
#include "eval/nearest.h"
#include "kernels/gemm.h"
#include "kernels/kernels.h"
#include "linalg/lloyd.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 512, QUERIES = 128, SAMPLE = 32, ROUNDS = 8, JUDGED = 256, PLACES = 1 << 23 };

struct akin_near_cells {
    akin_cmat rows;
    ak_comm *ranks; /* NULL: this process */
    int64_t cells;
    float *centre;    /* [cells,d] of unit length */
    float *inverse;   /* [n] 1/length, 0 of a row of zeros */
    int32_t *row;     /* [n] by cell, then ascending */
    int64_t *begin;   /* [cells+1] into row */
    int32_t *cell_of; /* [n] */
    int64_t *least;   /* [cells+1]: the rows of so many cells at least */
};

/* Centres ------------------------------------------------------------------------------------------------ */

static akin_cmat centres(const akin_near_cells *c)
{
    return (akin_cmat){ c->centre, c->cells, c->rows.cols, c->rows.cols };
}

static double length_of(const float *x, int64_t d) { return sqrt(ak_kernels()->dot(x, x, d)); }

/* One row of each stretch of the rows, at unit length. */
static void draw_sample(const akin_near_cells *c, int64_t m, uint64_t seed, float *sample)
{
    const int64_t n = c->rows.rows, d = c->rows.cols;
    ak_rng rng = ak_rng_at(seed, AK_RNG_SAMPLE, 0, 0, 3);
    for (int64_t i = 0; i < m; i++) {
        const int64_t from = i * (n / m) + i * (n % m) / m, to = (i + 1) * (n / m) + (i + 1) * (n % m) / m;
        const int64_t row = from + ak_rng_below(&rng, (uint32_t)(to - from));
        for (int64_t j = 0; j < d; j++) sample[i * d + j] = ak_crow(c->rows, row)[j] * c->inverse[row];
    }
}

static akin_status find_centres(akin_near_cells *c, uint64_t seed, akin_error *err)
{
    const int64_t n = c->rows.rows, d = c->rows.cols, m = n < SAMPLE * c->cells ? n : SAMPLE * c->cells;
    ak_lloyd lloyd = { .k = 0 };
    int64_t moved = 1;
    float *sample = ak_alloc(sizeof *sample, m, d);
    akin_status status = sample ? ak_lloyd_open((akin_cmat){ sample, m, d, d }, c->cells, true, &lloyd, err)
                                : ak_no_memory(err, "for cells of rows");
    lloyd.ranks = c->ranks;
    if (!status) {
        draw_sample(c, m, seed, sample);
        for (int64_t k = 0; k < c->cells; k++)
            memcpy(lloyd.centre + k * d, sample + m * k / c->cells * d, (size_t)d * sizeof *sample);
    }
    for (int round = 0; round < ROUNDS && moved && !status; round++) {
        status = ak_lloyd_assign(&lloyd, &moved, err);
        if (!status) status = ak_lloyd_move(&lloyd, err);
    }
    if (!status) memcpy(c->centre, lloyd.centre, (size_t)(c->cells * d) * sizeof *c->centre);
    ak_lloyd_close(&lloyd);
    free(sample);
    return status;
}

/* Cells -------------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_rows(akin_near_cells *c)
{
    const int64_t n = c->rows.rows;
    for (int64_t i = 0; i < n; i++) c->begin[c->cell_of[i] + 1]++;
    for (int64_t k = 0; k < c->cells; k++) c->least[k + 1] = c->begin[k + 1];
    qsort(c->least + 1, (size_t)c->cells, sizeof *c->least, by_size);
    for (int64_t k = 0; k < c->cells; k++) {
        c->least[k + 1] += c->least[k];
        c->begin[k + 1] += c->begin[k];
    }
    for (int64_t i = 0; i < n; i++) c->row[c->begin[c->cell_of[i]]++] = (int32_t)i;
    for (int64_t k = c->cells; k > 0; k--) c->begin[k] = c->begin[k - 1];
    c->begin[0] = 0;
}

static akin_status fill(akin_near_cells *c, uint64_t seed, akin_error *err)
{
    const int64_t n = c->rows.rows, d = c->rows.cols;
    c->centre = ak_alloc(sizeof *c->centre, c->cells, d);
    c->inverse = ak_alloc(sizeof *c->inverse, n, 1);
    c->row = ak_alloc(sizeof *c->row, n, 1);
    c->cell_of = ak_alloc(sizeof *c->cell_of, n, 1);
    c->begin = calloc((size_t)c->cells + 1, sizeof *c->begin);
    c->least = calloc((size_t)c->cells + 1, sizeof *c->least);
    if (!c->centre || !c->inverse || !c->row || !c->cell_of || !c->begin || !c->least)
        return ak_no_memory(err, "for an index of %lld rows", (long long)n);
    for (int64_t i = 0; i < n; i++) {
        const double length = length_of(ak_crow(c->rows, i), d);
        if (!isfinite(length))
            return ak_fail(err, AKIN_ERR_INPUT, "cells: row %lld has a number that is not finite",
                           (long long)i);
        c->inverse[i] = length > 0 ? (float)(1 / length) : 0;
    }
    AK_TRY(find_centres(c, seed, err));
    AK_TRY(ak_eval_neighbours_shared(c->ranks, c->rows, centres(c), 1, c->cell_of, NULL, err));
    sort_rows(c);
    return AKIN_OK;
}

static akin_status check_rows(akin_cmat rows, int64_t cells, akin_error *err)
{
    AK_TRY(ak_check_view(rows, "cells: rows", err));
    if (rows.rows < 1 || rows.rows > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "cells: %lld rows; there must be 1 to %d", (long long)rows.rows,
                       INT32_MAX);
    if (cells < 0 || cells > rows.rows)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "cells: %lld of %lld rows; there must be 1 at least, or 0 for any", (long long)cells,
                       (long long)rows.rows);
    return AKIN_OK;
}

akin_status akin_near_cells_create_by(akin_ranks *ranks, akin_cmat rows, int64_t cells, uint64_t seed,
                                      akin_near_cells **out, akin_error *err)
{
    AK_GIVEN(out, err);
    AK_TRY(ak_comm_same_rows(ranks, check_rows(rows, cells, err), rows, err));
    akin_near_cells *c = calloc(1, sizeof *c);
    akin_status status = c ? AKIN_OK : ak_no_memory(err, "for an index");
    if (!status) {
        c->ranks = ranks;
        c->rows = rows;
        c->cells = cells ? cells : (int64_t)ceil(sqrt((double)rows.rows));
        status = fill(c, seed, err);
    }
    status = ak_comm_settle(ranks, status, err);
    if (status)
        akin_near_cells_free(c);
    else
        *out = c;
    return status;
}

akin_status akin_near_cells_create(akin_cmat rows, int64_t cells, uint64_t seed, akin_near_cells **out,
                                   akin_error *err)
{
    return akin_near_cells_create_by(NULL, rows, cells, seed, out, err);
}

void akin_near_cells_free(akin_near_cells *c)
{
    if (!c) return;
    free(c->centre);
    free(c->inverse);
    free(c->row);
    free(c->cell_of);
    free(c->begin);
    free(c->least);
    free(c);
}

int64_t akin_near_cells_count(const akin_near_cells *c) { return c ? c->cells : 0; }

/* How many cells --------------------------------------------------------------------------------------- */

static akin_status check_query(const akin_near_cells *c, akin_cmat query, int64_t k, akin_error *err)
{
    AK_GIVEN(c, err);
    AK_TRY(ak_check_view(query, "cells: query", err));
    if (query.cols != c->rows.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "cells: queries have %lld columns, rows %lld",
                       (long long)query.cols, (long long)c->rows.cols);
    const int64_t most = c->rows.rows < AKIN_NEAR_CELLS_MOST_K ? c->rows.rows : AKIN_NEAR_CELLS_MOST_K;
    if (k < 1 || k > most)
        return ak_fail(err, AKIN_ERR_RANGE, "cells: k is %lld; it must be between 1 and %lld", (long long)k,
                       (long long)most);
    return AKIN_OK;
}

/* So many cells, or as many as surely hold k rows: all cells hold all rows, which are k at least. */
static int64_t enough(const akin_near_cells *c, int64_t probes, int64_t k)
{
    while (c->least[probes] < k) probes++;
    return probes;
}

/* by_rank[r]: how many of the true neighbours lie in the cell that is the r-th nearest to their query. */
static akin_status rank_cells(const akin_near_cells *c, akin_cmat some, int64_t k, int64_t *by_rank,
                              akin_error *err)
{
    int32_t *order = ak_alloc(sizeof *order, some.rows, c->cells),
            *near = ak_alloc(sizeof *near, some.rows, k);
    int32_t *rank = ak_alloc(sizeof *rank, c->cells, 1);
    akin_status status = order && near && rank ? AKIN_OK : ak_no_memory(err, "to judge an index");
    if (!status) status = akin_eval_neighbours(some, centres(c), c->cells, order, NULL, err);
    if (!status) status = akin_eval_neighbours(some, c->rows, k, near, NULL, err);
    for (int64_t q = 0; q < some.rows && !status; q++) {
        for (int64_t r = 0; r < c->cells; r++) rank[order[q * c->cells + r]] = (int32_t)r;
        for (int64_t r = 0; r < k; r++) by_rank[rank[c->cell_of[near[q * k + r]]]]++;
    }
    free(order);
    free(near);
    free(rank);
    return status;
}

akin_status akin_near_cells_probes(const akin_near_cells *c, akin_cmat query, int64_t k, double share,
                                   int64_t *probes, double *found, akin_error *err)
{
    AK_TRY(check_query(c, query, k, err));
    AK_GIVEN(probes, err);
    if (!(share > 0 && share <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "cells: share is %g; it must lie in (0,1]", share);
    const int64_t n = query.rows < JUDGED ? query.rows : JUDGED, d = query.cols;
    int64_t *by_rank = calloc((size_t)c->cells, sizeof *by_rank);
    float *some = ak_alloc(sizeof *some, n, d);
    akin_status status = by_rank && some ? AKIN_OK : ak_no_memory(err, "to judge an index");
    for (int64_t i = 0; i < n && !status; i++)
        memcpy(some + i * d, ak_crow(query, query.rows * i / n), (size_t)d * sizeof *some);
    if (!status) status = rank_cells(c, (akin_cmat){ some, n, d, d }, k, by_rank, err);
    if (!status) {
        const int64_t least = enough(c, 1, k);
        int64_t held = 0, cells = 0;
        while (cells < least || (cells < c->cells && (double)held < share * (double)(n * k)))
            held += by_rank[cells++];
        *probes = cells;
        if (found) *found = (double)held / (double)(n * k);
    }
    free(by_rank);
    free(some);
    return status;
}

/* Searching --------------------------------------------------------------------------------------------- */

typedef struct hit {
    float s;
    int32_t row;
} hit;

typedef struct cells_work {
    const akin_near_cells *c;
    akin_cmat query; /* some of the queries */
    int64_t k, probes;
    int32_t *looks; /* [queries,probes] cells */
    int64_t *first; /* [cells+1] into asks */
    int64_t *asks;  /* [queries*probes] places: query*probes + probe, by cell */
    hit *place;     /* [queries*probes,k] */
    float *gather;  /* per worker [ROWS + QUERIES, d] */
    float *tile;    /* per worker [QUERIES,ROWS] */
    int32_t *index; /* [queries,k] */
    float *similarity;
    hit *part;                     /* of several ranks: [queries,k] of the cells of this one */
    int64_t first_cell, last_cell; /* of this rank */
    atomic_bool failed;
} cells_work;

static bool before(hit a, hit b) { return a.s > b.s || (a.s == b.s && a.row < b.row); }

/* Into a list that is in order and keeps its length; false where the last is before it. */
static bool offer(hit *list, int64_t k, hit one)
{
    if (!before(one, list[k - 1])) return false;
    int64_t r = k - 1;
    for (; r > 0 && before(one, list[r - 1]); r--) list[r] = list[r - 1];
    list[r] = one;
    return true;
}

static void empty(hit *list, int64_t k)
{
    for (int64_t r = 0; r < k; r++) list[r] = (hit){ -INFINITY, INT32_MAX };
}

/* The places of a group of queries and some rows of the cell. */
static void compare(cells_work *w, const int64_t *asks, int64_t count, const float *own, int64_t first,
                    int64_t some, float *x, float *tile)
{
    const akin_near_cells *c = w->c;
    const int64_t d = c->rows.cols;
    for (int64_t r = 0; r < some; r++)
        memcpy(x + r * d, ak_crow(c->rows, c->row[first + r]), (size_t)d * sizeof *x);
    if (!ak_gemm(false, true, count, some, d, own, d, x, d, 0, tile, ROWS)) atomic_store(&w->failed, true);
    for (int64_t q = 0; q < count; q++) {
        hit *list = w->place + asks[q] * w->k;
        for (int64_t r = 0; r < some; r++) {
            const int32_t row = c->row[first + r];
            offer(list, w->k, (hit){ tile[q * ROWS + r] * c->inverse[row], row });
        }
    }
}

static void search_cell(int64_t place, int worker, void *ctx)
{
    cells_work *w = ctx;
    const akin_near_cells *c = w->c;
    const int64_t cell = w->first_cell + place;
    const int64_t d = c->rows.cols, last = c->begin[cell + 1];
    float *own = w->gather + worker * (ROWS + QUERIES) * d, *x = own + QUERIES * d;
    float *tile = w->tile + worker * (int64_t)(QUERIES * ROWS);
    for (int64_t a = w->first[cell]; a < w->first[cell + 1]; a += QUERIES) {
        const int64_t left = w->first[cell + 1] - a, count = left < QUERIES ? left : QUERIES;
        for (int64_t q = 0; q < count; q++) {
            const float *from = ak_crow(w->query, w->asks[a + q] / w->probes);
            const double length = length_of(from, d), scale = length > 0 ? 1 / length : 0;
            for (int64_t j = 0; j < d; j++) own[q * d + j] = (float)(from[j] * scale);
            empty(w->place + w->asks[a + q] * w->k, w->k);
        }
        for (int64_t first = c->begin[cell]; first < last; first += ROWS)
            compare(w, w->asks + a, count, own, first, last - first < ROWS ? last - first : ROWS, x, tile);
    }
}

static void take(cells_work *w, int64_t q, const hit *list)
{
    for (int64_t r = 0; r < w->k; r++) {
        if (w->index) w->index[q * w->k + r] = list[r].row;
        if (w->similarity) w->similarity[q * w->k + r] = list[r].s;
    }
}

static void merge(int64_t begin, int64_t end, void *ctx)
{
    cells_work *w = ctx;
    hit list[AKIN_NEAR_CELLS_MOST_K];
    for (int64_t q = begin; q < end; q++) {
        empty(list, w->k);
        for (int64_t p = q * w->probes; p < (q + 1) * w->probes; p++) {
            if (w->looks[p] < w->first_cell || w->looks[p] >= w->last_cell) continue;
            for (int64_t r = 0; r < w->k && offer(list, w->k, w->place[p * w->k + r]); r++) {}
        }
        if (w->part)
            memcpy(w->part + q * w->k, list, (size_t)w->k * sizeof *list);
        else
            take(w, q, list);
    }
}

/* The parts of all ranks: so many queries at a time as there is room for. The places are free by now. */
static akin_status merge_parts(cells_work *w, int64_t room, akin_error *err)
{
    ak_comm *c = w->c->ranks;
    const int size = ak_comm_size(c);
    const int64_t k = w->k, step = room / (size * k) < 1 ? 1 : room / (size * k);
    hit list[AKIN_NEAR_CELLS_MOST_K], *all = ak_alloc(sizeof *all, step * size, k);
    int64_t *offset = ak_alloc(sizeof *offset, size + 1, 1);
    akin_status status = all && offset ? AKIN_OK : ak_no_memory(err, "for what %d ranks have found", size);
    status = ak_comm_agree(c, status, err);
    for (int64_t q = 0; q < w->query.rows && !status; q += step) {
        const int64_t some = w->query.rows - q < step ? w->query.rows - q : step;
        for (int r = 0; r <= size; r++) offset[r] = r * some * k * (int64_t)sizeof *all;
        status = ak_comm_gather(c, w->part + q * k, all, offset, err);
        for (int64_t i = 0; i < some && !status; i++) {
            empty(list, k);
            for (int64_t r = 0; r < size; r++)
                for (int64_t e = 0; e < k && offer(list, k, all[(r * some + i) * k + e]); e++) {}
            take(w, q + i, list);
        }
    }
    free(all);
    free(offset);
    return status;
}

/* The cells of this rank: of those before, products of as many ranks. */
static void find_own_cells(cells_work *w)
{
    const akin_near_cells *c = w->c;
    const int rank = ak_comm_rank(c->ranks), size = ak_comm_size(c->ranks);
    double all = 0, before = 0;
    for (int64_t k = 0; k < c->cells; k++)
        all += (double)(w->first[k + 1] - w->first[k]) * (double)(c->begin[k + 1] - c->begin[k]);
    w->first_cell = w->last_cell = c->cells;
    for (int64_t k = 0; k < c->cells; k++) {
        if (w->first_cell == c->cells && (rank == 0 || before >= all * rank / size)) w->first_cell = k;
        if (w->last_cell == c->cells && rank + 1 < size && before >= all * (rank + 1) / size)
            w->last_cell = k;
        before += (double)(w->first[k + 1] - w->first[k]) * (double)(c->begin[k + 1] - c->begin[k]);
    }
}

static void sort_asks(cells_work *w)
{
    const int64_t all = w->query.rows * w->probes, cells = w->c->cells;
    memset(w->first, 0, (size_t)(cells + 1) * sizeof *w->first);
    for (int64_t p = 0; p < all; p++) w->first[w->looks[p] + 1]++;
    for (int64_t k = 0; k < cells; k++) w->first[k + 1] += w->first[k];
    for (int64_t p = 0; p < all; p++) w->asks[w->first[w->looks[p]]++] = p;
    for (int64_t k = cells; k > 0; k--) w->first[k] = w->first[k - 1];
    w->first[0] = 0;
}

static akin_status search_some(cells_work *w, akin_error *err)
{
    AK_TRY(ak_eval_neighbours_shared(w->c->ranks, w->query, centres(w->c), w->probes, w->looks, NULL, err));
    sort_asks(w);
    find_own_cells(w);
    ak_parallel_tasks(w->last_cell - w->first_cell, search_cell, w);
    if (atomic_load(&w->failed)) return ak_no_memory(err, "to look into cells");
    ak_parallel_for(w->query.rows, 16, merge, w);
    return w->part ? merge_parts(w, PLACES, err) : AKIN_OK;
}

/* All queries, as many at a time as have room. */
static akin_status search(cells_work *w, akin_cmat query, int32_t *index, float *similarity, akin_error *err)
{
    const int64_t d = query.cols, workers = akin_threads(), room = PLACES / (w->probes * w->k);
    const int64_t step = room < 1 ? 1 : room < query.rows ? room : query.rows;
    w->looks = ak_alloc(sizeof *w->looks, step, w->probes);
    w->asks = ak_alloc(sizeof *w->asks, step, w->probes);
    w->place = ak_alloc(sizeof *w->place, step * w->probes, w->k);
    w->first = ak_alloc(sizeof *w->first, w->c->cells + 1, 1);
    w->gather = ak_alloc(sizeof *w->gather, workers * (ROWS + QUERIES), d);
    w->tile = ak_alloc(sizeof *w->tile, workers * QUERIES, ROWS);
    const bool several = ak_comm_size(w->c->ranks) > 1;
    if (several) w->part = ak_alloc(sizeof *w->part, step, w->k);
    const bool ok =
        w->looks && w->asks && w->place && w->first && w->gather && w->tile && (w->part || !several);
    akin_status status = ok ? AKIN_OK : ak_no_memory(err, "to look into %lld cells", (long long)w->probes);
    for (int64_t q = 0; q < query.rows && !status; q += step) {
        const int64_t some = query.rows - q < step ? query.rows - q : step;
        w->query = (akin_cmat){ ak_crow(query, q), some, d, query.stride };
        w->index = index ? index + q * w->k : NULL;
        w->similarity = similarity ? similarity + q * w->k : NULL;
        status = search_some(w, err);
    }
    free(w->looks);
    free(w->asks);
    free(w->place);
    free(w->first);
    free(w->gather);
    free(w->tile);
    free(w->part);
    return status;
}

akin_status akin_near_cells_search(const akin_near_cells *c, akin_cmat query, int64_t k, int64_t probes,
                                   int32_t *index, float *similarity, akin_error *err)
{
    AK_GIVEN(c, err);
    akin_status status = check_query(c, query, k, err);
    if (!status && probes < 1)
        status = ak_fail(err, AKIN_ERR_RANGE, "cells: probes is %lld", (long long)probes);
    AK_TRY(ak_comm_same_rows(c->ranks, status, query, err));
    if (probes > c->cells) probes = c->cells;
    cells_work w = { .c = c, .k = k, .probes = enough(c, probes, k) };
    atomic_init(&w.failed, false);
    return ak_comm_settle(c->ranks, search(&w, query, index, similarity, err), err);
}

akin_status akin_near_exact_by(akin_ranks *ranks, akin_cmat query, akin_cmat rows, int64_t k, int32_t *index,
                               float *similarity, akin_error *err)
{
    akin_status status = ak_check_view(query, "neighbours: query", err);
    if (!status) status = ak_check_view(rows, "neighbours: reference", err);
    AK_TRY(ak_comm_same_rows(ranks, status, query, err));
    status = ak_eval_neighbours_shared(ranks, query, rows, k, index, similarity, err);
    return ak_comm_settle(ranks, status, err);
}
