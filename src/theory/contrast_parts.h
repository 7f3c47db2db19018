/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast_parts.h - the formulas of one anchor that contrast.c, contrast_exact.c and tuples.c
 * share. */
#ifndef AK_THEORY_CONTRAST_PARTS_H
#define AK_THEORY_CONTRAST_PARTS_H

#include "theory/theory.h"

#include <math.h>

static inline double ak_float_dot(const float *x, const float *y, int64_t d)
{
    double lane[4] = { 0, 0, 0, 0 };
    int64_t j = 0;
    for (; j + 4 <= d; j += 4)
        for (int l = 0; l < 4; l++) lane[l] += (double)x[j + l] * (double)y[j + l];
    for (; j < d; j++) lane[0] += (double)x[j] * (double)y[j];
    return lane[0] + lane[1] + lane[2] + lane[3];
}

/* Add e^s to a running sum relative to *high. */
static inline void ak_add_exp(double *high, double *sum, double s)
{
    if (s > *high) {
        *sum = *sum * exp(*high - s) + 1;
        *high = s;
    } else
        *sum += exp(s - *high);
}

static inline double ak_log_1p_exp(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }
static inline double ak_logistic(double v)
{
    return ak_log_1p_exp(-v) / 0.693147180559945309417;
} /* base 2 */
static inline double ak_hinge(double v) { return v < 1 ? 1 - v : 0; }

/* Is a negative at least as similar as the positive? Similarities come from float products, of either order:
 * what they cannot tell apart is a tie, and a tie is an error. */
static inline double ak_tie(double t) { return 2e-6 / t; }
static inline bool ak_beaten(double positive, double negative, double t)
{
    return negative >= positive - ak_tie(t);
}

/* The mean classifier's cross-entropy of an anchor of class y over the classes in here[] (NULL: all). score:
 * <a, mean_c>. */
static inline double ak_cross_entropy(const float *score, const bool *here, int64_t classes, int64_t y,
                                      double t)
{
    double sum = 0;
    for (int64_t c = 0; c < classes; c++)
        if (c == y || !here || here[c]) sum += exp(((double)score[c] - (double)score[y]) / t);
    if (sum < INFINITY) return log(sum);
    double high = -INFINITY;
    sum = 0;
    for (int64_t c = 0; c < classes; c++)
        if (c == y || !here || here[c]) ak_add_exp(&high, &sum, ((double)score[c] - (double)score[y]) / t);
    return high + log(sum);
}

#endif
