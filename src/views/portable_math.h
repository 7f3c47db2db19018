/* SPDX-License-Identifier: Apache-2.0 */
/* views/portable_math.h - logarithm and power with the same bits on every machine. */
#ifndef AK_VIEWS_PORTABLE_MATH_H
#define AK_VIEWS_PORTABLE_MATH_H

/* log2 and 2^x for moderate x, by single double operations only: the same bits everywhere, unlike a C
 * library's that picks its own instruction set. Relative error below 1e-14. */
double ak_portable_log2(double x);
double ak_portable_exp2(double x);

#endif
