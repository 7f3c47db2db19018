/* SPDX-License-Identifier: Apache-2.0 */
/* theory/simplex.h - a convex function of a Gram matrix with unit diagonal, made least with a certificate. */
#ifndef AK_THEORY_SIMPLEX_H
#define AK_THEORY_SIMPLEX_H

#include "base/base.h"

typedef struct ak_gram_program {
    int64_t c;        /* rows */
    const double *pi; /* [c] > 0: how strong the pull on a row is; for the step only */
    double step;      /* the first */
    int64_t longest;  /* most steps */
    /* f at g [c,c]; adds its symmetric gradient to m [c,c], which is zero before. */
    double (*evaluate)(struct ak_gram_program *p);
    void *ctx;
    double *memory; /* of all below; the caller frees it */
    double *v, *try_v, *g, *m, *grad, *last_grad, *value, *k;
} ak_gram_program;

/* g is then nearly the best; no g' that is positive semidefinite with g'_ii <= 1 has less than *objective -
 * *gap.  AKIN_ERR_NOMEM, AKIN_ERR_NUMERIC. */
akin_status ak_gram_solve(ak_gram_program *p, double *objective, double *gap, akin_error *err);

#endif
