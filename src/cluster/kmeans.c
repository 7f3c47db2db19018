/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/kmeans.c - k-means: centres by k-means++ [Arthur2007], then Lloyd's steps (linalg/lloyd.h).
 *
 * How far rows are from their centres is taken from differences, where it is wanted: while centres are drawn,
 * at the end, and where a centre has lost its last row, which moves to the row that is farthest from its
 * own.
 *
 * Ranks measure a part of the rows each; every rank draws and adds up in order of row, so that it has the
 * bits of one process. */
#include "base/rng.h"
#include "cluster/cluster.h"
#include "linalg/lloyd.h"

#include <math.h>
#include <string.h>

typedef struct search {
    const ak_map_rows *rows;
    const ak_far *far;
    ak_lloyd lloyd;
    double *square; /* [n] to its centre */
    int64_t seen;   /* centres that are drawn */
    ak_range_fn *look;
    int64_t first; /* row of this rank */
} search;

static void look_at_range(int64_t begin, int64_t end, void *ctx)
{
    const search *w = ctx;
    w->look(w->first + begin, w->first + end, ctx);
}

static akin_status look_at_some(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    search *w = ctx;
    (void)err;
    w->first = begin;
    ak_parallel_for(end - begin, 256, look_at_range, w);
    return AKIN_OK;
}

/* square[] of all rows, by the ranks together. */
static akin_status look_at_all(search *w, ak_range_fn *look, akin_error *err)
{
    const ak_column square = { w->square, sizeof *w->square };
    const ak_division all = { .rows = w->rows->n,
                              .step = 1,
                              .cost = (double)w->rows->d,
                              .work = look_at_some,
                              .ctx = w,
                              .column = &square,
                              .columns = 1 };
    w->look = look;
    return ak_comm_divide(w->rows->ranks, &all, err);
}

/* Beginning ---------------------------------------------------------------------------------------------- */

/* The newest centre may be nearer than those before. */
static void look_at_newest(int64_t begin, int64_t end, void *ctx)
{
    search *w = ctx;
    const int64_t d = w->rows->d;
    const float *c = w->lloyd.centre + (w->seen - 1) * d;
    for (int64_t i = begin; i < end; i++) {
        double square;
        w->far->squares(w->rows->x + i * d, c, d, NULL, 1, &square);
        if (w->seen == 1 || square < w->square[i]) w->square[i] = square;
    }
}

static akin_status take_centre(search *w, int64_t i, akin_error *err)
{
    const int64_t d = w->rows->d;
    memcpy(w->lloyd.centre + w->seen++ * d, w->rows->x + i * d, (size_t)d * sizeof *w->lloyd.centre);
    return look_at_all(w, look_at_newest, err);
}

/* A row with a probability in proportion to its squared distance; -1 where all are 0. */
static int64_t draw_far(const search *w, ak_rng *r)
{
    double total = 0, sum = 0;
    int64_t last = -1;
    for (int64_t i = 0; i < w->rows->n; i++) total += w->square[i];
    const double at = ak_rng_double(r) * total;
    for (int64_t i = 0; i < w->rows->n; i++) {
        if (!(w->square[i] > 0)) continue;
        last = i;
        sum += w->square[i];
        if (sum > at) return i;
    }
    return last;
}

static akin_status begin(search *w, uint64_t seed, int32_t start, akin_error *err)
{
    ak_rng r = ak_rng_at(seed, AK_RNG_CLUSTER, (uint32_t)start, 0, 0);
    w->seen = 0;
    AK_TRY(take_centre(w, ak_rng_below(&r, (uint32_t)w->rows->n), err));
    while (w->seen < w->lloyd.k) {
        const int64_t i = draw_far(w, &r);
        if (i < 0 && w->seen == 1)
            return ak_fail(err, AKIN_ERR_INPUT, "cluster: k is %lld, and no two rows differ",
                           (long long)w->lloyd.k);
        if (i < 0)
            return ak_fail(err, AKIN_ERR_INPUT, "cluster: k is %lld, and only %lld rows differ",
                           (long long)w->lloyd.k, (long long)w->seen);
        AK_TRY(take_centre(w, i, err));
    }
    return AKIN_OK;
}

/* Steps -------------------------------------------------------------------------------------------------- */

static void measure(int64_t begin, int64_t end, void *ctx)
{
    search *w = ctx;
    const int64_t d = w->rows->d;
    for (int64_t i = begin; i < end; i++)
        w->far->squares(w->rows->x + i * d, w->lloyd.centre + w->lloyd.of[i] * d, d, NULL, 1, &w->square[i]);
}

static void move_to_farthest(search *w, int64_t c)
{
    const int64_t d = w->rows->d;
    int64_t most = 0;
    for (int64_t i = 1; i < w->rows->n; i++)
        if (w->square[i] > w->square[most]) most = i;
    memcpy(w->lloyd.centre + c * d, w->rows->x + most * d, (size_t)d * sizeof *w->lloyd.centre);
    w->square[most] = 0;
}

/* Distances are those to the centres before the step. */
static akin_status step(search *w, akin_error *err)
{
    ak_lloyd *l = &w->lloyd;
    int64_t used = 0;
    memset(l->begin, 0, (size_t)l->k * sizeof *l->begin);
    for (int64_t i = 0; i < w->rows->n; i++) used += l->begin[l->of[i]]++ == 0;
    const bool empty = used < l->k;
    if (empty) AK_TRY(look_at_all(w, measure, err));
    AK_TRY(ak_lloyd_move(l, err));
    for (int64_t c = 0; c < l->k && empty; c++)
        if (l->begin[c] == l->begin[c + 1]) move_to_farthest(w, c);
    return AKIN_OK;
}

static akin_status inertia_of(search *w, double *sum, akin_error *err)
{
    *sum = 0;
    AK_TRY(look_at_all(w, measure, err));
    for (int64_t i = 0; i < w->rows->n; i++) *sum += w->square[i];
    return AKIN_OK;
}

static akin_status run_start(search *w, const akin_cluster_opts *o, int32_t start, akin_cluster_result *r,
                             akin_error *err)
{
    int64_t moved;
    AK_TRY(begin(w, o->seed, start, err));
    memset(w->lloyd.of, -1, (size_t)w->rows->n * sizeof *w->lloyd.of);
    AK_TRY(ak_lloyd_assign(&w->lloyd, &moved, err));
    r->converged = 0;
    for (r->iterations = 0; r->iterations < o->iterations && !r->converged;) {
        AK_TRY(step(w, err));
        AK_TRY(ak_lloyd_assign(&w->lloyd, &moved, err));
        r->converged = moved == 0;
        r->iterations++;
    }
    return inertia_of(w, &r->inertia, err);
}

/* Sum of squared distances to one centre: the mean, by cosine of length 1. */
static akin_status whole(search *w, double *sum, akin_error *err)
{
    ak_lloyd *l = &w->lloyd;
    const int64_t k = l->k;
    l->k = 1;
    memset(l->of, 0, (size_t)w->rows->n * sizeof *l->of);
    memset(l->centre, 0, (size_t)w->rows->d * sizeof *l->centre);
    const akin_status status = ak_lloyd_move(l, err);
    l->k = k;
    return status ? status : inertia_of(w, sum, err);
}

akin_status ak_kmeans(const ak_map_rows *rows, const akin_cluster_opts *o, int32_t *cluster,
                      akin_cluster_result *result, akin_error *err)
{
    const akin_cmat x = { rows->x, rows->n, rows->d, rows->d };
    search w = { .rows = rows, .far = ak_far_here() };
    akin_cluster_result best = *result;
    AK_TRY(ak_lloyd_open(x, o->k, rows->metric == AKIN_MAP_COSINE, &w.lloyd, err));
    w.lloyd.ranks = rows->ranks;
    w.square = ak_alloc(sizeof *w.square, rows->n, 1);
    akin_status status = w.square ? AKIN_OK : ak_no_memory(err, "for %lld rows", (long long)rows->n);
    for (int32_t start = 0; start < o->starts && !status; start++) {
        akin_cluster_result r = *result;
        status = run_start(&w, o, start, &r, err);
        if (status || (start && !(r.inertia < best.inertia))) continue;
        best = r;
        memcpy(cluster, w.lloyd.of, (size_t)rows->n * sizeof *cluster);
    }
    double all = 0;
    if (!status) status = whole(&w, &all, err);
    if (!status) { best.explained = all > 0 ? 1 - best.inertia / all : (double)NAN; }
    *result = best;
    free(w.square);
    ak_lloyd_close(&w.lloyd);
    return status;
}
