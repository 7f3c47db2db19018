/* SPDX-License-Identifier: Apache-2.0 */
/* train/visits.h - in which pieces, and in which order, the rows of a step go through the encoder.
 *
 * The encoder need not hold a whole step. A step of B anchors is cut into B / micro chunks, each of `micro`
 * anchors with their positives and negatives, and the encoder sees one chunk at a time. One passage of one
 * chunk is a visit:
 *
 *     keys     only with a momentum encoder: the averaged weights encode the positives of every chunk; where
 *              both views are predicted (byol, matrix-ssl), both
 *     encode   the weights encode every chunk (with keys: its anchors), and the loss reads the result
 *     again    from the last chunk but one back to the first: each is encoded again. The last chunk's
 *              activations are still in memory, so it is not encoded again
 *
 * The gradient goes back through a chunk right after `encode` of the last chunk, and after each `again`
 * [Gao2021]. With one chunk and no keys this is an ordinary step: one visit.
 *
 * Several ranks share a step: each has some of its chunks, one after the other, so that the encoder sees the
 * same chunks whatever their number. Without `micro` each rank's anchors are one chunk. */
#ifndef AK_TRAIN_VISITS_H
#define AK_TRAIN_VISITS_H

#include "train/sampler.h"

typedef struct ak_visits {
    int64_t micro;   /* anchors of a chunk, a divisor of the sampler's batch; 0 = all of them */
    bool keys;       /* other weights encode the positives; the sampler has two spans */
    int rank, ranks; /* which part of a step this is; 0 of 1, or 0 of 0: all of it */
    bool whole;      /* this rank has places for the rows of all ranks */
    bool both;       /* with keys: of both views, and the weights encode both too (byol) */
} ak_visits;

typedef enum ak_visit_kind { AK_VISIT_KEYS, AK_VISIT_ENCODE, AK_VISIT_AGAIN } ak_visit_kind;

typedef struct ak_visit {
    ak_visit_kind kind;
    int64_t chunk;
} ak_visit;

int64_t ak_visits_all_chunks(const ak_visits *v, const ak_sampler *s);  /* of a step, of all ranks */
int64_t ak_visits_first_chunk(const ak_visits *v, const ak_sampler *s); /* of this rank */
/* Where the rows of a rank begin in span i of the step; of rank `ranks`: where the span ends. */
int64_t ak_visits_rank_first(const ak_visits *v, const ak_sampler *s, int i, int rank);
int64_t ak_visits_chunks(const ak_visits *v, const ak_sampler *s); /* of a step, of this rank */
int64_t ak_visits_count(const ak_visits *v, const ak_sampler *s);  /* the same */
int64_t ak_visits_rows(const ak_visits *v, const ak_sampler *s);   /* of every visit */
ak_visit ak_visits_at(const ak_visits *v, const ak_sampler *s, int64_t i);

/* The rows of a step that this rank has places for, its own or all, one span behind the other. Returns how
 * many spans. */
int ak_visits_spans(const ak_visits *v, const ak_sampler *s, ak_row_span spans[3]);

/* Which rows of the step a visit encodes, as spans in the order of its own rows. Returns how many spans. */
int ak_visit_spans(const ak_visits *v, const ak_sampler *s, ak_visit at, ak_row_span spans[3]);
/* The same rows, by their places. */
int ak_visit_places(const ak_visits *v, const ak_sampler *s, ak_visit at, ak_row_span spans[3]);

#endif
