/* SPDX-License-Identifier: Apache-2.0 */
/* theory/tuples.h - tuples that share no item: what bounds of high probability count. */
#ifndef AK_THEORY_TUPLES_H
#define AK_THEORY_TUPLES_H

#include "theory/theory.h"

/* Mean losses of `count` tuples (anchor, positive of its class, one negative), three items each, no item
 * twice. */
typedef struct ak_tuples {
    int64_t count;
    int64_t lost; /* of them, those for which a class had no item left: each counts with the greatest loss */
    double zero_one, hinge, logistic;
} ak_tuples;

/* The greatest loss of unit features, R^2 = 1/t: 1 + 2/t, log2(1 + e^{2/t}). */
double ak_hinge_range(double t);
double ak_logistic_range(double t);

akin_status ak_tuples_of(const ak_theory_job *job, ak_tuples *out, akin_error *err);

/* What a bound of high probability from these tuples assumes; no verdict for fewer than AK_BOUND_BLOCKS. */
void ak_tuples_assume(akin_bound_row *row, const ak_theory_job *job, const ak_tuples *tuples,
                      const char *encoder);

#endif
