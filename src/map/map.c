/* SPDX-License-Identifier: Apache-2.0 */
/* map/map.c - akin_map(): rows, neighbours, graph, start, descent. */
#include "map/layout.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>
#include <xxhash.h>

enum { CHECKED = 500 }; /* items whose neighbours are looked for exactly, too */

akin_status ak_map_check_shape(akin_cmat rows, akin_mat map, akin_error *err)
{
    AK_TRY(ak_check_view(rows, "map", err));
    if (map.rows != rows.rows || map.cols != 2 || !map.data)
        return ak_fail(err, AKIN_ERR_SHAPE, "map: the map of %lld rows is [%lld,2], not [%lld,%lld]",
                       (long long)rows.rows, (long long)rows.rows, (long long)map.rows, (long long)map.cols);
    return AKIN_OK;
}

akin_status ak_map_check(const akin_map_opts *o, akin_error *err)
{
    if (o->k < 1 || o->k > 100)
        return ak_fail(err, AKIN_ERR_RANGE, "map: k is %d; it must be between 1 and 100", o->k);
    if (o->negatives < 0 || o->negatives > 1000000)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "map: negatives are %d; they must be between 1 and 1000000, or 0 for the usual number",
                       o->negatives);
    if (o->draws < 2 || o->draws > 1000000)
        return ak_fail(err, AKIN_ERR_RANGE, "map: draws are %d; they must be between 2 and 1000000",
                       o->draws);
    if (o->epochs < 1) return ak_fail(err, AKIN_ERR_RANGE, "map: epochs are %d; at least 1", o->epochs);
    if (!(o->spectrum >= 0 && o->spectrum <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "map: spectrum is %g; it must be between 0 and 1", o->spectrum);
    if (!(o->rate > 0 && o->rate <= 100))
        return ak_fail(err, AKIN_ERR_RANGE, "map: rate is %g; it must be above 0 and at most 100", o->rate);
    if ((unsigned)o->metric > AKIN_MAP_EUCLIDEAN || (unsigned)o->loss > AKIN_MAP_NEG ||
        (unsigned)o->search > AKIN_MAP_APPROXIMATE)
        return ak_fail(err, AKIN_ERR_RANGE, "map: metric %d, loss %d or search %d is none", (int)o->metric,
                       (int)o->loss, (int)o->search);
    return AKIN_OK;
}

int32_t ak_map_negatives(const akin_map_opts *o, int64_t n)
{
    const int64_t usual = o->loss == AKIN_MAP_NEG ? 5 : o->loss == AKIN_MAP_INFONCE ? 500 : n / 10;
    int64_t m = o->negatives ? o->negatives : usual < 5 ? 5 : usual;
    if (o->loss == AKIN_MAP_INFONCE && m > n - 1) m = n - 1;
    return (int32_t)(m < 1000000 ? m : 1000000);
}

uint64_t akin_map_sum(akin_cmat rows)
{
    XXH64_hash_t sum = (XXH64_hash_t)rows.cols;
    for (int64_t i = 0; i < rows.rows; i++)
        sum = XXH64(ak_crow(rows, i), (size_t)rows.cols * sizeof(float), sum);
    return sum;
}

/* What share of the true neighbours the lists hold, of rows evenly spread. */
static akin_status share_found(const ak_map_rows *rows, int64_t k, const int32_t *index, double *share,
                               akin_error *err)
{
    const int64_t n = rows->n, d = rows->d, some = n < CHECKED ? n : CHECKED;
    ak_map_rows asked = *rows;
    asked.n = some;
    asked.x = ak_alloc(sizeof *asked.x, some, d);
    int32_t *truth = ak_alloc(sizeof *truth, some, k + 1);
    akin_status status =
        asked.x && truth ? AKIN_OK : ak_no_memory(err, "to check %lld rows", (long long)some);
    for (int64_t q = 0; q < some && !status; q++)
        memcpy(asked.x + q * d, rows->x + n * q / some * d, (size_t)d * sizeof *asked.x);
    if (!status) status = ak_map_nearest_of(&asked, rows, k + 1, truth, err);
    int64_t held = 0, all = 0;
    for (int64_t q = 0; q < some && !status; q++) {
        const int64_t i = n * q / some;
        for (int64_t r = 0, taken = 0; r <= k && taken < k; r++) {
            const int32_t j = truth[q * (k + 1) + r];
            if (j == i) continue;
            taken++;
            all++;
            for (int64_t e = 0; e < k; e++) held += index[i * k + e] == j;
        }
    }
    if (!status) *share = (double)held / (double)all;
    free(asked.x);
    free(truth);
    return status;
}

static akin_status neighbours(const ak_map_rows *rows, const akin_map_opts *o, int64_t k, int32_t *index,
                              akin_map_result *result, akin_error *err)
{
    const bool exact = o->search == AKIN_MAP_EXACT ||
                       (o->search == AKIN_MAP_AUTO && ak_map_exact_is_cheap(rows->n, rows->n, rows->d));
    result->exact = exact;
    result->found = 1;
    if (exact) return ak_map_nearest_exact(rows, k, index, err);
    AK_TRY(ak_map_nearest_approximate(rows, k, o->seed, index, err));
    return share_found(rows, k, index, &result->found, err);
}

static akin_status lay_out(const ak_map_graph *graph, const akin_map_opts *o, const float *start,
                           const int32_t *place, akin_mat map, akin_map_result *result, akin_error *err)
{
    const int64_t n = graph->n;
    const bool infonce = o->loss == AKIN_MAP_INFONCE;
    const int64_t m = result->negatives, draws = infonce ? m : o->draws;
    ak_map_state s;
    AK_TRY(ak_map_state_make(graph, draws + 2, &s, err));
    s.loss = o->loss;
    s.ranks = o->ranks;
    s.negatives = (double)m;
    if (o->loss == AKIN_MAP_NEG) s.c = ak_map_noise_level(o->spectrum, s.negatives, n);
    for (int64_t i = 0; i < n; i++) {
        const int64_t p = place[i];
        s.x[p] = s.x[p + n] = start[2 * i];
        s.y[p] = s.y[p + n] = start[2 * i + 1];
    }
    const akin_status status = ak_map_optimise(&s, o, err);
    result->c = infonce ? NAN : s.c;
    result->z = infonce ? NAN : s.c * (double)n * (double)n / s.negatives;
    for (int64_t i = 0; i < n && !status; i++) {
        map.data[i * map.stride] = s.x[place[i]];
        map.data[i * map.stride + 1] = s.y[place[i]];
    }
    ak_map_state_free(&s);
    return status;
}

/* rows are freed as soon as they are not needed any more. */
static akin_status make(ak_map_rows *rows, const akin_map_opts *o, akin_mat map, akin_map_result *result,
                        akin_error *err)
{
    const int64_t n = rows->n, k = result->k;
    ak_map_graph graph = { .n = 0 };
    int32_t *index = ak_alloc(sizeof *index, n, k), *place = ak_alloc(sizeof *place, n, 1);
    float *start = ak_alloc(sizeof *start, n, 2);
    const double begun = ak_now_s();
    akin_status status =
        index && place && start ? AKIN_OK : ak_no_memory(err, "for a map of %lld items", (long long)n);
    if (!status) status = neighbours(rows, o, k, index, result, err);
    result->seconds_neighbours = ak_now_s() - begun;
    if (!status) status = ak_map_start(rows, o->seed, start, err);
    ak_map_rows_free(rows);
    if (!status) {
        for (int64_t i = 0; i < n; i++) place[i] = (int32_t)i;
        ak_rng rng = ak_rng_at(o->seed, AK_RNG_MAP, 2, 1, 0);
        ak_rng_shuffle(&rng, place, n);
        status = ak_map_graph_make(index, n, k, place, &graph, err);
    }
    free(index);
    if (!status) result->edges = graph.begin[n] / 2;
    if (!status) status = lay_out(&graph, o, start, place, map, result, err);
    result->seconds_layout = ak_now_s() - begun - result->seconds_neighbours;
    ak_map_graph_free(&graph);
    free(place);
    free(start);
    return status;
}

static akin_status check_all(akin_cmat rows, akin_mat map, const akin_map_opts *o, akin_error *err)
{
    AK_TRY(ak_map_check_shape(rows, map, err));
    if (rows.rows < 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "map: one row has no neighbours; at least two are needed");
    return ak_map_check(o, err);
}

akin_status akin_map(akin_cmat rows, const akin_map_opts *opts, akin_mat map, akin_map_result *result,
                     akin_error *err)
{
    akin_map_opts o = AKIN_MAP_OPTS_INIT;
    akin_map_result r = AKIN_MAP_RESULT_INIT;
    ak_map_rows own;
    if (opts) AK_TRY(ak_opts_import(&o, opts, "map", err));
    AK_TRY(ak_comm_same_rows(o.ranks, check_all(rows, map, &o, err), rows, err));
    r.n = rows.rows;
    r.k = o.k < (int32_t)fmin(1e9, (double)(rows.rows - 1)) ? o.k : (int32_t)(rows.rows - 1);
    r.negatives = ak_map_negatives(&o, rows.rows);
    akin_status status = ak_map_rows_make(rows, o.metric, NULL, &own, "map", err);
    own.ranks = o.ranks;
    if (!status) status = make(&own, &o, map, &r, err);
    ak_map_rows_free(&own);
    status = ak_comm_settle(o.ranks, status, err);
    if (status || !result) return status;
    return ak_result_export(result, &r, "map", err);
}
