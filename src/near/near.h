/* SPDX-License-Identifier: Apache-2.0 */
/* near/near.h - rows that are to be compared with each other: without those of zeros, equal ones once, at
 * unit length for products in float, and as they are for cosines in double. */
#ifndef AK_NEAR_NEAR_H
#define AK_NEAR_NEAR_H

#include "dist/divide.h"

#define AK_NEAR_EXACT 1e-6 /* nearer than this the cosine in float tells nothing apart */

typedef struct ak_near_rows {
    akin_cmat rows; /* borrowed */
    ak_comm *ranks; /* who compare them together; NULL: this process */
    int64_t m;      /* that differ */
    int64_t *item;  /* [m] the first of equal rows, ascending */
    int64_t *same;  /* [n] the first equal row, the row itself where there is none */
    double *square; /* [m] squared lengths */
    akin_mat unit;  /* [m,d] */
    int64_t zeros;  /* rows of zeros */
    int64_t equal;  /* rows that equal an earlier one, without zeros */
    bool *zero;     /* [n] */
} ak_near_rows;

/* what names the rows in sentences; ranks: all of them call it, with the same rows, and the caller settles
 * what it fails with (dist/divide.h).  AKIN_ERR_SHAPE,
 * AKIN_ERR_INPUT (a number that is not finite), AKIN_ERR_NOMEM, AKIN_ERR_DISTRIBUTED. */
akin_status ak_near_open(akin_cmat rows, const char *what, ak_comm *ranks, ak_near_rows *out,
                         akin_error *err);
void ak_near_close(ak_near_rows *r);

/* The cosine of rows a and b of item[], in double from the rows as they are: the same for b and a, and in any
 * order of the rows. */
double ak_near_cosine(const ak_near_rows *r, int64_t a, int64_t b);

typedef struct ak_near_other {
    double distance; /* 1 less the cosine, in double */
    int64_t row;     /* of item[] */
} ak_near_other;

enum { AK_NEAR_MOST = 100 }; /* the greatest k */

/* Row i of item[] and the k rows that are nearest to it, in order; of equal distances the earlier row first.
 * Called by several threads, once for each row. */
typedef void ak_near_see(int64_t i, const ak_near_other *nearest, void *ctx);
/* m must be more than k. Ranks look for parts; each sees all.  AKIN_ERR_NOMEM, AKIN_ERR_DISTRIBUTED. */
akin_status ak_near_nearest(const ak_near_rows *r, int64_t k, ak_near_see *see, void *ctx, akin_error *err);

/* What usually lies between a row and its nearest: the median of the distances above AK_NEAR_EXACT, which are
 * counted in *based; 0 where there are none. Orders apart[n], and leaves out of it what is left out. */
double ak_near_spacing(double *apart, int64_t n, int64_t *based);
/* The distance of copies where nobody says it: a share of that, rounded down to so many digits. */
double ak_near_suggest(double spacing, double share, int digits);

#endif
