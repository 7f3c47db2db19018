/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/lbfgs.h - minimise a smooth convex function by preconditioned L-BFGS. */
#ifndef AK_LINALG_LBFGS_H
#define AK_LINALG_LBFGS_H

#include "base/base.h"

typedef struct ak_smooth {
    int64_t n;
    double (*value)(const double *x, double *grad, void *ctx); /* f(x), and its gradient into grad [n] */
    /* v <- M^-1 v, with M symmetric, positive definite and near the Hessian at the point last valued */
    void (*precondition)(double *v, void *ctx);
    /* How far f is above its minimum, at most, as a share of the minimum; may be NULL unless `relative` */
    double (*excess)(double value, const double *grad, void *ctx);
    bool relative; /* the tolerance is one of excess, not of max |df/dx| */
    double fall; /* > 0: end, too, where ten iterations together lowered f > 0 by at most this share of it */
    /* Called once, before f, with what became of the memory; what it returns goes on. May be NULL. */
    akin_status (*ready)(akin_status mine, void *ctx, akin_error *err);
    void *ctx;
} ak_smooth;

typedef struct ak_lbfgs_end {
    double value, gradient; /* f and max |df/dx| at x */
    double excess;          /* there; infinite without such a function */
    int32_t iterations;
    bool converged; /* excess or gradient <= tolerance */
} ak_lbfgs_end;

/* From x to the minimum, in place.  AKIN_ERR_NOMEM; AKIN_ERR_NUMERIC if f or its gradient is not finite. */
akin_status ak_lbfgs(const ak_smooth *f, double *x, double tolerance, int32_t max_iterations,
                     ak_lbfgs_end *end, akin_error *err);

#endif
