/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/cholesky.h - A = L L', its solves and its inverse, for symmetric matrices of a few thousand rows. */
#ifndef AK_LINALG_CHOLESKY_H
#define AK_LINALG_CHOLESKY_H

#include "base/base.h"

/* a [n,n], row-major, lower triangle read and overwritten by L. A pivot below floor > 0 is raised to it, so
 * that the result is the factor of a positive definite matrix near a whatever rounding did. */
void ak_cholesky(double *a, int64_t n, double floor);

/* b [n,columns] <- (L L')^-1 b, for all columns together. */
void ak_cholesky_solve(const double *l, int64_t n, double *b, int64_t columns);

/* inverse [n,n] <- L^-1 rounded to float, its lower triangle; what lies above is left as it is. False without
 * memory. */
bool ak_cholesky_inverse(const double *l, int64_t n, float *inverse);

/* Solve a X = B for m right sides, b [m,n] row by row, in place; a is symmetric positive definite, destroyed.
 * On one thread.  AKIN_ERR_NUMERIC when it is not positive definite. */
akin_status ak_solve_spd(double *a, int64_t n, double *b, int64_t m, akin_error *err);

#endif
