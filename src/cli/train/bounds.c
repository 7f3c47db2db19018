/* SPDX-License-Identifier: Apache-2.0 */
/* cli/train/bounds.c - akin train --bounds LIST: after each checkpoint, bounds beside what they bound, one line of
 * RUN/bounds.jsonl a checkpoint.
 *
 * The encoder is loaded from the checkpoint that was just stored, so training is not touched: its bits are those of a
 * run without --bounds. Lines of steps that a resumed run takes again are replaced. */
#include "cli/bounds/bounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 2000, MOST_BYTES = 256 << 20 };

static akin_status no_memory(akin_error *err)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for the bounds");
    return AKIN_ERR_NOMEM;
}

/* The lines of steps before `step`: [kept] bytes at the start of text. */
static size_t lines_before(const char *text, int64_t step)
{
    size_t kept = 0;
    for (const char *line = text; *line;) {
        const size_t length = strcspn(line, "\n");
        akin_json *o = NULL;
        const bool earlier = akin_json_parse(line, length, NULL, 0, &o, NULL) == AKIN_OK &&
                             akin_json_as_int(akin_json_get(o, "step")) < step;
        akin_json_free(o);
        if (!earlier || line[length] != '\n') break;
        line += length + 1;
        kept = (size_t)(line - text);
    }
    return kept;
}

static akin_status append(const char *run, int64_t step, akin_json *line, akin_error *err)
{
    char path[4096], *before = NULL;
    snprintf(path, sizeof path, "%s/bounds.jsonl", run);
    if (akin_file_load(path, MOST_BYTES, &before, NULL, NULL)) before = NULL;
    char *text = NULL;
    akin_status status = akin_json_print(line, AKIN_JSON_COMPACT, 9, &text, err);
    const size_t kept = before ? lines_before(before, step) : 0, size = text ? strlen(text) : 0;
    char *all = text ? malloc(kept + size + 1) : NULL;
    if (!status && !all) status = no_memory(err);
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
    cli_views views = { .a = NULL };
    akin_bound_row *rows = malloc(AKIN_BOUND_ROWS * sizeof *rows);
    int count = 0;
    akin_status status = rows ? akin_model_open(b->run, NULL, &model, err) : no_memory(err);
    if (!status && !b->data) status = akin_model_open_dataset(model, NULL, &b->data, err);
    if (!status)
        status = cli_views_make(model, b->data, "train", AKIN_LAYER_PROJECTOR, ITEMS, 0, &views, err);
    if (!status) {
        const akin_bound_input in = cli_views_input(&views);
        status = akin_bounds_compute(&in, b->list, rows, &count, err);
    }
    if (!status) {
        akin_json *list = akin_json_array();
        for (int i = 0; i < count; i++) akin_json_append(list, cli_bound_json(&rows[i]));
        akin_json *line =
            akin_json_pack("{s:I,s:I,s:I,s:I,s:f,s:o}", "step", (int64_t)step, "epoch", (int64_t)epoch, "n",
                           (int64_t)views.n, "negatives", (int64_t)views.negatives, "temperature",
                           views.temperature, "bounds", list);
        status = append(b->run, step, line, err);
        akin_json_free(line);
    }
    cli_views_free(&views);
    akin_model_free(model);
    free(rows);
    return status;
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
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    const char *size = akin_train_config_get(c, "size"), *on_bad = akin_train_config_get(c, "on-bad"),
               *most = akin_train_config_get(c, "max-bad");
    opts.size = size ? (int32_t)strtol(size, NULL, 10) : 0;
    opts.format = akin_train_config_get(c, "format");
    opts.on_bad = on_bad && strcmp(on_bad, "skip") == 0 ? AKIN_BAD_SKIP : AKIN_BAD_STOP;
    const char *cache = akin_train_config_get(c, "cache");
    if (cache) opts.cache = (int64_t)strtod(cache, NULL) << 20;
    if (most) opts.max_bad_frac = strtod(most, NULL);
    akin_image_set *set = NULL;
    akin_images images = AKIN_IMAGES_INIT;
    const bool found = akin_image_set_open(data, &opts, &set, NULL) == AKIN_OK &&
                       akin_image_set_split(set, "train", &images, NULL) == AKIN_OK;
    const bool lacks = found && !images.labels; /* what cannot be opened, training refuses in its own words */
    akin_image_set_free(set);
    return lacks;
}

akin_status cli_train_bounds_check(const cli_train_bounds *b, const char *data, const akin_train_config *c,
                                   bool resume, akin_error *err)
{
    if (!b->list || !lacks_labels(b->run, data, c, resume)) return AKIN_OK;
    err->status = AKIN_ERR_INPUT;
    snprintf(err->message, sizeof err->message,
             "--bounds: this data set has no labels, and the bounds compare with labels; leave out --bounds");
    return AKIN_ERR_INPUT;
}

void cli_train_bounds_step(cli_train_bounds *b, int64_t step, int64_t epoch)
{
    akin_error err;
    if (b->stopped || step < 1) return;
    if (measure(b, step, epoch, &err) == AKIN_OK) return;
    b->stopped = true; /* training goes on: bounds are company, not cargo */
    cli_note(b->args, "no more bounds: %s", err.message);
}

void cli_train_bounds_free(cli_train_bounds *b)
{
    akin_dataset_free(b->data);
    b->data = NULL;
}
