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

/* Up to `most` items spread evenly over all of them. */
typedef struct ak_some_items {
    akin_cmat a, b;     /* [n,d] unit rows */
    const int32_t *cls; /* [n] */
    void *owned[3];     /* what was copied; NULL where all items are taken */
} ak_some_items;

/* AKIN_ERR_NOMEM; then there is nothing to free. */
akin_status ak_some_items_of(const ak_theory_job *job, int64_t most, ak_some_items *out, akin_error *err);
void ak_some_items_free(ak_some_items *s);

/* The 95 % intervals of a row that was set as exact, because both sides were measured alike. */
void ak_bound_interval(akin_bound_row *row, double value_half, double measured_half);

/* The mean of x [n] and its 95 % half width by Student's t; n >= 2, else the half width is infinite. */
void ak_mean_of(const double *x, int64_t n, double *mean, double *half);

#endif
