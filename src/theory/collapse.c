/* SPDX-License-Identifier: Apache-2.0 */
/* theory/collapse.c - class collapse of supervised contrast in the symmetric family  [LeeOh2025].
 *
 * m classes of n images, views of an image identical, cosine s_w in a class and s_b between classes, centred:
 * 1 + (n-1) s_w + (m-1) n s_b = 0. The loss (1-a) L_sup + a L_cl becomes the convex
 *
 *     g(s_w) = -(a + (1-a) s_w)/t + log( e^{1/t} + (n-1) e^{s_w/t} + (m-1) n e^{s_b/t} ),
 *
 *     t g'(s_w) = -(1-a) + (n-1) ( e^{s_w/t} - e^{s_b/t} ) / sum.
 *
 * The classes collapse when g' <= 0 still at s_w = 1: a <= a*. Reduction and threshold are derived here.
 *
 * Precision. All exponentials relative to e^{1/t}; 1-q by expm1. */
#include "theory/collapse.h"

#include <math.h>

double akin_class_collapse_threshold(double m, double n, double t)
{
    if (!(m >= 2 && n >= 1 && t > 0)) return NAN;
    const double q = exp(-m / ((m - 1) * t)), one_minus_q = -expm1(-m / ((m - 1) * t));
    return 1 - (n - 1) / n * one_minus_q / (1 + (m - 1) * q);
}

static double slope(double m, double n, double t, double a, double s_w)
{
    const double s_b = -(1 + (n - 1) * s_w) / ((m - 1) * n);
    const double within = exp((s_w - 1) / t), between = exp((s_b - 1) / t);
    return -(1 - a) + (n - 1) * (within - between) / (1 + (n - 1) * within + (m - 1) * n * between);
}

void ak_class_collapse_optimum(double m, double n, double t, double a, double *s_w, double *s_b)
{
    double best = NAN;
    if (m >= 2 && n >= 1 && t > 0 && a >= 0 && a <= 1) {
        double low = n > 1 ? -1 / (n - 1) : 1, high = 1;
        if (slope(m, n, t, a, 1) <= 0) low = 1;
        for (int i = 0; i < 200 && low < high; i++) {
            const double middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            if (slope(m, n, t, a, middle) <= 0)
                low = middle;
            else
                high = middle;
        }
        best = low;
    }
    *s_w = best;
    *s_b = -(1 + (n - 1) * best) / ((m - 1) * n);
}
