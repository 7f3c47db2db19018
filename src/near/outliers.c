/* SPDX-License-Identifier: Apache-2.0 */
/* near/outliers.c - how far each row is from the k-th nearest of the others.
 *
 * The k + 1 nearest are found by cosines in float; of those the distances are in double, and ordered. */
#include "akin/eval.h"
#include "akin/tool/dups.h"
#include "akin/tool/escape.h"
#include "near/near.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct other {
    double distance;
    int64_t row;
} other;

static int by_distance(const void *a, const void *b)
{
    const other *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct work {
    const ak_near_rows *r;
    int64_t k;
    const int32_t *found; /* [m, k+1] */
    double *distance;
    int64_t *nearest;
} work;

/* The row itself is among the found, unless others are as near as float tells. */
static void measure(int64_t begin, int64_t end, void *ctx)
{
    const work *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        other o[AKIN_OUTLIERS_MOST + 1];
        int64_t n = 0;
        for (int64_t j = 0; j <= w->k; j++) {
            const int64_t row = w->found[i * (w->k + 1) + j];
            if (row != i) o[n++] = (other){ 1 - ak_near_cosine(w->r, i, row), row };
        }
        qsort(o, (size_t)n, sizeof *o, by_distance);
        w->distance[w->r->item[i]] = o[w->k - 1].distance;
        if (w->nearest) w->nearest[w->r->item[i]] = w->r->item[o[0].row];
    }
}

static akin_status find(const ak_near_rows *r, int64_t k, double *distance, int64_t *nearest, akin_error *err)
{
    int32_t *found = ak_alloc(sizeof *found, r->m, k + 1);
    if (!found) return ak_no_memory(err, "for the neighbours of %lld rows", (long long)r->m);
    const akin_cmat unit = akin_mat_const(r->unit);
    const akin_status status = akin_eval_neighbours(unit, unit, k + 1, found, NULL, err);
    work w = { r, k, found, distance, nearest };
    if (!status) ak_parallel_for(r->m, 64, measure, &w);
    free(found);
    if (status) return status;
    for (int64_t i = 0; i < r->rows.rows; i++) {
        if (r->zero[i]) distance[i] = NAN;
        if (r->zero[i] && nearest) nearest[i] = -1;
        if (r->zero[i] || r->same[i] == i) continue;
        distance[i] = distance[r->same[i]];
        if (nearest) nearest[i] = nearest[r->same[i]];
    }
    return AKIN_OK;
}

static akin_status too_few(int64_t m, int32_t k, akin_error *err)
{
    char differ[40] = "no two rows differ";
    if (m > 1) snprintf(differ, sizeof differ, "%lld rows differ", (long long)m);
    return ak_fail(err, AKIN_ERR_INPUT,
                   "outliers: %s; the distance to the %d%s nearest takes more than %d that do", differ, k,
                   akin_show_ordinal(k), k);
}

akin_status akin_outliers(akin_cmat rows, const akin_outliers_opts *opts, double *distance, int64_t *nearest,
                          akin_error *err)
{
    akin_outliers_opts o = AKIN_OUTLIERS_OPTS_INIT;
    ak_near_rows r;
    if (!distance) return ak_fail(err, AKIN_ERR_ARGUMENT, "outliers: distance must not be NULL");
    AK_TRY(ak_opts_import(&o, opts, "outliers", err));
    if (o.k < 1 || o.k > AKIN_OUTLIERS_MOST)
        return ak_fail(err, AKIN_ERR_RANGE, "outliers: k is %d; it must lie in [1,%d]", o.k,
                       AKIN_OUTLIERS_MOST);
    AK_TRY(ak_near_open(rows, "outliers: rows", &r, err));
    const akin_status status = r.m > o.k ? find(&r, o.k, distance, nearest, err) : too_few(r.m, o.k, err);
    ak_near_close(&r);
    return status;
}
