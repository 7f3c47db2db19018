/* SPDX-License-Identifier: Apache-2.0 */
/* linalg/dot.h - the inner product of two vectors of doubles, added up in a fixed order.
 *
 * Product j goes to sum j mod 8. A compiler can do eight sums at once, and their bits do not depend on
 * whether it does. The eight are then added one after another, or as a tree. Both orders stay: a change of
 * either moves the last digit of results that people have stored. */
#ifndef AK_LINALG_DOT_H
#define AK_LINALG_DOT_H

#include <stdint.h>

enum { AK_DOT_LANES = 8 };

static inline void ak_dot_lanes(const double *x, const double *y, int64_t n, double sum[AK_DOT_LANES])
{
    int64_t j = 0;
    for (; j + AK_DOT_LANES <= n; j += AK_DOT_LANES)
        for (int l = 0; l < AK_DOT_LANES; l++) sum[l] += x[j + l] * y[j + l];
    for (; j < n; j++) sum[j % AK_DOT_LANES] += x[j] * y[j];
}

static inline double ak_dot(const double *x, const double *y, int64_t n)
{
    double sum[AK_DOT_LANES] = { 0 }, total = 0;
    ak_dot_lanes(x, y, n, sum);
    for (int l = 0; l < AK_DOT_LANES; l++) total += sum[l];
    return total;
}

static inline double ak_dot_tree(const double *x, const double *y, int64_t n)
{
    double sum[AK_DOT_LANES] = { 0 };
    ak_dot_lanes(x, y, n, sum);
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

#endif
