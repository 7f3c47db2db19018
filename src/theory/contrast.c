/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast.c - the measures that bounds of the contrastive loss compare, in one walk over blocks of
 * sampled anchors, and what their spread over blocks says.
 *
 * Model. As in theory.h: anchors are rows of a, keys are rows of b, a negative is any row of b, drawn with
 * replacement. Up to BLOCKS blocks of BLOCK anchors are drawn, for any number of items. The anchors of a
 * block share their K negatives. They are every (n/BLOCK)-th item of the list sorted by class, from a random
 * place on: each item is as likely as any other, and classes are spread evenly. So blocks are independent,
 * their means have the expectation that is asked for, and Student's t, corrected for skewness (theory.h),
 * gives the interval of any sum of values. Skewness matters where what varies is rare: a few blocks see it.
 *
 * Exact values. What contrast_exact.c sums over all draws takes the place of its sampled average. Where the
 * expectation of a sampled value is known, it is a control: every other value is freed of what it has in
 * common with it (regression over blocks, one degree of freedom each). So a sampled loss and an exact term
 * are compared as a pair. What is done is linear in the values: the difference of two of them is treated as
 * both are.
 *
 * Precision. Similarities are float, everything after is double. Sums of exponentials are kept relative to
 * the greatest exponent so far, so that they cannot overflow.
 *
 * Threads. A block is a task with its own random stream; blocks are summed in order. */
#include "theory/contrast.h"
#include "base/rng.h"
#include "eval/eval.h"
#include "kernels/gemm.h"
#include "linalg/eigen.h"
#include "theory/contrast_parts.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { BLOCKS = 512, LEAST_BLOCKS = 32, BLOCK = 16, CHUNK = 512, PAIRS = 16 };

static const double STEEPEST =
    3; /* no value moves more with one similarity: 2/ln 2 is that of a logistic loss */

const double ak_contrast_margin[AK_CONTRAST_MARGINS] = { 0, 0.25, 0.5, 1, 2, 4, 8, 16 };

typedef struct walk {
    const ak_theory_job *job;
    const ak_contrast *c;
    const float *mean; /* [classes,d] */
    double *out;       /* [blocks, AK_CV_COUNT] means of blocks */
    bool only_blocks;  /* everything else is exact: blocks of positives are all that is drawn */
    atomic_bool failed;
} walk;

/* What a worker needs for one block. */
typedef struct room {
    float *anchor, *keys, *sim, *score; /* [BLOCK,d], [CHUNK,d], [BLOCK,CHUNK], [BLOCK,classes] */
    int64_t row[BLOCK];                 /* items that are anchors */
    int32_t *item;                      /* [CHUNK] */
    int64_t *times;                     /* [classes] negatives of each class, shared by the block */
    double high[BLOCK], sum[BLOCK], other_high[BLOCK], other_sum[BLOCK];
    double above[BLOCK]; /* negatives at least as similar as the class positive */
    bool *here;          /* [classes] */
} room;

static void room_free(room *r)
{
    free(r->anchor);
    free(r->keys);
    free(r->sim);
    free(r->score);
    free(r->item);
    free(r->times);
    free(r->here);
}

static bool room_make(room *r, const ak_theory_job *job)
{
    memset(r, 0, sizeof *r);
    r->anchor = ak_alloc(sizeof(float), BLOCK, job->d);
    r->keys = ak_alloc(sizeof(float), CHUNK, job->d);
    r->sim = ak_alloc(sizeof(float), BLOCK, CHUNK);
    r->score = ak_alloc(sizeof(float), BLOCK, job->classes);
    r->item = ak_alloc(sizeof(int32_t), CHUNK, 1);
    r->times = ak_alloc(sizeof(int64_t), job->classes, 1);
    r->here = ak_alloc(sizeof(bool), job->classes, 1);
    return r->anchor && r->keys && r->sim && r->score && r->item && r->times && r->here;
}

static int32_t any_of(ak_rng *g, const ak_theory_job *job, int64_t c)
{
    return job->member[job->start[c] + ak_rng_below(g, (uint32_t)job->size[c])];
}

/* An item of another class than c: by its place in the list sorted by class. */
static int32_t not_of(ak_rng *g, const ak_theory_job *job, int64_t c)
{
    const int64_t place = ak_rng_below(g, (uint32_t)(job->n - job->size[c]));
    return job->member[place < job->start[c] ? place : place + job->size[c]];
}

/* Sums over the K negatives of a block, streamed. positive: the anchors' class positives. */
static void walk_negatives(walk *w, room *r, const double *positive, ak_rng *g)
{
    const ak_theory_job *job = w->job;
    const double t = job->in.temperature;
    memset(r->times, 0, (size_t)job->classes * sizeof *r->times);
    for (int64_t i = 0; i < BLOCK; i++) {
        r->high[i] = r->other_high[i] = -INFINITY;
        r->sum[i] = r->other_sum[i] = r->above[i] = 0;
    }
    for (int64_t done = 0; done < job->in.negatives; done += CHUNK) {
        const int64_t m = job->in.negatives - done < CHUNK ? job->in.negatives - done : CHUNK;
        for (int64_t j = 0; j < m; j++) {
            r->item[j] = (int32_t)ak_rng_below(g, (uint32_t)job->n);
            r->times[job->cls[r->item[j]]]++;
            memcpy(r->keys + j * job->d, job->b + r->item[j] * job->d, (size_t)job->d * sizeof(float));
        }
        if (!ak_gemm(false, true, BLOCK, m, job->d, r->anchor, job->d, r->keys, job->d, 0, r->sim, CHUNK))
            atomic_store(&w->failed, true);
        for (int64_t i = 0; i < BLOCK; i++)
            for (int64_t j = 0; j < m; j++) {
                const double s = (double)r->sim[i * CHUNK + j] / t;
                ak_add_exp(&r->high[i], &r->sum[i], s);
                r->above[i] += ak_beaten(positive[i], s, t);
                if (job->cls[r->item[j]] != job->cls[r->row[i]])
                    ak_add_exp(&r->other_high[i], &r->other_sum[i], s);
            }
    }
}

static void class_losses(const walk *w, room *r, int64_t i, int64_t y, ak_rng *g, double *v)
{
    const ak_theory_job *job = w->job;
    const double t = job->in.temperature, k = (double)job->in.negatives, rho = job->rho[y];
    const float *score = r->score + i * job->classes;
    const double col = (double)r->times[y];
    bool all = true;
    double high = log1p(col), sum = 1; /* ln(1 + Col + ...) relative to its first part */
    for (int64_t c = 0; c < job->classes; c++) {
        r->here[c] = c == y || r->times[c] > 0;
        all = all && r->here[c];
        if (c != y && r->times[c] > 0)
            ak_add_exp(&high, &sum, log((double)r->times[c]) + ((double)score[c] - (double)score[y]) / t);
    }
    v[AK_CV_SUP] = ak_cross_entropy(score, NULL, job->classes, y, t);
    v[AK_CV_SUB] = all ? v[AK_CV_SUP] : ak_cross_entropy(score, r->here, job->classes, y, t);
    v[AK_CV_SUB_PARTIAL] = all ? 0 : v[AK_CV_SUB];
    v[AK_CV_LN_COL1] = log1p(col);
    v[AK_CV_HIT] = col > 0;
    v[AK_CV_MAX_PART] = fmax(v[AK_CV_SUB], log1p(col));
    v[AK_CV_JENSEN] = high + log(sum);
    /* Given that no negative is of class y: draw those that are of class y again, among the other classes. */
    for (int64_t j = 0; j < r->times[y]; j++) r->here[job->cls[not_of(g, job, y)]] = true;
    const double clean = exp(k * log1p(-rho));
    double worst = -INFINITY;
    all = true;
    for (int64_t c = 0; c < job->classes; c++) {
        if (c != y && r->here[c]) worst = fmax(worst, ((double)score[c] - (double)score[y]) / t);
        all = all && r->here[c];
    }
    v[AK_CV_SUB_CLEAN] = clean * ak_cross_entropy(score, r->here, job->classes, y, t);
    v[AK_CV_CLEAN_PARTIAL] = all ? 0 : v[AK_CV_SUB_CLEAN];
    v[AK_CV_HINGE_CLEAN] = clean * fmax(0, 1 + worst);
    /* One other class: weight rho_c / (1 - tau) each. */
    const double other = 1 / (1 - w->c->plan.tau);
    for (int64_t c = 0; c < job->classes; c++) {
        if (c == y) continue;
        const double margin = ((double)score[y] - (double)score[c]) / t, weight = job->rho[c] * other;
        v[AK_CV_HINGE_MEAN] += weight * ak_hinge(margin);
        v[AK_CV_LOGIT_MEAN] += weight * ak_logistic(margin);
        for (int m = 0; m < AK_CONTRAST_MARGINS; m++)
            v[AK_CV_MARGIN + m] += weight * ak_hinge(margin / (1 + ak_contrast_margin[m]));
    }
}

/* One negative at a time: PAIRS positives by PAIRS negatives of the same class, and of others. */
static void pairs(const walk *w, const double *pos, const double *near, const double *far, const double *at,
                  double rho, double *v)
{
    const double tau = w->c->plan.tau, same = rho / tau / (PAIRS * PAIRS),
                 other = (1 - rho) / (1 - tau) / (PAIRS * PAIRS), unit = 1 / 0.693147180559945309417;
    for (int p = 0; p < PAIRS; p++)
        for (int q = 0; q < PAIRS; q++) {
            /* a positive and a negative of one class may change places: take both orders, half the variance
             * and less; ell(-x) = ell(x) + x / ln 2 */
            const double x = pos[p] - near[q];
            v[AK_CV_HINGE_SAME] += same * 0.5 * (ak_hinge(x) + ak_hinge(-x));
            v[AK_CV_LOGIT_SAME] += same * (ak_logistic(x) + 0.5 * unit * x);
            v[AK_CV_HINGE_OTHER] += other * ak_hinge(pos[p] - far[q]);
            v[AK_CV_LOGIT_OTHER] += other * ak_logistic(pos[p] - far[q]);
            const double z = far[q] - pos[p] - at[q];
            for (int m = 0; m < AK_CONTRAST_MARGINS && z > ak_contrast_margin[m]; m++)
                v[AK_CV_EXCESS + m] += other * (z - ak_contrast_margin[m]);
        }
}

/* What an anchor is compared with besides its K negatives: PAIRS positives, and blocks of them. */
static void triples(const walk *w, const room *r, int64_t i, int64_t row, ak_rng *g, double *v)
{
    const ak_theory_job *job = w->job;
    const int64_t y = job->cls[row], d = job->d;
    const double t = job->in.temperature, tau = w->c->plan.tau, rho = job->rho[y];
    const float *score = r->score + i * job->classes, *x = job->a + row * d;
    double pos[PAIRS], near[PAIRS], far[PAIRS], at[PAIRS];
    for (int p = 0; p < PAIRS; p++) {
        pos[p] = ak_float_dot(x, job->b + any_of(g, job, y) * d, d) / t;
        near[p] = ak_float_dot(x, job->b + any_of(g, job, y) * d, d) / t;
        const int32_t item = not_of(g, job, y);
        far[p] = ak_float_dot(x, job->b + item * d, d) / t;
        at[p] = ((double)score[job->cls[item]] - (double)score[y]) / t;
    }
    if (!(w->c->exact[AK_CV_HINGE_SAME] && w->c->exact[AK_CV_LOGIT_SAME]))
        pairs(w, pos, near, far, at, rho, v);
    /* Blocks: half of them against the own class, half against one other. */
    for (int p = 0; p < PAIRS; p += AK_CONTRAST_BLOCK) {
        const bool collides = p < PAIRS / 2;
        const int64_t c = collides ? y : job->cls[not_of(g, job, y)];
        const double share = 2.0 * AK_CONTRAST_BLOCK / PAIRS;
        const double weight = share * (collides ? rho / tau : (1 - rho) / (1 - tau));
        double block = 0;
        for (int q = 0; q < AK_CONTRAST_BLOCK; q++)
            block +=
                (pos[p + q] - ak_float_dot(x, job->b + any_of(g, job, c) * d, d) / t) / AK_CONTRAST_BLOCK;
        if (collides) {
            v[AK_CV_HINGE_BLOCK_SAME] += weight * 0.5 * (ak_hinge(block) + ak_hinge(-block));
            v[AK_CV_LOGIT_BLOCK_SAME] += weight * 0.5 * (ak_logistic(block) + ak_logistic(-block));
        } else {
            v[AK_CV_HINGE_BLOCK] += weight * ak_hinge(block);
            v[AK_CV_LOGIT_BLOCK] += weight * ak_logistic(block);
        }
    }
}

static void one_anchor(const walk *w, room *r, int64_t i, int64_t row, double positive, ak_rng *g, double *v)
{
    const ak_theory_job *job = w->job;
    const int64_t d = job->d, y = job->cls[row];
    const double t = job->in.temperature, lse = r->high[i] + log(r->sum[i]);
    const double own = ak_float_dot(job->a + row * d, job->b + row * d, d) / t;
    const double up = lse - own, up_class = lse - positive;
    v[AK_CV_INFO] = ak_log_1p_exp(up);
    v[AK_CV_INFO_CLASS] = ak_log_1p_exp(up_class);
    v[AK_CV_NCE] = up;
    v[AK_CV_HINGE_K] = fmax(0, 1 + r->high[i] - positive);
    v[AK_CV_ZERO_ONE] = r->above[i] / (double)job->in.negatives;
    if (r->other_sum[i] > 0) {
        v[AK_CV_HAS_OTHER] = 1;
        v[AK_CV_HINGE_K_OTHER] = fmax(0, 1 + r->other_high[i] - positive);
        v[AK_CV_LOGIT_K_OTHER] = ak_logistic(positive - r->other_high[i] - log(r->other_sum[i]));
    }
    v[AK_CV_GAP] = fmin(0, (double)r->score[i * job->classes + y] / t - own);
    double spread = 0;
    for (int64_t j = 0; j < d; j++) {
        const double x = (double)job->b[row * d + j] - job->mean_b[y * d + j];
        spread += x * x;
    }
    v[AK_CV_SPREAD] = sqrt(spread);
    v[AK_CV_SPREAD2] = spread;
    class_losses(w, r, i, y, g, v);
    triples(w, r, i, row, g, v);
}

/* The anchors of a block: every (n/BLOCK)-th item of the list sorted by class. */
static void choose_anchors(const ak_theory_job *job, room *r, ak_rng *g)
{
    const double from = ak_rng_double(g), step = (double)job->n / BLOCK;
    for (int64_t i = 0; i < BLOCK; i++) {
        const int64_t place = (int64_t)((from + (double)i) * step);
        r->row[i] = job->member[place < job->n ? place : job->n - 1];
        memcpy(r->anchor + i * job->d, job->a + r->row[i] * job->d, (size_t)job->d * sizeof(float));
    }
}

static void one_block(int64_t block, int worker, void *ctx)
{
    (void)worker;
    walk *w = ctx;
    const ak_theory_job *job = w->job;
    room r;
    if (!room_make(&r, job)) {
        atomic_store(&w->failed, true);
        room_free(&r);
        return;
    }
    ak_rng g = ak_rng_at(job->in.seed, AK_RNG_SAMPLE, AK_SAMPLE_CONTRAST, (uint64_t)block, 0);
    choose_anchors(job, &r, &g);
    double positive[BLOCK], *out = w->out + block * AK_CV_COUNT;
    for (int64_t i = 0; i < BLOCK; i++)
        positive[i] = ak_float_dot(r.anchor + i * job->d,
                                   job->b + any_of(&g, job, job->cls[r.row[i]]) * job->d, job->d) /
                      job->in.temperature;
    if (!w->only_blocks) walk_negatives(w, &r, positive, &g);
    if (!ak_gemm(false, true, BLOCK, job->classes, job->d, r.anchor, job->d, w->mean, job->d, 0, r.score,
                 job->classes))
        atomic_store(&w->failed, true);
    for (int64_t i = 0; i < BLOCK; i++) {
        double v[AK_CV_COUNT] = { 0 };
        if (w->only_blocks)
            triples(w, &r, i, r.row[i], &g, v);
        else
            one_anchor(w, &r, i, r.row[i], positive[i], &g, v);
        for (int j = 0; j < AK_CV_COUNT; j++) out[j] += v[j] / BLOCK;
    }
    room_free(&r);
}

/* s(f) = sum over classes of rho^2/tau sqrt(largest eigenvalue of Cov) E |f|, features scaled by t^{-1/2}. */
typedef struct spread {
    const ak_theory_job *job;
    double *largest; /* [classes] eigenvalues */
    atomic_bool failed;
} spread;

typedef struct one_spread {
    const ak_theory_job *job;
    int64_t c;
} one_spread;

/* y = Cov x, of class c. */
static void apply_covariance(const double *x, double *y, void *ctx)
{
    const one_spread *o = ctx;
    const ak_theory_job *job = o->job;
    const int64_t d = job->d;
    const double *mean = job->mean_b + o->c * d;
    double along_mean = 0;
    for (int64_t j = 0; j < d; j++) {
        along_mean += x[j] * mean[j];
        y[j] = 0;
    }
    for (int64_t i = job->start[o->c]; i < job->start[o->c + 1]; i++) {
        const float *row = job->b + job->member[i] * d;
        double along = -along_mean;
        for (int64_t j = 0; j < d; j++) along += x[j] * (double)row[j];
        for (int64_t j = 0; j < d; j++) y[j] += along * ((double)row[j] - mean[j]);
    }
    for (int64_t j = 0; j < d; j++) y[j] /= (double)job->size[o->c];
}

static void one_class(int64_t c, int worker, void *ctx)
{
    (void)worker;
    spread *s = ctx;
    one_spread one = { s->job, c };
    if (ak_largest_eigenvalue(apply_covariance, &one, s->job->d, &s->largest[c], NULL))
        atomic_store(&s->failed, true);
}

static akin_status intraclass_deviation(const ak_theory_job *job, const akin_theory_plan *plan, double *out,
                                        akin_error *err)
{
    spread s = { job, ak_alloc(sizeof(double), job->classes, 1), false };
    if (s.largest) ak_parallel_tasks(job->classes, one_class, &s);
    const bool failed = !s.largest || atomic_load(&s.failed);
    double sum = 0;
    for (int64_t c = 0; c < job->classes && !failed; c++)
        sum += job->rho[c] * job->rho[c] / plan->tau * sqrt(s.largest[c]) / job->in.temperature;
    free(s.largest);
    *out = sum;
    return failed ? ak_fail(err, AKIN_ERR_NOMEM, "no memory for the spread within classes") : AKIN_OK;
}

/* What similarities over t differ by at most: s = a.b is near that of the means, as near as rows are. False:
 * no memory. */
static bool range_of(const ak_theory_job *job, double *range)
{
    double *mean = ak_alloc(sizeof *mean, 2, job->d), most[4] = { 0 };
    if (!mean) return false;
    for (int64_t c = 0; c < job->classes; c++)
        for (int64_t j = 0; j < job->d; j++) {
            mean[j] += job->rho[c] * job->mean_a[c * job->d + j];
            mean[job->d + j] += job->rho[c] * job->mean_b[c * job->d + j];
        }
    for (int64_t i = 0; i < job->n; i++) {
        double along[2] = { 0 }, away[2] = { 0 };
        for (int64_t j = 0; j < job->d; j++) {
            const double a = (double)job->a[i * job->d + j] - mean[j],
                         b = (double)job->b[i * job->d + j] - mean[job->d + j];
            along[0] += a * mean[job->d + j];
            along[1] += b * mean[j];
            away[0] += a * a;
            away[1] += b * b;
        }
        for (int v = 0; v < 2; v++) {
            most[v] = fmax(most[v], fabs(along[v]));
            most[2 + v] = fmax(most[2 + v], sqrt(away[v]));
        }
    }
    free(mean);
    *range = fmin(1, most[0] + most[1] + most[2] * most[3]) * 2 / job->in.temperature;
    return true;
}

/* Spread over blocks ------------------------------------------------------------------------------------- */

static double mean_of(const ak_contrast *c, int j)
{
    double sum = 0;
    for (int64_t b = 0; b < c->blocks; b++) sum += c->block[b * AK_CV_COUNT + j];
    return sum / (double)c->blocks;
}

/* Free every value of what it has in common with value z, whose expectation is known. False: z does not vary
 * any more, or so little that it would be told from its expectation by the rounding of similarities. */
static bool control(ak_contrast *c, int z, double known, double varied)
{
    double zz = 0, zy[AK_CV_COUNT] = { 0 };
    const double mean = mean_of(c, z);
    for (int64_t b = 0; b < c->blocks; b++) {
        const double *x = c->block + b * AK_CV_COUNT, away = x[z] - mean;
        zz += away * away;
        for (int j = 0; j < AK_CV_COUNT; j++) zy[j] += away * x[j];
    }
    if (!(zz > 1e-6 * varied && zz > 1e-8 * (double)c->blocks)) return false;
    for (int64_t b = 0; b < c->blocks; b++) {
        double *x = c->block + b * AK_CV_COUNT;
        const double away = x[z] - known;
        for (int j = 0; j < AK_CV_COUNT; j++) x[j] -= zy[j] / zz * away;
    }
    return true;
}

static void use_controls(ak_contrast *c)
{
    static const int CONTROL[] = { AK_CV_LN_COL1, AK_CV_HIT, AK_CV_SUP, AK_CV_GAP, AK_CV_SUB };
    enum { CONTROLS = sizeof CONTROL / sizeof *CONTROL };
    double varied[CONTROLS] = { 0 };
    for (int i = 0; i < CONTROLS; i++) {
        const double mean = mean_of(c, CONTROL[i]);
        for (int64_t b = 0; b < c->blocks; b++)
            varied[i] += pow(c->block[b * AK_CV_COUNT + CONTROL[i]] - mean, 2);
    }
    for (int i = 0; i < CONTROLS; i++)
        if (c->exact[CONTROL[i]]) c->df -= control(c, CONTROL[i], c->mean[CONTROL[i]], varied[i]);
}

/* The mean of a sum of values. Its error is 0 where all of them are exact. */
static ak_estimate spread_of(const ak_contrast *c, const ak_sum *s)
{
    ak_estimate out = { .mean = s->constant };
    double sum = 0, square = 0, cube = 0, size = fabs(s->constant), drawn = 0;
    bool sampled = false;
    for (int j = 0; j < AK_CV_COUNT; j++) {
        if (s->factor[j] == 0) continue;
        out.mean += s->factor[j] * c->mean[j];
        size += fabs(s->factor[j] * c->mean[j]);
        sampled = sampled || !c->exact[j];
        drawn += c->exact[j] ? 0 : fabs(s->factor[j]);
    }
    if (fabs(out.mean) < 1e-14 * size) out.mean = 0; /* terms that cancel but for rounding */
    if (!sampled) return out;
    for (int64_t b = 0; b < c->blocks; b++) {
        double x = 0;
        for (int j = 0; j < AK_CV_COUNT; j++)
            if (!c->exact[j]) x += s->factor[j] * (c->block[b * AK_CV_COUNT + j] - c->mean[j]);
        sum += x;
        square += x * x;
        cube += x * x * x;
    }
    /* blocks are taken from their means, so sum is rounding */
    const double n = (double)c->blocks, variance = fmax(square - sum * sum / n, 0) / (double)c->df;
    out.error = sqrt(variance / n);
    if (out.error < 1e-13 * (1 + fabs(out.mean))) { /* rounding of what is the same in every block */
        out.error = 0;
        out.unseen = drawn * STEEPEST * c->range / n;
    } else
        out.skew = cube / n / (variance * sqrt(variance)) / sqrt(n);
    return out;
}

static bool varies(const ak_estimate *x) { return x->error > 0 || x->unseen > 0; }

double ak_contrast_mean(const ak_contrast *c, const ak_sum *s) { return spread_of(c, s).mean; }

static ak_reach interval_of(const ak_contrast *c, const ak_estimate *x, double slack)
{
    const ak_reach near = ak_reach_of(x, c->df, 0.025);
    return (ak_reach){ near.below + slack, near.above + slack };
}

void ak_contrast_judge(akin_bound_row *row, const ak_contrast *c, const ak_sum *value, const ak_sum *measured,
                       double reference)
{
    ak_sum between = *measured;
    const ak_estimate bound = spread_of(c, value), other = spread_of(c, measured);
    double largest = 1;
    between.constant -= value->constant;
    for (int j = 0; j < AK_CV_COUNT; j++) {
        between.factor[j] -= value->factor[j];
        largest = fmax(largest, fabs(value->factor[j]));
    }
    const double rounding =
        largest > 2 ? 2e-6 * largest : 0; /* of similarities, which a great factor shows */
    const ak_bound_sides x = {
        .value = bound.mean,
        .measured = other.mean,
        .rounding = rounding,
        .value_reach = interval_of(c, &bound, value->slack + rounding),
        .measured_reach = interval_of(c, &other, measured->slack),
        .difference = spread_of(c, &between),
        .blocks = varies(&bound) || varies(&other) ? c->blocks : 0,
        .df = c->df,
        .slack = value->slack + measured->slack,
    };
    ak_bound_judge(row, &x, reference);
}

void ak_contrast_show(akin_bound_row *row, const ak_contrast *c, const ak_sum *measured)
{
    const ak_estimate x = spread_of(c, measured);
    const ak_reach near = interval_of(c, &x, measured->slack);
    ak_bound_set(row, NAN, NAN, x.mean, 0, NAN);
    row->measured_interval[0] = x.mean - near.below;
    row->measured_interval[1] = x.mean + near.above;
    if (varies(&x)) row->blocks = c->blocks;
}

/* Everything --------------------------------------------------------------------------------------------- */

static void summarize(ak_contrast *c)
{
    use_controls(c);
    for (int j = 0; j < AK_CV_COUNT; j++) {
        ak_sum one = { .factor = { 0 } };
        one.factor[j] = 1;
        if (!c->exact[j]) c->mean[j] = mean_of(c, j);
        const ak_estimate x = spread_of(c, &one);
        const ak_reach near = ak_reach_of(&x, c->df, 0.025);
        c->half[j] = fmax(near.below, near.above);
    }
}

static akin_status measure(ak_theory_job *job, ak_contrast *c, akin_error *err)
{
    walk w = { .job = job, .c = c, .out = c->block };
    AK_TRY(intraclass_deviation(job, &c->plan, &c->deviation, err));
    AK_TRY(ak_contrast_exact(job, c, err));
    w.only_blocks = true;
    for (int j = 0; j < AK_CV_COUNT; j++)
        w.only_blocks =
            w.only_blocks && (c->exact[j] || (j >= AK_CV_HINGE_BLOCK_SAME && j <= AK_CV_LOGIT_BLOCK));
    float *mean = ak_alloc(sizeof(float), job->classes, job->d);
    if (mean && range_of(job, &c->range)) {
        for (int64_t i = 0; i < job->classes * job->d; i++) mean[i] = (float)job->mean_b[i];
        w.mean = mean;
        ak_parallel_tasks(c->blocks, one_block, &w);
        summarize(c);
    } else
        atomic_store(&w.failed, true);
    const bool failed = atomic_load(&w.failed);
    free(mean);
    return failed ? ak_fail(err, AKIN_ERR_NOMEM, "no memory to measure %lld negatives",
                            (long long)job->in.negatives)
                  : AKIN_OK;
}

akin_status ak_contrast_of(ak_theory_job *job, const ak_contrast **out, akin_error *err)
{
    if (!job->shared) {
        const double affordable = 4e10 / ((double)job->in.negatives * (double)job->d * BLOCK);
        const int64_t blocks = affordable < LEAST_BLOCKS ? LEAST_BLOCKS
                               : affordable > BLOCKS     ? BLOCKS
                                                         : (int64_t)affordable;
        ak_contrast *c = calloc(1, sizeof *c + (size_t)blocks * AK_CV_COUNT * sizeof *c->block);
        if (!c) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the measures of bounds");
        c->blocks = blocks;
        c->df = blocks - 1;
        c->plan = (akin_theory_plan)AKIN_THEORY_PLAN_INIT;
        akin_status status =
            akin_theory_plan_compute(&job->prior, job->in.negatives, job->in.temperature, &c->plan, err);
        if (!status) status = measure(job, c, err);
        if (status) {
            free(c);
            return status;
        }
        job->shared = c;
    }
    *out = job->shared;
    return AKIN_OK;
}
