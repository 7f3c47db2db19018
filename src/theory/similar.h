/* SPDX-License-Identifier: Apache-2.0 */
/* theory/similar.h - how alike two representations of the same items are. */
#ifndef AK_THEORY_SIMILAR_H
#define AK_THEORY_SIMILAR_H

#include "base/base.h"

/* Mean share of common neighbours [Huh2024]: a and b [n,k], neighbours of item i in row i, the item itself
 * not among them. unverified. Chance is k/(n-1). */
double ak_mutual_neighbours(const int32_t *a, const int32_t *b, int64_t n, int64_t k);

/* Linear CKA |Yc^T Xc|_F^2 / (|Xc^T Xc|_F |Yc^T Yc|_F)  [Kornblith2019]; NaN when a set has no spread.
 * AKIN_ERR_SHAPE, AKIN_ERR_NOMEM. */
akin_status ak_linear_cka(akin_cmat x, akin_cmat y, double *out, akin_error *err);

#endif
