/* SPDX-License-Identifier: Apache-2.0 */
/* cli/eval/features.c - the eval verb without a run: features and labels from files.
 * The options it reads stand in the table of akin_eval.c.
 */
#include "cli/eval/eval.h"
#include "cli/table.h"
#include "cli/trained.h"

#include "akin/tool/file_set.h"
#include "akin/tool/labels.h"

#include <stdio.h>
#include <string.h>

typedef struct files {
    akin_array features, test_features;
    akin_labels *labels, *test_labels; /* in the same numbers */
    akin_mat test;                     /* of test_features: the rows of classes that are known */
    cli_unseen unseen;
} files;

static akin_mat view(const akin_array *features)
{
    return (akin_mat){ features->data, features->shape[0], features->shape[1], features->shape[1] };
}

static const char *name_of_class(const void *ctx, int32_t label)
{
    const files *f = ctx;
    return akin_labels_class_name(f->test_labels, label); /* those of labels come first in it */
}

static void set_data(const files *f, akin_eval_data *data)
{
    data->train = akin_mat_const(view(&f->features));
    data->train_labels = akin_labels_values(f->labels);
    data->train_count = akin_labels_count(f->labels);
    data->test = akin_mat_const(f->test);
    data->test_labels = f->unseen.label;
    data->test_count = f->unseen.seen;
}

static void tell_remarks(const cli_args *args, const akin_labels *labels)
{
    const char *line;
    for (int64_t i = 0; (line = akin_labels_remark(labels, i)) != NULL; i++) cli_note(args, "%s", line);
}

static akin_status wrong_count(const cli_args *args, const char *labels, int64_t count, const char *features,
                               int64_t rows, akin_error *err)
{
    return cli_set_error(err, AKIN_ERR_SHAPE, "'%s' has %lld labels, '%s' %lld rows; each row needs one",
                         cli_text(args, labels), (long long)count, cli_text(args, features), (long long)rows);
}

/* Labels by name, and test rows of unknown classes out of the way. */
static akin_status match(const cli_args *args, files *f, akin_error *err)
{
    const int64_t n = akin_labels_count(f->labels), m = akin_labels_count(f->test_labels);
    if (n != f->features.shape[0])
        return wrong_count(args, "labels", n, "features", f->features.shape[0], err);
    if (m != f->test_features.shape[0])
        return wrong_count(args, "test-labels", m, "test-features", f->test_features.shape[0], err);
    akin_status status = akin_labels_join(f->labels, f->test_labels, err);
    if (status) return status;
    tell_remarks(args, f->labels);
    tell_remarks(args, f->test_labels);
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    data.train_labels = akin_labels_values(f->labels);
    data.train_count = n;
    data.test_labels = akin_labels_values(f->test_labels);
    data.test_count = m;
    const cli_class_names names = { name_of_class, f, NULL };
    status = cli_unseen_find(args, &data, &names, &f->unseen, err);
    if (!status) f->test = cli_unseen_leave_out(&f->unseen, view(&f->test_features));
    return status;
}

static akin_status load(const cli_args *args, files *f, akin_error *err)
{
    const char *const paths[] = { cli_text(args, "features"), cli_text(args, "labels"),
                                  cli_text(args, "test-features"), cli_text(args, "test-labels") };
    uint64_t state;
    akin_status status = akin_file_set_check(paths, 4, &state, err);
    if (!status) status = akin_npy_load_matrix(paths[0], &f->features, err);
    if (!status) status = akin_labels_open(paths[1], &f->labels, err);
    if (!status) status = akin_npy_load_matrix(paths[2], &f->test_features, err);
    if (!status) status = akin_labels_open(paths[3], &f->test_labels, err);
    if (!status) status = akin_file_set_same(paths, 4, state, err);
    return status ? status : match(args, f, err);
}

static void release(files *f)
{
    akin_array_free(&f->features);
    akin_array_free(&f->test_features);
    akin_labels_free(f->labels);
    akin_labels_free(f->test_labels);
    cli_unseen_free(&f->unseen);
}

/* All protocols of the list; results is an array to fill, or NULL to print as they come. white is not NULL
 * when the features were whitened. */
static akin_status run_all(const cli_args *args, const files *f, const akin_whitening *white,
                           akin_json *results, akin_error *err)
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    set_data(f, &data);
    const cli_class_names names = { name_of_class, f, &f->unseen };
    akin_eval_opts opts;
    (void)cli_eval_options(args, &opts); /* checked before */
    int64_t zero_rows = 0;
    bool tabled = false;
    const akin_protocol *p;
    for (int i = 0; (p = akin_protocol_at(i)); i++) {
        if (!cli_eval_wanted(args, p) || (white && !cli_eval_whitens(p))) continue;
        akin_eval_result r = AKIN_EVAL_RESULT_INIT;
        akin_json *o = NULL;
        const akin_status status = cli_eval_protocol(args, p, &data, &opts, &names, &r, &o, NULL, err);
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

/* The same on whitened features, which replace those of the files; statistics of the training rows alone. */
static akin_status run_white(const cli_args *args, files *f, akin_json *results, akin_error *err)
{
    akin_whitening *white = NULL;
    const akin_mat train = view(&f->features), test = f->test;
    akin_status status = akin_whitening_fit(akin_mat_const(train), NULL, &white, err);
    if (!status) status = akin_whitening_apply(white, akin_mat_const(train), train, err);
    if (!status) status = akin_whitening_apply(white, akin_mat_const(test), test, err);
    if (!status && !results)
        printf("whitened by the training rows, shrinkage %g:\n", akin_whitening_shrinkage(white));
    if (!status) status = run_all(args, f, white, results, err);
    akin_whitening_free(white);
    return status;
}

static int check(const cli_args *args)
{
    static const char *const needed[] = { "features", "labels", "test-features", "test-labels" };
    for (int i = 0; i < 4; i++)
        if (!cli_given(args, needed[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT,
                             "--%s is missing; without a run, --features, --labels, --test-features and "
                             "--test-labels are needed",
                             needed[i]);
    return cli_eval_check(args);
}

int cli_eval_features(const cli_args *args)
{
    int code = cli_agree(args, cli_rank_writes() ? check(args) : -1);
    if (code >= 0) return code;
    files f;
    memset(&f, 0, sizeof f);
    akin_error err;
    akin_json *results = args->json ? akin_json_array() : NULL;
    akin_status status = cli_ranks_alike(load(args, &f, &err), NULL, NULL, &err);
    if (!status) {
        const int64_t *train = f.features.shape;
        if (!args->json)
            printf("%lld test rows against %lld training rows of %lld columns; 95 %% intervals\n",
                   (long long)f.test_features.shape[0], (long long)train[0], (long long)train[1]);
        status = run_all(args, &f, NULL, results, &err);
        if (!status && cli_eval_whitening(args)) status = run_white(args, &f, results, &err);
    }
    code = cli_agree(args, status ? cli_fail(args, &err) : -1);
    if (code > 0) {
        akin_json_free(results);
    } else {
        akin_json *root = args->json ? akin_json_pack("{so}", "results", results) : NULL;
        if (root) cli_put_ranks(root);
        code = root ? cli_print_json(args, root) : 0;
        cli_tell_bytes(args, cli_text(args, "features"));
        cli_tell_bytes(args, cli_text(args, "test-features"));
    }
    release(&f);
    return code;
}
