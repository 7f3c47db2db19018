/* SPDX-License-Identifier: Apache-2.0 */
/* train/listed.h - the pairs of a file (--pair-file) in a run: partners are drawn from them (sampler.h), and
 * the loss xclr is told what they say of the rows of each step. */
#ifndef AK_TRAIN_LISTED_H
#define AK_TRAIN_LISTED_H

#include "train/trainer.h"

/* Links of rows, as akin_loss_batch has them. */
typedef struct ak_step_links {
    int64_t *start;
    int32_t *row;
    float *weight;
    int64_t row_room, weight_room;
} ak_step_links;

typedef struct ak_listed {
    ak_graph *graph;
    int32_t *first_row, *next_row; /* [items] an item's row in the step, -1 = none; [rows] the next */
    ak_step_links first, now;      /* of the first step, of all ranks, for chance and floor; of this step */
} ak_listed;

/* Read the file, where there is one, and tell what it holds: once the data are open. A run that goes on
 * finds the same pairs.  As ak_graph_read(), and AKIN_ERR_INPUT */
akin_status ak_listed_open(ak_trainer *t, akin_error *err);
/* Room for links, and those of the first step, where the loss reads them: once its rows are known. */
akin_status ak_listed_prepare(ak_trainer *t, akin_error *err);
/* The links of the rows of the step under way. */
akin_status ak_listed_step(ak_trainer *t, akin_error *err);
/* Into the batch: of this step, or of the first one. */
void ak_listed_fill(const ak_trainer *t, bool first, akin_loss_batch *batch);
akin_json *ak_listed_json(const ak_trainer *t); /* of run.json; NULL: there are no such pairs */
void ak_listed_release(ak_trainer *t);

#endif
