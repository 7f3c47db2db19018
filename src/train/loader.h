/* SPDX-License-Identifier: Apache-2.0 */
/* train/loader.h - batches of views, made ahead of the step by threads of their own.
 *
 * What batch s holds is a function of (seed, s) and the data alone: the order of an epoch's items is drawn from
 * (seed, epoch), a view of an item from (seed, epoch, item, view). Which thread makes it, and when, changes nothing. */
#ifndef AKIN_SRC_LOADER_H
#define AKIN_SRC_LOADER_H

#include "akin/augment.h"
#include "akin/data.h"
#include "base/base.h"

typedef struct akin_loader akin_loader;

typedef struct akin_loader_plan {
    akin_images images;
    akin_augment_opts augment;
    const float *mean, *std; /* [channels], borrowed */
    int64_t batch;           /* items a step; images.n >= batch */
    int64_t first, steps;    /* makes the batches of steps [first, steps) */
    uint64_t seed;
    int workers; /* threads, >= 1 */
} akin_loader_plan;

/* Starts the threads.  AKIN_ERR_NOMEM, AKIN_ERR_INTERNAL when a thread cannot be started. */
akin_status akin_loader_create(const akin_loader_plan *plan, akin_loader **out, akin_error *err);
void akin_loader_free(akin_loader *l); /* stops the threads */

/* Wait for the next batch: views [2*batch, c, h, w], first views first. Valid until the next call. *waited_s
 * receives the seconds this call waited. Fails as the augmentation does. */
akin_status akin_loader_next(akin_loader *l, const float **views, double *waited_s, akin_error *err);

/* Steps of one epoch: the incomplete last batch is left out. */
int64_t akin_loader_epoch_steps(int64_t items, int64_t batch);

/* The items of epoch `epoch` in order, into order[n]. */
void akin_loader_order(uint64_t seed, int64_t epoch, int32_t *order, int64_t n);

#endif
