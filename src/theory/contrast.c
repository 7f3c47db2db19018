/* SPDX-License-Identifier: Apache-2.0 */
/* theory/contrast.c - the measures that bounds of the contrastive loss compare, in one walk over sampled
 * anchors.
 *
 * Model. As in theory.h: anchors are rows of a, keys are rows of b, a negative is any row of b, drawn with
 * replacement. At most ANCHORS anchors are taken, in blocks of BLOCK. The anchors of a block share their K
 * negatives, so for the 95 % interval the mean of a block counts as one independent observation.
 *
 * Precision. Similarities are float, everything after is double. Sums of exponentials are kept relative to
 * the greatest exponent so far, so that they cannot overflow.
 *
 * Threads. A block is a task with its own random stream; blocks are summed in order. */
#include "theory/contrast.h"
#include "linalg/eigen.h"
#include "base/rng.h"
#include "kernels/gemm.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { ANCHORS = 8192, BLOCK = 16, CHUNK = 512, PAIRS = 16, LEAST_ANCHORS = 512 };
enum { EXTRA = AK_CV_COUNT, COLUMNS = AK_CV_COUNT + 2 * AK_CONTRAST_MARGINS };

const double ak_contrast_margin[AK_CONTRAST_MARGINS] = { 0, 0.25, 0.5, 1, 2, 4, 8, 16 };

typedef struct walk {
    const ak_theory_job *job;
    const akin_theory_plan *plan;
    int64_t anchors, blocks;
    const float *mean; /* [classes,d] */
    double *out;       /* [anchors, COLUMNS] */
    /* means over anchors of rho_y / tau and of (1 - rho_y) / (1 - tau), which are 1 but for sampling */
    double same, other;
    atomic_bool failed;
} walk;

/* What a worker needs for one block. */
typedef struct room {
    float *keys, *sim, *score; /* [CHUNK,d], [BLOCK,CHUNK], [BLOCK,classes] */
    int32_t *item;             /* [CHUNK] */
    int64_t *times;            /* [classes] negatives of each class, shared by the block */
    double high[BLOCK], sum[BLOCK], other_high[BLOCK], other_sum[BLOCK];
    double above[BLOCK]; /* negatives at least as similar as the class positive */
    bool *here;          /* [classes] */
} room;

static void room_free(room *r)
{
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
    r->keys = ak_alloc(sizeof(float), CHUNK, job->d);
    r->sim = ak_alloc(sizeof(float), BLOCK, CHUNK);
    r->score = ak_alloc(sizeof(float), BLOCK, job->classes);
    r->item = ak_alloc(sizeof(int32_t), CHUNK, 1);
    r->times = ak_alloc(sizeof(int64_t), job->classes, 1);
    r->here = ak_alloc(sizeof(bool), job->classes, 1);
    return r->keys && r->sim && r->score && r->item && r->times && r->here;
}

static double dot(const float *x, const float *y, int64_t d)
{
    double lane[4] = { 0, 0, 0, 0 };
    int64_t j = 0;
    for (; j + 4 <= d; j += 4)
        for (int l = 0; l < 4; l++) lane[l] += (double)x[j + l] * (double)y[j + l];
    for (; j < d; j++) lane[0] += (double)x[j] * (double)y[j];
    return lane[0] + lane[1] + lane[2] + lane[3];
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

/* Add e^s to a running sum relative to *high. */
static void add_exp(double *high, double *sum, double s)
{
    if (s > *high) {
        *sum = *sum * exp(*high - s) + 1;
        *high = s;
    } else
        *sum += exp(s - *high);
}

static double log2_1p_exp(double x)
{
    return (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))) / 0.693147180559945309417;
}
static double hinge(double v) { return v < 1 ? 1 - v : 0; }

/* Sums over the K negatives of a block, streamed. rows: a's rows of the block; positive: their class
 * positives. */
static void walk_negatives(walk *w, room *r, int64_t first, int64_t rows, const double *positive, ak_rng *g)
{
    const ak_theory_job *job = w->job;
    const double t = job->in.temperature;
    memset(r->times, 0, (size_t)job->classes * sizeof *r->times);
    for (int64_t i = 0; i < rows; i++) {
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
        if (!ak_gemm(false, true, rows, m, job->d, job->a + first * job->d, job->d, r->keys, job->d, 0,
                     r->sim, CHUNK))
            atomic_store(&w->failed, true);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < m; j++) {
                const double s = (double)r->sim[i * CHUNK + j] / t;
                add_exp(&r->high[i], &r->sum[i], s);
                r->above[i] += s >= positive[i];
                if (job->cls[r->item[j]] != job->cls[first + i])
                    add_exp(&r->other_high[i], &r->other_sum[i], s);
            }
    }
}

/* The mean classifier's losses of one anchor over the classes in here[]; score: <a, mean_c>. */
static double cross_entropy(const float *score, const bool *here, int64_t classes, int64_t y, double t)
{
    double sum = 0;
    for (int64_t c = 0; c < classes; c++)
        if (c == y || !here || here[c]) sum += exp(((double)score[c] - (double)score[y]) / t);
    if (sum < INFINITY) return log(sum);
    double high = -INFINITY;
    sum = 0;
    for (int64_t c = 0; c < classes; c++)
        if (c == y || !here || here[c]) add_exp(&high, &sum, ((double)score[c] - (double)score[y]) / t);
    return high + log(sum);
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
            add_exp(&high, &sum, log((double)r->times[c]) + ((double)score[c] - (double)score[y]) / t);
    }
    v[AK_CV_SUP] = cross_entropy(score, NULL, job->classes, y, t);
    v[AK_CV_SUB] = all ? v[AK_CV_SUP] : cross_entropy(score, r->here, job->classes, y, t);
    v[AK_CV_SUB_PARTIAL] = all ? 0 : v[AK_CV_SUB];
    v[AK_CV_LN_COL1] = log1p(col);
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
    v[AK_CV_SUB_CLEAN] = clean * cross_entropy(score, r->here, job->classes, y, t);
    v[AK_CV_CLEAN_PARTIAL] = all ? 0 : v[AK_CV_SUB_CLEAN];
    v[AK_CV_HINGE_CLEAN] = clean * fmax(0, 1 + worst);
    /* One other class: weight rho_c / (1 - tau) each. */
    const double other = 1 / (1 - w->plan->tau) / w->other;
    for (int64_t c = 0; c < job->classes; c++) {
        if (c == y) continue;
        const double margin = ((double)score[y] - (double)score[c]) / t, weight = job->rho[c] * other;
        v[AK_CV_HINGE_MEAN] += weight * hinge(margin);
        v[AK_CV_LOGIT_MEAN] += weight * log2_1p_exp(-margin);
        for (int m = 0; m < AK_CONTRAST_MARGINS; m++)
            v[EXTRA + AK_CONTRAST_MARGINS + m] += weight * hinge(margin / (1 + ak_contrast_margin[m]));
    }
}

/* One negative at a time: PAIRS positives by PAIRS negatives of the same class, and of others. */
static void triples(const walk *w, const room *r, int64_t i, int64_t row, ak_rng *g, double *v)
{
    const ak_theory_job *job = w->job;
    const int64_t y = job->cls[row], d = job->d;
    const double t = job->in.temperature, tau = w->plan->tau, rho = job->rho[y];
    const double same = rho / tau / w->same / (PAIRS * PAIRS),
                 other = (1 - rho) / (1 - tau) / w->other / (PAIRS * PAIRS);
    const float *score = r->score + i * job->classes, *x = job->a + row * d;
    double pos[PAIRS], near[PAIRS], far[PAIRS], at[PAIRS];
    for (int p = 0; p < PAIRS; p++) {
        pos[p] = dot(x, job->b + any_of(g, job, y) * d, d) / t;
        near[p] = dot(x, job->b + any_of(g, job, y) * d, d) / t;
        const int32_t item = not_of(g, job, y);
        far[p] = dot(x, job->b + item * d, d) / t;
        at[p] = ((double)score[job->cls[item]] - (double)score[y]) / t;
    }
    for (int p = 0; p < PAIRS; p++)
        for (int q = 0; q < PAIRS; q++) {
            /* a positive and a negative of one class may change places: take both orders, half the variance
             * and less */
            v[AK_CV_HINGE_SAME] += same * 0.5 * (hinge(pos[p] - near[q]) + hinge(near[q] - pos[p]));
            v[AK_CV_LOGIT_SAME] +=
                same * 0.5 * (log2_1p_exp(near[q] - pos[p]) + log2_1p_exp(pos[p] - near[q]));
            v[AK_CV_HINGE_OTHER] += other * hinge(pos[p] - far[q]);
            v[AK_CV_LOGIT_OTHER] += other * log2_1p_exp(far[q] - pos[p]);
            const double z = far[q] - pos[p] - at[q];
            for (int m = 0; m < AK_CONTRAST_MARGINS; m++)
                v[EXTRA + m] += other * fmax(z - ak_contrast_margin[m], 0);
        }
    /* Blocks: half of them against the own class, half against one other. */
    for (int p = 0; p < PAIRS; p += AK_CONTRAST_BLOCK) {
        const bool collides = p < PAIRS / 2;
        const int64_t c = collides ? y : job->cls[not_of(g, job, y)];
        const double share = 2.0 * AK_CONTRAST_BLOCK / PAIRS;
        const double weight = share * (collides ? rho / tau / w->same : (1 - rho) / (1 - tau) / w->other);
        double block = 0;
        for (int q = 0; q < AK_CONTRAST_BLOCK; q++)
            block += (pos[p + q] - dot(x, job->b + any_of(g, job, c) * d, d) / t) / AK_CONTRAST_BLOCK;
        if (collides) {
            v[AK_CV_HINGE_BLOCK_SAME] += weight * 0.5 * (hinge(block) + hinge(-block));
            v[AK_CV_LOGIT_BLOCK_SAME] += weight * 0.5 * (log2_1p_exp(-block) + log2_1p_exp(block));
        } else {
            v[AK_CV_HINGE_BLOCK] += weight * hinge(block);
            v[AK_CV_LOGIT_BLOCK] += weight * log2_1p_exp(-block);
        }
    }
}

static void one_anchor(const walk *w, room *r, int64_t i, int64_t row, double positive, ak_rng *g, double *v)
{
    const ak_theory_job *job = w->job;
    const int64_t d = job->d, y = job->cls[row];
    const double t = job->in.temperature, lse = r->high[i] + log(r->sum[i]);
    const double own = dot(job->a + row * d, job->b + row * d, d) / t;
    const double up = lse - own, up_class = lse - positive;
    v[AK_CV_INFO] = up > 0 ? up + log1p(exp(-up)) : log1p(exp(up));
    v[AK_CV_INFO_CLASS] = up_class > 0 ? up_class + log1p(exp(-up_class)) : log1p(exp(up_class));
    v[AK_CV_NCE] = up;
    v[AK_CV_HINGE_K] = fmax(0, 1 + r->high[i] - positive);
    v[AK_CV_ZERO_ONE] = r->above[i] / (double)job->in.negatives;
    if (r->other_sum[i] > 0) {
        v[AK_CV_HAS_OTHER] = 1;
        v[AK_CV_HINGE_K_OTHER] = fmax(0, 1 + r->other_high[i] - positive);
        v[AK_CV_LOGIT_K_OTHER] = log2_1p_exp(r->other_high[i] + log(r->other_sum[i]) - positive);
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

/* Rows of a block lie together in a; blocks are spread over all rows. */
static int64_t first_row(const walk *w, int64_t block)
{
    return w->anchors == w->job->n ? block * BLOCK : block * (w->job->n - BLOCK) / w->blocks;
}

static void weigh_anchors(walk *w)
{
    const double tau = w->plan->tau;
    for (int64_t b = 0; b < w->blocks; b++)
        for (int64_t i = 0; i < BLOCK && b * BLOCK + i < w->anchors; i++) {
            const double rho = w->job->rho[w->job->cls[first_row(w, b) + i]];
            w->same += rho / tau / (double)w->anchors;
            w->other += (1 - rho) / (1 - tau) / (double)w->anchors;
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
    const int64_t from = block * BLOCK, rows = w->anchors - from < BLOCK ? w->anchors - from : BLOCK;
    const int64_t first = first_row(w, block);
    ak_rng g = ak_rng_at(job->in.seed, AK_RNG_SAMPLE, 7, (uint64_t)block, 0);
    double positive[BLOCK];
    for (int64_t i = 0; i < rows; i++)
        positive[i] = dot(job->a + (first + i) * job->d,
                          job->b + any_of(&g, job, job->cls[first + i]) * job->d, job->d) /
                      job->in.temperature;
    walk_negatives(w, &r, first, rows, positive, &g);
    if (!ak_gemm(false, true, rows, job->classes, job->d, job->a + first * job->d, job->d, w->mean, job->d, 0,
                 r.score, job->classes))
        atomic_store(&w->failed, true);
    for (int64_t i = 0; i < rows; i++)
        one_anchor(w, &r, i, first + i, positive[i], &g, w->out + (from + i) * COLUMNS);
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

static void summarize(const walk *w, ak_contrast *c)
{
    double total[COLUMNS] = { 0 }, square[AK_CV_COUNT] = { 0 };
    for (int64_t b = 0; b < w->blocks; b++) {
        const int64_t from = b * BLOCK, rows = w->anchors - from < BLOCK ? w->anchors - from : BLOCK;
        for (int j = 0; j < COLUMNS; j++) {
            double sum = 0;
            for (int64_t i = 0; i < rows; i++) sum += w->out[(from + i) * COLUMNS + j];
            total[j] += sum;
            if (j < AK_CV_COUNT) square[j] += sum * sum / (double)rows;
        }
    }
    const double n = (double)w->anchors, blocks = (double)w->blocks;
    for (int j = 0; j < AK_CV_COUNT; j++) {
        c->mean[j] = total[j] / n;
        const double variance = fmax(square[j] - n * c->mean[j] * c->mean[j], 0) / fmax(blocks - 1, 1);
        c->half[j] = blocks > 1 ? 1.96 * sqrt(variance / n) : INFINITY;
    }
    for (int m = 0; m < AK_CONTRAST_MARGINS; m++) {
        c->excess[m] = total[EXTRA + m] / n;
        c->margin_loss[m] = total[EXTRA + AK_CONTRAST_MARGINS + m] / n;
    }
    c->anchors = w->anchors;
}

static akin_status measure(ak_theory_job *job, ak_contrast *c, akin_error *err)
{
    c->plan = (akin_theory_plan)AKIN_THEORY_PLAN_INIT;
    AK_TRY(akin_theory_plan_compute(&job->prior, job->in.negatives, job->in.temperature, &c->plan, err));
    AK_TRY(intraclass_deviation(job, &c->plan, &c->deviation, err));
    walk w = { .job = job, .plan = &c->plan };
    const double affordable = 4e10 / ((double)job->in.negatives * (double)job->d);
    int64_t most = affordable < LEAST_ANCHORS ? LEAST_ANCHORS
                   : affordable > ANCHORS     ? ANCHORS
                                              : (int64_t)affordable;
    most -= most % BLOCK;
    w.anchors = job->n < most ? job->n : most;
    w.blocks = (w.anchors + BLOCK - 1) / BLOCK;
    w.out = ak_alloc(sizeof(double), w.anchors, COLUMNS);
    float *mean = ak_alloc(sizeof(float), job->classes, job->d);
    if (w.out && mean) {
        for (int64_t i = 0; i < job->classes * job->d; i++) mean[i] = (float)job->mean_b[i];
        w.mean = mean;
        weigh_anchors(&w);
        ak_parallel_tasks(w.blocks, one_block, &w);
        summarize(&w, c);
    }
    const bool failed = !w.out || !mean || atomic_load(&w.failed);
    free(w.out);
    free(mean);
    return failed ? ak_fail(err, AKIN_ERR_NOMEM, "no memory to measure %lld negatives",
                            (long long)job->in.negatives)
                  : AKIN_OK;
}

akin_status ak_contrast_of(ak_theory_job *job, const ak_contrast **out, akin_error *err)
{
    if (!job->shared) {
        ak_contrast *c = calloc(1, sizeof *c);
        if (!c) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the measures of bounds");
        const akin_status status = measure(job, c, err);
        if (status) {
            free(c);
            return status;
        }
        job->shared = c;
    }
    *out = job->shared;
    return AKIN_OK;
}
