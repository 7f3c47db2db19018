/* SPDX-License-Identifier: Apache-2.0 */
/* dist/divide.h - rows that the ranks of a job work on together: each does its part of them, and has what the
 * others have made of theirs afterwards.
 *
 * Bits. Parts begin at whole steps of rows. Where the work goes by blocks of a step, every block is the one
 * that a single process has, and so are its bits: results do not depend on the number of ranks.
 *
 * Rounds. Work that takes long is cut into rounds, after each of which ranks meet. So a rank waits for
 * another no longer than a round, and the watchdog does not take one that works for one that is gone.
 *
 * Failures. Every exchange begins with an agreement. A rank that fails by itself goes back to the border,
 * and there meets with ak_comm_settle() the agreement that the others come to next. */
#ifndef AK_DIST_DIVIDE_H
#define AK_DIST_DIVIDE_H

#include "dist/dist.h"

/* Of n things those of a rank: [first(rank), first(rank + 1)). */
static inline int64_t ak_comm_first(const ak_comm *c, int64_t n, int rank)
{
    return n / ak_comm_size(c) * rank + n % ak_comm_size(c) * rank / ak_comm_size(c);
}

/* An array with so many bytes for each row. */
typedef struct ak_column {
    void *data;
    size_t bytes;
} ak_column;

typedef struct ak_division {
    int64_t rows, step; /* parts begin at multiples of step */
    double cost;        /* of a row, about, in products */
    /* Fill the columns' rows [begin, end); not called for none. A failure becomes that of all ranks. */
    akin_status (*work)(int64_t begin, int64_t end, void *ctx, akin_error *err);
    void *ctx;
    const ak_column *column; /* [columns], all of `rows` */
    int columns;
} ak_division;

/* Every rank calls it with the same rows, step, cost and widths of columns. One process does all in one call
 * of work().  AKIN_ERR_DISTRIBUTED, and those of work(). */
akin_status ak_comm_divide(ak_comm *c, const ak_division *d, akin_error *err);

/* The end of a function of all ranks, where one of them may have left early: the failure of one becomes that
 * of all, unless they know it already. */
akin_status ak_comm_settle(ak_comm *c, akin_status mine, akin_error *err);

/* The beginning of one: whether all ranks are well, and have those rows, bit for bit. mine: how this one is.
 *   AKIN_ERR_DISTRIBUTED  a rank has others than rank 0 */
akin_status ak_comm_same_rows(ak_comm *c, akin_status mine, akin_cmat rows, akin_error *err);

#endif
