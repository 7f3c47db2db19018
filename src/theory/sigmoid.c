/* SPDX-License-Identifier: Apache-2.0 */
/* theory/sigmoid.c - the optimum of the sigmoid loss at a scale and a bias  [Lee2024], and the margin that
 * makes it zero  [Bangachev2025].
 *
 *     loss of a batch of m = K+1 items, p_i = a_i.b_i, s_ik = a_i.b_k:
 *         1/m sum_i softplus(-(S p_i + b)) + 1/m sum_{i != k} softplus(S s_ik + b)
 *
 * With p the mean of p_i and q that of s_ik, |sum (a+b)|^2 >= 0 and |sum (a-b)|^2 <= m sum |a_i-b_i|^2 give
 *
 *     q >= q(p) = -(1-p)/2 - (1+p)/(2(m-1)),
 *
 * and softplus is convex, so the loss is at least g(p) = softplus(-(S p + b)) + (m-1) softplus(S q(p) + b),
 * and at least its minimum over p in [-1,1], a convex problem in one number. It is attained in m dimensions
 * by a = (w sqrt((1+p)/2), sqrt((1-p)/2)), b = (w sqrt((1+p)/2), -sqrt((1-p)/2)), w a simplex: p = 1 is the
 * simplex with equal views, p = -1 one point against its opposite, where the items are lost.
 *
 * Margin. Let m* = (least p_i - greatest s_ik)/2 and b* = (their sum)/2 over a set of n items. The loss can
 * be brought to 0 by scale and bias exactly if m* > 0 [Bangachev2025 thm 3.2]: S to infinity with bias
 * -b* S. The inequality above with p >= m* + b* and q <= b* - m* gives m* <= (1 + b*) n/(3n - 4), and
 * m* <= 1 - b*  [Bangachev2025 thm 3.4, here with the term in 1/n]. */
#include "theory/candidates.h"
#include "theory/pairs.h"

#include <math.h>

enum { ITEMS = 4096 };

static double softplus(double x) { return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)); }

typedef struct optimum {
    double scale, bias, others; /* others: m - 1 */
} optimum;

static double at(const optimum *o, double p)
{
    const double q = -(1 - p) / 2 - (1 + p) / (2 * o->others);
    return softplus(-(o->scale * p + o->bias)) + o->others * softplus(o->scale * q + o->bias);
}

/* Where the convex at() is least. Its ends are compared too, so that they come out as they are. */
static double least_at(const optimum *o)
{
    double low = -1, high = 1;
    for (int step = 0; step < 200; step++) {
        const double left = low + (high - low) / 3, right = high - (high - low) / 3;
        if (at(o, left) < at(o, right))
            high = right;
        else
            low = left;
    }
    const double inside = (low + high) / 2;
    if (at(o, 1) <= at(o, inside)) return 1;
    return at(o, -1) <= at(o, inside) ? -1 : inside;
}

/* Sums over pairs: of one task of rows each. */
typedef struct task_sums {
    double others, partner, cosine; /* sums of the two parts of the loss, and of p_i */
    double least, most;             /* p_i, s_ik */
} task_sums;

typedef struct all_pairs {
    optimum o;
    task_sums *task;
} all_pairs;

static void add_tile(const ak_pair_tile *t, int64_t task, void *ctx)
{
    const all_pairs *w = ctx;
    task_sums *s = &w->task[task];
    for (int64_t i = 0; i < t->rows; i++)
        for (int64_t j = 0; j < t->columns; j++) {
            const double x = (double)t->s[i * AK_PAIR_COLUMNS + j];
            if (t->first_row + i == t->first_column + j) {
                s->partner += softplus(-(w->o.scale * x + w->o.bias));
                s->cosine += x;
                s->least = fmin(s->least, x);
            } else {
                s->others += softplus(w->o.scale * x + w->o.bias);
                s->most = fmax(s->most, x);
            }
        }
}

static void add_rows(ak_theory_job *job, const all_pairs *w, const task_sums *s, double n)
{
    const double best = least_at(&w->o), p = s->cosine / n,
                 loss = s->partner / n + w->o.others * s->others / (n * (n - 1));
    akin_bound_row *r = ak_bound_add(job, "sigmoid-optimum", "[Lee2024]", AKIN_MARK_DERIVED,
                                     "sigmoid loss of batches of these items", AKIN_BOUND_LOWER);
    ak_bound_set(r, at(&w->o, best), 0, loss, 0, 0);
    ak_bound_assume(r,
                    "scale %.4g, bias %.4g, batches of %.0f of %.0f items; attained where the width is at "
                    "least the batch",
                    w->o.scale, w->o.bias, w->o.others + 1, n);
    r = ak_bound_add(job, "sigmoid-optimal-partner", "[Lee2024]", AKIN_MARK_DERIVED,
                     "mean cosine of partners", AKIN_BOUND_MEASURE);
    ak_bound_set(r, best, 0, p, 0, NAN);
    ak_bound_assume(r, "at the optimum %.4g: %s", best,
                    best == 1    ? "a simplex, partners in one point"
                    : best == -1 ? "all in one point, partners opposite; the items are lost"
                                 : "a simplex with the two views shifted apart");
    const double margin = (s->least - s->most) / 2, bias = (s->least + s->most) / 2;
    r = ak_bound_add(job, "sigmoid-margin", "[Bangachev2025 thm 3.4]", AKIN_MARK_DERIVED,
                     "half of least cosine of partners less greatest of others", AKIN_BOUND_UPPER);
    ak_bound_set(r, fmin((1 + bias) * n / (3 * n - 4), 1 - bias), 0, margin, 0, 1);
    ak_bound_assume(r, "relative bias %.4g; %s", bias,
                    margin > 0 ? "above 0: scale and bias alone can bring the loss to 0"
                               : "not above 0: no scale and bias bring the loss to 0");
}

static task_sums add_tasks(const task_sums *task, int64_t tasks)
{
    task_sums all = task[0];
    for (int64_t i = 1; i < tasks; i++) {
        all.others += task[i].others;
        all.partner += task[i].partner;
        all.cosine += task[i].cosine;
        all.least = fmin(all.least, task[i].least);
        all.most = fmax(all.most, task[i].most);
    }
    return all;
}

akin_status ak_theory_sigmoid(ak_theory_job *job, akin_error *err)
{
    ak_some_items some;
    AK_TRY(ak_some_items_of(job, ITEMS, &some, err));
    const int64_t n = some.a.rows, tasks = ak_pair_tasks(n);
    const int64_t others = job->in.negatives < n - 1 ? job->in.negatives : n - 1;
    const double scale = 1 / job->in.temperature, bias = job->run.sigmoid_bias;
    all_pairs w = { .o = { scale, isfinite(bias) ? bias : -scale, (double)others },
                    .task = ak_alloc(sizeof(task_sums), tasks, 1) };
    akin_status status =
        w.task ? AKIN_OK : ak_no_memory(err, "for the sigmoid loss of %lld items", (long long)n);
    for (int64_t i = 0; i < tasks && !status; i++)
        w.task[i] = (task_sums){ .least = INFINITY, .most = -INFINITY };
    if (!status) status = ak_pairs_walk(some.a, some.b, false, add_tile, &w, err);
    if (!status) {
        const task_sums all = add_tasks(w.task, tasks);
        add_rows(job, &w, &all, (double)n);
    }
    free(w.task);
    ak_some_items_free(&some);
    return status;
}
