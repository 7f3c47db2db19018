/* SPDX-License-Identifier: Apache-2.0 */
/* theory/sufficiency.c - how nearly the similarities are sufficient, and what that gives a classifier
 * [Oko2025].
 *
 *     Q(j|i) = e^{s_ij}/sum_k e^{s_ik}     over all N items,   s = a_i.b_j/t
 *     deficit = E -ln Q(i|i) = KL(which partner it truly is || what similarities tell of it)
 *
 * which is InfoNCE over all keys. A label is a function of the partner, so no more can be lost on the label
 * (data processing):
 *
 *     Q(y|i) = sum of Q(j|i) over items of class y
 *     E -ln Q(y_i|i) <= deficit,     E (1 - Q(y_i|i)) <= 1 - e^{-deficit}
 *
 * Q(y|i) is the vote of all items weighted by e^s: the classifier that needs no training beyond similarities.
 * The first inequality holds for every item by itself, the second by Jensen's on any set, so both hold on the
 * N items measured. The partner takes part in the vote, as it does in the loss. */
#include "theory/candidates.h"
#include "theory/pairs.h"

#include <math.h>

enum { ITEMS = 4096 };

typedef struct vote {
    const int32_t *cls; /* [n] */
    double t;
    double *high, *all,
        *own;        /* [n] greatest s so far, sums of e^{s - high} over all and over the own class */
    double *partner; /* [n] its s */
} vote;

static void add_tile(const ak_pair_tile *t, int64_t task, void *ctx)
{
    (void)task;
    const vote *v = ctx;
    for (int64_t i = t->first_row; i < t->first_row + t->rows; i++)
        for (int64_t j = t->first_column; j < t->first_column + t->columns; j++) {
            const double s = (double)t->s[(i - t->first_row) * AK_PAIR_COLUMNS + j - t->first_column] / v->t;
            if (s > v->high[i]) {
                const double less = exp(v->high[i] - s);
                v->all[i] *= less;
                v->own[i] *= less;
                v->high[i] = s;
            }
            const double e = exp(s - v->high[i]);
            v->all[i] += e;
            v->own[i] += v->cls[i] == v->cls[j] ? e : 0;
            if (i == j) v->partner[i] = s;
        }
}

static void add_rows(ak_theory_job *job, const vote *v, int64_t n)
{
    double deficit = 0, label = 0, error = 0;
    for (int64_t i = 0; i < n; i++) {
        const double left = log(v->all[i]) + v->high[i] - v->partner[i], share = v->own[i] / v->all[i];
        deficit += left / (double)n;
        /* of a class that is far away nothing is left in the sum; what it had is at most the partner's */
        label += fmin(-log(share), left) / (double)n;
        error += (1 - share) / (double)n;
    }
    akin_bound_row *r =
        ak_bound_add(job, "sufficiency-deficit", "[Oko2025]", AKIN_MARK_RECONSTRUCTION,
                     "what similarities leave open of which item the partner is", AKIN_BOUND_MEASURE);
    ak_bound_set(r, log((double)n), 0, deficit, 0, NAN);
    ak_bound_assume(r, "nats, of ln %lld = %.4g; InfoNCE over all keys", (long long)n, log((double)n));
    r = ak_bound_add(job, "sufficiency-label", "[Oko2025]", AKIN_MARK_RECONSTRUCTION,
                     "cross-entropy of the vote of all items, weighted by e^s", AKIN_BOUND_UPPER);
    ak_bound_set(r, deficit, 0, label, 0, log((double)job->classes));
    ak_bound_assume(r, "%lld items, the partner among those that vote", (long long)n);
    r = ak_bound_add(job, "sufficiency-error", "[Oko2025]", AKIN_MARK_RECONSTRUCTION,
                     "weight that the vote gives to other classes", AKIN_BOUND_UPPER);
    ak_bound_set(r, -expm1(-deficit), 0, error, 0, 1 - 1 / (double)job->classes);
    ak_bound_assume(r, "1 - e^-deficit; %lld items, the partner among those that vote", (long long)n);
}

akin_status ak_theory_sufficiency(ak_theory_job *job, akin_error *err)
{
    ak_some_items some;
    AK_TRY(ak_some_items_of(job, ITEMS, &some, err));
    const int64_t n = some.a.rows;
    double *sum = ak_alloc(sizeof *sum, 4, n);
    akin_status status = sum ? AKIN_OK : ak_no_memory(err, "for the vote of %lld items", (long long)n);
    if (!status) {
        vote v = { .cls = some.cls,
                   .t = job->in.temperature,
                   .high = sum,
                   .all = sum + n,
                   .own = sum + 2 * n,
                   .partner = sum + 3 * n };
        for (int64_t i = 0; i < n; i++) v.high[i] = -INFINITY;
        status = ak_pairs_walk(some.a, some.b, false, add_tile, &v, err);
        if (!status) add_rows(job, &v, n);
    }
    free(sum);
    ak_some_items_free(&some);
    return status;
}
