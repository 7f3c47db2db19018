/* SPDX-License-Identifier: Apache-2.0 */
/* cli/trained.c - the trained model of a run and a data set for it, as the options of a verb ask for. */
#include "cli/trained.h"

#include "akin/tool/dataset.h"
#include "akin/tool/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

akin_model_kind cli_weights(const cli_args *args)
{
    const char *which = cli_text(args, "weights");
    if (strcmp(which, "ema") == 0) return AKIN_MODEL_AVERAGED;
    return strcmp(which, "raw") == 0 ? AKIN_MODEL_RAW : AKIN_MODEL_TRAINED;
}

static akin_status open_checkpoint(const cli_args *args, const char *run, akin_model_kind kind,
                                   const char *checkpoint, akin_ranks *ranks, akin_model **out,
                                   akin_error *err)
{
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    const char *line;
    opts.kind = kind;
    opts.checkpoint = checkpoint;
    opts.ranks = ranks;
    const akin_status status = akin_model_open(run, &opts, out, err);
    if (status || kind == AKIN_MODEL_RANDOM) return status; /* beside the trained one, which told it */
    for (int64_t i = 0; (line = akin_model_warning(*out, i)) != NULL; i++) cli_warn(args, "%s", line);
    return AKIN_OK;
}

akin_status cli_open_checkpoint(const cli_args *args, const char *run, akin_model_kind kind,
                                const char *checkpoint, akin_model **out, akin_error *err)
{
    return open_checkpoint(args, run, kind, checkpoint, NULL, out, err);
}

akin_status cli_open_shared(const cli_args *args, const char *run, akin_model_kind kind,
                            const char *checkpoint, akin_model **out, akin_error *err)
{
    return open_checkpoint(args, run, kind, checkpoint, cli_ranks(), out, err);
}

akin_status cli_open_model(const cli_args *args, const char *run, akin_model **out, akin_error *err)
{
    const akin_status status =
        cli_open_shared(args, run, cli_weights(args), cli_text(args, "checkpoint"), out, err);
    if (!status && cli_given(args, "layer") && strcmp(cli_text(args, "layer"), "projector") == 0 &&
        !akin_model_has_head(*out))
        cli_note(args, "the run has no projection head: what its projector gives is what the backbone gives");
    return status;
}

akin_status cli_ranks_alike(akin_status mine, const akin_model *model, const akin_dataset *data,
                            akin_error *err)
{
    akin_ranks *ranks = cli_ranks();
    char weights[64] = "";
    if (akin_ranks_size(ranks) == 1) return mine;
    if (!mine && model)
        snprintf(weights, sizeof weights, "%lld %s", (long long)akin_model_step(model),
                 akin_model_weights(model));
    akin_status status = akin_ranks_alike(ranks, mine, "the instructions of the processor", akin_isa(), err);
    if (!status) status = akin_ranks_alike(ranks, AKIN_OK, "the weights", weights, err);
    if (!status)
        status =
            akin_ranks_alike(ranks, AKIN_OK, "the data", data ? akin_dataset_fingerprint(data) : "", err);
    return status;
}

akin_layer cli_layer(const cli_args *args)
{
    return strcmp(cli_text(args, "layer"), "projector") == 0 ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE;
}

akin_target cli_target(const cli_args *args)
{
    const char *target = cli_text(args, "target");
    return strcmp(target, "label") == 0   ? AKIN_TARGET_LABEL
           : strcmp(target, "group") == 0 ? AKIN_TARGET_GROUP
                                          : AKIN_TARGET_AUTO;
}

void cli_tell_remarks(const cli_args *args, const akin_dataset *set)
{
    const char *line;
    for (int64_t i = 0; (line = akin_dataset_remark(set, i)) != NULL; i++) cli_note(args, "%s", line);
}

const char *cli_reading_option(int i)
{
    static const char *const NAMES[] = { "size",      "resize",     "on-bad",      "max-bad",
                                         "cache",     "background", "sample-bits", "header",
                                         "delimiter", "decimal",    "missing",     NULL };
    return i >= 0 && i < (int)(sizeof NAMES / sizeof *NAMES) ? NAMES[i] : NULL;
}

static akin_status set_options(const cli_args *args, akin_model *model, akin_error *err)
{
    const char *name;
    for (int i = 0; (name = cli_reading_option(i)) != NULL; i++) {
        if (!cli_given(args, name)) continue;
        const akin_status status = akin_model_set_option(model, name, cli_text(args, name), err);
        if (status) return status;
    }
    return AKIN_OK;
}

/* What was understood, what has changed, and what could not be read; of images the remarks say that. */
static void tell_of_data(const cli_args *args, const akin_model *model, const char *path,
                         const akin_dataset *set)
{
    char changed[1024];
    const akin_data_kind kind = akin_dataset_kind(set);
    const long long bad = (long long)akin_dataset_bad_count(set);
    cli_tell_remarks(args, set);
    if (!path && akin_model_data_changed(model, set, changed, sizeof changed))
        cli_note(args, "warning: %s", changed);
    if (bad && kind == AKIN_DATA_TEXT)
        cli_note(args, "%lld texts have bytes that are not UTF-8, or stand in rows that cannot be used", bad);
}

/* What was said of the file of a table is of that file: the run's own is read as before. */
static akin_status open_another(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                                akin_error *err)
{
    static const char *const OF_TABLES[][2] = {
        { "header", "auto" }, { "delimiter", "auto" }, { "decimal", "auto" }, { "missing", "refuse" }
    };
    enum { N = sizeof OF_TABLES / sizeof *OF_TABLES };
    char had[N][32];
    for (int i = 0; i < N; i++) {
        const char *text = akin_model_option(model, OF_TABLES[i][0]);
        snprintf(had[i], sizeof had[i], "%s", text ? text : OF_TABLES[i][1]);
    }
    akin_status status = set_options(args, model, err);
    if (!status) status = cli_open_data(args, model, path, out, err);
    for (int i = 0; i < N && !status; i++)
        if (cli_given(args, OF_TABLES[i][0]))
            status = akin_model_set_option(model, OF_TABLES[i][0], had[i], err);
    return status;
}

akin_status cli_open_set(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                         akin_error *err)
{
    if (path) return open_another(args, model, path, out, err);
    const akin_status status = set_options(args, model, err);
    return status ? status : cli_open_data(args, model, path, out, err);
}

akin_status cli_open_rows(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                          akin_error *err)
{
    akin_status status = set_options(args, model, err);
    if (!status) status = akin_model_open_rows(model, path, out, err);
    if (!status) tell_of_data(args, model, path, *out);
    return status;
}

akin_status cli_open_data(const cli_args *args, akin_model *model, const char *path, akin_dataset **out,
                          akin_error *err)
{
    const akin_status status = akin_model_open_dataset(model, path, out, err);
    if (!status) tell_of_data(args, model, path, *out);
    return status;
}

bool cli_data_changed(const akin_model *model, const akin_dataset *set, const char *path)
{
    return !path && akin_model_data_changed(model, set, NULL, 0);
}

akin_status cli_embed_split(akin_model *model, const akin_dataset *data, const char *split, akin_layer layer,
                            akin_mat out, akin_error *err)
{
    const akin_mat none = { NULL, 0, 0, 0 };
    const bool backbone = layer == AKIN_LAYER_BACKBONE;
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    what.split = split;
    return akin_model_embed(model, data, &what, backbone ? out : none, backbone ? none : out, err);
}

/* Items that whitening is fitted to: some dozen a column are enough. */
enum { MOST_FITTED = 20000 };

/* [*n] places in a part of n items, evenly spread; NULL without memory. */
static int64_t *spread(int64_t *n)
{
    const int64_t all = *n;
    if (*n > MOST_FITTED) *n = MOST_FITTED;
    int64_t *item = malloc(((size_t)*n + 1) * sizeof *item);
    for (int64_t i = 0; item && i < *n; i++) item[i] = i * all / *n;
    return item;
}

static akin_status fit_to(akin_model *model, const akin_dataset *data, int64_t n, akin_layer layer,
                          cli_form form, akin_whitening **out, akin_error *err)
{
    akin_whiten_opts how = AKIN_WHITEN_OPTS_INIT;
    const int64_t d = akin_model_width(model, layer);
    const bool backbone = layer == AKIN_LAYER_BACKBONE;
    const akin_mat none = { NULL, 0, 0, 0 };
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    int64_t *item = spread(&n);
    akin_mat rows = { malloc((size_t)n * (size_t)d * sizeof *rows.data), n, d, d };
    if (form == CLI_HALF) how.power = 0.5;
    what.item = item;
    what.n = n;
    akin_status status = item && rows.data ? AKIN_OK : cli_no_memory(err, n, "embeddings");
    if (!status)
        status = akin_model_embed(model, data, &what, backbone ? rows : none, backbone ? none : rows, err);
    if (!status) status = akin_whitening_fit(akin_mat_const(rows), &how, out, err);
    free(rows.data);
    free(item);
    return status;
}

static akin_status add_words(akin_model *model, akin_layer layer, akin_error *err)
{
    if (layer == AKIN_LAYER_PROJECTOR)
        return cli_set_error(
            err, AKIN_ERR_ARGUMENT,
            "--form hybrid sets words beside rows of the backbone; leave out --layer projector");
    if (!akin_model_has_words(model))
        return cli_set_error(err, AKIN_ERR_ARGUMENT,
                             "--form hybrid is for runs of texts, whose words it adds");
    return akin_model_add_words(model, err);
}

akin_status cli_fit_form(const cli_args *args, akin_model *model, akin_layer layer, cli_form form, bool told,
                         akin_whitening **out, akin_error *err)
{
    akin_dataset *data = NULL;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    *out = NULL;
    if (form == CLI_HYBRID) return add_words(model, layer, err);
    akin_status status = told ? akin_model_open_dataset(model, NULL, &data, err)
                              : cli_open_data(args, model, NULL, &data, err);
    if (status == AKIN_ERR_INPUT) {
        const akin_error why = *err;
        return cli_set_error(err, status,
                             "%s; rows are whitened by the run's training data, and --form plain "
                             "needs none",
                             why.message);
    }
    if (!status) status = akin_dataset_split(data, "train", AKIN_TARGET_AUTO, &part, err);
    if (!status) status = fit_to(model, data, part.n, layer, form, out, err);
    akin_dataset_free(data);
    return status;
}

akin_status cli_whiten_rows(const akin_whitening *by, akin_mat rows, akin_error *err)
{
    if (!by) return AKIN_OK;
    const size_t bytes = (size_t)rows.cols * sizeof *rows.data;
    float *none = calloc((size_t)rows.cols + 1, sizeof *none);
    bool *zero = calloc((size_t)rows.rows + 1, sizeof *zero);
    akin_status status = none && zero ? AKIN_OK : cli_no_memory(err, rows.rows, "rows to whiten");
    for (int64_t i = 0; i < rows.rows && !status; i++)
        zero[i] = memcmp(rows.data + i * rows.stride, none, bytes) == 0;
    if (!status) status = akin_whitening_apply(by, akin_mat_const(rows), rows, err);
    for (int64_t i = 0; i < rows.rows && !status; i++)
        if (zero[i]) memset(rows.data + i * rows.stride, 0, bytes);
    free(zero);
    free(none);
    return status;
}

static const char *const FORMS[] = { "plain", "half", "whitened", "hybrid" };

akin_status cli_form_of(const cli_args *args, const akin_model *model, akin_layer layer, cli_form *out,
                        akin_error *err)
{
    const char *form = cli_text(args, "form");
    const bool open = strcmp(form, "auto") == 0, flag = cli_flag(args, "whiten");
    if (flag && cli_given(args, "form") && !open && strcmp(form, "whitened") != 0)
        return cli_set_error(err, AKIN_ERR_ARGUMENT, "--whiten and --form %s contradict each other", form);
    *out = flag ? CLI_WHITENED : cli_form_named(form);
    if (!open || flag || !model || layer != AKIN_LAYER_BACKBONE) return AKIN_OK;
    if (akin_model_has_words(model))
        *out = CLI_HYBRID;
    else if (akin_model_knows_data(model))
        *out = CLI_HALF;
    return AKIN_OK;
}

bool cli_asks_form(const cli_args *args) { return cli_given(args, "form") || cli_flag(args, "whiten"); }

const char *cli_form_name(cli_form form) { return FORMS[form]; }

cli_form cli_form_named(const char *name)
{
    for (int i = CLI_HALF; name && i <= CLI_HYBRID; i++)
        if (strcmp(name, FORMS[i]) == 0) return (cli_form)i;
    return CLI_PLAIN;
}

void cli_tell_form(const cli_args *args, cli_form form)
{
    if (!cli_asks_form(args))
        cli_note(args, "rows of the %s, --form %s", cli_text(args, "layer"), cli_form_name(form));
}
