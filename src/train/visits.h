/* SPDX-License-Identifier: Apache-2.0 */
/* train/visits.h - in which order the rows of a step pass the encoder.
 *
 * A step of B anchors is cut into B / micro chunks, each of `micro` anchors with their positives and negatives, so that the
 * encoder holds one chunk only. They visit it so:
 *     keys     with a momentum encoder: the positives of every chunk, with the averaged weights
 *     encode   every chunk (with keys: its anchors), for what the loss reads
 *     again    every chunk but the last, backwards: what the encoder still holds of the last needs no second look
 * and after `encode` of the last chunk, and each `again`, goes the gradient of that chunk [Gao2021]. With one chunk that is
 * an ordinary step. */
#ifndef AKIN_SRC_VISITS_H
#define AKIN_SRC_VISITS_H

#include "train/sampler.h"

typedef struct ak_visits {
    int64_t micro; /* anchors of a chunk, a divisor of the sampler's batch; 0 = all of them */
    bool keys;     /* the second part of the rows is made by other weights; the sampler has two parts */
} ak_visits;

typedef enum ak_visit_kind { AK_VISIT_KEYS, AK_VISIT_ENCODE, AK_VISIT_AGAIN } ak_visit_kind;

typedef struct ak_visit {
    ak_visit_kind kind;
    int64_t chunk;
} ak_visit;

int64_t ak_visits_chunks(const ak_visits *v, const ak_sampler *s);
int64_t ak_visits_count(const ak_visits *v, const ak_sampler *s); /* of a step */
int64_t ak_visits_rows(const ak_visits *v, const ak_sampler *s);  /* of every visit */
ak_visit ak_visits_at(const ak_visits *v, const ak_sampler *s, int64_t i);

/* Which rows of the step a visit is of: runs, in the order in which they stand behind one another. */
int ak_visit_spans(const ak_visits *v, const ak_sampler *s, ak_visit at, ak_row_span spans[3]);

#endif
