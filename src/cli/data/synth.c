/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/synth.c - akin data synth: two views of features with labels, from a latent-class model that is
 * known exactly. */
#include "cli/data/synth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static akin_json *gaussian_truth(const akin_latent_opts *o, const int64_t *counts, const akin_latent_truth *t)
{
    akin_json *list = akin_json_array();
    for (int c = 0; c < o->classes; c++) akin_json_append(list, akin_json_int(counts[c]));
    return akin_json_pack("{s:s,s:i,s:I,s:I,s:f,s:f,s:f,s:f,s:I,s:o,s:f,s:f,s:f,s:f}", "model",
                          "latent classes", "classes", o->classes, "items", (int64_t)o->items, "width",
                          (int64_t)o->width, "imbalance", o->imbalance, "spread", o->spread, "view_spread",
                          o->view_spread, "mix", o->mix, "seed", (int64_t)o->seed, "counts", list, "tau",
                          t->tau, "cross_class_edges", t->cross, "second_eigenvalue", t->eigenvalue,
                          "entropy", t->entropy);
}

/* What the discrete model gives: the draw's own sums, and of labels those of akin plan. */
typedef struct discrete_model {
    int64_t negatives;
    akin_discrete_truth truth;
    akin_theory_plan plan;
    double *spectrum; /* [items] */
} discrete_model;

static akin_json *discrete_truth(const akin_latent_opts *o, const int64_t *counts, const discrete_model *f)
{
    akin_json *list = akin_json_array(), *prior = akin_json_array(), *spectrum = akin_json_array();
    for (int c = 0; c < o->classes; c++) {
        akin_json_append(list, akin_json_int(counts[c]));
        akin_json_append(prior, akin_json_real((double)counts[c] / (double)o->items));
    }
    for (int64_t i = 0; i < o->items; i++) akin_json_append(spectrum, akin_json_real(f->spectrum[i]));
    akin_json *root = akin_json_pack(
        "{s:s,s:i,s:I,s:I,s:f,s:f,s:f,s:I,s:f,s:I,s:I,s:f}", "model", "discrete latent classes", "classes",
        o->classes, "items", (int64_t)o->items, "width", (int64_t)o->width, "imbalance", o->imbalance,
        "spread", o->spread, "view_spread", o->view_spread, "views", (int64_t)o->views, "overlap", o->overlap,
        "seed", (int64_t)o->seed, "negatives", (int64_t)f->negatives, "temperature", o->temperature);
    akin_json *more = akin_json_pack(
        "{s:o,s:o,s:f,s:f,s:f,s:f,s:f,s:I,s:f,s:f,s:o,s:o,s:o}", "counts", list, "prior", prior, "tau",
        f->plan.tau, "tau_k", f->plan.tau_k, "coverage", exp(f->plan.log_upsilon), "expected_ln_col1",
        f->plan.expected_ln_col1, "entropy", f->plan.entropy, "graph_views", (int64_t)f->truth.views,
        "cross_class_edges", f->truth.cross, "views_of_another_class", f->truth.strange, "infonce_1",
        cli_json_real(f->truth.info), "hinge_1", cli_json_real(f->truth.hinge), "spectrum", spectrum);
    akin_json_merge(root, more);
    akin_json_free(more);
    return root;
}

static akin_status add_truth(const char *folder, const akin_json *root, akin_files *files, akin_error *err)
{
    char path[4096];
    char *text = NULL;
    snprintf(path, sizeof path, "%s/truth.json", folder);
    akin_status status = akin_json_print(root, AKIN_JSON_INDENTED, 17, &text, err);
    if (!status) {
        const size_t length = strlen(text);
        text[length] = '\n'; /* in place of the 0 byte that no one reads any more */
        status = akin_files_save(files, path, text, length + 1, err);
    }
    free(text);
    return status;
}

/* What is drawn: a.npy, which is the last file of the folder, b.npy and labels.npy. */
typedef struct drawn {
    float *a, *b;
    int32_t *labels;
} drawn;

static akin_status add_arrays(const char *folder, const akin_latent_opts *o, const drawn *d,
                              akin_files *files, akin_error *err)
{
    const int64_t shape[2] = { o->items, o->width };
    char path[4096];
    snprintf(path, sizeof path, "%s/labels.npy", folder);
    akin_status status = akin_npy_add(files, path, AKIN_DTYPE_I32, 1, shape, d->labels, err);
    snprintf(path, sizeof path, "%s/b.npy", folder);
    if (!status) status = akin_npy_add(files, path, AKIN_DTYPE_F32, 2, shape, d->b, err);
    snprintf(path, sizeof path, "%s/a.npy", folder);
    return status ? status : akin_npy_add(files, path, AKIN_DTYPE_F32, 2, shape, d->a, err);
}

static akin_status save(const char *folder, const akin_latent_opts *o, const drawn *d, const akin_json *truth,
                        akin_error *err)
{
    akin_files *files;
    akin_status status = akin_folder_make(folder, err);
    if (!status) status = akin_files_create(&files, err);
    if (status) return status;
    status = add_truth(folder, truth, files, err);
    if (!status) status = add_arrays(folder, o, d, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

/* Options of the other model are a mistake, not a wish. */
static const char *foreign_option(const cli_args *args, bool discrete)
{
    static const char *const of_discrete[] = { "views", "overlap", "negatives", "temperature" };
    if (discrete) return cli_given(args, "mix") ? "mix" : NULL;
    for (int i = 0; i < 4; i++)
        if (cli_given(args, of_discrete[i])) return of_discrete[i];
    return NULL;
}

static akin_status draw_discrete(const akin_latent_opts *o, discrete_model *f, akin_latent_sample *sample,
                                 akin_error *err)
{
    sample->spectrum = f->spectrum;
    akin_status status = akin_discrete_draw(o, sample, &f->truth, err);
    akin_prior prior = AKIN_PRIOR_INIT;
    prior.classes = o->classes;
    prior.counts = sample->counts;
    return status ? status : akin_theory_plan_compute(&prior, f->negatives, o->temperature, &f->plan, err);
}

static akin_latent_opts latent_opts(const cli_args *args)
{
    akin_latent_opts o = AKIN_LATENT_OPTS_INIT;
    o.classes = (int32_t)cli_int(args, "classes");
    o.items = cli_int(args, "items");
    o.width = cli_int(args, "width");
    o.imbalance = cli_real(args, "imbalance");
    o.spread = cli_real(args, "spread");
    o.view_spread = cli_real(args, "view-spread");
    o.mix = cli_real(args, "mix");
    o.seed = (uint64_t)cli_int(args, "seed");
    o.views = cli_int(args, "views");
    o.overlap = cli_real(args, "overlap");
    o.temperature = cli_real(args, "temperature");
    return o;
}

/* counts and the spectrum are the caller's, and large enough; so are the arrays of d. */
static int write_model(const cli_args *args, const akin_latent_opts *o, discrete_model *f, const drawn *d,
                       int64_t *counts)
{
    const char *folder = cli_text(args, "out");
    const bool discrete = strcmp(cli_text(args, "model"), "discrete") == 0;
    akin_latent_sample sample = AKIN_LATENT_SAMPLE_INIT;
    sample.a = (akin_mat){ d->a, o->items, o->width, o->width };
    sample.b = (akin_mat){ d->b, o->items, o->width, o->width };
    sample.labels = d->labels;
    sample.counts = counts;
    akin_latent_truth truth = AKIN_LATENT_TRUTH_INIT;
    akin_error err;
    akin_status status =
        discrete ? draw_discrete(o, f, &sample, &err) : akin_latent_draw(o, &sample, &truth, &err);
    if (status) return cli_fail(args, &err);
    akin_json *record = discrete ? discrete_truth(o, counts, f) : gaussian_truth(o, counts, &truth);
    int code = 0;
    if (save(folder, o, d, record, &err))
        code = cli_fail(args, &err);
    else if (args->json)
        code = cli_print_json(args, akin_json_share(record));
    else
        cli_note(args,
                 "%s: a.npy, b.npy (%lld x %lld), labels.npy, truth.json; tau %.6g, cross-class edges %.6g",
                 folder, (long long)o->items, (long long)o->width, discrete ? f->plan.tau : truth.tau,
                 discrete ? f->truth.cross : truth.cross);
    akin_json_free(record);
    return code;
}

int cli_data_synth(const cli_args *args)
{
    const char *folder = cli_text(args, "out");
    if (!folder) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the folder with --out DIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/a.npy", folder);
    akin_path_kind there;
    akin_error unseen;
    if (akin_path_look(path, &there, NULL, &unseen)) return cli_fail(args, &unseen);
    if (there && !cli_flag(args, "force"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", path);
    const bool discrete = strcmp(cli_text(args, "model"), "discrete") == 0;
    const char *foreign = foreign_option(args, discrete);
    if (foreign)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is an option of --model %s", foreign,
                         discrete ? "gaussian" : "discrete");
    const akin_latent_opts o = latent_opts(args);
    const size_t bytes = (size_t)o.items * (size_t)o.width * sizeof(float);
    const drawn d = { malloc(bytes), malloc(bytes), malloc((size_t)o.items * sizeof(int32_t)) };
    int64_t *counts = malloc((size_t)o.classes * sizeof *counts);
    discrete_model f = { .negatives = cli_int(args, "negatives"),
                         .truth = AKIN_DISCRETE_TRUTH_INIT,
                         .plan = AKIN_THEORY_PLAN_INIT,
                         .spectrum = malloc((size_t)o.items * sizeof(double)) };
    const int code = d.a && d.b && d.labels && counts && f.spectrum
                         ? write_model(args, &o, &f, &d, counts)
                         : cli_error(args, AKIN_ERR_NOMEM, "no memory for %lld items", (long long)o.items);
    free(d.a);
    free(d.b);
    free(d.labels);
    free(counts);
    free(f.spectrum);
    return code;
}
