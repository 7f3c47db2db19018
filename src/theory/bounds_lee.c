/* SPDX-License-Identifier: Apache-2.0 */
/* theory/bounds_lee.c - rows of [Lee2025]: both parts of the supervised objective beside their
 * self-supervised bounds, the prototype bias, and how much each step of the bound gives away. lee.c computes
 * them; alpha = 1/t and lambda = 1 unless they are given. All pairs of views are walked, so at most ITEMS
 * items, evenly spaced, enter. */
#include "theory/theory.h"

#include "theory/lee.h"

#include <math.h>

enum { ITEMS = 2048 };

static void bound(ak_theory_job *job, const char *name, const char *quantity, double value, double measured,
                  double reference, const char *assumed)
{
    akin_bound_row *r =
        ak_bound_add(job, name, "[Lee2025]", AKIN_MARK_RECONSTRUCTION, quantity, AKIN_BOUND_UPPER);
    ak_bound_set(r, value, 0, measured, 0, reference);
    ak_bound_assume(r, "%s", assumed);
}

static void measure(ak_theory_job *job, const char *name, const char *mark, const char *quantity, double x,
                    double reference)
{
    akin_bound_row *r = ak_bound_add(job, name, "[Lee2025]", mark, quantity, AKIN_BOUND_MEASURE);
    ak_bound_set(r, reference, 0, x, 0, NAN);
    ak_bound_assume(r, "both views taken as the distribution");
}

static void add_rows(ak_theory_job *job, const ak_lee *l, int64_t items)
{
    bound(job, "lee-attracting", "-cos of a view and its class mean", l->prototype_bound, l->prototype, 0,
          "-E|item mean|^2 + B1; needs labels for B1 only");
    bound(job, "lee-attracting-self", "-cos of a view and its item's mean", l->attract_bound, l->attract, 0,
          "-E|item mean|^2, the positive-pair term");
    bound(job, "lee-repelling", "greatest product of a view with another class's mean", l->repel_bound,
          l->repel, 1, "log-sum-exp over views with weights 1/prior, at alpha");
    bound(job, "lee-repelling-no-labels", "greatest product of a view with another class's mean",
          l->repel_no_labels, l->repel, 1, "weights 1/least prior");
    bound(job, "lee-objective", "attracting + repelling part of the supervised objective", l->total_bound,
          l->total, l->lambda, "the sum of both bounds");
    ak_bound_assume(ak_bound_last(job), "lambda = %.4g, alpha = %.4g; %lld items with 2 views", l->lambda,
                    l->alpha, (long long)items);
    measure(job, "lee-bias-b1", AKIN_MARK_RECONSTRUCTION, "B1: distance of class and item directions", l->b1,
            NAN);
    measure(job, "lee-bias-b2", AKIN_MARK_RECONSTRUCTION, "B2: squared distance of class and item means",
            l->b2, NAN);
    measure(job, "lee-slack-soft-maximum", AKIN_MARK_DERIVED,
            "slack of the soft maximum; value: log(C-1)/alpha", l->lse_slack, l->lse_most);
    measure(job, "lee-slack-jensen", AKIN_MARK_DERIVED, "slack of views for class means", l->jensen_slack,
            NAN);
    measure(job, "lee-slack-own-class", AKIN_MARK_DERIVED, "slack of the own class in the sum",
            l->own_class_slack, NAN);
    measure(job, "lee-imbalance", AKIN_MARK_DERIVED, "log(1/least prior)/alpha; value: log(C)/alpha",
            l->imbalance, l->balanced);
}

akin_status ak_theory_lee(ak_theory_job *job, akin_error *err)
{
    const int64_t step = (job->n + ITEMS - 1) / ITEMS, items = (job->n + step - 1) / step;
    const akin_cmat view[2] = { { job->a, items, job->d, job->d * step },
                                { job->b, items, job->d, job->d * step } };
    int32_t *labels = ak_alloc(sizeof *labels, items, 1);
    if (!labels) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)items);
    bool one = true;
    for (int64_t i = 0; i < items; i++) {
        labels[i] = job->cls[i * step];
        one = one && labels[i] == labels[0];
    }
    const double alpha = isnan(job->in.alpha) ? 1 / job->in.temperature : job->in.alpha;
    ak_lee lee = { 0 };
    akin_status status = AKIN_OK;
    if (!one) status = ak_lee_evaluate(view, 2, labels, items, alpha, job->in.lambda, &lee, err);
    if (!status && !one) add_rows(job, &lee, items);
    free(labels);
    return status;
}
