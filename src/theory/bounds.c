/* SPDX-License-Identifier: Apache-2.0 */
/* theory/bounds.c - the list of papers and the checked input they share.
 *
 * Memory: two copies of the features (made unit length), the class means, and what a paper takes while it
 * works. */
#include "theory/candidates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct paper {
    akin_bound_kind kind;
    akin_status (*measure)(ak_theory_job *job, akin_error *err);
} PAPERS[] = {
    { { "arora", "[Arora2019]", "latent classes: one or K negatives, blocks, intraclass deviation" },
      ak_theory_arora },
    { { "nozawa-sato", "[Nozawa2021]", "InfoNCE from below, the mean classifier from above" },
      ak_theory_nozawa },
    { { "ash", "[Ash2022]", "coverage against collisions for any K" }, ak_theory_ash },
    { { "bao", "[Bao2022]", "both sides, with a gap bounded in K" }, ak_theory_bao },
    { { "awasthi", "[Awasthi2022]", "distance from the optimum, the same for every K" }, ak_theory_awasthi },
    { { "wang", "[Wang2022]", "conditional variance of features; augmentation confusion" }, ak_theory_wang },
    { { "haochen", "[HaoChen2021]", "spectral loss against its optimum" }, ak_theory_haochen },
    { { "lee", "[Lee2025]",
        "contrast as approximate supervision: prototype bias, both parts of the objective" },
      ak_theory_lee },
    { { "zhang", "[Zhang2025]", "the similarity graph with difficult samples: stated bounds, exact spectra" },
      ak_theory_zhang },
    { { "nscl", "[Luthra2025]", "what knowing the labels would change in the loss" }, ak_theory_nscl },
    { { "few-shot", "[Luthra2025]", "error of the nearest centroid of a few labels, from variances" },
      ak_theory_few_shot },
    { { "retrieval", "[Li2026]", "rank of the partner among other items, from the loss" },
      ak_theory_retrieval },
    { { "sigmoid", "[Lee2024]", "optimum of the sigmoid loss, and the margin that makes it zero" },
      ak_theory_sigmoid },
    { { "held-out", "[Lei2023]", "the loss on new items; K counts by its logarithm" }, ak_theory_held_out },
    { { "clusters", "[Parulekar2023]", "views kept together and classes pulled apart, from the loss" },
      ak_theory_clusters },
    { { "sufficiency", "[Oko2025]", "what similarities leave open, and the vote weighted by them" },
      ak_theory_sufficiency },
    { { "augmentation", "[Cui2025]", "how far views of an item and items of a class are apart" },
      ak_theory_augmentation },
    { { "geometry", "[Nguyen2026]", "least InfoNCE of classes of any size at K negatives, certified" },
      ak_theory_geometry },
    { { "stepwise", "[Simon2023]", "what a linear layer would learn from these views, in which order" },
      ak_theory_stepwise },
    { { "wide", "[Anil2024]", "principal components before the encoder that the features hold" },
      ak_theory_wide },
    { { "similarity", "[Waida2023]", "kernel contrastive loss by classes, error from their spread" },
      ak_theory_similarity },
    { { "ranks", "[Zhuo2023]", "directions in use of anchors and keys, and the filter between them" },
      ak_theory_ranks },
    { { "momentum", "[He2020]", "what keys of an averaged encoder change in the loss" }, ak_theory_momentum },
    { { "pac-bayes", "[Nozawa2020]", "certified zero-one contrastive risk" }, ak_theory_pacbayes },
};
enum { PAPER_COUNT = sizeof PAPERS / sizeof *PAPERS };

const akin_bound_kind *akin_bound_kind_at(int i)
{
    return i >= 0 && i < PAPER_COUNT ? &PAPERS[i].kind : NULL;
}

/* Input -------------------------------------------------------------------------------------------------- */

/* Rows of length 1; lengths and quotients are double. */
static akin_status unit_rows(akin_cmat from, float *to, const char *who, akin_error *err)
{
    for (int64_t i = 0; i < from.rows; i++) {
        const float *x = from.data + i * from.stride;
        double sum = 0;
        for (int64_t j = 0; j < from.cols; j++) {
            if (!isfinite(x[j]))
                return ak_fail(err, AKIN_ERR_INPUT,
                               "%s has %g in row %lld, column %lld; features must be finite", who,
                               (double)x[j], (long long)i, (long long)j);
            sum += (double)x[j] * (double)x[j];
        }
        if (sum == 0)
            return ak_fail(err, AKIN_ERR_INPUT, "row %lld of %s is all zeros, so it has no direction",
                           (long long)i, who);
        const double scale = 1 / sqrt(sum);
        for (int64_t j = 0; j < from.cols; j++) to[i * from.cols + j] = (float)((double)x[j] * scale);
    }
    return AKIN_OK;
}

static akin_status finite(akin_cmat x, const char *who, akin_error *err)
{
    for (int64_t i = 0; i < x.rows; i++)
        for (int64_t j = 0; j < x.cols; j++)
            if (!isfinite(x.data[i * x.stride + j]))
                return ak_fail(err, AKIN_ERR_INPUT,
                               "%s has %g in row %lld, column %lld; features must be finite", who,
                               (double)x.data[i * x.stride + j], (long long)i, (long long)j);
    return AKIN_OK;
}

/* from_a and from_b, and now. */
static akin_status check_further(const akin_bound_input *in, akin_error *err)
{
    if (!in->from_a.data != !in->from_b.data)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "from_a and from_b go together; one of them is missing");
    if (in->from_a.data) {
        AK_TRY(ak_check_view(in->from_a, "from_a", err));
        AK_TRY(ak_check_view(in->from_b, "from_b", err));
        if (in->from_a.rows != in->a.rows || in->from_b.rows != in->a.rows ||
            in->from_a.cols != in->from_b.cols)
            return ak_fail(
                err, AKIN_ERR_SHAPE,
                "from_a is %lld x %lld, from_b %lld x %lld; both must have %lld rows and one width",
                (long long)in->from_a.rows, (long long)in->from_a.cols, (long long)in->from_b.rows,
                (long long)in->from_b.cols, (long long)in->a.rows);
        AK_TRY(finite(in->from_a, "from_a", err));
        AK_TRY(finite(in->from_b, "from_b", err));
    }
    if (!in->now.data) return AKIN_OK;
    AK_TRY(ak_check_view(in->now, "now", err));
    if (in->now.rows != in->a.rows || in->now.cols != in->a.cols)
        return ak_fail(err, AKIN_ERR_SHAPE, "now is %lld x %lld; it must be %lld x %lld, as the views",
                       (long long)in->now.rows, (long long)in->now.cols, (long long)in->a.rows,
                       (long long)in->a.cols);
    return AKIN_OK;
}

static akin_status check(const akin_bound_input *in, akin_error *err)
{
    AK_TRY(ak_check_view(in->a, "a", err));
    if (in->b.data) {
        AK_TRY(ak_check_view(in->b, "b", err));
        if (in->b.rows != in->a.rows || in->b.cols != in->a.cols)
            return ak_fail(
                err, AKIN_ERR_SHAPE, "the views a, %lld x %lld, and b, %lld x %lld, differ in shape",
                (long long)in->a.rows, (long long)in->a.cols, (long long)in->b.rows, (long long)in->b.cols);
    }
    AK_TRY(check_further(in, err));
    if (!in->labels)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "labels are missing; every bound here compares with them");
    if (in->count != in->a.rows)
        return ak_fail(err, AKIN_ERR_SHAPE, "there are %lld labels for %lld rows of features",
                       (long long)in->count, (long long)in->a.rows);
    if (in->negatives < 1 || in->negatives > (int64_t)1 << 24)
        return ak_fail(err, AKIN_ERR_RANGE, "negatives is %lld; it must be from 1 to 2^24",
                       (long long)in->negatives);
    if (!(in->temperature > 0) || !isfinite(in->temperature))
        return ak_fail(err, AKIN_ERR_RANGE, "temperature is %g; it must be a positive number",
                       in->temperature);
    if (!(in->delta > 0 && in->delta < 1))
        return ak_fail(err, AKIN_ERR_RANGE, "delta is %g; it must be between 0 and 1", in->delta);
    if (!isnan(in->alpha) && !(in->alpha > 0 && isfinite(in->alpha)))
        return ak_fail(err, AKIN_ERR_RANGE, "alpha is %g; it must be a positive number", in->alpha);
    if (!(in->lambda > 0) || !isfinite(in->lambda))
        return ak_fail(err, AKIN_ERR_RANGE, "lambda is %g; it must be a positive number", in->lambda);
    if (in->a.rows > INT32_MAX) return ak_fail(err, AKIN_ERR_RANGE, "more than 2^31 rows");
    return AKIN_OK;
}

typedef struct labelled_item {
    int32_t label, item;
} labelled_item;

static int by_label(const void *a, const void *b)
{
    const labelled_item *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* Classes in order of labels: cls, size, start, member, rho. */
static akin_status sort_classes(ak_theory_job *job, akin_error *err)
{
    const int64_t n = job->n;
    labelled_item *order = ak_alloc(sizeof *order, n, 1);
    job->cls = ak_alloc(sizeof(int32_t), n, 1);
    job->member = ak_alloc(sizeof(int32_t), n, 1);
    job->size = ak_alloc(sizeof(int64_t), n + 1, 1);
    job->start = ak_alloc(sizeof(int64_t), n + 1, 1);
    job->rho = ak_alloc(sizeof(double), n, 1);
    akin_status status = AKIN_OK;
    if (!order || !job->cls || !job->member || !job->size || !job->start || !job->rho)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)n);
    for (int64_t i = 0; i < n && !status; i++) {
        order[i] = (labelled_item){ job->in.labels[i], (int32_t)i };
        if (order[i].label < 0)
            status = ak_fail(err, AKIN_ERR_INPUT, "label %lld is %d; labels are whole numbers from 0",
                             (long long)i, order[i].label);
    }
    if (!status) qsort(order, (size_t)n, sizeof *order, by_label);
    for (int64_t i = 0; i < n && !status; i++) {
        if (i == 0 || order[i].label != order[i - 1].label) job->start[job->classes++] = i;
        job->member[i] = order[i].item;
        job->cls[order[i].item] = (int32_t)(job->classes - 1);
        job->size[job->classes - 1]++;
    }
    if (!status && job->classes < 2)
        status = ak_fail(err, AKIN_ERR_INPUT, "all %lld labels are %d; two classes are needed at least",
                         (long long)n, order[0].label);
    free(order);
    AK_TRY(status);
    job->start[job->classes] = n;
    job->uniform = true;
    for (int64_t c = 0; c < job->classes; c++) {
        job->rho[c] = (double)job->size[c] / (double)n;
        job->uniform = job->uniform && job->size[c] == job->size[0];
    }
    job->prior =
        (akin_prior){ .struct_size = sizeof job->prior, .classes = job->classes, .counts = job->size };
    return AKIN_OK;
}

static akin_status class_means(const ak_theory_job *job, const float *x, double **out, akin_error *err)
{
    double *mean = ak_alloc(sizeof(double), job->classes, job->d);
    if (!mean)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the means of %lld classes",
                       (long long)job->classes);
    for (int64_t i = 0; i < job->n; i++) {
        double *m = mean + job->cls[i] * job->d;
        for (int64_t j = 0; j < job->d; j++) m[j] += (double)x[i * job->d + j];
    }
    for (int64_t c = 0; c < job->classes; c++)
        for (int64_t j = 0; j < job->d; j++) mean[c * job->d + j] /= (double)job->size[c];
    *out = mean;
    return AKIN_OK;
}

static akin_status open_job(ak_theory_job *job, akin_error *err)
{
    const akin_bound_input *in = &job->in;
    job->n = in->a.rows;
    job->d = in->a.cols;
    AK_TRY(sort_classes(job, err));
    job->a = ak_alloc(sizeof(float), job->n, job->d);
    job->b = in->b.data ? ak_alloc(sizeof(float), job->n, job->d) : job->a;
    if (!job->a || !job->b)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld x %lld features", (long long)job->n,
                       (long long)job->d);
    AK_TRY(unit_rows(in->a, job->a, "a", err));
    if (in->b.data) AK_TRY(unit_rows(in->b, job->b, "b", err));
    if (in->now.data) {
        job->now = ak_alloc(sizeof(float), job->n, job->d);
        if (!job->now) return ak_no_memory(err, "for the rows of now");
        AK_TRY(unit_rows(in->now, job->now, "now", err));
    }
    AK_TRY(class_means(job, job->a, &job->mean_a, err));
    if (in->b.data) return class_means(job, job->b, &job->mean_b, err);
    job->mean_b = job->mean_a;
    return AKIN_OK;
}

static void close_job(ak_theory_job *job)
{
    if (job->b != job->a) free(job->b);
    if (job->mean_b != job->mean_a) free(job->mean_b);
    free(job->a);
    free(job->now);
    free(job->mean_a);
    free(job->cls);
    free(job->member);
    free(job->size);
    free(job->start);
    free(job->rho);
    free(job->shared);
    ak_candidates_free(job->candidates);
}

/* Lists -------------------------------------------------------------------------------------------------- */

/* Is name one of the comma-separated names of list? NULL and "all" hold everything. */
static bool wanted(const char *list, const char *name)
{
    if (!list || strcmp(list, "all") == 0) return true;
    const size_t length = strlen(name);
    for (const char *at = list; *at;) {
        const size_t n = strcspn(at, ",");
        if (n == length && strncmp(at, name, n) == 0) return true;
        at += n + (at[n] == ',');
    }
    return false;
}

static akin_status check_list(const char *list, akin_error *err)
{
    if (!list || strcmp(list, "all") == 0) return AKIN_OK;
    const char *names[PAPER_COUNT + 1] = { NULL };
    for (int i = 0; i < PAPER_COUNT; i++) names[i] = PAPERS[i].kind.name;
    for (const char *at = list;;) {
        const size_t n = strcspn(at, ",");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63), at);
        bool known = false;
        for (int i = 0; i < PAPER_COUNT; i++) known = known || strcmp(names[i], name) == 0;
        if (!known) {
            const char *near = akin_nearest_name(name, names);
            return ak_fail(err, AKIN_ERR_ARGUMENT,
                           "no bounds are called '%s'%s%s%s; 'akin bounds --only list' names them", name,
                           near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        if (!at[n]) return AKIN_OK;
        at += n + 1;
    }
}

/* The border --------------------------------------------------------------------------------------------- */

static akin_status compute(ak_theory_job *job, const char *list, akin_error *err)
{
    akin_status status = open_job(job, err);
    for (int i = 0; i < PAPER_COUNT && !status; i++)
        if (wanted(list, PAPERS[i].kind.name)) status = PAPERS[i].measure(job, err);
    close_job(job);
    return status;
}

akin_status akin_bounds_compute(const akin_bound_input *in, const char *list, akin_bounds **out,
                                akin_error *err)
{
    if (!in || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "in or out is NULL");
    ak_theory_job job = { .in = AKIN_BOUND_INPUT_INIT, .run = AKIN_BOUND_RUN_INIT };
    AK_TRY(ak_opts_import(&job.in, in, "bounds", err));
    AK_TRY(ak_opts_import(&job.run, job.in.run, "bounds of a run", err));
    AK_TRY(check_list(list, err));
    AK_TRY(check(&job.in, err));
    job.bounds = ak_bounds_create();
    if (!job.bounds) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the rows");
    akin_status status = compute(&job, list, err);
    if (!status) status = ak_bounds_whole(job.bounds, err);
    if (status)
        akin_bounds_free(job.bounds);
    else
        *out = job.bounds;
    return status;
}
