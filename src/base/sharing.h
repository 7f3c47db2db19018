/* SPDX-License-Identifier: Apache-2.0 */
/* base/sharing.h - a work that several processes divide, as one of them sees it: what reads data knows of
 * ranks through this, and of nothing that they are made of.
 *
 * All of them call the same functions in the same order. Before the first exchange, and wherever one may have
 * failed alone, they agree: then all go on, or none. */
#ifndef AK_BASE_SHARING_H
#define AK_BASE_SHARING_H

#include "base/base.h"

typedef struct ak_sharing {
    int rank, size;
    void *ctx;
    /* The first failure of any becomes that of all; mine and *err are of this one. */
    akin_status (*agree)(void *ctx, akin_status mine, akin_error *err);
    /* Of n rows the first that is of a rank; of the number of ranks, n. */
    int64_t (*first)(void *ctx, int64_t n, int rank);
    /* Rows [n] of so many bytes, of which each rank has filled its own: then all have all. */
    akin_status (*gather)(void *ctx, void *rows, int64_t n, int64_t bytes, akin_error *err);
} ak_sharing;

/* Whether a number is the same on all of them.  AKIN_ERR_NOMEM of any, told to all */
akin_status ak_sharing_same(const ak_sharing *s, uint64_t mine, bool *same, akin_error *err);

#endif
