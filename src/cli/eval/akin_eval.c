/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/akin_eval.c - akin eval RUN: the protocols on the trained encoder, beside raw data and random
 * weights. */
#include "cli/eval/eval.h"
#include "cli/eval/found.h"
#include "cli/random.h"
#include "cli/trained.h"

#include "akin/tool/model.h"
#include "akin/tool/neighbours.h"

#include "akin/loss.h"
#include "akin/model.h"
#include "akin/tool/dataset.h"
#include "akin/tool/escape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "protocol", AKIN_OPT_TEXT, "mean,centroid,knn,linear", "LIST", 0, 0,
      "which of mean, centroid, knn, linear, linear-v1, kway, separated by commas" },
    { "labels", AKIN_OPT_TEXT, "1", "SHARE|FILE", 0, 0,
      "share of the training labels to fit on, in (0,1]; with --features their file" },
    { "data", AKIN_OPT_TEXT, NULL, "DATA", 0, 0,
      "another data set than the run's own; without a test part all of it is tested, and classifiers learn "
      "from the run's own" },
    CLI_WEIGHTS_OPTION,
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    CLI_READING_OPTIONS,
    { "target", AKIN_OPT_CHOICE, "auto", "auto|label|group", 0, 0,
      "what is told apart: labels, or groups such as documents [labels, where there are any]" },
    { "split", AKIN_OPT_CHOICE, "test", "test|val", 0, 0, "the part reported on; val to choose settings by" },
    { "layer", AKIN_OPT_CHOICE, "all", "all|backbone|projector", 0, 0, "with RUN: of which layer" },
    { "width", AKIN_OPT_INT, NULL, "N", 1, 1e6, "with RUN: only the first N columns of a layer" },
    { "baselines", AKIN_OPT_CHOICE, "all", "all|none", 0, 0, "also evaluate raw data and a random encoder" },
    { "whiten", AKIN_OPT_CHOICE, "on", "on|off", 0, 0,
      "also mean and knn on whitened features, baselines too" },
    { "k", AKIN_OPT_INT, "10", "K", 1, 1e6, "knn: neighbours that vote" },
    { "temperature", AKIN_OPT_REAL, "0.07", "T", 1e-4, 1e6, "knn: votes weigh exp(similarity/T)" },
    CLI_EVAL_KWAY_ROWS,
    { "rows", AKIN_OPT_CHOICE, NULL, "raw|unit", 0, 0,
      "kway: means of the rows as they are, or of length 1 [raw; with RUN as its loss takes them]" },
    CLI_EVAL_CLASS_ROWS,
    { "features", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "without RUN: training features, .npy [n,d]" },
    { "test-features", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "without RUN: test features, .npy [m,d]" },
    { "test-labels", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "without RUN: test labels, .npy or one a line; compared by name where names are told" },
    CLI_EVAL_FOUND_ROWS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

typedef struct evaluation {
    const cli_args *args;
    const char *run;
    akin_files *files; /* eval.json and what belongs to it */
    akin_model *trained, *random;
    akin_dataset *data;
    akin_dataset *own; /* what the classifiers learn from, where --data has one part only; else NULL */
    akin_split_view train, test;
    akin_target target;
    akin_json *results; /* array */
    cli_unseen unseen;
    double share; /* of the training labels */
    const char *test_split;
    bool labelled; /* without labels there is nothing to measure, but neighbours to look at, and values */
    bool valued;   /* there are continuous labels */
    cli_eval_values values;
    akin_eval_opts opts;
    cli_repeats repeats;
    cli_paired paired;
    int printed;
} evaluation;

/* A matrix of its own. */
static akin_mat matrix(int64_t rows, int64_t cols)
{
    akin_mat m = { malloc((size_t)rows * (size_t)cols * sizeof(float)), rows, cols, cols };
    return m;
}

/* Under --labels FRACTION the training rows count whose hash of seed and row is small. */
static bool chosen(const evaluation *e, int64_t i)
{
    return e->share >= 1 || cli_hash_unit((uint64_t)cli_int(e->args, "seed"), (uint64_t)i) < e->share;
}

/* Move these to the front of a, their labels into labels; returns how many. */
static int64_t keep_chosen(const evaluation *e, akin_mat *a, int32_t *labels)
{
    int64_t n = 0;
    for (int64_t i = 0; i < a->rows; i++) {
        if (!chosen(e, i)) continue;
        if (n != i)
            memmove(a->data + n * a->stride, a->data + i * a->stride, (size_t)a->cols * sizeof(float));
        labels[n++] = e->train.labels[i];
    }
    a->rows = n;
    return n;
}

static const char *name_of_class(const void *ctx, int32_t label)
{
    const evaluation *e = ctx;
    return akin_dataset_class_name(e->data, e->target, label);
}

static akin_status run_protocols(evaluation *e, const akin_eval_data *data, const char *encoder,
                                 const char *layer, const akin_whitening *white, akin_error *err)
{
    const akin_protocol *p;
    for (int i = 0; (p = akin_protocol_at(i)); i++) {
        if (!cli_eval_wanted(e->args, p) || (white && !cli_eval_whitens(p))) continue;
        akin_eval_result result = AKIN_EVAL_RESULT_INIT;
        const cli_class_names names = { name_of_class, e, &e->unseen };
        akin_json *row = NULL;
        cli_items items;
        akin_status status =
            cli_eval_protocol(e->args, p, data, &e->opts, &names, &result, &row, &items, err);
        if (status) return status;
        akin_json_put(row, "encoder", akin_json_text(encoder));
        akin_json_put(row, "layer", akin_json_text(layer));
        if (white) akin_json_put(row, "shrinkage", akin_json_real(akin_whitening_shrinkage(white)));
        status = cli_paired_add(&e->paired, &result, encoder, layer, data->test_count, &items, row, err);
        cli_eval_print_row(e->args, &e->printed, &result, encoder, layer);
        if (!e->args->json && !e->args->quiet) cli_paired_print(row);
        cli_eval_print_classes(e->args, row);
        akin_json_append(e->results, row);
        if (status) return status;
    }
    return AKIN_OK;
}

/* All protocols on the features, then, with white, mean and knn on the whitened ones, which replace them. The
 * statistics are those of all training rows, the protocols see the rows that --labels leaves. */
static akin_status measure(evaluation *e, akin_mat train, akin_mat test, const char *encoder,
                           const char *layer, bool white, akin_error *err)
{
    if (e->valued) {
        const akin_status status = cli_eval_values_measure(&e->values, akin_mat_const(train),
                                                           akin_mat_const(test), encoder, layer, err);
        if (status) return status;
    }
    if (!e->labelled) return AKIN_OK;
    int32_t *labels = malloc((size_t)train.rows * sizeof *labels);
    if (!labels) return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the labels");
    akin_whitening *whitening = NULL;
    akin_status status = white && cli_eval_whitening(e->args)
                             ? akin_whitening_fit(akin_mat_const(train), NULL, &whitening, err)
                             : AKIN_OK;
    const int64_t n = keep_chosen(e, &train, labels);
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    data.train = akin_mat_const(train);
    data.train_labels = labels;
    data.train_count = n;
    data.test_labels = e->test.labels;
    data.test_count = e->test.n;
    const cli_class_names names = { name_of_class, e, NULL };
    if (!status && !e->unseen.is) status = cli_unseen_find(e->args, &data, &names, &e->unseen, err);
    if (!status) test = cli_unseen_leave_out(&e->unseen, test);
    data.test = akin_mat_const(test);
    data.test_labels = e->unseen.label;
    data.test_count = test.rows;
    if (!status) status = run_protocols(e, &data, encoder, layer, NULL, err);
    if (!status && whitening) {
        char name[32];
        snprintf(name, sizeof name, "%s-white", layer);
        if (n) status = akin_whitening_apply(whitening, akin_mat_const(train), train, err);
        if (!status) status = akin_whitening_apply(whitening, akin_mat_const(test), test, err);
        if (!status) status = run_protocols(e, &data, encoder, name, whitening, err);
    }
    akin_whitening_free(whitening);
    free(labels);
    return status;
}

/* Features ------------------------------------------------------------------------------------------- */

static akin_status show_neighbours(evaluation *e, akin_mat train, akin_mat test, const char *encoder,
                                   const char *layer, const char *name, akin_error *err)
{
    if (e->own || !cli_rank_writes()) return AKIN_OK; /* it shows items of one set */
    akin_neighbour_gallery g = AKIN_NEIGHBOUR_GALLERY_INIT;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/gallery", e->run);
    g.set = e->data;
    g.target = e->target;
    g.test_split = e->test_split;
    g.encoder = encoder;
    g.layer = layer;
    g.folder = folder;
    g.name = name;
    g.files = e->files;
    return akin_neighbour_gallery_save(&g, akin_mat_const(train), akin_mat_const(test), err);
}

static const akin_dataset *train_set(const evaluation *e) { return e->own ? e->own : e->data; }

static akin_status raw_rows(const evaluation *e, const akin_dataset *set, const char *split, int64_t n,
                            akin_mat *out, akin_error *err)
{
    *out = matrix(n, akin_model_raw_width(e->trained, set));
    if (!out->data)
        return cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the raw %s",
                             akin_model_raw_name(e->trained, set));
    return akin_model_raw_rows(e->trained, train_set(e), set, split, *out, err);
}

static akin_status evaluate_raw(evaluation *e, akin_error *err)
{
    const char *layer = akin_model_raw_name(e->trained, e->data);
    bool fit = false;
    akin_status status =
        layer ? cli_eval_raw_fits(e->args, e->trained, e->data, e->train.n + e->test.n, &fit, err) : AKIN_OK;
    if (!fit || status) return status;
    akin_mat train = { NULL, 0, 0, 0 }, test = train;
    const bool seen = akin_dataset_raw_name(e->data) != NULL; /* else they are no items to look at */
    if (!seen && !e->labelled && !e->valued) return AKIN_OK;
    status = raw_rows(e, train_set(e), "train", e->train.n, &train, err);
    if (!status) status = raw_rows(e, e->data, e->test_split, e->test.n, &test, err);
    if (!status && seen) status = show_neighbours(e, train, test, "none", layer, "neighbours-pixels", err);
    const bool white =
        e->labelled && cli_eval_whitening(e->args) && cli_eval_raw_whitens(e->args, e->trained, e->data);
    if (!status) status = measure(e, train, test, "none", layer, white, err);
    free(train.data);
    free(test.data);
    return status;
}

static bool wanted_layer(const cli_args *args, const char *layer)
{
    const char *wanted = cli_text(args, "layer");
    return strcmp(wanted, "all") == 0 || strcmp(wanted, layer) == 0;
}

static akin_status evaluate_model(evaluation *e, akin_model *model, const char *encoder, akin_error *err)
{
    const int64_t width[2] = { akin_model_width(model, AKIN_LAYER_BACKBONE),
                               akin_model_width(model, AKIN_LAYER_PROJECTOR) };
    static const char *const layers[2] = { "backbone", "projector" };
    const int layers_there = akin_model_has_head(model) ? 2 : 1;
    akin_mat train[2] = { { NULL, 0, 0, 0 } }, test[2] = { { NULL, 0, 0, 0 } };
    akin_status status = AKIN_OK;
    for (int l = 0; l < layers_there; l++) {
        train[l] = matrix(e->train.n, width[l]);
        test[l] = matrix(e->test.n, width[l]);
        if (!train[l].data || !test[l].data)
            status = cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the embeddings");
    }
    if (!status) status = akin_model_embed(model, train_set(e), NULL, train[0], train[1], err);
    akin_embed_opts tested = AKIN_EMBED_OPTS_INIT;
    tested.split = e->test_split;
    if (!status) status = akin_model_embed(model, e->data, &tested, test[0], test[1], err);
    cli_eval_leading(e->args, train);
    cli_eval_leading(e->args, test);
    if (!status && model == e->trained)
        status = show_neighbours(e, train[0], test[0], encoder, layers[0], "neighbours", err);
    for (int l = 0; l < layers_there; l++) {
        if (!status && wanted_layer(e->args, layers[l]))
            status = measure(e, train[l], test[l], encoder, layers[l], l == 0, err);
        free(train[l].data);
        free(test[l].data);
    }
    return status;
}

/* Classes that only one of the two sets has would stand for each other. */
static akin_status check_classes(const evaluation *e, akin_error *err)
{
    for (int64_t k = 0; k < e->train.classes && k < e->test.classes; k++) {
        const char *a = akin_dataset_class_name(e->own, e->target, k);
        const char *b = akin_dataset_class_name(e->data, e->target, k);
        if (a && b && strcmp(a, b) != 0)
            return cli_set_error(
                err, AKIN_ERR_INPUT,
                "the run's own data have classes that are not the run's, such as '%s'; name a "
                "set with a training and a test part",
                a);
    }
    return AKIN_OK;
}

/* --data with one part: all of it is tested, by classifiers of the run's own training part. */
static akin_status learn_from_own(evaluation *e, akin_error *err)
{
    e->test = e->train;
    e->test_split = "train";
    e->train = (akin_split_view)AKIN_SPLIT_VIEW_INIT;
    akin_status status = cli_open_data(e->args, e->trained, NULL, &e->own, err);
    if (!status && strcmp(akin_dataset_fingerprint(e->own), akin_dataset_fingerprint(e->data)) == 0)
        status = cli_set_error(err, AKIN_ERR_INPUT,
                               "'%s' is what the run learned from, and has no test part; name other data",
                               akin_dataset_name(e->data));
    if (!status) status = akin_dataset_split(e->own, "train", e->target, &e->train, err);
    if (!status && !e->train.labels)
        status =
            cli_set_error(err, AKIN_ERR_INPUT,
                          "'%s' has no test part, and the run's own data have no labels to learn from; name "
                          "a set with a training and a test part",
                          akin_dataset_name(e->data));
    if (!status) status = check_classes(e, err);
    if (!status)
        cli_note(e->args, "'%s' has one part: all of it is tested; classifiers learn from the run's own '%s'",
                 akin_dataset_name(e->data), akin_dataset_name(e->own));
    e->labelled = !status;
    return status;
}

/* What --labels leaves, and the classes among it. */
static akin_status check_share(const evaluation *e, akin_error *err)
{
    const int64_t classes = e->train.classes;
    char *seen = calloc((size_t)classes + 1, 1);
    int64_t n = 0, found = 0;
    if (!seen) return cli_no_memory(err, classes, "classes");
    for (int64_t i = 0; i < e->train.n; i++) {
        const int32_t y = e->train.labels[i];
        if (!chosen(e, i)) continue;
        n++;
        if (y < 0 || seen[y]) continue;
        seen[y] = 1;
        found++;
    }
    free(seen);
    if (n == 0)
        return cli_set_error(err, AKIN_ERR_RANGE,
                             "--labels %g leaves none of the %lld training items; give a "
                             "greater share",
                             e->share, (long long)e->train.n);
    if (found < classes && e->share < 1)
        cli_note(e->args,
                 "--labels %g leaves %lld training items, which are of %lld of the %lld classes: the others "
                 "cannot be found",
                 e->share, (long long)n, (long long)found, (long long)classes);
    return AKIN_OK;
}

/* Numbers beyond what there is would count as something else. */
static akin_status check_counts(const evaluation *e, akin_error *err)
{
    const cli_args *args = e->args;
    const char *protocols = cli_text(args, "protocol");
    if (!e->labelled) return AKIN_OK;
    if (strcmp(cli_text(args, "layer"), "projector") == 0 && !akin_model_has_head(e->trained))
        return cli_set_error(err, AKIN_ERR_INPUT,
                             "the run has no projection head; --layer backbone is all it has");
    const akin_status wide = cli_eval_check_width(args, e->trained, err);
    if (wide) return wide;
    if (strstr(protocols, "knn") && cli_given(args, "k") && e->opts.k > e->train.n)
        cli_note(args, "--k is %d, and there are %lld training items: all of them vote", e->opts.k,
                 (long long)e->train.n);
    for (int i = 0; strstr(protocols, "kway") && i < AKIN_KWAY_MOST && e->opts.tasks[i]; i++)
        if (e->opts.tasks[i] > e->train.classes)
            cli_note(args, "there is no AVG-%d: the training items are of %lld classes (--tasks)",
                     e->opts.tasks[i], (long long)e->train.classes);
    return check_share(e, err);
}

/* Does the loss bring its rows to length 1? All do but these. */
static bool takes_unit_rows(const char *loss)
{
    const akin_loss *row = akin_loss_find(loss);
    if (row && row->needs & AKIN_LOSS_TARGETS) return true; /* of columns too: matrix-ssl */
    if (row && row->needs & (AKIN_LOSS_TRIPLES | AKIN_LOSS_COLUMNS)) return false;
    return loss && strcmp(loss, "spectral") != 0 && strcmp(loss, "rank-n-contrast") != 0;
}

static akin_status open_all(evaluation *e, akin_error *err)
{
    e->target = cli_target(e->args);
    akin_status status = cli_open_model(e->args, e->run, &e->trained, err);
    if (!status) status = cli_open_set(e->args, e->trained, cli_text(e->args, "data"), &e->data, err);
    /* where values are to be told, groups are sessions and no classes */
    if (!status && e->target == AKIN_TARGET_AUTO && cli_eval_has_values(e->data, e->data, "train"))
        e->target = AKIN_TARGET_LABEL;
    if (!status) status = akin_dataset_split(e->data, "train", e->target, &e->train, err);
    if (!status && !cli_given(e->args, "rows"))
        e->opts.unit_rows = takes_unit_rows(akin_model_option(e->trained, "loss"));
    e->test_split = cli_text(e->args, "split");
    if (!status) status = akin_dataset_split(e->data, e->test_split, e->target, &e->test, err);
    if (status && e->data && e->train.n && !e->train.labels) {
        e->test = e->train;
        e->test_split = "train";
        return AKIN_OK;
    }
    if (status && e->data && e->train.n && cli_given(e->args, "data") && strcmp(e->test_split, "test") == 0)
        return learn_from_own(e, err);
    if (status && e->data && e->train.n)
        return cli_set_error(
            err, AKIN_ERR_INPUT,
            "'%s' has no %s part to report on; before training, akin data split makes one (of text and "
            "vectors --%s at training); --data names a set that has both",
            akin_dataset_name(e->data), e->test_split,
            strcmp(e->test_split, "val") == 0 ? "hold-val" : "holdout");
    e->labelled = !status && e->train.labels && e->test.labels;
    return status;
}

/* What can be done without labels, and what cannot. */
static void tell_no_labels(const evaluation *e)
{
    const char *asked = cli_text(e->args, "split");
    char part[32] = "";
    if (e->train.labels) snprintf(part, sizeof part, "the %s part of ", e->test_split);
    cli_note(
        e->args,
        "%s%s has no labels, so there is no accuracy: only nearest neighbours are found, for the report. "
        "--data names a set with labels; 'akin diagnose' needs none",
        part, akin_dataset_name(e->data));
    if (strcmp(asked, e->test_split) != 0 && cli_given(e->args, "split"))
        cli_note(e->args, "it has no %s part either: neighbours are those of training items", asked);
}

static const char ITEMS[] = "eval-items.npy";

static const char *target_name(const evaluation *e)
{
    return e->target == AKIN_TARGET_LABEL ? "label" : e->target == AKIN_TARGET_GROUP ? "group" : "auto";
}

/* eval.json, and what --json prints. */
static akin_json *record(const evaluation *e)
{
    akin_json *root = akin_json_pack(
        "{s:O,s:I,s:s,s:o,s:s,s:s}", "results", e->results, "step", (int64_t)akin_model_step(e->trained),
        "weights", akin_model_weights(e->trained), "data", akin_json_text(akin_dataset_name(e->data)),
        "fingerprint", akin_dataset_fingerprint(e->data), "split", e->test_split);
    if (e->own) akin_json_put(root, "learned_from", akin_json_text(akin_dataset_name(e->own)));
    if (!cli_given(e->args, "data"))
        akin_json_put(root, "data_changed", akin_json_bool(cli_data_changed(e->trained, e->data, NULL)));
    akin_json_put(root, "labelled", akin_json_bool(e->labelled));
    if (e->valued) akin_json_put(root, "values", akin_json_share(e->values.results));
    if (e->labelled) cli_eval_put_repeats(root, &e->repeats);
    if (e->labelled) akin_json_put(root, "target", akin_json_text(target_name(e)));
    if (cli_paired_has_hits(&e->paired)) akin_json_put(root, "items", akin_json_text(ITEMS));
    cli_put_ranks(root);
    return root;
}

/* Accuracies on another set are not lost to an evaluation that has none. */
static akin_status has_results(const char *path, bool *some, akin_error *err)
{
    akin_json *had = NULL;
    akin_path_kind there;
    *some = false;
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (!status && there) status = akin_json_load(path, (size_t)64 << 20, 0, &had, err);
    *some = akin_json_length(akin_json_get(had, "results")) > 0;
    akin_json_free(had);
    return status == AKIN_ERR_FORMAT ? AKIN_OK : status; /* a damaged one is nothing to be kept */
}

/* eval.json is the last of the files, so that it is there only with all that belongs to it. */
static akin_status add_results(const evaluation *e, const akin_json *root, akin_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/eval.json", e->run);
    bool had = false;
    if (!e->labelled && !e->valued) {
        const akin_status status = has_results(path, &had, err);
        if (status) return status;
    }
    if (had) {
        cli_note(e->args, "'%s' keeps the accuracies of an earlier evaluation", path);
        return AKIN_OK;
    }
    char items[4096];
    snprintf(items, sizeof items, "%s/%s", e->run, ITEMS);
    const akin_status status = cli_paired_has_hits(&e->paired)
                                   ? cli_paired_save(&e->paired, items, e->files, err)
                                   : akin_files_older(e->files, items, err);
    return status ? status : akin_json_add(e->files, path, root, AKIN_JSON_INDENTED, 9, err);
}

static const akin_opt_desc SHARE = { "labels", AKIN_OPT_REAL, NULL, NULL, 1e-6, 1, NULL };

/* What is asked for makes sense: -1. */
static int check(const cli_args *args)
{
    akin_error err;
    double share;
    if (args->positionals != 1)
        return cli_error(args, AKIN_ERR_ARGUMENT, "which run? usage: akin eval RUN, or --features A.npy ...");
    const int refused = cli_eval_check(args);
    if (refused >= 0) return refused;
    return akin_opt_check(&SHARE, cli_text(args, "labels"), &share, &err) ? cli_fail(args, &err) : -1;
}

/* All that is measured. Of several ranks each measures it, sharing the work; what each does for itself, all
 * do, so that none waits for long. */
static akin_status evaluate(evaluation *e, akin_error *err)
{
    const cli_args *args = e->args;
    const bool baselines = strcmp(cli_text(args, "baselines"), "all") == 0;
    akin_status status = open_all(e, err);
    status = cli_ranks_alike(status, e->trained, e->data, err);
    if (!status) status = check_counts(e, err);
    e->valued = !status && cli_eval_has_values(train_set(e), e->data, e->test_split);
    e->values = (cli_eval_values){ args, train_set(e), e->data, e->test_split, e->values.results };
    if (!status && !e->labelled && !e->valued) tell_no_labels(e);
    if (!status && e->labelled)
        status =
            cli_eval_find_repeats(args, e->trained, train_set(e), e->data, e->test_split, &e->repeats, err);
    if (!status && baselines) status = evaluate_raw(e, err);
    if (!status && baselines && (e->labelled || e->valued)) {
        status = cli_open_shared(args, e->run, AKIN_MODEL_RANDOM, NULL, &e->random, err);
        if (!status) status = evaluate_model(e, e->random, "random", err);
    }
    return status ? status : evaluate_model(e, e->trained, "trained", err);
}

static int run(const cli_args *args)
{
    if (cli_eval_finds(args)) return cli_eval_found(args);
    if (cli_given(args, "features")) return cli_eval_features(args);
    const int refused = cli_agree(args, cli_rank_writes() ? check(args) : -1);
    if (refused >= 0) return refused;
    akin_error err;
    evaluation e = {
        .args = args, .run = args->positional[0], .train = AKIN_SPLIT_VIEW_INIT, .test = AKIN_SPLIT_VIEW_INIT
    };
    (void)cli_eval_options(args, &e.opts); /* checked, as is the share */
    (void)akin_opt_check(&SHARE, cli_text(args, "labels"), &e.share, &err);
    e.results = akin_json_array();
    e.values.results = akin_json_array();
    akin_status status = akin_files_create(&e.files, &err);
    if (!status) status = evaluate(&e, &err);
    akin_json *root = status ? NULL : record(&e);
    if (!status && cli_rank_writes()) status = add_results(&e, root, &err);
    if (status || !cli_rank_writes())
        akin_files_abort(e.files);
    else
        status = akin_files_commit(e.files, &err);
    int code = cli_agree(args, status ? cli_fail(args, &err) : -1);
    if (code < 0 && !args->json && !args->quiet) cli_paired_headline(e.results);
    cli_paired_free(&e.paired);
    cli_unseen_free(&e.unseen);
    akin_dataset_free(e.own);
    akin_dataset_free(e.data);
    akin_model_free(e.trained);
    akin_model_free(e.random);
    if (code < 0) code = args->json ? cli_print_json(args, akin_json_share(root)) : 0;
    akin_json_free(root);
    akin_json_free(e.results);
    akin_json_free(e.values.results);
    return code;
}

static const cli_heading HEADINGS[] = {
    CLI_READING_HEADING,
    { "target", NULL, "What is measured" },
    { "k", "protocols", "Settings of protocols" },
    { "features", "features", "Features from anywhere, without RUN" },
    CLI_EVAL_FOUND_HEADING,
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "The quick protocols, of 10 % of the labels", "akin eval runs/a --protocol mean,knn --labels 0.1" },
    { "All tasks of two classes, as for latent classes",
      "akin eval runs/a --protocol kway --tasks 2 --top 1" },
    { NULL, NULL },
};

const cli_verb cli_eval = {
    .name = "eval",
    .line = "measure a trained encoder by locked protocols",
    .usage =
        "RUN   |   --features A.npy --labels Y --test-features B.npy --test-labels Z   |   "
        "[RUN] --queries Q --documents D --qrels R   |   RUN --scores S   |   --a A.npy --b B.npy --scores S",
    .text = "Fits on the training part of the run's data and reports on its test part: the mean classifier "
            "(mean-v1),\nthe nearest centroid (centroid-v1), "
            "k nearest neighbours (knn-v1) and logistic regression (linear-v2), on the backbone and the "
            "projector,\n"
            "beside raw pixels, raw columns or a bag of words, and the same encoder with random "
            "weights.\nWrites RUN/eval.json.\n"
            "--protocol kway adds accuracy over all tasks of k classes, as for latent classes (kway-v1).\n"
            "Without labels it only finds nearest neighbours, which the report shows. Continuous labels "
            "(--value-column at\ntraining) are told by k nearest neighbours and by ridge regression "
            "(knn-regress-v1, ridge-v1), with R^2.\n"
            "Rows named -white are of features whitened by the mean and covariance of the training part.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 0,
    .most = 1,
    .run = run,
    .ranks = true,
};
