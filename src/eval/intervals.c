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

/* For few degrees of freedom a table; beyond it the Cornish-Fisher expansion in 1/df, whose first term left
 * out is below 1e-5 for df > 10. */
double ak_student95(int64_t df)
{
    static const double few[] = { 12.706204736432095, 4.302652729911275, 3.182446305284263, 2.776445105197798,
                                  2.570581835636314,  2.446911848791681, 2.364624251010300, 2.306004135033371,
                                  2.262157162740992,  2.228138851964939 };
    if (df <= (int64_t)(sizeof few / sizeof *few)) return few[df - 1];
    const double z = 1.959963984540054, z2 = z * z, v = (double)df;
    const double g1 = z * (z2 + 1) / 4;
    const double g2 = z * ((5 * z2 + 16) * z2 + 3) / 96;
    const double g3 = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
    const double g4 = z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160;
    return z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}
