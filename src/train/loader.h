/* SPDX-License-Identifier: Apache-2.0 */
/* train/loader.h - batches of rows, made ahead of the step by threads of their own.
 *
 * A batch is what the encoder takes at once: all rows of a step, or of one of its visits (visits.h). Where a step visits
 * in chunks, chunks are made, as often as they are visited, so that memory does not grow with the step.
 * What a batch holds is a function of (seed, step, visit) and the data alone: the sampler says which items, their views are drawn
 * from (seed, epoch, item, view). Which thread makes it, and when, changes nothing. */
#ifndef AKIN_SRC_LOADER_H
#define AKIN_SRC_LOADER_H

#include "train/sampler.h"
#include "train/source.h"
#include "train/visits.h"

typedef struct akin_loader akin_loader;

typedef struct akin_loader_plan {
    const akin_source *source;   /* borrowed */
    const akin_sampler *sampler; /* borrowed */
    int64_t first, steps;        /* makes the batches of steps [first, steps) */
    uint64_t seed;
    int workers; /* threads, >= 1 */
    akin_visits visits;
} akin_loader_plan;

/* Starts the threads.  AKIN_ERR_NOMEM, AKIN_ERR_INTERNAL when a thread cannot be started. */
akin_status akin_loader_create(const akin_loader_plan *plan, akin_loader **out, akin_error *err);
void akin_loader_free(akin_loader *l); /* stops the threads */

/* Wait for the next batch: the rows of the next visit, in the order of its spans. Valid until the next call. *waited_s receives the seconds
 * this call waited. Fails as the source does. */
akin_status akin_loader_next(akin_loader *l, akin_rows *rows, double *waited_s, akin_error *err);

/* What a loader of this plan holds, in bytes. */
int64_t akin_loader_bytes(const akin_source *source, const akin_sampler *sampler, const akin_visits *visits,
                          int workers);

#endif
