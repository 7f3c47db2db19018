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

static void lower(ak_theory_job *job, const ak_contrast *c, const char *name, const char *paper,
                  const char *mark, double value, double half, const char *assumed)
{
    akin_bound_row *r = ak_bound_add(job, name, paper, mark, "InfoNCE", AKIN_BOUND_LOWER);
    const double d = c->mean[AK_CV_GAP];
    ak_bound_set(r, value + d, half + c->half[AK_CV_GAP], c->mean[AK_CV_INFO], c->half[AK_CV_INFO],
                 c->plan.floor);
    ak_bound_assume(r, "%s; d(f) %.6g, E ln(Col+1) %.6g", assumed, d, c->plan.expected_ln_col1);
}

static void upper(ak_theory_job *job, const ak_contrast *c, const char *name, const char *paper,
                  const char *mark, double numerator, double half, double log_denominator)
{
    akin_bound_row *r =
        ak_bound_add(job, name, paper, mark, "mean classifier, C-way cross-entropy", AKIN_BOUND_UPPER);
    if (log_denominator == -INFINITY) { /* too few negatives to hold the classes */
        ak_bound_set(r, INFINITY, 0, c->mean[AK_CV_SUP], c->half[AK_CV_SUP], log((double)job->classes));
        ak_bound_assume(r, "fewer negatives than other classes: nothing can be said");
        return;
    }
    ak_bound_set(r, numerator * exp(-log_denominator), (half + 1e-5) * exp(-log_denominator),
                 c->mean[AK_CV_SUP], c->half[AK_CV_SUP], log((double)job->classes));
    r->log_value = numerator > 0 ? log(numerator) - log_denominator : NAN;
    ak_bound_assume(r, "%s; ln of the divisor %.6g",
                    job->uniform ? "equal classes" : "unequal classes: the least covered class divides",
                    log_denominator);
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
        const double mean = i ? c->mean[partial] : c->mean[whole] - c->mean[partial];
        const double half = i ? c->half[partial] : c->half[whole] + c->half[partial];
        ak_bound_set(r, NAN, NAN, factor * mean, factor * half, NAN);
        ak_bound_assume(r, factor < 1 ? "halved, as in the bound" : "as in the bound, not halved");
    }
}

enum { COLLISION = 4096, STRIP = 64 };

typedef struct collision {
    const float *u, *v; /* [m,d] */
    const int32_t *cls; /* [m] */
    int64_t m, d;
    double sum[COLLISION / STRIP + 1], square[COLLISION / STRIP + 1], anchors[COLLISION / STRIP + 1];
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
        q->square[strip] += sum * sum;
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
    double sum = 0, square = 0, n = 0;
    for (int64_t s = 0; s < (m + STRIP - 1) / STRIP; s++) {
        sum += q.sum[s];
        square += q.square[s];
        n += q.anchors[s];
    }
    akin_bound_row *r = ak_bound_add(job, "nozawa-sato-collision", "[Nozawa2021 sec.3]", AKIN_MARK_UNVERIFIED,
                                     "collision bound: mean |v.(u' - u)| within a class", AKIN_BOUND_MEASURE);
    const double mean = n > 0 ? sum / n : NAN;
    ak_bound_set(r, NAN, NAN, mean, n > 1 ? 1.96 * sqrt(fmax(square / n - mean * mean, 0) / n) : 0, NAN);
    ak_bound_assume(r, "as the published code has it, classes weighed by items; no 1/t; %.0f anchors", n);
    return AKIN_OK;
}

akin_status ak_theory_nozawa(ak_theory_job *job, akin_error *err)
{
    const ak_contrast *c;
    AK_TRY(ak_contrast_of(job, &c, err));
    const double ln = c->plan.expected_ln_col1, *m = c->mean, *h = c->half;
    lower(job, c, "nozawa-sato-eq8", "[Nozawa2021 eq.8]", AKIN_MARK_PROVED, m[AK_CV_SUB_CLEAN] + ln,
          h[AK_CV_SUB_CLEAN], "means of the same rows as the negatives");
    parts(job, c, "nozawa-sato-eq8-sup", "nozawa-sato-eq8-sub", "[Nozawa2021 eq.8]", 1, AK_CV_SUB_CLEAN,
          AK_CV_CLEAN_PARTIAL);
    lower(job, c, "nozawa-sato-eq10", "[Nozawa2021 eq.10]", AKIN_MARK_PROVED, 0.5 * (m[AK_CV_SUB] + ln),
          0.5 * h[AK_CV_SUB], "means of the same rows as the negatives");
    parts(job, c, "nozawa-sato-eq10-sup", "nozawa-sato-eq10-sub", "[Nozawa2021 eq.10]", 0.5, AK_CV_SUB,
          AK_CV_SUB_PARTIAL);
    lower(job, c, "nozawa-sato-mix", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED, fmax(m[AK_CV_SUB], ln),
          h[AK_CV_SUB], m[AK_CV_SUB] > ln ? "lambda 1" : "lambda 0");
    lower(job, c, "nozawa-sato-max", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED,
          m[AK_CV_MAX_PART] - m[AK_CV_LN_COL1] + ln, /* the sampled collisions by the exact ones */
          h[AK_CV_MAX_PART], "the larger part for each anchor");
    lower(job, c, "nozawa-sato-jensen", "[Nozawa2021 eq.10]", AKIN_MARK_DERIVED, m[AK_CV_JENSEN],
          h[AK_CV_JENSEN], "Jensen's inequality alone");
    const double info = m[AK_CV_INFO] - m[AK_CV_GAP], half = h[AK_CV_INFO] + h[AK_CV_GAP];
    upper(job, c, "nozawa-sato-upper", "[Nozawa2021 eq.10]",
          job->uniform ? AKIN_MARK_PROVED : AKIN_MARK_DERIVED, 2 * info - ln - m[AK_CV_SUB_PARTIAL],
          2 * half + h[AK_CV_SUB_PARTIAL], c->plan.log_upsilon_min);
    upper(job, c, "arora-k-upper", "[Nozawa2021 eq.8]", AKIN_MARK_DERIVED, info - ln, half,
          c->plan.log_cover_rest);
    return add_collision(job, err);
}
