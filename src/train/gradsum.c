/* SPDX-License-Identifier: Apache-2.0 */
/* train/gradsum.c - sums of gradients, in float: of some ten to hundred chunks, so that rounding stays near 1e-6 of the
 * sum, below that of the chunks' own gradients. */
#include "train/gradsum.h"

#include "base/base.h"

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
    bool ok = s != NULL;
    if (ok) {
        s->tensors = calloc((size_t)(count ? count : 1), sizeof *s->tensors);
        s->sum = calloc((size_t)(count ? count : 1), sizeof *s->sum);
        ok = s->tensors && s->sum;
        s->count = ok ? count : 0;
    }
    for (int64_t i = 0; ok && i < count; i++) {
        s->tensors[i] = tensors[i];
        if (tensors[i].grad) ok = (s->sum[i] = ak_alloc(sizeof(float), tensors[i].count, 1)) != NULL;
    }
    if (!ok) {
        ak_gradsum_free(s);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the gradients of %lld tensors", (long long)count);
    }
    *out = s;
    return AKIN_OK;
}

void ak_gradsum_free(ak_gradsum *s)
{
    if (!s) return;
    for (int64_t i = 0; i < s->count; i++) free(s->sum[i]);
    free(s->sum);
    free(s->tensors);
    free(s);
}

typedef struct span {
    float *to;
    const float *from;
} span;

static void add(int64_t begin, int64_t end, void *ctx)
{
    const span *w = ctx;
    for (int64_t i = begin; i < end; i++) w->to[i] += w->from[i];
}

void ak_gradsum_add(ak_gradsum *s, int64_t i, int64_t n)
{
    if (n == 1) return;
    for (int64_t t = 0; t < s->count; t++) {
        if (!s->sum[t]) continue;
        float *grad = s->tensors[t].grad, *sum = s->sum[t];
        span w = i == n - 1 ? (span){ grad, sum } : (span){ sum, grad };
        if (i == 0)
            memcpy(sum, grad, (size_t)s->tensors[t].count * sizeof *sum);
        else
            ak_parallel_for(s->tensors[t].count, GRAIN, add, &w);
    }
}
