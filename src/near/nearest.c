/* SPDX-License-Identifier: Apache-2.0 */
/* near/nearest.c - the k nearest of each row, in order: found by cosines in float, one more than k; of those
 * the distances are in double, and ordered. */
#include "eval/nearest.h"
#include "near/near.h"

#include <stdlib.h>

static int by_distance(const void *a, const void *b)
{
    const ak_near_other *x = a, *y = b;
    if (x->distance != y->distance) return x->distance < y->distance ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct work {
    const ak_near_rows *r;
    int64_t k;
    const int32_t *found; /* [m, k+1] */
    ak_near_see *see;
    void *ctx;
} work;

/* The row itself is among the found, unless others are as near as float tells. */
static void measure(int64_t begin, int64_t end, void *ctx)
{
    const work *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        ak_near_other o[AK_NEAR_MOST + 1];
        int64_t n = 0;
        for (int64_t j = 0; j <= w->k; j++) {
            const int64_t row = w->found[i * (w->k + 1) + j];
            if (row != i) o[n++] = (ak_near_other){ 1 - ak_near_cosine(w->r, i, row), row };
        }
        qsort(o, (size_t)n, sizeof *o, by_distance);
        w->see(i, o, w->ctx);
    }
}

akin_status ak_near_nearest(const ak_near_rows *r, int64_t k, ak_near_see *see, void *ctx, akin_error *err)
{
    int32_t *found = ak_alloc(sizeof *found, r->m, k + 1);
    if (!found) return ak_no_memory(err, "for the neighbours of %lld rows", (long long)r->m);
    const akin_cmat unit = akin_mat_const(r->unit);
    const akin_status status = ak_eval_neighbours_shared(r->ranks, unit, unit, k + 1, found, NULL, err);
    work w = { r, k, found, see, ctx };
    if (!status) ak_parallel_for(r->m, 64, measure, &w);
    free(found);
    return status;
}
