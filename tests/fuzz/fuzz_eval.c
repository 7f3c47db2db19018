/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_eval.c - every protocol, whitening, neighbours, bounds and diagnoses on any features and
 * labels. */
#include "akin/eval.h"
#include "akin/theory.h"
#include "akin/tool/diagnose.h"
#include "fuzz.h"

enum { MOST = 8, WIDE = 3 };

static bool share(double x) { return x >= 0 && x <= 1; }

static void protocols(fz_input *in, const akin_eval_data *data)
{
    akin_eval_opts opts = AKIN_EVAL_OPTS_INIT;
    akin_error err;
    float correct[MOST];
    opts.correct = correct;
    opts.k = (int32_t)fz_int(in, 0, 9);
    opts.max_iterations = (int32_t)fz_int(in, 1, 20);
    opts.draws = (int32_t)fz_int(in, 1, 5);
    opts.fit_tasks = (int32_t)fz_int(in, 0, 2);
    if (fz_int(in, 0, 3) == 3) opts.temperature = fz_real(in);
    if (fz_int(in, 0, 3) == 3) opts.lambda = fz_real(in);
    if (fz_int(in, 0, 3) == 3) opts.tolerance = fz_real(in);
    const akin_protocol *p;
    for (int i = 0; (p = akin_protocol_at(i)) != NULL; i++) {
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        memset(correct, 0, sizeof correct);
        if (!fz_said(akin_eval_run(p, data, &opts, &r, &err), &err)) continue;
        FZ_CHECK(share(r.top1) && share(r.ci95[0]) && share(r.ci95[1]) && r.ci95[0] <= r.ci95[1]);
        for (int64_t k = 0; k < data->test.rows; k++) FZ_CHECK(share(correct[k]));
        akin_class_report *report = NULL;
        if (fz_said(akin_eval_classes(data, correct, NULL, &report, &err), &err))
            FZ_CHECK(akin_class_report_imbalance(report) >= 1);
        akin_class_report_free(report);
    }
}

static void by_themselves(fz_input *in, const akin_eval_data *data)
{
    float out[MOST * WIDE], similarity[MOST * MOST];
    int32_t index[MOST * MOST];
    akin_error err;
    akin_whiten_opts opts = AKIN_WHITEN_OPTS_INIT;
    akin_whitening *w = NULL;
    if (fz_int(in, 0, 1)) opts.shrinkage = fz_real(in);
    const int64_t m = data->test.rows, d = data->test.cols;
    if (fz_said(akin_whitening_fit(data->train, &opts, &w, &err), &err) &&
        fz_said(akin_whitening_apply(w, data->test, (akin_mat){ out, m, d, d }, &err), &err))
        FZ_CHECK(ak_all_finite(out, m * d));
    akin_whitening_free(w);
    const int64_t k = fz_int(in, 0, MOST);
    if (fz_said(akin_eval_neighbours(data->test, data->train, k, index, similarity, &err), &err))
        for (int64_t i = 0; i < m * k; i++)
            FZ_CHECK(index[i] >= 0 && index[i] < data->train.rows && fabsf(similarity[i]) <= 1.00001f);
}

static void bounds(fz_input *in, const akin_eval_data *data, akin_cmat other)
{
    akin_bound_input b = AKIN_BOUND_INPUT_INIT;
    akin_bound_run run = AKIN_BOUND_RUN_INIT;
    akin_bounds *out = NULL;
    akin_error err;
    b.a = data->train;
    if (fz_int(in, 0, 1)) b.b = other;
    b.labels = data->train_labels;
    b.count = data->train_count;
    b.negatives = fz_int(in, 0, 12);
    if (fz_int(in, 0, 1)) b.temperature = fz_real(in);
    if (fz_int(in, 0, 3) == 3) b.delta = fz_real(in);
    if (fz_int(in, 0, 1)) run.kl = fz_real(in), run.capacity = fz_real(in), run.tuples = fz_int(in, -1, 100);
    b.run = &run;
    if (fz_said(akin_bounds_compute(&b, NULL, &out, &err), &err)) {
        const akin_bound_row *row;
        for (int i = 0; (row = akin_bounds_at(out, i)) != NULL; i++) {
            FZ_CHECK(!isnan(row->measured) || row->holds == AKIN_TRUTH_UNKNOWN);
            FZ_CHECK(!(row->interval[0] > row->interval[1]));
            FZ_CHECK(row->sense == AKIN_BOUND_MEASURE || !isnan(row->value) ||
                     row->holds == AKIN_TRUTH_UNKNOWN);
        }
    }
    akin_bounds_free(out);
}

static void diagnose(fz_input *in, const akin_eval_data *data, akin_cmat other)
{
    akin_diagnose_input input = AKIN_DIAGNOSE_INPUT_INIT;
    akin_diagnosis *out = NULL;
    akin_error err;
    input.features = data->train;
    input.views = &other;
    input.view_count = (int32_t)fz_int(in, 0, 1);
    if (fz_int(in, 0, 1)) input.labels = data->train_labels, input.label_count = data->train_count;
    if (fz_int(in, 0, 1)) input.other = other;
    if (fz_int(in, 0, 1)) input.temperature = fz_real(in);
    if (fz_int(in, 0, 3) == 3) input.lambda = fz_real(in);
    input.batch = fz_int(in, 0, 9);
    input.supervised = fz_int(in, 0, 1);
    input.neighbours = (int32_t)fz_int(in, 0, 9);
    input.hardest = (int32_t)fz_int(in, 0, 9);
    if (fz_said(akin_diagnose(&input, &out, &err), &err)) {
        const akin_diagnosis_value *v;
        for (int i = 0; (v = akin_diagnosis_at(out, i)) != NULL; i++) FZ_CHECK(*v->name && *v->means);
        int64_t n = 0;
        const akin_diagnosis_pair *pair = akin_diagnosis_hardest(out, &n);
        for (int64_t i = 0; i < n; i++) FZ_CHECK(!isnan(pair[i].similarity));
        const double *spectrum = akin_diagnosis_spectrum(out, &n);
        for (int64_t i = 0; i < n; i++) FZ_CHECK(!isnan(spectrum[i]));
    }
    akin_diagnosis_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    float x[3][MOST * WIDE];
    int32_t labels[2][MOST];
    fz_input in = { data, size };
    const int64_t n = fz_int(&in, 1, MOST), m = fz_int(&in, 1, MOST), d = fz_int(&in, 1, WIDE);
    const unsigned what = (unsigned)fz_int(&in, 0, 3);
    for (int i = 0; i < MOST; i++) {
        labels[0][i] = (int32_t)fz_int(&in, 0, 64) % 5 - (i == 7);
        labels[1][i] = (int32_t)fz_int(&in, 0, 64) % 5;
    }
    akin_eval_data e = AKIN_EVAL_DATA_INIT;
    e.train = (akin_cmat){ x[0], n, d, d };
    e.test = (akin_cmat){ x[1], m, d, d };
    e.train_labels = labels[0];
    e.test_labels = labels[1];
    e.train_count = n;
    e.test_count = m;
    fz_input options = in;
    for (int i = 0; i < 24 && in.n; i++) in.at++, in.n--;
    for (int k = 0; k < 3; k++)
        for (int64_t i = 0; i < MOST * d; i++) x[k][i] = (float)fz_real(&in);
    const akin_cmat other = { x[2], n, d, d };
    if (what == 0) protocols(&options, &e);
    if (what == 1) by_themselves(&options, &e);
    if (what == 2) bounds(&options, &e, other);
    if (what == 3) diagnose(&options, &e, other);
    return 0;
}
