/* SPDX-License-Identifier: Apache-2.0 */
/* base/compare.c - the order of numbers and of bytes, for qsort() and bsearch(). */
#include "base/base.h"

#include <string.h>

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

int ak_compare_bytes(const char *a, int64_t a_bytes, const char *b, int64_t b_bytes)
{
    const int order = memcmp(a, b, (size_t)(a_bytes < b_bytes ? a_bytes : b_bytes));
    return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}
