/* SPDX-License-Identifier: Apache-2.0 */
/* theory/classes.c - how labelled classes lie: difficult items, class collapse [LeeOh2025], the optimal
 * geometry of unequal classes [Nguyen2026], intraclass deviation and collisions [Arora2019]. All on unit
 * rows. Neural collapse is in neural_collapse.c.
 *
 * Threads. Class sums in order of items; per-class and per-item work is independent. */
#include "theory/diagnosis.h"
#include "theory/collapse.h"
#include "linalg/eigen.h"

#include <math.h>
#include <stdatomic.h>

/* Class means, priors and directions --------------------------------------------------------------------- */

static akin_status class_means(ak_diagnose_job *job, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols, n = job->unit.rows;
    job->prior = ak_alloc(sizeof(double), c, 1);
    job->proto = ak_alloc(sizeof(double), c, d);
    job->directions = ak_alloc(sizeof(float), c, d);
    job->difficult = ak_alloc(1, n, 1);
    if (!job->prior || !job->proto || !job->directions || !job->difficult)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)c);
    for (int64_t i = 0; i < n; i++) {
        double *p = job->proto + job->class_of[i] * d;
        const float *u = ak_row(job->unit, i);
        for (int64_t k = 0; k < d; k++) p[k] += (double)u[k];
        job->prior[job->class_of[i]]++;
    }
    for (int64_t y = 0; y < c; y++) {
        double square = 0;
        for (int64_t k = 0; k < d; k++) {
            job->proto[y * d + k] /= job->prior[y];
            square += pow(job->proto[y * d + k], 2);
        }
        for (int64_t k = 0; k < d; k++)
            job->directions[y * d + k] = square > 0 ? (float)(job->proto[y * d + k] / sqrt(square)) : 0;
        job->prior[y] /= (double)n;
    }
    return AKIN_OK;
}

/* Difficult samples: the margin of a softmax over class means ----------------------------------- */

typedef struct scores {
    const ak_diagnose_job *job;
    double *first, *second, *z; /* [n]: greatest two cosines, sum exp((s-1)/t) */
    const double *length;       /* [C] of class means */
    double *best;               /* [n] greatest mu.x - |mu|^2/2 */
    int32_t *nearest;           /* [n] its class */
} scores;

static void mean_scores(const ak_pair_tile *tile, int64_t task, void *ctx)
{
    scores *w = ctx;
    (void)task;
    for (int64_t r = 0; r < tile->rows; r++) {
        const int64_t i = tile->first_row + r;
        for (int64_t c = 0; c < tile->columns; c++) {
            const double s = (double)tile->s[r * AK_PAIR_COLUMNS + c];
            const int64_t y = tile->first_column + c;
            const double near = w->length[y] * s - w->length[y] * w->length[y] / 2;
            w->z[i] += exp((s - 1) / w->job->in->temperature);
            if (s > w->first[i]) {
                w->second[i] = w->first[i];
                w->first[i] = s;
            } else if (s > w->second[i])
                w->second[i] = s;
            if (near > w->best[i]) {
                w->best[i] = near;
                w->nearest[i] = (int32_t)y;
            }
        }
    }
}

typedef struct margin {
    double gap;
    int32_t class_of;
    int64_t item;
} margin;

static int by_class_then_gap(const void *a, const void *b)
{
    const margin *x = a, *y = b;
    if (x->class_of != y->class_of) return x->class_of < y->class_of ? -1 : 1;
    if (x->gap != y->gap) return x->gap < y->gap ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static akin_status mark_difficult(ak_diagnose_job *job, const scores *w, akin_error *err)
{
    const int64_t n = job->unit.rows;
    const double t = job->in->temperature;
    margin *m = ak_alloc(sizeof *m, n, 1);
    if (!m) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the margins of %lld items", (long long)n);
    for (int64_t i = 0; i < n; i++) {
        const double gap = (exp((w->first[i] - 1) / t) - exp((w->second[i] - 1) / t)) / w->z[i];
        m[i] = (margin){ gap, job->class_of[i], i };
    }
    qsort(m, (size_t)n, sizeof *m, by_class_then_gap);
    for (int64_t i = 0; i < n;) {
        int64_t end = i;
        while (end < n && m[end].class_of == m[i].class_of) end++;
        int64_t take = llround(job->in->difficult_share * (double)(end - i));
        if (take < 1 && end - i > 1) take = 1;
        for (int64_t k = i; k < i + take && k < end; k++) job->difficult[m[k].item] = 1;
        i = end;
    }
    free(m);
    return AKIN_OK;
}

/* Class collapse, deviation, collisions ------------------------------------------------------------------ */

typedef struct deviation {
    const ak_diagnose_job *job;
    const int64_t *first; /* [C+1] into order */
    const int64_t *order; /* [n] items by class */
    double *greatest;     /* [C] largest eigenvalue of the class's covariance */
    atomic_bool failed;
} deviation;

typedef struct one_deviation {
    const deviation *all;
    int64_t y;
} one_deviation;

/* y = Cov x, of class y. */
static void apply_covariance(const double *x, double *next, void *ctx)
{
    const one_deviation *o = ctx;
    const deviation *w = o->all;
    const int64_t d = w->job->unit.cols, from = w->first[o->y], to = w->first[o->y + 1];
    const double *mean = w->job->proto + o->y * d;
    double offset = 0;
    for (int64_t j = 0; j < d; j++) {
        next[j] = 0;
        offset += x[j] * mean[j];
    }
    for (int64_t i = from; i < to; i++) {
        const float *u = ak_row(w->job->unit, w->order[i]);
        double along = -offset;
        for (int64_t j = 0; j < d; j++) along += x[j] * (double)u[j];
        for (int64_t j = 0; j < d; j++) next[j] += along * ((double)u[j] - mean[j]) / (double)(to - from);
    }
}

static void largest_eigenvalue(int64_t y, int worker, void *ctx)
{
    deviation *w = ctx;
    (void)worker;
    one_deviation one = { w, y };
    if (ak_largest_eigenvalue(apply_covariance, &one, w->job->unit.cols, &w->greatest[y], NULL))
        atomic_store(&w->failed, true);
}

static akin_status add_deviation(ak_diagnose_job *job, akin_error *err)
{
    const int64_t c = job->classes, n = job->unit.rows;
    int64_t *first = ak_alloc(sizeof *first, c + 2, 1), *order = ak_alloc(sizeof *order, n, 1);
    deviation w = { .job = job, .first = first, .order = order };
    w.greatest = ak_alloc(sizeof(double), c, 1);
    bool ok = first && order && w.greatest;
    if (ok) {
        for (int64_t i = 0; i < n; i++) first[job->class_of[i] + 2]++;
        for (int64_t y = 0; y < c; y++) first[y + 2] += first[y + 1];
        for (int64_t i = 0; i < n; i++) order[first[job->class_of[i] + 1]++] = i;
        ak_parallel_tasks(c, largest_eigenvalue, &w);
        ok = !atomic_load(&w.failed);
    }
    if (ok) {
        double sum = 0, tau = 0, safe = 0;
        const double negatives = job->in->batch > 1 ? 2.0 * (double)job->in->batch - 2 : NAN;
        for (int64_t y = 0; y < c; y++) tau += job->prior[y] * job->prior[y];
        for (int64_t y = 0; y < c; y++) {
            sum += job->prior[y] * job->prior[y] / tau * sqrt(fmax(w.greatest[y], 0));
            safe += job->prior[y] * pow(1 - job->prior[y], negatives);
        }
        ak_diagnosis_add(
            job->out, AK_CLASS_VALUE("intraclass-deviation", sum, "[Arora2019 sec.4]", "", ""),
            "s(f): root of a class's largest variance, classes weighed by collisions; unit rows");
        ak_diagnosis_add(job->out, AK_CLASS_VALUE("collision", tau, "[Arora2019 sec.4]", "", ""),
                         "chance that a negative is of the anchor's class: sum of squared priors");
        if (isfinite(negatives))
            ak_diagnosis_add(job->out,
                             AK_CLASS_VALUE("collision-in-batch", 1 - safe, "[Arora2019 sec.4]", "", ""),
                             "chance that one of the %.0f negatives of a batch is", negatives);
    }
    free(first);
    free(order);
    free(w.greatest);
    return ok ? AKIN_OK
              : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the deviation of %lld classes", (long long)c);
}

static void add_class_collapse(ak_diagnose_job *job)
{
    const int64_t c = job->classes, d = job->unit.cols, n = job->unit.rows;
    const akin_diagnose_input *in = job->in;
    akin_diagnosis *o = job->out;
    double within = 0, total = 1, pairs = 0, same = 0;
    for (int64_t j = 0; j < d; j++) total -= job->mean[j] * job->mean[j];
    for (int64_t y = 0; y < c; y++) {
        double square = 0;
        const double items = job->prior[y] * (double)n;
        for (int64_t j = 0; j < d; j++) square += pow(job->proto[y * d + j], 2);
        within += job->prior[y] * (1 - square);
        same += items * items * square - items; /* sum of cosines over ordered pairs of different items */
        pairs += items * (items - 1);
    }
    ak_diagnosis_add(o,
                     AK_CLASS_VALUE("variance-within", within, "[LeeOh2025]", "",
                                    ak_diagnosis_verdict(within, 0.05, 0.01)),
                     "1 - |class mean|^2; classes have collapsed to points below 0.01, good from 0.05");
    ak_diagnosis_add(o, AK_CLASS_VALUE("variance-between", total - within, "[LeeOh2025]", "", ""),
                     "of %.4f in all; the more of it, the better classes are told apart", total);
    const double per_class = in->batch > 0 ? fmax(1, (double)in->batch / (double)c) : (double)n / (double)c;
    const double a = akin_class_collapse_threshold((double)c, per_class, in->temperature);
    double s_w, s_b;
    ak_class_collapse_optimum((double)c, per_class, in->temperature, in->supervised ? 0 : 1, &s_w, &s_b);
    ak_diagnosis_add(
        o, AK_CLASS_VALUE("class-collapse-threshold", a, "[LeeOh2025]", "derived", ""),
        "at or below this weight of the self-supervised part, supervised contrast collapses classes (%lld "
        "classes, %.3g items of each, t %.3g)",
        (long long)c, per_class, in->temperature);
    ak_diagnosis_add(
        o, AK_CLASS_VALUE("class-cosine", pairs > 0 ? same / pairs : (double)NAN, "[LeeOh2025]", "", ""),
        "mean cosine of two items of a class; the optimum of %s contrast has %.4f",
        in->supervised ? "supervised" : "self-supervised", s_w);
}

static akin_status add_geometry(ak_diagnose_job *job, akin_error *err)
{
    const int64_t c = job->classes, d = job->unit.cols;
    const double t = job->in->temperature;
    akin_diagnosis *o = job->out;
    if (c > AKIN_GEOMETRY_CLASSES) {
        ak_diagnosis_add(o, AK_CLASS_VALUE("geometry-distance", NAN, "[Nguyen2026]", "reconstruction", ""),
                         "not computed: %lld classes, at most %d", (long long)c, AKIN_GEOMETRY_CLASSES);
        return AKIN_OK;
    }
    o->measured = ak_alloc(sizeof(double), c, c);
    o->optimal = ak_alloc(sizeof(double), c, c);
    if (!o->measured || !o->optimal)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld classes", (long long)c);
    o->classes = c;
    double gap = NAN, away = 0, most = -1, least = 1;
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = c;
    prior.prior = job->prior;
    AK_TRY(akin_class_geometry(&prior, t, job->in->supervised ? AKIN_NEGATIVES_OTHER : AKIN_NEGATIVES_ALL,
                               o->optimal, NULL, &gap, err));
    for (int64_t y = 0; y < c; y++)
        for (int64_t z = 0; z < c; z++) {
            double s = 0;
            for (int64_t j = 0; j < d; j++)
                s += (double)job->directions[y * d + j] * (double)job->directions[z * d + j];
            o->measured[y * c + z] = s;
            if (z >= y) continue;
            away += fabs(s - o->optimal[y * c + z]) * 2 / (double)(c * (c - 1));
            most = fmax(most, o->optimal[y * c + z]);
        }
    for (int64_t y = 0; y < c; y++) least = fmin(least, job->prior[y]);
    ak_diagnosis_add(
        o, AK_CLASS_VALUE("geometry-distance", away, "[Nguyen2026]", "reconstruction", ""),
        "mean |cosine - optimal cosine| over pairs of class means; the optimum is certified to %.1e", gap);
    ak_diagnosis_add(
        o,
        AK_CLASS_VALUE("geometry-closest", most, "[Nguyen2026]", "reconstruction",
                       ak_diagnosis_verdict(-most, -0.9, -0.999)),
        "greatest optimal cosine of two classes: at 1 the optimum itself merges minority classes (least "
        "prior %.3g)",
        least);
    ak_diagnosis_add(
        o,
        AK_CLASS_VALUE("minority-collapse-prior", akin_minority_collapse(t), "[Nguyen2026]", "derived", ""),
        "one majority of at least this share merges all equal minorities at t = %.3g", t);
    return AKIN_OK;
}

/* All of it ---------------------------------------------------------------------------------------------- */

akin_status ak_diagnose_classes(ak_diagnose_job *job, akin_error *err)
{
    const int64_t n = job->unit.rows, c = job->classes, d = job->unit.cols;
    AK_TRY(class_means(job, err));
    double *memory = ak_alloc(sizeof *memory, 4 * n + c, 1);
    int32_t *labels = ak_alloc(sizeof *labels, n, 1);
    akin_status status = AKIN_OK;
    if (!memory || !labels) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the scores of %lld items", (long long)n);
        goto done;
    }
    double *length = memory + 4 * n;
    scores s = { .job = job, .first = memory, .second = memory + n, .z = memory + 2 * n, .length = length };
    s.best = memory + 3 * n;
    s.nearest = labels;
    for (int64_t i = 0; i < n; i++) {
        s.first[i] = s.second[i] = -2;
        s.best[i] = -INFINITY;
    }
    for (int64_t y = 0; y < c; y++) {
        double square = 0;
        for (int64_t j = 0; j < d; j++) square += pow(job->proto[y * d + j], 2);
        length[y] = sqrt(square);
    }
    const akin_cmat columns = { job->directions, c, d, d };
    status = ak_pairs_walk(akin_mat_const(job->unit), columns, false, mean_scores, &s, err);
    if (!status) status = mark_difficult(job, &s, err);
    if (!status) status = ak_diagnose_collapse(job, labels, err);
    if (!status) add_class_collapse(job);
    if (!status) status = add_deviation(job, err);
    if (!status) status = add_geometry(job, err);

done:
    free(memory);
    free(labels);
    return status;
}
