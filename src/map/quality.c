/* SPDX-License-Identifier: Apache-2.0 */
/* map/quality.c - what a map keeps of its rows, of a sample of items.
 *
 *     recall_i = |N_k(i) and M_k(i)| / k
 *     trust_i  = 1 - 2/(k (2n - 3k - 1)) sum over j of M_k(i) and not N_k(i) of (rank_i(j) - k)  [Venna2001]
 *
 * N_k(i) are the k nearest rows, M_k(i) the k nearest in the map, rank_i(j) = 1 for the nearest row. Equal
 * ones are in order of their index. BLOCK items of the sample are compared with all rows at a time; ranks
 * have some of the blocks each. */
#include "map/graph.h"

#include "base/rng.h"
#include "eval/eval.h"
#include "akin/tool/difficulty.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { BLOCK = 8, TILE = 4096, K = 15, PARTNERS = 5 };

typedef struct measure {
    const ak_map_rows *rows;
    akin_cmat map;
    int64_t sample;
    uint64_t seed;
    int32_t *item;                       /* [sample] */
    double *recall10, *recall15, *trust; /* [sample] */
    double *far, *far_in_map;            /* [sample,PARTNERS] distances */
    float *own, *s;                      /* per worker [BLOCK,d] and [BLOCK,n] */
    int64_t first;                       /* block of this rank */
    atomic_bool failed;
} measure;

typedef struct nearest {
    double key; /* smaller is nearer */
    int32_t index;
} nearest;

/* Keep the k with the least key; they come in order of index. */
static void keep(nearest *list, int64_t k, int64_t *held, double key, int32_t index)
{
    if (*held == k && key >= list[k - 1].key) return;
    int64_t r = *held < k ? (*held)++ : k - 1;
    for (; r > 0 && key < list[r - 1].key; r--) list[r] = list[r - 1];
    list[r] = (nearest){ key, index };
}

static double apart(akin_cmat map, int64_t i, int64_t j)
{
    const float *a = ak_crow(map, i), *b = ak_crow(map, j);
    const double dx = (double)a[0] - (double)b[0], dy = (double)a[1] - (double)b[1];
    return dx * dx + dy * dy;
}

static bool among(const nearest *list, int64_t k, int32_t j)
{
    for (int64_t r = 0; r < k; r++)
        if (list[r].index == j) return true;
    return false;
}

static double recall(const nearest *rows, const nearest *map, int64_t k)
{
    int64_t both = 0;
    for (int64_t r = 0; r < k; r++) both += among(rows, k, map[r].index);
    return (double)both / (double)k;
}

static double trust(const float *s, int64_t n, int64_t i, const nearest *rows, const nearest *map, int64_t k)
{
    double beyond = 0;
    for (int64_t r = 0; r < k; r++) {
        const int32_t j = map[r].index;
        if (among(rows, k, j)) continue;
        int64_t rank = 1;
        for (int64_t l = 0; l < n; l++) rank += l != i && l != j && (s[l] > s[j] || (s[l] == s[j] && l < j));
        beyond += (double)(rank - k);
    }
    return 1 - 2 * beyond / ((double)k * (double)(2 * n - 3 * k - 1));
}

/* Squared distance of rows i and j, by s_ij. */
static double squared(const ak_map_rows *rows, int64_t i, double s)
{
    return fmax(0, rows->metric == AKIN_MAP_COSINE ? 2 - 2 * s : -2 * (double)rows->bias[i] - 2 * s);
}

static void look_at(measure *w, int64_t q, const float *s)
{
    const int64_t n = w->rows->n, i = w->item[q];
    nearest rows[K], map[K];
    int64_t held = 0, held_in_map = 0;
    for (int64_t j = 0; j < n; j++) {
        if (j == i) continue;
        keep(rows, K, &held, -(double)s[j], (int32_t)j);
        keep(map, K, &held_in_map, apart(w->map, i, j), (int32_t)j);
    }
    w->recall10[q] = held >= 10 ? recall(rows, map, 10) : NAN;
    w->recall15[q] = held == K ? recall(rows, map, K) : NAN;
    w->trust[q] = held == K && 2 * n - 3 * K - 1 > 0 ? trust(s, n, i, rows, map, K) : NAN;
    ak_rng rng = ak_rng_at(w->seed, AK_RNG_MAP, 3, (uint64_t)i + 2, 0);
    for (int p = 0; p < PARTNERS; p++) {
        const int64_t j = (i + 1 + (int64_t)ak_rng_below(&rng, (uint32_t)(n - 1))) % n;
        w->far[q * PARTNERS + p] = squared(w->rows, i, (double)s[j]);
        w->far_in_map[q * PARTNERS + p] = apart(w->map, i, j);
    }
}

static void look_at_block(int64_t place, int worker, void *ctx)
{
    measure *w = ctx;
    const int64_t block = w->first + place;
    const int64_t n = w->rows->n, d = w->rows->d, begin = block * BLOCK;
    const int64_t count = w->sample - begin < BLOCK ? w->sample - begin : BLOCK;
    float *own = w->own + worker * BLOCK * d, *s = w->s + worker * BLOCK * n;
    for (int64_t q = 0; q < count; q++)
        memcpy(own + q * d, w->rows->x + w->item[begin + q] * d, (size_t)d * sizeof *own);
    for (int64_t first = 0; first < n; first += TILE) {
        const int64_t some = n - first < TILE ? n - first : TILE;
        if (!ak_gemm(false, true, count, some, d, own, d, w->rows->x + first * d, d, 0, s + first, n))
            atomic_store(&w->failed, true);
    }
    for (int64_t q = 0; q < count; q++) {
        for (int64_t j = 0; j < n; j++) s[q * n + j] += w->rows->bias[j];
        look_at(w, begin + q, s + q * n);
    }
}

/* Mean and its interval over items. */
static void average(const double *x, int64_t n, double *mean, double ci95[2])
{
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    *mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) square += (x[i] - *mean) * (x[i] - *mean);
    const double half = n > 1 ? ak_student95(n - 1) * sqrt(square / (double)(n - 1) / (double)n) : NAN;
    ci95[0] = fmax(0, *mean - half);
    ci95[1] = fmin(1, *mean + half);
    if (isnan(half) || isnan(*mean)) ci95[0] = ci95[1] = NAN;
}

/* Items by chance, each once: the first of a shuffle. */
static akin_status draw(measure *w, akin_error *err)
{
    const int64_t n = w->rows->n;
    int32_t *all = ak_alloc(sizeof *all, n, 1);
    if (!all) return ak_no_memory(err, "to measure a map of %lld items", (long long)n);
    for (int64_t i = 0; i < n; i++) all[i] = (int32_t)i;
    ak_rng rng = ak_rng_at(w->seed, AK_RNG_MAP, 4, 1, 0);
    for (int64_t q = 0; q < w->sample; q++) {
        const int64_t at = q + (int64_t)ak_rng_below(&rng, (uint32_t)(n - q));
        w->item[q] = all[at];
        all[at] = all[q];
    }
    free(all);
    return AKIN_OK;
}

static akin_status look_at_some(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    measure *w = ctx;
    w->first = begin / BLOCK;
    ak_parallel_tasks((end - begin + BLOCK - 1) / BLOCK, look_at_block, w);
    return atomic_load(&w->failed) ? ak_no_memory(err, "to measure a map") : AKIN_OK;
}

static akin_status look(measure *w, akin_map_quality *to, akin_error *err)
{
    const ak_column made[] = { { w->recall10, sizeof *w->recall10 },
                               { w->recall15, sizeof *w->recall15 },
                               { w->trust, sizeof *w->trust },
                               { w->far, PARTNERS * sizeof *w->far },
                               { w->far_in_map, PARTNERS * sizeof *w->far_in_map } };
    const ak_division all = { .rows = w->sample,
                              .step = BLOCK,
                              .cost = 10 * (double)w->rows->n * (double)w->rows->d,
                              .work = look_at_some,
                              .ctx = w,
                              .column = made,
                              .columns = (int)(sizeof made / sizeof *made) };
    AK_TRY(draw(w, err));
    AK_TRY(ak_comm_divide(w->rows->ranks, &all, err));
    to->sample = w->sample;
    average(w->recall10, w->sample, &to->recall10, to->recall10_ci95);
    average(w->recall15, w->sample, &to->recall15, to->recall15_ci95);
    average(w->trust, w->sample, &to->trust, to->trust_ci95);
    return akin_rank_correlation(w->far, w->far_in_map, w->sample * PARTNERS, &to->distances, err);
}

static akin_status measure_rows(const ak_map_rows *rows, akin_cmat map, int64_t sample, uint64_t seed,
                                akin_map_quality *to, akin_error *err)
{
    const int64_t n = rows->n, d = rows->d, workers = akin_threads();
    measure w = { .rows = rows, .map = map, .sample = sample, .seed = seed };
    atomic_init(&w.failed, false);
    w.item = ak_alloc(sizeof *w.item, sample, 1);
    w.recall10 = ak_alloc(sizeof *w.recall10, sample, 1);
    w.recall15 = ak_alloc(sizeof *w.recall15, sample, 1);
    w.trust = ak_alloc(sizeof *w.trust, sample, 1);
    w.far = ak_alloc(sizeof *w.far, sample, PARTNERS);
    w.far_in_map = ak_alloc(sizeof *w.far_in_map, sample, PARTNERS);
    w.own = ak_alloc(sizeof *w.own, workers * BLOCK, d);
    w.s = ak_alloc(sizeof *w.s, workers * BLOCK, n);
    const bool memory =
        w.item && w.recall10 && w.recall15 && w.trust && w.far && w.far_in_map && w.own && w.s;
    const akin_status status =
        memory ? look(&w, to, err) : ak_no_memory(err, "to measure a map of %lld items", (long long)n);
    free(w.item);
    free(w.recall10);
    free(w.recall15);
    free(w.trust);
    free(w.far);
    free(w.far_in_map);
    free(w.own);
    free(w.s);
    return status;
}

static akin_status check(akin_cmat rows, akin_cmat map, akin_map_metric metric, akin_error *err)
{
    AK_TRY(ak_check_view(rows, "map: rows", err));
    AK_TRY(ak_check_view(map, "map", err));
    if (rows.rows < 2 || map.rows != rows.rows || map.cols != 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "map: the map of %lld rows is [%lld,2], not [%lld,%lld]",
                       (long long)rows.rows, (long long)rows.rows, (long long)map.rows, (long long)map.cols);
    for (int64_t i = 0; i < map.rows; i++)
        if (!ak_all_finite(ak_crow(map, i), 2))
            return ak_fail(err, AKIN_ERR_INPUT, "map: place %lld (from 0) is not finite", (long long)i);
    if ((unsigned)metric > AKIN_MAP_EUCLIDEAN)
        return ak_fail(err, AKIN_ERR_RANGE, "map: metric %d is none", (int)metric);
    return AKIN_OK;
}

akin_status akin_map_measure_with(akin_cmat rows, akin_cmat map, const akin_map_measure_opts *opts,
                                  akin_map_quality *quality, akin_error *err)
{
    akin_map_quality q = AKIN_MAP_QUALITY_INIT;
    akin_map_measure_opts o = AKIN_MAP_MEASURE_OPTS_INIT;
    ak_map_rows own;
    AK_TRY(ak_opts_import(&o, opts, "map", err));
    AK_TRY(ak_comm_same_rows(o.ranks, check(rows, map, o.metric, err), rows, err));
    akin_status status = ak_map_rows_make(rows, o.metric, NULL, &own, "map: rows", err);
    own.ranks = o.ranks;
    if (o.sample <= 0) o.sample = 1000;
    if (o.sample > rows.rows) o.sample = rows.rows;
    if (!status) status = measure_rows(&own, map, o.sample, o.seed, &q, err);
    ak_map_rows_free(&own);
    status = ak_comm_settle(o.ranks, status, err);
    return status ? status : ak_result_export(quality, &q, "map", err);
}

akin_status akin_map_measure(akin_cmat rows, akin_cmat map, akin_map_metric metric, int64_t sample,
                             uint64_t seed, akin_map_quality *quality, akin_error *err)
{
    akin_map_measure_opts o = AKIN_MAP_MEASURE_OPTS_INIT;
    o.metric = metric;
    o.sample = sample;
    o.seed = seed;
    return akin_map_measure_with(rows, map, &o, quality, err);
}
