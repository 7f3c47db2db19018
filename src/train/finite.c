/* SPDX-License-Identifier: Apache-2.0 */
/* train/finite.c - look for values that are not finite.
 *
 * Each tensor is read once, in fixed blocks that are spread over the threads. A block writes its own flag,
 * so the answer does not depend on the number of threads. */
#include "train/finite.h"

#include <inttypes.h>

enum { BLOCK = 1 << 16, BLOCKS = 4096 };

typedef struct search {
    const float *x;
    int64_t n, block;
    bool squares;
    bool bad[BLOCKS];
} search;

/* x - x is 0 for every finite x and NaN otherwise; eight lanes, so that the compiler can use vectors. */
static bool squares_finite(const float *x, int64_t n)
{
    float lane[8] = { 0 };
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) lane[l] += x[i + l] * x[i + l] - x[i + l] * x[i + l];
    for (; i < n; i++) lane[0] += x[i] * x[i] - x[i] * x[i];
    for (int l = 1; l < 8; l++) lane[0] += lane[l];
    return lane[0] == 0;
}

static void look(int64_t begin, int64_t end, void *ctx)
{
    search *s = ctx;
    for (int64_t b = begin; b < end; b++) {
        const int64_t first = b * s->block, left = s->n - first, n = left < s->block ? left : s->block;
        s->bad[b] = s->squares ? !squares_finite(s->x + first, n) : !ak_all_finite(s->x + first, n);
    }
}

static bool finite(const float *x, int64_t n, bool squares)
{
    search s = { .x = x, .n = n, .squares = squares };
    s.block = n / BLOCKS < BLOCK ? BLOCK : n / BLOCKS + 1;
    const int64_t blocks = (n + s.block - 1) / s.block;
    ak_parallel_for(blocks, 1, look, &s);
    for (int64_t b = 0; b < blocks; b++)
        if (s.bad[b]) return false;
    return true;
}

akin_status ak_check_gradients(const akin_tensor *tensors, int64_t count, int64_t step, akin_error *err)
{
    for (int64_t i = 0; i < count; i++) {
        if (!tensors[i].grad || finite(tensors[i].grad, tensors[i].count, true)) continue;
        return ak_fail(
            err, AKIN_ERR_NUMERIC,
            "step %" PRId64 ": the gradient of %s is %s; the last checkpoint is good: try a smaller --lr",
            step + 1, tensors[i].name,
            finite(tensors[i].grad, tensors[i].count, false) ? "beyond 1e19, so that its square is not finite"
                                                             : "not finite");
    }
    return AKIN_OK;
}

akin_status ak_check_weights(const akin_tensor *tensors, int64_t count, int64_t step, akin_error *err)
{
    for (int64_t i = 0; i < count; i++)
        if (!finite(tensors[i].data, tensors[i].count, false))
            return ak_fail(err, AKIN_ERR_NUMERIC,
                           "step %" PRId64
                           ": %s is not finite; the last checkpoint is good: try a smaller --lr",
                           step + 1, tensors[i].name);
    return AKIN_OK;
}
