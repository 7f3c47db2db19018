/* SPDX-License-Identifier: Apache-2.0 */
/* theory/span.h - how much of what theory predicts the features hold. span.c has the formulas. */
#ifndef AK_THEORY_SPAN_H
#define AK_THEORY_SPAN_H

#include "theory/theory.h"

enum { AK_SPAN_COLUMNS = 1024 }; /* most columns of either */

/* g [d,d] = E (a b^T + b a^T)/2; g is 0 before. False: no memory. */
bool ak_view_covariance(akin_cmat a, akin_cmat b, double *g);

typedef struct ak_span {
    int64_t items, directions, rank;      /* looked at; ranks of what is predicted and of the features */
    double first, last, next;             /* eigenvalues 1, m and m+1 */
    double overlap, predicted, explained; /* NaN where there are no more rows than directions */
} ak_span;

/* from, features: two views each, of the same items, up to AK_SPAN_COLUMNS columns; m <= columns of from.
 * AKIN_ERR_NOMEM. */
akin_status ak_span_of(const akin_cmat from[2], const akin_cmat features[2], int64_t m, ak_span *out,
                       akin_error *err);

#endif
