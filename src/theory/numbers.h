/* SPDX-License-Identifier: Apache-2.0 */
/* theory/numbers.h - probabilities in log space, and classes grouped by equal probability. */
#ifndef AK_THEORY_NUMBERS_H
#define AK_THEORY_NUMBERS_H

#include "akin/theory.h"
#include "base/base.h"

#include <math.h>

/* ln of probability masses, relative error a few ulps of the logarithm's largest part  [Loader2000]. */
double ak_log_poisson(double x, double rate);
double ak_log_binomial(double x, double n, double p, double q); /* q = 1 - p, as exactly as it is known */
static inline double ak_log_rest(double p, double q) { return p > 0.5 ? log(q) : log1p(-p); }
/* m of the kind among `draws` from `good` + `bad` items, without replacement. */
double ak_log_hypergeometric(double m, double good, double bad, double draws);
double ak_harmonic(double n); /* 1 + 1/2 + ... + 1/n, n a whole number >= 0 */
double ak_log_cosh(double x);

/* Classes of equal weight, by increasing weight: rho, or items when drawn without replacement. */
typedef struct ak_group {
    double weight, classes, others; /* others: weight of all classes but one of these */
} ak_group;

typedef struct ak_groups {
    ak_group *group;
    int64_t count;
    double classes, total; /* total: sum of all weights: 1, or items */
    bool finite;           /* without replacement */
} ak_groups;

akin_status ak_groups_make(const akin_prior *p, ak_groups *out, akin_error *err);
void ak_groups_free(ak_groups *g);
double ak_class_weight(const akin_prior *p, int64_t c, double items); /* of class c; items: sum of counts */
double ak_prior_items(const akin_prior *p);                           /* sum of counts, 0 without */
/* Probability that a label is of a class of this weight. */
static inline double ak_group_rho(const ak_groups *g, int64_t i) { return g->group[i].weight / g->total; }

/* ln P(N draws hold all classes). */
double ak_coverage(const ak_groups *g, double draws);
/* ln P(they do not); exact also where that is tiny. */
double ak_coverage_complement(const ak_groups *g, double draws, double log_value);
/* Given an anchor of a class of group i, ln P(K further draws hold all other classes), and with clean = true
 * none of the anchor's. */
double ak_coverage_given(const ak_groups *g, int64_t i, double negatives, bool clean);
/* E of the draws until all classes were seen, and the least N with coverage >= share. */
double ak_coverage_expected(const ak_groups *g);
double ak_coverage_draws(const ak_groups *g, double share);

/* E over labels of sum_m P(Col = m) value(m); and ln P(Col = 0). */
typedef double ak_count_fn(double m, void *ctx);
double ak_collision_mean(const ak_groups *g, double negatives, ak_count_fn *value, void *ctx);
double ak_collision_log_none(const ak_groups *g, double negatives);
double ak_collision_log_all(const ak_groups *g, double negatives);
/* The same for anchors of one class of group i. */
double ak_collision_mean_of(const ak_groups *g, int64_t i, double negatives, ak_count_fn *value, void *ctx);

#endif
