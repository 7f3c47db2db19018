/* SPDX-License-Identifier: Apache-2.0 */
/* eval/means.c - the mean rows of the classes, of all their training rows or of a few drawn  [Arora2019
 * sec.2].
 *
 *     mu_c = 1/|I_c| sum over i in I_c of g_i,   g_i = f_i, or f_i/|f_i| and 0 for a row of zeros
 *
 * I_c are the training rows of class c: all of them, or m drawn without replacement from the stream (seed,
 * eval, epoch = draw, item = class, view = DRAW_VIEW), for both kinds of g.
 *
 * The nearest centroid [Manning2008 sec.14.2] is a scorer too: argmin_c |x - mu_c| is
 *
 *     argmax_c <w_c, y> - |w_c|^2/2,   y = scale (x - m),   w_c = scale (mu_c - m)
 *
 * for any m and scale > 0. m is the mean of the means of the first draw and 1/scale the greatest distance of
 * one from it, so that a common part of all rows costs no digits.
 *
 * Precision. Sums in double, then float.
 * Threads. One task for each (draw, class): its rows are added in order. */
#include "eval/means.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { DRAW_VIEW = 2 }; /* keeps label draws apart from the split of linear-v1 */

typedef struct mean_work {
    const ak_eval_job *job;
    int32_t per_class; /* 0 = all */
    bool unit;
    int64_t *start;   /* [classes+1] into members */
    int32_t *members; /* [n_train] rows by class, in order */
    int64_t largest;  /* class */
    int32_t *pick;    /* per worker: [largest] */
    double *sum;      /* per worker: [d] */
    float *means;     /* [draws*classes, d] */
} mean_work;

/* Counting sort of the rows by class. */
static void group_members(mean_work *w)
{
    const ak_eval_job *job = w->job;
    const int64_t n = job->train.rows, classes = job->classes;
    for (int64_t i = 0; i < n; i++) w->start[job->train_class[i] + 1]++;
    for (int64_t c = 0; c < classes; c++) {
        if (w->start[c + 1] > w->largest) w->largest = w->start[c + 1];
        w->start[c + 1] += w->start[c];
    }
    for (int64_t i = 0; i < n; i++) w->members[w->start[job->train_class[i]]++] = (int32_t)i;
    for (int64_t c = classes; c > 0; c--) w->start[c] = w->start[c - 1];
    w->start[0] = 0;
}

/* The rows of one class in one draw: the first m of a Fisher-Yates shuffle. */
static int64_t pick_rows(const mean_work *w, int64_t draw, int64_t c, int32_t *pick)
{
    const int64_t size = w->start[c + 1] - w->start[c];
    memcpy(pick, w->members + w->start[c], (size_t)size * sizeof *pick);
    if (w->per_class == 0 || w->per_class >= size) return size;
    ak_rng r = ak_rng_at(w->job->opts.seed, AK_RNG_EVAL, (uint32_t)draw, (uint64_t)c, DRAW_VIEW);
    for (int64_t i = 0; i < w->per_class; i++) {
        const int64_t j = i + (int64_t)ak_rng_below(&r, (uint32_t)(size - i));
        const int32_t other = pick[j];
        pick[j] = pick[i];
        pick[i] = other;
    }
    return w->per_class;
}

static void mean_of_class(int64_t task, int worker, void *ctx)
{
    mean_work *w = ctx;
    const ak_eval_job *job = w->job;
    const int64_t d = job->train.cols, c = task % job->classes;
    double *sum = w->sum + worker * d;
    int32_t *pick = w->pick + worker * w->largest;
    const int64_t count = pick_rows(w, task / job->classes, c, pick);
    memset(sum, 0, (size_t)d * sizeof *sum);
    for (int64_t i = 0; i < count; i++) {
        const double norm = job->train_norm[pick[i]], scale = !w->unit ? 1 : norm > 0 ? 1 / norm : 0;
        const float *x = ak_crow(job->train, pick[i]);
        for (int64_t j = 0; j < d; j++) sum[j] += x[j] * scale;
    }
    for (int64_t j = 0; j < d; j++) w->means[task * d + j] = (float)(sum[j] / (double)count);
}

/* [draws*classes, d]: in each draw, the mean of per_class training rows of each class (0: of all), brought
 * to length 1 before if unit. NULL when out of memory. */
static float *class_means(const ak_eval_job *job, int32_t per_class, int64_t draws, bool unit)
{
    const int64_t d = job->train.cols, workers = akin_threads();
    mean_work w = { .job = job, .per_class = per_class, .unit = unit };
    w.start = ak_alloc(sizeof *w.start, job->classes + 1, 1);
    w.members = ak_alloc(sizeof *w.members, job->train.rows, 1);
    if (w.start && w.members) {
        group_members(&w);
        w.pick = ak_alloc(sizeof *w.pick, workers, w.largest);
        w.sum = ak_alloc(sizeof *w.sum, workers, d);
        w.means = ak_alloc(sizeof *w.means, draws * job->classes, d);
    }
    const bool ok = w.pick && w.sum && w.means;
    if (ok) ak_parallel_tasks(draws * job->classes, mean_of_class, &w);
    free(w.start);
    free(w.members);
    free(w.pick);
    free(w.sum);
    if (ok) return w.means;
    free(w.means);
    return NULL;
}

/* From means to what tells distances. */
static bool centre(const ak_eval_job *job, int64_t draws, ak_mean_scorer *s)
{
    const int64_t d = job->train.cols, classes = job->classes;
    double most = 0;
    s->centre = ak_alloc(sizeof *s->centre, d, 1);
    s->intercept = ak_alloc(sizeof *s->intercept, draws * classes, 1);
    if (!s->centre || !s->intercept) return false;
    for (int64_t c = 0; c < classes; c++)
        for (int64_t j = 0; j < d; j++) s->centre[j] += s->weights[c * d + j] / (double)classes;
    for (int64_t c = 0; c < classes; c++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) {
            const double off = s->weights[c * d + j] - s->centre[j];
            square += off * off;
        }
        most = fmax(most, sqrt(square));
    }
    s->scale = most > 0 ? 1 / most : 1;
    for (int64_t c = 0; c < draws * classes; c++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) {
            const double off = (s->weights[c * d + j] - s->centre[j]) * s->scale;
            s->weights[c * d + j] = (float)off;
            square += off * off;
        }
        s->intercept[c] = (float)(-square / 2);
    }
    return true;
}

akin_status ak_mean_scorer_make(const ak_eval_job *job, akin_classifier classifier, int32_t per_class,
                                int64_t draws, bool unit, ak_mean_scorer *out, akin_error *err)
{
    *out = (ak_mean_scorer){ .weights = class_means(job, per_class, draws, unit), .scale = 1, .unit = unit };
    if (out->weights && (classifier != AKIN_CLASSIFIER_CENTROID || centre(job, draws, out))) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld draws of %lld means of %lld columns",
                   (long long)draws, (long long)job->classes, (long long)job->train.cols);
}

void ak_mean_scorer_free(ak_mean_scorer *s)
{
    free(s->weights);
    free(s->intercept);
    free(s->centre);
    *s = (ak_mean_scorer){ .weights = NULL };
}

void ak_mean_row(const ak_mean_scorer *s, const ak_eval_job *job, int64_t i, float *to)
{
    const int64_t d = job->test.cols;
    const float *x = ak_crow(job->test, i);
    const double norm = job->test_norm[i], length = norm > 0 ? 1 / norm : 0;
    if (!s->centre) {
        for (int64_t j = 0; j < d; j++) to[j] = (float)(x[j] * length);
        return;
    }
    const double by = s->unit ? length : 1;
    for (int64_t j = 0; j < d; j++) to[j] = (float)((x[j] * by - s->centre[j]) * s->scale);
}
