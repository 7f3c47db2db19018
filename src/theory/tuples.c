/* SPDX-License-Identifier: Apache-2.0 */
/* theory/tuples.c - tuples that share no item  [Arora2019 thm 4.1], [Hieu2025].
 *
 * A bound of high probability needs tuples that are independent. Tuples that are drawn from one pool with
 * replacement share items, and anchors of a block share negatives. So here a class is drawn for the anchor
 * and its positive, one for the negative, both by frequency, and three items of these classes that no other
 * tuple has. For items that are independent given their classes, the losses of such tuples are independent,
 * and each has the risk as its mean.
 *
 * How many: before anything is drawn, M is set so that a class of n_c items, of which 3 M n_c / n are needed
 * on average, lasts with three standard deviations to spare: 3 M n_c/n + 3 sqrt(3 M n_c/n) <= n_c for every
 * class. A tuple for which a class has no item left all the same counts with the greatest loss there is, so
 * that the mean only grows and the bound stays valid. [Hieu2025] count N min(min_c rho/2, (1 - max rho)/K)
 * disjoint tuples, for negatives of other classes. */
#include "theory/tuples.h"

#include "base/rng.h"
#include "theory/contrast_parts.h"

#include <string.h>

double ak_hinge_range(double t) { return 1 + 2 / t; }
double ak_logistic_range(double t) { return ak_logistic(-2 / t); }

static int64_t how_many(const ak_theory_job *job)
{
    double most = (double)job->n / 3;
    for (int64_t c = 0; c < job->classes; c++) {
        const double root = 0.5 * (sqrt(9 + 4 * (double)job->size[c]) - 3); /* x + 3 sqrt x = n_c */
        most = fmin(most, root * root / (3 * job->rho[c]));
    }
    return most < 1 ? 1 : (int64_t)most;
}

/* Items of each class in random order, and how many of them were taken. */
typedef struct stock {
    const ak_theory_job *job;
    int32_t *member; /* as in the job, shuffled within classes */
    int64_t *taken;  /* [classes] */
} stock;

static bool take(stock *s, int64_t c, int64_t count, int32_t *item)
{
    if (s->taken[c] + count > s->job->size[c]) return false;
    memcpy(item, s->member + s->job->start[c] + s->taken[c], (size_t)count * sizeof *item);
    s->taken[c] += count;
    return true;
}

static void one_tuple(stock *s, ak_rng *g, ak_tuples *out)
{
    const ak_theory_job *job = s->job;
    const int64_t d = job->d, y = job->cls[ak_rng_below(g, (uint32_t)job->n)],
                  other = job->cls[ak_rng_below(g, (uint32_t)job->n)];
    const double t = job->in.temperature;
    int32_t pair[2], negative;
    const bool whole = take(s, y, 2, pair) && take(s, other, 1, &negative);
    out->count++;
    if (!whole) {
        out->lost++;
        out->zero_one += 1;
        out->hinge += ak_hinge_range(t);
        out->logistic += ak_logistic_range(t);
        return;
    }
    const float *anchor = job->a + pair[0] * d;
    const double pos = ak_float_dot(anchor, job->b + pair[1] * d, d) / t,
                 neg = ak_float_dot(anchor, job->b + negative * d, d) / t;
    out->zero_one += ak_beaten(pos, neg, t);
    out->hinge += ak_hinge(pos - neg);
    out->logistic += ak_logistic(pos - neg);
}

akin_status ak_tuples_of(const ak_theory_job *job, ak_tuples *out, akin_error *err)
{
    stock s = { job, ak_alloc(sizeof(int32_t), job->n, 1), ak_alloc(sizeof(int64_t), job->classes, 1) };
    const bool good = s.member && s.taken;
    memset(out, 0, sizeof *out);
    if (good) {
        ak_rng g = ak_rng_at(job->in.seed, AK_RNG_SAMPLE, AK_SAMPLE_TUPLES, 0, 0);
        memcpy(s.member, job->member, (size_t)job->n * sizeof *s.member);
        for (int64_t c = 0; c < job->classes; c++) ak_rng_shuffle(&g, s.member + job->start[c], job->size[c]);
        const int64_t count = how_many(job);
        for (int64_t i = 0; i < count; i++) one_tuple(&s, &g, out);
        out->zero_one /= (double)count;
        out->hinge /= (double)count;
        out->logistic /= (double)count;
    }
    free(s.member);
    free(s.taken);
    return good ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for tuples without shared items");
}

void ak_tuples_assume(akin_bound_row *row, const ak_theory_job *job, const ak_tuples *tuples,
                      const char *encoder)
{
    ak_bound_assume(row, "%s; confidence %g; measured on %lld tuples that share no item%s", encoder,
                    1 - job->in.delta, (long long)tuples->count,
                    tuples->lost ? "; for some a class ran out: greatest loss" : "");
    if (tuples->count < AK_BOUND_BLOCKS)
        ak_bound_undecided(row, "too few tuples to judge: %lld; a verdict needs %d", (long long)tuples->count,
                           AK_BOUND_BLOCKS);
}
