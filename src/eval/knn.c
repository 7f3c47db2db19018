/* SPDX-License-Identifier: Apache-2.0 */
/* eval/knn.c - knn-v1: the weighted vote of the nearest training rows  [Wu2018 sec.3.4].
 *
 *     score_c = sum over the k nearest j with y_j = c of exp((s_j - s_1) / T)
 *
 * s_1 is the greatest similarity. Subtracting it changes no ratio of scores, and keeps exp() from overflowing
 * and from rounding all votes to 0. Scores are summed in double, nearest first. Rows are independent and hits
 * are whole numbers. */
#include "eval/nearest.h"

#include <math.h>
#include <string.h>

typedef struct knn_work {
    const ak_eval_job *job;
    int64_t k;
    double *score;         /* per worker: [classes], zero between queries */
    unsigned char *hit[2]; /* [n]: top 1, top 5 */
} knn_work;

/* The place of class y: classes with a greater score, or an equal one and a lower number, come before. Only
 * classes with a vote can. */
static int64_t vote_rank(const knn_work *w, const ak_near *nearest, const double *score, int32_t y)
{
    int64_t rank = 0;
    for (int64_t r = 0; r < w->k; r++) {
        const int32_t c = w->job->train_class[nearest[r].index];
        bool first = true; /* count each class once, at its first vote */
        for (int64_t e = 0; e < r && first; e++) first = w->job->train_class[nearest[e].index] != c;
        if (first && c != y && (score[c] > score[y] || (score[c] == score[y] && c < y))) rank++;
    }
    return rank;
}

static void vote(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    const knn_work *w = ctx;
    const ak_eval_job *job = w->job;
    double *score = w->score + worker * job->classes;
    const int32_t y = job->test_class[i];
    for (int64_t r = 0; r < w->k; r++) {
        const double ahead = (double)nearest[r].similarity - (double)nearest[0].similarity;
        score[job->train_class[nearest[r].index]] += exp(ahead / job->opts.temperature);
    }
    if (score[y] > 0) {
        const int64_t rank = vote_rank(w, nearest, score, y);
        w->hit[0][i] = rank < 1;
        w->hit[1][i] = rank < 5;
    }
    for (int64_t r = 0; r < w->k; r++) score[job->train_class[nearest[r].index]] = 0;
}

static int64_t sum(const unsigned char *hit, int64_t n)
{
    int64_t hits = 0;
    for (int64_t i = 0; i < n; i++) hits += hit[i];
    return hits;
}

akin_status akin_eval_knn(const akin_eval_data *data, const akin_eval_opts *opts, akin_eval_result *result,
                          akin_error *err)
{
    ak_eval_job job;
    AK_TRY(ak_eval_open(&job, "knn-v1", data, opts, result, err));
    akin_status status = AKIN_OK;
    const int64_t n = job.test.rows;
    knn_work w = { .job = &job, .k = job.opts.k < job.train.rows ? job.opts.k : job.train.rows };
    w.score = ak_alloc(sizeof *w.score, akin_threads(), job.classes);
    w.hit[0] = ak_alloc(1, n, 1);
    w.hit[1] = ak_alloc(1, n, 1);
    if (!w.score || !w.hit[0] || !w.hit[1]) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "knn-v1: no memory for the votes of %lld classes",
                         (long long)job.classes);
        goto done;
    }
    status = ak_eval_want_rows(&job, 0, err);
    if (!status)
        status = ak_eval_nearest(job.test, job.test_norm, job.train, job.train_norm, w.k, vote, &w, err);
    if (status) goto done;
    ak_eval_score(&job, sum(w.hit[0], n), sum(w.hit[1], n));
    for (int64_t i = 0; job.right && i < n; i++) job.right[i] = w.hit[0][i];
    job.result.k = (int32_t)w.k;
    job.result.temperature = job.opts.temperature;
    ak_eval_deliver(&job, result);

done:
    free(w.score);
    free(w.hit[0]);
    free(w.hit[1]);
    ak_eval_close(&job);
    return status;
}
