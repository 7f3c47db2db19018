/* SPDX-License-Identifier: Apache-2.0 */
/* items/difficulty_features.c - scores of items from their features alone: neighbours, gap, window; copies
 * are in copies.c.
 *
 * Gap: one walk over items x class means. Window: for each anchor all its cosines, in which two order
 * statistics are selected (base/select.h); a strip of ANCHORS rows a thread is all that exists of
 * them.
 *
 * Precision. Cosines in float, exponentials in double; counts are whole numbers. */
#include "akin/eval.h"
#include "base/select.h"
#include "items/difficulty.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* Neighbours --------------------------------------------------------------------------------------------- */

static bool among(const int32_t *sorted, int64_t k, int64_t i)
{
    const int32_t key = (int32_t)i;
    return bsearch(&key, sorted, (size_t)k, sizeof *sorted, ak_compare_int32) != NULL;
}

/* Of k + 1 found in order, the item itself goes; copies may stand before it, or push it out. */
static void drop_self(int32_t *index, float *s, int64_t k, int64_t i)
{
    int64_t to = 0;
    for (int64_t j = 0; j <= k && to < k; j++) {
        if (index[j] == i) continue;
        index[to] = index[j];
        s[to++] = s[j];
    }
}

static void score_neighbours(akin_difficulty *d, const int32_t *index, const float *s, const int32_t *sorted)
{
    const int64_t k = d->opts.neighbours, row = k + 1;
    for (int64_t i = 0; i < d->n; i++) {
        double sum = 0, kin = 0;
        for (int64_t j = 0; j < k; j++) {
            const double near = (double)s[i * row + j];
            sum += near;
            if (near > d->own[i] && among(sorted + index[i * row + j] * k, k, i)) kin++;
        }
        d->score[AKIN_SCORE_DENSITY][i] = sum / (double)k;
        d->score[AKIN_SCORE_COLLISION][i] = kin / (double)k;
        d->nearest[i] = index[i * row];
        d->nearness[i] = s[i * row];
    }
}

akin_status ak_difficulty_neighbours(akin_difficulty *d, akin_error *err)
{
    const int64_t n = d->n, k = d->opts.neighbours, row = k + 1;
    int32_t *index = ak_alloc(sizeof *index, n, row), *sorted = ak_alloc(sizeof *sorted, n, k);
    float *s = ak_alloc(sizeof *s, n, row);
    akin_status status =
        index && s && sorted
            ? AKIN_OK
            : ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for %lld neighbours of %lld items",
                      (long long)k, (long long)n);
    if (!status)
        status = akin_eval_neighbours(akin_mat_const(d->unit), akin_mat_const(d->unit), row, index, s, err);
    for (int64_t i = 0; i < n && !status; i++) {
        drop_self(index + i * row, s + i * row, k, i);
        memcpy(sorted + i * k, index + i * row, (size_t)k * sizeof *sorted);
        qsort(sorted + i * k, (size_t)k, sizeof *sorted, ak_compare_int32);
    }
    if (!status) score_neighbours(d, index, s, sorted);
    free(index);
    free(sorted);
    free(s);
    return status;
}

/* Gap ---------------------------------------------------------------------------------------------------- */

typedef struct gaps {
    double gain;
    double *first, *second, *z; /* [n] */
} gaps;

static void add_classes(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    gaps *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        for (int64_t c = 0; c < tile->columns; c++) {
            const double p = exp(((double)tile->s[r * AK_PAIR_COLUMNS + c] - 1) * w->gain);
            w->z[i] += p;
            if (p > w->first[i]) {
                w->second[i] = w->first[i];
                w->first[i] = p;
            } else if (p > w->second[i])
                w->second[i] = p;
        }
    }
}

/* Directions of the class means of the unit rows; zeros where a mean has none. */
static float *class_means(const akin_difficulty *d)
{
    const int64_t width = d->unit.cols;
    double *sum = ak_alloc(sizeof *sum, d->classes, width);
    float *mean = ak_alloc(sizeof *mean, d->classes, width);
    for (int64_t i = 0; sum && i < d->n; i++)
        for (int64_t c = 0; c < width; c++) sum[d->class_of[i] * width + c] += (double)ak_row(d->unit, i)[c];
    for (int64_t y = 0; sum && mean && y < d->classes; y++) {
        double square = 0;
        for (int64_t c = 0; c < width; c++) square += sum[y * width + c] * sum[y * width + c];
        for (int64_t c = 0; c < width; c++)
            mean[y * width + c] = square > 0 ? (float)(sum[y * width + c] / sqrt(square)) : 0;
    }
    free(sum);
    if (sum) return mean;
    free(mean);
    return NULL;
}

akin_status ak_difficulty_gap(akin_difficulty *d, akin_error *err)
{
    double *gap = d->score[AKIN_SCORE_GAP];
    for (int64_t i = 0; i < d->n; i++) gap[i] = NAN;
    if (!d->class_of) return AKIN_OK;
    float *mean = class_means(d);
    double *memory = ak_alloc(sizeof *memory, d->n, 3);
    akin_status status = mean && memory
                             ? AKIN_OK
                             : ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for %lld class means",
                                       (long long)d->classes);
    if (!status) {
        gaps w = { 1 / d->opts.temperature, memory, memory + d->n, memory + 2 * d->n };
        const akin_cmat means = { mean, d->classes, d->unit.cols, d->unit.cols };
        status = ak_pairs_walk(akin_mat_const(d->unit), means, false, add_classes, &w, err);
        for (int64_t i = 0; i < d->n && !status; i++) gap[i] = (w.first[i] - w.second[i]) / w.z[i];
    }
    free(mean);
    free(memory);
    return status;
}

/* Window ------------------------------------------------------------------------------------------------- */

enum { ANCHORS = 8 };

typedef struct window {
    const akin_difficulty *d;
    float *query;       /* per worker [ANCHORS,d] */
    float *strip;       /* per worker [ANCHORS,n] */
    float *scratch;     /* per worker [n] */
    atomic_int *inside; /* [n] */
    atomic_bool failed;
} window;

static void mark_window(const window *w, const float *s, float *scratch, int64_t anchor)
{
    const int64_t n = w->d->n, others = n - 1;
    const double q = (double)others;
    const int64_t high = (int64_t)fmin(q - 1, floor(w->d->opts.pos_high * q));
    const int64_t low = (int64_t)fmin(q - 1, floor(w->d->opts.pos_low * q));
    memcpy(scratch, s, (size_t)anchor * sizeof *s);
    memcpy(scratch + anchor, s + anchor + 1, (size_t)(others - anchor) * sizeof *s);
    const float top = ak_select_float(scratch, others, others - 1 - high),
                bottom = ak_select_float(scratch, others, others - 1 - low);
    for (int64_t i = 0; i < n; i++)
        if (i != anchor && s[i] >= bottom && s[i] < top)
            atomic_fetch_add_explicit(&w->inside[i], 1, memory_order_relaxed);
}

static void walk_anchors(int64_t task, int worker, void *ctx)
{
    window *w = ctx;
    const akin_difficulty *d = w->d;
    const int64_t n = d->n, width = d->unit.cols, first = task * ANCHORS;
    const int64_t rows = d->opts.anchors - first < ANCHORS ? d->opts.anchors - first : ANCHORS;
    float *query = w->query + worker * ANCHORS * width, *strip = w->strip + worker * ANCHORS * n;
    for (int64_t r = 0; r < rows; r++)
        memcpy(query + r * width, ak_row(d->unit, d->anchors[first + r]), (size_t)width * sizeof *query);
    if (!ak_gemm(false, true, rows, n, width, query, width, d->unit.data, width, 0, strip, n))
        atomic_store(&w->failed, true);
    for (int64_t r = 0; r < rows; r++)
        mark_window(w, strip + r * n, w->scratch + worker * n, d->anchors[first + r]);
}

akin_status ak_difficulty_window(akin_difficulty *d, akin_error *err)
{
    window w = { .d = d };
    atomic_init(&w.failed, false);
    w.query = ak_alloc(sizeof *w.query, akin_threads() * ANCHORS, d->unit.cols);
    w.strip = ak_alloc(sizeof *w.strip, akin_threads() * ANCHORS, d->n);
    w.scratch = ak_alloc(sizeof *w.scratch, akin_threads(), d->n);
    w.inside = ak_alloc(sizeof *w.inside, d->n, 1);
    bool ok = w.query && w.strip && w.scratch && w.inside;
    if (ok) ak_parallel_tasks((d->opts.anchors + ANCHORS - 1) / ANCHORS, walk_anchors, &w);
    ok = ok && !atomic_load(&w.failed);
    for (int64_t i = 0; ok && i < d->n; i++) {
        const int64_t asked = d->opts.anchors - ((d->place[i] & AK_PLACE_ANCHOR) != 0);
        d->score[AKIN_SCORE_WINDOW][i] = asked > 0 ? (double)atomic_load(&w.inside[i]) / (double)asked : 0;
    }
    free(w.query);
    free(w.strip);
    free(w.scratch);
    free(w.inside);
    return ok ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for the windows of anchors");
}
