/* SPDX-License-Identifier: Apache-2.0 */
/* report/results.h - the accuracies of eval.json, looked up, tabled and put into a sentence. */
#ifndef AKIN_SRC_REPORT_RESULTS_H
#define AKIN_SRC_REPORT_RESULTS_H

#include "report/run.h"

typedef struct akin_score {
    const json_t *row;         /* NULL: not measured */
    double top1, low, high, n; /* fractions and the number of test items; NaN if unknown */
} akin_score;

/* One protocol as it was applied: mean-v1 with 5 labels a class is another than mean-v1 with all. */
typedef struct akin_measure {
    const char *name; /* borrowed from the JSON */
    double labels;    /* labels per class; NaN = all */
} akin_measure;

enum { AKIN_MAX_MEASURES = 32 };

/* The protocols of all runs, in the order they are shown. */
int akin_measures(const akin_run *runs, int count, akin_measure *out);
/* layer NULL: the first that is not whitened. */
akin_score akin_score_find(const akin_run *run, akin_measure m, const char *encoder, const char *layer);
bool akin_layer_whitened(const char *layer); /* "backbone-white"; false for NULL */

/* "kNN", "linear classifier": what a protocol is called in a sentence; its own name if it is not known. */
const char *akin_measure_word(const char *name);

/* AKIN_ERR_INPUT when two runs were measured by different versions or parameters of one protocol. */
akin_status akin_results_comparable(const akin_run *runs, int count, akin_error *err);

bool akin_scores_overlap(akin_score a, akin_score b); /* false if an interval is unknown */
void akin_points(akin_html *h, double gain);          /* "+3.3": a difference of fractions in points */

/* One run. */
void akin_results_headline(akin_html *h, const akin_run *run); /* one or two sentences, or nothing */
void akin_results_key(akin_html *h, const akin_run *run);      /* <div> entries of the key figures */
void akin_results_table(akin_html *h, const akin_run *run);
void akin_results_groups(akin_html *h,
                         const akin_run *run); /* many, medium, few; nothing where it is balanced */
void akin_results_method(akin_html *h, const akin_run *runs,
                         int count); /* <dt>, <dd>: how each number was computed */

void akin_results_whitening(akin_html *h, const akin_run *runs,
                            int count); /* <dt>, <dd>: what whitening is, if it is used */

/* Several runs. */
void akin_results_span(akin_html *h, const akin_run *runs, int count); /* "kNN accuracy from ... to ..." */
void akin_results_comparison(akin_html *h, const akin_run *runs, int count);

#endif
