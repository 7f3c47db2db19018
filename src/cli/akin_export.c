/* SPDX-License-Identifier: Apache-2.0 */
/* cli/akin_export.c - akin export: the encoder of a run for other programs. */
#include "cli/trained.h"

#include "akin/tool/export.h"

#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "where to; also -o" },
    { "format", AKIN_OPT_CHOICE, "auto", "auto|onnx|safetensors|torch", 0, 0,
      "a graph that runs, or weights for PyTorch [by the end of FILE: .onnx, .safetensors, .pt or .pth]" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "where the encoder ends" },
    CLI_WEIGHTS_OPTION,
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    { "whiten", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "whiten by the mean and covariance of the run's own training part, as embed --form whitened; without "
      "it "
      "rows are as of --form plain" },
    { "channels", AKIN_OPT_CHOICE, "last", "last|first", 0, 0,
      "onnx, images: [n,height,width,channels] or [n,channels,height,width]" },
    { "opset", AKIN_OPT_INT, "22", "N", AKIN_EXPORT_OPSET, AKIN_EXPORT_OPSET_LAST,
      "onnx: the version of the operators that the file asks for" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE if it exists" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static const struct {
    const char *format, *ends[2];
    akin_export_format as;
} FORMATS[] = {
    { "onnx", { ".onnx", ".onnx" }, AKIN_EXPORT_ONNX },
    { "safetensors", { ".safetensors", ".safetensors" }, AKIN_EXPORT_SAFETENSORS },
    { "torch", { ".pt", ".pth" }, AKIN_EXPORT_TORCH },
};
enum { N_FORMATS = sizeof FORMATS / sizeof *FORMATS };

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* The row of FORMATS; -1: nothing tells it. */
static int format_of(const char *wanted, const char *out)
{
    for (int i = 0; i < N_FORMATS; i++) {
        const bool named = strcmp(wanted, FORMATS[i].format) == 0;
        const bool ends = ends_with(out, FORMATS[i].ends[0]) || ends_with(out, FORMATS[i].ends[1]);
        if (named || (strcmp(wanted, "auto") == 0 && ends)) return i;
    }
    return -1;
}

static int check(const cli_args *args, int format)
{
    const char *out = cli_text(args, "out");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the file with -o FILE.onnx");
    if (strcmp(out, "-") == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT, "-o is '-'; weights are written to files: name one");
    if (format < 0)
        return cli_error(
            args, AKIN_ERR_ARGUMENT,
            "'%s' ends in no form that weights are written in: .onnx, .safetensors, .pt or .pth; "
            "--format names one whatever the end is",
            out);
    for (int i = 0; i < 2; i++) {
        const char *const only = i ? "channels" : "opset";
        if (cli_given(args, only) && FORMATS[format].as != AKIN_EXPORT_ONNX)
            return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is of --format onnx", only);
    }
    return cli_check_output(args, out);
}

static akin_status export(const cli_args *args, akin_model *model, const akin_export_opts *wanted,
                          akin_json **about, akin_error *err)
{
    akin_whitening *whitening = NULL;
    akin_export_opts opts = *wanted;
    akin_status status = AKIN_OK;
    if (cli_flag(args, "whiten"))
        status = cli_fit_form(args, model, opts.layer, CLI_WHITENED, false, &whitening, err);
    opts.whitening = whitening;
    if (!status) status = akin_model_export(model, &opts, cli_text(args, "out"), about, err);
    akin_whitening_free(whitening);
    return status;
}

static int run(const cli_args *args)
{
    const char *out = cli_text(args, "out");
    const int format = out ? format_of(cli_text(args, "format"), out) : 0, code = check(args, format);
    if (code >= 0) return code;
    akin_error err;
    akin_model *model = NULL;
    akin_json *about = NULL;
    akin_export_opts opts = AKIN_EXPORT_OPTS_INIT;
    opts.format = FORMATS[format].as;
    opts.layer = cli_layer(args);
    opts.channels_first = strcmp(cli_text(args, "channels"), "first") == 0;
    opts.opset = (int32_t)cli_int(args, "opset");
    akin_status status = cli_open_model(args, args->positional[0], &model, &err);
    if (!status && cli_given(args, "channels") && akin_model_data_kind(model) != AKIN_DATA_IMAGES)
        status =
            cli_set_error(&err, AKIN_ERR_ARGUMENT, "--channels is of images, and the run was trained on %s",
                          akin_data_kind_name(akin_model_data_kind(model)));
    if (!status) status = export(args, model, &opts, &about, &err);
    akin_model_free(model);
    if (status) return cli_fail(args, &err);
    akin_path_kind there;
    int64_t bytes;
    if (akin_path_look(out, &there, &bytes, &err)) {
        akin_json_free(about);
        return cli_fail(args, &err);
    }
    cli_note(args, "%s: %s of %s, %lld numbers, rows of %lld; from step %lld, %s weights", out,
             akin_json_get_text(about, "layer"), akin_json_get_text(about, "encoder"),
             (long long)akin_json_get_int(about, "parameters"), (long long)akin_json_get_int(about, "width"),
             (long long)akin_json_get_int(about, "step"), akin_json_get_text(about, "weights"));
    if (!args->json) {
        akin_json_free(about);
        return 0;
    }
    akin_json_put(about, "file", akin_json_text(out));
    akin_json_put(about, "bytes", akin_json_int(bytes));
    return cli_print_json(args, about);
}

static const cli_example EXAMPLES[] = {
    { "A graph from bytes of images to embeddings, for onnxruntime", "akin export runs/a -o a.onnx" },
    { "The weights under the names of torchvision", "akin export runs/a -o a.safetensors" },
    { NULL, NULL },
};

const cli_verb cli_export = {
    .name = "export",
    .line = "write a trained encoder for other programs",
    .usage = "RUN -o FILE.onnx",
    .text = "An ONNX file takes items and gives embeddings: bytes of images of the run's size, rows of "
            "numbers with "
            "NaN where one is missing, or ids of words. safetensors and .pt hold the weights, without the "
            "state of "
            "the optimiser; those of ResNets and VGG have the names of torchvision. docs/weights.md shows "
            "how each "
            "is read.",
    .opts = OPTIONS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run,
};
