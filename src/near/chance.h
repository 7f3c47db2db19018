/* SPDX-License-Identifier: Apache-2.0 */
/* near/chance.h - which pairs are nearer than chance makes them; see akin/tool/dups.h. */
#ifndef AK_NEAR_CHANCE_H
#define AK_NEAR_CHANCE_H

#include "near/near.h"

#define AK_CHANCE_MOST 0.7         /* the greatest ratio that is looked at */
#define AK_CHANCE_DIMENSION 1000.0 /* where the fifth is as far as the tenth */

enum { AK_CHANCE_ROWS = 10 }; /* rows that differ must be more */

typedef struct ak_chance {
    int64_t m;
    double dimension;    /* 0: not known, all are copies of ten others */
    double *scale;       /* [m] r_i */
    ak_near_other *near; /* [m] the nearest */
    double *growth;      /* [m] log(r'_i / r_i), -1 of rows that are left out */
} ak_chance;

/* r->m must be more than AK_CHANCE_ROWS.  AKIN_ERR_NOMEM. */
akin_status ak_chance_open(const ak_near_rows *r, ak_chance *out, akin_error *err);
void ak_chance_close(ak_chance *c);

/* u of a distance between rows whose scales are a and b. */
double ak_chance_ratio(double distance, double a, double b);
/* How many pairs up to u chance makes. */
double ak_chance_expected(const ak_chance *c, double u);
/* The greatest u up to which that is at most this share of the pairs, whose ratios are here in ascending
 * order; 0: of no pair. No pair lies between the last one taken and it. */
double ak_chance_reach(const ak_chance *c, const double *ratio, int64_t n, double share);

#endif
