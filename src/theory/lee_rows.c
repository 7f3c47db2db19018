/* SPDX-License-Identifier: Apache-2.0 */
/* theory/lee_rows.c - the bounds of [Lee2025] as rows of akin bounds.
 *
 * The measures and inequalities are those of lee.c: expectations over the two views at hand, taken as the distribution, so
 * each holds exactly. All pairs of views are walked, so at most ITEMS items are taken, spread over the data; alpha = 1/t,
 * attraction and repulsion weigh the same. */
#include "akin/diagnose.h"
#include "theory/theory.h"

#include <math.h>
#include <string.h>

enum { ITEMS = 2048 };

static void add(akin_theory_job *job, const char *name, const char *quantity, double measured, double value,
                double reference, int64_t items)
{
    akin_bound_row *r =
        akin_bound_add(job, name, "[Lee2025]", AKIN_MARK_RECONSTRUCTION, quantity, AKIN_BOUND_UPPER);
    akin_bound_set(r, value, 0, measured, 0, reference);
    akin_bound_assume(r, "%lld items, their two views taken as the distribution; alpha 1/t, lambda 1",
                      (long long)items);
}

static void add_measure(akin_theory_job *job, const char *name, const char *quantity, double measured)
{
    akin_bound_row *r =
        akin_bound_add(job, name, "[Lee2025]", AKIN_MARK_RECONSTRUCTION, quantity, AKIN_BOUND_MEASURE);
    akin_bound_set(r, NAN, NAN, measured, 0, NAN);
    akin_bound_assume(r, "m_x, m_y: means of the views of an item, of a class; nm: made unit length");
}

static void add_rows(akin_theory_job *job, const akin_lee *o, int64_t n)
{
    add(job, "lee-attract", "attraction: mean of -cos(view, mean of its item)", o->attract, o->attract_bound,
        0, n);
    add(job, "lee-prototype", "mean of -cos(view, mean of its class)", o->prototype, o->prototype_bound, 1,
        n);
    add(job, "lee-repel", "repulsion: mean of the largest <view, mean of another class>", o->repel,
        o->repel_bound, 1, n);
    add(job, "lee-total", "attraction plus repulsion of prototypes", o->total, o->total_bound, 2, n);
    add_measure(job, "lee-bias-b1", "prototype representation bias E |nm(m_y) - nm(m_x)|", o->b1);
    add_measure(job, "lee-bias-b2", "E |m_x|^2 - E |m_y|^2", o->b2);
    add_measure(job, "lee-repel-slack", "bound of the repulsion less what it bounds",
                o->repel_bound - o->repel);
    add_measure(job, "lee-imbalance", "part of that from unequal classes: ln(1/pi_min)/alpha - ln(C)/alpha",
                o->imbalance - o->balanced);
}

akin_status akin_theory_lee(akin_theory_job *job, akin_error *err)
{
    const int64_t n = job->n < ITEMS ? job->n : ITEMS, d = job->d;
    float *view = akin_alloc(sizeof(float), 2 * n, d);
    int32_t *labels = akin_alloc(sizeof(int32_t), n, 1);
    akin_status status = AKIN_OK;
    bool several = false;
    if (!view || !labels)
        status = akin_fail(err, AKIN_ERR_NOMEM, "no memory for %lld views", (long long)(2 * n));
    for (int64_t i = 0; i < n && !status; i++) {
        const int64_t item = i * job->n / n;
        memcpy(view + i * d, job->a + item * d, (size_t)d * sizeof(float));
        memcpy(view + (n + i) * d, job->b + item * d, (size_t)d * sizeof(float));
        labels[i] = job->cls[item];
        several = several || labels[i] != labels[0];
    }
    const akin_cmat views[2] = { { view, n, d, d }, { view ? view + n * d : NULL, n, d, d } };
    akin_lee o = AKIN_LEE_INIT;
    if (!status && several) /* a thin sample of unequal classes may hold one alone */
        status = akin_lee_evaluate(views, 2, labels, n, 1 / job->in.temperature, 1, &o, err);
    if (!status && several) add_rows(job, &o, n);
    free(view);
    free(labels);
    return status;
}
