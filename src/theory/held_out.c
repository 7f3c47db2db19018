/* SPDX-License-Identifier: Apache-2.0 */
/* theory/held_out.c - the loss on new items, from these  [Lei2023]: it depends on K by its logarithm.
 *
 * n items are independent draws from a population; L = E of the loss of an item against K others. U is its
 * mean over anchors, where the K others are any of the n - 1: it has mean L. With t the temperature,
 *
 *     range = ln(1 + K e^{2/t}) - ln(1 + K e^{-2/t})        of one loss
 *     one   = ln(1 + (e^{2/t} - 1)/(K + 1))                 the most that one other item can change a loss
 *
 * (with p = the partner's cosine, terms lie in e^{(-1-p)/t} to e^{(1-p)/t}, and the change is largest at
 * p = -1). An anchor among A that is exchanged changes U by at most range/A + K one/(n-1), another item by
 * K one/(n-1); K one < e^{2/t}. McDiarmid's inequality: with probability 1 - delta,
 *
 *     L <= U + sqrt(ln(1/delta)/2 sum_j c_j^2).
 *
 * Where all are anchors, Hoeffding's inequality for means over tuples gives range sqrt(ln(1/delta)/(2M)),
 * M = floor(n/(K+1)) disjoint tuples; the smaller one is taken, which the data do not choose. U itself is
 * estimated from one draw of K others for each anchor, independent given the items: Hoeffding's inequality
 * again, with half of delta, adds range sqrt(ln(2/delta)/(2A)).
 *
 * The encoder is fixed before these items. The paper's bound is for all encoders of a class at once, with the
 * complexity of the class; that of a network is far above the loss. */
#include "theory/candidates.h"

#include <math.h>

/* ln(1 + e^x) */
static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

typedef struct deviation {
    double range, items, draws;
} deviation;

static deviation deviation_of(const ak_theory_job *job, const ak_candidates *c)
{
    const double n = (double)job->n, k = (double)c->others, a = (double)c->anchors,
                 x = 2 / job->in.temperature;
    const double range = softplus(log(k) + x) - softplus(log(k) - x);
    const double one = softplus(x + log1p(-exp(-x)) - log(k + 1)), other = k * one / (n - 1);
    const double log_delta = -log(c->exact ? job->in.delta : job->in.delta / 2);
    const double squares = a * pow(range / a + other, 2) + (n - a) * other * other;
    deviation d = { .range = range, .items = sqrt(squares * log_delta / 2) };
    const double tuples = floor(n / (k + 1));
    if (c->anchors == job->n) d.items = fmin(d.items, range * sqrt(log_delta / (2 * tuples)));
    d.draws = c->exact ? 0 : range * sqrt(log_delta / (2 * a));
    return d;
}

akin_status ak_theory_held_out(ak_theory_job *job, akin_error *err)
{
    const ak_candidates *c;
    AK_TRY(ak_candidates_of(job, &c, err));
    double loss, half;
    ak_mean_of(c->loss, c->anchors, &loss, &half);
    const deviation d = deviation_of(job, c);
    akin_bound_row *r =
        ak_bound_add(job, "held-out-infonce", "[Lei2023]", AKIN_MARK_DERIVED,
                     "InfoNCE among other items, here; the bound: on new items", AKIN_BOUND_UPPER);
    ak_bound_set(r, loss + d.items + d.draws, 0, loss, 0, log1p((double)c->others));
    if (!c->exact) ak_bound_interval(r, half, half);
    ak_bound_assume(
        r,
        "encoder fixed before these items, which are independent; confidence %g; K = %lld; for the "
        "items %.4g, for the draws of others %.4g; one loss ranges over %.4g",
        1 - job->in.delta, (long long)c->others, d.items, d.draws, d.range);
    return AKIN_OK;
}
