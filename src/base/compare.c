/* SPDX-License-Identifier: Apache-2.0 */
/* base/compare.c - the order of numbers, for qsort() and bsearch(). */
#include "base/base.h"

int ak_compare_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int ak_compare_int32(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}
