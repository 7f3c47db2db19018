/* SPDX-License-Identifier: Apache-2.0 */
/* eval/intervals.c - the 95 % intervals that protocols report: Wilson's of a share [Wilson1927], Student's t
 * of a mean over draws [Student1908]. */
#include "eval/eval.h"

#include <math.h>

void ak_wilson95(double p, int64_t n, double interval[2])
{
    interval[0] = 0;
    interval[1] = 1;
    if (n < 1) return;
    const double z = 1.959963984540054, count = (double)n, zz = z * z / count;
    const double centre = (p + zz / 2) / (1 + zz);
    const double half = z / (1 + zz) * sqrt(p * (1 - p) / count + zz / (4 * count));
    if (p > 0) interval[0] = fmax(centre - half, 0); /* at p = 0 and p = 1 the bound is p, up to rounding */
    if (p < 1) interval[1] = fmin(centre + half, 1);
}

/* The continued fraction of the incomplete beta function I_x(a,b), by Lentz's method; x < (a+1)/(a+b+2). */
static double beta_fraction(double a, double b, double x)
{
    const double least = 1e-300;
    double c = 1, d = 1 / fmax(fabs(1 - (a + b) * x / (a + 1)), least), h = d;
    for (int m = 1; m < 10000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / fmax(1 + even * d, least);
        c = fmax(1 + even / c, least);
        h *= d * c;
        d = 1 / fmax(1 + odd * d, least);
        c = fmax(1 + odd / c, least);
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return h;
}

static double beta_share(double a, double b, double x, double rest)
{
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(rest));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, rest) / b;
}

/* P(T > q) = I_x(df/2, 1/2) / 2 with x = df/(df + q^2), q > 0: the tail itself, not 1 minus the rest. */
static double student_tail(double df, double q)
{
    const double rest = q * q / (df + q * q);
    return 0.5 * beta_share(df / 2, 0.5, df / (df + q * q), rest);
}

double ak_student_tail(int64_t df, double q) { return q > 0 ? student_tail((double)df, q) : 0.5; }

double ak_student(int64_t df, double tail)
{
    double low = 0, high = 1;
    if (!(df >= 1 && tail > 0 && tail < 0.5)) return df >= 1 && tail == 0.5 ? 0 : NAN;
    while (student_tail((double)df, high) > tail) high *= 2;
    for (int step = 0; step < 60; step++) {
        const double middle = 0.5 * (low + high);
        if (student_tail((double)df, middle) > tail)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double ak_student95(int64_t df) { return ak_student(df, 0.025); }
