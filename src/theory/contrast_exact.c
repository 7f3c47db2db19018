/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast_exact.c - the values of contrast.h that are sums over all that can be drawn.
 *
 *   collisions  E ln(Col+1) and tau_K follow from the labels alone (plan.c)
 *   anchors     what depends on the anchor and the class means only: a sum over the n anchors
 *   classes     what depends on which classes the negatives have: a sum over the 2^C sets of up to CLASSES
 *               classes, each with its probability, by inclusion and exclusion over one class at a time; and
 *               over the number of collisions beside it
 *   collisions beside other classes: ln(1 + Col + ...) of K labels, log_sums.c
 *   ranks       the greatest of K negatives and a positive, and the share above it: from the sorted
 *               similarities, P(the greatest is at most the r-th of n) = (r/n)^K; one positive and one
 *               negative, from the similarities sorted in each class
 *   sums        logarithms of sums of K negatives, and of one: log_sums.c
 *
 * Each is taken where it costs less than about the sample, and else left to the sample (exact[] stays
 * false).
 *
 * Threads. Anchors are split into tasks; sums of tasks are added in order. */
#include "kernels/gemm.h"
#include "theory/contrast.h"
#include "theory/contrast_parts.h"
#include "theory/log_sums.h"
#include "theory/numbers.h"

#include <stdatomic.h>
#include <string.h>

enum { CLASSES = 10, ROWS = 64 };
static const double WORK = 5e6, ANCHOR_WORK = 4e7, TABLE = 3e6, RANK_WORK = 5e8, SUM_WORK = 8e8,
                    MOST_RANGE = 600; /* of 2/t: exp() stays finite */

typedef struct exact {
    const ak_theory_job *job;
    const akin_theory_plan *plan;
    bool anchors, classes, ranks, sums;
    float *mean; /* [classes,d] */
    double *mass,
        *clean;          /* [classes, 2^classes] P(the other classes there are this set), with no collision */
    double *upto, *rest; /* [classes, 2^classes, K+1] mass with Col <= j; E ln(Col+1) with Col > j */
    double *below;       /* [n+1] P(all K negatives are below the r greatest keys) */
    double *sum;         /* [tasks, AK_CV_COUNT] */
    atomic_bool failed;
} exact;

/* Anchors and classes ------------------------------------------------------------------------------------ */

static void anchor_values(const exact *e, int64_t row, const float *score, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t y = job->cls[row], d = job->d;
    const double t = job->in.temperature, own = ak_float_dot(job->a + row * d, job->b + row * d, d) / t;
    double spread = 0;
    for (int64_t j = 0; j < d; j++) {
        const double x = (double)job->b[row * d + j] - job->mean_b[y * d + j];
        spread += x * x;
    }
    v[AK_CV_SUP] += ak_cross_entropy(score, NULL, job->classes, y, t);
    v[AK_CV_GAP] += fmin(0, (double)score[y] / t - own);
    v[AK_CV_SPREAD] += sqrt(spread);
    v[AK_CV_SPREAD2] += spread;
    v[AK_CV_HAS_OTHER] -= expm1((double)job->in.negatives * log(job->rho[y]));
    for (int64_t c = 0; c < job->classes; c++) {
        if (c == y) continue;
        const double margin = ((double)score[y] - (double)score[c]) / t,
                     weight = job->rho[c] / (1 - e->plan->tau);
        v[AK_CV_HINGE_MEAN] += weight * ak_hinge(margin);
        v[AK_CV_LOGIT_MEAN] += weight * ak_logistic(margin);
        for (int m = 0; m < AK_CONTRAST_MARGINS; m++)
            v[AK_CV_MARGIN + m] += weight * ak_hinge(margin / (1 + ak_contrast_margin[m]));
    }
}

/* E max(loss, ln(Col+1)) over the collisions that come with a set of classes. */
static double largest_part(const exact *e, int64_t y, int64_t set, double loss)
{
    const int64_t k = e->job->in.negatives, at = ((y << e->job->classes) + set) * (k + 1);
    const double below = exp(loss) - 1; /* ln(j+1) <= loss for j up to this */
    const int64_t j = below < (double)k ? (int64_t)below : k;
    return loss * e->upto[at + j] + e->rest[at + j];
}

/* The mean classifier's losses over each set of classes. */
static void class_values(const exact *e, int64_t row, const float *score, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t y = job->cls[row], sets = (int64_t)1 << job->classes;
    const double t = job->in.temperature;
    const double *mass = e->mass + y * sets, *clean = e->clean + y * sets;
    double one[CLASSES], sum[1 << CLASSES], worst[1 << CLASSES];
    for (int64_t c = 0; c < job->classes; c++) one[c] = ((double)score[c] - (double)score[y]) / t;
    sum[0] = 1;
    worst[0] = -INFINITY;
    for (int64_t s = 0; s < sets; s++) {
        int64_t c = 0;
        if (s >> y & 1) continue;
        while (s && !(s >> c & 1)) c++;
        if (s) {
            sum[s] = sum[s & (s - 1)] + exp(one[c]);
            worst[s] = fmax(worst[s & (s - 1)], one[c]);
        }
        const bool all = s == sets - 1 - ((int64_t)1 << y);
        const double loss = log(sum[s]);
        v[AK_CV_SUB] += mass[s] * loss;
        v[AK_CV_SUB_PARTIAL] += all ? 0 : mass[s] * loss;
        v[AK_CV_SUB_CLEAN] += clean[s] * loss;
        v[AK_CV_CLEAN_PARTIAL] += all ? 0 : clean[s] * loss;
        v[AK_CV_HINGE_CLEAN] += clean[s] * fmax(0, 1 + worst[s]);
        if (e->upto) v[AK_CV_MAX_PART] += largest_part(e, y, s, loss);
    }
}

/* P(a draw is of one of these classes) for each set without y; own: the probability of class y, or 0 for none
 * of it. All probabilities of classes are over `total`. */
static void set_shares(const ak_theory_job *job, int64_t y, double own, double total, double *share)
{
    const int64_t sets = (int64_t)1 << job->classes;
    for (int64_t s = 0; s < sets; s++) {
        double rho = own;
        for (int64_t c = 0; c < job->classes; c++)
            if (c != y && s >> c & 1) rho += job->rho[c];
        share[s] = s >> y & 1 ? 0 : rho / total;
    }
}

/* From P(all draws are of these classes), in place: P(those not of class y are of exactly these). */
static void exactly_these(const ak_theory_job *job, int64_t y, double *mass)
{
    const int64_t sets = (int64_t)1 << job->classes;
    for (int64_t c = 0; c < job->classes; c++)
        for (int64_t block = (int64_t)1 << c; block < sets && c != y; block += (int64_t)2 << c)
            for (int64_t s = block; s < block + ((int64_t)1 << c); s++)
                mass[s] -= mass[s - ((int64_t)1 << c)];
    for (int64_t s = 0; s < sets; s++) mass[s] = s >> y & 1 ? 0 : fmax(mass[s], 0);
}

static void set_masses(const ak_theory_job *job, int64_t y, double own, double *mass)
{
    const int64_t sets = (int64_t)1 << job->classes;
    set_shares(job, y, own, 1, mass);
    for (int64_t s = 0; s < sets; s++) mass[s] = s >> y & 1 ? 0 : pow(mass[s], (double)job->in.negatives);
    exactly_these(job, y, mass);
}

/* The tables upto and rest of class y, from P(Col = j) and the classes of the K - j others. work [3, sets] */
static void collision_tables(exact *e, int64_t y, double *work)
{
    const ak_theory_job *job = e->job;
    const int64_t k = job->in.negatives, sets = (int64_t)1 << job->classes;
    double *upto = e->upto + y * sets * (k + 1), *rest = e->rest + y * sets * (k + 1);
    double *share = work, *power = work + sets, *mass = power + sets;
    set_shares(job, y, 0, 1 - job->rho[y], share);
    for (int64_t s = 0; s < sets; s++) power[s] = s >> y & 1 ? 0 : 1;
    for (int64_t j = k; j >= 0; j--) {
        const double ways = exp(ak_log_binomial((double)j, (double)k, job->rho[y], 1 - job->rho[y]));
        memcpy(mass, power, (size_t)sets * sizeof *mass);
        exactly_these(job, y, mass);
        for (int64_t s = 0; s < sets; s++) {
            upto[s * (k + 1) + j] = ways * mass[s];
            power[s] *= share[s];
        }
    }
    for (int64_t s = 0; s < sets; s++) {
        double *to = upto + s * (k + 1), *left = rest + s * (k + 1);
        for (int64_t j = k - 1; j >= 0; j--) left[j] = left[j + 1] + to[j + 1] * log1p((double)j + 1);
        for (int64_t j = 1; j <= k; j++) to[j] += to[j - 1];
    }
}

/* Ranks -------------------------------------------------------------------------------------------------- */

typedef struct ranked {
    double s;
    int64_t cls;
} ranked;

static int by_similarity(const void *a, const void *b)
{
    return ak_compare_double(&((const ranked *)a)->s, &((const ranked *)b)->s);
}

/* E max(0, 1 + the greatest - p) over positives p of the class; only: negatives of other classes. p and key
 * are sorted. */
static double greatest_hinge(const exact *e, int64_t y, const double *p, const ranked *key, bool only)
{
    const int64_t size = e->job->size[y];
    int64_t above = 0, r = e->job->n - 1;
    double beyond = 0, along = 0, sum = 0; /* of mass and of mass times s, over the keys above p - 1 */
    for (int64_t i = size - 1; i >= 0; i--) {
        for (; r >= 0 && key[r].s > p[i] - 1; r--) {
            if (only && key[r].cls == y) continue;
            const double mass = e->below[above] - e->below[above + 1]; /* P(this is the greatest) */
            above++;
            beyond += mass;
            along += mass * key[r].s;
        }
        sum += beyond * (1 - p[i]) + along;
    }
    return sum / (double)size;
}

static void rank_values(const exact *e, int64_t y, const double *p, const ranked *key, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t size = job->size[y];
    v[AK_CV_HINGE_K] += greatest_hinge(e, y, p, key, false);
    v[AK_CV_HINGE_K_OTHER] += greatest_hinge(e, y, p, key, true);
    int64_t r = job->n;
    for (int64_t i = size - 1; i >= 0; i--) {
        while (r > 0 && ak_beaten(p[i], key[r - 1].s, job->in.temperature)) r--;
        v[AK_CV_ZERO_ONE] += (double)(job->n - r) / ((double)size * (double)job->n);
    }
}

/* Pairs -------------------------------------------------------------------------------------------------- */

/* The sum of max(0, q - p + gap) over all p and all q, both sorted. */
static double sum_above(const double *p, int64_t np, const double *q, int64_t nq, double gap)
{
    double sum = 0, tail = 0;
    int64_t from = nq; /* q[from] and those behind it count */
    for (int64_t i = np - 1; i >= 0; i--) {
        while (from > 0 && q[from - 1] - p[i] + gap > 0) tail += q[--from];
        sum += tail + (double)(nq - from) * (gap - p[i]);
    }
    return sum;
}

/* One positive and one negative. own: similarities by class, sorted in each. */
static void pair_values(const exact *e, int64_t y, const double *own, const float *score, double *v)
{
    const ak_theory_job *job = e->job;
    const double size = (double)job->size[y], tau = e->plan->tau, rho = job->rho[y],
                 other = (1 - rho) / (1 - tau) / (size * ((double)job->n - size));
    const double *p = own + job->start[y];
    v[AK_CV_HINGE_SAME] += rho / tau / (size * size) * sum_above(p, job->size[y], p, job->size[y], 1);
    for (int64_t c = 0; c < job->classes; c++) {
        if (c == y) continue;
        const double *q = own + job->start[c],
                     away = ((double)score[c] - (double)score[y]) / job->in.temperature;
        v[AK_CV_HINGE_OTHER] += other * sum_above(p, job->size[y], q, job->size[c], 1);
        for (int m = 0; m < AK_CONTRAST_MARGINS; m++)
            v[AK_CV_EXCESS + m] +=
                other * sum_above(p, job->size[y], q, job->size[c], -away - ak_contrast_margin[m]);
    }
}

/* Sums ------------------------------------------------------------------------------------------------- */

/* own: similarities by class; room: [n], and as many as there are classes. */
static void sum_values(const exact *e, int64_t row, const double *own, double self, const float *score,
                       double *room, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t y = job->cls[row];
    const double k = (double)job->in.negatives, tau = e->plan->tau, rho = job->rho[y], bits = 1 / log(2);
    double *x = room + job->n;
    ak_log_sums sums;
    ak_log_sums_of(own, job->n, job->start[y], job->start[y + 1], self, k, room, &sums);
    v[AK_CV_INFO] += sums.info;
    v[AK_CV_NCE] += sums.nce;
    v[AK_CV_INFO_CLASS] += sums.info_class;
    v[AK_CV_LOGIT_K_OTHER] += bits * sums.other_class;
    v[AK_CV_LOGIT_SAME] += rho / tau * bits * sums.same;
    v[AK_CV_LOGIT_OTHER] += (1 - rho) / (1 - tau) * bits * sums.other;
    for (int64_t c = 0; c < job->classes; c++)
        x[c] = exp(((double)score[c] - (double)score[y]) / job->in.temperature);
    v[AK_CV_JENSEN] += ak_log_sum_drawn(x, job->rho, job->classes, k, room);
}

/* Everything --------------------------------------------------------------------------------------------- */

/* What a task needs for one anchor. */
typedef struct desk {
    double *sim, *own, *room; /* [n] by item, by class; [n + classes] */
    ranked *key;              /* [n] */
    int64_t *filled;          /* [classes] */
} desk;

/* Everything about the similarities with all keys. */
static void key_values(const exact *e, int64_t row, const float *score, const desk *t, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t n = job->n, d = job->d, y = job->cls[row];
    for (int64_t k = 0; k < n; k++)
        t->sim[k] = ak_float_dot(job->a + row * d, job->b + k * d, d) / job->in.temperature;
    for (int64_t i = 0; i < n; i++) t->own[i] = t->sim[job->member[i]];
    if (e->sums) sum_values(e, row, t->own, t->sim[row], score, t->room, v);
    for (int64_t k = 0; k < n; k++) t->key[k] = (ranked){ .s = t->sim[k], .cls = job->cls[k] };
    qsort(t->key, (size_t)n, sizeof *t->key, by_similarity);
    memcpy(t->filled, job->start, (size_t)job->classes * sizeof *t->filled);
    for (int64_t k = 0; k < n; k++) t->own[t->filled[t->key[k].cls]++] = t->key[k].s; /* sorted in each */
    pair_values(e, y, t->own, score, v);
    rank_values(e, y, t->own + job->start[y], t->key, v);
}

static void own_rows(int64_t task, int worker, void *ctx)
{
    (void)worker;
    exact *e = ctx;
    const ak_theory_job *job = e->job;
    const int64_t first = task * ROWS, rows = job->n - first < ROWS ? job->n - first : ROWS, d = job->d;
    double *v = e->sum + task * AK_CV_COUNT, *work = ak_alloc(sizeof *work, 3 * job->n + job->classes, 1);
    float *score = ak_alloc(sizeof *score, rows, job->classes);
    desk t = { work, work + job->n, work + 2 * job->n, ak_alloc(sizeof *t.key, job->n, 1),
               ak_alloc(sizeof *t.filled, job->classes, 1) };
    const bool good = work && score && t.key && t.filled &&
                      ak_gemm(false, true, rows, job->classes, d, job->a + first * d, d, e->mean, d, 0, score,
                              job->classes);
    for (int64_t i = 0; i < rows && good; i++) {
        const float *own = score + i * job->classes;
        anchor_values(e, first + i, own, v);
        if (e->classes) class_values(e, first + i, own, v);
        if (e->ranks) key_values(e, first + i, own, &t, v);
    }
    free(work);
    free(score);
    free(t.key);
    free(t.filled);
    if (!good) atomic_store(&e->failed, true);
}

/* What is worth it. */
static void choose(exact *e)
{
    const ak_theory_job *job = e->job;
    const double n = (double)job->n, c = (double)job->classes, k = (double)job->in.negatives;
    const double range = 2 / job->in.temperature;
    e->anchors = n * c <= ANCHOR_WORK && n * c * (double)job->d <= 4e10;
    if (!e->anchors) return;
    e->classes = job->classes <= CLASSES && range < MOST_RANGE && n * ldexp(1, (int)job->classes) <= WORK;
    e->ranks = n * n <= WORK && n * n * (double)job->d <= RANK_WORK;
    e->sums = e->ranks && range < MOST_RANGE && n * (n + c) * ak_log_sums_nodes(range, k) <= SUM_WORK;
}

static void take(ak_contrast *c, const exact *e, ak_contrast_value from, ak_contrast_value to, int64_t tasks)
{
    for (int j = (int)from; j <= (int)to; j++) {
        double sum = 0;
        for (int64_t i = 0; i < tasks; i++) sum += e->sum[i * AK_CV_COUNT + j];
        c->mean[j] = sum / (double)e->job->n;
        c->exact[j] = true;
    }
}

static void take_all(ak_contrast *c, const exact *e, int64_t tasks)
{
    take(c, e, AK_CV_SUP, AK_CV_SUP, tasks);
    take(c, e, AK_CV_GAP, AK_CV_GAP, tasks);
    take(c, e, AK_CV_HAS_OTHER, AK_CV_SPREAD2, tasks);
    take(c, e, AK_CV_HINGE_MEAN, AK_CV_LOGIT_MEAN, tasks);
    take(c, e, AK_CV_MARGIN, AK_CV_MARGIN_7, tasks);
    if (e->classes) {
        take(c, e, AK_CV_SUB, AK_CV_CLEAN_PARTIAL, tasks);
        take(c, e, AK_CV_HINGE_CLEAN, AK_CV_HINGE_CLEAN, tasks);
    }
    if (e->upto) take(c, e, AK_CV_MAX_PART, AK_CV_MAX_PART, tasks);
    if (e->ranks) {
        take(c, e, AK_CV_HINGE_K, AK_CV_HINGE_K_OTHER, tasks);
        take(c, e, AK_CV_ZERO_ONE, AK_CV_ZERO_ONE, tasks);
    }
    if (e->ranks) {
        take(c, e, AK_CV_HINGE_SAME, AK_CV_HINGE_SAME, tasks);
        take(c, e, AK_CV_HINGE_OTHER, AK_CV_HINGE_OTHER, tasks);
        take(c, e, AK_CV_EXCESS, AK_CV_EXCESS_7, tasks);
    }
    if (e->sums) {
        take(c, e, AK_CV_LOGIT_SAME, AK_CV_LOGIT_SAME, tasks);
        take(c, e, AK_CV_LOGIT_OTHER, AK_CV_LOGIT_OTHER, tasks);
        take(c, e, AK_CV_INFO, AK_CV_NCE, tasks);
        take(c, e, AK_CV_JENSEN, AK_CV_JENSEN, tasks);
        take(c, e, AK_CV_LOGIT_K_OTHER, AK_CV_LOGIT_K_OTHER, tasks);
    }
}

static bool prepare(exact *e, int64_t tasks)
{
    const ak_theory_job *job = e->job;
    const int64_t sets = e->classes ? (int64_t)1 << job->classes : 1;
    e->mean = ak_alloc(sizeof *e->mean, job->classes, job->d);
    e->mass = ak_alloc(sizeof *e->mass, job->classes, sets);
    e->clean = ak_alloc(sizeof *e->clean, job->classes, sets);
    e->sum = ak_alloc(sizeof *e->sum, tasks, AK_CV_COUNT);
    const double cells = (double)job->classes * (double)sets * ((double)job->in.negatives + 1);
    const bool table = e->classes && cells <= TABLE;
    if (table) {
        e->upto = ak_alloc(sizeof *e->upto, job->classes * sets, job->in.negatives + 1);
        e->rest = ak_alloc(sizeof *e->rest, job->classes * sets, job->in.negatives + 1);
    }
    e->below = ak_alloc(sizeof *e->below, e->ranks ? job->n + 1 : 1, 1);
    if (!e->mean || !e->mass || !e->clean || !e->sum || !e->below) return false;
    for (int64_t r = 0; r <= job->n && e->ranks; r++)
        e->below[r] = pow((double)(job->n - r) / (double)job->n, (double)job->in.negatives);
    for (int64_t i = 0; i < job->classes * job->d; i++) e->mean[i] = (float)job->mean_b[i];
    if (table && (!e->upto || !e->rest)) return false;
    double *work = ak_alloc(sizeof *work, sets, 3);
    for (int64_t y = 0; y < job->classes && e->classes && work; y++) {
        set_masses(job, y, job->rho[y], e->mass + y * sets);
        set_masses(job, y, 0, e->clean + y * sets);
        if (table) collision_tables(e, y, work);
    }
    free(work);
    if (!work) return false;
    return true;
}

akin_status ak_contrast_exact(const ak_theory_job *job, ak_contrast *c, akin_error *err)
{
    exact e = { .job = job, .plan = &c->plan };
    const int64_t tasks = (job->n + ROWS - 1) / ROWS;
    c->mean[AK_CV_LN_COL1] = c->plan.expected_ln_col1;
    c->mean[AK_CV_HIT] = c->plan.tau_k;
    c->exact[AK_CV_LN_COL1] = c->exact[AK_CV_HIT] = true;
    choose(&e);
    if (!e.anchors) return AKIN_OK;
    bool good = prepare(&e, tasks);
    if (good) ak_parallel_tasks(tasks, own_rows, &e);
    good = good && !atomic_load(&e.failed);
    if (good) take_all(c, &e, tasks);
    free(e.mean);
    free(e.mass);
    free(e.clean);
    free(e.upto);
    free(e.rest);
    free(e.sum);
    free(e.below);
    return good ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the exact measures of bounds");
}
