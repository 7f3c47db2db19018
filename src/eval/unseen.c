/* SPDX-License-Identifier: Apache-2.0 */
/* eval/unseen.c - probabilities of classes for items that the classifier has not seen.
 *
 * Folds. Items that are judged are dealt out class by class, in an order by the seed, so that every fold has
 * its share of each class, and what is learned from lacks no class: of a class with two items or more no fold
 * has all. Items that are alone in their class are always learned from.
 *
 * Ranks. Fold 0, which may pick lambda, is everybody's; of the others each rank has some. What a rank has not
 * judged is 0 with it, and x + 0 is x: the sum over ranks has the bits of one process.
 *
 * Precision. Scores in float, softmax and votes in double. Threads. Blocks of rows share nothing. */
#include "base/rng.h"
#include "eval/linear.h"
#include "eval/nearest.h"
#include "eval/unseen.h"
#include "kernels/gemm.h"

#include <math.h>
#include <string.h>

/* Neighbours --------------------------------------------------------------------------------------------- */

typedef struct vote_work {
    const ak_unseen *u;
    int64_t k;
    double *votes; /* per worker: [classes] */
    double *prior; /* [classes] */
} vote_work;

static void vote(int64_t i, const ak_near *nearest, int worker, void *ctx)
{
    const vote_work *w = ctx;
    const ak_unseen *u = w->u;
    const int64_t classes = u->job->classes;
    double *votes = w->votes + worker * classes;
    int64_t taken = 0;
    if (!u->judged[i]) return;
    memcpy(votes, w->prior, (size_t)classes * sizeof *votes);
    /* one more than k was looked for: the item itself goes, or the farthest where copies hide it */
    for (int64_t r = 0; r <= w->k && taken < w->k; r++) {
        if (nearest[r].index == i) continue;
        votes[u->job->train_class[nearest[r].index]] += 1;
        taken++;
    }
    for (int64_t c = 0; c < classes; c++)
        u->p[i * classes + c] += u->share * (float)(votes[c] / (double)(taken + 1));
}

akin_status ak_unseen_knn(const ak_unseen *u, int64_t k, akin_error *err)
{
    const ak_eval_job *job = u->job;
    const int64_t n = job->train.rows;
    vote_work w = { .u = u, .k = k < n - 1 ? k : n - 1 };
    w.votes = ak_alloc(sizeof *w.votes, akin_threads(), job->classes);
    w.prior = ak_alloc(sizeof *w.prior, job->classes, 1);
    akin_status status = AKIN_OK;
    if (!w.votes || !w.prior)
        status = ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for %lld classes", (long long)job->classes);
    for (int64_t i = 0; !status && i < n; i++) w.prior[job->train_class[i]] += 1 / (double)n;
    const ak_nearest all = { .query = job->train,
                             .query_norm = job->train_norm,
                             .reference = job->train,
                             .reference_norm = job->train_norm,
                             .k = w.k + 1,
                             .visit = vote,
                             .ctx = &w };
    const ak_column p = { u->p, (size_t)job->classes * sizeof *u->p };
    if (!status) status = ak_eval_nearest_shared(u->ranks, &all, &p, 1, err);
    free(w.votes);
    free(w.prior);
    return status;
}

/* Folds -------------------------------------------------------------------------------------------------- */

typedef struct fold_work {
    const ak_unseen *u;
    int32_t folds;
    uint64_t seed;
    int32_t *fold;                /* [n] -1: never held out */
    float *rows;                  /* [n,d] those that are learned from, then those held out */
    int32_t *label, *index;       /* [n] of the same */
    int64_t learned, held, items; /* rows; numbers of p */
    const ak_linear_layer *layer;
    float *block, *score; /* per worker: [BLOCK,d], [classes,BLOCK] */
    atomic_bool failed;
} fold_work;

enum { BLOCK = AK_EVAL_BLOCK };

/* Deal out: by class, within a class in the order of one shuffle of all. */
static akin_status deal(fold_work *w, akin_error *err)
{
    const ak_eval_job *job = w->u->job;
    const int64_t n = job->train.rows, classes = job->classes;
    int32_t *order = ak_alloc(sizeof *order, n, 1);
    int64_t *place = ak_alloc(sizeof *place, classes + 1, 1);
    akin_status status = AKIN_OK;
    if (!order || !place)
        status = ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory to split %lld rows", (long long)n);
    for (int64_t i = 0; !status && i < n; i++) {
        order[i] = (int32_t)i;
        w->fold[i] = -1;
        if (w->u->judged[i]) place[job->train_class[i] + 1]++;
    }
    for (int64_t c = 0; !status && c < classes; c++) place[c + 1] += place[c];
    if (!status) {
        ak_rng r = ak_rng_at(w->seed, AK_RNG_LABELS, 0, 0, 0);
        ak_rng_shuffle(&r, order, n);
    }
    for (int64_t k = 0; !status && k < n; k++) {
        const int32_t i = order[k];
        if (w->u->judged[i]) w->fold[i] = (int32_t)(place[job->train_class[i]]++ % w->folds);
    }
    free(order);
    free(place);
    return status;
}

static void put_row(fold_work *w, int64_t at, int64_t i)
{
    const ak_eval_job *job = w->u->job;
    memcpy(w->rows + at * job->train.cols, ak_crow(job->train, i), (size_t)job->train.cols * sizeof *w->rows);
    w->label[at] = job->train_class[i];
    w->index[at] = (int32_t)i;
}

static void gather(fold_work *w, int32_t fold)
{
    const int64_t n = w->u->job->train.rows;
    w->learned = w->held = 0;
    for (int64_t i = 0; i < n; i++)
        if (w->fold[i] != fold) put_row(w, w->learned++, i);
    for (int64_t i = 0; i < n; i++)
        if (w->fold[i] == fold) put_row(w, w->learned + w->held++, i);
}

/* Probabilities of a block of the rows that were held out. */
static void judge_block(int64_t task, int worker, void *ctx)
{
    fold_work *w = ctx;
    const int64_t d = w->u->job->train.cols, classes = w->u->job->classes, first = task * BLOCK;
    const int64_t count = w->held - first < BLOCK ? w->held - first : BLOCK;
    float *block = w->block + worker * BLOCK * d, *score = w->score + worker * BLOCK * classes;
    const akin_cmat held = { w->rows + w->learned * d, w->held, d, d };
    ak_standard_rows(&w->layer->standard, held, NULL, first, count, block);
    if (!ak_gemm(false, true, classes, count, d, w->layer->weights, d, block, d, 0, score, BLOCK))
        atomic_store(&w->failed, true);
    for (int64_t i = 0; i < count; i++) {
        double most = -(double)INFINITY, total = 0;
        float *p = w->u->p + w->index[w->learned + first + i] * classes;
        for (int64_t c = 0; c < classes; c++) {
            score[c * BLOCK + i] += w->layer->intercept[c];
            most = fmax(most, (double)score[c * BLOCK + i]);
        }
        for (int64_t c = 0; c < classes; c++) total += exp((double)score[c * BLOCK + i] - most);
        for (int64_t c = 0; c < classes; c++)
            p[c] += w->u->share * (float)(exp((double)score[c * BLOCK + i] - most) / total);
    }
}

static akin_status run_fold(fold_work *w, double *lambda, akin_error *err)
{
    const int64_t d = w->u->job->train.cols;
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result unused = AKIN_EVAL_RESULT_INIT;
    ak_eval_job job;
    ak_linear_layer layer = { .weights = NULL };
    int64_t hits[2];
    data.train = (akin_cmat){ w->rows, w->learned, d, d };
    data.train_labels = w->label;
    data.train_count = w->learned;
    data.test = (akin_cmat){ w->rows + w->learned * d, w->held, d, d };
    data.test_labels = w->label + w->learned;
    data.test_count = w->held;
    opts.seed = w->seed;
    opts.lambda = *lambda;
    AK_TRY(ak_eval_open(&job, "labels", &data, &opts, &unused, err));
    akin_status status = ak_linear_train(&job, 2, &layer, hits, err);
    if (!status) {
        w->layer = &layer;
        ak_parallel_tasks((w->held + BLOCK - 1) / BLOCK, judge_block, w);
        *lambda = job.result.lambda;
    }
    ak_linear_layer_free(&layer);
    ak_eval_close(&job);
    return status;
}

static akin_status run_own_folds(fold_work *w, double *lambda, akin_error *err)
{
    const int rank = ak_comm_rank(w->u->ranks), size = ak_comm_size(w->u->ranks);
    for (int32_t fold = 0; fold < w->folds; fold++) {
        gather(w, fold);
        if (w->held && (fold == 0 || fold % size == rank)) AK_TRY(run_fold(w, lambda, err));
        if (fold == 0 && rank > 0) memset(w->u->p, 0, (size_t)w->items * sizeof *w->u->p);
        AK_TRY(
            ak_comm_agree(w->u->ranks, AKIN_OK, err)); /* ranks wait for each other no longer than a fold */
    }
    return AKIN_OK;
}

/* Several ranks judge into zeros, which are added up and then added to p. */
static akin_status run_folds(fold_work *w, double *lambda, akin_error *err)
{
    const ak_unseen *u = w->u;
    w->items = u->job->train.rows * u->job->classes;
    if (ak_comm_size(u->ranks) == 1) return run_own_folds(w, lambda, err);
    ak_unseen own = *u;
    own.p = ak_alloc(sizeof *own.p, w->items, 1);
    if (!own.p) return ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for %lld votes", (long long)w->items);
    w->u = &own;
    akin_status status = run_own_folds(w, lambda, err);
    if (!status) status = ak_comm_sum_floats(u->ranks, own.p, w->items, err);
    for (int64_t i = 0; !status && i < w->items; i++) u->p[i] += own.p[i];
    w->u = u;
    free(own.p);
    return status;
}

akin_status ak_unseen_logistic(const ak_unseen *u, int32_t folds, uint64_t seed, double *lambda,
                               akin_error *err)
{
    const int64_t n = u->job->train.rows, d = u->job->train.cols, classes = u->job->classes;
    const int64_t workers = akin_threads();
    fold_work w = { .u = u, .folds = folds, .seed = seed };
    atomic_init(&w.failed, false);
    w.fold = ak_alloc(sizeof *w.fold, n, 1);
    w.rows = ak_alloc(sizeof *w.rows, n, d);
    w.label = ak_alloc(sizeof *w.label, n, 1);
    w.index = ak_alloc(sizeof *w.index, n, 1);
    w.block = ak_alloc(sizeof *w.block, workers * BLOCK, d);
    w.score = ak_alloc(sizeof *w.score, workers * BLOCK, classes);
    akin_status status = AKIN_OK;
    if (!w.fold || !w.rows || !w.label || !w.index || !w.block || !w.score)
        status = ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for a copy of %lld rows of %lld columns",
                         (long long)n, (long long)d);
    if (!status) status = deal(&w, err);
    if (!status) status = run_folds(&w, lambda, err);
    if (!status && atomic_load(&w.failed))
        status = ak_fail(err, AKIN_ERR_NOMEM, "labels: oneDNN has no memory for %lld columns", (long long)d);
    free(w.fold);
    free(w.rows);
    free(w.label);
    free(w.index);
    free(w.block);
    free(w.score);
    return status;
}
