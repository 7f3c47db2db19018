/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/kmeans.c - k-means: centres by k-means++ [Arthur2007], then Lloyd's steps [Lloyd1982].
 *
 * A row goes to the centre with the greatest <x, c> - |c|^2/2, by one matrix product for a block of rows; how
 * far it is from there is then taken from differences. A centre that loses its last row moves to the row that
 * is farthest from its own. Sums in double in order of row, cluster by cluster, so that threads change
 * nothing. */
#include "base/rng.h"
#include "cluster/cluster.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { BLOCK = 128 };

typedef struct lloyd {
    const ak_map_rows *rows;
    const ak_far *far;
    int64_t k;
    float *centre, *half; /* [k,d]; |c|^2/2 [k] */
    int32_t *cluster;     /* [n] */
    double *square;       /* [n] to its centre */
    double *mean;         /* [k,d] */
    int64_t *begin;       /* [k+1] */
    int32_t *member;      /* [n] */
    float *score;         /* per worker: [BLOCK,k] */
    int64_t seen;         /* centres that are drawn */
    atomic_llong moved;
    atomic_bool failed;
} lloyd;

/* Beginning ---------------------------------------------------------------------------------------------- */

/* The newest centre may be nearer than those before. */
static void look_at_newest(int64_t begin, int64_t end, void *ctx)
{
    lloyd *w = ctx;
    const int64_t d = w->rows->d;
    const float *c = w->centre + (w->seen - 1) * d;
    for (int64_t i = begin; i < end; i++) {
        double square;
        w->far->squares(w->rows->x + i * d, c, d, NULL, 1, &square);
        if (w->seen == 1 || square < w->square[i]) w->square[i] = square;
    }
}

static void take_centre(lloyd *w, int64_t i)
{
    const int64_t d = w->rows->d;
    memcpy(w->centre + w->seen++ * d, w->rows->x + i * d, (size_t)d * sizeof *w->centre);
    ak_parallel_for(w->rows->n, 256, look_at_newest, w);
}

/* A row with a probability in proportion to its squared distance; -1 where all are 0. */
static int64_t draw_far(const lloyd *w, ak_rng *r)
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

static akin_status begin(lloyd *w, uint64_t seed, int32_t start, akin_error *err)
{
    ak_rng r = ak_rng_at(seed, AK_RNG_CLUSTER, (uint32_t)start, 0, 0);
    w->seen = 0;
    take_centre(w, ak_rng_below(&r, (uint32_t)w->rows->n));
    while (w->seen < w->k) {
        const int64_t i = draw_far(w, &r);
        if (i < 0 && w->seen == 1)
            return ak_fail(err, AKIN_ERR_INPUT, "cluster: k is %lld, and no two rows differ",
                           (long long)w->k);
        if (i < 0)
            return ak_fail(err, AKIN_ERR_INPUT, "cluster: k is %lld, and only %lld rows differ",
                           (long long)w->k, (long long)w->seen);
        take_centre(w, i);
    }
    return AKIN_OK;
}

/* Steps -------------------------------------------------------------------------------------------------- */

static void halve(lloyd *w)
{
    const int64_t d = w->rows->d;
    for (int64_t c = 0; c < w->k; c++) {
        double sum = 0;
        for (int64_t j = 0; j < d; j++) sum += (double)w->centre[c * d + j] * (double)w->centre[c * d + j];
        w->half[c] = (float)(sum / 2);
    }
}

static void assign_block(int64_t task, int worker, void *ctx)
{
    lloyd *w = ctx;
    const int64_t d = w->rows->d, k = w->k, first = task * BLOCK;
    const int64_t count = w->rows->n - first < BLOCK ? w->rows->n - first : BLOCK;
    float *score = w->score + worker * BLOCK * k;
    const float *x = w->rows->x + first * d;
    int64_t moved = 0;
    if (!ak_gemm(false, true, count, k, d, x, d, w->centre, d, 0, score, k)) atomic_store(&w->failed, true);
    for (int64_t i = 0; i < count; i++) {
        const float *s = score + i * k;
        int64_t best = 0;
        for (int64_t c = 1; c < k; c++)
            if (s[c] - w->half[c] > s[best] - w->half[best]) best = c;
        moved += w->cluster[first + i] != best;
        w->cluster[first + i] = (int32_t)best;
        w->far->squares(x + i * d, w->centre + best * d, d, NULL, 1, &w->square[first + i]);
    }
    atomic_fetch_add(&w->moved, moved);
}

/* How many rows went to another centre. */
static int64_t assign(lloyd *w)
{
    halve(w);
    atomic_store(&w->moved, 0);
    ak_parallel_tasks((w->rows->n + BLOCK - 1) / BLOCK, assign_block, w);
    return atomic_load(&w->moved);
}

static void move_to_farthest(lloyd *w, int64_t c)
{
    const int64_t d = w->rows->d;
    int64_t most = 0;
    for (int64_t i = 1; i < w->rows->n; i++)
        if (w->square[i] > w->square[most]) most = i;
    memcpy(w->centre + c * d, w->rows->x + most * d, (size_t)d * sizeof *w->centre);
    w->square[most] = 0;
}

static void move_centres(lloyd *w)
{
    const int64_t d = w->rows->d;
    ak_cluster_means(w->rows, w->cluster, w->k, w->begin, w->member, w->mean);
    for (int64_t c = 0; c < w->k; c++) {
        const double *mean = w->mean + c * d;
        double square = 0, scale = 1;
        if (w->begin[c] == w->begin[c + 1]) {
            move_to_farthest(w, c);
            continue;
        }
        for (int64_t j = 0; j < d; j++) square += mean[j] * mean[j];
        if (w->rows->metric == AKIN_MAP_COSINE && square > 0) scale = 1 / sqrt(square);
        for (int64_t j = 0; j < d; j++) w->centre[c * d + j] = (float)(scale * mean[j]);
    }
}

static double inertia_of(const lloyd *w)
{
    double sum = 0;
    for (int64_t i = 0; i < w->rows->n; i++) sum += w->square[i];
    return sum;
}

static akin_status run_start(lloyd *w, const akin_cluster_opts *o, int32_t start, akin_cluster_result *r,
                             akin_error *err)
{
    AK_TRY(begin(w, o->seed, start, err));
    memset(w->cluster, -1, (size_t)w->rows->n * sizeof *w->cluster);
    (void)assign(w);
    r->converged = 0;
    for (r->iterations = 0; r->iterations < o->iterations && !r->converged;) {
        move_centres(w);
        r->converged = assign(w) == 0;
        r->iterations++;
    }
    r->inertia = inertia_of(w);
    return AKIN_OK;
}

/* Sum of squared distances to one centre: the mean, by cosine of length 1. */
static double whole(lloyd *w)
{
    const int64_t k = w->k;
    w->k = 1;
    memset(w->cluster, 0, (size_t)w->rows->n * sizeof *w->cluster);
    move_centres(w);
    (void)assign(w);
    w->k = k;
    return inertia_of(w);
}

static akin_status take_memory(lloyd *w, akin_error *err)
{
    const int64_t n = w->rows->n, d = w->rows->d;
    w->centre = ak_alloc(sizeof *w->centre, w->k, d);
    w->half = ak_alloc(sizeof *w->half, w->k, 1);
    w->cluster = ak_alloc(sizeof *w->cluster, n, 1);
    w->square = ak_alloc(sizeof *w->square, n, 1);
    w->mean = ak_alloc(sizeof *w->mean, w->k, d);
    w->begin = ak_alloc(sizeof *w->begin, w->k + 1, 1);
    w->member = ak_alloc(sizeof *w->member, n, 1);
    w->score = ak_alloc(sizeof *w->score, (int64_t)akin_threads() * BLOCK, w->k);
    if (w->centre && w->half && w->cluster && w->square && w->mean && w->begin && w->member && w->score)
        return AKIN_OK;
    return ak_no_memory(err, "for %lld clusters of %lld rows", (long long)w->k, (long long)n);
}

akin_status ak_kmeans(const ak_map_rows *rows, const akin_cluster_opts *o, int32_t *cluster,
                      akin_cluster_result *result, akin_error *err)
{
    lloyd w = { .rows = rows, .far = ak_far_here(), .k = o->k };
    akin_cluster_result best = *result;
    atomic_init(&w.failed, false);
    atomic_init(&w.moved, 0);
    akin_status status = take_memory(&w, err);
    for (int32_t start = 0; start < o->starts && !status; start++) {
        akin_cluster_result r = *result;
        status = run_start(&w, o, start, &r, err);
        if (status || (start && !(r.inertia < best.inertia))) continue;
        best = r;
        memcpy(cluster, w.cluster, (size_t)rows->n * sizeof *cluster);
    }
    if (!status) {
        const double all = whole(&w);
        best.explained = all > 0 ? 1 - best.inertia / all : (double)NAN;
    }
    if (!status && atomic_load(&w.failed))
        status = ak_no_memory(err, "in oneDNN for %lld rows", (long long)rows->n);
    *result = best;
    free(w.centre);
    free(w.half);
    free(w.cluster);
    free(w.square);
    free(w.mean);
    free(w.begin);
    free(w.member);
    free(w.score);
    return status;
}
