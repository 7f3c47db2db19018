/* SPDX-License-Identifier: Apache-2.0 */
/* loss/curl.c - the losses of the theory of contrastive learning, on triples with blocks  [Arora2019].
 *
 *     v_q = a . (mean_b positives - mean_b negatives_q),  q = 1..k
 *     hinge: max(0, 1 + max_q(-v_q))      logistic: log2(1 + sum_q e^-v_q), bits
 *
 * Rows are used as given. All sums are double; an anchor is one thread's, so the result does not depend on
 * their number. */
#include "loss/permuted.h"

#include <math.h>

#define LN2 0.69314718055994530942

typedef struct curl {
    ak_loss_call *c;
    bool hinge;
    int64_t n, d, block, count;
    double *value; /* [n] */
    ak_permuted strangers;
    double *stranger; /* [n]: a . the sum of the block of positives of its stranger */
    double *weight;   /* [n,count]: v_q, then dl/dv_q / n */
} curl;

static ak_numbers row_of(const curl *u, akin_cmat x, int64_t i) { return ak_numbers_of(x, i, u->c->in.wide); }

static ak_numbers positive_row(const curl *u, int64_t i, int64_t b)
{
    return row_of(u, u->c->in.positives, i * u->block + b);
}

static int64_t negative_at(const curl *u, int64_t i, int64_t q, int64_t b)
{
    return (i * u->count + q) * u->block + b;
}

static double dot(ak_numbers x, ak_numbers y, int64_t d)
{
    double sum = 0;
    for (int64_t k = 0; k < d; k++) sum += ak_number(x, k) * ak_number(y, k);
    return sum;
}

/* a_i . the sum of the block of positives of anchor j. */
static double pull_of(const curl *u, int64_t i, int64_t j)
{
    double pull = 0;
    for (int64_t b = 0; b < u->block; b++) pull += dot(row_of(u, u->c->in.a, i), positive_row(u, j, b), u->d);
    return pull;
}

/* v_q of each anchor into weight. */
static void margins(int64_t begin, int64_t end, void *ctx)
{
    const curl *u = ctx;
    for (int64_t i = begin; i < end; i++) {
        const ak_numbers a = row_of(u, u->c->in.a, i);
        const double pull = pull_of(u, i, i);
        for (int64_t q = 0; q < u->count; q++) {
            double push = 0;
            for (int64_t b = 0; b < u->block; b++)
                push += dot(a, row_of(u, u->c->in.negatives, negative_at(u, i, q, b)), u->d);
            u->weight[i * u->count + q] = (pull - push) / (double)u->block;
        }
    }
}

/* The loss of an anchor with all its margins larger by `more`; *worst: its least margin. */
static double cost(const curl *u, int64_t i, double more, int64_t *worst)
{
    const double *v = u->weight + i * u->count;
    double least = v[0], sum = 0;
    *worst = 0;
    for (int64_t q = 1; q < u->count; q++)
        if (v[q] < least) least = v[ *worst = q];
    least += more;
    if (u->hinge) return isfinite(least) ? fmax(0, 1 - least) : NAN;
    /* log(1 + sum e^-v) with the largest exponent m = max(0, -least) taken out. */
    const double m = least < 0 ? -least : 0;
    for (int64_t q = 0; q < u->count; q++) sum += exp(-v[q] - more - m);
    return (m > 0 ? m + log(exp(-m) + sum) : log1p(sum)) / LN2;
}

/* The losses of the anchors; weight: v to dl/dv / n. */
static void weigh(int64_t begin, int64_t end, void *ctx)
{
    const curl *u = ctx;
    const double n = (double)u->c->ring.all;
    for (int64_t i = begin; i < end; i++) {
        double *v = u->weight + i * u->count, sum = 0;
        int64_t worst;
        u->value[i] = cost(u, i, 0, &worst);
        const double least = v[worst], m = least < 0 ? -least : 0;
        if (u->hinge) {
            const double slope = 1 - least > 0 ? -1 / n : 0;
            for (int64_t q = 0; q < u->count; q++) v[q] = q == worst ? slope : 0;
            continue;
        }
        for (int64_t q = 0; q < u->count; q++) sum += exp(-v[q] - m);
        for (int64_t q = 0; q < u->count; q++) v[q] = -exp(-v[q] - m) / (exp(-m) + sum) / LN2 / n;
    }
}

static void find_strangers(int64_t begin, int64_t end, void *ctx)
{
    const curl *u = ctx;
    const ak_permuted *p = &u->strangers;
    for (int64_t i = begin; i < end; i++)
        if (ak_permuted_here(p, p->partner[i])) u->stranger[i] = pull_of(u, i, p->partner[i] - p->first);
}

/* The sum of a block of positives, [d] doubles, and what an anchor of another rank makes of it. */
static void put_block(int64_t item, void *to, void *ctx)
{
    const curl *u = ctx;
    double *sum = to;
    for (int64_t k = 0; k < u->d; k++) {
        sum[k] = 0;
        for (int64_t b = 0; b < u->block; b++) sum[k] += ak_number(positive_row(u, item, b), k);
    }
}

static void take_block(int64_t item, const void *from, void *ctx)
{
    const curl *u = ctx;
    const double *sum = from;
    const ak_numbers a = row_of(u, u->c->in.a, item);
    double pull = 0;
    for (int64_t k = 0; k < u->d; k++) pull += ak_number(a, k) * sum[k];
    u->stranger[item] = pull;
}

/* With the positives of another anchor; the negatives stay. */
static void permuted(int64_t begin, int64_t end, void *ctx)
{
    const curl *u = ctx;
    const ak_permuted *p = &u->strangers;
    int64_t worst;
    for (int64_t i = begin; i < end; i++) {
        const double more = (u->stranger[i] - pull_of(u, i, i)) / (double)u->block;
        p->more[i] += cost(u, i, more, &worst) - cost(u, i, 0, &worst);
    }
}

static akin_status permute(curl *u)
{
    ak_permuted *p = &u->strangers;
    while (ak_permuted_next(p)) {
        ak_parallel_for(p->n, 16, find_strangers, u);
        AK_TRY(ak_permuted_fetch(p, u->c, sizeof(double) * (size_t)u->d, put_block, take_block, u));
        ak_parallel_for(p->n, 16, permuted, u);
    }
    return AKIN_OK;
}

/* One column at a time keeps every sum in double without room for a row. */
static void gradients(int64_t begin, int64_t end, void *ctx)
{
    const curl *u = ctx;
    const akin_loss_grads *out = &u->c->out;
    const double share = 1 / (double)u->block;
    const bool wide = u->c->in.wide;
    for (int64_t i = begin; i < end; i++) {
        const ak_numbers a = row_of(u, u->c->in.a, i);
        const double *w = u->weight + i * u->count;
        double all = 0;
        for (int64_t q = 0; q < u->count; q++) all += w[q];
        for (int64_t k = 0; out->a.data && k < u->d; k++) {
            double g = 0;
            for (int64_t b = 0; b < u->block; b++) {
                g += all * ak_number(positive_row(u, i, b), k);
                for (int64_t q = 0; q < u->count; q++)
                    g -= w[q] * ak_number(row_of(u, u->c->in.negatives, negative_at(u, i, q, b)), k);
            }
            ak_number_set(out->a, i, k, wide, g * share);
        }
        for (int64_t b = 0; out->positives.data && b < u->block; b++)
            for (int64_t k = 0; k < u->d; k++)
                ak_number_set(out->positives, i * u->block + b, k, wide, all * share * ak_number(a, k));
        for (int64_t q = 0; out->negatives.data && q < u->count; q++)
            for (int64_t b = 0; b < u->block; b++)
                for (int64_t k = 0; k < u->d; k++)
                    ak_number_set(out->negatives, negative_at(u, i, q, b), k, wide,
                                  -w[q] * share * ak_number(a, k));
    }
}

static akin_status check_finite(const ak_loss_call *c, akin_cmat x, const char *name)
{
    for (int64_t i = 0; i < x.rows; i++)
        for (int64_t k = 0; k < x.cols; k++)
            if (!isfinite(ak_number(ak_numbers_of(x, i, c->in.wide), k)))
                return ak_fail(c->err, AKIN_ERR_NUMERIC,
                               "%s: row %lld, column %lld of %s is %g; every value must be finite",
                               c->loss->name, (long long)i, (long long)k, name,
                               ak_number(ak_numbers_of(x, i, c->in.wide), k));
    return AKIN_OK;
}

static akin_status run(ak_loss_call *c, bool hinge)
{
    AK_TRY(check_finite(c, c->in.a, "a"));
    AK_TRY(check_finite(c, c->in.positives, "positives"));
    AK_TRY(check_finite(c, c->in.negatives, "negatives"));
    curl u = { .c = c, .hinge = hinge, .n = c->in.a.rows, .d = c->in.a.cols };
    u.block = c->in.block;
    u.count = c->in.count;
    u.value = ak_loss_vector(c, u.n);
    u.weight = ak_loss_vector(c, u.n * u.count);
    u.stranger = ak_loss_vector(c, c->want_permuted ? u.n : 1);
    if (!u.value || !u.weight || !u.stranger) return ak_loss_no_scratch(c);
    AK_TRY(ak_permuted_open(&u.strangers, c, u.n));
    ak_parallel_for(u.n, 16, margins, &u);
    AK_TRY(permute(&u));
    ak_parallel_for(u.n, 16, weigh, &u);
    AK_TRY(ak_loss_mean(c, u.value, u.n, 1 / (double)c->ring.all));
    AK_TRY(ak_permuted_close(&u.strangers, c, 1 / (double)c->ring.all));
    if (c->want_grad) ak_parallel_for(u.n, 16, gradients, &u);
    return AKIN_OK;
}

akin_status ak_run_curl_hinge(ak_loss_call *c) { return run(c, true); }
akin_status ak_run_curl_logistic(ak_loss_call *c) { return run(c, false); }
