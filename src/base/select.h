/* SPDX-License-Identifier: Apache-2.0 */
/* base/select.h - one order statistic of many numbers: Hoare's find [Hoare1961]. */
#ifndef AK_BASE_SELECT_H
#define AK_BASE_SELECT_H

#include <stdint.h>

/* The value at place `rank`, 0 the least, of n values in ascending order; reorders x. None may be NaN. */
double ak_select_double(double *x, int64_t n, int64_t rank);
float ak_select_float(float *x, int64_t n, int64_t rank);

#endif
