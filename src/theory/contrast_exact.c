/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast_exact.c - the values of contrast.h that are sums over all that can be drawn.
 *
 *   collisions  E ln(Col+1) and tau_K follow from the labels alone (plan.c)
 *   anchors     what depends on the anchor and the class means only: a sum over the n anchors
 *   classes     what depends on which classes the negatives have: a sum over the 2^C sets of up to CLASSES
 *               classes, each with its probability, by inclusion and exclusion over one class at a time; and
 *               over the number of collisions beside it
 *   ranks       the greatest of K negatives and a positive, and the share above it: from the sorted
 *               similarities, P(the greatest is at most the r-th of n) = (r/n)^K
 *   triples     one positive and one negative: a sum over all of them
 *   tuples      K negatives: a sum over all multisets of K items, each with its multinomial probability
 *
 * Each is taken where it costs less than about the sample, and else left to the sample (exact[] stays
 * false).
 *
 * Threads. Anchors are split into tasks; sums of tasks are added in order. */
#include "kernels/gemm.h"
#include "theory/contrast.h"
#include "theory/contrast_parts.h"
#include "theory/numbers.h"

#include <stdatomic.h>
#include <string.h>

enum { CLASSES = 10, ROWS = 64, TUPLE_CHOICES = 4096 };
static const double WORK = 5e6, ANCHOR_WORK = 4e7, TABLE = 3e6, RANK_WORK = 5e8,
                    MOST_RANGE = 600; /* of 2/t: exp() stays finite */

typedef struct exact {
    const ak_theory_job *job;
    const akin_theory_plan *plan;
    bool anchors, classes, ranks, triples, tuples;
    float *mean; /* [classes,d] */
    double *mass,
        *clean;          /* [classes, 2^classes] P(the other classes there are this set), with no collision */
    double *upto, *rest; /* [classes, 2^classes, K+1] mass with Col <= j; E ln(Col+1) with Col > j */
    double *log_factorial; /* [K+1] */
    double *sum;           /* [tasks, AK_CV_COUNT] */
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

/* P(of `draws` negatives, those not of class y are of exactly these classes) for each set without y; own:
 * the probability of class y, or 0 for none of it. All probabilities of classes are over `total`. */
static void set_masses(const ak_theory_job *job, int64_t y, double own, double total, double draws,
                       double *mass)
{
    const int64_t sets = (int64_t)1 << job->classes;
    for (int64_t s = 0; s < sets; s++) {
        double rho = own;
        for (int64_t c = 0; c < job->classes; c++)
            if (c != y && s >> c & 1) rho += job->rho[c];
        mass[s] = s >> y & 1 ? 0 : pow(rho / total, draws);
    }
    for (int64_t c = 0; c < job->classes; c++)
        for (int64_t s = 0; s < sets; s++)
            if (c != y && s >> c & 1) mass[s] -= mass[s & ~((int64_t)1 << c)];
    for (int64_t s = 0; s < sets; s++) mass[s] = s >> y & 1 ? 0 : fmax(mass[s], 0);
}

/* The tables upto and rest of class y, from P(Col = j) and the classes of the K - j others. */
static void collision_tables(exact *e, int64_t y, double *mass)
{
    const ak_theory_job *job = e->job;
    const int64_t k = job->in.negatives, sets = (int64_t)1 << job->classes;
    const double own = job->rho[y];
    double *upto = e->upto + y * sets * (k + 1), *rest = e->rest + y * sets * (k + 1);
    for (int64_t j = 0; j <= k; j++) {
        const double ways = exp(ak_log_binomial((double)j, (double)k, own, 1 - own));
        set_masses(job, y, 0, 1 - own, (double)(k - j), mass);
        for (int64_t s = 0; s < sets; s++)
            upto[s * (k + 1) + j] = (j ? upto[s * (k + 1) + j - 1] : 0) + ways * mass[s];
    }
    for (int64_t s = 0; s < sets; s++)
        for (int64_t j = k - 1; j >= 0; j--)
            rest[s * (k + 1) + j] =
                rest[s * (k + 1) + j + 1] +
                (upto[s * (k + 1) + j + 1] - upto[s * (k + 1) + j]) * log1p((double)j + 1);
}

/* Ranks -------------------------------------------------------------------------------------------------- */

/* A key: its similarity, and with probability mass it is the greatest of the K negatives (of other
 * classes). beyond, along: sums of mass and of mass times s over it and those behind it. */
typedef struct ranked {
    double s, beyond, along;
    bool other;
} ranked;

static int by_similarity(const void *a, const void *b)
{
    return ak_compare_double(&((const ranked *)a)->s, &((const ranked *)b)->s);
}

/* The first of n sorted keys with a similarity of at least s (above it: more). */
static int64_t first_from(const ranked *key, int64_t n, double s)
{
    int64_t low = 0, high = n;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (key[middle].s < s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* E max(0, 1 + the greatest - positive), over positives of the class; only: negatives of other classes. */
static double greatest_hinge(const exact *e, int64_t y, const double *sim, ranked *key, bool only)
{
    const ak_theory_job *job = e->job;
    const double n = (double)job->n, k = (double)job->in.negatives;
    double above = 0, beyond = 0, along = 0, sum = 0; /* above: keys that are greater */
    for (int64_t r = job->n - 1; r >= 0; r--) {
        if (!only || key[r].other) {
            const double mass = pow((n - above) / n, k) - pow((n - above - 1) / n, k);
            above++;
            beyond += mass;
            along += mass * key[r].s;
        }
        key[r].beyond = beyond;
        key[r].along = along;
    }
    for (int64_t p = job->start[y]; p < job->start[y + 1]; p++) {
        const double pos = sim[job->member[p]];
        const int64_t from = first_from(key, job->n, pos - 1);
        if (from < job->n) sum += key[from].beyond * (1 - pos) + key[from].along;
    }
    return sum / (double)job->size[y];
}

static bool rank_values(const exact *e, int64_t row, const double *sim, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t y = job->cls[row];
    const double t = job->in.temperature;
    ranked *key = ak_alloc(sizeof *key, job->n, 1);
    if (!key) return false;
    for (int64_t k = 0; k < job->n; k++) {
        key[k].s = sim[k];
        key[k].other = job->cls[k] != y;
    }
    qsort(key, (size_t)job->n, sizeof *key, by_similarity);
    v[AK_CV_HINGE_K] += greatest_hinge(e, y, sim, key, false);
    v[AK_CV_HINGE_K_OTHER] += greatest_hinge(e, y, sim, key, true);
    for (int64_t p = job->start[y]; p < job->start[y + 1]; p++) {
        const double least = sim[job->member[p]] - ak_tie(t);
        v[AK_CV_ZERO_ONE] +=
            (double)(job->n - first_from(key, job->n, least)) / ((double)job->size[y] * (double)job->n);
    }
    free(key);
    return true;
}

/* Triples ------------------------------------------------------------------------------------------------ */

/* sim: <a, key>/t of all keys, in double. */
static void triple_values(const exact *e, int64_t row, const double *sim, const float *score, double *v)
{
    const ak_theory_job *job = e->job;
    const int64_t y = job->cls[row], first = job->start[y], size = job->size[y];
    const double t = job->in.temperature, tau = e->plan->tau, rho = job->rho[y];
    const double same = rho / tau / ((double)size * (double)size),
                 other = (1 - rho) / (1 - tau) / ((double)size * (double)(job->n - size));
    for (int64_t p = first; p < first + size; p++) {
        const double pos = sim[job->member[p]];
        for (int64_t k = 0; k < job->n; k++) {
            const double margin = pos - sim[k];
            if (job->cls[k] == y) {
                v[AK_CV_HINGE_SAME] += same * ak_hinge(margin);
                v[AK_CV_LOGIT_SAME] += same * ak_logistic(margin);
                continue;
            }
            v[AK_CV_HINGE_OTHER] += other * ak_hinge(margin);
            v[AK_CV_LOGIT_OTHER] += other * ak_logistic(margin);
            const double z = -margin - ((double)score[job->cls[k]] - (double)score[y]) / t;
            for (int m = 0; m < AK_CONTRAST_MARGINS && z > ak_contrast_margin[m]; m++)
                v[AK_CV_EXCESS + m] += other * (z - ak_contrast_margin[m]);
        }
    }
}

/* Tuples ------------------------------------------------------------------------------------------------- */

/* A multiset of negatives, so far. */
typedef struct tuple {
    double log_orders;     /* - ln of the product of the factorials of its counts */
    double sum, other_sum; /* of e^{s - top} */
} tuple;

typedef struct walker {
    const exact *e;
    const double *sim, *power; /* [n] s and e^{s - top} */
    const float *score;
    int64_t y;
    double own, top;
    int64_t *times; /* [classes] */
    bool *here;     /* [classes] */
    double *v;
} walker;

static void positive_values(const walker *w, double mass, double lse, const tuple *x)
{
    const ak_theory_job *job = w->e->job;
    const double share = mass / (double)job->size[w->y], other = w->top + log(x->other_sum);
    for (int64_t p = job->start[w->y]; p < job->start[w->y + 1]; p++) {
        const double pos = w->sim[job->member[p]];
        w->v[AK_CV_INFO_CLASS] += share * ak_log_1p_exp(lse - pos);
        if (x->other_sum > 0) w->v[AK_CV_LOGIT_K_OTHER] += share * ak_logistic(pos - other);
    }
}

static void whole_tuple(walker *w, const tuple *x)
{
    const ak_theory_job *job = w->e->job;
    const double t = job->in.temperature, lse = w->top + log(x->sum), col = (double)w->times[w->y];
    const double mass = exp(x->log_orders + w->e->log_factorial[job->in.negatives] -
                            (double)job->in.negatives * log((double)job->n));
    double sum = 1 + col, worst = -INFINITY;
    bool all = true;
    for (int64_t c = 0; c < job->classes; c++) {
        w->here[c] = c == w->y || w->times[c] > 0;
        all = all && w->here[c];
        if (c == w->y || !w->here[c]) continue;
        const double s = ((double)w->score[c] - (double)w->score[w->y]) / t;
        sum += (double)w->times[c] * exp(s);
        worst = fmax(worst, s);
    }
    const double sub = ak_cross_entropy(w->score, w->here, job->classes, w->y, t);
    w->v[AK_CV_INFO] += mass * ak_log_1p_exp(lse - w->own);
    w->v[AK_CV_NCE] += mass * (lse - w->own);
    w->v[AK_CV_JENSEN] += mass * log(sum);
    if (!w->e->upto) w->v[AK_CV_MAX_PART] += mass * fmax(sub, log1p(col));
    if (!w->e->classes) {
        w->v[AK_CV_SUB] += mass * sub;
        w->v[AK_CV_SUB_PARTIAL] += all ? 0 : mass * sub;
        w->v[AK_CV_SUB_CLEAN] += col > 0 ? 0 : mass * sub;
        w->v[AK_CV_CLEAN_PARTIAL] += col > 0 || all ? 0 : mass * sub;
        w->v[AK_CV_HINGE_CLEAN] += col > 0 ? 0 : mass * fmax(0, 1 + worst);
    }
    positive_values(w, mass, lse, x);
}

/* All multisets that go on from here with items from `from` on. At most K deep. */
static void extend(walker *w, int64_t from, int64_t left, tuple x)
{
    const ak_theory_job *job = w->e->job;
    if (left == 0) {
        whole_tuple(w, &x);
        return;
    }
    for (int64_t k = from; k < job->n; k++) {
        tuple more = x;
        const int64_t c = job->cls[k];
        for (int64_t m = 1; m <= left; m++) {
            w->times[c]++;
            more.log_orders -= log((double)m);
            more.sum += w->power[k];
            if (c != w->y) more.other_sum += w->power[k];
            if (m == left || k + 1 < job->n) extend(w, k + 1, left - m, more);
        }
        w->times[c] -= left;
    }
}

static bool tuple_values(const exact *e, int64_t row, const double *sim, const float *score, double *v)
{
    const ak_theory_job *job = e->job;
    double *power = ak_alloc(sizeof *power, job->n, 1);
    walker w = {
        .e = e, .sim = sim, .power = power, .score = score, .y = job->cls[row], .own = sim[row], .v = v
    };
    w.times = ak_alloc(sizeof *w.times, job->classes, 1);
    w.here = ak_alloc(sizeof *w.here, job->classes, 1);
    const bool good = power && w.times && w.here;
    if (good) {
        w.top = -INFINITY;
        for (int64_t k = 0; k < job->n; k++) w.top = fmax(w.top, sim[k]);
        for (int64_t k = 0; k < job->n; k++) power[k] = exp(sim[k] - w.top);
        extend(&w, 0, job->in.negatives, (tuple){ .sum = 0 });
    }
    free(power);
    free(w.times);
    free(w.here);
    return good;
}

/* Everything --------------------------------------------------------------------------------------------- */

static void own_rows(int64_t task, int worker, void *ctx)
{
    (void)worker;
    exact *e = ctx;
    const ak_theory_job *job = e->job;
    const int64_t first = task * ROWS, rows = job->n - first < ROWS ? job->n - first : ROWS, d = job->d;
    double *v = e->sum + task * AK_CV_COUNT, *sim = ak_alloc(sizeof *sim, job->n, 1);
    float *score = ak_alloc(sizeof *score, rows, job->classes);
    bool good = sim && score &&
                ak_gemm(false, true, rows, job->classes, d, job->a + first * d, d, e->mean, d, 0, score,
                        job->classes);
    for (int64_t i = 0; i < rows && good; i++) {
        const int64_t row = first + i;
        const float *own = score + i * job->classes;
        anchor_values(e, row, own, v);
        if (e->classes) class_values(e, row, own, v);
        if (!e->ranks) continue;
        for (int64_t k = 0; k < job->n; k++)
            sim[k] = ak_float_dot(job->a + row * d, job->b + k * d, d) / job->in.temperature;
        good = rank_values(e, row, sim, v);
        if (e->triples) triple_values(e, row, sim, own, v);
        if (e->tuples && good) good = tuple_values(e, row, sim, own, v);
    }
    free(sim);
    free(score);
    if (!good) atomic_store(&e->failed, true);
}

/* What is worth it. */
static void choose(exact *e)
{
    const ak_theory_job *job = e->job;
    const double n = (double)job->n, c = (double)job->classes, k = (double)job->in.negatives;
    int64_t largest = 0;
    for (int64_t i = 0; i < job->classes; i++) largest = job->size[i] > largest ? job->size[i] : largest;
    const double positives = (double)largest, range = 2 / job->in.temperature;
    double multisets = 1;
    for (double i = 1; i <= k && multisets <= WORK; i++) multisets *= (n - 1 + i) / i;
    e->anchors = n * c <= ANCHOR_WORK && n * c * (double)job->d <= 4e10;
    if (!e->anchors) return;
    e->classes = job->classes <= CLASSES && range < MOST_RANGE && n * ldexp(1, (int)job->classes) <= WORK;
    e->ranks = n * n <= WORK && n * n * (double)job->d <= RANK_WORK;
    if (!e->ranks) return;
    e->triples = n * positives * n <= WORK;
    e->tuples = k <= TUPLE_CHOICES && range < MOST_RANGE && n * multisets * (positives + c + 4) <= WORK;
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
    if (e->classes || e->tuples) {
        take(c, e, AK_CV_SUB, AK_CV_CLEAN_PARTIAL, tasks);
        take(c, e, AK_CV_HINGE_CLEAN, AK_CV_HINGE_CLEAN, tasks);
    }
    if (e->upto || e->tuples) take(c, e, AK_CV_MAX_PART, AK_CV_MAX_PART, tasks);
    if (e->ranks) {
        take(c, e, AK_CV_HINGE_K, AK_CV_HINGE_K_OTHER, tasks);
        take(c, e, AK_CV_ZERO_ONE, AK_CV_ZERO_ONE, tasks);
    }
    if (e->triples) {
        take(c, e, AK_CV_HINGE_SAME, AK_CV_LOGIT_OTHER, tasks);
        take(c, e, AK_CV_EXCESS, AK_CV_EXCESS_7, tasks);
    }
    if (e->tuples) {
        take(c, e, AK_CV_INFO, AK_CV_NCE, tasks);
        take(c, e, AK_CV_JENSEN, AK_CV_JENSEN, tasks);
        take(c, e, AK_CV_LOGIT_K_OTHER, AK_CV_LOGIT_K_OTHER, tasks);
    }
}

static bool prepare(exact *e, int64_t tasks)
{
    const ak_theory_job *job = e->job;
    const int64_t sets = e->classes ? (int64_t)1 << job->classes : 1, k = e->tuples ? job->in.negatives : 0;
    e->mean = ak_alloc(sizeof *e->mean, job->classes, job->d);
    e->mass = ak_alloc(sizeof *e->mass, job->classes, sets);
    e->clean = ak_alloc(sizeof *e->clean, job->classes, sets);
    e->log_factorial = ak_alloc(sizeof *e->log_factorial, k + 1, 1);
    e->sum = ak_alloc(sizeof *e->sum, tasks, AK_CV_COUNT);
    const double cells = (double)job->classes * (double)sets * ((double)job->in.negatives + 1);
    const bool table = e->classes && cells <= TABLE;
    if (table) {
        e->upto = ak_alloc(sizeof *e->upto, job->classes * sets, job->in.negatives + 1);
        e->rest = ak_alloc(sizeof *e->rest, job->classes * sets, job->in.negatives + 1);
    }
    if (!e->mean || !e->mass || !e->clean || !e->log_factorial || !e->sum) return false;
    for (int64_t i = 0; i < job->classes * job->d; i++) e->mean[i] = (float)job->mean_b[i];
    if (table && (!e->upto || !e->rest)) return false;
    double *work = ak_alloc(sizeof *work, sets, 1);
    for (int64_t y = 0; y < job->classes && e->classes && work; y++) {
        set_masses(job, y, job->rho[y], 1, (double)job->in.negatives, e->mass + y * sets);
        set_masses(job, y, 0, 1, (double)job->in.negatives, e->clean + y * sets);
        if (table) collision_tables(e, y, work);
    }
    free(work);
    if (!work) return false;
    for (int64_t m = 1; m <= k; m++) e->log_factorial[m] = e->log_factorial[m - 1] + log((double)m);
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
    free(e.log_factorial);
    free(e.sum);
    return good ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the exact measures of bounds");
}
