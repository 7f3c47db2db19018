/* SPDX-License-Identifier: Apache-2.0 */
/* near/outliers.c - how far each row is from the k-th nearest of the others. */
#include "akin/tool/dups.h"
#include "akin/tool/escape.h"
#include "near/near.h"

#include <math.h>
#include <stdio.h>

typedef struct work {
    const ak_near_rows *r;
    int64_t k;
    double *distance;
    int64_t *nearest;
} work;

static void see(int64_t i, const ak_near_other *o, void *ctx)
{
    const work *w = ctx;
    w->distance[w->r->item[i]] = o[w->k - 1].distance;
    if (w->nearest) w->nearest[w->r->item[i]] = w->r->item[o[0].row];
}

static akin_status find(const ak_near_rows *r, int64_t k, double *distance, int64_t *nearest, akin_error *err)
{
    work w = { r, k, distance, nearest };
    AK_TRY(ak_near_nearest(r, k, see, &w, err));
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
    _Static_assert((int)AKIN_OUTLIERS_MOST == (int)AK_NEAR_MOST, "k");
    AK_TRY(ak_opts_import(&o, opts, "outliers", err));
    if (o.k < 1 || o.k > AKIN_OUTLIERS_MOST)
        return ak_fail(err, AKIN_ERR_RANGE, "outliers: k is %d; it must lie in [1,%d]", o.k,
                       AKIN_OUTLIERS_MOST);
    akin_status status = ak_near_open(rows, "outliers: rows", o.ranks, &r, err);
    if (!status) {
        status = r.m > o.k ? find(&r, o.k, distance, nearest, err) : too_few(r.m, o.k, err);
        ak_near_close(&r);
    }
    return ak_comm_settle(o.ranks, status, err);
}
