/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/onnx.c - akin embed --onnx FILE DATA: an ONNX model in the place of a run. */
#include "cli/embed/embed.h"
#include "cli/trained.h"

#include "akin/tool/onnx.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Options that are of a run have nothing to say here. */
static int check(const cli_args *args)
{
    static const char *const OF_RUNS[][2] = {
        { "layer", "--output names an output of the model" },
        { "weights", "a model has one set of weights" },
        { "checkpoint", "a model has one set of weights" },
        { "form", "akin export --whiten writes whitening into a model" },
        { "whiten", "akin export --whiten writes whitening into a model" },
    };
    for (size_t i = 0; i < sizeof OF_RUNS / sizeof *OF_RUNS; i++)
        if (cli_given(args, OF_RUNS[i][0]))
            return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is of a run, and --onnx names a model; %s",
                             OF_RUNS[i][0], OF_RUNS[i][1]);
    if (args->positionals != 1)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--onnx takes the place of RUN: akin embed --onnx FILE.onnx DATA -o FILE.npy");
    if (strcmp(args->positional[0], "-") == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--onnx embeds data sets, not the lines of a pipe; name one");
    return -1;
}

/* The options of data that were given, in pairs. */
static void data_options(const cli_args *args, const char *pairs[32])
{
    int n = 0;
    const char *name;
    for (int i = 0; (name = cli_reading_option(i)) != NULL && n < 30; i++) {
        if (!cli_given(args, name)) continue;
        pairs[n++] = name;
        pairs[n++] = cli_text(args, name);
    }
    pairs[n] = NULL;
}

/* The onnxruntime of Debian 13 writes a thousand lines to standard error when it is opened ("Schema error:
 * Trying to register schema ..."), whatever it is told of logging; so may what it is made of. What is
 * written there from here on goes nowhere; what akin has to say comes after show_errors(). */
static int hide_errors(void)
{
    fflush(stderr);
    const int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3),
              nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (kept >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0) close(nowhere);
    return kept;
}

static void show_errors(int kept)
{
    if (kept < 0) return;
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static akin_status open_model(const cli_args *args, akin_onnx **model, akin_error *err)
{
    akin_onnx_opts opts = AKIN_ONNX_OPTS_INIT;
    const char *channels = cli_text(args, "channels"), *line;
    opts.output = cli_text(args, "output");
    opts.mean = cli_text(args, "mean");
    opts.std = cli_text(args, "std");
    opts.channels = strcmp(channels, "first") == 0  ? AKIN_ONNX_CHANNELS_FIRST
                    : strcmp(channels, "last") == 0 ? AKIN_ONNX_CHANNELS_LAST
                                                    : AKIN_ONNX_CHANNELS_AUTO;
    const int kept = hide_errors();
    const akin_status status = akin_onnx_open(cli_text(args, "onnx"), &opts, model, err);
    show_errors(kept);
    for (int64_t i = 0; !status && (line = akin_onnx_remark(*model, i)) != NULL; i++)
        cli_note(args, "%s", line);
    return status;
}

static akin_status commit(const cli_args *args, const akin_onnx *model, akin_file_set *files,
                          const akin_array *rows, akin_error *err)
{
    akin_json *about =
        akin_json_pack("{s:s,s:o,s:s,s:I,s:I}", "command", "embed", "model", akin_onnx_describe(model),
                       "split", cli_text(args, "split"), "n", rows->shape[0], "width", rows->shape[1]);
    const akin_status status = akin_file_set_commit(files, about, err);
    akin_json_free(about);
    return status;
}

static akin_status embed(const cli_args *args, akin_onnx *model, akin_dataset **data, akin_array *rows,
                         const char *out, akin_error *err)
{
    const char *pairs[32];
    akin_file_set *files = NULL;
    bool stream = false;
    data_options(args, pairs);
    akin_status status = akin_onnx_open_dataset(model, args->positional[0], pairs, data, err);
    if (!status) cli_tell_remarks(args, *data);
    if (!status) status = akin_onnx_embed(model, *data, cli_text(args, "split"), rows, err);
    if (!status) status = cli_is_stream(out, &stream, err);
    if (!status && !stream) status = akin_file_set_open(out, &files, err);
    if (status) return status;
    const akin_cmat all = { rows->data, rows->shape[0], rows->shape[1], rows->shape[1] };
    cli_rows *writer = NULL;
    cli_tell_parts(args, *data, all.rows);
    if (akin_dataset_kind(*data) == AKIN_DATA_TEXT)
        cli_tell_zero_rows(args, cli_zero_rows(all, NULL), all.rows);
    status = cli_rows_open(args, *data, all.cols, files, out, &writer, err);
    if (!status) status = cli_rows_put(writer, 0, all, err);
    status = cli_rows_close(writer, status, err);
    if (!status && files) return commit(args, model, files, rows, err);
    akin_file_set_abort(files);
    return status;
}

int cli_embed_onnx(const cli_args *args, const char *out)
{
    akin_error err;
    akin_onnx *model = NULL;
    akin_dataset *data = NULL;
    akin_array rows = { .data = NULL };
    const int wrong = check(args);
    if (wrong >= 0) return wrong;
    akin_status status = open_model(args, &model, &err);
    if (!status) status = embed(args, model, &data, &rows, out, &err);
    akin_json *about = !status && args->json ? akin_onnx_describe(model) : NULL;
    akin_dataset_free(data);
    akin_onnx_free(model);
    const int64_t n = rows.shape[0], width = rows.shape[1];
    akin_array_free(&rows);
    if (status) return cli_fail(args, &err);
    char written[4200];
    cli_name_rows(args, out, written, sizeof written);
    cli_note(args, "%s: %lld x %lld, from %s", strcmp(out, "-") == 0 ? "stdout" : written, (long long)n,
             (long long)width, cli_text(args, "onnx"));
    if (!args->json) return 0;
    return cli_print_json(args, akin_json_pack("{s:o,s:o,s:s,s:I,s:I}", "embeddings", akin_json_text(written),
                                               "model", about, "split", cli_text(args, "split"), "n", n,
                                               "width", width));
}
