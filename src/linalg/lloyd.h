/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/lloyd.h - Lloyd's steps [Lloyd1982]: rows go to their nearest centre, centres to the mean of their
 * rows. How centres begin, and what becomes of one without rows, is for the caller to say.
 *
 * Sums in double in order of row, centre by centre: threads change nothing, and neither do ranks, of which
 * each looks at some blocks of rows, then makes the means of some centres. */
#ifndef AK_LINALG_LLOYD_H
#define AK_LINALG_LLOYD_H

#include "dist/divide.h"

typedef struct ak_lloyd {
    akin_cmat rows;  /* [n,d], borrowed */
    int64_t k;       /* may be made less for a while */
    bool unit;       /* centres have length 1; rows should */
    float *centre;   /* [k,d], the caller's to begin with */
    int32_t *of;     /* [n] the centre of each row; -1 before it has one */
    int64_t *begin;  /* [k+1], by ak_lloyd_move(): */
    int32_t *member; /* [n] the rows of centre c are those of [begin[c], begin[c+1]), ascending */
    double *mean;    /* [k,d] */
    float *half;     /* [k] |c|^2 / 2 */
    float *score;    /* per worker */
    ak_comm *ranks;  /* who do the steps together, all with the same rows and centres; NULL: this process */
} ak_lloyd;

/* AKIN_ERR_NOMEM. */
akin_status ak_lloyd_open(akin_cmat rows, int64_t k, bool unit, ak_lloyd *out, akin_error *err);
void ak_lloyd_close(ak_lloyd *w);

/* Each row to the centre with the greatest <x,c> - |c|^2/2, of equal ones the first; *moved counts those that
 * went to another.  AKIN_ERR_NOMEM (in oneDNN). */
akin_status ak_lloyd_assign(ak_lloyd *w, int64_t *moved, akin_error *err);
/* Each centre to the mean of its rows, of length 1 where `unit` says so. One without rows, or whose mean has
 * no direction, stays where it is.  AKIN_ERR_DISTRIBUTED. */
akin_status ak_lloyd_move(ak_lloyd *w, akin_error *err);

/* Means of the rows of each of k groups, and which these are; of[i] = -1: in none. As in ak_lloyd. */
void ak_group_means(akin_cmat rows, const int32_t *of, int64_t k, int64_t *begin, int32_t *member,
                    double *mean);

#endif
