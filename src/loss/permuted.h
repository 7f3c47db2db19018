/* SPDX-License-Identifier: Apache-2.0 */
/* loss/permuted.h - what the loss of these rows would be if nothing related the views: the same rows, their
 * partners permuted.
 *
 * AK_PERMUTATIONS cycles through all n items, drawn from a seed of their own, so that they are the same for
 * every batch of n items and leave no item its partner. Of several ranks each permutes its own items. A loss
 * adds up, item by item, what its anchors cost with those strangers less what they cost with their partner:
 * a paired sample, whose mean is how far the permuted loss lies above the loss, and whose spread says how
 * well that is known. Few dot products a permutation are new, O(n d): the sums over the other rows are those
 * of the loss, corrected for one row.
 * supcon.c has no single partner and permutes labels instead. */
#ifndef AK_LOSS_PERMUTED_H
#define AK_LOSS_PERMUTED_H

#include "loss/loss.h"

enum { AK_PERMUTATIONS = 4 };

typedef struct ak_permuted {
    int64_t n;
    int32_t *partner, *back; /* [n]: a_i stands beside b_partner[i]; back is the inverse */
    double *more;            /* [n]: the sum of what strangers cost more than the partner */
    int times, most;         /* how many permutations more is the sum of, and will be */
    bool shared;             /* both rows of a pair are anchors: a pair of strangers counts for two items */
} ak_permuted;

/* Room from the call's arena; p->n is 0 where the reference is not wanted, or one item has no stranger here.
 * AKIN_ERR_NOMEM. */
akin_status ak_permuted_open(ak_permuted *p, ak_loss_call *c, int64_t n);

/* The next of AK_PERMUTATIONS; false after the last. Ranks without a stranger have as many. */
bool ak_permuted_next(ak_permuted *p);

/* out[i] = z_i . z'_partner[i], i < p->n; first: the row of b's set that is item 0 */
void ak_permuted_dots(const ak_permuted *p, const ak_engine *e, const ak_pair_rows *a, const ak_pair_rows *b,
                      int64_t first, double *out);

/* The loss is scale times the sum over the items of all ranks: call->permuted receives the reference. */
akin_status ak_permuted_close(const ak_permuted *p, ak_loss_call *c, double scale);

#endif
