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
    int64_t k, first;      /* first: the test row that the search calls 0 */
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

static void vote(int64_t at, const ak_near *nearest, int worker, void *ctx)
{
    const knn_work *w = ctx;
    const ak_eval_job *job = w->job;
    const int64_t i = w->first + at;
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

/* Of the ranks: blocks of test rows, cut as in one process. */
static int64_t first_row(int rank, void *ctx)
{
    const ak_eval_job *job = ctx;
    const int64_t n = job->test.rows, blocks = (n + AK_NEAREST_STEP - 1) / AK_NEAREST_STEP;
    const int64_t first = ak_eval_first_task(job, blocks, rank) * AK_NEAREST_STEP;
    return first < n ? first : n;
}

/* Hits of all test rows, on every rank. */
static akin_status search(ak_eval_job *job, knn_work *w, akin_error *err)
{
    const int64_t n = job->test.rows;
    const int rank = ak_comm_rank(ak_eval_ranks(job));
    w->k = job->opts.k < job->train.rows ? job->opts.k : job->train.rows;
    w->first = first_row(rank, job);
    w->score = ak_alloc(sizeof *w->score, akin_threads(), job->classes);
    w->hit[0] = ak_alloc(1, n, 1);
    w->hit[1] = ak_alloc(1, n, 1);
    if (!w->score || !w->hit[0] || !w->hit[1])
        return ak_fail(err, AKIN_ERR_NOMEM, "knn-v1: no memory for the votes of %lld classes",
                       (long long)job->classes);
    AK_TRY(ak_eval_want_rows(job, 0, err));
    akin_cmat mine = job->test;
    mine.data += w->first * mine.stride;
    mine.rows = first_row(rank + 1, job) - w->first;
    AK_TRY(ak_eval_nearest(mine, job->test_norm + w->first, job->train, job->train_norm, w->k, vote, w, err));
    for (int t = 0; t < 2; t++) AK_TRY(ak_eval_gather(job, w->hit[t], 1, first_row, job, err));
    return AKIN_OK;
}

akin_status akin_eval_knn(const akin_eval_data *data, const akin_eval_opts *opts, akin_eval_result *result,
                          akin_error *err)
{
    ak_eval_job job;
    knn_work w = { .job = &job };
    akin_status status = ak_eval_open(&job, "knn-v1", data, opts, result, err);
    const int64_t n = job.test.rows;
    if (!status) status = search(&job, &w, err);
    status = ak_eval_agree(&job, status, err);
    if (!status) {
        ak_eval_score(&job, sum(w.hit[0], n), sum(w.hit[1], n));
        for (int64_t i = 0; job.right && i < n; i++) job.right[i] = w.hit[0][i];
        job.result.k = (int32_t)w.k;
        job.result.temperature = job.opts.temperature;
        ak_eval_deliver(&job, result);
    }
    free(w.score);
    free(w.hit[0]);
    free(w.hit[1]);
    ak_eval_close(&job);
    return status;
}
