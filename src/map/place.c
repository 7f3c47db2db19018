/* SPDX-License-Identifier: Apache-2.0 */
/* map/place.c - new rows on an old map.
 *
 * With N the k nearest old rows of a new one, m negatives for each edge and v = 1 + |y - y_j|^2, a place
 * lowers
 *
 *     sum_N log(1 + c v) + m k E{old by chance} log((1 + c v)/(c v))
 *
 * that is, the loss of nce or neg with c fixed: that of neg as its spectrum says, otherwise m times the mean
 * of q over pairs of the old map, which is what c has been learned to be. The old items that stand for the
 * mean are the same for all new rows, others in every step. */
#include "map/layout.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { STEPS = 60, DRAWS = 256, PAIRS = 100000 };
static const double RATE = 0.4, LONGEST_STEP = 1;

typedef struct placing {
    akin_cmat old_map;
    akin_mat map;
    int64_t k;
    const int32_t *index; /* [n,k] */
    const float *drawn;   /* [STEPS,DRAWS,2] places of old items */
    float *placed;        /* [n,2] */
    int64_t first;        /* of this rank */
    double c, negatives;
} placing;

static double mean_q(akin_cmat map, uint64_t seed)
{
    ak_rng rng = ak_rng_at(seed, AK_RNG_MAP, 5, 1, 0);
    double sum = 0;
    for (int p = 0; p < PAIRS; p++) {
        const int64_t i = ak_rng_below(&rng, (uint32_t)map.rows);
        const int64_t j = (i + 1 + ak_rng_below(&rng, (uint32_t)(map.rows - 1))) % map.rows;
        const double dx = (double)ak_crow(map, i)[0] - (double)ak_crow(map, j)[0];
        const double dy = (double)ak_crow(map, i)[1] - (double)ak_crow(map, j)[1];
        sum += 1 / (1 + (dx * dx + dy * dy));
    }
    return sum / PAIRS;
}

/* The median of coordinate c over the neighbours, by insertion. */
static double median(const placing *w, const int32_t *index, int c)
{
    double x[100];
    for (int64_t r = 0; r < w->k; r++) {
        const double value = (double)ak_crow(w->old_map, index[r])[c];
        int64_t at = r;
        for (; at > 0 && x[at - 1] > value; at--) x[at] = x[at - 1];
        x[at] = value;
    }
    return (x[(w->k - 1) / 2] + x[w->k / 2]) / 2;
}

/* Half of the slope of the loss at y, for one edge. */
static void slope(const placing *w, const int32_t *index, const float *drawn, const double y[2], double g[2])
{
    const double c = w->c;
    double pull[2] = { 0, 0 }, push[2] = { 0, 0 };
    for (int64_t r = 0; r < w->k; r++) {
        const float *p = ak_crow(w->old_map, index[r]);
        const double dx = y[0] - (double)p[0], dy = y[1] - (double)p[1];
        const double f = c / (1 + c * (1 + dx * dx + dy * dy));
        pull[0] += f * dx;
        pull[1] += f * dy;
    }
    for (int64_t t = 0; t < DRAWS; t++) {
        const double dx = y[0] - (double)drawn[2 * t], dy = y[1] - (double)drawn[2 * t + 1];
        const double v = 1 + dx * dx + dy * dy, f = 1 / (v * (1 + c * v));
        push[0] += f * dx;
        push[1] += f * dy;
    }
    for (int e = 0; e < 2; e++) g[e] = pull[e] / (double)w->k - w->negatives * push[e] / DRAWS;
}

static void place_rows(int64_t begin, int64_t end, void *ctx)
{
    const placing *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        const int32_t *index = w->index + i * w->k;
        double y[2] = { median(w, index, 0), median(w, index, 1) };
        for (int64_t t = 0; t < STEPS; t++) {
            double g[2];
            slope(w, index, w->drawn + t * DRAWS * 2, y, g);
            const double rate = RATE * (1 - (double)t / STEPS) * (1 + w->c) / w->c;
            const double length = rate * sqrt(g[0] * g[0] + g[1] * g[1]);
            const double cut = length > LONGEST_STEP ? LONGEST_STEP / length : 1;
            for (int e = 0; e < 2; e++) y[e] -= cut * rate * g[e];
        }
        w->placed[2 * i] = (float)y[0];
        w->placed[2 * i + 1] = (float)y[1];
    }
}

static void place_range(int64_t begin, int64_t end, void *ctx)
{
    const placing *w = ctx;
    place_rows(w->first + begin, w->first + end, ctx);
}

static akin_status place_some(int64_t begin, int64_t end, void *ctx, akin_error *err)
{
    placing *w = ctx;
    (void)err;
    w->first = begin;
    ak_parallel_for(end - begin, 32, place_range, w);
    return AKIN_OK;
}

static akin_status place(const ak_map_rows *query, const ak_map_rows *reference, placing *w, uint64_t seed,
                         akin_error *err)
{
    const int64_t n = reference->n;
    int32_t *index = ak_alloc(sizeof *index, query->n, w->k);
    float *drawn = ak_alloc(sizeof *drawn, STEPS * DRAWS, 2);
    w->placed = ak_alloc(sizeof *w->placed, query->n, 2);
    akin_status status = index && drawn && w->placed
                             ? ak_map_nearest_of(query, reference, w->k, index, err)
                             : ak_no_memory(err, "to place %lld rows", (long long)query->n);
    const ak_column places = { w->placed, 2 * sizeof *w->placed };
    const ak_division all = { .rows = query->n,
                              .step = 1,
                              .cost = STEPS * DRAWS * 8,
                              .work = place_some,
                              .ctx = w,
                              .column = &places,
                              .columns = 1 };
    if (!status) {
        ak_rng rng = ak_rng_at(seed, AK_RNG_MAP, 6, 1, 0);
        for (int64_t t = 0; t < STEPS * DRAWS; t++)
            memcpy(drawn + 2 * t, ak_crow(w->old_map, ak_rng_below(&rng, (uint32_t)n)), 2 * sizeof *drawn);
        w->index = index;
        w->drawn = drawn;
        status = ak_comm_divide(query->ranks, &all, err);
        for (int64_t i = 0; i < query->n && !status; i++)
            if (!ak_all_finite(w->placed + 2 * i, 2))
                status =
                    ak_fail(err, AKIN_ERR_NUMERIC, "map: the place of row %lld is not finite", (long long)i);
    }
    for (int64_t i = 0; i < query->n && !status; i++)
        memcpy(ak_row(w->map, i), w->placed + 2 * i, 2 * sizeof *w->placed);
    free(index);
    free(drawn);
    free(w->placed);
    return status;
}

static akin_status check(akin_cmat old_rows, akin_cmat old_map, akin_cmat rows, akin_error *err)
{
    AK_TRY(ak_check_view(old_rows, "map: old rows", err));
    AK_TRY(ak_check_view(old_map, "map: old map", err));
    if (old_rows.rows < 2 || old_map.rows != old_rows.rows || old_map.cols != 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "map: the old map is [%lld,%lld] and its rows are %lld",
                       (long long)old_map.rows, (long long)old_map.cols, (long long)old_rows.rows);
    if (rows.cols != old_rows.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "map: new rows have %lld columns, those of the old map %lld",
                       (long long)rows.cols, (long long)old_rows.cols);
    for (int64_t i = 0; i < old_map.rows; i++)
        if (!ak_all_finite(ak_crow(old_map, i), 2))
            return ak_fail(err, AKIN_ERR_INPUT, "map: place %lld of the old map is not finite", (long long)i);
    return AKIN_OK;
}

akin_status akin_map_place(akin_cmat old_rows, akin_cmat old_map, akin_cmat rows, const akin_map_opts *opts,
                           akin_mat map, akin_error *err)
{
    akin_map_opts o = AKIN_MAP_OPTS_INIT;
    ak_map_rows query = { .n = 0 }, reference = { .n = 0 };
    if (opts) AK_TRY(ak_opts_import(&o, opts, "map", err));
    akin_status status = ak_map_check(&o, err);
    if (!status) status = ak_map_check_shape(rows, map, err);
    if (!status) status = check(old_rows, old_map, rows, err);
    AK_TRY(ak_comm_same_rows(o.ranks, status, rows, err));
    const int64_t n = old_rows.rows;
    placing w = { .old_map = old_map, .map = map, .k = o.k < n ? o.k : n };
    w.negatives = ak_map_negatives(&o, n);
    w.c = o.loss == AKIN_MAP_NEG ? ak_map_noise_level(o.spectrum, w.negatives, n)
                                 : w.negatives * mean_q(old_map, o.seed);
    status = ak_map_rows_make(old_rows, o.metric, NULL, &reference, "map: old rows", err);
    if (!status) status = ak_map_rows_make(rows, o.metric, &reference, &query, "map: new rows", err);
    query.ranks = o.ranks;
    if (!status) status = place(&query, &reference, &w, o.seed, err);
    ak_map_rows_free(&query);
    ak_map_rows_free(&reference);
    return ak_comm_settle(o.ranks, status, err);
}
