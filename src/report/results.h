/* SPDX-License-Identifier: Apache-2.0 */
/* report/results.h - the accuracies of eval.json, looked up, tabled and put into a sentence. */
#ifndef AK_REPORT_RESULTS_H
#define AK_REPORT_RESULTS_H

#include "report/run.h"

typedef struct ak_accuracy {
    const akin_json *row;      /* NULL: not measured */
    double top1, low, high, n; /* fractions and the number of test items; NaN if unknown */
} ak_accuracy;

/* One protocol as it was applied: mean-v1 with 5 labels a class is another than mean-v1 with all. */
typedef struct ak_measure {
    const char *name; /* borrowed from the JSON */
    double labels;    /* labels per class; NaN = all */
} ak_measure;

enum { AK_MAX_MEASURES = 32 };

/* The protocols of all runs, in the order they are shown. */
int ak_measures(const ak_run *runs, int count, ak_measure *out);
/* layer NULL: the first that is not whitened. AK_RAW and AK_RAW_WHITE: of encoder "none", whatever the kind
 * of data calls its own values. */
#define AK_RAW "raw"
#define AK_RAW_WHITE "raw-white"
ak_accuracy ak_accuracy_find(const ak_run *run, ak_measure m, const char *encoder, const char *layer);
/* "raw pixels" of images, "raw columns" of tables, "a bag of words" of text; "raw data" where runs differ. */
const char *ak_raw_words(const ak_run *runs, int count);
bool ak_layer_whitened(const char *layer); /* "backbone-white"; false for NULL */

/* What a row of a table compares: the layer of the trained and the random encoder, and the raw data beside
 * it. */
typedef struct ak_layer {
    const char *name, *raw, *words;
} ak_layer;
enum { AK_LAYERS = 3 };
extern const ak_layer ak_layers[AK_LAYERS];

/* "kNN", "linear classifier": what a protocol is called in a sentence; its own name if it is not known. */
const char *ak_measure_word(const char *name);

/* AKIN_ERR_INPUT when two runs were measured by different versions or parameters of one protocol. */
akin_status ak_results_comparable(const ak_run *runs, int count, akin_error *err);

bool ak_accuracies_overlap(ak_accuracy a, ak_accuracy b); /* false if an interval is unknown */
void ak_points(ak_html *h, double gain);                  /* "+3.3": a difference of fractions in points */

/* A difference of two accuracies on the same items, as fractions. */
typedef struct ak_difference {
    double value, low, high, p;
    int direction; /* 1 or -1 where a difference is seen, else 0 */
    bool known;
} ak_difference;

/* Of an object with "difference", "ci95", "p" and "verdict". */
ak_difference ak_difference_read(const akin_json *object);
/* Of a result and the raw data ("none") or the random encoder ("random"), where eval.json tells it. */
ak_difference ak_difference_from(ak_accuracy trained, const char *encoder);
bool ak_runs_share_items(const ak_run *a, const ak_run *b);
/* Of the trained encoders of a and b; layer as in ak_accuracy_find(). */
ak_difference ak_difference_of_runs(const ak_run *a, const ak_run *b, ak_measure m, const char *layer);
void ak_difference_put(ak_html *h, ak_difference d, bool with_sign); /* "+0.2 points, 95 % -0.4 to 0.8" */
void ak_difference_range(ak_html *h, ak_difference d);               /* "[-0.4, 0.8]" */
void ak_difference_p(ak_html *h, ak_difference d);                   /* "p = 0.03" */

/* One run. */
void ak_results_headline(ak_html *h, const ak_run *run); /* one or two sentences, or nothing */
void ak_results_key(ak_html *h, const ak_run *run);      /* <div> entries of the key figures */
void ak_results_table(ak_html *h, const ak_run *run);
void ak_results_groups(ak_html *h, const ak_run *run); /* many, medium, few; nothing where it is balanced */
void ak_results_kway(ak_html *h, const ak_run *run); /* tasks of k classes; nothing where none are measured */
void ak_results_values(ak_html *h, const ak_run *run); /* continuous labels; nothing where there are none */
const akin_json *ak_results_of_values(const ak_run *run); /* or NULL */
/* <b>84.6 %</b> and its interval, which may be NULL; not the cell about it. */
void ak_results_value(ak_html *h, double value, const akin_json *interval);
/* <dt>, <dd>: how each number was computed. */
void ak_results_method(ak_html *h, const ak_run *runs, int count);
/* <dt>, <dd>: what whitening is, if it is used. */
void ak_results_whitening(ak_html *h, const ak_run *runs, int count);

/* Several runs. */
void ak_results_span(ak_html *h, const ak_run *runs, int count); /* "kNN accuracy from ... to ..." */
void ak_results_comparison(ak_html *h, const ak_run *runs, int count);
/* Each run minus the first, item by item; a table row for each layer. */
void ak_results_differences(ak_html *h, const ak_run *runs, int count, const char *const *layers,
                            const char *const *words, int layer_count);

#endif
