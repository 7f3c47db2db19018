/* SPDX-License-Identifier: Apache-2.0 */
/* theory/numbers.h - probabilities in log space, and classes grouped by equal probability. */
#ifndef AKIN_SRC_THEORY_NUMBERS_H
#define AKIN_SRC_THEORY_NUMBERS_H

#include "akin/theory.h"
#include "base/base.h"

#include <math.h>

/* ln of probability masses, relative error a few ulps of the logarithm's largest part  [Loader2000]. */
double akin_log_poisson(double x, double rate);
double akin_log_binomial(double x, double n, double p, double q); /* q = 1 - p, as exactly as it is known */
static inline double akin_log_rest(double p, double q) { return p > 0.5 ? log(q) : log1p(-p); }
/* m of the kind among `draws` from `good` + `bad` items, without replacement. */
double akin_log_hypergeometric(double m, double good, double bad, double draws);
double akin_harmonic(double n); /* 1 + 1/2 + ... + 1/n, n a whole number >= 0 */
double akin_log_cosh(double x);

/* Classes of equal weight, by increasing weight: rho, or items when drawn without replacement. */
typedef struct akin_group {
    double weight, classes, others; /* others: weight of all classes but one of these */
} akin_group;

typedef struct akin_groups {
    akin_group *group;
    int64_t count;
    double classes, total; /* total: sum of all weights: 1, or items */
    bool finite;           /* without replacement */
} akin_groups;

akin_status akin_groups_make(const akin_prior *p, akin_groups *out, akin_error *err);
void akin_groups_free(akin_groups *g);
double akin_class_weight(const akin_prior *p, int64_t c, double items); /* of class c; items: sum of counts */
double akin_prior_items(const akin_prior *p);                           /* sum of counts, 0 without */
/* Probability that a label is of a class of this weight. */
static inline double akin_group_rho(const akin_groups *g, int64_t i) { return g->group[i].weight / g->total; }

/* ln P(N draws hold all classes). */
double akin_coverage(const akin_groups *g, double draws);
/* ln P(they do not); exact also where that is tiny. */
double akin_coverage_complement(const akin_groups *g, double draws, double log_value);
/* Given an anchor of a class of group i, ln P(K further draws hold all other classes), and with clean = true none of
 * the anchor's. */
double akin_coverage_given(const akin_groups *g, int64_t i, double negatives, bool clean);
/* E of the draws until all classes were seen, and the least N with coverage >= share. */
double akin_coverage_expected(const akin_groups *g);
double akin_coverage_draws(const akin_groups *g, double share);

/* E over labels of sum_m P(Col = m) value(m); and ln P(Col = 0). */
typedef double akin_count_fn(double m, void *ctx);
double akin_collision_mean(const akin_groups *g, double negatives, akin_count_fn *value, void *ctx);
double akin_collision_log_none(const akin_groups *g, double negatives);
double akin_collision_log_all(const akin_groups *g, double negatives);
/* The same for anchors of one class of group i. */
double akin_collision_mean_of(const akin_groups *g, int64_t i, double negatives, akin_count_fn *value,
                              void *ctx);

#endif
