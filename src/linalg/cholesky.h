/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/cholesky.h - A = L L' and its solves, for symmetric matrices of a few thousand rows. */
#ifndef AKIN_SRC_CHOLESKY_H
#define AKIN_SRC_CHOLESKY_H

#include "base/base.h"

/* a [n,n], row-major, lower triangle read and overwritten by L. A pivot below floor > 0 is raised to it, so that
 * the result is the factor of a positive definite matrix near a whatever rounding did. */
void ak_cholesky(double *a, int64_t n, double floor);

/* b [n,columns] <- (L L')^-1 b, for all columns together. */
void ak_cholesky_solve(const double *l, int64_t n, double *b, int64_t columns);

#endif
