/* SPDX-License-Identifier: Apache-2.0 */
/* views/portable_math.c - logarithm and power in double, from operations that round in one way only. Those of
 * a C library may differ in the last bit from one processor to the next, and with it, once in a long while,
 * the width of a crop. */
#include "views/portable_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

double ak_portable_log2(double x)
{
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    /* ln m = 2 artanh z, |z| < 0.172: twelve terms leave 1e-20 */
    const double z = (m - 1) / (m + 1), z2 = z * z;
    double sum = 0;
    for (int k = 23; k >= 1; k -= 2) sum = sum * z2 + 1.0 / k;
    return exponent + 2 * z * sum * 1.4426950408889634;
}

double ak_portable_exp2(double x)
{
    /* e^t = sum of t^k/k!, |t| < 0.347: thirteen terms leave 2e-16. Pairs of terms shorten the chain. */
    static const double c[13] = {
        1,          1,           1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,      1.0 / 720,
        1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600
    };
    const long whole = lrint(x);
    const double t = (x - (double)whole) * 0.69314718055994531, t2 = t * t;
    double sum = c[12];
    for (int k = 10; k >= 0; k -= 2) sum = sum * t2 + (c[k + 1] * t + c[k]);
    const uint64_t bits = (uint64_t)(1023 + whole) << 52; /* 2^whole */
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}
