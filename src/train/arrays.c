/* SPDX-License-Identifier: Apache-2.0 */
/* train/arrays.c - arrays beside tensors. Every number is computed by itself, so the number of threads
 * changes no bit. */
#include "train/arrays.h"

#include "base/base.h"

#include <string.h>

enum { GRAIN = 16384 };

float **ak_arrays_create(const akin_tensor *tensors, int64_t count, ak_arrays_of which)
{
    float **arrays = calloc((size_t)(count ? count : 1), sizeof *arrays);
    for (int64_t i = 0; arrays && i < count; i++) {
        if (which == AK_ARRAYS_OF_GRADIENTS && !tensors[i].grad) continue;
        arrays[i] = ak_alloc(sizeof(float), tensors[i].count, 1);
        if (arrays[i]) continue;
        ak_arrays_free(arrays, count);
        return NULL;
    }
    return arrays;
}

void ak_arrays_fill(float **arrays, const akin_tensor *tensors, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (arrays[i]) memcpy(arrays[i], tensors[i].data, (size_t)tensors[i].count * sizeof(float));
}

void ak_arrays_free(float **arrays, int64_t count)
{
    for (int64_t i = 0; arrays && i < count; i++) free(arrays[i]);
    free(arrays);
}

akin_tensor *ak_tensors_copy(const akin_tensor *tensors, int64_t count)
{
    akin_tensor *copy = calloc((size_t)(count ? count : 1), sizeof *copy);
    for (int64_t i = 0; copy && i < count; i++) copy[i] = tensors[i];
    return copy;
}

typedef struct approach {
    float *average;
    const float *x;
    float share;
} approach;

static void approach_range(int64_t begin, int64_t end, void *ctx)
{
    const approach *w = ctx;
    for (int64_t i = begin; i < end; i++) w->average[i] += w->share * (w->x[i] - w->average[i]);
}

void ak_approach(float *average, const float *x, float share, int64_t n)
{
    approach w = { average, x, share };
    ak_parallel_for(n, GRAIN, approach_range, &w);
}
