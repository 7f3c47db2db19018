/* SPDX-License-Identifier: Apache-2.0 */
/* near/together.c - keys by their greatest, pairs one rank after the other, to be put in order later. */
#include "near/together.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t SIGN = (uint64_t)1 << 63; /* the order of unsigned numbers as one of signed ones */

akin_status ak_nearest_together(ak_comm *c, atomic_uint_least64_t *key, int64_t m, akin_error *err)
{
    if (ak_comm_size(c) == 1) return AKIN_OK;
    int64_t *all = ak_alloc(sizeof *all, m ? m : 1, 1);
    akin_status status = all ? AKIN_OK : ak_no_memory(err, "for the nearest of %lld rows", (long long)m);
    status = ak_comm_agree(c, status, err);
    for (int64_t i = 0; i < m && !status; i++) all[i] = (int64_t)(atomic_load(&key[i]) ^ SIGN);
    if (!status) status = ak_comm_most_counts(c, all, m, err);
    for (int64_t i = 0; i < m && !status; i++) atomic_store(&key[i], (uint64_t)all[i] ^ SIGN);
    free(all);
    return status;
}

/* Room for so many, this rank's from place `at` on. */
static akin_status make_room(ak_pair_list *l, int64_t first, int64_t at, int64_t all, akin_error *err)
{
    if (all > l->room) {
        akin_dup_pair *more = realloc(l->pair, (size_t)all * sizeof *more);
        if (!more) return ak_no_memory(err, "for %lld pairs", (long long)all);
        l->pair = more;
        l->room = all;
    }
    memmove(l->pair + at, l->pair + first, (size_t)(l->pairs - first) * sizeof *l->pair);
    return AKIN_OK;
}

static akin_status gather(ak_comm *c, ak_pair_list *l, int64_t first, int64_t most, bool *full,
                          int64_t *offset, akin_error *err)
{
    const int rank = ak_comm_rank(c), size = ak_comm_size(c);
    offset[rank + 1] = *full ? most + 1 : l->pairs - first;
    AK_TRY(ak_comm_sum_counts(c, offset, size + 1, err));
    for (int r = 0; r < size; r++) {
        *full = *full || offset[r + 1] > most - first - offset[r];
        if (*full) return AKIN_OK;
        offset[r + 1] += offset[r];
    }
    const int64_t all = first + offset[size];
    AK_TRY(ak_comm_agree(c, make_room(l, first, first + offset[rank], all, err), err));
    for (int r = 0; r <= size; r++) offset[r] *= (int64_t)sizeof *l->pair;
    char *at = (char *)(l->pair + first);
    l->pairs = all;
    return ak_comm_gather(c, at + offset[rank], at, offset, err);
}

akin_status ak_pairs_together(ak_comm *c, ak_pair_list *list, int64_t first, int64_t most, bool *full,
                              akin_error *err)
{
    if (ak_comm_size(c) == 1) return AKIN_OK;
    int64_t *offset = ak_alloc(sizeof *offset, ak_comm_size(c) + 1, 1);
    akin_status status = offset ? AKIN_OK : ak_no_memory(err, "for %d ranks", ak_comm_size(c));
    status = ak_comm_agree(c, status, err);
    if (!status) status = gather(c, list, first, most, full, offset, err);
    free(offset);
    return status;
}
