/* SPDX-License-Identifier: Apache-2.0 */
/* nn/bag_merge.h - one update of a table from several parts of a batch, such as those of several machines.
 *
 * Every part went forward and backward through a bag of its own, and all bags have the same table. The
 * gradient of an id is the sum over the parts that hold it, in their order. So each bag that is given all of
 * them makes the same table, to the bit.
 *
 * The ids of all parts are merged at once, four bytes each. Gradients come in pieces of ids, so that no more
 * rows are held than there is room for:
 *
 *     ids of all parts into m->ids; ak_bag_merge_begin()
 *     while (ak_bag_merge_next()) { rows of all parts into m->rows; ak_bag_merge_apply(); } */
#ifndef AK_NN_BAG_MERGE_H
#define AK_NN_BAG_MERGE_H

#include "akin/tool/bag.h"

typedef struct ak_bag_merge ak_bag_merge;

/* The rows of a piece: of each part those from first[part] on, in the order of akin_bag_touched(). They are
 * to stand in rows [place[parts], dim], those of a part from row place[part] on. */
typedef struct ak_bag_piece {
    const int64_t *first; /* [parts] */
    const int64_t *place; /* [parts+1] */
    float *rows;          /* [place[parts], dim] */
    int64_t dim;
} ak_bag_piece;

/* For parts whose ids are together at most `most`. A piece has some `bytes` of rows, at least one of each
 * part. From here on the bag's backward pass bounds gradients so that sums over parts are finite too. The bag
 * is borrowed.  AKIN_ERR_NOMEM */
akin_status ak_bag_merge_create(akin_bag *bag, int parts, int64_t most, int64_t bytes, ak_bag_merge **out,
                                akin_error *err);
void ak_bag_merge_free(ak_bag_merge *m);           /* takes NULL */
int64_t ak_bag_merge_bytes(const ak_bag_merge *m); /* that it holds; 0 for NULL */

/* Where the touched ids of all parts are to be put, one part behind the other. */
int32_t *ak_bag_merge_ids(ak_bag_merge *m);
/* With begin [parts+1], where those of each part begin. */
void ak_bag_merge_begin(ak_bag_merge *m, const int64_t *begin);
/* The next piece; false after the last. */
bool ak_bag_merge_next(ak_bag_merge *m, ak_bag_piece *piece);
/* Update the table by the rows of the piece. */
void ak_bag_merge_apply(ak_bag_merge *m, double lr);

#endif
