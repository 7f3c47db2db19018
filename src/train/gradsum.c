/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradsum.c - sums of gradients, in float. A step has some ten to a hundred chunks, so the rounding of
 * the sum stays near 1e-6 of it, below the rounding of the chunks' own gradients. */
#include "train/gradsum.h"

#include "base/base.h"
#include "train/arrays.h"

#include <string.h>

enum { GRAIN = 16384 };

struct ak_gradsum {
    akin_tensor *tensors; /* [count] */
    float **sum;          /* [count]; NULL without a gradient */
    int64_t count;
};

akin_status ak_gradsum_create(const akin_tensor *tensors, int64_t count, ak_gradsum **out, akin_error *err)
{
    ak_gradsum *s = calloc(1, sizeof *s);
    if (s) {
        s->count = count;
        s->tensors = ak_tensors_copy(tensors, count);
        s->sum = ak_arrays_create(tensors, count, AK_ARRAYS_OF_GRADIENTS);
    }
    if (!s || !s->tensors || !s->sum) {
        ak_gradsum_free(s);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the gradients of %lld tensors", (long long)count);
    }
    *out = s;
    return AKIN_OK;
}

void ak_gradsum_free(ak_gradsum *s)
{
    if (!s) return;
    ak_arrays_free(s->sum, s->count);
    free(s->tensors);
    free(s);
}

typedef struct addition {
    float *to;
    const float *from;
} addition;

static void add(int64_t begin, int64_t end, void *ctx)
{
    const addition *w = ctx;
    for (int64_t i = begin; i < end; i++) w->to[i] += w->from[i];
}

void ak_gradsum_add_tensor(ak_gradsum *s, int64_t t, int64_t i, int64_t n)
{
    if (n == 1 || !s->sum[t]) return;
    float *grad = s->tensors[t].grad, *sum = s->sum[t];
    addition w = i == n - 1 ? (addition){ grad, sum } : (addition){ sum, grad };
    if (i == 0)
        memcpy(sum, grad, (size_t)s->tensors[t].count * sizeof *sum);
    else
        ak_parallel_for(s->tensors[t].count, GRAIN, add, &w);
}

void ak_gradsum_add(ak_gradsum *s, int64_t i, int64_t n)
{
    for (int64_t t = 0; t < s->count; t++) ak_gradsum_add_tensor(s, t, i, n);
}
