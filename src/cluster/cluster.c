/* SPDX-License-Identifier: Apache-2.0 */
/* cluster/cluster.c - the border: options, numbers of clusters, and the rows in their middle. */
#include "cluster/cluster.h"
#include "linalg/lloyd.h"

#include <math.h>
#include <string.h>

/* Numbers ------------------------------------------------------------------------------------------------ */

typedef struct numbered {
    int64_t size, first;
    int32_t old;
} numbered;

static int greatest_first(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* By size; values are below n. How many there are. */
static akin_status number(int32_t *cluster, int64_t n, int32_t *clusters, akin_error *err)
{
    numbered *list = ak_alloc(sizeof *list, n, 1);
    int32_t *now = ak_alloc(sizeof *now, n, 1);
    int64_t count = 0;
    for (int64_t i = 0; list && now && i < n; i++) {
        if (cluster[i] < 0) continue;
        numbered *at = &list[cluster[i]];
        if (!at->size++) *at = (numbered){ 1, i, cluster[i] };
    }
    if (list && now) {
        qsort(list, (size_t)n, sizeof *list, greatest_first);
        while (count < n && list[count].size) {
            now[list[count].old] = (int32_t)count;
            count++;
        }
        for (int64_t i = 0; i < n; i++)
            if (cluster[i] >= 0) cluster[i] = now[cluster[i]];
    }
    const bool ok = list && now;
    free(list);
    free(now);
    *clusters = (int32_t)count;
    return ok ? AKIN_OK : ak_no_memory(err, "for the clusters of %lld rows", (long long)n);
}

/* The border --------------------------------------------------------------------------------------------- */

static akin_status check(const akin_cluster_opts *o, int64_t n, akin_error *err)
{
    if (o->method > AKIN_CLUSTER_DENSITY)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: method is %d; it is 0 or 1", (int)o->method);
    if (o->metric > AKIN_MAP_EUCLIDEAN)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: metric is %d; it is 0 or 1", (int)o->metric);
    if (o->method == AKIN_CLUSTER_KMEANS && (o->k < 1 || o->k > n))
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: k is %d; it must be between 1 and the %lld rows", o->k,
                       (long long)n);
    if (o->starts < 1 || o->starts > 1000)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: starts is %d; it must be between 1 and 1000",
                       o->starts);
    if (o->iterations < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: iterations is %d; it must be at least 1",
                       o->iterations);
    if (o->min_size < 2)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: min_size is %d; it must be at least 2", o->min_size);
    if (o->neighbours < 1 || o->neighbours > 1000)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: neighbours is %d; it must be between 1 and 1000",
                       o->neighbours);
    return AKIN_OK;
}

static akin_status by_density(const ak_map_rows *rows, const akin_cluster_opts *o, int32_t *cluster,
                              akin_error *err)
{
    ak_edge *edge = ak_alloc(sizeof *edge, rows->n, 1);
    if (!edge) return ak_no_memory(err, "for a tree of %lld rows", (long long)rows->n);
    akin_status status = ak_density_tree(rows, o->neighbours, edge, err);
    if (!status) status = ak_condense(edge, rows->n, o->min_size, cluster, err);
    free(edge);
    return status;
}

static akin_status make(const ak_map_rows *rows, const akin_cluster_opts *o, int32_t *cluster,
                        akin_cluster_result *r, akin_error *err)
{
    akin_status status = AKIN_OK;
    if (o->method == AKIN_CLUSTER_KMEANS)
        status = ak_kmeans(rows, o, cluster, r, err);
    else if (rows->n > 1)
        status = by_density(rows, o, cluster, err);
    else
        cluster[0] = -1;
    if (!status) status = number(cluster, rows->n, &r->clusters, err);
    r->inertia /= rows->scale * rows->scale;
    for (int64_t i = 0; !status && i < rows->n; i++) r->noise += cluster[i] < 0;
    return status;
}

akin_status akin_cluster(akin_cmat in, const akin_cluster_opts *opts, int32_t *cluster,
                         akin_cluster_result *result, akin_error *err)
{
    akin_cluster_opts o = AKIN_CLUSTER_OPTS_INIT;
    akin_cluster_result r = AKIN_CLUSTER_RESULT_INIT;
    ak_map_rows rows;
    AK_GIVEN(cluster, err);
    if (result && result->struct_size < sizeof result->struct_size)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "cluster: result.struct_size is %u: not initialised",
                       result->struct_size);
    AK_TRY(ak_opts_import(&o, opts, "cluster", err));
    akin_status status = ak_check_view(in, "cluster", err);
    if (!status) status = check(&o, in.rows, err);
    AK_TRY(ak_comm_same_rows(o.ranks, status, in, err));
    status = ak_map_rows_make(in, o.metric, NULL, &rows, "cluster", err);
    rows.ranks = o.ranks;
    int32_t *mine = ak_alloc(sizeof *mine, in.rows, 1);
    r.n = in.rows;
    r.inertia = r.explained = (double)NAN;
    if (!status)
        status =
            mine ? make(&rows, &o, mine, &r, err) : ak_no_memory(err, "for %lld rows", (long long)in.rows);
    status = ak_comm_settle(o.ranks, status, err);
    if (!status) {
        memcpy(cluster, mine, (size_t)in.rows * sizeof *mine);
        if (result) (void)ak_result_export(result, &r, "cluster", NULL);
    }
    free(mine);
    ak_map_rows_free(&rows);
    return status;
}

/* The middle --------------------------------------------------------------------------------------------- */

typedef struct central {
    const ak_map_rows *rows;
    int64_t m, *begin, *item;
    int32_t *member;
    double *mean, *distance;
} central;

typedef struct placed {
    double distance;
    int64_t item;
} placed;

static int nearest_first(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static void look_at(central *w, int64_t c, placed *list)
{
    const int64_t d = w->rows->d, count = w->begin[c + 1] - w->begin[c];
    const double *mean = w->mean + c * d;
    for (int64_t k = 0; k < count; k++) {
        const int64_t i = w->member[w->begin[c] + k];
        double square = 0;
        for (int64_t j = 0; j < d; j++) {
            const double off = (double)w->rows->x[i * d + j] - mean[j];
            square += off * off;
        }
        list[k] = (placed){ sqrt(square) / w->rows->scale, i };
        if (w->distance) w->distance[i] = list[k].distance;
    }
    qsort(list, (size_t)count, sizeof *list, nearest_first);
    for (int64_t k = 0; w->item && k < w->m; k++) w->item[c * w->m + k] = k < count ? list[k].item : -1;
}

akin_status akin_cluster_central(akin_cmat in, akin_map_metric metric, const int32_t *cluster, int64_t m,
                                 int64_t *item, double *distance, akin_error *err)
{
    ak_map_rows rows;
    int64_t clusters = 0;
    AK_GIVEN(cluster, err);
    AK_TRY(ak_check_view(in, "cluster", err));
    if (metric > AKIN_MAP_EUCLIDEAN || m < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "cluster: %lld items of each cluster, metric %d", (long long)m,
                       (int)metric);
    for (int64_t i = 0; i < in.rows; i++) {
        if (cluster[i] < -1 || cluster[i] >= in.rows)
            return ak_fail(err, AKIN_ERR_RANGE, "cluster: row %lld (counted from 0) is in cluster %d",
                           (long long)i, cluster[i]);
        if (cluster[i] >= clusters) clusters = cluster[i] + (int64_t)1;
    }
    AK_TRY(ak_map_rows_make(in, metric, NULL, &rows, "cluster", err));
    central w = { .rows = &rows, .m = m, .item = item, .distance = distance };
    w.begin = ak_alloc(sizeof *w.begin, clusters + 1, 1);
    w.member = ak_alloc(sizeof *w.member, in.rows, 1);
    w.mean = ak_alloc(sizeof *w.mean, clusters + 1, in.cols);
    placed *list = ak_alloc(sizeof *list, in.rows, 1);
    const bool ok = w.begin && w.member && w.mean && list;
    if (ok) {
        ak_group_means((akin_cmat){ rows.x, rows.n, rows.d, rows.d }, cluster, clusters, w.begin, w.member,
                       w.mean);
        for (int64_t i = 0; distance && i < in.rows; i++) distance[i] = (double)NAN;
        for (int64_t c = 0; c < clusters; c++) look_at(&w, c, list);
    }
    free(w.begin);
    free(w.member);
    free(w.mean);
    free(list);
    ak_map_rows_free(&rows);
    return ok ? AKIN_OK : ak_no_memory(err, "for %lld clusters", (long long)clusters);
}
