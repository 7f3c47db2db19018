/* SPDX-License-Identifier: Apache-2.0 */
/* theory/views.c - what views of the same items tell: alignment [Wang2020], the views that agree least,
 * prototype bias and bounds [Lee2025], augmentation overlap [Wang2022].
 *
 * Alignment is over all pairs of views of an item. The bounds walk all pairs of views, so at most ITEMS
 * items, evenly spaced, enter them. */
#include "theory/diagnosis.h"
#include "theory/lee.h"

#include <math.h>

enum { ITEMS = 2048, MOST_VIEWS = 64 };

static double agreement(const float *a, const float *b, int64_t d)
{
    double s = 0;
    for (int64_t k = 0; k < d; k++) s += (double)a[k] * (double)b[k];
    return s;
}

static void keep_worst(akin_diagnosis *o, int64_t most, akin_diagnosis_pair pair)
{
    if (most == 0 || (o->worst_count == most && !(pair.similarity < o->worst[most - 1].similarity))) return;
    int64_t at = o->worst_count < most ? o->worst_count++ : most - 1;
    for (; at > 0 && o->worst[at - 1].similarity > pair.similarity; at--) o->worst[at] = o->worst[at - 1];
    o->worst[at] = pair;
}

static void add_alignment(ak_diagnose_job *job, const akin_mat *unit)
{
    const int64_t n = unit[0].rows, d = unit[0].cols, most = job->in->hardest;
    const int32_t views = job->in->view_count;
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double item = 0;
        for (int32_t a = 0; a < views; a++)
            for (int32_t b = 0; b < a; b++) item += agreement(ak_row(unit[a], i), ak_row(unit[b], i), d);
        item /= views * (views - 1) / 2.0;
        sum += 2 - 2 * item;
        keep_worst(job->out, most, (akin_diagnosis_pair){ i, i, item });
    }
    const double alignment = job->alignment = sum / (double)n;
    ak_diagnosis_add(
        job->out,
        (akin_diagnosis_value){ "alignment", "collapse", alignment, "[Wang2020 eq.1]", "",
                                ak_diagnosis_verdict(-alignment, -0.5, -1), "" },
        "mean |u-u'|^2 of two views: 0 = views coincide, 2 = unrelated; good up to 0.5, poor above 1");
}

static void add_lee(akin_diagnosis *o, const ak_lee *l, int64_t items)
{
    const struct {
        const char *name;
        double value;
        const char *mark, *means;
    } row[] = {
        { "prototype-bias-b1", l->b1, "reconstruction",
          "E|class direction - item direction|; 0 = items sit on their class, 1.41 = unrelated" },
        { "prototype-bias-b2", l->b2, "reconstruction", "E|class mean - item mean|^2; 0 = class collapse" },
        { "attracting", l->prototype, "reconstruction",
          "E[-cos(view, own class mean)]: what supervision would minimise" },
        { "attracting-bound", l->prototype_bound, "derived",
          "-E|item mean|^2 + B1, from views alone and B1" },
        { "attracting-self", l->attract, "derived", "E[-cos(view, own item mean)]" },
        { "attracting-self-bound", l->attract_bound, "derived", "-E|item mean|^2: the positive-pair term" },
        { "repelling", l->repel, "reconstruction", "E max over other classes of view . class mean" },
        { "repelling-bound", l->repel_bound, "derived", "log-sum-exp over views with weights 1/prior" },
        { "repelling-bound-no-labels", l->repel_no_labels, "derived",
          "the same with 1/least prior, which needs no labels" },
        { "repelling-slack-lse", l->lse_slack, "derived", "of the soft maximum; at most log(C-1)/alpha" },
        { "repelling-slack-jensen", l->jensen_slack, "derived", "of views for class means" },
        { "repelling-slack-own", l->own_class_slack, "derived", "of the own class, which the sum takes in" },
        { "supervised-objective", l->total, "reconstruction", "attracting + lambda * repelling" },
        { "supervised-objective-bound", l->total_bound, "derived",
          "its bound by self-supervised terms and B1" },
        { "imbalance-term", l->imbalance, "derived",
          "log(1/least prior)/alpha; balanced classes have log(C)/alpha" },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        ak_diagnosis_add(
            o, (akin_diagnosis_value){ row[i].name, "bias", row[i].value, "[Lee2025]", row[i].mark, "", "" },
            "%s", row[i].means);
    ak_diagnosis_add(
        o, (akin_diagnosis_value){ "augmentation-confusion", "bias", l->confusion, "[Wang2022]", "", "", "" },
        "share of %lld items whose view is nearest to another item's view; 0 = augmentations never overlap",
        (long long)items);
}

static akin_status bias(ak_diagnose_job *job, akin_error *err)
{
    const akin_diagnose_input *in = job->in;
    const int64_t n = in->views[0].rows, step = (n + ITEMS - 1) / ITEMS, items = (n + step - 1) / step;
    akin_cmat view[MOST_VIEWS];
    int32_t *labels = ak_alloc(sizeof *labels, items, 1);
    if (!labels) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for %lld labels", (long long)items);
    bool one = true;
    for (int64_t i = 0; i < items; i++) {
        labels[i] = in->labels[i * step];
        one = one && labels[i] == labels[0];
    }
    for (int32_t t = 0; t < in->view_count; t++)
        view[t] = (akin_cmat){ in->views[t].data, items, in->views[t].cols, in->views[t].stride * step };
    ak_lee lee = { 0 };
    akin_status status = AKIN_OK;
    if (!one) { /* with few views of sorted labels a single class may be left: nothing to say then */
        status =
            ak_lee_evaluate(view, in->view_count, labels, items, 1 / in->temperature, in->lambda, &lee, err);
        if (!status) add_lee(job->out, &lee, items);
    }
    free(labels);
    return status;
}

akin_status ak_diagnose_views(ak_diagnose_job *job, akin_error *err)
{
    const akin_diagnose_input *in = job->in;
    akin_mat unit[MOST_VIEWS] = { { 0 } };
    akin_status status = AKIN_OK;
    job->out->worst = ak_alloc(sizeof *job->out->worst, in->hardest + 1, 1);
    if (!job->out->worst) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for %d pairs", in->hardest);
    for (int32_t t = 0; t < in->view_count && !status; t++)
        status = ak_unit_copy(in->views[t], t == 0 ? "the first view" : "a later view", &unit[t], err);
    if (!status) add_alignment(job, unit);
    for (int32_t t = 0; t < in->view_count; t++) free(unit[t].data);
    if (!status && in->labels) status = bias(job, err);
    return status;
}
