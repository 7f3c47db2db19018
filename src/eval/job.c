/* SPDX-License-Identifier: Apache-2.0 */
/* eval/job.c - the border: check the data and the options once, number the classes, deliver the result. */
#include "eval/eval.h"

#include <math.h>
#include <string.h>

static const double LONGEST = 1e30; /* products of a unit row with such a row are far from FLT_MAX */

typedef struct norm_work {
    akin_cmat x;
    double *norm;
} norm_work;

static void norm_rows(int64_t begin, int64_t end, void *ctx)
{
    enum { LANES = 8 };
    const norm_work *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        const float *x = ak_crow(w->x, i);
        double lane[LANES] = { 0 }, sum = 0;
        int64_t j = 0;
        for (; j + LANES <= w->x.cols; j += LANES)
            for (int l = 0; l < LANES; l++) lane[l] += (double)x[j + l] * (double)x[j + l];
        for (; j < w->x.cols; j++) lane[j % LANES] += (double)x[j] * (double)x[j];
        for (int l = 0; l < LANES; l++) sum += lane[l];
        w->norm[i] = sqrt(sum);
    }
}

akin_status ak_eval_norms(akin_cmat x, double *norm, const char *who, akin_error *err)
{
    norm_work w = { x, norm };
    ak_parallel_for(x.rows, AK_EVAL_BLOCK, norm_rows, &w);
    for (int64_t i = 0; i < x.rows; i++) {
        if (norm[i] <= LONGEST) continue; /* false for NaN */
        const float *row = ak_crow(x, i);
        for (int64_t j = 0; j < x.cols; j++)
            if (!isfinite(row[j]))
                return ak_fail(
                    err, AKIN_ERR_INPUT,
                    "%s: row %lld, column %lld is %g (both counted from 0); features must be finite", who,
                    (long long)i, (long long)j, (double)row[j]);
        return ak_fail(err, AKIN_ERR_INPUT,
                       "%s: row %lld (counted from 0) has length %g; at most %g can be compared in float32: "
                       "divide the features by a constant",
                       who, (long long)i, norm[i], LONGEST);
    }
    return AKIN_OK;
}

static int64_t count_zeros(const double *norm, int64_t n)
{
    int64_t zeros = 0;
    for (int64_t i = 0; i < n; i++) zeros += norm[i] == 0;
    return zeros;
}

/* Labels ------------------------------------------------------------------------------------------------- */

static akin_status check_labels(const int32_t *labels, int64_t count, int64_t rows, const char *who,
                                akin_error *err)
{
    if (!labels) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s labels must not be NULL", who);
    if (count != rows)
        return ak_fail(err, AKIN_ERR_SHAPE, "%s: %lld labels for %lld rows of features; each row needs one",
                       who, (long long)count, (long long)rows);
    for (int64_t i = 0; i < count; i++)
        if (labels[i] < 0)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "%s: label %lld (counted from 0) is %d; labels are whole numbers from 0: leave "
                           "unlabelled rows out",
                           who, (long long)i, labels[i]);
    return AKIN_OK;
}

/* The class of a label: its place among the distinct labels, or -1. */
static int32_t class_of(const int32_t *distinct, int64_t classes, int32_t label)
{
    const int32_t *at = bsearch(&label, distinct, (size_t)classes, sizeof *distinct, ak_compare_int32);
    return at ? (int32_t)(at - distinct) : -1;
}

static akin_status number_classes(ak_eval_job *job, akin_error *err)
{
    const int32_t *train = job->data.train_labels, *test = job->data.test_labels;
    const int64_t n = job->train.rows, m = job->test.rows;
    akin_status status = AKIN_OK;
    int32_t *distinct = ak_alloc(sizeof *distinct, n, 1);
    if (!distinct) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)n);
    memcpy(distinct, train, (size_t)n * sizeof *distinct);
    qsort(distinct, (size_t)n, sizeof *distinct, ak_compare_int32);
    int64_t classes = 1;
    for (int64_t i = 1; i < n; i++)
        if (distinct[i] != distinct[classes - 1]) distinct[classes++] = distinct[i];
    if (classes < 2) {
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "all %lld training labels are %d; accuracy needs at least two classes", (long long)n,
                         distinct[0]);
        goto done;
    }
    for (int64_t i = 0; i < n; i++) job->train_class[i] = class_of(distinct, classes, train[i]);
    for (int64_t i = 0; i < m; i++) {
        job->test_class[i] = class_of(distinct, classes, test[i]);
        if (job->test_class[i] >= 0) continue;
        status = ak_fail(err, AKIN_ERR_INPUT,
                         "test label %lld (counted from 0) is %d, which no training row has; the %lld "
                         "training labels lie between %d and %d",
                         (long long)i, test[i], (long long)classes, distinct[0], distinct[classes - 1]);
        goto done;
    }
    job->classes = classes;

done:
    free(distinct);
    return status;
}

/* The border --------------------------------------------------------------------------------------------- */

/* Whole numbers from least on, ascending; 0 ends the list. */
static akin_status check_list(const int32_t list[AKIN_KWAY_MOST], int32_t least, const char *name,
                              akin_error *err)
{
    for (int i = 0; i < AKIN_KWAY_MOST && list[i]; i++) {
        if (list[i] < least)
            return ak_fail(err, AKIN_ERR_RANGE, "%s has %d; they must be at least %d", name, list[i], least);
        if (i && list[i] <= list[i - 1])
            return ak_fail(err, AKIN_ERR_RANGE, "%s has %d after %d; they must ascend", name, list[i],
                           list[i - 1]);
    }
    return AKIN_OK;
}

static akin_status check_options(const akin_eval_opts *o, akin_error *err)
{
    if (o->k < 1) return ak_fail(err, AKIN_ERR_RANGE, "k is %d; it must be at least 1", o->k);
    if (!(o->temperature > 0 && o->temperature <= 1e6))
        return ak_fail(err, AKIN_ERR_RANGE, "temperature is %g; it must be above 0 and at most 1e6",
                       o->temperature);
    if (!(o->lambda >= 0 && o->lambda <= 1e6))
        return ak_fail(err, AKIN_ERR_RANGE, "lambda is %g; it must be between 0 (pick it) and 1e6",
                       o->lambda);
    if (!(o->tolerance > 0 && o->tolerance <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "tolerance is %g; it must be above 0 and at most 1",
                       o->tolerance);
    if (!(o->relative_tolerance >= 0 && o->relative_tolerance <= 1))
        return ak_fail(err, AKIN_ERR_RANGE, "relative_tolerance is %g; it must be between 0 (1e-3) and 1",
                       o->relative_tolerance);
    if (o->relative_iterations < 0)
        return ak_fail(err, AKIN_ERR_RANGE, "relative_iterations is %d; it must be at least 0 (1000)",
                       o->relative_iterations);
    if (o->max_iterations < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "max_iterations is %d; it must be at least 1", o->max_iterations);
    if (o->draws < 2 || o->draws > 1000)
        return ak_fail(err, AKIN_ERR_RANGE, "draws is %d; it must be between 2 and 1000", o->draws);
    if (o->unit_rows != 0 && o->unit_rows != 1)
        return ak_fail(err, AKIN_ERR_RANGE, "unit_rows is %d; it must be 0 or 1", o->unit_rows);
    if (o->fit_tasks < 0 || o->fit_tasks == 1 || o->fit_tasks > 1000000)
        return ak_fail(err, AKIN_ERR_RANGE, "fit_tasks is %d; it must be 0 (none), or between 2 and 1000000",
                       o->fit_tasks);
    AK_TRY(check_list(o->tasks, 2, "tasks", err));
    return check_list(o->tops, 1, "tops", err);
}

akin_status ak_eval_open(ak_eval_job *job, const char *protocol, const akin_eval_data *data,
                         const akin_eval_opts *opts, const akin_eval_result *out, akin_error *err)
{
    *job = (ak_eval_job){ .opts = AKIN_EVAL_OPTS_INIT, .data = AKIN_EVAL_DATA_INIT, .started_s = ak_now_s() };
    if (!data || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "data and result must not be NULL");
    if (out->struct_size < sizeof out->struct_size)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "result.struct_size is %u: not initialised", out->struct_size);
    AK_TRY(ak_opts_import(&job->opts, opts, "eval", err));
    AK_TRY(check_options(&job->opts, err));
    AK_TRY(ak_opts_import(&job->data, data, "eval data", err));
    data = &job->data;
    AK_TRY(ak_check_view(data->train, "training features", err));
    AK_TRY(ak_check_view(data->test, "test features", err));
    job->train = data->train;
    job->test = data->test;
    if (job->train.cols != job->test.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "training features have %lld columns, test features %lld",
                       (long long)job->train.cols, (long long)job->test.cols);
    if (job->train.rows > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "%lld training rows; at most %d can be numbered",
                       (long long)job->train.rows, INT32_MAX);
    AK_TRY(check_labels(data->train_labels, data->train_count, job->train.rows, "training", err));
    AK_TRY(check_labels(data->test_labels, data->test_count, job->test.rows, "test", err));

    akin_status status = AKIN_OK;
    const int64_t n = job->train.rows, m = job->test.rows;
    job->train_class = ak_alloc(sizeof *job->train_class, n, 1);
    job->test_class = ak_alloc(sizeof *job->test_class, m, 1);
    job->train_norm = ak_alloc(sizeof *job->train_norm, n, 1);
    job->test_norm = ak_alloc(sizeof *job->test_norm, m, 1);
    if (!job->train_class || !job->test_class || !job->train_norm || !job->test_norm)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of %lld and %lld rows", (long long)n,
                         (long long)m);
    if (!status) status = number_classes(job, err);
    if (!status) status = ak_eval_norms(job->train, job->train_norm, "training features", err);
    if (!status) status = ak_eval_norms(job->test, job->test_norm, "test features", err);
    if (status) {
        ak_eval_close(job);
        return status;
    }
    job->result = (akin_eval_result)AKIN_EVAL_RESULT_INIT;
    job->result.protocol = protocol;
    job->result.n = m;
    job->result.reference = n;
    job->result.features = job->train.cols;
    job->result.classes = job->classes;
    job->result.zero_rows = count_zeros(job->train_norm, n) + count_zeros(job->test_norm, m);
    return AKIN_OK;
}

akin_status ak_eval_agree(ak_eval_job *job, akin_status mine, akin_error *err)
{
    if (job->agreed || ak_comm_size(job->opts.job) == 1) return mine;
    const akin_status status = ak_comm_agree(job->opts.job, mine, err);
    job->agreed = status != AKIN_OK;
    return status;
}

akin_status ak_eval_gather(ak_eval_job *job, void *all, size_t bytes, int64_t (*place)(int rank, void *ctx),
                           void *ctx, akin_error *err)
{
    ak_comm *c = job->opts.job;
    const int size = ak_comm_size(c);
    if (size == 1) return AKIN_OK;
    int64_t *offset = ak_alloc(sizeof *offset, size + 1, 1);
    akin_status status = offset ? AKIN_OK : ak_no_memory(err, "for the places of ranks");
    status = ak_eval_agree(job, status, err);
    for (int r = 0; r <= size && !status; r++) offset[r] = place(r, ctx) * (int64_t)bytes;
    if (!status) status = ak_comm_gather(c, (char *)all + offset[ak_comm_rank(c)], all, offset, err);
    free(offset);
    return status;
}

void ak_eval_score(ak_eval_job *job, int64_t hits1, int64_t hits5)
{
    akin_eval_result *r = &job->result;
    r->top1 = (double)hits1 / (double)r->n;
    r->top5 = r->classes >= 6 ? (double)hits5 / (double)r->n : (double)NAN;
    ak_wilson95(r->top1, r->n, r->ci95);
}

akin_status ak_eval_want_rows(ak_eval_job *job, int64_t draws, akin_error *err)
{
    const bool right = job->opts.correct != NULL, rank = draws && job->opts.ranks;
    if (right) job->right = ak_alloc(sizeof *job->right, job->test.rows, 1);
    if (rank) job->rank = ak_alloc(sizeof *job->rank, draws, job->test.rows);
    job->draws = draws;
    if ((job->right || !right) && (job->rank || !rank)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld test rows", (long long)job->test.rows);
}

void ak_eval_deliver(ak_eval_job *job, akin_eval_result *out)
{
    if (job->right) memcpy(job->opts.correct, job->right, (size_t)job->test.rows * sizeof *job->right);
    if (job->rank)
        memcpy(job->opts.ranks, job->rank, (size_t)(job->draws * job->test.rows) * sizeof *job->rank);
    if (job->parts)
        memcpy(job->opts.parts, job->parts, (size_t)(AKIN_KWAY_MOST * job->part_count) * sizeof *job->parts);
    job->result.seconds = ak_now_s() - job->started_s;
    (void)ak_result_export(out, &job->result, job->result.protocol, NULL);
}

void ak_eval_close(ak_eval_job *job)
{
    free(job->train_class);
    free(job->test_class);
    free(job->train_norm);
    free(job->test_norm);
    free(job->right);
    free(job->rank);
    free(job->parts);
    job->right = NULL;
    job->rank = NULL;
    job->parts = NULL;
    job->train_class = job->test_class = NULL;
    job->train_norm = job->test_norm = NULL;
}
