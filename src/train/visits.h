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

typedef struct akin_visits {
    int64_t micro; /* anchors of a chunk, a divisor of the sampler's batch; 0 = all of them */
    bool keys;     /* the second part of the rows is made by other weights; the sampler has two parts */
} akin_visits;

typedef enum akin_visit_kind { AKIN_VISIT_KEYS, AKIN_VISIT_ENCODE, AKIN_VISIT_AGAIN } akin_visit_kind;

typedef struct akin_visit {
    akin_visit_kind kind;
    int64_t chunk;
} akin_visit;

int64_t akin_visits_chunks(const akin_visits *v, const akin_sampler *s);
int64_t akin_visits_count(const akin_visits *v, const akin_sampler *s); /* of a step */
int64_t akin_visits_rows(const akin_visits *v, const akin_sampler *s);  /* of every visit */
akin_visit akin_visits_at(const akin_visits *v, const akin_sampler *s, int64_t i);

/* Which rows of the step a visit is of: runs, in the order in which they stand behind one another. */
int akin_visit_spans(const akin_visits *v, const akin_sampler *s, akin_visit at, akin_part spans[3]);

#endif
