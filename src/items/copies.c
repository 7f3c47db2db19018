/* SPDX-License-Identifier: Apache-2.0 */
/* items/copies.c - groups of copies, and what distance makes a copy.
 *
 * Items are taken in order. One that lies within eps of an item that stays goes, and belongs to the group of
 * the first such item; any other stays. So whatever goes lies within eps of what stays for it, however long a
 * chain of near items is, and no two items that stay lie within eps of each other. A block of items is
 * compared with all before it, then with itself; what does not depend on the order is left to threads. */
#include "items/difficulty.h"
#include "near/near.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024 };

typedef struct copies {
    const int64_t *group;
    float limit;
    atomic_llong *first; /* [BLOCK] the first item before the block that stays and is near; n = none */
    uint8_t *near;       /* [BLOCK,BLOCK]: items of the block, r < c */
} copies;

static void see_earlier(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    copies *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        const float *s = tile->s + r * AK_PAIR_COLUMNS;
        if (w->group[i] != i) continue; /* it went */
        for (int64_t c = 0; c < tile->columns; c++) {
            if (!(s[c] >= w->limit)) continue;
            atomic_llong *first = &w->first[tile->first_column + c];
            long long had = atomic_load(first);
            while (i < had && !atomic_compare_exchange_weak(first, &had, i)) {}
        }
    }
}

static void see_block(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    copies *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++)
        for (int64_t c = 0; c < tile->columns; c++)
            w->near[(tile->first_row + r) * BLOCK + tile->first_column + c] =
                tile->s[r * AK_PAIR_COLUMNS + c] >= w->limit;
}

/* The items of a block, in order; group holds `same` of each. */
static void settle(akin_difficulty *d, const copies *w, int64_t begin, int64_t rows)
{
    for (int64_t c = 0; c < rows; c++) {
        const int64_t i = begin + c, first = atomic_load(&w->first[c]);
        if (d->group[i] != i)
            d->group[i] = d->group[d->group[i]]; /* equal to an earlier one: it goes where that goes */
        else if (first < d->n)
            d->group[i] = first;
        else
            for (int64_t r = 0; r < c && d->group[i] == i; r++)
                if (w->near[r * BLOCK + c] && d->group[begin + r] == begin + r) d->group[i] = begin + r;
    }
}

static akin_status walk_blocks(akin_difficulty *d, copies *w, akin_error *err)
{
    const int64_t width = d->unit.cols;
    for (int64_t begin = 0; begin < d->n; begin += BLOCK) {
        const int64_t rows = d->n - begin < BLOCK ? d->n - begin : BLOCK;
        const akin_cmat before = { d->unit.data, begin, width, width },
                        block = { d->unit.data + begin * width, rows, width, width };
        for (int64_t c = 0; c < rows; c++) atomic_store(&w->first[c], d->n);
        if (begin) AK_TRY(ak_pairs_walk(before, block, false, see_earlier, w, err));
        AK_TRY(ak_pairs_walk(block, block, true, see_block, w, err));
        settle(d, w, begin, rows);
    }
    return AKIN_OK;
}

static akin_status measure_spacing(akin_difficulty *d, akin_error *err)
{
    int64_t based;
    double *apart = ak_alloc(sizeof *apart, d->n, 1);
    if (!apart) return ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory for %lld items", (long long)d->n);
    for (int64_t i = 0; i < d->n; i++) apart[i] = 1 - (double)d->nearness[i];
    d->spacing = ak_near_spacing(apart, d->n, &based);
    d->suggested = ak_near_suggest(d->spacing, 0.1, 1); /* one digit says all of it */
    free(apart);
    return AKIN_OK;
}

akin_status ak_difficulty_copies(akin_difficulty *d, akin_error *err)
{
    AK_TRY(measure_spacing(d, err));
    if (d->opts.duplicate == AKIN_DUPLICATE_SUGGESTED) d->opts.duplicate = d->suggested;
    copies w = { .group = d->group, .limit = (float)(1 - d->opts.duplicate) };
    if (!(d->opts.duplicate > 0)) { /* only what the caller knows */
        for (int64_t i = 0; i < d->n; i++) d->group[i] = d->group[d->group[i]];
        return AKIN_OK;
    }
    w.first = ak_alloc(sizeof *w.first, BLOCK, 1);
    w.near = ak_alloc(1, BLOCK, BLOCK);
    const akin_status status = w.first && w.near
                                   ? walk_blocks(d, &w, err)
                                   : ak_fail(err, AKIN_ERR_NOMEM, "difficulty: no memory to find copies");
    free(w.first);
    free(w.near);
    return status;
}
