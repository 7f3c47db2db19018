/* SPDX-License-Identifier: Apache-2.0 */
/* theory/candidates.c - anchors among other items, drawn without replacement.
 *
 * Draws. A worker has the numbers 0..n-2 in order; K exchanges from the front give a random subset, and the
 * same exchanges backwards restore the order. So each anchor has a stream of its own, and nothing depends on
 * which worker it met.
 *
 * Memory: 4 n bytes for each worker, 16 bytes for each anchor. */
#include "theory/candidates.h"
#include "base/rng.h"
#include "eval/eval.h"

#include <math.h>
#include <string.h>

enum { ANCHORS = 8192, LEAST_ANCHORS = 512 };
static const double MOST_WORK = 2e10;

typedef struct draw {
    const ak_theory_job *job;
    ak_candidates *c;
    int32_t *order, *with; /* [workers, n-1]: the numbers; [workers, others]: what was exchanged */
} draw;

static double similarity(const ak_theory_job *job, int64_t i, int64_t j)
{
    const float *x = job->a + i * job->d, *y = job->b + j * job->d;
    double lane[4] = { 0, 0, 0, 0 };
    int64_t k = 0;
    for (; k + 4 <= job->d; k += 4)
        for (int l = 0; l < 4; l++) lane[l] += (double)x[k + l] * (double)y[k + l];
    for (; k < job->d; k++) lane[0] += (double)x[k] * (double)y[k];
    return (lane[0] + lane[1] + lane[2] + lane[3]) / job->in.temperature;
}

static void one_anchor(int64_t anchor, int worker, void *ctx)
{
    draw *w = ctx;
    const ak_theory_job *job = w->job;
    const int64_t i = anchor * job->n / w->c->anchors, most = job->n - 1, k = w->c->others;
    int32_t *order = w->order + worker * most, *with = w->with + worker * k;
    ak_rng g = ak_rng_at(job->in.seed, AK_RNG_SAMPLE, AK_SAMPLE_CANDIDATES, (uint64_t)i, 0);
    const double own = similarity(job, i, i);
    double high = 0, sum = 1, above = 0; /* of e^{s - own}, the partner's 1 among them */
    for (int64_t j = 0; j < k; j++) {
        if (k < most) {
            with[j] = (int32_t)(j + ak_rng_below(&g, (uint32_t)(most - j)));
            const int32_t keep = order[j];
            order[j] = order[with[j]];
            order[with[j]] = keep;
        }
        const int64_t other = order[j] < i ? order[j] : order[j] + 1;
        const double s = similarity(job, i, other) - own;
        above += s >= 0;
        if (s > high) {
            sum = sum * exp(high - s) + 1;
            high = s;
        } else
            sum += exp(s - high);
    }
    for (int64_t j = k - 1; j >= 0 && k < most; j--) {
        const int32_t keep = order[j];
        order[j] = order[with[j]];
        order[with[j]] = keep;
    }
    w->c->loss[anchor] = high > 0 ? high + log(sum) : log1p(sum - 1);
    w->c->above[anchor] = above;
}

static bool measure(const ak_theory_job *job, ak_candidates *c)
{
    const int64_t most = job->n - 1, workers = akin_threads();
    c->others = job->in.negatives < most ? job->in.negatives : most;
    const double affordable = MOST_WORK / ((double)c->others * (double)job->d);
    c->anchors = affordable < LEAST_ANCHORS ? LEAST_ANCHORS
                 : affordable > ANCHORS     ? ANCHORS
                                            : (int64_t)affordable;
    if (c->anchors > job->n) c->anchors = job->n;
    c->exact = c->others == most && c->anchors == job->n;
    c->loss = ak_alloc(sizeof(double), c->anchors, 1);
    c->above = ak_alloc(sizeof(double), c->anchors, 1);
    draw w = { .job = job,
               .c = c,
               .order = ak_alloc(sizeof(int32_t), workers, most),
               .with = ak_alloc(sizeof(int32_t), workers, c->others) };
    const bool good = c->loss && c->above && w.order && w.with;
    for (int64_t i = 0; good && i < workers * most; i++) w.order[i] = (int32_t)(i % most);
    if (good) ak_parallel_tasks(c->anchors, one_anchor, &w);
    free(w.order);
    free(w.with);
    return good;
}

akin_status ak_candidates_of(ak_theory_job *job, const ak_candidates **out, akin_error *err)
{
    if (!job->candidates) {
        ak_candidates *c = calloc(1, sizeof *c);
        if (!c || !measure(job, c)) {
            ak_candidates_free(c);
            return ak_no_memory(err, "for %lld candidates of each anchor", (long long)job->in.negatives);
        }
        job->candidates = c;
    }
    *out = job->candidates;
    return AKIN_OK;
}

void ak_candidates_free(ak_candidates *c)
{
    if (!c) return;
    free(c->loss);
    free(c->above);
    free(c);
}

akin_status ak_some_items_of(const ak_theory_job *job, int64_t most, ak_some_items *out, akin_error *err)
{
    const int64_t n = job->n < most ? job->n : most, d = job->d;
    *out = (ak_some_items){ { job->a, n, d, d }, { job->b, n, d, d }, job->cls, { NULL, NULL, NULL } };
    if (n == job->n) return AKIN_OK;
    float *a = ak_alloc(sizeof *a, n, d), *b = ak_alloc(sizeof *b, n, d);
    int32_t *cls = ak_alloc(sizeof *cls, n, 1);
    for (int64_t i = 0; i < n && a && b && cls; i++) {
        const int64_t item = i * job->n / n;
        memcpy(a + i * d, job->a + item * d, (size_t)d * sizeof *a);
        memcpy(b + i * d, job->b + item * d, (size_t)d * sizeof *b);
        cls[i] = job->cls[item];
    }
    *out = (ak_some_items){ { a, n, d, d }, { b, n, d, d }, cls, { a, b, cls } };
    if (a && b && cls) return AKIN_OK;
    ak_some_items_free(out);
    return ak_no_memory(err, "for %lld items of %lld columns", (long long)n, (long long)d);
}

void ak_some_items_free(ak_some_items *s)
{
    for (int i = 0; i < 3; i++) free(s->owned[i]);
}

void ak_bound_interval(akin_bound_row *row, double value_half, double measured_half)
{
    row->interval[0] = row->value - value_half;
    row->interval[1] = row->value + value_half;
    row->measured_interval[0] = row->measured - measured_half;
    row->measured_interval[1] = row->measured + measured_half;
}

void ak_mean_of(const double *x, int64_t n, double *mean, double *half)
{
    double sum = 0, square = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i] / (double)n;
    for (int64_t i = 0; i < n; i++) square += (x[i] - sum) * (x[i] - sum);
    *mean = sum;
    *half = n > 1 ? ak_student95(n - 1) * sqrt(square / (double)(n - 1) / (double)n) : INFINITY;
}
