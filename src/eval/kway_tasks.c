/* SPDX-License-Identifier: Apache-2.0 */
/* eval/kway_tasks.c - tasks of k classes that are drawn, each with a linear layer of its own  [Arora2019
 * sec.2].
 *
 *     L_sup(T, f) = inf over W of the loss of W f on the task T
 *
 * lets the layer know the task, which a layer trained on all classes does not. There is no closed form over
 * all tasks, so opts.fit_tasks of each k are drawn: the first k of a shuffle of the classes that have test
 * rows, by the stream (seed, eval, epoch = task, item = k, view = TASK_VIEW). The rows of its classes are
 * copied and scored as kway-v1 scores all, where AVG-k with k = C is the mean of the accuracies of the
 * classes.
 *
 * Precision and threads. Those of linear-v1; the tasks are worked on one after the other, of several ranks by
 * each some of them. */
#include "eval/kway.h"

#include "base/rng.h"

#include <math.h>
#include <string.h>

enum { TASK_VIEW = 3 }; /* keeps tasks apart from the split and the draws of labels */

/* Rows of the classes of a task, from all rows of a split. */
typedef struct part {
    akin_cmat all;
    float *rows;     /* [n,d] */
    int32_t *labels; /* [n] */
} part;

typedef struct tasks_work {
    ak_eval_job *job;
    part train, test;
    int32_t *tested; /* [count] classes that have test rows */
    int64_t count;
    int32_t *order;    /* [count] */
    unsigned char *in; /* [classes] is the class in the task? */
    double *value;     /* [fit_tasks] */
} tasks_work;

static bool open_part(part *p, akin_cmat all)
{
    p->all = all;
    p->rows = ak_alloc(sizeof *p->rows, all.rows, all.cols);
    p->labels = ak_alloc(sizeof *p->labels, all.rows, 1);
    return p->rows && p->labels;
}

/* The rows whose class is in the task, with their labels in p. */
static akin_cmat take(const part *p, const int32_t *class_of_row, const unsigned char *in)
{
    const int64_t d = p->all.cols;
    int64_t n = 0;
    for (int64_t i = 0; i < p->all.rows; i++) {
        if (!in[class_of_row[i]]) continue;
        memcpy(p->rows + n * d, ak_crow(p->all, i), (size_t)d * sizeof(float));
        p->labels[n++] = class_of_row[i];
    }
    return (akin_cmat){ p->rows, n, d, d };
}

static void draw_task(tasks_work *w, int64_t task, int32_t k)
{
    const ak_eval_job *job = w->job;
    ak_rng r = ak_rng_at(job->opts.seed, AK_RNG_EVAL, (uint32_t)task, (uint64_t)k, TASK_VIEW);
    memcpy(w->order, w->tested, (size_t)w->count * sizeof *w->order);
    memset(w->in, 0, (size_t)job->classes);
    for (int64_t i = 0; i < k; i++) {
        const int64_t j = i + (int64_t)ak_rng_below(&r, (uint32_t)(w->count - i));
        const int32_t drawn = w->order[j];
        w->order[j] = w->order[i];
        w->order[i] = drawn;
        w->in[drawn] = 1;
    }
}

static int64_t first_task(int rank, void *ctx)
{
    const ak_eval_job *job = ctx;
    return ak_eval_first_task(job, job->opts.fit_tasks, rank);
}

/* Accuracy on each task of k classes into value. */
static akin_status fit_all(tasks_work *w, int32_t k, akin_error *err)
{
    ak_eval_job *job = w->job;
    const int rank = ak_comm_rank(ak_eval_ranks(job));
    akin_eval_opts opts = job->opts;
    memset(opts.tasks, 0, sizeof opts.tasks);
    opts.tasks[0] = k;
    opts.fit_tasks = 0;
    opts.job = NULL;
    for (int64_t t = first_task(rank, job); t < first_task(rank + 1, job); t++) {
        akin_eval_result result = AKIN_EVAL_RESULT_INIT;
        draw_task(w, t, k);
        akin_eval_data data = AKIN_EVAL_DATA_INIT;
        data.train = take(&w->train, job->train_class, w->in);
        data.test = take(&w->test, job->test_class, w->in);
        data.train_labels = w->train.labels;
        data.train_count = data.train.rows;
        data.test_labels = w->test.labels;
        data.test_count = data.test.rows;
        ak_eval_job one;
        AK_TRY(ak_eval_open(&one, "kway-v1", &data, &opts, &result, err));
        const akin_status status = ak_kway_by_layer(&one, err);
        w->value[t] = one.result.avg[0].value;
        ak_eval_close(&one);
        AK_TRY(status);
    }
    return ak_eval_gather(job, w->value, sizeof *w->value, first_task, job, err);
}

static void summarise(const double *value, int64_t n, akin_kway_score *s)
{
    double mean = 0, square = 0;
    for (int64_t t = 0; t < n; t++) mean += value[t] / (double)n;
    for (int64_t t = 0; t < n; t++) square += (value[t] - mean) * (value[t] - mean);
    const double half = ak_student95(n - 1) * sqrt(square / (double)(n - 1) / (double)n);
    s->value = mean;
    s->ci95[0] = fmax(0, mean - half);
    s->ci95[1] = fmin(1, mean + half);
}

static bool take_memory(tasks_work *w)
{
    const ak_eval_job *job = w->job;
    w->tested = ak_alloc(sizeof *w->tested, job->classes, 1);
    w->order = ak_alloc(sizeof *w->order, job->classes, 1);
    w->in = ak_alloc(1, job->classes, 1);
    w->value = ak_alloc(sizeof *w->value, job->opts.fit_tasks, 1);
    return open_part(&w->train, job->train) && open_part(&w->test, job->test) && w->tested && w->order &&
           w->in && w->value;
}

static void find_tested(tasks_work *w)
{
    const ak_eval_job *job = w->job;
    for (int64_t i = 0; i < job->test.rows; i++) w->in[job->test_class[i]] = 1;
    for (int64_t c = 0; c < job->classes; c++)
        if (w->in[c]) w->tested[w->count++] = (int32_t)c;
}

akin_status ak_kway_fit_tasks(ak_eval_job *job, akin_error *err)
{
    tasks_work w = { .job = job };
    akin_status status = AKIN_OK;
    if (!take_memory(&w)) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "kway-v1: no memory for the rows of a task of %lld columns",
                         (long long)job->train.cols);
        goto done;
    }
    find_tested(&w);
    job->result.fit_tasks = job->opts.fit_tasks;
    for (int t = 0; t < AKIN_KWAY_MOST && job->opts.tasks[t] && !status; t++) {
        akin_kway_score *s = &job->result.fitted[t];
        *s = (akin_kway_score){ job->opts.tasks[t], NAN, { NAN, NAN } };
        if (s->size > w.count) continue;
        status = fit_all(&w, s->size, err);
        if (!status) summarise(w.value, job->opts.fit_tasks, s);
    }

done:
    free(w.train.rows);
    free(w.train.labels);
    free(w.test.rows);
    free(w.test.labels);
    free(w.tested);
    free(w.order);
    free(w.in);
    free(w.value);
    return status;
}
