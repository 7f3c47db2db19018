/* SPDX-License-Identifier: Apache-2.0 */
/* loss/frame_permuted.c - the losses of frame.h with partners permuted (permuted.h).
 *
 * With another partner the negatives' sum S_i loses the stranger and gains the partner: S_i + e_own - e_k.
 * The sum is of float similarities; where the stranger is nearly all of it, what is left is summed anew. */
#include "loss/frame.h"

#include <math.h>

enum { GRAIN = 32 };

/* Sum of exp(alpha (s - reference)) over the negatives of an anchor that has this stranger as its partner. */
static void sum_anew(const ak_frame *f, int side, int64_t anchor, int64_t stranger, double reference,
                     double sum[2])
{
    const ak_engine *e = &f->call->e;
    const ak_pair_rows *own = side ? &f->rows[1] : &f->rows[0];
    sum[0] = sum[1] = 0;
    for (int w = 0; w < f->walks; w++) {
        if (w > 0 && side) break; /* further keys are negatives of the queries */
        const ak_pair_rows *keys = w ? &f->rows[2] : f->views || side ? &f->rows[0] : &f->rows[1];
        for (int64_t k = 0; k < keys->n; k++) {
            if (w == 0 && (k == stranger || (f->views && k == anchor))) continue;
            const double s = ak_pair_rows_dot(e, own, anchor, keys, k) * own->scale[anchor] * keys->scale[k];
            for (int t = 0; t < f->exponents; t++) sum[t] += exp(f->alpha[t] * (s - reference));
        }
    }
}

/* The loss of an anchor whose partner is `stranger`, at similarity s; pair: whose weight it has. */
static double cost(const ak_frame *f, int side, int64_t anchor, int64_t stranger, int64_t pair, double s)
{
    const bool apart = f->call->in.keys_only || f->labels; /* partners are in no sum */
    const double before = f->wide ? f->most[side][anchor] : 1, own = f->positive[anchor];
    const double reference = apart || own < before ? before : own;
    double lse[2] = { 0 }, sum[2] = { 0 };
    bool lost = false;
    for (int t = 0; t < f->exponents; t++) {
        const double all = f->sum[side][t][anchor] * exp(f->alpha[t] * (before - reference)) +
                           (apart ? 0 : exp(f->alpha[t] * (own - reference)));
        sum[t] = all - (apart ? 0 : exp(f->alpha[t] * (s - reference)));
        lost |= !(sum[t] > 1e-3 * all);
    }
    if (lost) sum_anew(f, side, anchor, stranger, reference, sum);
    for (int t = 0; t < f->exponents; t++) lse[t] = log(sum[t]) + f->alpha[t] * reference;
    return f->fn(f, pair, lse, s).value;
}

static void permuted_items(int64_t begin, int64_t end, void *ctx)
{
    const ak_frame *f = ctx;
    const ak_permuted *p = &f->strangers;
    const int64_t n = f->views ? p->n : 0; /* the first row of b */
    ak_frame with = *f;
    if (f->weights) with.extra = f->stranger_extra;
    for (int64_t i = begin; i < end; i++) {
        const int64_t back = p->back[i];
        const double s = f->stranger[i], t = f->stranger[back]; /* of a_i and of b_i with their strangers */
        double more = 0;
        if (f->linear != 0) {
            more = f->linear * (f->positive[i] - s);
            if (f->views || f->two_sided) more += f->linear * (f->positive[i] - t);
        } else {
            more = cost(&with, 0, i, n + p->partner[i], i, s) - f->value[i];
            if (f->views) more += cost(&with, 0, n + i, back, back, t) - f->value[n + i];
            if (f->two_sided) more += cost(&with, 1, i, back, back, t);
        }
        p->more[i] += more;
    }
}

void ak_frame_permuted(ak_frame *f, double each)
{
    ak_permuted *p = &f->strangers;
    const ak_pair_rows *keys = f->views ? &f->rows[0] : &f->rows[1];
    while (ak_permuted_next(p)) {
        ak_permuted_dots(p, &f->call->e, &f->rows[0], keys, f->views ? p->n : 0, f->stranger);
        if (f->weights) f->weights(f, f->stranger, f->stranger_extra);
        ak_parallel_for(p->n, GRAIN, permuted_items, f);
    }
    ak_permuted_close(p, f->call, each);
}
