/* SPDX-License-Identifier: Apache-2.0 */
/* theory/candidates.h - each anchor with its partner among other items: the loss and the rank. */
#ifndef AK_THEORY_CANDIDATES_H
#define AK_THEORY_CANDIDATES_H

#include "theory/theory.h"

/* An anchor a_i against its partner b_i and K rows of b of other items, all different, drawn anew for each
 * anchor. With s = cosine/t:
 *
 *     loss = ln(1 + sum_k e^{s_k - s_i}),   above = how many s_k >= s_i
 *
 * Where every other item is a candidate, nothing is drawn. */
typedef struct ak_candidates {
    int64_t anchors, others; /* others: K, or n - 1 where that is less */
    bool exact;              /* nothing was drawn: all anchors, all others */
    double *loss, *above;    /* [anchors] */
} ak_candidates;

/* Computed once for a job, then shared. */
akin_status ak_candidates_of(ak_theory_job *job, const ak_candidates **out, akin_error *err);
void ak_candidates_free(ak_candidates *c); /* takes NULL */

/* The mean of x [n] and its 95 % half width by Student's t; n >= 2, else the half width is infinite. */
void ak_mean_of(const double *x, int64_t n, double *mean, double *half);

#endif
