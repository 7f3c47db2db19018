/* SPDX-License-Identifier: Apache-2.0 */
/* eval/classes.c - accuracy by class, by groups of classes, and over all classes alike  [Liu2019].
 *
 *     a = 1/C sum a_c,   limits  a -+ 1/C sqrt(sum (distance of a_c to its own limit)^2)  [Zou2008]
 *
 * Classes are the distinct training labels, in order. Each test row is of one class only. So, given the
 * model, the accuracies of classes are independent, as the joining of their limits demands. For one class it
 * is Wilson's interval itself.
 *
 * Precision. Counts are whole; sums in double, in order of class. */
#include "eval/eval.h"

#include <math.h>
#include <string.h>

struct akin_class_report {
    int64_t classes;
    akin_class_score *per_class; /* [classes], by label */
    akin_class_score macro;
    akin_class_score group[3]; /* many, medium, few */
    double imbalance;
};

/* Classes with their training rows, from the sorted labels. */
static int64_t count_train(const int32_t *sorted, int64_t n, akin_class_score *c)
{
    int64_t classes = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1])
            c[classes++] = (akin_class_score){ .label = sorted[i], .top1 = 0 };
        c[classes - 1].train++;
    }
    return classes;
}

static akin_class_score *find(akin_class_score *c, int64_t classes, int32_t label)
{
    int64_t low = 0, high = classes;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (c[middle].label < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low < classes && c[low].label == label ? &c[low] : NULL;
}

static akin_status count_test(akin_class_report *r, const int32_t *test, int64_t m, const float *correct,
                              akin_error *err)
{
    for (int64_t i = 0; i < m; i++) {
        akin_class_score *c = find(r->per_class, r->classes, test[i]);
        if (!c)
            return ak_fail(err, AKIN_ERR_INPUT,
                           "test label %lld (counted from 0) is %d, which no training row has", (long long)i,
                           test[i]);
        if (!(correct[i] >= 0 && correct[i] <= 1))
            return ak_fail(err, AKIN_ERR_INPUT, "correct[%lld] is %g; it must be between 0 and 1",
                           (long long)i, (double)correct[i]);
        c->n++;
        c->top1 += (double)correct[i];
    }
    for (int64_t k = 0; k < r->classes; k++) {
        akin_class_score *c = &r->per_class[k];
        c->classes = c->n > 0;
        c->top1 = c->n ? c->top1 / (double)c->n : (double)NAN;
        c->ci95[0] = c->ci95[1] = (double)NAN;
        if (c->n) ak_wilson95(c->top1, c->n, c->ci95);
    }
    return AKIN_OK;
}

/* Over the classes whose training rows lie in [least, most]. */
static akin_class_score join(const akin_class_report *r, const char *name, int64_t least, int64_t most)
{
    akin_class_score all = { .name = name };
    double down = 0, up = 0;
    for (int64_t k = 0; k < r->classes; k++) {
        const akin_class_score *c = &r->per_class[k];
        if (c->train < least || c->train > most) continue;
        all.train += c->train;
        if (!c->n) continue;
        all.n += c->n;
        all.classes++;
        all.top1 += c->top1;
        down += (c->top1 - c->ci95[0]) * (c->top1 - c->ci95[0]);
        up += (c->ci95[1] - c->top1) * (c->ci95[1] - c->top1);
    }
    const double count = (double)all.classes;
    all.top1 = all.classes ? all.top1 / count : (double)NAN;
    all.ci95[0] = all.classes ? fmax(0, all.top1 - sqrt(down) / count) : (double)NAN;
    all.ci95[1] = all.classes ? fmin(1, all.top1 + sqrt(up) / count) : (double)NAN;
    return all;
}

static double imbalance(const akin_class_report *r)
{
    int64_t most = r->per_class[0].train, least = most;
    for (int64_t k = 1; k < r->classes; k++) {
        if (r->per_class[k].train > most) most = r->per_class[k].train;
        if (r->per_class[k].train < least) least = r->per_class[k].train;
    }
    return (double)most / (double)least;
}

static akin_status check(const akin_eval_data *data, const akin_class_opts *o, akin_error *err)
{
    if (!data->train_labels || !data->test_labels)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "eval_classes: labels of both splits must not be NULL");
    if (data->train_count < 1 || data->test_count < 1)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "eval_classes: %lld training and %lld test labels; one at least of each",
                       (long long)data->train_count, (long long)data->test_count);
    if (o->few < 0 || o->many < 0 || o->few > o->many + 1)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "eval_classes: few is below %lld and many above %lld; no class may be both",
                       (long long)o->few, (long long)o->many);
    return AKIN_OK;
}

static akin_status count(akin_class_report *r, const akin_eval_data *data, const float *correct,
                         akin_error *err)
{
    const int64_t n = data->train_count;
    int32_t *sorted = ak_alloc(sizeof *sorted, n, 1);
    r->per_class = ak_alloc(sizeof *r->per_class, n, 1);
    if (!sorted || !r->per_class) {
        free(sorted);
        return ak_fail(err, AKIN_ERR_NOMEM, "eval_classes: no memory for %lld labels", (long long)n);
    }
    memcpy(sorted, data->train_labels, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ak_compare_int32);
    r->classes = count_train(sorted, n, r->per_class);
    free(sorted);
    return count_test(r, data->test_labels, data->test_count, correct, err);
}

akin_status akin_eval_classes(const akin_eval_data *user, const float *correct, const akin_class_opts *opts,
                              akin_class_report **out, akin_error *err)
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    akin_class_opts o = AKIN_CLASS_OPTS_INIT;
    if (!user || !correct || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "eval_classes: data, correct and out must not be NULL");
    AK_TRY(ak_opts_import(&data, user, "eval_classes data", err));
    AK_TRY(ak_opts_import(&o, opts, "eval_classes", err));
    AK_TRY(check(&data, &o, err));
    akin_class_report *r = calloc(1, sizeof *r);
    if (!r) return ak_fail(err, AKIN_ERR_NOMEM, "eval_classes: no memory for a report");
    const akin_status status = count(r, &data, correct, err);
    if (status) {
        akin_class_report_free(r);
        return status;
    }
    r->macro = join(r, "macro", 0, INT64_MAX);
    r->group[0] = join(r, "many", o.many + 1, INT64_MAX);
    r->group[1] = join(r, "medium", o.few, o.many);
    r->group[2] = join(r, "few", 0, o.few - 1);
    r->imbalance = imbalance(r);
    *out = r;
    return AKIN_OK;
}

const akin_class_score *akin_class_report_at(const akin_class_report *r, int64_t i)
{
    return i >= 0 && i < r->classes ? &r->per_class[i] : NULL;
}

const akin_class_score *akin_class_report_group_at(const akin_class_report *r, int i)
{
    return i >= 0 && i < 3 ? &r->group[i] : NULL;
}

const akin_class_score *akin_class_report_macro(const akin_class_report *r) { return &r->macro; }

double akin_class_report_imbalance(const akin_class_report *r) { return r->imbalance; }

void akin_class_report_free(akin_class_report *report)
{
    if (!report) return;
    free(report->per_class);
    free(report);
}
