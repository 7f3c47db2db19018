/* SPDX-License-Identifier: Apache-2.0 */
/* train/sampler.h - which items the rows of a step are.
 *
 * A step has B anchors and, for each, what its loss needs; its rows are the anchors, then the positives, then the
 * negatives:
 *     views     B + B        each item beside itself; the two rows become different views
 *     group     B + B        each item beside another of its group (class, document), itself where it has none
 *     near      B + B        each item beside one at most `window` places away in its group
 *     latent    B + B b + B k b   anchor, block of b positives and k blocks of b negatives, drawn as in [Arora2019 sec.2]:
 *               c+ ~ prior, anchor and positives ~ uniform on c+; each block: c- ~ prior, its items ~ uniform on c-.
 *               A negative's class may be the anchor's: a collision.
 *     given     B + B + B k  tuples of the data: anchor, positive and k of its negatives; with fewer than k they come again
 *     single    B            no pairs: the supervised reference
 *
 * Anchors of the first three and of single are the epoch's items (of given, its tuples) in an order drawn from (seed, epoch), the incomplete
 * last batch left out. Everything is a function of (seed, step) and the groups, never of who asks and when. */
#ifndef AKIN_SRC_SAMPLER_H
#define AKIN_SRC_SAMPLER_H

#include "base/base.h"
#include "model/recipe.h"

typedef enum ak_class_prior { AK_PRIOR_EMPIRICAL, AK_PRIOR_UNIFORM, AK_PRIOR_GIVEN } ak_class_prior;

typedef struct ak_sampler_plan {
    ak_pairing pairing;
    int64_t items, batch; /* batch <= items */
    const int32_t *
        group; /* [items] in [0,groups), -1 = none; unused by views and single. near without groups: all one */
    const int32_t
        *order; /* [items]: the order in which items of a group are near; NULL = their own. Borrowed */
    int64_t groups, window; /* near: >= 1 */
    int64_t block, count;   /* latent: b and k, >= 1; given: block 1, k >= 0 */
    ak_class_prior prior;   /* latent */
    const double *weight;   /* [groups] >= 0, prior GIVEN; borrowed during create */
    /* given: tuples, borrowed; the negatives of tuple t are negative[negative_start[t]] up to [t+1] */
    const int32_t *anchor, *positive, *negative;
    const int64_t *negative_start;
    int64_t tuples;
    bool distinct; /* latent: the items of one tuple are all different */
    uint64_t seed;
} ak_sampler_plan;

typedef struct ak_sampler ak_sampler; /* fixed once made: any number of threads may ask */

/* AKIN_ERR_INPUT when the groups cannot give what is asked, with the group. */
akin_status ak_sampler_create(const ak_sampler_plan *plan, ak_sampler **out, akin_error *err);
void ak_sampler_free(ak_sampler *s);

int64_t ak_sampler_rows(const ak_sampler *s);
int64_t ak_sampler_epoch_steps(const ak_sampler *s); /* items / batch, at least 1 */

/* Runs of rows that become the same view number of their items. */
typedef struct ak_row_span {
    int64_t first, rows;
    uint32_t view;
} ak_row_span;
int ak_sampler_parts(const ak_sampler *s, ak_row_span parts[3]);

/* What the views of a step are named by: the epoch, or the step where items are drawn anew each step. */
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

/* latent: the share of the step's negative blocks whose class is the anchor's; NaN otherwise. */
double ak_sampler_collisions(const ak_sampler *s, const int32_t *items);

/* The items of epoch `epoch` in order, into order[n]. */
void ak_sampler_order(uint64_t seed, int64_t epoch, int32_t *order, int64_t n);

#endif
