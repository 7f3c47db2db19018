/* SPDX-License-Identifier: Apache-2.0 */
/* items/items.h - the training items of a data set, measured; shared by the files of this folder.
 *
 *     items.c     open, choose, what is known       difficulty.c  the scores themselves
 *     measure.c   scores by a model                 compare.c  scores by other models beside them
 *     table.c     the keep-list and the table       gallery.c  pictures for the report
 *     prune.c     orders, and which items stay */
#ifndef AK_ITEMS_ITEMS_H
#define AK_ITEMS_ITEMS_H

#include "akin/tool/items.h"

struct akin_items {
    akin_items_opts opts;
    akin_difficulty_opts difficulty;
    akin_model *model;
    const akin_dataset *set;
    akin_split_view part;
    akin_items_state state;
    /* What state shows. */
    int64_t *same, *order;
    uint8_t *kept;
    akin_difficulty *d;
    double *place[2], *loss[2];         /* mean and standard deviation over the models */
    double *place_square, *loss_square; /* sums of squared deviations from the mean */
};

/* The scores of the items by any model. */
akin_status ak_items_score(const akin_items *items, akin_model *model, akin_difficulty **out,
                           akin_error *err);

/* Of the model's own loss; where it has none, that. */
double ak_items_temperature(const akin_model *model, double otherwise);

#endif
