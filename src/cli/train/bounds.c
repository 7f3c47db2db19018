/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train/bounds.c - akin train --bounds LIST: after each checkpoint, bounds beside what they bound, one
 * line of RUN/bounds.jsonl a checkpoint.
 *
 * The encoder is loaded from the checkpoint that was just stored, so training is not touched: its bits are
 * those of a run without --bounds. Lines of steps that a resumed run takes again are replaced. */
#include "cli/trained.h"
#include "cli/bounds/bounds.h"
#include "cli/train/train_bounds.h"

#include "akin/tool/dataset.h"
#include "akin/tool/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 2000, MOST_BYTES = 256 << 20 };

/* The lines of steps before `step`: [kept] bytes at the start of text. */
static size_t lines_before(const char *text, int64_t step)
{
    const size_t bytes = strlen(text);
    size_t kept = 0, at = 0;
    akin_json *line;
    while (akin_json_line(text, bytes, &at, &line, NULL) == AKIN_OK) {
        const bool earlier = text[at - 1] == '\n' && akin_json_get_int(line, "step") < step;
        akin_json_free(line);
        if (!earlier) return kept;
        kept = at;
    }
    return kept;
}

static akin_status append(const char *run, int64_t step, akin_json *line, akin_error *err)
{
    char path[4096], *before = NULL;
    snprintf(path, sizeof path, "%s/bounds.jsonl", run);
    char *text = NULL;
    akin_path_kind there;
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (!status && there) status = akin_file_load(path, MOST_BYTES, &before, NULL, err);
    if (status) return status;
    status = akin_json_print(line, AKIN_JSON_COMPACT, 9, &text, err);
    const size_t kept = before ? lines_before(before, step) : 0, size = text ? strlen(text) : 0;
    char *all = text ? malloc(kept + size + 1) : NULL;
    if (!status && !all) status = cli_set_error(err, AKIN_ERR_NOMEM, "no memory for the bounds");
    if (all) {
        if (kept) memcpy(all, before, kept);
        memcpy(all + kept, text, size);
        all[kept + size] = '\n';
        status = akin_file_save(path, all, kept + size + 1, err);
    }
    free(all);
    free(text);
    free(before);
    return status;
}

static akin_status measure(cli_train_bounds *b, int64_t step, int64_t epoch, akin_error *err)
{
    akin_model *model = NULL;
    const akin_view_pair *views = NULL;
    akin_view_pair_opts which = AKIN_VIEW_PAIR_OPTS_INIT;
    which.items = ITEMS;
    akin_bounds *bounds = NULL;
    akin_status status = cli_open_checkpoint(b->args, b->run, AKIN_MODEL_TRAINED, NULL, &model, err);
    if (!status && !b->data) status = akin_model_open_dataset(model, NULL, &b->data, err);
    if (!status) status = akin_view_pair_make(model, b->data, &which, &views, err);
    if (!status) {
        akin_bound_input in = cli_views_input(views);
        akin_bound_run known = AKIN_BOUND_RUN_INIT;
        known.sigmoid_bias = views->sigmoid_bias;
        in.run = &known;
        status = akin_bounds_compute(&in, b->list, &bounds, err);
    }
    if (!status) {
        akin_json *list = akin_json_array();
        const akin_bound_row *row;
        for (int i = 0; (row = akin_bounds_at(bounds, i)); i++) akin_json_append(list, cli_bound_json(row));
        akin_json *line =
            akin_json_pack("{s:I,s:I,s:I,s:I,s:f,s:o}", "step", (int64_t)step, "epoch", (int64_t)epoch, "n",
                           (int64_t)views->n, "negatives", (int64_t)views->negatives, "temperature",
                           views->temperature, "bounds", list);
        status = append(b->run, step, line, err);
        akin_json_free(line);
    }
    akin_view_pair_free(views);
    akin_model_free(model);
    akin_bounds_free(bounds);
    return status;
}

enum { MOST_OPTIONS = 128 };

/* With the options of the run that the data's kind reads. */
static akin_status open_as_training(const char *data, const akin_train_config *c, akin_dataset **out)
{
    const char *pair[2 * MOST_OPTIONS + 1];
    int n = 0;
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    const akin_status status =
        akin_data_detect_as(data, akin_train_config_get(c, "format"), &opts.kind, NULL);
    if (status) return status;
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL && n < 2 * MOST_OPTIONS; i++) {
        const char *value = akin_train_config_get(c, o->name);
        if (!value || !akin_train_config_is_set(c, o->name)) continue;
        if (!akin_data_kind_reads_option(opts.kind, o->name)) continue;
        pair[n++] = o->name;
        pair[n++] = value;
    }
    pair[n] = NULL;
    opts.options = pair;
    return akin_dataset_open(data, &opts, out, NULL);
}

/* What the run will train on: of a begun run its record says; else the data set is opened. */
static bool lacks_labels(const char *run, const char *data, const akin_train_config *c, bool resume)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/run.json", run);
    akin_json *record = NULL;
    if (resume) akin_json_load(path, MOST_BYTES, 0, &record, NULL);
    const akin_json *labels = akin_json_get(akin_json_get(record, "data"), "labels");
    const bool known = akin_json_is_bool(labels), has = akin_json_as_bool(labels);
    akin_json_free(record);
    if (known || !data) return known && !has;
    akin_dataset *set = NULL;
    akin_split_view train = AKIN_SPLIT_VIEW_INIT;
    const bool found = open_as_training(data, c, &set) == AKIN_OK &&
                       akin_dataset_split(set, "train", AKIN_TARGET_AUTO, &train, NULL) == AKIN_OK;
    const bool lacks = found && !train.labels; /* what cannot be opened, training refuses in its own words */
    akin_dataset_free(set);
    return lacks;
}

akin_status cli_train_bounds_check(const cli_train_bounds *b, const char *data, const akin_train_config *c,
                                   bool resume, akin_error *err)
{
    if (!b->list || !lacks_labels(b->run, data, c, resume)) return AKIN_OK;
    return cli_set_error(
        err, AKIN_ERR_INPUT,
        "--bounds: this data set has no labels, and the bounds compare with labels; leave out --bounds");
}

void cli_train_bounds_step(cli_train_bounds *b, int64_t step, int64_t epoch)
{
    akin_error err;
    if (b->stopped || step < 1) return;
    if (measure(b, step, epoch, &err) == AKIN_OK) return;
    b->stopped = true;                /* training goes on: bounds are company, not cargo */
    if (err.status == AKIN_ERR_NOMEM) /* which ends the run in its own words */
        cli_note(b->args, "no more bounds: %s", err.message);
    else
        cli_warn(b->args, "no more bounds: %s", err.message);
}

void cli_train_bounds_free(cli_train_bounds *b)
{
    akin_dataset_free(b->data);
    b->data = NULL;
}
