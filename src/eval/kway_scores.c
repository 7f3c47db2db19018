/* SPDX-License-Identifier: Apache-2.0 */
/* eval/kway_scores.c - accuracy averaged over all tasks of k classes, and top-R over all classes
 * [Arora2019 sec.8].
 *
 * Everything follows from one number for each test row: r, how many other classes come before its own when
 * sorted by score. Restricted to a task of k classes the row is right when none of the r is in the task. Of
 * the tasks that hold its class c, each set of k - 1 of the C - 1 others is as likely as any, so that it is
 * right with probability
 *
 *     q_k(r) = binom(C-1-r, k-1) / binom(C-1, k-1) = prod over j = 0..k-2 of (C-1-r-j) / (C-1-j)
 *
 * and no task need be drawn. In a task every class weighs 1/k, as in the paper; over all tasks
 *
 *     AVG-k = 1/C sum_c a_c,   a_c = 1/n_c sum over test rows i of c of q_k(r_i)
 *
 * where a row of class c weighs 1/(C n_c). Counting rows in a pair instead, it weighs 1/(n_c + n_c') in the
 * pair (c, c'):
 *
 *     AVG-2 pooled = sum_i sum over c' that row i beats of 1/(n_{y_i} + n_c')  /  pairs that have a test row
 *
 * Jackknife. Leaving out class g leaves C - 1 classes, so q' for q; rows of g are gone, and a row that g came
 * before has rank r - 1. With h_i = q'(r_i - 1) - q'(r_i),
 *
 *     sum_c a_c without g = sum_i q'(r_i)/n_{y_i} - [those of g]
 *                           + sum over i that g comes before of h_i/n_{y_i}
 *
 * The last sum is taken for all g together while the scores are at hand. The variance of AVG-k is estimated
 * by (C-1)/C sum_g (AVG-k without g - their mean)^2: a U-statistic of order k in the classes [Arvesen1969].
 *
 * Precision. Scores in float, by the products and blocks of mean-v1 and linear-v1, so that top1 has their
 * bits; all else in double. Threads. Groups of blocks of test rows; each adds in order, and the groups are
 * added in order. */
#include "eval/kway.h"

#include "eval/linear.h"
#include "eval/means.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

enum { BLOCK = AK_EVAL_BLOCK, GROUPS = AK_EVAL_GROUPS, MOST = AKIN_KWAY_MOST };

/* A linear scorer: <weights, row> + intercept, on rows in standard form, or of unit length where standard is
 * NULL. */
typedef struct scorer {
    const ak_standard *standard;
    const ak_mean_scorer *means; /* rows as it gives them, where standard is NULL */
    const float *weights;        /* [draws*classes, d] */
    const float *intercept;      /* [draws*classes], or NULL */
    int64_t draws;
} scorer;

typedef struct kway_work {
    ak_eval_job *job;
    scorer by;
    int tasks;             /* how many k */
    double *count;         /* [classes] test rows */
    double *odds, *fewer;  /* [tasks, classes+1] q_k of C classes; of C - 1, with a 0 at the end */
    int32_t *rank;         /* [draws, m] */
    double *pooled;        /* [GROUPS, draws] */
    double *above;         /* [GROUPS, tasks*classes] sums of h_i/n_{y_i}; without draws only */
    float *block, *score;  /* per worker: [BLOCK,d], [classes,BLOCK] */
    unsigned char *before; /* per worker: [classes,BLOCK] does the class come before that of the row? */
    atomic_bool failed;
} kway_work;

void ak_kway_odds(int64_t classes, int64_t k, double *odds)
{
    const double others = (double)(classes - 1);
    for (int64_t r = 0; r <= classes; r++) {
        double q = k <= classes;
        for (int64_t j = 0; j < k - 1 && q > 0; j++) {
            const double good = others - (double)(r + j);
            q = good > 0 ? q * good / (others - (double)j) : 0;
        }
        odds[r] = q;
    }
}

/* One block of test rows --------------------------------------------------------------------------------- */

static void load_rows(const kway_work *w, int64_t first, int64_t rows, float *block)
{
    const ak_eval_job *job = w->job;
    const int64_t d = job->test.cols;
    if (w->by.standard) {
        ak_standard_rows(w->by.standard, job->test, NULL, first, rows, block);
        return;
    }
    for (int64_t i = 0; i < rows; i++) ak_mean_row(w->by.means, job, first + i, block + i * d);
}

static void score_rows(kway_work *w, int64_t draw, int64_t rows, const float *block, float *score)
{
    const int64_t d = w->job->test.cols, classes = w->job->classes;
    if (!ak_gemm(false, true, classes, rows, d, w->by.weights + draw * classes * d, d, block, d, 0, score,
                 BLOCK))
        atomic_store(&w->failed, true);
    for (int64_t c = 0; w->by.intercept && c < classes; c++)
        for (int64_t i = 0; i < rows; i++) score[c * BLOCK + i] += w->by.intercept[draw * classes + c];
}

/* Which classes come before that of each row, by the order of ak_eval_rank(), and how many. All BLOCK columns
 * are worked on; those past the last row hold nothing. */
static void rank_rows(const float *score, int64_t classes, int64_t rows, const int32_t *label,
                      unsigned char *before, int32_t rank[BLOCK])
{
    float own[BLOCK] = { 0 };
    int32_t y[BLOCK] = { 0 };
    for (int64_t i = 0; i < rows; i++) {
        y[i] = label[i];
        own[i] = score[y[i] * (int64_t)BLOCK + i];
    }
    for (int64_t i = 0; i < BLOCK; i++) rank[i] = 0;
    for (int64_t c = 0; c < classes; c++) {
        const float *s = score + c * BLOCK;
        unsigned char *b = before + c * BLOCK;
        const int32_t me = (int32_t)c;
        for (int64_t i = 0; i < BLOCK; i++) {
            const int after = (s[i] < own[i]) | ((s[i] == own[i]) & (me > y[i]));
            b[i] = (unsigned char)(!after & (me != y[i]));
            rank[i] += b[i];
        }
    }
}

/* What the rows of a block add to AVG-2 pooled. */
static double pooled_of(const kway_work *w, int64_t rows, const int32_t *label, const unsigned char *before)
{
    const int64_t classes = w->job->classes;
    double mine[BLOCK], won[BLOCK], sum = 0;
    for (int64_t i = 0; i < BLOCK; i++) {
        mine[i] = i < rows ? w->count[label[i]] : 1;
        won[i] = i < rows ? -1 / (2 * mine[i]) : 0; /* takes off the pair of a class with itself */
    }
    for (int64_t c = 0; c < classes; c++) {
        const unsigned char *b = before + c * BLOCK;
        const double n = w->count[c];
        for (int64_t i = 0; i < BLOCK; i++) won[i] += (1 - b[i]) / (mine[i] + n);
    }
    for (int64_t i = 0; i < rows; i++) sum += won[i];
    return sum;
}

/* What the rows of a block add to the sums of each class that may be left out. */
static void add_above(const kway_work *w, int task, int64_t rows, const int32_t *label, const int32_t *rank,
                      const unsigned char *before, double *above)
{
    const int64_t classes = w->job->classes;
    const double *fewer = w->fewer + task * (classes + 1);
    double gain[BLOCK] = { 0 };
    for (int64_t i = 0; i < rows; i++)
        if (rank[i]) gain[i] = (fewer[rank[i] - 1] - fewer[rank[i]]) / w->count[label[i]];
    for (int64_t c = 0; c < classes; c++) {
        const unsigned char *b = before + c * BLOCK;
        double sum = 0;
        for (int64_t i = 0; i < rows; i++) sum += b[i] * gain[i];
        above[c] += sum;
    }
}

static void rank_group(int64_t group, int worker, void *ctx)
{
    kway_work *w = ctx;
    const ak_eval_job *job = w->job;
    const int64_t classes = job->classes, m = job->test.rows, draws = w->by.draws;
    float *block = w->block + worker * BLOCK * job->test.cols, *score = w->score + worker * BLOCK * classes;
    unsigned char *before = w->before + worker * BLOCK * classes;
    const int64_t end = ak_eval_group_begin(m, group + 1);
    for (int64_t first = ak_eval_group_begin(m, group); first < end; first += BLOCK) {
        const int64_t rows = end - first < BLOCK ? end - first : BLOCK;
        const int32_t *label = job->test_class + first;
        load_rows(w, first, rows, block);
        for (int64_t draw = 0; draw < draws; draw++) {
            int32_t rank[BLOCK];
            score_rows(w, draw, rows, block, score);
            rank_rows(score, classes, rows, label, before, rank);
            memcpy(w->rank + draw * m + first, rank, (size_t)rows * sizeof *rank);
            w->pooled[group * draws + draw] += pooled_of(w, rows, label, before);
            for (int t = 0; w->above && t < w->tasks; t++)
                add_above(w, t, rows, label, rank, before, w->above + (group * w->tasks + t) * classes);
        }
    }
}

/* From ranks to accuracies ------------------------------------------------------------------------------- */

/* AVG-k of one draw. */
static double average(const kway_work *w, const double *odds, const int32_t *rank)
{
    const ak_eval_job *job = w->job;
    double sum = 0, tested = 0;
    for (int64_t i = 0; i < job->test.rows; i++) sum += odds[rank[i]] / w->count[job->test_class[i]];
    for (int64_t c = 0; c < job->classes; c++) tested += w->count[c] > 0;
    return sum / tested;
}

/* Share of the test rows with a rank below R. */
static double share(const kway_work *w, int32_t top, const int32_t *rank)
{
    int64_t hits = 0;
    for (int64_t i = 0; i < w->job->test.rows; i++) hits += rank[i] < top;
    return (double)hits / (double)w->job->test.rows;
}

/* AVG-2 pooled of one draw. */
static double pooled(const kway_work *w, int64_t draw)
{
    double sum = 0, classes = (double)w->job->classes, empty = 0;
    for (int64_t g = 0; g < GROUPS; g++) sum += w->pooled[g * w->by.draws + draw];
    for (int64_t c = 0; c < w->job->classes; c++) empty += w->count[c] == 0;
    return sum / (classes * (classes - 1) / 2 - empty * (empty - 1) / 2);
}

static void interval_about(double centre, double half, double interval[2])
{
    interval[0] = half >= 0 ? fmax(0, centre - half) : (double)NAN;
    interval[1] = half >= 0 ? fmin(1, centre + half) : (double)NAN;
}

/* Mean of the values of all draws, their standard error, and Student's interval. */
static double over_draws(const double *value, int64_t draws, double *error, double interval[2])
{
    double mean = 0, square = 0;
    for (int64_t k = 0; k < draws; k++) mean += value[k] / (double)draws;
    for (int64_t k = 0; k < draws; k++) square += (value[k] - mean) * (value[k] - mean);
    *error = sqrt(square / (double)(draws - 1) / (double)draws);
    interval_about(mean, ak_student95(draws - 1) * *error, interval);
    return mean;
}

/* Half the interval of AVG-k by leaving out one class at a time; own and without are [classes]. NaN when a
 * class less is too few. */
static double jackknife(const kway_work *w, int task, double *own, double *without)
{
    const ak_eval_job *job = w->job;
    const int64_t classes = job->classes, n = job->test.rows;
    const double *fewer = w->fewer + task * (classes + 1), size = (double)classes;
    if (job->opts.tasks[task] >= classes) return (double)NAN;
    double all = 0, tested = 0, mean = 0, square = 0;
    memset(own, 0, (size_t)classes * sizeof *own);
    for (int64_t i = 0; i < n; i++)
        own[job->test_class[i]] += fewer[w->rank[i]] / w->count[job->test_class[i]];
    for (int64_t c = 0; c < classes; c++) {
        all += own[c];
        tested += w->count[c] > 0;
    }
    for (int64_t c = 0; c < classes; c++) {
        double sum = all - own[c];
        for (int64_t g = 0; g < GROUPS; g++) sum += w->above[(g * w->tasks + task) * classes + c];
        without[c] = sum / (tested - (w->count[c] > 0)); /* NaN when it was the only one with test rows */
        mean += without[c] / size;
    }
    for (int64_t c = 0; c < classes; c++) square += (without[c] - mean) * (without[c] - mean);
    return ak_student95(classes - 1) * sqrt((size - 1) / size * square);
}

/* Keep what the interval of task t was made of, where it is wanted. */
static void keep_parts(const kway_work *w, int t, const double *from)
{
    const int64_t n = w->job->part_count;
    if (w->job->parts) memcpy(w->job->parts + t * n, from, (size_t)n * sizeof *from);
}

/* value is room for [draws] and for two times [classes]. */
static void summarise(kway_work *w, double *value)
{
    akin_eval_result *r = &w->job->result;
    const akin_eval_opts *o = &w->job->opts;
    const int64_t classes = r->classes, draws = w->by.draws, n = r->n;
    double error;
    for (int t = 0; t < w->tasks; t++) {
        akin_kway_score *s = &r->avg[t];
        *s = (akin_kway_score){ o->tasks[t], NAN, { NAN, NAN } };
        if (o->tasks[t] > classes) continue;
        for (int64_t k = 0; k < draws; k++)
            value[k] = average(w, w->odds + t * (classes + 1), w->rank + k * n);
        s->value = value[0];
        if (draws > 1) {
            keep_parts(w, t, value);
            s->value = over_draws(value, draws, &error, s->ci95);
            continue;
        }
        interval_about(s->value, jackknife(w, t, value, value + classes), s->ci95);
        if (s->size < classes) keep_parts(w, t, value + classes);
    }
    for (int t = 0; t < MOST && o->tops[t]; t++) {
        akin_kway_score *s = &r->top[t];
        *s = (akin_kway_score){ o->tops[t], NAN, { NAN, NAN } };
        if (o->tops[t] >= classes) continue;
        for (int64_t k = 0; k < draws; k++) value[k] = share(w, o->tops[t], w->rank + k * n);
        s->value = value[0];
        if (draws > 1)
            s->value = over_draws(value, draws, &error, s->ci95);
        else
            ak_wilson95(s->value, n, s->ci95);
    }
    for (int top = 1; top <= 5; top += 4) {
        double interval[2];
        for (int64_t k = 0; k < draws; k++) value[k] = share(w, top, w->rank + k * n);
        const double mean = draws > 1 ? over_draws(value, draws, &error, interval) : value[0];
        if (top == 5) {
            r->top5 = classes >= 6 ? mean : (double)NAN;
            continue;
        }
        r->top1 = mean;
        if (draws == 1) ak_wilson95(mean, n, interval);
        memcpy(r->ci95, interval, sizeof interval);
        r->standard_error = draws > 1 ? error : 0;
    }
    for (int64_t k = 0; k < draws; k++) value[k] = pooled(w, k);
    double interval[2];
    r->avg2_pooled = draws > 1 ? over_draws(value, draws, &error, interval) : value[0];
}

/* All draws ---------------------------------------------------------------------------------------------- */

static bool take_memory(kway_work *w)
{
    const ak_eval_job *job = w->job;
    const int64_t workers = akin_threads(), classes = job->classes, draws = w->by.draws;
    while (w->tasks < MOST && job->opts.tasks[w->tasks]) w->tasks++;
    const int64_t tasks = w->tasks ? w->tasks : 1;
    w->count = ak_alloc(sizeof *w->count, classes, 1);
    w->odds = ak_alloc(sizeof *w->odds, tasks, classes + 1);
    w->fewer = ak_alloc(sizeof *w->fewer, tasks, classes + 1);
    w->rank = ak_alloc(sizeof *w->rank, draws, job->test.rows);
    w->pooled = ak_alloc(sizeof *w->pooled, GROUPS, draws);
    if (draws == 1) w->above = ak_alloc(sizeof *w->above, GROUPS * tasks, classes);
    w->block = ak_alloc(sizeof *w->block, workers * BLOCK, job->test.cols);
    w->score = ak_alloc(sizeof *w->score, workers * BLOCK, classes);
    w->before = ak_alloc(1, workers * BLOCK, classes);
    w->job->part_count = draws > 1 ? draws : classes;
    if (job->opts.parts) w->job->parts = ak_alloc(sizeof *job->parts, MOST, w->job->part_count);
    for (int64_t k = 0; w->job->parts && k < MOST * w->job->part_count; k++) w->job->parts[k] = NAN;
    return (w->job->parts || !job->opts.parts) && w->count && w->odds && w->fewer && w->rank && w->pooled &&
           (w->above || draws > 1) && w->block && w->score && w->before;
}

/* Rank all test rows by the scorer and fill in the job's result. */
static akin_status rank_and_report(ak_eval_job *job, const scorer *by, akin_error *err)
{
    kway_work w = { .job = job, .by = *by };
    const int64_t classes = job->classes;
    atomic_init(&w.failed, false);
    double *value = ak_alloc(sizeof *value, by->draws + 2 * classes, 1);
    bool ok = take_memory(&w) && value;
    if (ok) {
        for (int64_t i = 0; i < job->test.rows; i++) w.count[job->test_class[i]]++;
        for (int t = 0; t < w.tasks; t++) {
            ak_kway_odds(classes, job->opts.tasks[t], w.odds + t * (classes + 1));
            ak_kway_odds(classes - 1, job->opts.tasks[t], w.fewer + t * (classes + 1));
        }
        ak_parallel_tasks(GROUPS, rank_group, &w);
        ok = !atomic_load(&w.failed);
    }
    if (ok) summarise(&w, value);
    free(value);
    free(w.count);
    free(w.odds);
    free(w.fewer);
    if (ok && job->opts.ranks) {
        job->rank = w.rank;
        job->draws = by->draws;
        w.rank = NULL;
    }
    free(w.rank);
    free(w.pooled);
    free(w.above);
    free(w.block);
    free(w.score);
    free(w.before);
    if (ok) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM,
                   "kway-v1: no memory for %lld draws of %lld test rows and %lld classes",
                   (long long)by->draws, (long long)job->test.rows, (long long)classes);
}

akin_status ak_kway_by_means(ak_eval_job *job, akin_classifier classifier, int32_t labels_per_class,
                             akin_error *err)
{
    const int64_t draws = labels_per_class ? job->opts.draws : 1;
    ak_mean_scorer by;
    akin_status status =
        ak_mean_scorer_make(job, classifier, labels_per_class, draws, job->opts.unit_rows, &by, err);
    if (!status) status = rank_and_report(job, &(scorer){ NULL, &by, by.weights, by.intercept, draws }, err);
    ak_mean_scorer_free(&by);
    job->result.classifier = classifier == AKIN_CLASSIFIER_CENTROID ? "centroid" : "mean";
    job->result.unit_rows = job->opts.unit_rows;
    job->result.labels_per_class = labels_per_class;
    if (labels_per_class) {
        job->result.draws = (int32_t)draws;
        job->result.seed = job->opts.seed;
    }
    return status;
}

akin_status ak_kway_by_layer(ak_eval_job *job, akin_error *err)
{
    ak_linear_layer layer;
    int64_t hits[2];
    AK_TRY(ak_linear_train(job, 1, &layer, hits, err));
    const akin_status status =
        rank_and_report(job, &(scorer){ &layer.standard, NULL, layer.weights, layer.intercept, 1 }, err);
    ak_linear_layer_free(&layer);
    job->result.classifier = "linear";
    return status;
}
