/* SPDX-License-Identifier: Apache-2.0 */
/* theory/retrieval.c - what a value of the loss says of retrieval  [Li2026]. An anchor looks for its partner
 * among K other items; r is the partner's rank, where an item as near as the partner counts as nearer.
 *
 *     loss = ln(1 + sum_k e^{s_k - s}) >= ln r          since every nearer item adds at least 1
 *     E (r-1)/K      <= L/ln(K+1)      1 - AUC: ln(1+x) is concave, so at least x/K ln(K+1)
 *     P(r > m)       <= L/ln(m+1)      Markov's inequality
 *     E 1/r          >= E e^{-loss} >= e^{-L}
 *
 * The first two hold for every anchor by itself, the last for every sample of anchors: where both sides are
 * measured on the same anchors there is no sampling error between them. The paper's inequality compares what
 * is above the least possible loss with the best possible ranking; neither is known of data, so this is the
 * part of it that can be measured. */
#include "theory/candidates.h"
#include "theory/numbers.h"

#include <math.h>

static akin_bound_row *add(ak_theory_job *job, const ak_candidates *c, const char *name, const char *quantity,
                           akin_bound_sense sense)
{
    akin_bound_row *r = ak_bound_add(job, name, "[Li2026]", AKIN_MARK_DERIVED, quantity, sense);
    ak_bound_assume(r, "%lld anchors, the partner among %lld other items%s", (long long)c->anchors,
                    (long long)c->others, c->others < job->in.negatives ? ", which are all there are" : "");
    return r;
}

/* Both sides come from the same anchors and the inequality holds on them: it is judged as exact, and each
 * side has its own interval. */
static void set(akin_bound_row *r, const ak_candidates *c, double value, double value_half, const double *x,
                double chance)
{
    double mean, half;
    ak_mean_of(x, c->anchors, &mean, &half);
    ak_bound_set(r, value, 0, mean, 0, chance);
    if (c->exact) return;
    ak_bound_interval(r, value_half, half);
}

akin_status ak_theory_retrieval(ak_theory_job *job, akin_error *err)
{
    const ak_candidates *c;
    AK_TRY(ak_candidates_of(job, &c, err));
    const double k = (double)c->others;
    double *x = ak_alloc(sizeof *x, c->anchors, 1), loss, half;
    if (!x) return ak_no_memory(err, "for the ranks of %lld anchors", (long long)c->anchors);
    ak_mean_of(c->loss, c->anchors, &loss, &half);
    if (c->exact) half = 0;
    for (int64_t i = 0; i < c->anchors; i++) x[i] = c->above[i] / k;
    set(add(job, c, "retrieval-auc", "1 - AUC: share of others at least as near as the partner",
            AKIN_BOUND_UPPER),
        c, loss / log1p(k), half / log1p(k), x, 0.5);
    for (int64_t i = 0; i < c->anchors; i++) x[i] = c->above[i] >= 1;
    set(add(job, c, "retrieval-top-1", "share of anchors whose partner is not the first", AKIN_BOUND_UPPER),
        c, loss / log(2), half / log(2), x, k / (k + 1));
    for (int64_t i = 0; i < c->anchors; i++) x[i] = c->above[i] >= 10;
    if (k >= 10)
        set(add(job, c, "retrieval-top-10", "share of anchors whose partner is not among the first ten",
                AKIN_BOUND_UPPER),
            c, loss / log(11), half / log(11), x, (k - 9) / (k + 1));
    for (int64_t i = 0; i < c->anchors; i++) x[i] = 1 / (1 + c->above[i]);
    set(add(job, c, "retrieval-reciprocal-rank", "mean of 1/rank of the partner", AKIN_BOUND_LOWER), c,
        exp(-loss), exp(-loss) * half, x, ak_harmonic(k + 1) / (k + 1));
    free(x);
    return AKIN_OK;
}
