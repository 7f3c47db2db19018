/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/inverse.h - the inverse and the determinant of a square matrix. */
#ifndef AK_LINALG_INVERSE_H
#define AK_LINALG_INVERSE_H

#include "base/base.h"

/* a [n,n] <- a^-1, and *log_det = log |det a|; pivot: room for n. False where a column has no pivot: then a
 * is no longer what it was, and *log_det is -INFINITY. The same bits on any number of threads. */
bool ak_invert(double *a, int64_t n, int32_t *pivot, double *log_det);

#endif
