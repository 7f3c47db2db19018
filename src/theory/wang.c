/* SPDX-License-Identifier: Apache-2.0 */
/* theory/wang.c - conditional variance of features, and augmentation confusion  [Wang2022].
 *
 *     L_NCE - sqrt(V)/t - V/(2t^2) - O(K^{-1/2})  <=  L_sup + ln(K/C)  <=  L_NCE + sqrt(V)/t + O(K^{-1/2})
 *     V = E |f(x) - mu_y|^2
 *
 * for C equal classes; where they are not equal, nothing is judged. The terms in K^{-1/2} have no published
 * constant and are left out: rows are marked, and a miss of less than 4 K^{-1/2}/t stays undecided.
 *
 * ACR: the share of first views whose nearest neighbour among all other views is a view of another item, on
 * CONFUSION items, all pairs compared exactly (the published code counts a neighbour at the same place of
 * another batch as a view of the same item). */
#include "theory/contrast.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

enum { CONFUSION = 2048, STRIP = 64 };

typedef struct confusion {
    const float *view; /* [2m,d]: first views, then second ones */
    int64_t m, d;
    int64_t confused[CONFUSION / STRIP + 1];
    bool failed[CONFUSION / STRIP + 1];
} confusion;

static void strip_of(int64_t strip, int worker, void *ctx)
{
    (void)worker;
    confusion *c = ctx;
    const int64_t first = strip * STRIP, rows = c->m - first < STRIP ? c->m - first : STRIP, all = 2 * c->m;
    float *sim = ak_alloc(sizeof(float), rows, all);
    c->failed[strip] = !sim || !ak_gemm(false, true, rows, all, c->d, c->view + first * c->d, c->d, c->view,
                                        c->d, 0, sim, all);
    for (int64_t i = 0; i < rows && !c->failed[strip]; i++) {
        int64_t best = -1;
        for (int64_t j = 0; j < all; j++)
            if (j != first + i && (best < 0 || sim[i * all + j] > sim[i * all + best])) best = j;
        c->confused[strip] += best % c->m != first + i;
    }
    free(sim);
}

static akin_status add_confusion(ak_theory_job *job, akin_error *err)
{
    confusion c = { .m = job->n < CONFUSION ? job->n : CONFUSION, .d = job->d };
    float *view = ak_alloc(sizeof(float), 2 * c.m, c.d);
    if (!view) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the augmentation confusion");
    for (int64_t i = 0; i < c.m; i++) {
        const int64_t item = i * job->n / c.m;
        memcpy(view + i * c.d, job->a + item * c.d, (size_t)c.d * sizeof(float));
        memcpy(view + (c.m + i) * c.d, job->b + item * c.d, (size_t)c.d * sizeof(float));
    }
    c.view = view;
    const int64_t strips = (c.m + STRIP - 1) / STRIP;
    ak_parallel_tasks(strips, strip_of, &c);
    int64_t confused = 0;
    bool failed = false;
    for (int64_t s = 0; s < strips; s++) {
        confused += c.confused[s];
        failed = failed || c.failed[s];
    }
    free(view);
    if (failed) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the augmentation confusion");
    const double acr = (double)confused / (double)c.m;
    akin_bound_row *r = ak_bound_add(job, "wang-acr", "[Wang2022]", AKIN_MARK_PROVED,
                                     "augmentation confusion ratio", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, acr, 0, NAN);
    ak_bound_assume(r, "%lld items, two views each%s", (long long)c.m,
                    job->a == job->b ? "; both views are the same here" : "");
    const akin_bound_run *run = &job->run;
    if (!(run->initial_acr < 1)) return AKIN_OK;
    r = ak_bound_add(job, "wang-arc", "[Wang2022]", AKIN_MARK_PROVED, "average relative confusion",
                     AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, (1 - acr) / (1 - run->initial_acr), 0, NAN);
    ak_bound_assume(r, "(1 - ACR) / (1 - ACR before training); ACR before %.6g", run->initial_acr);
    return AKIN_OK;
}

/* A miss within the size of the terms that are left out is undecided; so is everything outside of what is
 * assumed: the shift ln(K/C) has equal classes in it. */
static void judge_again(const ak_theory_job *job, akin_bound_row *r, double v)
{
    const double t = job->in.temperature, k = (double)job->in.negatives;
    const double miss = r->sense == AKIN_BOUND_UPPER ? r->measured - r->value : r->value - r->measured;
    if (r->holds == AKIN_TRUTH_NO && miss <= 4 / (t * sqrt(k)))
        ak_bound_undecided(r, "within the terms in K^-1/2 that are left out");
    if (!job->uniform) ak_bound_undecided(r, "stated for equal classes, which these are not");
    ak_bound_assume(r, "V %.6g; O(K^-1/2) = O(%.3g) left out%s", v, 1 / sqrt(k),
                    job->uniform ? "" : "; not judged: it is stated for equal classes, and these are not");
}

akin_status ak_theory_wang(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    const double t = job->in.temperature, k = (double)job->in.negatives;
    const double v = c->mean[AK_CV_SPREAD2], root = sqrt(v), shift = log(k / (double)job->classes);
    /* sqrt V about the mean of V, for its spread */
    const double slope = root > 0 ? 0.5 / (root * t) : 0;
    const ak_sum sup = { .factor = { [AK_CV_SUP] = 1 } };
    ak_sum value = { .constant = root / t - slope * v - shift,
                     .factor = { [AK_CV_NCE] = 1, [AK_CV_SPREAD2] = slope } };
    akin_bound_row *r = ak_bound_add(job, "wang-upper", "[Wang2022]", AKIN_MARK_UNVERIFIED,
                                     "mean classifier, C-way cross-entropy", AKIN_BOUND_UPPER);
    ak_contrast_judge(r, c, &value, &sup, log((double)job->classes));
    judge_again(job, r, v);
    r = ak_bound_add(job, "wang-lower", "[Wang2022]", AKIN_MARK_UNVERIFIED,
                     "mean classifier, C-way cross-entropy", AKIN_BOUND_LOWER);
    value = (ak_sum){ .constant = slope * v - root / t - shift,
                      .factor = { [AK_CV_NCE] = 1, [AK_CV_SPREAD2] = -slope - 0.5 / (t * t) } };
    ak_contrast_judge(r, c, &value, &sup, 0);
    judge_again(job, r, v);
    return add_confusion(job, err);
}
