/* SPDX-License-Identifier: Apache-2.0 */
/* set/vector_layout.h - the columns of the table that a run was trained on: a copy of them, and as JSON. */
#ifndef AK_SET_VECTOR_LAYOUT_H
#define AK_SET_VECTOR_LAYOUT_H

#include "akin/tool/json.h"
#include "akin/tool/vectors.h"
#include "base/base.h"

/* All zeros is the layout of no table. */
typedef struct ak_layout {
    akin_vector_layout view; /* of the two arrays */
    char **name;             /* [view.columns], each owned */
    int32_t *role;           /* [view.columns] */
} ak_layout;

akin_status ak_layout_copy(const akin_vector_layout *from, ak_layout *to, akin_error *err);
void ak_layout_free(ak_layout *l); /* leaves the layout of no table */

/* Into the "data" of run.json: "columns", the names of the features, or null where they have none; and
 * "table", which has all columns of the file. */
void ak_layout_describe(const ak_layout *l, akin_json *data);
/* The same from run.json; of no table where it has none, as that of an older run. AKIN_ERR_FORMAT. */
akin_status ak_layout_recall(const akin_json *root, ak_layout *to, akin_error *err);

#endif
