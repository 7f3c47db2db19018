/* SPDX-License-Identifier: Apache-2.0 */
/* near/codes.c - the nearest among rows that stay in bytes or bits: eval/nearest.c walks, and asks here for
 * a tile of similarities at a time.
 *
 * Of two rows of signs d - 2 h is asked for, which float has exactly, so equal ones keep the order of their
 * rows; it is divided by d at the end. Of anything else a tile of rows is made float32, and the products are
 * those of the search among floats, bit for bit. */
#include "akin/tool/codes.h"

#include "eval/nearest.h"
#include "kernels/gemm.h"
#include "near/bits.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = AK_NEAREST_STEP, TILE = AK_NEAREST_TILE, WIDEST = 1 << 24 };

typedef struct search {
    const akin_codes *query, *rows;
    double *norm; /* of queries that are floats */
    const ak_bits *bits;
    int64_t k;
    int32_t *index;
    float *similarity;
} search;

static const void *row_of(const akin_codes *c, int64_t i)
{
    return (const char *)c->data + i * akin_quantize_bytes(c->how, c->width);
}

static akin_cmat floats_of(const akin_codes *c)
{
    return (akin_cmat){ c->how ? NULL : c->data, c->rows, c->width, c->width };
}

/* Tiles -------------------------------------------------------------------------------------------------- */

static bool by_bits(const void *from, int64_t begin, int64_t rows, int64_t first, int64_t count, float *room,
                    float *tile, int64_t ld)
{
    const search *s = from;
    const int64_t d = s->rows->width, bytes = akin_quantize_bytes(AKIN_QUANTIZE_BINARY, d);
    (void)room;
    for (int64_t i = 0; i < rows; i++)
        s->bits->agree(row_of(s->query, begin + i), row_of(s->rows, first), bytes, count, d, tile + i * ld);
    return true;
}

/* Of whole numbers up to 127 the sum is exact. */
static double length_of(const float *x, int64_t d)
{
    double sum = 0;
    for (int64_t j = 0; j < d; j++) sum += (double)x[j] * (double)x[j];
    return sqrt(sum);
}

static bool by_numbers(const void *from, int64_t begin, int64_t rows, int64_t first, int64_t count,
                       float *room, float *tile, int64_t ld)
{
    const search *s = from;
    const int64_t d = s->rows->width;
    float *unit = room, *x = unit + STEP * d, *inverse = x + TILE * d;
    for (int64_t i = 0; i < rows; i++) {
        float *to = unit + i * d;
        akin_codes_row(s->query, begin + i, to);
        const double norm = s->norm ? s->norm[begin + i] : length_of(to, d), scale = norm > 0 ? 1 / norm : 0;
        for (int64_t j = 0; j < d; j++) to[j] = (float)(to[j] * scale);
    }
    for (int64_t r = 0; r < count; r++) {
        akin_codes_row(s->rows, first + r, x + r * d);
        const double norm = length_of(x + r * d, d);
        inverse[r] = norm > 0 ? (float)(1 / norm) : 0;
    }
    const bool made = ak_gemm(false, true, rows, count, d, unit, d, x, d, 0, tile, ld);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t r = 0; r < count; r++) tile[i * ld + r] *= inverse[r];
    return made;
}

/* Searching ---------------------------------------------------------------------------------------------- */

static akin_status check_codes(const akin_codes *c, const char *who, akin_error *err)
{
    AK_GIVEN(c, err);
    const bool how =
        c->how == AKIN_QUANTIZE_NONE || c->how == AKIN_QUANTIZE_INT8 || c->how == AKIN_QUANTIZE_BINARY;
    if (c->struct_size < sizeof *c || !how || (!c->data && c->rows))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "codes: %s: start from AKIN_CODES_INIT", who);
    if (c->rows < 0 || c->rows > INT32_MAX || c->width < 1 || c->width >= WIDEST)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "codes: %s are [%lld,%lld]; at most %d rows of less than %d columns", who,
                       (long long)c->rows, (long long)c->width, INT32_MAX, WIDEST);
    return AKIN_OK;
}

static akin_status check(const akin_codes *query, const akin_codes *rows, int64_t k, akin_error *err)
{
    AK_TRY(check_codes(query, "queries", err));
    AK_TRY(check_codes(rows, "rows", err));
    if (query->width != rows->width)
        return ak_fail(err, AKIN_ERR_SHAPE, "codes: queries have %lld columns, rows %lld",
                       (long long)query->width, (long long)rows->width);
    if (k < 1 || k > rows->rows)
        return ak_fail(err, AKIN_ERR_RANGE, "codes: k is %lld; it must be between 1 and the %lld rows",
                       (long long)k, (long long)rows->rows);
    return AKIN_OK;
}

static void take(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    const search *s = ctx;
    (void)worker;
    for (int64_t r = 0; r < s->k; r++) {
        if (s->index) s->index[i * s->k + r] = nearest[r].index;
        if (s->similarity)
            s->similarity[i * s->k + r] =
                s->bits ? nearest[r].similarity / (float)s->rows->width : nearest[r].similarity;
    }
}

static akin_status find(ak_comm *c, search *s, akin_error *err)
{
    const int64_t n = s->query->rows, d = s->rows->width;
    const ak_bits *have[3];
    const bool signs = s->query->how == AKIN_QUANTIZE_BINARY && s->rows->how == AKIN_QUANTIZE_BINARY;
    ak_column column[2];
    int columns = 0;
    if (s->index) column[columns++] = (ak_column){ s->index, (size_t)s->k * sizeof *s->index };
    if (s->similarity) column[columns++] = (ak_column){ s->similarity, (size_t)s->k * sizeof *s->similarity };
    if (signs) s->bits = have[ak_bits_here(have) - 1];
    akin_status status = AKIN_OK;
    if (!s->query->how) {
        s->norm = ak_alloc(sizeof *s->norm, n ? n : 1, 1);
        status = s->norm ? ak_eval_norms(floats_of(s->query), s->norm, "queries", err)
                         : ak_no_memory(err, "for %lld queries", (long long)n);
    }
    const ak_nearest all = { .query = { NULL, n, d, d },
                             .reference = { NULL, s->rows->rows, d, d },
                             .k = s->k,
                             .visit = take,
                             .ctx = s,
                             .tile = signs ? by_bits : by_numbers,
                             .from = s,
                             .room = signs ? 1 : (STEP + TILE) * d + TILE };
    if (!status) status = ak_eval_nearest_shared(c, &all, column, columns, err);
    free(s->norm);
    return status;
}

/* Rows of bytes are the same file to all ranks; rows of floats may have been made by each. */
static akin_status same_queries(ak_comm *c, akin_status mine, const akin_codes *query, akin_error *err)
{
    const akin_cmat none = { NULL, 0, 0, 0 };
    return ak_comm_same_rows(c, mine, mine || query->how ? none : floats_of(query), err);
}

akin_status akin_near_codes_by(akin_ranks *ranks, const akin_codes *query, const akin_codes *rows, int64_t k,
                               int32_t *index, float *similarity, akin_error *err)
{
    AK_TRY(same_queries(ranks, check(query, rows, k, err), query, err));
    search s = { .query = query, .rows = rows, .k = k, .index = index, .similarity = similarity };
    return ak_comm_settle(ranks, find(ranks, &s, err), err);
}

/* Better rows for what was found ------------------------------------------------------------------------- */

typedef struct again {
    const akin_codes *query;
    const int32_t *found;
    int64_t candidates, k, first;
    akin_code_row_fn *read;
    void *ctx;
    float *room;   /* per worker [2,d] */
    ak_near *near; /* per worker [candidates] */
    int32_t *index;
    float *similarity;
    akin_error *err; /* per worker */
    akin_status *status;
} again;

enum { LANES = 8 };

/* <x,y>, in the same order whatever the processor. */
static double dot(const float *x, const float *y, int64_t d)
{
    double sum[LANES] = { 0 }, all = 0;
    int64_t j = 0;
    for (; j + LANES <= d; j += LANES)
        for (int l = 0; l < LANES; l++) sum[l] += (double)x[j + l] * (double)y[j + l];
    for (int l = 0; j < d; j++, l++) sum[l] += (double)x[j] * (double)y[j];
    for (int l = 0; l < LANES; l++) all += sum[l];
    return all;
}

static int by_similarity(const void *a, const void *b)
{
    const ak_near *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity < y->similarity ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

static void rescore_one(int64_t task, int worker, void *ctx)
{
    again *w = ctx;
    const int64_t q = w->first + task, d = w->query->width;
    float *x = w->room + worker * 2 * d, *y = x + d;
    ak_near *near = w->near + worker * w->candidates;
    akin_codes_row(w->query, q, x);
    const double square = dot(x, x, d);
    for (int64_t c = 0; c < w->candidates && !w->status[worker]; c++) {
        const int32_t row = w->found[q * w->candidates + c];
        w->status[worker] = w->read(row, y, w->ctx, &w->err[worker]);
        const double scale = w->status[worker] ? 0 : sqrt(square) * sqrt(dot(y, y, d));
        near[c] = (ak_near){ scale > 0 ? (float)(dot(x, y, d) / scale) : 0, row };
    }
    if (w->status[worker]) return;
    qsort(near, (size_t)w->candidates, sizeof *near, by_similarity);
    for (int64_t r = 0; r < w->k; r++) {
        if (w->index) w->index[q * w->k + r] = near[r].index;
        if (w->similarity) w->similarity[q * w->k + r] = near[r].similarity;
    }
}

static akin_status rescore_part(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    again w = *(const again *)ctx;
    const int64_t workers = akin_threads();
    w.first = begin;
    w.room = ak_alloc(sizeof *w.room, workers * 2, w.query->width);
    w.near = ak_alloc(sizeof *w.near, workers, w.candidates);
    w.err = calloc((size_t)workers, sizeof *w.err);
    w.status = calloc((size_t)workers, sizeof *w.status);
    akin_status status = w.room && w.near && w.err && w.status
                             ? AKIN_OK
                             : ak_no_memory(err, "to score %lld candidates", (long long)w.candidates);
    if (!status) ak_parallel_tasks(end - begin, rescore_one, &w);
    for (int64_t t = 0; t < workers && !status; t++) {
        status = w.status[t];
        if (status && err) *err = w.err[t];
    }
    free(w.room);
    free(w.near);
    free(w.err);
    free(w.status);
    return status;
}

static akin_status check_rescore(const akin_rescore *w, akin_error *err)
{
    AK_GIVEN(w, err);
    if (w->struct_size < sizeof *w)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "rescore: start from AKIN_RESCORE_INIT");
    AK_TRY(check_codes(w->query, "queries", err));
    if (!w->found || !w->read)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "rescore: what was found, and how rows are read, is needed");
    if (w->k < 1 || w->k > w->candidates)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "rescore: k is %lld; it must be between 1 and the %lld candidates", (long long)w->k,
                       (long long)w->candidates);
    return AKIN_OK;
}

akin_status akin_near_rescore_by(akin_ranks *ranks, const akin_rescore *what, int32_t *index,
                                 float *similarity, akin_error *err)
{
    akin_status status = check_rescore(what, err);
    AK_TRY(same_queries(ranks, status, status ? NULL : what->query, err));
    again w = { .query = what->query,
                .found = what->found,
                .candidates = what->candidates,
                .k = what->k,
                .read = what->read,
                .ctx = what->ctx,
                .index = index,
                .similarity = similarity };
    ak_column column[2];
    int columns = 0;
    if (index) column[columns++] = (ak_column){ index, (size_t)w.k * sizeof *index };
    if (similarity) column[columns++] = (ak_column){ similarity, (size_t)w.k * sizeof *similarity };
    const ak_division all = { .rows = w.query->rows,
                              .step = 1,
                              .cost = (double)w.candidates * (double)w.query->width,
                              .work = rescore_part,
                              .ctx = &w,
                              .column = column,
                              .columns = columns };
    return ak_comm_settle(ranks, ak_comm_divide(ranks, &all, err), err);
}
