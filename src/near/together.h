/* SPDX-License-Identifier: Apache-2.0 */
/* near/together.h - what ranks have found of copies, put together: every rank has all of it afterwards. */
#ifndef AK_NEAR_TOGETHER_H
#define AK_NEAR_TOGETHER_H

#include "akin/tool/dups.h"
#include "dist/dist.h"

#include <stdatomic.h>

/* The greatest key of each row.  AKIN_ERR_NOMEM, AKIN_ERR_DISTRIBUTED. */
akin_status ak_nearest_together(ak_comm *c, atomic_uint_least64_t *key, int64_t m, akin_error *err);

typedef struct ak_pair_list {
    akin_dup_pair *pair; /* [room] */
    int64_t room, pairs;
} ak_pair_list;

/* The pairs from `first` on, before which all ranks have the same. *full where they are more than `most`, or
 * a rank says so: then the list is as it was. A list that failed may have moved all the same. */
akin_status ak_pairs_together(ak_comm *c, ak_pair_list *list, int64_t first, int64_t most, bool *full,
                              akin_error *err);

#endif
