/* SPDX-License-Identifier: Apache-2.0 */
/* theory/log_sums.h - expectations of the logarithm of a sum of keys that are drawn, without drawing them. */
#ifndef AK_THEORY_LOG_SUMS_H
#define AK_THEORY_LOG_SUMS_H

#include "base/base.h"

/* One anchor, its n similarities s (over t), those with keys of its class at [first, end). k keys are drawn,
 * each from all n, with replacement; p: a key of the class; q: another kind of key, as told. */
typedef struct ak_log_sums {
    double info;        /* E ln(1 + sum_k e^{s_k - own}) */
    double nce;         /* E ln(sum_k e^{s_k - own}) */
    double info_class;  /* E ln(1 + sum_k e^{s_k - p}) */
    double other_class; /* the same, where keys of the class add nothing to the sum */
    double same, other; /* E ln(1 + e^{q - p}), q of the class, and of any other one */
} ak_log_sums;

/* room: [n]. There are keys of the class, and others. */
void ak_log_sums_of(const double *s, int64_t n, int64_t first, int64_t end, double own, double k,
                    double *room, ak_log_sums *out);

/* E ln(1 + sum of k values), each x[i] >= 0 with probability rho[i]. room: [n]. */
double ak_log_sum_drawn(const double *x, const double *rho, int64_t n, double k, double *room);

/* Values of u that are looked at, for similarities that differ by at most `range`. */
double ak_log_sums_nodes(double range, double k);

#endif
