/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed.c - akin embed: embeddings of a data set, with the names of its items beside. */
#include "cli.h"

#include "akin/eval.h"
#include "akin/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE.npy", 0, 0,
      "where to; also -o. Names go to FILE.names.txt, labels to FILE.labels.npy" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "which layer" },
    { "split", AKIN_OPT_CHOICE, "train", "train|test", 0, 0, "which part of the data set" },
    CLI_WEIGHTS_OPTION,
    { "size", AKIN_OPT_INT, NULL, "PIXELS", 0, 4096, "resize and crop images to a square [as the run]" },
    { "on-bad", AKIN_OPT_CHOICE, NULL, "stop|skip", 0, 0,
      "images that cannot be read: stop, or leave out and count [as the run]" },
    { "max-bad", AKIN_OPT_REAL, NULL, "FRACTION", 0, 1,
      "with --on-bad skip: stop when more than this is unreadable [as the run]" },
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    { "whiten", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "whiten by the mean and covariance of the run's own training part" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE.npy if it exists" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* FILE.npy -> FILE.names.txt */
static void beside(char *path, size_t size, const char *npy, const char *suffix)
{
    size_t length = strlen(npy);
    if (length > 4 && strcmp(npy + length - 4, ".npy") == 0) length -= 4;
    snprintf(path, size, "%.*s%s", (int)length, npy, suffix);
}

static akin_status write_names(const akin_dataset *data, const char *split, int64_t n, const char *path,
                               akin_error *err)
{
    akin_writer *w = NULL;
    akin_status status = akin_writer_open(path, &w, err);
    for (int64_t i = 0; i < n && !status; i++) {
        char name[4096];
        const char *found = akin_dataset_item_name(data, split, i, name, sizeof name);
        status = akin_writer_write(w, found, strlen(found), err);
        if (!status) status = akin_writer_write(w, "\n", 1, err);
        if (status) akin_writer_abort(w);
    }
    return status ? status : akin_writer_commit(w, err);
}

static akin_status no_memory(akin_error *err, int64_t n)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for %lld embeddings", (long long)n);
    return AKIN_ERR_NOMEM;
}

static akin_status embed_layer(akin_model *model, const akin_images *images, akin_layer layer, akin_mat out,
                               akin_error *err)
{
    const akin_mat none = { NULL, 0, 0, 0 };
    return layer == AKIN_LAYER_BACKBONE ? akin_model_embed(model, images, out, none, err)
                                        : akin_model_embed(model, images, none, out, err);
}

/* Whiten rows by the training part of the run's own data, whatever they are of. */
static akin_status whiten(akin_model *model, akin_layer layer, akin_mat rows, akin_error *err)
{
    akin_dataset *data = NULL;
    akin_whitening *whitening = NULL;
    akin_images images;
    akin_mat train = { NULL, 0, rows.cols, rows.cols };
    akin_status status = akin_model_open_data(model, NULL, &data, err);
    if (!status) status = akin_dataset_split(data, "train", &images, err);
    if (!status) {
        train.rows = images.n;
        train.data = malloc((size_t)train.rows * (size_t)train.cols * sizeof *train.data);
        status = train.data ? embed_layer(model, &images, layer, train, err) : no_memory(err, images.n);
    }
    if (!status) status = akin_whitening_fit(akin_const(train), NULL, &whitening, err);
    if (!status) status = akin_whitening_apply(whitening, akin_const(rows), rows, err);
    akin_whitening_free(whitening);
    free(train.data);
    akin_dataset_free(data);
    return status;
}

akin_model_kind cli_weights(const cli_args *args)
{
    const char *which = cli_text(args, "weights");
    if (strcmp(which, "ema") == 0) return AKIN_MODEL_AVERAGED;
    return strcmp(which, "raw") == 0 ? AKIN_MODEL_RAW : AKIN_MODEL_TRAINED;
}

akin_status cli_open_model(const cli_args *args, const char *run, akin_model **out, akin_error *err)
{
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    opts.kind = cli_weights(args);
    opts.checkpoint = cli_text(args, "checkpoint");
    return akin_model_open(run, &opts, out, err);
}

akin_status cli_open_data(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                          akin_error *err)
{
    static const char *const NAMES[] = { "size", "on-bad", "max-bad" };
    for (int i = 0; i < 3; i++) {
        if (!cli_given(args, NAMES[i])) continue;
        const akin_status status =
            akin_train_config_set(akin_model_config(model), NAMES[i], cli_text(args, NAMES[i]), err);
        if (status) return status;
    }
    const akin_status status = akin_model_open_data(model, path, out, err);
    if (!status && akin_dataset_bad_count(*out))
        cli_note(args, "%lld unreadable images are left out; 'akin inspect --on-bad skip' lists them",
                 (long long)akin_dataset_bad_count(*out));
    return status;
}

static akin_status embed(const cli_args *args, akin_model *model, const akin_dataset *data, const char *out,
                         int64_t shape[2], akin_error *err)
{
    const char *split = cli_text(args, "split");
    akin_images images;
    akin_status status = akin_dataset_split(data, split, &images, err);
    if (status) return status;
    const akin_layer layer =
        strcmp(cli_text(args, "layer"), "projector") == 0 ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE;
    shape[0] = images.n;
    shape[1] = akin_model_width(model, layer);
    float *memory = malloc((size_t)shape[0] * (size_t)shape[1] * sizeof *memory);
    if (!memory) return no_memory(err, images.n);
    const akin_mat all = { memory, shape[0], shape[1], shape[1] };
    status = embed_layer(model, &images, layer, all, err);
    if (!status && cli_flag(args, "whiten")) status = whiten(model, layer, all, err);
    char path[4096];
    if (!status) status = akin_npy_save(out, AKIN_F32, 2, shape, memory, err);
    free(memory);
    if (!status) {
        beside(path, sizeof path, out, ".names.txt");
        status = write_names(data, split, images.n, path, err);
    }
    if (!status && images.labels) {
        beside(path, sizeof path, out, ".labels.npy");
        status = akin_npy_save(path, AKIN_I32, 1, shape, images.labels, err);
    }
    return status;
}

static int run(const cli_args *args)
{
    const char *out = cli_text(args, "out");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the file with -o FILE.npy");
    static const char *const SUFFIXES[] = { "", ".names.txt", ".labels.npy" };
    for (int i = 0; i < 3 && !cli_flag(args, "force"); i++) {
        char path[4096];
        if (i) beside(path, sizeof path, out, SUFFIXES[i]);
        const char *file = i ? path : out;
        if (access(file, F_OK) == 0)
            return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", file);
    }
    akin_error err;
    akin_model *model = NULL;
    akin_dataset *data = NULL;
    int64_t shape[2] = { 0, 0 };
    akin_status status = cli_open_model(args, args->positional[0], &model, &err);
    if (!status)
        status = cli_open_data(args, model, args->positionals > 1 ? args->positional[1] : NULL, &data, &err);
    if (!status) status = embed(args, model, data, out, shape, &err);
    const int64_t step = model ? akin_model_step(model) : 0;
    const char *weights = model ? akin_model_weights(model) : "";
    akin_dataset_free(data);
    akin_model_free(model);
    if (status) return cli_fail(args, &err);
    cli_note(args, "%s: %lld x %lld, from step %lld%s", out, (long long)shape[0], (long long)shape[1],
             (long long)step, strcmp(weights, "ema") == 0 ? ", averaged weights" : "");
    if (!args->json) return 0;
    return cli_print_json(args, json_pack("{s:o,s:s,s:s,s:s,s:I,s:I,s:I}", "embeddings", cli_json_text(out),
                                          "layer", cli_text(args, "layer"), "split", cli_text(args, "split"),
                                          "weights", weights, "n", (json_int_t)shape[0], "width",
                                          (json_int_t)shape[1], "step", (json_int_t)step));
}

const cli_verb cli_embed = {
    .name = "embed",
    .line = "embed a data set with a trained encoder",
    .usage = "RUN [DATA] -o FILE.npy",
    .text = "Without DATA the run's own data set is embedded. Rows are as the network gives them, not "
            "normalised;\n"
            "--whiten removes their mean and correlations, by which cosines between them tell more.",
    .opts = OPTIONS,
    .least = 1,
    .most = 2,
    .run = run,
};
