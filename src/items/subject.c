/* SPDX-License-Identifier: Apache-2.0 */
/* items/subject.c - the subject of a diagnosis: items of a run and their views, embedded by its encoder,
 * and the loss. */
#include "akin/tool/subject.h"

#include "akin/loss.h"
#include "akin/tool/dataset.h"
#include "akin/tool/json.h"
#include "akin/tool/loss.h"
#include "base/base.h"
#include "base/plain.h"
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VIEWS = 64 };

struct akin_subject {
    akin_diagnose_input in;
    akin_layer layer;
    akin_array features, labels, other, view[MOST_VIEWS];
    akin_array seen[2]; /* two views as the loss sees them, where the layer is another */
    akin_cmat views[MOST_VIEWS];
    int64_t *item; /* [rows] of the split */
    bool other_size;
    const char *split; /* "train" or "test", or the caller's, copied into name */
    char name[32];
};

static akin_status floats(akin_array *a, int64_t n, int64_t d, akin_error *err)
{
    *a = (akin_array){ .dtype = AKIN_DTYPE_F32, .ndim = 2, .shape = { n, d }, .count = n * d };
    a->data = malloc((size_t)n * (size_t)d * sizeof(float));
    return a->data ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the embeddings");
}

/* Every n/count-th item of the split. */
static akin_status sample(akin_subject *s, const akin_split_view *from, int64_t count, int64_t *taken,
                          akin_error *err)
{
    const int64_t n = count > 0 && count < from->n ? count : from->n;
    s->item = malloc((size_t)n * sizeof *s->item);
    s->labels = (akin_array){ .dtype = AKIN_DTYPE_I32, .ndim = 1, .shape = { n }, .count = n };
    s->labels.data = malloc((size_t)n * sizeof(int32_t));
    if (!s->item || !s->labels.data) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items");
    for (int64_t i = 0; i < n; i++) {
        s->item[i] = (int64_t)((double)i * (double)from->n / (double)n);
        ((int32_t *)s->labels.data)[i] = from->labels ? from->labels[s->item[i]] : -1;
    }
    *taken = n;
    return AKIN_OK;
}

/* Training may have used views of another size than the items, which the encoder is fed here. */
static bool other_size(const akin_model *m)
{
    const ak_row_shape view = m->data_kind->shape(m->measured, &m->set.data, true);
    const ak_row_shape item = m->data_kind->shape(m->measured, &m->set.data, false);
    return view.height != item.height || view.width != item.width;
}

static akin_mat matrix(const akin_array *a)
{
    return (akin_mat){ a->data, a->shape[0], a->shape[1], a->shape[1] };
}

static akin_embed_opts items_of(const akin_subject *s, int64_t n)
{
    akin_embed_opts what = AKIN_EMBED_OPTS_INIT;
    what.split = s->split;
    what.item = s->item;
    what.n = n;
    return what;
}

/* Rows of the layer into rows, of the projector into seen where that is another layer. */
static akin_status embed(akin_model *m, const akin_subject *s, const akin_dataset *set,
                         const akin_embed_opts *what, akin_mat rows, akin_mat seen, akin_error *err)
{
    const bool projector = s->layer == AKIN_LAYER_PROJECTOR;
    return akin_model_embed(m, set, what, projector ? seen : rows, projector ? rows : seen, err);
}

static akin_status embed_all(akin_model *m, akin_subject *s, const akin_dataset *set,
                             const akin_subject_opts *o, int64_t n, akin_error *err)
{
    const akin_mat none = { NULL, 0, 0, 0 };
    const int64_t d = akin_model_width(m, s->layer), e = akin_model_width(m, AKIN_LAYER_PROJECTOR);
    akin_embed_opts what = items_of(s, n);
    AK_TRY(floats(&s->features, n, d, err));
    AK_TRY(embed(m, s, set, &what, matrix(&s->features), none, err));
    what.random_views = true;
    what.view_seed = o->seed;
    for (int v = 0; v < o->views; v++) {
        akin_mat seen = none;
        AK_TRY(floats(&s->view[v], n, d, err));
        if (v < 2 && s->layer != AKIN_LAYER_PROJECTOR) {
            AK_TRY(floats(&s->seen[v], n, e, err));
            seen = matrix(&s->seen[v]);
        }
        what.view = (uint32_t)v;
        AK_TRY(embed(m, s, set, &what, matrix(&s->view[v]), seen, err));
        s->views[v] = akin_mat_const(matrix(&s->view[v]));
    }
    s->in.features = akin_mat_const(matrix(&s->features));
    s->in.views = s->views;
    s->in.view_count = o->views;
    return AKIN_OK;
}

/* The loss ------------------------------------------------------------------------------------------- */

/* Views of another size than training's have another loss: then the run's own, as last logged, is told. */
static akin_status logged_loss(const char *run, akin_subject *s, akin_error *err)
{
    char path[4096];
    char *text = NULL;
    size_t bytes = 0;
    if (!run) return AKIN_OK;
    snprintf(path, sizeof path, "%s/metrics.jsonl", run);
    if (akin_file_load(path, (size_t)1 << 30, &text, &bytes, err)) return AKIN_OK; /* nothing was logged */
    akin_json *line;
    for (size_t at = 0; akin_json_line(text, bytes, &at, &line, NULL) != AKIN_ERR_INPUT;) {
        const bool whole = text[at - 1] == '\n';
        const akin_json *loss = akin_json_get(line, "loss"), *chance = akin_json_get(line, "chance");
        if (whole && akin_json_is_number(loss) && akin_json_is_number(chance)) {
            s->in.loss = akin_json_as_real(loss);
            s->in.chance = akin_json_as_real(chance);
            s->in.floor = akin_json_get_real(line, "floor");
            s->in.permuted = akin_json_get_real(line, "permuted");
        }
        akin_json_free(line);
    }
    free(text);
    return AKIN_OK;
}

/* Scratch as an arena wants it. */
static void *aligned(size_t bytes) { return aligned_alloc(64, (bytes / 64 + 1) * 64); }

static bool is_zero(const akin_array *x, int64_t i)
{
    const float *row = (const float *)x->data + i * x->shape[1];
    for (int64_t j = 0; j < x->shape[1]; j++)
        if (row[j] != 0) return false;
    return true;
}

/* Two views and labels without the items that have a row of zeros, which losses of directions refuse. */
typedef struct directed {
    float *a, *b;
    int32_t *labels;
    int64_t n;
} directed;

static akin_status make_directed(directed *o, const akin_array *a, const akin_array *b, const int32_t *labels,
                                 akin_error *err)
{
    const int64_t n = a->shape[0], d = a->shape[1];
    const size_t row = (size_t)d * sizeof(float);
    o->a = ak_alloc(sizeof *o->a, n, d);
    o->b = ak_alloc(sizeof *o->b, n, d);
    o->labels = ak_alloc(sizeof *o->labels, n, 1);
    if (!o->a || !o->b || !o->labels) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the loss");
    for (int64_t i = 0; i < n; i++) {
        if (is_zero(a, i) || is_zero(b, i)) continue;
        memcpy(o->a + o->n * d, (const float *)a->data + i * d, row);
        memcpy(o->b + o->n * d, (const float *)b->data + i * d, row);
        o->labels[o->n++] = labels ? labels[i] : -1;
    }
    return AKIN_OK;
}

static void free_directed(directed *o)
{
    free(o->a);
    free(o->b);
    free(o->labels);
}

/* Means over batches of rows, with chance and floor of one. Fewer than two rows: the loss stays unknown. */
static akin_status mean_loss(akin_subject *s, const akin_loss *loss, const akin_loss_params *params,
                             const directed *rows, int64_t d, akin_error *err)
{
    const int64_t n = rows->n, batch = s->in.batch < n ? s->in.batch : n;
    if (n < 2) return AKIN_OK;
    akin_loss_batch in = AKIN_LOSS_BATCH_INIT;
    in.a = (akin_cmat){ rows->a, batch, d, d };
    in.b = (akin_cmat){ rows->b, batch, d, d };
    in.labels = s->in.labels ? rows->labels : NULL;
    akin_calibration level = AKIN_CALIBRATION_INIT;
    akin_status status = akin_loss_calibrate(loss, params, &in, NULL, &level, err);
    const size_t bytes = akin_loss_scratch_bytes(loss, params, &in, 0);
    void *scratch = aligned(bytes);
    if (!status && !scratch) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the loss");
    akin_arena arena;
    akin_arena_init(&arena, scratch, bytes);
    double sum = 0, permuted_sum = 0, batches = 0;
    akin_loss_permuted permuted = AKIN_LOSS_PERMUTED_INIT;
    akin_loss_grads extra = AKIN_LOSS_GRADS_INIT;
    extra.permuted = &permuted;
    for (int64_t first = 0; first + batch <= n && !status; first += batch, batches++) {
        double value = NAN;
        in.a.data = rows->a + first * d;
        in.b.data = rows->b + first * d;
        if (s->in.labels) in.labels = rows->labels + first;
        status = akin_loss_eval(loss, params, &in, &arena, &value, &extra, err);
        sum += value;
        permuted_sum += permuted.loss;
    }
    free(scratch);
    if (status) return status;
    s->in.loss = sum / batches;
    s->in.chance = level.chance;
    s->in.permuted = permuted_sum / batches;
    s->in.floor = level.floor_known ? level.floor : (double)NAN;
    return AKIN_OK;
}

/* The loss of the run on the first two views, batch by batch, with its chance level and floor. */
static akin_status measure_loss(akin_model *m, akin_subject *s, akin_error *err)
{
    const akin_loss *loss = akin_loss_find(akin_model_option(m, "loss"));
    const akin_array *a = s->seen[0].data ? &s->seen[0] : &s->view[0],
                     *b = s->seen[1].data ? &s->seen[1] : &s->view[1];
    if (!loss || s->in.view_count < 2 || (loss->needs & (AKIN_LOSS_FEATURES | AKIN_LOSS_TRIPLES)))
        return AKIN_OK;
    if ((loss->needs & AKIN_LOSS_LABELS) && !s->in.labels) return AKIN_OK;
    akin_loss_params params = AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(loss, &params, NULL);
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_loss_option_at(loss, i)); i++) {
        const char *text = akin_model_option(m, o->name);
        const akin_status status = text ? akin_loss_params_set(&params, loss, o->name, text, err) : AKIN_OK;
        if (status) return status;
    }
    directed rows = { .n = 0 };
    akin_status status = make_directed(&rows, a, b, s->in.labels, err);
    if (!status) status = mean_loss(s, loss, &params, &rows, a->shape[1], err);
    free_directed(&rows);
    return status;
}

/* Temperature, lambda, batch and supervision as the run had them. */
static void read_settings(const akin_model *m, akin_subject *s)
{
    const char *t = akin_model_option(m, "temperature"), *alpha = akin_model_option(m, "alpha");
    const char *lambda = akin_model_option(m, "lambda"), *batch = akin_model_option(m, "batch-size");
    const char *name = akin_model_option(m, "loss");
    const bool balanced = name && strcmp(name, "balanced") == 0;
    if (balanced && alpha && ak_strtod(alpha, NULL) > 0)
        s->in.temperature = 1 / ak_strtod(alpha, NULL);
    else if (t && ak_strtod(t, NULL) > 0)
        s->in.temperature = ak_strtod(t, NULL);
    if (balanced && lambda) s->in.lambda = ak_strtod(lambda, NULL);
    if (batch) s->in.batch = (int64_t)ak_strtod(batch, NULL);
    s->in.supervised = name && strcmp(name, "supcon") == 0 && akin_loss_find(name);
}

/* The whole ------------------------------------------------------------------------------------------ */

static akin_status fill(akin_model *m, akin_subject *s, const akin_dataset *set, const char *run,
                        const akin_subject_opts *o, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    int64_t n = 0;
    if (!s->split)
        s->split = akin_dataset_split(set, "test", AKIN_TARGET_AUTO, &part, NULL) ? "train" : "test";
    AK_TRY(akin_dataset_split(set, s->split, AKIN_TARGET_AUTO, &part, err));
    AK_TRY(sample(s, &part, o->items, &n, err));
    read_settings(m, s);
    if (o->batch > 0) s->in.batch = o->batch;
    if (part.labels) {
        s->in.labels = s->labels.data;
        s->in.label_count = s->labels.count;
    }
    s->other_size = other_size(m);
    AK_TRY(embed_all(m, s, set, o, n, err));
    return s->other_size ? logged_loss(run, s, err) : measure_loss(m, s, err);
}

akin_status akin_subject_make(akin_model *model, const akin_dataset *set, const char *run,
                              const akin_subject_opts *opts, akin_subject **out, akin_error *err)
{
    akin_subject_opts o = AKIN_SUBJECT_OPTS_INIT;
    if (!model || !set || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "subject: model, set and out must not be NULL");
    AK_TRY(ak_opts_import(&o, opts, "subject", err));
    if (o.views < 0 || o.views > MOST_VIEWS)
        return ak_fail(err, AKIN_ERR_RANGE, "subject: views is %d; it lies in [0,%d]", o.views, MOST_VIEWS);
    akin_subject *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items");
    s->in = (akin_diagnose_input)AKIN_DIAGNOSE_INPUT_INIT;
    s->layer = o.layer;
    snprintf(s->name, sizeof s->name, "%s", o.split ? o.split : "");
    s->split = o.split ? s->name : NULL;
    const akin_status status = fill(model, s, set, run, &o, err);
    if (status)
        akin_subject_free(s);
    else
        *out = s;
    return status;
}

akin_status akin_subject_compare(akin_subject *s, akin_model *other, const akin_dataset *set, akin_error *err)
{
    const akin_mat none = { NULL, 0, 0, 0 };
    if (!s || !other || !set)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "subject_compare: subject, other and set must not be NULL");
    akin_array_free(&s->other);
    const int64_t n = s->features.shape[0];
    AK_TRY(floats(&s->other, n, akin_model_width(other, s->layer), err));
    const akin_embed_opts what = items_of(s, n);
    AK_TRY(embed(other, s, set, &what, matrix(&s->other), none, err));
    s->in.other = akin_mat_const(matrix(&s->other));
    return AKIN_OK;
}

void akin_subject_free(akin_subject *s)
{
    if (!s) return;
    akin_array_free(&s->features);
    akin_array_free(&s->labels);
    akin_array_free(&s->other);
    for (int i = 0; i < MOST_VIEWS; i++) akin_array_free(&s->view[i]);
    for (int i = 0; i < 2; i++) akin_array_free(&s->seen[i]);
    free(s->item);
    free(s);
}

const akin_diagnose_input *akin_subject_input(const akin_subject *s) { return s ? &s->in : NULL; }
const char *akin_subject_split(const akin_subject *s) { return s ? s->split : NULL; }

int64_t akin_subject_item(const akin_subject *s, int64_t row)
{
    return s && row >= 0 && row < s->features.shape[0] ? s->item[row] : -1;
}
