/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/eigen.h - eigenvalues and eigenvectors of symmetric matrices. */
#ifndef AK_LINALG_EIGEN_H
#define AK_LINALG_EIGEN_H

#include "base/base.h"

/* Eigenvalues of the symmetric a [n,n], which is destroyed, in decreasing order. vector is NULL or [n,n]: row
 * k receives the unit eigenvector of value[k].  AKIN_ERR_NUMERIC (an entry is not finite), AKIN_ERR_NOMEM. */
akin_status ak_eigen(double *a, int64_t n, double *value, double *vector, akin_error *err);

/* Largest eigenvalue of a positive semidefinite operator of n columns: apply() writes A x to y. Never more
 * than the true one; nearly always within 1e-9 of it, relative. No threads. AKIN_ERR_NOMEM. */
typedef void ak_apply(const double *x, double *y, void *ctx);
akin_status ak_largest_eigenvalue(ak_apply *apply, void *ctx, int64_t n, double *value, akin_error *err);

#endif
