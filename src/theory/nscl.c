/* SPDX-License-Identifier: Apache-2.0 */
/* theory/nscl.c - what leaving out same-class negatives would change  [Luthra2025].
 *
 *     0 <= L_DCL - L_NSCL <= ln(1 + n_max e^{2/t} / (N - n_max))
 *
 * over a set of N items: each anchor against all keys but its own (DCL), and against those of other classes
 * only (NSCL). The bound holds for every anchor by itself. The set is all items, or KEYS of them spread
 * evenly. */
#include "theory/contrast.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

enum { KEYS = 4096, STRIP = 64 };

typedef struct gap {
    const ak_theory_job *job;
    int64_t n;
    const float *a, *b; /* [n,d] */
    const int32_t *cls;
    double *out; /* [n] differences */
    bool failed[KEYS / STRIP + 1];
} gap;

/* ln(1 + e^x), also where e^x overflows */
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

static void strip_of(int64_t strip, int worker, void *ctx)
{
    (void)worker;
    gap *g = ctx;
    const int64_t first = strip * STRIP, rows = g->n - first < STRIP ? g->n - first : STRIP, d = g->job->d;
    const double t = g->job->in.temperature;
    float *sim = ak_alloc(sizeof(float), rows, g->n);
    g->failed[strip] =
        !sim || !ak_gemm(false, true, rows, g->n, d, g->a + first * d, d, g->b, d, 0, sim, g->n);
    for (int64_t i = 0; i < rows && !g->failed[strip]; i++) {
        const float *s = sim + i * g->n;
        double high[2] = { -INFINITY, -INFINITY }, sum[2] = { 0, 0 }; /* of other classes, of the same one */
        for (int64_t j = 0; j < g->n; j++) {
            double *h = &high[g->cls[j] == g->cls[first + i]];
            if (j != first + i) *h = fmax(*h, (double)s[j]);
        }
        for (int64_t j = 0; j < g->n; j++) {
            const bool same = g->cls[j] == g->cls[first + i];
            if (j != first + i) sum[same] += exp(((double)s[j] - high[same]) / t);
        }
        /* each sum has its own greatest term taken out: one of them can be e^{2/t} times the other */
        if (sum[1] > 0) g->out[first + i] = softplus((high[1] - high[0]) / t + log(sum[1] / sum[0]));
    }
    free(sim);
}

/* Items spread evenly over the data, and the size of their largest class. */
static int64_t choose_items(const ak_theory_job *job, int64_t n, float *a, float *b, int32_t *cls,
                            int64_t *size)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t item = i * job->n / n;
        memcpy(a + i * job->d, job->a + item * job->d, (size_t)job->d * sizeof(float));
        memcpy(b + i * job->d, job->b + item * job->d, (size_t)job->d * sizeof(float));
        cls[i] = job->cls[item];
        const int64_t now = ++size[cls[i]];
        largest = now > largest ? now : largest;
    }
    return largest;
}

akin_status ak_theory_nscl(ak_theory_job *job, akin_error *err)
{
    const int64_t n = job->n < KEYS ? job->n : KEYS, d = job->d;
    float *a = ak_alloc(sizeof(float), n, d), *b = ak_alloc(sizeof(float), n, d);
    int32_t *cls = ak_alloc(sizeof(int32_t), n, 1);
    int64_t *size = ak_alloc(sizeof(int64_t), job->classes, 1), largest = 0;
    gap g = { .job = job, .n = n, .a = a, .b = b, .cls = cls, .out = ak_alloc(sizeof(double), n, 1) };
    bool failed = !a || !b || !cls || !size || !g.out;
    const int64_t strips = (n + STRIP - 1) / STRIP;
    if (!failed) {
        largest = choose_items(job, n, a, b, cls, size);
        ak_parallel_tasks(strips, strip_of, &g);
        for (int64_t s = 0; s < strips; s++) failed = failed || g.failed[s];
    }
    if (!failed && largest < n) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum += g.out[i];
        const double m = (double)largest, most = softplus(log(m / ((double)n - m)) + 2 / job->in.temperature);
        akin_bound_row *r =
            ak_bound_add(job, "nscl-gap", "[Luthra2025]", AKIN_MARK_PROVED,
                         "decoupled loss minus the same without same-class negatives", AKIN_BOUND_UPPER);
        ak_bound_set(r, most, 0, sum / (double)n, 0, NAN);
        ak_bound_assume(r, "%lld items, each against all others; the largest class has %lld", (long long)n,
                        (long long)largest);
    }
    free(a);
    free(b);
    free(cls);
    free(size);
    free(g.out);
    return failed ? ak_fail(err, AKIN_ERR_NOMEM, "no memory for the gap of the decoupled loss") : AKIN_OK;
}
