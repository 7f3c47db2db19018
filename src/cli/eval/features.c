/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/features.c - the eval verb without a run: features and labels from files.
 * The options it reads stand in the table of akin_eval.c.
 */
#include "cli/eval/eval.h"

#include <stdio.h>
#include <string.h>

typedef struct files {
    akin_array features, labels, test_features, test_labels;
} files;

static akin_status load(const cli_args *args, files *f, akin_error *err)
{
    akin_status status = akin_npy_load_matrix(cli_text(args, "features"), &f->features, err);
    if (!status) status = akin_labels_load(cli_text(args, "labels"), &f->labels, err);
    if (!status) status = akin_npy_load_matrix(cli_text(args, "test-features"), &f->test_features, err);
    if (!status) status = akin_labels_load(cli_text(args, "test-labels"), &f->test_labels, err);
    return status;
}

static akin_cmat view(const akin_array *features)
{
    return (akin_cmat){ features->data, features->shape[0], features->shape[1], features->shape[1] };
}

static void set_data(const files *f, akin_eval_data *data)
{
    data->train = view(&f->features);
    data->train_labels = f->labels.data;
    data->train_count = f->labels.count;
    data->test = view(&f->test_features);
    data->test_labels = f->test_labels.data;
    data->test_count = f->test_labels.count;
}

/* All protocols of the list; results is an array to fill, or NULL to print as they come. white is not NULL
 * when the features were whitened. */
static akin_status run_all(const cli_args *args, const akin_eval_data *data, const akin_whitening *white,
                           akin_json *results, akin_error *err)
{
    akin_eval_opts opts;
    (void)cli_eval_options(args, &opts); /* checked before */
    int64_t zero_rows = 0;
    bool tabled = false;
    const akin_protocol *p;
    for (int i = 0; (p = akin_protocol_at(i)); i++) {
        if (!cli_eval_wanted(args, p) || (white && !cli_eval_whitens(p))) continue;
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        akin_json *o = NULL;
        const akin_status status = cli_eval_protocol(args, p, data, &opts, NULL, &r, &o, err);
        if (status) return status;
        if (r.zero_rows && !zero_rows && !white)
            cli_note(args, "%lld rows are all zeros; their similarity to everything is 0",
                     (long long)r.zero_rows);
        zero_rows = r.zero_rows;
        if (r.lambda > 0 && !r.converged)
            cli_note(
                args,
                "%s stopped after %d iterations with a gradient of %.2g: close to the optimum, not at it",
                r.protocol, r.iterations, r.gradient);
        if (!results) {
            if (r.classifier)
                cli_eval_print_kway(&r, !tabled);
            else
                cli_eval_print_result(&r);
            cli_eval_print_classes(args, o);
            akin_json_free(o);
            tabled = r.classifier != NULL;
            fflush(stdout);
            continue;
        }
        akin_json_put(o, "encoder", akin_json_text("none"));
        akin_json_put(o, "layer", akin_json_text(white ? "features-white" : "features"));
        if (white) akin_json_put(o, "shrinkage", akin_json_real(akin_whitening_shrinkage(white)));
        akin_json_append(results, o);
    }
    return AKIN_OK;
}

static akin_mat owned(const akin_array *features)
{
    return (akin_mat){ features->data, features->shape[0], features->shape[1], features->shape[1] };
}

/* The same on whitened features, which replace those of the files; statistics of the training rows alone. */
static akin_status run_white(const cli_args *args, files *f, akin_json *results, akin_error *err)
{
    akin_whitening *white = NULL;
    const akin_mat train = owned(&f->features), test = owned(&f->test_features);
    akin_status status = akin_whitening_fit(akin_mat_const(train), NULL, &white, err);
    if (!status) status = akin_whitening_apply(white, akin_mat_const(train), train, err);
    if (!status) status = akin_whitening_apply(white, akin_mat_const(test), test, err);
    if (!status && !results)
        printf("whitened by the training rows, shrinkage %g:\n", akin_whitening_shrinkage(white));
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    set_data(f, &data);
    if (!status) status = run_all(args, &data, white, results, err);
    akin_whitening_free(white);
    return status;
}

int cli_eval_features(const cli_args *args)
{
    static const char *const needed[] = { "features", "labels", "test-features", "test-labels" };
    for (int i = 0; i < 4; i++)
        if (!cli_given(args, needed[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT,
                             "--%s is missing; without a run, --features, --labels, --test-features and "
                             "--test-labels are needed",
                             needed[i]);
    akin_eval_opts opts;
    int code = cli_eval_check_protocols(args);
    if (code < 0) code = cli_eval_options(args, &opts);
    if (code < 0) code = cli_eval_check_groups(args);
    if (code >= 0) return code;

    files f;
    memset(&f, 0, sizeof f);
    akin_error err;
    akin_json *results = args->json ? akin_json_array() : NULL;
    akin_status status = load(args, &f, &err);
    if (!status) {
        akin_eval_data data = AKIN_EVAL_DATA_INIT;
        set_data(&f, &data);
        if (!args->json)
            printf("%lld test rows against %lld training rows of %lld columns; 95 %% intervals\n",
                   (long long)data.test.rows, (long long)data.train.rows, (long long)data.train.cols);
        status = run_all(args, &data, NULL, results, &err);
        if (!status && cli_eval_whitening(args)) status = run_white(args, &f, results, &err);
    }
    if (status) {
        code = cli_fail(args, &err);
        akin_json_free(results);
    } else {
        code = args->json ? cli_print_json(args, akin_json_pack("{so}", "results", results)) : 0;
    }
    akin_array_free(&f.features);
    akin_array_free(&f.labels);
    akin_array_free(&f.test_features);
    akin_array_free(&f.test_labels);
    return code;
}
