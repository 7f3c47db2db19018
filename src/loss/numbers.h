/* SPDX-License-Identifier: Apache-2.0 */
/* loss/numbers.h - rows as the caller gave them: of floats, or of doubles behind the same pointers
 * (akin_loss_batch.wide). */
#ifndef AK_LOSS_NUMBERS_H
#define AK_LOSS_NUMBERS_H

#include "base/base.h"

/* A row of numbers, one of the two. */
typedef struct ak_numbers {
    const float *narrow;
    const double *wide;
} ak_numbers;

static inline ak_numbers ak_numbers_of(akin_cmat x, int64_t i, bool wide)
{
    const void *data = x.data;
    return wide ? (ak_numbers){ .wide = (const double *)data + i * x.stride }
                : (ak_numbers){ .narrow = x.data + i * x.stride };
}

static inline double ak_number(ak_numbers r, int64_t k) { return r.wide ? r.wide[k] : (double)r.narrow[k]; }

/* Store a number of a gradient. */
static inline void ak_number_set(akin_mat x, int64_t i, int64_t k, bool wide, double value)
{
    void *data = x.data;
    if (wide)
        ((double *)data)[i * x.stride + k] = value;
    else
        x.data[i * x.stride + k] = (float)value;
}

/* The rows from row i on. */
static inline akin_cmat ak_rows_from(akin_cmat x, int64_t i, bool wide)
{
    const ak_numbers first = ak_numbers_of(x, i, wide);
    const void *data = first.wide;
    x.data = wide ? (const float *)data : first.narrow;
    x.rows -= i;
    return x;
}

#endif
