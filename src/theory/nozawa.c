/* SPDX-License-Identifier: Apache-2.0 */
/* theory/nozawa.c - InfoNCE and the mean classifier under augmentation  [Nozawa2021].
 *
 * The positives here are views of the anchor's own item, not any items of its class as in the paper's model.
 * The term d(f) = E min(0, s_y - s_positive) <= 0 makes up for that.
 *
 *   eq.8   L >= (1-tau_K) E[l_sub | Col=0] + E ln(Col+1) + d(f)
 *   eq.10  L >= 1/2 E[l_sub + ln(Col+1)] + d(f)          (l_sub is l_sup where all classes are there)
 *   mix    the same with any weight lambda: the best is the larger part alone
 *   max    L >= E max(l_sub, ln(Col+1)) + d(f)
 *   jensen L >= E ln(1 + Col + sum_{c != y} n_c e^{s_c - s_y}) + d(f)
 *   upper  L_sup <= (2 (L - d) - E ln(Col+1) - E[l_sub; not all there]) / min_c upsilon_c
 *   arora  L_sup <= (L - d - E ln(Col+1)) / min_c P(no collision, all others there | c)
 *
 * Q, the measured part of the paper's bound on collisions, is the mean |v_j.(u_i - u_j)| over items i != j of
 * one class, with u first and v second views and without 1/t. Classes weigh by their items; the published
 * code takes equal classes for granted.
 *
 * Three things differ from the published evaluation. Collision terms are exact (plan.c), not noisy sums. The
 * partial loss is halved once, not twice. And where the published code divides by 1 - tau_K alone, this
 * divides by the coverage: its least over classes, because for unequal classes the event "all there" depends
 * on the anchor's class. The paper's form holds for equal classes only. */
#include "theory/contrast.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

/* InfoNCE is at least value + d(f). */
static void lower(ak_theory_job *job, const ak_contrast *c, const char *name, const char *paper,
                  const char *mark, ak_sum value, const char *assumed)
{
    akin_bound_row *r = ak_bound_add(job, name, paper, mark, "InfoNCE", AKIN_BOUND_LOWER);
    const ak_sum info = { .factor = { [AK_CV_INFO] = 1 } };
    value.factor[AK_CV_GAP] = 1;
    ak_contrast_judge(r, c, &value, &info, c->plan.floor);
    ak_bound_assume(r, "%s; d(f) %.6g, E ln(Col+1) %.6g", assumed, c->mean[AK_CV_GAP],
                    c->plan.expected_ln_col1);
}

/* A loss over missing classes is rare where few draws miss one: what blocks that never saw it may lack. */
static double partial_slack(const ak_theory_job *job, const ak_contrast *c)
{
    const double missed = exp(c->plan.log1m_upsilon);
    const bool seen = c->exact[AK_CV_SUB_PARTIAL] || missed == 0 || (double)c->blocks * missed >= 25;
    return seen ? 0 : missed * (2 / job->in.temperature + log((double)job->classes));
}

/* Numerator over divisor, the divisor in log space. */
static void upper(ak_theory_job *job, const ak_contrast *c, const char *name, const char *paper,
                  const char *mark, ak_sum value, double log_divisor)
{
    akin_bound_row *r =
        ak_bound_add(job, name, paper, mark, "mean classifier, C-way cross-entropy", AKIN_BOUND_UPPER);
    const ak_sum sup = { .factor = { [AK_CV_SUP] = 1 } };
    const double reference = log((double)job->classes), numerator = ak_contrast_mean(c, &value);
    if (log_divisor == -INFINITY) { /* too few negatives to hold the classes */
        value = (ak_sum){ .constant = INFINITY, .factor = { 0 } };
        ak_contrast_judge(r, c, &value, &sup, reference);
        ak_bound_assume(r, "fewer negatives than other classes: nothing can be said");
        return;
    }
    const double scale = exp(-log_divisor);
    value.constant *= scale;
    value.slack *= scale;
    for (int j = 0; j < AK_CV_COUNT; j++) value.factor[j] *= scale;
    if (!isfinite(scale))
        value = (ak_sum){ .constant = INFINITY, .factor = { 0 } }; /* only its logarithm is */
    ak_contrast_judge(r, c, &value, &sup, reference);
    r->log_value = numerator > 0 ? log(numerator) - log_divisor : NAN;
    ak_bound_assume(r, "%s; ln of the divisor %.6g",
                    job->uniform ? "equal classes" : "unequal classes: the least covered class divides",
                    log_divisor);
}

/* What the two lower bounds are made of besides collisions and d(f): the mean classifier's loss when anchor
 * and negatives hold all classes, and its loss over the classes they do hold when some are missing. As in the
 * paper's table 2, those of eq.10 are halved and those of eq.8 are not. */
static void parts(ak_theory_job *job, const ak_contrast *c, const char *sup, const char *sub,
                  const char *paper, double factor, ak_contrast_value whole, ak_contrast_value partial)
{
    for (int i = 0; i < 2; i++) {
        akin_bound_row *r = ak_bound_add(job, i ? sub : sup, paper, AKIN_MARK_PROVED,
                                         i ? "part of the bound: some classes are missing"
                                           : "part of the bound: all classes are there",
                                         AKIN_BOUND_MEASURE);
        ak_sum part = { .slack = factor * partial_slack(job, c), .factor = { 0 } };
        part.factor[partial] = i ? factor : -factor;
        if (!i) part.factor[whole] = factor;
        ak_contrast_show(r, c, &part);
        ak_bound_assume(r, factor < 1 ? "halved, as in the bound" : "as in the bound, not halved");
    }
}

enum { COLLISION = 4096, STRIP = 64 };

typedef struct collision {
    const float *u, *v; /* [m,d] */
    const int32_t *cls; /* [m] */
    int64_t m, d;
    double sum[COLLISION / STRIP + 1], anchors[COLLISION / STRIP + 1];
    atomic_bool failed;
} collision;

static void strip_of(int64_t strip, int worker, void *ctx)
{
    (void)worker;
    collision *q = ctx;
    const int64_t m = q->m, first = strip * STRIP, rows = m - first < STRIP ? m - first : STRIP;
    float *sim = ak_alloc(sizeof *sim, rows, m);
    if (!sim || !ak_gemm(false, true, rows, m, q->d, q->v + first * q->d, q->d, q->u, q->d, 0, sim, m)) {
        atomic_store(&q->failed, true);
        free(sim);
        return;
    }
    for (int64_t r = 0; r < rows; r++) {
        const int64_t j = first + r;
        double sum = 0;
        int64_t others = 0;
        for (int64_t i = 0; i < m; i++)
            if (i != j && q->cls[i] == q->cls[j]) {
                sum += fabs((double)sim[r * m + i] - (double)sim[r * m + j]);
                others++;
            }
        if (others == 0) continue;
        sum /= (double)others;
        q->sum[strip] += sum;
        q->anchors[strip]++;
    }
    free(sim);
}

static akin_status add_collision(ak_theory_job *job, akin_error *err)
{
    const int64_t m = job->n < COLLISION ? job->n : COLLISION, d = job->d;
    collision q = { .m = m, .d = d };
    float *view = ak_alloc(sizeof *view, 2 * m, d);
    int32_t *cls = ak_alloc(sizeof *cls, m, 1);
    atomic_init(&q.failed, !view || !cls);
    for (int64_t i = 0; i < m && view && cls; i++) {
        const int64_t item = i * job->n / m;
        memcpy(view + i * d, job->a + item * d, (size_t)d * sizeof *view);
        memcpy(view + (m + i) * d, job->b + item * d, (size_t)d * sizeof *view);
        cls[i] = job->cls[item];
    }
    q.u = view;
    q.v = view ? view + m * d : NULL;
    q.cls = cls;
    if (!atomic_load(&q.failed)) ak_parallel_tasks((m + STRIP - 1) / STRIP, strip_of, &q);
    free(view);
    free(cls);
    if (atomic_load(&q.failed)) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the collision bound");
    double sum = 0, n = 0;
    for (int64_t s = 0; s < (m + STRIP - 1) / STRIP; s++) {
        sum += q.sum[s];
        n += q.anchors[s];
    }
    akin_bound_row *r = ak_bound_add(job, "nozawa-sato-collision", "[Nozawa2021 sec.3]", AKIN_MARK_UNVERIFIED,
                                     "collision bound: mean |v.(u' - u)| within a class", AKIN_BOUND_MEASURE);
    ak_bound_set(r, NAN, NAN, n > 0 ? sum / n : NAN, 0, NAN);
    ak_bound_assume(
        r, "as the published code has it, classes weighed by items; no 1/t; all pairs of %.0f items", n);
    return AKIN_OK;
}

akin_status ak_theory_nozawa(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    const double ln = c->plan.expected_ln_col1, sub = c->mean[AK_CV_SUB];
    const char *const same = "means of the same rows as the negatives";
    lower(job, c, "nozawa-sato-eq8", "[Nozawa2021 eq.8]", AKIN_MARK_PROVED,
          (ak_sum){ .constant = ln, .factor = { [AK_CV_SUB_CLEAN] = 1 } }, same);
    parts(job, c, "nozawa-sato-eq8-sup", "nozawa-sato-eq8-sub", "[Nozawa2021 eq.8]", 1, AK_CV_SUB_CLEAN,
          AK_CV_CLEAN_PARTIAL);
    lower(job, c, "nozawa-sato-eq10", "[Nozawa2021 eq.10]", AKIN_MARK_PROVED,
          (ak_sum){ .constant = 0.5 * ln, .factor = { [AK_CV_SUB] = 0.5 } }, same);
    parts(job, c, "nozawa-sato-eq10-sup", "nozawa-sato-eq10-sub", "[Nozawa2021 eq.10]", 0.5, AK_CV_SUB,
          AK_CV_SUB_PARTIAL);
    lower(job, c, "nozawa-sato-mix", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED,
          (ak_sum){ .constant = sub > ln ? 0 : ln, .factor = { [AK_CV_SUB] = sub > ln ? 1 : 0 } },
          sub > ln ? "lambda 1" : "lambda 0");
    lower(job, c, "nozawa-sato-max", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED,
          (ak_sum){ .factor = { [AK_CV_MAX_PART] = 1 } }, "the larger part for each anchor");
    lower(job, c, "nozawa-sato-jensen", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED,
          (ak_sum){ .factor = { [AK_CV_JENSEN] = 1 } }, "Jensen's inequality alone");
    upper(job, c, "nozawa-sato-upper", "[Nozawa2021 eq.10]",
          job->uniform ? AKIN_MARK_PROVED : AKIN_MARK_DERIVED,
          (ak_sum){ .constant = -ln,
                    .slack = partial_slack(job, c),
                    .factor = { [AK_CV_INFO] = 2, [AK_CV_GAP] = -2, [AK_CV_SUB_PARTIAL] = -1 } },
          c->plan.log_upsilon_min);
    upper(job, c, "arora-k-upper", "[Nozawa2021 eq.8]", AKIN_MARK_DERIVED,
          (ak_sum){ .constant = -ln, .factor = { [AK_CV_INFO] = 1, [AK_CV_GAP] = -1 } },
          c->plan.log_cover_rest);
    return add_collision(job, err);
}
