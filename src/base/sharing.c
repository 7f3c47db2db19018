/* SPDX-License-Identifier: Apache-2.0 */
/* base/sharing.c - a work that several processes divide: what they have alike. */
#include "base/sharing.h"

akin_status ak_sharing_same(const ak_sharing *s, uint64_t mine, bool *same, akin_error *err)
{
    uint64_t *all = ak_alloc(sizeof *all, s->size, 1);
    akin_status status = s->agree(s->ctx, all ? AKIN_OK : ak_no_memory(err, "for what ranks exchange"), err);
    if (!status) all[s->rank] = mine;
    if (!status) status = s->gather(s->ctx, all, s->size, sizeof *all, err);
    *same = !status;
    for (int r = 0; r < s->size && *same; r++) *same = all[r] == mine;
    free(all);
    return status;
}
