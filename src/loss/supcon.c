/* SPDX-License-Identifier: Apache-2.0 */
/* loss/supcon.c - supervised contrastive loss: several positives per anchor  [Khosla2020 eq.2].
 *
 *     l_i = (t/t0) ( log sum_{k != i} e_ik - (1/|P|) sum_P alpha s_ip ),   e_ik = exp(alpha (s_ik - x_i))
 *
 * With L = P + N, the sums of e over equal and over other labels, the weight of a positive p is
 *     e_ip/L - 1/|P| = ((e_ip - P/|P|) - N/|P|) / L,
 * which for one positive is exactly -N/L: nothing is lost when the pair is learned. */
#include "loss/frame.h"
#include "loss/ring.h"

#include <math.h>
#include <stdlib.h>

enum { LAGS = 8 };

typedef struct supcon {
    ak_frame f;
    int32_t *labels;                    /* [2n] */
    double *others, *same, *similarity; /* [2n] sums: e over N, e over P, s over P */
    double *most, *weight, *mean_same, *mean_others;
    double *partners; /* [2n] |P| */
    double *mean;     /* [d]: of the unit rows, for the loss with labels permuted */
} supcon;

/* How many items have the label, from the sorted labels. */
static int64_t count_of(const int32_t *sorted, int64_t n, int32_t label)
{
    int64_t bounds[2];
    for (int b = 0; b < 2; b++) { /* first index with sorted >= label, then > label */
        int64_t low = 0, high = n;
        while (low < high) {
            const int64_t mid = (low + high) / 2;
            if (sorted[mid] < label || (b && sorted[mid] == label))
                low = mid + 1;
            else
                high = mid;
        }
        bounds[b] = low;
    }
    return bounds[1] - bounds[0];
}

static akin_status allocate(supcon *s)
{
    ak_loss_call *c = s->f.call;
    const int64_t n = c->in.a.rows, m = 2 * n, all = c->ring.all;
    double **const vectors[] = { &s->others, &s->same,      &s->similarity,  &s->most,
                                 &s->weight, &s->mean_same, &s->mean_others, &s->partners };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        if (!(*vectors[i] = ak_loss_vector(c, m))) return ak_loss_no_scratch(c);
    s->mean = c->want_permuted ? ak_loss_vector(c, s->f.rows[0].d) : NULL;
    if (c->want_permuted && !s->mean) return ak_loss_no_scratch(c);
    s->labels = ak_arena_array(c->arena, int32_t, m, 1);
    const size_t mark = c->arena->used;
    int32_t *sorted = ak_arena_array(c->arena, int32_t, all, 1);
    if (!s->labels || !sorted) return ak_loss_no_scratch(c);
    for (int64_t i = 0; i < n; i++) s->labels[i] = s->labels[i + n] = c->in.labels[i];
    AK_TRY(ak_ring_gather(c, c->in.labels, sorted));
    qsort(sorted, (size_t)all, sizeof *sorted, ak_compare_int32);
    for (int64_t i = 0; i < m; i++) s->partners[i] = 2 * (double)count_of(sorted, all, s->labels[i]) - 1;
    c->arena->used = mark;
    return AKIN_OK;
}

/* The other view has the label too, so |P| >= 1. */
static void weigh_anchors(supcon *s)
{
    const double alpha = s->f.alpha[0];
    for (int64_t i = 0; i < s->f.n; i++) {
        const double p = s->partners[i], all = s->others[i] + s->same[i];
        /* log L - mean_P alpha s, in the reference of the exponentials. For one positive log P - alpha s is
         * 0, and what is left keeps its relative precision; a positive far below the others may have
         * underflowed. */
        double value = log(all) + alpha * (s->most[i] - s->similarity[i] / p);
        if (p == 1 && s->same[i] > s->others[i]) value = log1p(s->others[i] / s->same[i]);
        s->f.value[i] = value;
        s->weight[i] = 1 / all;
        s->mean_same[i] = s->same[i] / p;
        s->mean_others[i] = s->others[i] / p;
    }
}

/* The product of two rows about the mean of all. */
static double centred(const supcon *s, int64_t i, int64_t k)
{
    const ak_pair_rows *z = &s->f.rows[0];
    const ak_numbers x = ak_pair_rows_at(z, i), y = ak_pair_rows_at(z, k);
    double sum = 0;
    for (int64_t j = 0; j < z->d; j++)
        sum += (z->scale[i] * ak_number(x, j) - s->mean[j]) * (z->scale[k] * ak_number(y, j) - s->mean[j]);
    return sum;
}

/* Rows of a random order, those of a before those of b, beside the one `lag` places on. */
typedef struct lagged {
    const supcon *s;
    ak_permuted order; /* partner: the item so many places on */
    int64_t lag;
    double squares;
} lagged;

/* The other one of row `view` of an item is of this view. */
static int64_t view_of(const lagged *w, int64_t item, int64_t view)
{
    const int64_t all = w->order.all, place = w->order.back[item] + view * all;
    return (place + w->lag) / all % 2;
}

static void put_centred(int64_t item, void *to, void *ctx)
{
    const lagged *w = ctx;
    const supcon *s = w->s;
    const ak_pair_rows *z = &s->f.rows[0];
    double *out = to;
    for (int64_t view = 0; view < 2; view++) {
        const int64_t i = item + view * w->order.n;
        for (int64_t j = 0; j < z->d; j++)
            *out++ = z->scale[i] * ak_number(ak_pair_rows_at(z, i), j) - s->mean[j];
    }
}

static void take_centred(int64_t item, const void *from, void *ctx)
{
    lagged *w = ctx;
    const supcon *s = w->s;
    const ak_pair_rows *z = &s->f.rows[0];
    for (int64_t view = 0; view < 2; view++) {
        const int64_t i = item + view * w->order.n;
        const double *other = (const double *)from + view_of(w, item, view) * z->d;
        double product = 0;
        for (int64_t j = 0; j < z->d; j++)
            product += (z->scale[i] * ak_number(ak_pair_rows_at(z, i), j) - s->mean[j]) * other[j];
        w->squares += product * product;
    }
}

/* The mean square of centred() over pairs of rows at most LAGS apart in a random order of those of all ranks,
 * all where there are few rows. */
static akin_status mean_square(supcon *s, double *mean)
{
    ak_loss_call *c = s->f.call;
    ak_permuted *p = &s->f.strangers;
    const int64_t rows = 2 * p->all, lags = rows - 1 < LAGS ? rows - 1 : LAGS;
    ak_permuted_next(p);
    lagged w = { .s = s, .order = *p };
    w.order.cycle = ak_arena_array(c->arena, int32_t, p->all, 1);
    if (!w.order.cycle) return ak_loss_no_scratch(c);
    w.order.partner = w.order.cycle + p->first;
    for (int64_t i = 0; i < p->all; i++) w.order.cycle[i] = (int32_t)i;
    for (int64_t k = 0, item = 0; k < p->all; k++, item = p->cycle[item])
        if (ak_permuted_here(p, item)) p->back[item - p->first] = (int32_t)k;
    for (w.lag = 1; w.lag <= lags; w.lag++) {
        for (int64_t i = 0; i < p->all; i++) w.order.cycle[i] = p->cycle[w.order.cycle[i]];
        for (int64_t i = 0; i < 2 * p->n; i++) {
            const int64_t item = i % p->n, other = w.order.partner[item];
            if (!ak_permuted_here(p, other)) continue;
            const double product = centred(s, i, other - p->first + view_of(&w, item, i / p->n) * p->n);
            w.squares += product * product;
        }
        AK_TRY(ak_permuted_fetch(&w.order, c, sizeof(double) * 2 * (size_t)s->f.rows[0].d, put_centred,
                                 take_centred, &w));
    }
    AK_TRY(ak_ring_sum(c, &w.squares, 1));
    *mean = w.squares / (double)(rows * lags);
    return AKIN_OK;
}

/* Over all permutations of the labels of the N rows. With w_ik = 1/|P_i| where the labels are equal, what
 * pulls is T = sum of w_ik s_ik over i != k; its mean has every pair with the same weight, its variance is
 *
 *     2 S1 W1/N_2 + 4 (S2 - S1)(W2 - W1)/N_3 + (S0^2 - 4 S2 + 2 S1)(W0^2 - 4 W2 + 2 W1)/N_4 - (S0 W0/N_2)^2
 *
 * with N_k = N (N-1) .. (N-k+1), S0 the sum of s, S1 of its squares, S2 of the squares of its row sums, and
 * so for w  [Mantel1967]. The row sums of w are 1, so that centred rows have the same variance; their row
 * sums are -s_ii. */
static akin_status permuted(supcon *s, double each)
{
    ak_loss_call *c = s->f.call;
    const ak_pair_rows *z = &s->f.rows[0];
    const double n = s->f.anchors, n2 = n * (n - 1), n3 = n2 * (n - 2), n4 = n3 * (n - 3);
    if (!c->want_permuted || c->ring.all < 2) return AKIN_OK;
    for (int64_t i = 0; i < z->n; i++)
        for (int64_t k = 0; k < z->d; k++)
            s->mean[k] += z->scale[i] * ak_number(ak_pair_rows_at(z, i), k) / n;
    AK_TRY(ak_ring_sum(c, s->mean, z->d));
    double all = -n, pull = 0, s0 = 0, s2 = 0, w1 = 0, square = 0;
    for (int64_t k = 0; k < z->d; k++) all += n * s->mean[k] * n * s->mean[k];
    for (int64_t i = 0; i < z->n; i++) {
        const double own = centred(s, i, i);
        pull += s->similarity[i] / s->partners[i];
        s0 -= own;
        s2 += own * own;
        w1 += 1 / s->partners[i];
    }
    double sums[] = { pull, s0, s2, w1 };
    AK_TRY(ak_ring_sum(c, sums, 4));
    AK_TRY(mean_square(s, &square));
    pull = sums[0], s0 = sums[1], s2 = sums[2], w1 = sums[3];
    if (!isfinite(square)) return AKIN_OK;
    const double s1 = n2 * square, expected = s0 * n / n2;
    const double variance = 2 * s1 * w1 / n2 + 4 * (s2 - s1) * (n - w1) / n3 +
                            (s0 * s0 - 4 * s2 + 2 * s1) * (n * n - 4 * n + 2 * w1) / n4 - expected * expected;
    const double scale = each * s->f.alpha[0];
    c->permuted.loss = c->value + scale * (pull - all / (n - 1));
    c->permuted.error = scale * sqrt(fmax(0, variance));
    return AKIN_OK;
}

akin_status ak_run_supcon(ak_loss_call *c)
{
    supcon s = { .f = { .call = c, .alpha = { 1 / c->p.temperature }, .exponents = 1, .views = true } };
    AK_TRY(ak_frame_prepare(&s.f));
    AK_TRY(allocate(&s));
    ak_frame *f = &s.f;
    ak_walk *w = &f->walk[0];
    w->labels = s.labels;
    w->mask_equal_labels = false;
    w->masks = 1; /* only the anchor itself */
    w->alpha = f->alpha[0] * AK_LOG2E;
    if (c->want_grad) ak_engine_keep(&c->e, w);
    for (int64_t i = 0; i < f->n; i++) s.most[i] = f->wide ? (double)AK_MASKED : 1;
    w->beta = -w->alpha; /* the most that a similarity can be is 1 */
    if (f->wide) {
        w->row[1] = s.most;
        w->op = AK_PAIR_MAX;
        w->row_sum[0] = s.most;
        AK_TRY(ak_ring_reduce(c, w));
    }
    w->op = f->wide ? AK_PAIR_LABEL_WIDE : AK_PAIR_LABEL;
    w->row_sum[0] = s.others;
    w->row_sum[1] = s.same;
    w->row_sum[2] = s.similarity;
    AK_TRY(ak_ring_reduce(c, w));
    weigh_anchors(&s);
    const double t0 = c->p.base_temperature > 0 ? c->p.base_temperature : c->p.temperature;
    const double factor = c->p.temperature / t0, each = factor / f->anchors;
    AK_TRY(ak_loss_mean(c, f->value, f->n, each));
    AK_TRY(permuted(&s, each));
    if (!c->want_grad) return AKIN_OK;
    for (int t = 0; t < AK_SUMS; t++) w->row_sum[t] = NULL;
    w->row[0] = s.weight;
    w->row[2] = s.mean_same;
    w->row[3] = s.mean_others;
    AK_TRY(ak_ring_weigh(c, w));
    ak_frame_gradient(f, f->alpha[0] * each, 0); /* every positive is inside the tiles */
    return AKIN_OK;
}
