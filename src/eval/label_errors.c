/* SPDX-License-Identifier: Apache-2.0 */
/* eval/label_errors.c - confident learning  [Northcutt2021]: thresholds, the joint distribution of given and
 * right labels, and which items are called wrong. akin/tool/label_errors.h has the formulas.
 *
 * The joint is counted, not added up, so that it does not depend on the order of the items; thresholds are
 * sums in order of item, in double. */
#include "akin/tool/label_errors.h"

#include "dist/divide.h"
#include "eval/unseen.h"

#include <math.h>
#include <string.h>

struct akin_label_errors {
    akin_label_state state;
    int32_t *label, *given, *suggested;
    float *p;
    double *score, *joint;
    int64_t *order;
    unsigned char *wrong;
};

/* Working memory of one look at the probabilities. */
typedef struct confident {
    const akin_label_errors *found;
    const unsigned char *judged;
    double *threshold; /* [classes] */
    int64_t *items;    /* [classes] judged items */
    int64_t *count;    /* [classes,classes] C */
} confident;

/* Memory ------------------------------------------------------------------------------------------------- */

void akin_label_errors_free(akin_label_errors *f)
{
    if (!f) return;
    free(f->label);
    free(f->given);
    free(f->suggested);
    free(f->p);
    free(f->score);
    free(f->joint);
    free(f->order);
    free(f->wrong);
    free(f);
}

const akin_label_state *akin_label_errors_look(const akin_label_errors *found)
{
    return found ? &found->state : NULL;
}

static akin_status make(const ak_eval_job *job, akin_label_errors **out, akin_error *err)
{
    const int64_t n = job->train.rows, classes = job->classes;
    akin_label_errors *f = calloc(1, sizeof *f);
    if (f) {
        f->label = ak_alloc(sizeof *f->label, classes, 1);
        f->given = ak_alloc(sizeof *f->given, n, 1);
        f->suggested = ak_alloc(sizeof *f->suggested, n, 1);
        f->p = ak_alloc(sizeof *f->p, n, classes);
        f->score = ak_alloc(sizeof *f->score, n, 1);
        f->joint = ak_alloc(sizeof *f->joint, classes, classes);
        f->order = ak_alloc(sizeof *f->order, n, 1);
        f->wrong = ak_alloc(1, n, 1);
    }
    if (!f || !f->label || !f->given || !f->suggested || !f->p || !f->score || !f->joint || !f->order ||
        !f->wrong) {
        akin_label_errors_free(f);
        return ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for %lld items of %lld classes", (long long)n,
                       (long long)classes);
    }
    for (int64_t i = 0; i < n; i++) {
        f->given[i] = job->train_class[i];
        f->label[f->given[i]] = job->data.train_labels[i];
    }
    f->state = (akin_label_state){ .n = n,
                                   .classes = classes,
                                   .label = f->label,
                                   .probability = f->p,
                                   .given = f->given,
                                   .suggested = f->suggested,
                                   .score = f->score,
                                   .order = f->order,
                                   .wrong = f->wrong,
                                   .joint = f->joint,
                                   .lambda = (double)NAN };
    *out = f;
    return AKIN_OK;
}

/* Confident learning ------------------------------------------------------------------------------------- */

static void find_thresholds(confident *w)
{
    const akin_label_state *s = &w->found->state;
    for (int64_t i = 0; i < s->n; i++) {
        if (!w->judged[i]) continue;
        const int32_t y = s->given[i];
        w->threshold[y] += (double)s->probability[i * s->classes + y];
        w->items[y]++;
    }
    for (int64_t c = 0; c < s->classes; c++)
        w->threshold[c] = w->items[c] ? w->threshold[c] / (double)w->items[c] : (double)INFINITY;
}

/* The most probable class of those that reach their threshold; -1 where none does. */
static int64_t confident_class(const confident *w, const float *p)
{
    int64_t best = -1;
    for (int64_t c = 0; c < w->found->state.classes; c++)
        if ((double)p[c] >= w->threshold[c] && (best < 0 || p[c] > p[best])) best = c;
    return best;
}

/* C, then Q. */
static void count_joint(confident *w, double *joint)
{
    const akin_label_state *s = &w->found->state;
    for (int64_t i = 0; i < s->n; i++) {
        if (!w->judged[i]) continue;
        const int64_t y = confident_class(w, s->probability + i * s->classes);
        if (y >= 0) w->count[s->given[i] * s->classes + y]++;
    }
    for (int64_t a = 0; a < s->classes; a++) {
        int64_t sum = 0;
        for (int64_t y = 0; y < s->classes; y++) sum += w->count[a * s->classes + y];
        const double share = (double)w->items[a] / (double)s->n;
        for (int64_t y = 0; y < s->classes; y++)
            joint[a * s->classes + y] =
                sum ? share * (double)w->count[a * s->classes + y] / (double)sum : (a == y) * share;
    }
}

typedef struct ranked {
    double value;
    int64_t item;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* Of the items of class a, as list[0..count), those with the greatest p_iy - p_ia. */
static void call_cell(akin_label_errors *f, int64_t a, int64_t y, ranked *list, int64_t count)
{
    const int64_t classes = f->state.classes;
    const int64_t most = llround((double)f->state.n * f->joint[a * classes + y]);
    if (most < 1) return;
    for (int64_t k = 0; k < count; k++) {
        const float *p = f->p + list[k].item * classes;
        list[k].value = (double)p[a] - (double)p[y];
    }
    qsort(list, (size_t)count, sizeof *list, by_value);
    for (int64_t k = 0; k < count && k < most && list[k].value < 0; k++) f->wrong[list[k].item] = 1;
}

static void call_wrong(akin_label_errors *f, const unsigned char *judged, ranked *list)
{
    const akin_label_state *s = &f->state;
    int64_t begin = 0;
    /* items by class */
    for (int64_t i = 0; i < s->n; i++)
        if (judged[i]) list[begin++] = (ranked){ (double)s->given[i], i };
    const int64_t all = begin;
    qsort(list, (size_t)all, sizeof *list, by_value);
    for (begin = 0; begin < all;) {
        const int64_t a = s->given[list[begin].item];
        int64_t end = begin;
        while (end < all && s->given[list[end].item] == a) end++;
        for (int64_t y = 0; y < s->classes; y++)
            if (y != a) call_cell(f, a, y, list + begin, end - begin);
        begin = end;
    }
}

/* The rest ----------------------------------------------------------------------------------------------- */

/* Of the probabilities of the given class and the greatest other. */
static double score_of(akin_label_score how, double own, double rival)
{
    if (how == AKIN_LABEL_SELF) return own;
    if (how == AKIN_LABEL_MARGIN) return (1 + own - rival) / 2;
    return own + rival > 0 ? own / (own + rival) : 0.5;
}

static void score_items(akin_label_errors *f, akin_label_score how, const unsigned char *judged, ranked *list)
{
    akin_label_state *s = &f->state;
    int64_t agree = 0;
    for (int64_t i = 0; i < s->n; i++) {
        const float *p = f->p + i * s->classes;
        const int32_t own = s->given[i];
        int64_t best = own, rival = -1;
        for (int64_t c = 0; c < s->classes; c++) {
            if (p[c] > p[best]) best = c;
            if (c != own && (rival < 0 || p[c] > p[rival])) rival = c;
        }
        f->suggested[i] = judged[i] ? (int32_t)best : own;
        f->score[i] = score_of(how, (double)p[own], (double)p[rival]);
        if (!judged[i]) f->score[i] = (double)NAN;
        agree += judged[i] && best == own;
        s->unjudged += !judged[i];
        s->called += f->wrong[i];
        list[i] = (ranked){ judged[i] ? f->score[i] : 2, i };
    }
    qsort(list, (size_t)s->n, sizeof *list, by_value);
    for (int64_t i = 0; i < s->n; i++) f->order[i] = list[i].item;
    s->agree = (double)agree / (double)(s->n - s->unjudged);
    for (int64_t a = 0; a < s->classes; a++)
        for (int64_t y = 0; y < s->classes; y++)
            if (a != y) s->estimate += (double)s->n * f->joint[a * s->classes + y];
}

static akin_status look(akin_label_errors *f, akin_label_score how, const unsigned char *judged,
                        akin_error *err)
{
    const int64_t n = f->state.n, classes = f->state.classes;
    confident w = { .found = f, .judged = judged };
    w.threshold = ak_alloc(sizeof *w.threshold, classes, 1);
    w.items = ak_alloc(sizeof *w.items, classes, 1);
    w.count = ak_alloc(sizeof *w.count, classes, classes);
    ranked *list = ak_alloc(sizeof *list, n, 1);
    const bool ok = w.threshold && w.items && w.count && list;
    if (ok) {
        find_thresholds(&w);
        count_joint(&w, f->joint);
        call_wrong(f, judged, list);
        score_items(f, how, judged, list);
    }
    free(w.threshold);
    free(w.items);
    free(w.count);
    free(list);
    return ok ? AKIN_OK
              : ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for %lld items of %lld classes", (long long)n,
                        (long long)classes);
}

/* 1 for the items that are not alone in their class. */
static akin_status find_judged(const ak_eval_job *job, unsigned char **out, akin_error *err)
{
    const int64_t n = job->train.rows;
    int64_t *items = ak_alloc(sizeof *items, job->classes, 1), judged = 0;
    *out = ak_alloc(1, n, 1);
    if (!items || !*out) {
        free(items);
        return ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for %lld items", (long long)n);
    }
    for (int64_t i = 0; i < n; i++) items[job->train_class[i]]++;
    for (int64_t i = 0; i < n; i++) judged += (*out)[i] = items[job->train_class[i]] > 1;
    free(items);
    if (judged) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT,
                   "labels: no two of the %lld items have the same label; nothing says what is usual",
                   (long long)n);
}

static akin_status check(const akin_label_opts *o, akin_error *err)
{
    if (o->method > AKIN_LABEL_KNN)
        return ak_fail(err, AKIN_ERR_RANGE, "labels: method is %d; it is one of 0 to 2", (int)o->method);
    if (o->score > AKIN_LABEL_RATIO)
        return ak_fail(err, AKIN_ERR_RANGE, "labels: score is %d; it is 0 to 2", (int)o->score);
    if (o->folds < 2 || o->folds > 100)
        return ak_fail(err, AKIN_ERR_RANGE, "labels: folds is %d; it must be between 2 and 100", o->folds);
    if (o->k < 1 || o->k > 1000)
        return ak_fail(err, AKIN_ERR_RANGE, "labels: k is %d; it must be between 1 and 1000", o->k);
    return AKIN_OK;
}

/* Probabilities by the options; lambda receives the one that was used. */
static akin_status estimate(const ak_unseen *unseen, const akin_label_opts *o, double *lambda,
                            akin_error *err)
{
    ak_unseen u = *unseen;
    u.share = o->method == AKIN_LABEL_BOTH ? 0.5F : 1;
    if (o->method != AKIN_LABEL_LOGISTIC) AK_TRY(ak_unseen_knn(&u, o->k, err));
    if (o->method == AKIN_LABEL_KNN) return AKIN_OK;
    *lambda = o->lambda;
    return ak_unseen_logistic(&u, o->folds, o->seed, lambda, err);
}

/* A job of rows with labels: checked, classes numbered. */
static akin_status open_job(ak_eval_job *job, akin_cmat rows, const int32_t *labels, int64_t count,
                            const akin_label_opts *o, akin_error *err)
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_eval_result unused = AKIN_EVAL_RESULT_INIT;
    data.train = data.test = rows;
    data.train_labels = data.test_labels = labels;
    data.train_count = data.test_count = count;
    opts.lambda = o->lambda;
    return ak_eval_open(job, "labels", &data, &opts, &unused, err);
}

/* Labels as a row of as many numbers, to be compared as bytes. */
static akin_cmat as_row(const int32_t *labels, int64_t count)
{
    return (akin_cmat){ (const float *)(const void *)labels, 1, count, count };
}

akin_status akin_label_errors_find(akin_cmat rows, const int32_t *labels, int64_t count,
                                   const akin_label_opts *opts, akin_label_errors **out, akin_error *err)
{
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    ak_eval_job job;
    akin_label_errors *found = NULL;
    unsigned char *judged = NULL;
    AK_GIVEN(out, err);
    AK_TRY(ak_opts_import(&o, opts, "labels", err));
    AK_TRY(check(&o, err));
    akin_status status = open_job(&job, rows, labels, count, &o, err);
    const bool open = !status;
    status = ak_comm_same_rows(o.ranks, status, rows, err);
    if (!status) status = ak_comm_same_rows(o.ranks, AKIN_OK, as_row(labels, count), err);
    if (!status) status = find_judged(&job, &judged, err);
    if (!status) status = make(&job, &found, err);
    if (!status) {
        const ak_unseen u = { .job = &job, .judged = judged, .p = found->p, .ranks = o.ranks };
        status = estimate(&u, &o, &found->state.lambda, err);
    }
    if (!status) status = look(found, o.score, judged, err);
    free(judged);
    if (open) ak_eval_close(&job);
    status = ak_comm_settle(o.ranks, status, err);
    if (status)
        akin_label_errors_free(found);
    else
        *out = found;
    return status;
}

static akin_status take(akin_label_errors *f, akin_cmat p, akin_error *err)
{
    if (p.cols != f->state.classes)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "labels: probabilities of %lld classes; the labels have %lld distinct values",
                       (long long)p.cols, (long long)f->state.classes);
    for (int64_t i = 0; i < p.rows; i++)
        for (int64_t c = 0; c < p.cols; c++) {
            const float x = ak_crow(p, i)[c];
            if (!(x >= 0 && x <= 1))
                return ak_fail(err, AKIN_ERR_INPUT,
                               "labels: the probability of row %lld, column %lld is %g (both counted from 0)",
                               (long long)i, (long long)c, (double)x);
            f->p[i * p.cols + c] = x;
        }
    return AKIN_OK;
}

akin_status akin_label_errors_of(akin_cmat probabilities, const int32_t *labels, int64_t count,
                                 const akin_label_opts *opts, akin_label_errors **out, akin_error *err)
{
    akin_label_opts o = AKIN_LABEL_OPTS_INIT;
    ak_eval_job job;
    akin_label_errors *found = NULL;
    unsigned char *judged = NULL;
    AK_GIVEN(out, err);
    AK_TRY(ak_opts_import(&o, opts, "labels", err));
    AK_TRY(check(&o, err));
    AK_TRY(open_job(&job, probabilities, labels, count, &o, err));
    akin_status status = make(&job, &found, err);
    if (!status) status = take(found, probabilities, err);
    if (!status && !(judged = ak_alloc(1, count, 1)))
        status = ak_fail(err, AKIN_ERR_NOMEM, "labels: no memory for %lld items", (long long)count);
    if (!status) {
        memset(judged, 1, (size_t)count); /* whoever made them could judge */
        status = look(found, o.score, judged, err);
    }
    free(judged);
    ak_eval_close(&job);
    if (status)
        akin_label_errors_free(found);
    else
        *out = found;
    return status;
}
