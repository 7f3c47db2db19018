/* SPDX-License-Identifier: Apache-2.0 */
/* train/sampler.h - which items the rows of a step are.
 *
 * A step has B anchors and, for each, what its loss needs. Its rows are the anchors, then the positives,
 * then the negatives:
 *
 *     views     B + B        each item beside itself; the two rows become different views
 *     group     B + B        each item beside another of its group (class, document), or itself without one
 *     near      B + B        each item beside one at most `window` places away in its group
 *     latent    B + B b + B k b   an anchor, a block of b positives and k blocks of b negatives, drawn as in
 *               [Arora2019 sec.2]: a class c+ ~ prior, anchor and positives ~ uniform on c+; then for each
 *               block a class c- ~ prior, and its items ~ uniform on c-. c- may be c+: a collision
 *     given     B + B + B k  tuples of the data: an anchor, its positive and k of its negatives; a tuple with
 *               fewer than k negatives repeats them
 *     value     B + B        each item beside the one whose values are nearest to its own with normal noise
 *     listed    B + B        each item beside one that a file tells to be alike, drawn by weight, or itself
 *     single    B            no pairs: the supervised reference
 *
 * Except for latent, the anchors of an epoch are all items (of given, all tuples) in an order drawn from
 * (seed, epoch), and the incomplete last batch is left out. Everything is a function of (seed, step) and the
 * groups, never of who asks and when. */
#ifndef AK_TRAIN_SAMPLER_H
#define AK_TRAIN_SAMPLER_H

#include "base/base.h"
#include "model/recipe.h"
#include "set/graph.h"

typedef enum ak_class_prior { AK_PRIOR_EMPIRICAL, AK_PRIOR_UNIFORM, AK_PRIOR_GIVEN } ak_class_prior;

typedef struct ak_sampler_plan {
    ak_pairing pairing;
    int64_t items, batch; /* batch <= items */
    /* [items] in [0,groups), -1 = none. views and single do not read it; near without it: one group of
     * all. */
    const int32_t *group;
    /* [items]: the order in which items of a group are near; NULL = as they are. Borrowed. */
    const int32_t *order;
    int64_t groups, window; /* near: window >= 1 */
    int64_t block, count;   /* latent: b and k, >= 1; given: block 1, k >= 0 */
    ak_class_prior prior;   /* latent */
    const double *weight;   /* [groups] >= 0, for AK_PRIOR_GIVEN; borrowed during create */
    /* given: tuples, borrowed; the negatives of tuple t are negative[negative_start[t]] up to [t+1] */
    const int32_t *anchor, *positive, *negative;
    const int64_t *negative_start;
    int64_t tuples;
    const ak_graph *graph; /* listed: borrowed */
    /* value: [items,value_count], borrowed during create; the noise in deviations of each */
    const double *values;
    int64_t value_count;
    double value_noise;
    bool distinct; /* latent: the items of one tuple are all different */
    uint64_t seed;
} ak_sampler_plan;

typedef struct ak_sampler ak_sampler; /* does not change once it is made: any number of threads may ask it */

/* AKIN_ERR_INPUT when the groups cannot give what is asked; the sentence names the group. */
akin_status ak_sampler_create(const ak_sampler_plan *plan, ak_sampler **out, akin_error *err);
void ak_sampler_free(ak_sampler *s);

int64_t ak_sampler_rows(const ak_sampler *s);        /* of a step */
int64_t ak_sampler_epoch_steps(const ak_sampler *s); /* anchors / batch, rounded down */

/* Rows [first, first + rows) of a step, which become the same view number of their items. */
typedef struct ak_row_span {
    int64_t first, rows;
    uint32_t view;
} ak_row_span;
/* The anchors, the positives and the negatives, as far as there are any. Returns how many spans. */
int ak_sampler_spans(const ak_sampler *s, ak_row_span spans[3]);

/* The epoch in the names of a step's views. Where items are drawn anew in each step it is the step. */
uint32_t ak_sampler_view_epoch(const ak_sampler *s, int64_t step);

/* What one thread keeps between steps: the order of its epoch. */
typedef struct ak_sampler_memory {
    int64_t epoch;  /* -1 = none */
    int32_t *order; /* [items] */
} ak_sampler_memory;
akin_status ak_sampler_memory_create(const ak_sampler *s, ak_sampler_memory *m, akin_error *err);
void ak_sampler_memory_free(ak_sampler_memory *m);

/* The items of the rows of a step, into items[rows]. */
void ak_sampler_items(const ak_sampler *s, ak_sampler_memory *m, int64_t step, int32_t *items);

/* latent: the share of the negative blocks of so many anchors, laid out as a step is, whose class is the
 * anchor's; NaN otherwise. */
double ak_sampler_collisions(const ak_sampler *s, const int32_t *items, int64_t anchors);

/* The items of an epoch in order, into order[n]. */
void ak_sampler_order(uint64_t seed, int64_t epoch, int32_t *order, int64_t n);

#endif
