/* SPDX-License-Identifier: Apache-2.0 */
/* loss/permuted.c - the cycles of permuted.h, and mean and error of the paired sample. */
#include "loss/permuted.h"

#include "base/rng.h"
#include "loss/ring.h"

#include <math.h>

akin_status ak_permuted_open(ak_permuted *p, ak_loss_call *c, int64_t n)
{
    *p = (ak_permuted){ .n = c->want_permuted && n > 1 ? n : 0,
                        .most = c->want_permuted ? AK_PERMUTATIONS : 0 };
    if (!p->n) return AKIN_OK;
    p->partner = ak_arena_array(c->arena, int32_t, n, 1);
    p->back = ak_arena_array(c->arena, int32_t, n, 1);
    p->more = ak_loss_vector(c, n);
    return p->partner && p->back && p->more ? AKIN_OK : ak_loss_no_scratch(c);
}

/* A cycle through all items, each equally likely (Sattolo's shuffle). */
bool ak_permuted_next(ak_permuted *p)
{
    if (p->times == p->most) return false;
    ak_rng r = ak_rng_at(0, AK_RNG_PERMUTED, (uint32_t)p->times, 0, 0);
    for (int64_t i = 0; i < p->n; i++) p->partner[i] = (int32_t)i;
    for (int64_t i = p->n - 1; i > 0; i--) {
        const uint32_t j = ak_rng_below(&r, (uint32_t)i);
        const int32_t keep = p->partner[i];
        p->partner[i] = p->partner[j];
        p->partner[j] = keep;
    }
    for (int64_t i = 0; i < p->n; i++) p->back[p->partner[i]] = (int32_t)i;
    p->times++;
    return true;
}

typedef struct dots_job {
    const ak_permuted *p;
    const ak_engine *e;
    const ak_pair_rows *a, *b;
    int64_t first;
    double *out;
} dots_job;

static void dots(int64_t begin, int64_t end, void *ctx)
{
    const dots_job *job = ctx;
    for (int64_t i = begin; i < end; i++) {
        const int64_t j = job->first + job->p->partner[i];
        job->out[i] = ak_pair_rows_dot(job->e, job->a, i, job->b, j) * job->a->scale[i] * job->b->scale[j];
    }
}

void ak_permuted_dots(const ak_permuted *p, const ak_engine *e, const ak_pair_rows *a, const ak_pair_rows *b,
                      int64_t first, double *out)
{
    dots_job job = { p, e, a, b, first, out };
    ak_parallel_for(p->n, 1 + (1 << 15) / a->d, dots, &job);
}

/* The variance of the mean of n items is that of an item over n where items are independent. A pair of
 * strangers that two items share has half of its variance in each, but all of it in the mean: of an item,
 * 1 + 1/times parts then look like 1 + 1/(2 times). */
akin_status ak_permuted_close(const ak_permuted *p, ak_loss_call *c, double scale)
{
    if (!c->want_permuted) return AKIN_OK;
    const double times = p->times;
    double sums[2] = { 0, (double)p->n }, squares = 0;
    for (int64_t i = 0; i < p->n; i++) sums[0] += p->more[i] / times;
    AK_TRY(ak_ring_sum(c, sums, 2));
    const double sum = sums[0], n = sums[1];
    for (int64_t i = 0; i < p->n; i++) {
        const double gap = p->more[i] / times - sum / n;
        squares += gap * gap;
    }
    AK_TRY(ak_ring_sum(c, &squares, 1));
    if (n == 0 || !isfinite(sum) || !isfinite(squares)) return AKIN_OK;
    scale *= (double)c->ring.all / n; /* a rank with one item has no stranger for it */
    c->permuted.loss = c->value + scale * sum;
    c->permuted.error = scale * sqrt(n * squares / (n - 1));
    if (p->shared) c->permuted.error *= sqrt((1 + 1 / times) / (1 + 0.5 / times));
    return AKIN_OK;
}
