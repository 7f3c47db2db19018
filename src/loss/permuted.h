/* SPDX-License-Identifier: Apache-2.0 */
/* loss/permuted.h - what the loss of these rows would be if nothing related the views: the same rows, their
 * partners permuted.
 *
 * AK_PERMUTATIONS cycles through the items of all ranks, drawn from a seed of their own, so that they are the
 * same for every batch of as many items, on any number of ranks, and leave no item its partner. A loss adds
 * up, item by item, what its anchors cost with those strangers less what they cost with their partner: a
 * paired sample, whose mean is how far the permuted loss lies above the loss, and whose spread says how well
 * that is known. Few dot products a permutation are new, O(n d): the sums over the other rows are those of
 * the loss, corrected for one row.
 * supcon.c has no single partner and permutes labels instead.
 *
 * Ranks. A stranger may be on another rank, which sends what is asked of it (ak_permuted_fetch): of every
 * rank as many rows as it has items. The numbers that were made of it go back the same way. */
#ifndef AK_LOSS_PERMUTED_H
#define AK_LOSS_PERMUTED_H

#include "loss/loss.h"

enum { AK_PERMUTATIONS = 4 };

typedef struct ak_permuted {
    int64_t n;          /* items of this rank; 0: the reference is not wanted, or there is only one item */
    int64_t all, first; /* of all ranks; the first of this one among them */
    int32_t *cycle;     /* [all]: a_i stands beside b_cycle[i] */
    int32_t *partner;   /* [n] of it, of this rank's items: items of all ranks */
    int32_t *back;      /* [n]: the inverse */
    double *more;       /* [n]: the sum of what strangers cost more than the partner */
    int times, most;    /* how many permutations more is the sum of, and will be */
    bool shared;        /* both rows of a pair are anchors: a pair of strangers counts for two items */
} ak_permuted;

/* Room from the call's arena, for so many items of this rank.  AKIN_ERR_NOMEM */
akin_status ak_permuted_open(ak_permuted *p, ak_loss_call *c, int64_t n);

/* The next of AK_PERMUTATIONS; false after the last. */
bool ak_permuted_next(ak_permuted *p);

/* Is that item, of all ranks, one of this rank? */
static inline bool ak_permuted_here(const ak_permuted *p, int64_t item)
{
    return item >= p->first && item < p->first + p->n;
}

/* From the ranks that have them, `bytes` for each item of this rank whose partner is on another one: put()
 * writes what a partner, an item of this rank, has; take() is given it for an item of this rank. */
typedef void ak_permuted_put_fn(int64_t item, void *to, void *ctx);
typedef void ak_permuted_take_fn(int64_t item, const void *from, void *ctx);
akin_status ak_permuted_fetch(const ak_permuted *p, ak_loss_call *c, size_t bytes, ak_permuted_put_fn *put,
                              ak_permuted_take_fn *take, void *ctx);

/* home[i] = x[k] for the item k whose partner is i. Both [n], of this rank's items. */
akin_status ak_permuted_home(const ak_permuted *p, ak_loss_call *c, const double *x, double *home);

/* out[i] = z_i . z'_partner[i], i < p->n; first: the row of b's set that is item 0 */
akin_status ak_permuted_dots(const ak_permuted *p, ak_loss_call *c, const ak_pair_rows *a,
                             const ak_pair_rows *b, int64_t first, double *out);

/* The loss is scale times the sum over the items of all ranks: call->permuted receives the reference. */
akin_status ak_permuted_close(const ak_permuted *p, ak_loss_call *c, double scale);

#endif
