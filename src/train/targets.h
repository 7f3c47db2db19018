/* SPDX-License-Identifier: Apache-2.0 */
/* train/targets.h - what a loss learns from beside the rows: numbers that items stand for, such as an age
 * (--value-column), for y-aware and rank-n-contrast; else their classes, for losses that read them.
 *
 * Each number is taken in deviations over the items that are learned from, so that the loss's parameters mean
 * the same in every unit. */
#ifndef AK_TRAIN_TARGETS_H
#define AK_TRAIN_TARGETS_H

#include "train/trainer.h"

typedef struct ak_targets {
    int64_t count;      /* numbers of an item */
    float *item;        /* [items, count] */
    float *first, *now; /* [rows, count]: of the first step, of all ranks; of this one */
} ak_targets;

/* The numbers of the items, where the loss reads some and the data have them: once the data are open. */
akin_status ak_targets_open(ak_trainer *t, akin_error *err);
/* Whether the loss reads classes: numbers stand for them. */
bool ak_targets_are_classes(const ak_trainer *t);
/* Room for the rows of a step, and what those of the first have; by_class: classes, if only to count by. */
akin_status ak_targets_prepare(ak_trainer *t, bool by_class, akin_error *err);
/* Of the rows of the step under way. */
void ak_targets_step(ak_trainer *t);
/* Into the batch: of this step, or of the first one. */
void ak_targets_fill(const ak_trainer *t, bool first, akin_loss_batch *batch);
void ak_targets_release(ak_trainer *t);

#endif
