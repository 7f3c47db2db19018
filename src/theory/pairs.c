/* SPDX-License-Identifier: Apache-2.0 */
/* theory/pairs.c - the passes over data that the measures share: unit rows, classes, moments, all pairs.
 *
 * Pairs. A task takes AK_PAIR_ROWS rows and walks the columns in tiles; one matrix product of oneDNN gives a
 * tile of cosines, which is used up at once, so that only a tile per thread exists.
 *
 * Moments. A task owns some rows of the result and adds the samples in blocks of ROWS, in order, four samples
 * to a pass over a row.
 *
 * Precision. Lengths, moments and sums in double; cosines in float.
 *
 * Threads. Tasks share nothing and their bounds are constants: the same bits for any number of threads. */
#include "theory/pairs.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Pairs -------------------------------------------------------------------------------------------------- */

typedef struct walk {
    akin_cmat x, y;
    bool upper, in_turn;
    int64_t begin; /* in turn: the first share */
    ak_pair_tile_fn *fn;
    void *ctx;
    float *tile; /* per worker */
    atomic_bool failed;
} walk;

static void walk_rows(int64_t place, int worker, void *ctx)
{
    walk *w = ctx;
    const int64_t share = w->begin + place, task = !w->in_turn ? place
                                                   : share % 2 == 0
                                                       ? share / 2
                                                       : ak_pair_tasks(w->x.rows) - 1 - share / 2;
    ak_pair_tile t = { .first_row = task * AK_PAIR_ROWS };
    float *s = w->tile + worker * (int64_t)(AK_PAIR_ROWS * AK_PAIR_COLUMNS);
    t.rows = w->x.rows - t.first_row < AK_PAIR_ROWS ? w->x.rows - t.first_row : AK_PAIR_ROWS;
    t.s = s;
    for (int64_t j = 0; j < w->y.rows; j += AK_PAIR_COLUMNS) {
        t.first_column = j;
        t.columns = w->y.rows - j < AK_PAIR_COLUMNS ? w->y.rows - j : AK_PAIR_COLUMNS;
        if (w->upper && j + t.columns <= t.first_row) continue;
        if (!ak_gemm(false, true, t.rows, t.columns, w->x.cols, ak_crow(w->x, t.first_row), w->x.stride,
                     ak_crow(w->y, j), w->y.stride, 0, s, AK_PAIR_COLUMNS))
            atomic_store(&w->failed, true);
        w->fn(&t, task, w->ctx);
    }
}

static akin_status walk_tasks(walk *w, int64_t tasks, akin_error *err)
{
    atomic_init(&w->failed, false);
    w->tile = ak_alloc(sizeof *w->tile, akin_threads(), AK_PAIR_ROWS * AK_PAIR_COLUMNS);
    if (w->tile) ak_parallel_tasks(tasks, walk_rows, w);
    const bool ok = w->tile && !atomic_load(&w->failed);
    free(w->tile);
    return ok ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the similarities of pairs");
}

akin_status ak_pairs_walk(akin_cmat x, akin_cmat y, bool upper, ak_pair_tile_fn *fn, void *ctx,
                          akin_error *err)
{
    walk w = { .x = x, .y = y, .upper = upper, .fn = fn, .ctx = ctx };
    return walk_tasks(&w, ak_pair_tasks(x.rows), err);
}

akin_status ak_pairs_walk_part(akin_cmat x, int64_t begin, int64_t end, ak_pair_tile_fn *fn, void *ctx,
                               akin_error *err)
{
    walk w = { .x = x, .y = x, .upper = true, .in_turn = true, .begin = begin, .fn = fn, .ctx = ctx };
    return walk_tasks(&w, end - begin, err);
}

/* Rows and labels ---------------------------------------------------------------------------------------- */

akin_status ak_unit_copy(akin_cmat x, const char *what, akin_mat *out, akin_error *err)
{
    AK_TRY(ak_check_view(x, what, err));
    float *to = ak_alloc(sizeof *to, x.rows, x.cols);
    if (!to)
        return ak_fail(err, AKIN_ERR_NOMEM, "%s: no memory for %lld x %lld", what, (long long)x.rows,
                       (long long)x.cols);
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < x.rows && !status; i++) {
        const float *row = ak_crow(x, i);
        double square = 0;
        for (int64_t j = 0; j < x.cols; j++) {
            square += (double)row[j] * (double)row[j];
            if (isfinite(row[j])) continue;
            status = ak_fail(err, AKIN_ERR_INPUT,
                             "%s: row %lld, column %lld (from 0) is %g; every value must be finite", what,
                             (long long)i, (long long)j, (double)row[j]);
            break;
        }
        if (!status && square == 0)
            status = ak_fail(err, AKIN_ERR_INPUT, "%s: row %lld (from 0) is all zeros and has no direction",
                             what, (long long)i);
        const double scale = 1 / sqrt(square);
        for (int64_t j = 0; j < x.cols; j++) to[i * x.cols + j] = (float)(row[j] * scale);
    }
    if (status)
        free(to);
    else
        *out = (akin_mat){ to, x.rows, x.cols, x.cols };
    return status;
}

akin_status ak_number_classes(const int32_t *labels, int64_t n, int32_t **class_of, int64_t *classes,
                              akin_error *err)
{
    for (int64_t i = 0; i < n; i++)
        if (labels[i] < 0)
            return ak_fail(err, AKIN_ERR_INPUT, "label %lld (from 0) is %d; labels are whole numbers from 0",
                           (long long)i, labels[i]);
    int32_t *sorted = ak_alloc(sizeof *sorted, n, 1), *out = ak_alloc(sizeof *out, n, 1);
    if (!sorted || !out) {
        free(sorted);
        free(out);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)n);
    }
    memcpy(sorted, labels, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ak_compare_int32);
    int64_t distinct = 1;
    for (int64_t i = 1; i < n; i++)
        if (sorted[i] != sorted[distinct - 1]) sorted[distinct++] = sorted[i];
    for (int64_t i = 0; i < n; i++) {
        const int32_t *at = bsearch(&labels[i], sorted, (size_t)distinct, sizeof *sorted, ak_compare_int32);
        out[i] = (int32_t)(at - sorted);
    }
    const int32_t only = sorted[0];
    free(sorted);
    if (distinct < 2) {
        free(out);
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "all %lld labels are %d; two classes at least are needed (leave the labels out to look at "
            "the features alone)",
            (long long)n, only);
    }
    *class_of = out;
    *classes = distinct;
    return AKIN_OK;
}

/* Moments ------------------------------------------------------------------------------------------------ */

enum { ROWS = 64, OWN = 16 };

typedef struct moments {
    akin_cmat x, y;
    const double *x_mean, *y_mean;
    double *out; /* [x.cols, y.cols] */
    bool symmetric;
    double *block; /* per worker: [ROWS, y.cols] */
} moments;

static void add_block(const moments *m, int64_t own, int64_t last, int64_t begin, int64_t rows, double *block)
{
    const int64_t e = m->y.cols;
    for (int64_t r = 0; r < rows; r++) {
        const float *y = ak_crow(m->y, begin + r);
        for (int64_t j = 0; j < e; j++) block[r * e + j] = (double)y[j] - (m->y_mean ? m->y_mean[j] : 0);
    }
    for (int64_t r = rows; r < ROWS; r++) memset(block + r * e, 0, (size_t)e * sizeof *block);
    for (int64_t i = own; i < last; i++) {
        double *restrict out = m->out + i * e;
        const double mean = m->x_mean ? m->x_mean[i] : 0;
        double a[ROWS] = { 0 };
        for (int64_t r = 0; r < rows; r++) a[r] = (double)ak_crow(m->x, begin + r)[i] - mean;
        for (int64_t r = 0; r < ROWS; r += 4) {
            const double *restrict y = block + r * e;
            for (int64_t j = m->symmetric ? i : 0; j < e; j++)
                out[j] +=
                    (a[r] * y[j] + a[r + 1] * y[e + j]) + (a[r + 2] * y[2 * e + j] + a[r + 3] * y[3 * e + j]);
        }
    }
}

static void own_rows(int64_t task, int worker, void *ctx)
{
    const moments *m = ctx;
    const int64_t own = task * OWN, last = own + OWN < m->x.cols ? own + OWN : m->x.cols;
    double *block = m->block + worker * ROWS * m->y.cols;
    for (int64_t begin = 0; begin < m->x.rows; begin += ROWS) {
        const int64_t left = m->x.rows - begin;
        add_block(m, own, last, begin, left < ROWS ? left : ROWS, block);
    }
}

static bool run_moments(moments *m)
{
    m->block = ak_alloc(sizeof(double), akin_threads() * ROWS, m->y.cols);
    if (!m->block) return false;
    ak_parallel_tasks((m->x.cols + OWN - 1) / OWN, own_rows, m);
    free(m->block);
    return true;
}

bool ak_second_moment(akin_cmat x, const double *mean, double *moment)
{
    moments m = { .x = x, .y = x, .x_mean = mean, .y_mean = mean, .out = moment, .symmetric = true };
    if (!run_moments(&m)) return false;
    for (int64_t i = 0; i < x.cols; i++)
        for (int64_t j = 0; j < i; j++) moment[i * x.cols + j] = moment[j * x.cols + i];
    return true;
}

bool ak_cross_moment(akin_cmat x, const double *x_mean, akin_cmat y, const double *y_mean, double *out)
{
    moments m = { .x = x, .y = y, .x_mean = x_mean, .y_mean = y_mean, .out = out };
    return run_moments(&m);
}
