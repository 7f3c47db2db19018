/* SPDX-License-Identifier: Apache-2.0 */
/* loss/ring.h - one loss over the rows of several ranks.
 *
 * Each rank holds the rows of its own items, and receives their gradient of the loss over the items of all. A
 * walk of the engine begins with the rank's own rows. Then pieces of the other ranks' rows come by, one
 * after the other, each while the engine works on the piece before:
 *
 *   two sets of rows     the keys of every other rank: those of the next, of the one after it, ...
 *   a set with itself    only those of the next half of the ranks, for a pair counts once. Two ranks that
 *                        face each other share their pairs: half of those of each piece.
 *
 * What the rows of a piece gain (sums, gradients) is sent home when the engine has done with it. So no rank
 * holds more than two pieces of other ranks, and the matrix of similarities is never stored. Every rank has
 * as much to do as it has items, and what it adds has one order: the same ranks give the same bits again.
 *
 * Failures. A function that talks to other ranks first asks whether all are well (ak_ring_agree). A rank that
 * fails goes back to akin_loss_eval(), which answers that question for it; so all of them end with its
 * error, and none waits for ever. */
#ifndef AK_LOSS_RING_H
#define AK_LOSS_RING_H

#include "loss/loss.h"

enum { AK_PIECE = 8 * AK_TILE }; /* rows that travel together */

/* Bytes of scratch that a call takes beside what its own items take, where all ranks have `all` items. */
size_t ak_ring_bytes(const ak_loss_call *c, int64_t all);

/* The first item of a rank among those of all. */
int64_t ak_ring_first(const ak_ring *r, int rank);

/* Learn how many items each rank has, and whether all mean the same loss. Takes scratch from c->arena. */
akin_status ak_ring_open(ak_loss_call *c);

/* The functions of engine.h over the rows of all ranks. */
akin_status ak_ring_reduce(ak_loss_call *c, ak_walk *w);
akin_status ak_ring_weigh(ak_loss_call *c, ak_walk *w);

/* The same where every rank has all rows (ring.divided): each walks some blocks of them. ring_whole.c */
akin_status ak_whole_walk(ak_loss_call *c, ak_walk *w, bool weigh);

/* Call fn for the rows of this rank, then for the pieces of each other rank, all ready as keys. labels:
 * [rows of the set], or NULL. */
typedef struct ak_ring_place {
    int rank;      /* whose rows they are */
    int64_t first; /* of that rank's set */
    bool own;      /* this rank's, all of them */
} ak_ring_place;

typedef void ak_ring_visit_fn(const ak_engine *e, const ak_pair_rows *rows, const int32_t *labels,
                              ak_ring_place place, void *ctx);
akin_status ak_ring_visit(ak_loss_call *c, ak_pair_rows *set, const int32_t *labels, ak_ring_visit_fn *fn,
                          void *ctx);

/* ak_engine_window() over the keys of all ranks; flags are not filled. */
akin_status ak_ring_window(ak_loss_call *c, ak_pair_window *w);
size_t ak_ring_window_bytes(int64_t rows); /* of scratch, for that, of so many anchors of this rank */

/* OK when all ranks are well; else the first error, which is then that of all. */
akin_status ak_ring_agree(ak_loss_call *c);

/* In place: the sum, or the largest, of each of n numbers over the ranks. */
akin_status ak_ring_sum(ak_loss_call *c, double *x, int64_t n);
akin_status ak_ring_most(ak_loss_call *c, double *x, int64_t n);

/* all [items of all ranks] = the numbers of each rank's items, in the order of ranks. */
akin_status ak_ring_gather(ak_loss_call *c, const int32_t *mine, int32_t *all);

/* What one rank receives in the walks of a loss, and about as much sends; with `walks` 0 to be filled. */
typedef struct ak_ring_passage {
    bool weigh, visit;             /* which walk it is; neither: reduce */
    bool half;                     /* only the next half of the ranks sends rows */
    int64_t turns;                 /* pieces that come */
    int64_t row_bytes, gain_bytes; /* of rows that come, and of what our rows have gained elsewhere */
} ak_ring_passage;

enum { AK_RING_PASSAGES = 16 };

typedef struct ak_ring_traffic {
    int rank, ranks;      /* for which it is counted */
    const int64_t *items; /* [ranks] of each */
    bool keys;            /* b are keys, which take no gradient */
    bool queue;           /* and the negatives are keys that every rank has */
    int passages;
    ak_ring_passage passage[AK_RING_PASSAGES];
    int64_t sum_bytes; /* of losses of columns, which have no walks: what a rank gives to every other one */
} ak_ring_traffic;

/* Count it: t has all before passages. The loss is evaluated on a few rows in a rehearsal (dist/dist.h),
 * and each of its walks counts what it would move with those ranks and items; so what is counted is what is
 * done. rounds: collectives of one evaluation. features: columns, of losses that read them.
 * AKIN_ERR_NOMEM, and what akin_loss_eval() returns. */
akin_status ak_ring_count(const akin_loss *loss, const akin_loss_params *params, akin_precision precision,
                          int64_t columns, int64_t features, ak_ring_traffic *t, int64_t *rounds,
                          akin_error *err);

#endif
