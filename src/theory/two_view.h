/* SPDX-License-Identifier: Apache-2.0 */
/* theory/two_view.h - the two-view operator of features, and the least spectral loss that linear changes of
 * them can have [HaoChen2021]. two_view.c derives it. */
#ifndef AK_THEORY_TWO_VIEW_H
#define AK_THEORY_TWO_VIEW_H

#include "base/base.h"

/* A direction whose second moment is not above this part of the greatest one is left out. Unit rows of floats
 * have a rounding error of up to 2^-24 in an entry, a second moment of about 1e-16 along each direction: a
 * thousandth of the cut. */
#define AK_TWO_VIEW_CUT 1e-13

enum { AK_TWO_VIEW_COLUMNS = 1024 }; /* most columns: d^3 operations */

typedef struct ak_two_view_input {
    akin_cmat a, b;                  /* [n,d] two views, any finite rows; b may be a */
    const double *scale_a, *scale_b; /* [n] factor of each row, or NULL for 1 */
    int64_t eigenvalue;              /* which eigenvalue to report, from 0 */
} ak_two_view_input;

typedef struct ak_two_view {
    int64_t rank, cut;       /* directions that are kept, and that are left out */
    double loss, best;       /* of the features as they are; the least of their linear changes */
    double loss_half;        /* 95 % half width; NaN for few items */
    double best_interval[2]; /* 95 %: see two_view.c; NaN for few items */
    double first, value,
        next; /* eigenvalues: the greatest, the one asked for, the one after; 0 beyond the rank */
    double value_half;
} ak_two_view;

/* AKIN_ERR_NOMEM. At most AK_TWO_VIEW_COLUMNS columns. */
akin_status ak_two_view_of(const ak_two_view_input *in, ak_two_view *out, akin_error *err);

#endif
