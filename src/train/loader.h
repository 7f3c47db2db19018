/* SPDX-License-Identifier: Apache-2.0 */
/* train/loader.h - batches of rows, made ahead of the step by threads of their own.
 *
 * A batch is what the encoder takes at once: all rows of a step, or those of one of its visits (visits.h). A
 * chunk that is visited twice is made twice, so that memory does not grow with the step.
 *
 * What a batch holds is a function of (seed, step, visit) and the data alone: the sampler says which items,
 * and their views are drawn from (seed, epoch, item, view). Which thread makes a batch, and when, changes
 * nothing. */
#ifndef AK_TRAIN_LOADER_H
#define AK_TRAIN_LOADER_H

#include "set/rows.h"
#include "train/sampler.h"
#include "train/visits.h"

typedef struct ak_loader ak_loader;

typedef struct ak_loader_plan {
    const ak_row_source *source; /* borrowed */
    const ak_sampler *sampler;   /* borrowed */
    int64_t first, steps;        /* makes the batches of steps [first, steps) */
    uint64_t seed;
    int workers; /* threads, >= 1 */
    ak_visits visits;
} ak_loader_plan;

/* Starts the threads.  AKIN_ERR_NOMEM, AKIN_ERR_INTERNAL when a thread cannot be started. */
akin_status ak_loader_create(const ak_loader_plan *plan, ak_loader **out, akin_error *err);
void ak_loader_free(ak_loader *l); /* stops the threads */

/* Wait for the rows of the next visit, in the order of its spans. They are valid until the next call.
 * *waited_s receives the seconds that this call waited.  Fails as the source does. */
akin_status ak_loader_next(ak_loader *l, ak_rows *rows, double *waited_s, akin_error *err);

/* What a loader of this plan holds, in bytes. */
int64_t ak_loader_bytes(const ak_row_source *source, const ak_sampler *sampler, const ak_visits *visits,
                        int workers);

#endif
