/* SPDX-License-Identifier: Apache-2.0 */
/* cli/embed/akin_embed.c - akin embed: embeddings of a data set, with the names of its items beside. */
#include "cli/embed/embed.h"
#include "cli/trained.h"

#include "akin/eval.h"
#include "akin/model.h"
#include "akin/tool/dataset.h"
#include "akin/tool/file_set.h"
#include "akin/tool/model.h"
#include "akin/tool/row_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "where to; also -o; - = stdout. Names go to FILE.names.txt, labels to FILE.labels.npy, names of their "
      "classes to FILE.classes.txt, and FILE.set.json says that they belong together" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE.npy and the files beside it if they exist" },
    { "as", AKIN_OPT_CHOICE, "auto", "auto|npy|npz|text|csv|tsv|vec", 0, 0,
      "the form: .npy, .npz with all of it in one file, rows of numbers, a table, or fastText's .vec [by the "
      "end of FILE; stdout: text]" },
    { "shards", AKIN_OPT_INT, NULL, "N", 1, CLI_MOST_SHARDS,
      "divide the rows into N files, FILE-00000.npy and on, which are read as 'FILE-{00000..00003}.npy'" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "which layer" },
    { "width", AKIN_OPT_INT, NULL, "N", 1, 1e6, "only the first N columns, as --matryoshka trains them" },
    { "quantize", AKIN_OPT_CHOICE, "none", "none|int8|binary", 0, 0,
      "a column in a byte, or in a bit, the sign: 4 and 32 times smaller than float32; .npy of int8 or of "
      "packed bits (docs/choose.md tells what it costs)" },
    { "split", AKIN_OPT_CHOICE, "train", "train|test|val", 0, 0, "which part of the data set" },
    { "target", AKIN_OPT_CHOICE, "auto", "auto|label|group", 0, 0, "what FILE.labels.npy holds" },
    CLI_WEIGHTS_OPTION,
    CLI_READING_OPTIONS,
    { "checkpoint", AKIN_OPT_TEXT, "newest", "WHICH", 0, 0, "newest, best (lowest training loss) or a step" },
    CLI_FORM_OPTIONS("auto"),
    { "onnx", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "in the place of RUN: an ONNX model of akin export or of anybody, run by onnxruntime" },
    { "output", AKIN_OPT_TEXT, NULL, "NAME", 0, 0,
      "with --onnx: which output [the only one, else the first of two dimensions]" },
    { "mean", AKIN_OPT_TEXT, NULL, "NUMBERS", 0, 0,
      "with --onnx: of pixels from 0 to 1, one or one a channel [0.485,0.456,0.406, ImageNet's]" },
    { "std", AKIN_OPT_TEXT, NULL, "NUMBERS", 0, 0,
      "with --onnx: their deviation [0.229,0.224,0.225, ImageNet's]" },
    { "channels", AKIN_OPT_CHOICE, "auto", "auto|first|last", 0, 0,
      "with --onnx: images are [n,channels,height,width] or [n,height,width,channels]; auto = where the "
      "model "
      "has 1 or 3" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* Where pieces of the embeddings go. */
typedef struct sink {
    cli_rows *to;
    const akin_whitening *whitening; /* or NULL */
    int64_t width;                   /* columns that are kept */
    int64_t zeros;                   /* rows of them, such as those of texts without a word */
} sink;

/* What was written: rows, columns, and how many rows are all zeros. */
enum { ROWS, COLUMNS, ZEROS, SHAPE };

static akin_status take_rows(int64_t first, akin_mat rows, void *ctx, akin_error *err)
{
    sink *s = ctx;
    s->zeros += cli_zero_rows(akin_mat_const(rows), NULL);
    akin_status status = cli_whiten_rows(s->whitening, rows, err);
    if (s->width < rows.cols) rows.cols = s->width;
    return status ? status : cli_rows_put(s->to, first, akin_mat_const(rows), err);
}

/* files: NULL = only the rows, to out. */
static akin_status embed(const cli_args *args, akin_model *model, const akin_dataset *data,
                         const akin_whitening *whitening, akin_file_set *files, const char *out,
                         int64_t shape[SHAPE], akin_error *err)
{
    akin_pieces_opts what = AKIN_PIECES_OPTS_INIT;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    sink s = { .whitening = whitening };
    what.split = cli_text(args, "split");
    what.layer = cli_layer(args);
    what.on_rows = take_rows;
    what.ctx = &s;
    akin_status status = akin_dataset_split(data, what.split, cli_target(args), &part, err);
    if (status) return status;
    shape[ROWS] = part.n;
    shape[COLUMNS] = akin_model_width(model, what.layer);
    if (cli_given(args, "width") && cli_int(args, "width") > shape[COLUMNS])
        return cli_set_error(
            err, AKIN_ERR_ARGUMENT, "--width is %lld, and the %s has %lld columns; give a smaller one",
            (long long)cli_int(args, "width"), cli_text(args, "layer"), (long long)shape[COLUMNS]);
    if (cli_given(args, "width")) shape[COLUMNS] = cli_int(args, "width");
    s.width = shape[COLUMNS];
    status = cli_shards_fit(args, part.n, err);
    if (status) return status;
    cli_tell_parts(args, data, part.n);
    int64_t *own = NULL;
    if (!status) status = cli_shard_rows(args, part.n, &own, err);
    if (!status && (own || cli_rank_writes()))
        status = cli_rows_open(args, data, shape[COLUMNS], files, out, &s.to, err);
    what.own = own;
    if (!status) status = akin_model_embed_pieces(model, data, &what, err);
    status = cli_rows_close(s.to, status, err);
    if (!status && own) status = cli_shards_gather(args, files, err);
    double zeros = (double)s.zeros;
    if (!status && own) status = akin_ranks_sum(cli_ranks(), &zeros, 1, err);
    shape[ZEROS] = (int64_t)zeros;
    if (!status && akin_dataset_kind(data) == AKIN_DATA_TEXT) cli_tell_zero_rows(args, shape[ZEROS], part.n);
    free(own);
    return status;
}

/* What FILE.set.json says of where the files are from. */
static akin_status commit(const cli_args *args, const akin_model *model, cli_form form, akin_file_set *files,
                          const int64_t shape[SHAPE], akin_error *err)
{
    akin_json *about = akin_json_pack("{s:s,s:o,s:I,s:s,s:s,s:s,s:s,s:I,s:I}", "command", "embed", "run",
                                      akin_json_text(args->positional[0]), "step", akin_model_step(model),
                                      "weights", akin_model_weights(model), "layer", cli_text(args, "layer"),
                                      "form", cli_form_name(form), "split", cli_text(args, "split"), "n",
                                      shape[ROWS], "width", shape[COLUMNS]);
    cli_tell_quantize(args, about);
    if (about && shape[ZEROS] && cli_quantize(args))
        akin_json_put(about, "zero_rows", akin_json_int(shape[ZEROS]));
    const akin_status status = akin_file_set_commit(files, about, err);
    akin_json_free(about);
    return status;
}

/* status: how the rows were written. Other ranks' shards stay until the first one has given all files their
 * names, or has failed to. */
static akin_status end_files(const cli_args *args, const akin_model *model, cli_form form,
                             akin_file_set *files, const int64_t shape[SHAPE], akin_status status,
                             akin_error *err)
{
    const bool own = files && cli_shards_own(args);
    if (!status && files && cli_rank_writes()) {
        status = commit(args, model, form, files, shape, err);
        files = NULL;
    }
    if (own && status != AKIN_ERR_DISTRIBUTED && !akin_ranks_agreed(cli_ranks()))
        status = akin_ranks_agree(cli_ranks(), status, err);
    akin_file_set_abort(files);
    return status;
}

/* All files of the embeddings of a data set, or of lines; of several ranks the first one writes them, but for
 * shards. */
static akin_status write_all(const cli_args *args, akin_model *model, cli_form form, const char *from,
                             const char *out, akin_dataset **data, int64_t shape[SHAPE], akin_error *err)
{
    const bool piped = from && strcmp(from, "-") == 0;
    akin_file_set *files = NULL;
    akin_whitening *whitening = NULL;
    akin_status status = AKIN_OK;
    /* By the training part of the run's own data, whatever is embedded, as the run has read it: so before
     * options of reading are those of other data. */
    if (form)
        status = cli_fit_form(args, model, cli_layer(args), form, args->positionals == 1, &whitening, err);
    if (!status && !piped) status = cli_open_rows(args, model, from, data, err);
    bool stream = false;
    status = cli_ranks_alike(status, model, *data, err);
    if (!status && (cli_rank_writes() || cli_shards_own(args))) {
        status = cli_is_stream(out, &stream, err);
        if (!status && !stream) status = akin_file_set_open(out, &files, err);
    }
    if (!status && piped) {
        shape[COLUMNS] = akin_model_width(model, cli_layer(args));
        status = cli_embed_lines(args, model, whitening, files, out, &shape[ROWS], &shape[ZEROS], err);
    } else if (!status) {
        status = embed(args, model, *data, whitening, files, out, shape, err);
    }
    akin_whitening_free(whitening);
    return end_files(args, model, form, files, shape, status, err);
}

/* An option that only --onnx reads, and that was given. */
static const char *first_given(const cli_args *args)
{
    static const char *const OF_MODELS[] = { "output", "mean", "std", "channels", NULL };
    int i = 0;
    while (OF_MODELS[i] && !cli_given(args, OF_MODELS[i])) i++;
    return OF_MODELS[i];
}

/* What is asked for makes sense: -1. */
static int check(const cli_args *args, const char *out, bool piped)
{
    if (!out && !piped)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "where to? name the file with -o FILE.npy, or -o - for stdout");
    if (!out) out = "-";
    if (args->json && strcmp(out, "-") == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--json and embeddings cannot both go to stdout; give -o FILE");
    akin_error err;
    if (akin_row_writer_check(out, cli_text(args, "as"), &err)) return cli_fail(args, &err);
    int taken = cli_check_files(args, out);
    if (taken < 0) taken = cli_check_shards(args, out, piped);
    if (taken >= 0) return taken;
    if (cli_given(args, "onnx") && cli_given(args, "width"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--width is of runs");
    if (cli_given(args, "onnx") && cli_quantize(args))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--quantize is of runs");
    if (cli_given(args, "onnx"))
        return akin_ranks_size(cli_ranks()) == 1
                   ? -1
                   : cli_error(args, AKIN_ERR_UNSUPPORTED,
                               "an ONNX model embeds in one process, and a launcher has started %d",
                               akin_ranks_size(cli_ranks()));
    if (piped && akin_ranks_size(cli_ranks()) > 1)
        return cli_error(args, AKIN_ERR_UNSUPPORTED,
                         "lines of a pipe are embedded in one process, and a launcher has started %d",
                         akin_ranks_size(cli_ranks()));
    if (cli_given(args, "width") &&
        (piped || cli_flag(args, "whiten") || cli_form_named(cli_text(args, "form")) != CLI_PLAIN))
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--width goes with neither whitened rows nor lines of a pipe");
    if (cli_quantize(args) && !akin_row_writer_quantizes(out, cli_text(args, "as")))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--quantize %s writes .npy; give -o FILE.npy",
                         cli_text(args, "quantize"));
    const char *alone = first_given(args);
    if (alone) return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is of models, which --onnx names", alone);
    return -1;
}

static int run(const cli_args *args)
{
    const char *out = cli_text(args, "out"), *from = args->positionals > 1 ? args->positional[1] : NULL;
    const bool piped = from && strcmp(from, "-") == 0;
    const int wrong = cli_agree(args, cli_rank_writes() ? check(args, out, piped) : -1);
    if (wrong >= 0) return wrong;
    if (!out) out = "-";
    if (cli_given(args, "onnx")) return cli_embed_onnx(args, out);
    akin_error err;
    akin_model *model = NULL;
    akin_dataset *data = NULL;
    int64_t shape[SHAPE] = { 0 };
    cli_form form = CLI_PLAIN;
    akin_status status = cli_open_model(args, args->positional[0], &model, &err);
    if (!status) status = cli_form_of(args, model, cli_layer(args), &form, &err);
    if (cli_given(args, "width")) form = CLI_PLAIN; /* the first columns are those of the network */
    if (form == CLI_HYBRID && !cli_asks_form(args) && cli_quantize(args) == AKIN_QUANTIZE_BINARY)
        form = CLI_HALF; /* columns of words are mostly 0, which has no sign */
    if (!status && (form == CLI_PLAIN || form == CLI_HYBRID) && cli_quantize(args) == AKIN_QUANTIZE_BINARY)
        status =
            cli_set_error(&err, AKIN_ERR_ARGUMENT,
                          "--quantize binary keeps signs, which say little of %s rows: their mean is not "
                          "taken off; --form half or --form whitened takes it off",
                          cli_form_name(form));
    if (!status) status = write_all(args, model, form, from, out, &data, shape, &err);
    const int code = cli_agree(args, status ? cli_fail(args, &err) : -1);
    const int64_t step = model ? akin_model_step(model) : 0;
    char weights[16];
    snprintf(weights, sizeof weights, "%s", model ? akin_model_weights(model) : "");
    const bool changed = cli_data_changed(model, data, from);
    akin_dataset_free(data);
    akin_model_free(model);
    if (code > 0) return code;
    char written[4200];
    cli_name_rows(args, out, written, sizeof written);
    cli_note(args, "%s: %lld x %lld, %s, form %s, from step %lld, %s weights",
             strcmp(out, "-") == 0 ? "stdout" : written, (long long)shape[ROWS], (long long)shape[COLUMNS],
             cli_text(args, "layer"), cli_form_name(form), (long long)step, weights);
    if (shape[ZEROS] && cli_quantize(args) == AKIN_QUANTIZE_BINARY)
        cli_note(args,
                 "%lld of the %lld rows are all zeros and have no signs: their bits say -1 in every column, "
                 "which is a direction; leave them out of what is searched",
                 (long long)shape[ZEROS], (long long)shape[ROWS]);
    if (!args->json) return 0;
    akin_json *root = akin_json_pack(
        "{s:o,s:s,s:s,s:s,s:I,s:I,s:I,s:s}", "embeddings", akin_json_text(written), "layer",
        cli_text(args, "layer"), "form", cli_form_name(form), "split", cli_text(args, "split"), "n",
        (int64_t)shape[ROWS], "width", (int64_t)shape[COLUMNS], "step", (int64_t)step, "weights", weights);
    cli_tell_quantize(args, root);
    akin_json_put(root, "zero_rows", akin_json_int(shape[ZEROS]));
    if (!from) akin_json_put(root, "data_changed", akin_json_bool(changed));
    cli_put_ranks(root);
    return cli_print_json(args, root);
}

static const cli_heading HEADINGS[] = {
    CLI_READING_HEADING,
    { "checkpoint", NULL, "Which weights, and whitening" },
    { "onnx", "onnx", "An ONNX model in the place of RUN" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "The test images, with names and labels beside", "akin embed runs/a --split test -o test.npy --force" },
    { "The rows in four files, which verbs read as 'rows-{00000..00003}.npy'",
      "akin embed runs/a -o rows.npy --shards 4" },
    { "Another data set, as rows of numbers on standard output",
      "akin embed runs/a digits --split test --form plain -o -" },
    { NULL, NULL },
};

const cli_verb cli_embed = {
    .name = "embed",
    .line = "embed a data set with a trained encoder",
    .usage = "RUN [DATA] -o FILE.npy   |   --onnx FILE.onnx DATA -o FILE.npy",
    .text =
        "Without DATA the run's own data set is embedded. Rows of the backbone are halfway to whitened, "
        "of\ntexts hybrid, their words beside the features (docs/choose.md); --form plain: as the network "
        "does.\n\n"
        "With --onnx the encoder is a model in a file. What akin export wrote says itself what is done to "
        "items; of others float images are scaled by --mean and --std after --size and --resize (of a model "
        "that takes any size: 224 of 256). docs/weights.md tells which models are taken.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
