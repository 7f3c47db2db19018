/* SPDX-License-Identifier: Apache-2.0 */
/* cli/diagnose/run.c - the subject of akin diagnose RUN: items and their views, embedded by the trained encoder. */
#include "cli/diagnose/diagnose.h"
#include "cli/trained.h"

#include "akin/loss.h"
#include "akin/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static akin_status fail(akin_error *err, akin_status status, const char *what)
{
    err->status = status;
    snprintf(err->message, sizeof err->message, "%s", what);
    return status;
}

akin_status cli_floats(akin_array *a, int64_t n, int64_t d, akin_error *err)
{
    *a = (akin_array){ .dtype = AKIN_F32, .ndim = 2, .shape = { n, d }, .count = n * d };
    a->data = malloc((size_t)n * (size_t)d * sizeof(float));
    return a->data ? AKIN_OK : fail(err, AKIN_ERR_NOMEM, "no memory for the embeddings");
}

void cli_subject_free(cli_subject *s)
{
    akin_array_free(&s->features);
    akin_array_free(&s->labels);
    akin_array_free(&s->other);
    for (int i = 0; i < CLI_DIAGNOSE_VIEWS; i++) akin_array_free(&s->view[i]);
    for (int i = 0; i < 2; i++) akin_array_free(&s->seen[i]);
    free(s->item);
    akin_dataset_free(s->data);
}

/* Every n/count-th item of the split. */
static akin_status sample(cli_subject *s, const akin_split_view *from, int64_t count, int64_t *taken,
                          akin_error *err)
{
    const int64_t n = count > 0 && count < from->n ? count : from->n;
    s->item = malloc((size_t)n * sizeof *s->item);
    s->labels = (akin_array){ .dtype = AKIN_I32, .ndim = 1, .shape = { n }, .count = n };
    s->labels.data = malloc((size_t)n * sizeof(int32_t));
    if (!s->item || !s->labels.data) return fail(err, AKIN_ERR_NOMEM, "no memory for the items");
    for (int64_t i = 0; i < n; i++) {
        s->item[i] = (int64_t)((double)i * (double)from->n / (double)n);
        ((int32_t *)s->labels.data)[i] = from->labels ? from->labels[s->item[i]] : -1;
    }
    *taken = n;
    return AKIN_OK;
}

/* Training may have used views of another size than the images, which the encoder is fed here. */
static bool other_size(const akin_model *m, const cli_subject *s)
{
    akin_images images = AKIN_IMAGES_INIT;
    if (!akin_dataset_images(s->data) ||
        akin_image_set_split(akin_dataset_images(s->data), s->split, &images, NULL))
        return false;
    const char *height = akin_model_option(m, "view-height"), *width = akin_model_option(m, "view-width");
    const int64_t h = height ? strtol(height, NULL, 10) : 0, w = width ? strtol(width, NULL, 10) : 0;
    return (h && h != images.height) || (w && w != images.width);
}

static akin_mat matrix(const akin_array *a)
{
    return (akin_mat){ a->data, a->shape[0], a->shape[1], a->shape[1] };
}

static akin_cmat view_of(const akin_array *a)
{
    return (akin_cmat){ a->data, a->shape[0], a->shape[1], a->shape[1] };
}

/* Scratch as an arena wants it. */
static void *aligned(size_t bytes) { return aligned_alloc(64, (bytes / 64 + 1) * 64); }

static akin_embed_opts items_of(const cli_subject *s, int64_t n)
{
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    what.split = s->split;
    what.item = s->item;
    what.n = n;
    return what;
}

static akin_status embed(const cli_args *args, akin_model *m, cli_subject *s, int64_t n, akin_error *err)
{
    const bool projector = strcmp(cli_text(args, "layer"), "projector") == 0;
    const akin_mat none = { NULL, 0, 0, 0 };
    const int64_t d = akin_model_width(m, projector ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE);
    const int64_t e = akin_model_width(m, AKIN_LAYER_PROJECTOR);
    akin_status status = cli_floats(&s->features, n, d, err);
    s->other_size = other_size(m, s);
    akin_embed_opts what = items_of(s, n);
    if (!status)
        status = akin_model_embed(m, s->data, &what, projector ? none : matrix(&s->features),
                                  projector ? matrix(&s->features) : none, err);
    what.random_views = true;
    what.view_seed = (uint64_t)cli_int(args, "seed");
    s->in.view_count = (int32_t)cli_int(args, "views");
    for (int v = 0; v < s->in.view_count && !status; v++) {
        akin_mat seen = none;
        status = cli_floats(&s->view[v], n, d, err);
        if (!status && v < 2 && !projector) {
            status = cli_floats(&s->seen[v], n, e, err);
            if (!status) seen = matrix(&s->seen[v]);
        }
        if (status) break;
        what.view = (uint32_t)v;
        status = akin_model_embed(m, s->data, &what, projector ? none : matrix(&s->view[v]),
                                  projector ? matrix(&s->view[v]) : seen, err);
        s->views[v] = view_of(&s->view[v]);
    }
    s->in.features = view_of(&s->features);
    s->in.views = s->views;
    return status;
}

/* --with RUN2: the same items in another run's eyes. */
static akin_status embed_other(const cli_args *args, cli_subject *s, int64_t n, akin_error *err)
{
    const char *with = cli_text(args, "with");
    if (!with) return AKIN_OK;
    akin_model *m = NULL;
    akin_status status = cli_open_weights(with, cli_weights(args), &m, err);
    if (status) return status;
    const bool projector = strcmp(cli_text(args, "layer"), "projector") == 0;
    const akin_mat none = { NULL, 0, 0, 0 };
    status = cli_floats(&s->other, n,
                        akin_model_width(m, projector ? AKIN_LAYER_PROJECTOR : AKIN_LAYER_BACKBONE), err);
    const akin_embed_opts what = items_of(s, n);
    if (!status)
        status = akin_model_embed(m, s->data, &what, projector ? none : matrix(&s->other),
                                  projector ? matrix(&s->other) : none, err);
    if (!status) s->in.other = view_of(&s->other);
    akin_model_free(m);
    return status;
}

/* Views of another size than training's have another loss: then the run's own, as last logged, is told. */
static akin_status logged_loss(const char *run, cli_subject *s, akin_error *err)
{
    char path[4096];
    char *text = NULL;
    size_t bytes = 0;
    snprintf(path, sizeof path, "%s/metrics.jsonl", run);
    if (akin_file_load(path, (size_t)1 << 30, &text, &bytes, err)) return AKIN_OK; /* nothing was logged */
    for (char *line = text; *line;) {
        char *end = strchr(line, '\n');
        akin_json *o = NULL;
        if (!end || akin_json_parse(line, (size_t)(end - line), NULL, 0, &o, NULL)) o = NULL;
        const akin_json *loss = akin_json_get(o, "loss"), *chance = akin_json_get(o, "chance"),
                        *floor = akin_json_get(o, "floor");
        if (akin_json_is_number(loss) && akin_json_is_number(chance)) {
            s->in.loss = akin_json_as_real(loss);
            s->in.chance = akin_json_as_real(chance);
            s->in.floor = akin_json_is_number(floor) ? akin_json_as_real(floor) : (double)NAN;
        }
        akin_json_free(o);
        if (!end) break;
        line = end + 1;
    }
    free(text);
    return AKIN_OK;
}

/* The loss of the run on the first two views, batch by batch, with its chance level and floor. */
static akin_status measure_loss(akin_model *m, cli_subject *s, akin_error *err)
{
    const akin_loss *loss = akin_loss_find(akin_model_option(m, "loss"));
    const akin_array *a = s->seen[0].data ? &s->seen[0] : &s->view[0],
                     *b = s->seen[1].data ? &s->seen[1] : &s->view[1];
    if (!loss || s->in.view_count < 2 || (loss->needs & (AKIN_LOSS_FEATURES | AKIN_LOSS_TRIPLES)))
        return AKIN_OK;
    if ((loss->needs & AKIN_LOSS_LABELS) && !s->in.labels) return AKIN_OK;
    akin_loss_params params;
    akin_loss_params_init(&params, loss);
    for (const akin_opt_desc *o = loss->opts; o && o->name; o++) {
        const char *text = akin_model_option(m, o->name);
        const akin_status status = text ? akin_loss_params_set(&params, loss, o->name, text, err) : AKIN_OK;
        if (status) return status;
    }
    const int64_t n = a->shape[0], d = a->shape[1], batch = s->in.batch < n ? s->in.batch : n;
    akin_loss_batch in = AKIN_LOSS_BATCH_INIT;
    in.a = (akin_cmat){ a->data, batch, d, d };
    in.b = (akin_cmat){ b->data, batch, d, d };
    in.labels = s->in.labels;
    akin_calibration level = AKIN_CALIBRATION_INIT;
    akin_status status = akin_loss_calibrate(loss, &params, &in, NULL, &level, err);
    const size_t bytes = akin_loss_scratch_bytes(loss, &params, &in, AKIN_PRECISION_F32, 0);
    void *scratch = aligned(bytes);
    if (!status && !scratch) status = fail(err, AKIN_ERR_NOMEM, "no memory for the loss");
    akin_arena arena;
    akin_arena_init(&arena, scratch, bytes);
    double sum = 0, batches = 0;
    for (int64_t first = 0; first + batch <= n && !status; first += batch, batches++) {
        double value = NAN;
        in.a.data = (const float *)a->data + first * d;
        in.b.data = (const float *)b->data + first * d;
        if (s->in.labels) in.labels = s->in.labels + first;
        status = akin_loss_eval(loss, &params, &in, AKIN_PRECISION_F32, &arena, &value, NULL, err);
        sum += value;
    }
    free(scratch);
    if (status) return status;
    s->in.loss = sum / batches;
    s->in.chance = level.chance;
    s->in.floor = level.floor_known ? level.floor : (double)NAN;
    return AKIN_OK;
}

/* Temperature, lambda, batch and supervision as the run had them, unless the command line says otherwise. */
static void settings(const cli_args *args, akin_model *m, cli_subject *s)
{
    const char *t = akin_model_option(m, "temperature"), *alpha = akin_model_option(m, "alpha");
    const char *lambda = akin_model_option(m, "lambda"), *batch = akin_model_option(m, "batch-size");
    const char *name = akin_model_option(m, "loss");
    const akin_loss *loss = name ? akin_loss_find(name) : NULL;
    const bool balanced = name && strcmp(name, "balanced") == 0;
    if (!cli_given(args, "temperature")) {
        if (balanced && alpha && strtod(alpha, NULL) > 0)
            s->in.temperature = 1 / strtod(alpha, NULL);
        else if (t && strtod(t, NULL) > 0)
            s->in.temperature = strtod(t, NULL);
    }
    if (!cli_given(args, "lambda") && balanced && lambda) s->in.lambda = strtod(lambda, NULL);
    if (!cli_given(args, "batch-size") && batch) s->in.batch = (int64_t)strtod(batch, NULL);
    s->in.supervised = loss && name && strcmp(name, "supcon") == 0;
}

akin_status cli_diagnose_load_run(const cli_args *args, cli_subject *s, akin_error *err)
{
    akin_model *m = NULL;
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    int64_t n = 0;
    s->split = cli_text(args, "split");
    akin_status status = cli_open_model(args, args->positional[0], &m, err);
    if (!status) status = akin_model_open_dataset(m, cli_text(args, "data"), &s->data, err);
    if (!status && strcmp(s->split, "auto") == 0)
        s->split =
            akin_dataset_split(s->data, "test", AKIN_TARGET_AUTO, &part, NULL) == AKIN_OK ? "test" : "train";
    if (!status) status = akin_dataset_split(s->data, s->split, AKIN_TARGET_AUTO, &part, err);
    if (!status) status = sample(s, &part, cli_int(args, "items"), &n, err);
    if (!status) {
        settings(args, m, s);
        s->step = akin_model_step(m);
        if (part.labels) {
            s->in.labels = s->labels.data;
            s->in.label_count = s->labels.count;
        }
        status = embed(args, m, s, n, err);
    }
    if (!status) status = embed_other(args, s, n, err);
    if (!status) status = s->other_size ? logged_loss(args->positional[0], s, err) : measure_loss(m, s, err);
    akin_model_free(m);
    return status;
}
