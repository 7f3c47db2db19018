/* SPDX-License-Identifier: Apache-2.0 */
/* eval/mean.c - mean-v1: the mean classifier  [Arora2019 sec.2]; centroid-v1: the nearest centroid
 * [Manning2008 sec.14.2].
 *
 *     mu_c = 1/|I_c| sum over i in I_c of f_i/|f_i|,   predict argmax_c <mu_c, x>
 *
 * The means are those of eval/means.c. There is no bias and mu_c keeps its length: this is W^mu of the paper
 * with f of unit length. The length of x does not change the order of classes; test rows are scaled to unit
 * length only to stay in the range of float. The centroids are means of the rows as they are, and the
 * length of x counts.
 *
 * Precision. Scores in float.
 * Threads. Test blocks share nothing; hits are whole numbers. */
#include "eval/means.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

typedef struct mean_work {
    const ak_eval_job *job;
    int64_t draws;
    ak_mean_scorer by;
    float *unit;        /* per worker: [BLOCK,d] */
    float *score;       /* per worker: [classes,BLOCK] */
    int64_t (*hits)[2]; /* [blocks*draws] */
    atomic_bool failed;
} mean_work;

static void score_block(int64_t task, int worker, void *ctx)
{
    mean_work *w = ctx;
    const ak_eval_job *job = w->job;
    const int64_t d = job->test.cols, classes = job->classes, begin = task * AK_EVAL_BLOCK;
    const int64_t left = job->test.rows - begin, rows = left < AK_EVAL_BLOCK ? left : AK_EVAL_BLOCK;
    float *unit = w->unit + worker * AK_EVAL_BLOCK * d;
    float *score = w->score + worker * AK_EVAL_BLOCK * classes;
    for (int64_t i = 0; i < rows; i++) ak_mean_row(&w->by, job, begin + i, unit + i * d);
    for (int64_t draw = 0; draw < w->draws; draw++) {
        int64_t *hits = w->hits[task * w->draws + draw];
        if (!ak_gemm(false, true, classes, rows, d, w->by.weights + draw * classes * d, d, unit, d, 0, score,
                     AK_EVAL_BLOCK))
            atomic_store(&w->failed, true);
        for (int64_t c = 0; w->by.intercept && c < classes; c++)
            for (int64_t i = 0; i < rows; i++)
                score[c * AK_EVAL_BLOCK + i] += w->by.intercept[draw * classes + c];
        for (int64_t i = 0; i < rows; i++) {
            const int64_t rank = ak_eval_rank(score + i, AK_EVAL_BLOCK, classes, job->test_class[begin + i]);
            hits[0] += rank < 1;
            hits[1] += rank < 5;
            if (job->right) job->right[begin + i] += (float)(rank < 1);
            if (job->rank) job->rank[draw * job->test.rows + begin + i] = (int32_t)rank;
        }
    }
}

static bool take_memory(mean_work *w, int64_t blocks)
{
    const ak_eval_job *job = w->job;
    const int64_t workers = akin_threads();
    w->unit = ak_alloc(sizeof *w->unit, workers * AK_EVAL_BLOCK, job->train.cols);
    w->score = ak_alloc(sizeof *w->score, workers * AK_EVAL_BLOCK, job->classes);
    w->hits = ak_alloc(sizeof *w->hits, blocks, w->draws);
    return w->unit && w->score && w->hits;
}

/* Mean over draws of each accuracy; the interval of the first by Student's t. */
static void summarise_draws(ak_eval_job *job, const int64_t (*hits)[2], int64_t draws)
{
    akin_eval_result *r = &job->result;
    const double n = (double)r->n, count = (double)draws;
    double mean[2] = { 0 }, square = 0;
    for (int64_t k = 0; k < draws; k++)
        for (int t = 0; t < 2; t++) mean[t] += (double)hits[k][t] / n / count;
    for (int64_t k = 0; k < draws; k++) {
        const double off = (double)hits[k][0] / n - mean[0];
        square += off * off;
    }
    r->top1 = mean[0];
    r->top5 = r->classes >= 6 ? mean[1] : (double)NAN;
    r->draws = (int32_t)draws;
    r->standard_error = sqrt(square / (count - 1) / count);
    r->ci95[0] = fmax(0, mean[0] - ak_student95(draws - 1) * r->standard_error);
    r->ci95[1] = fmin(1, mean[0] + ak_student95(draws - 1) * r->standard_error);
}

static akin_status evaluate(const char *name, akin_classifier classifier, const akin_eval_data *data,
                            int32_t labels_per_class, const akin_eval_opts *opts, akin_eval_result *result,
                            akin_error *err)
{
    if (labels_per_class < 0)
        return ak_fail(err, AKIN_ERR_RANGE, "%s: labels_per_class is %d; it must be 0 (all) or more", name,
                       labels_per_class);
    ak_eval_job job;
    akin_status status = ak_eval_open(&job, name, data, opts, result, err);
    const int64_t draws = labels_per_class ? job.opts.draws : 1;
    if (!status) status = ak_eval_want_rows(&job, draws, err);
    const int64_t blocks = (job.test.rows + AK_EVAL_BLOCK - 1) / AK_EVAL_BLOCK;
    mean_work w = { .job = &job, .draws = draws };
    atomic_init(&w.failed, false);
    if (!status)
        status = ak_mean_scorer_make(&job, classifier, labels_per_class, w.draws,
                                     classifier == AKIN_CLASSIFIER_MEAN, &w.by, err);
    if (!status && take_memory(&w, blocks))
        ak_parallel_tasks(blocks, score_block, &w);
    else
        atomic_store(&w.failed, true);
    if (!status && atomic_load(&w.failed))
        status = ak_fail(err, AKIN_ERR_NOMEM, "%s: no memory for %lld draws of %lld classes", name,
                         (long long)w.draws, (long long)job.classes);
    status = ak_eval_agree(&job, status, err);
    if (status) goto done;
    for (int64_t b = 1; b < blocks; b++)
        for (int64_t k = 0; k < w.draws; k++)
            for (int t = 0; t < 2; t++) w.hits[k][t] += w.hits[b * w.draws + k][t];
    for (int64_t i = 0; job.right && i < job.test.rows; i++) job.right[i] /= (float)w.draws;
    if (labels_per_class) {
        summarise_draws(&job, (const int64_t(*)[2])w.hits, w.draws);
        job.result.labels_per_class = labels_per_class;
        job.result.seed = job.opts.seed;
    } else {
        ak_eval_score(&job, w.hits[0][0], w.hits[0][1]);
    }
    ak_eval_deliver(&job, result);

done:
    ak_mean_scorer_free(&w.by);
    free(w.unit);
    free(w.score);
    free(w.hits);
    ak_eval_close(&job);
    return status;
}

akin_status akin_eval_mean(const akin_eval_data *data, int32_t labels_per_class, const akin_eval_opts *opts,
                           akin_eval_result *result, akin_error *err)
{
    return evaluate("mean-v1", AKIN_CLASSIFIER_MEAN, data, labels_per_class, opts, result, err);
}

akin_status akin_eval_centroid(const akin_eval_data *data, int32_t labels_per_class,
                               const akin_eval_opts *opts, akin_eval_result *result, akin_error *err)
{
    return evaluate("centroid-v1", AKIN_CLASSIFIER_CENTROID, data, labels_per_class, opts, result, err);
}
