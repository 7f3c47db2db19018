/* SPDX-License-Identifier: Apache-2.0 */
/* dist/sharing.c - ranks as base/sharing.h has them. */
#include "dist/sharing.h"

#include "dist/divide.h"
#include "dist/kind.h"

static akin_status agree(void *ctx, akin_status mine, akin_error *err)
{
    return ak_comm_agree(ctx, mine, err);
}
static int64_t first(void *ctx, int64_t n, int rank) { return ak_comm_first(ctx, n, rank); }

static akin_status gather(void *ctx, void *rows, int64_t n, int64_t bytes, akin_error *err)
{
    return akin_ranks_gather(ctx, rows, n, bytes, err);
}

akin_status ak_comm_sharing(ak_comm *c, uint64_t same, ak_sharing *made, const ak_sharing **out,
                            akin_error *err)
{
    bool alike;
    *out = NULL;
    if (ak_comm_size(c) == 1) return AKIN_OK;
    c->agreed = AKIN_OK; /* of an earlier call */
    *made = (ak_sharing){ ak_comm_rank(c), ak_comm_size(c), c, agree, first, gather };
    AK_TRY(ak_sharing_same(made, same, &alike, err));
    if (alike) *out = made;
    return AKIN_OK;
}
