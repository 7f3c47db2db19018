/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/model.c - an ONNX model is opened: which of its outputs is meant, what its input is, how items are
 * brought to it.
 *
 * A model of akin_model_export() says in its metadata what it reads. Of others the input tells it: an array
 * of four dimensions is images, one of two is rows of numbers. */
#include "onnx/model.h"

#include <stdio.h>
#include <string.h>

/* Shapes ----------------------------------------------------------------------------------------- */

const char *ak_onnx_shape_text(const ak_runtime_value *v, char to[160])
{
    int at = snprintf(to, 160, "%s%s", v->type_name, v->dims < 0 ? "" : " [");
    for (int i = 0; i < v->dims && at < 140; i++) {
        at += snprintf(to + at, (size_t)(160 - at), i ? "," : "");
        if (v->dim[i] < 0)
            at += snprintf(to + at, (size_t)(160 - at), "%s", i ? "?" : "n");
        else
            at += snprintf(to + at, (size_t)(160 - at), "%lld", (long long)v->dim[i]);
    }
    if (v->dims >= 0) snprintf(to + at, (size_t)(160 - at), "]");
    return to;
}

/* All inputs or outputs, with their shapes. */
static void list(const akin_onnx *m, const ak_runtime_value *at(const ak_runtime *, int), char to[600])
{
    char shape[160];
    int used = 0;
    to[0] = 0;
    for (int i = 0; at(m->runtime, i) && used < 400; i++)
        used += snprintf(to + used, (size_t)(600 - used), "%s'%.100s' %s", i ? ", " : "",
                         at(m->runtime, i)->name, ak_onnx_shape_text(at(m->runtime, i), shape));
}

/* Output ----------------------------------------------------------------------------------------- */

/* [n,d], or [n,d,1,1] and the like, of numbers. */
static bool is_rows(const ak_runtime_value *v)
{
    if (v->dims < 2) return false;
    for (int i = 2; i < v->dims; i++)
        if (v->dim[i] > 1) return false;
    return v->type == AK_RUNTIME_FLOAT || v->type == AK_RUNTIME_DOUBLE || v->type == AK_RUNTIME_HALF;
}

static akin_status choose_output(akin_onnx *m, const char *wanted, akin_error *err)
{
    char all[600], shape[160];
    const ak_runtime_value *v;
    int named = -1, rows = -1, count = 0;
    for (; (v = ak_runtime_output(m->runtime, count)) != NULL; count++) {
        if (wanted && strcmp(v->name, wanted) == 0) named = count;
        if (rows < 0 && v->dims == 2 && is_rows(v)) rows = count;
    }
    list(m, ak_runtime_output, all);
    if (wanted && named < 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' has no output '%s'; it has %s", m->path, wanted, all);
    m->output = wanted ? named : count == 1 ? 0 : rows;
    if (m->output < 0)
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "no output of '%s' has two dimensions; name one with --output: %s", m->path, all);
    v = ak_runtime_output(m->runtime, m->output);
    if (!is_rows(v))
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "the output '%s' of '%s' is %s; embeddings are [n,d] or [n,d,1,1], float32, float64 or "
            "float16%s",
            v->name, m->path, ak_onnx_shape_text(v, shape), count > 1 ? "; --output names another" : "");
    if (count > 1 && !wanted)
        ak_remark(&m->told, "Of the outputs %s '%s' is taken, the first of two dimensions (--output).", all,
                  v->name);
    return AKIN_OK;
}

/* Input ------------------------------------------------------------------------------------------ */

static akin_status wrong_input(const akin_onnx *m, akin_error *err)
{
    char all[600];
    list(m, ak_runtime_input, all);
    return ak_fail(err, AKIN_ERR_SHAPE,
                   "the input of '%s' is %s; akin has images, float32 or uint8 [n,channels,height,width] or "
                   "[n,height,width,channels], or rows of numbers, float32 or float64 [n,columns]",
                   m->path, *all ? all : "missing");
}

static bool is_channels(int64_t n) { return n == 1 || n == 3; }

/* Which dimension is that of the channels, and what is left of the others. */
static akin_status read_images(akin_onnx *m, const ak_runtime_value *v, akin_onnx_channels where,
                               akin_error *err)
{
    char shape[160];
    const bool first = is_channels(v->dim[1]), last = is_channels(v->dim[3]);
    const bool none = v->dim[1] > 0 && !first && v->dim[3] > 0 && !last;
    if (!none && where == AKIN_ONNX_CHANNELS_AUTO && first == last)
        return ak_fail(
            err, AKIN_ERR_SHAPE,
            "the input of '%s' is %s, which does not tell where the channels are; --channels first "
            "or last does",
            m->path, ak_onnx_shape_text(v, shape));
    m->channels_first = where == AKIN_ONNX_CHANNELS_AUTO ? first : where == AKIN_ONNX_CHANNELS_FIRST;
    m->channels = v->dim[m->channels_first ? 1 : 3] < 0 ? 3 : v->dim[m->channels_first ? 1 : 3];
    m->height = v->dim[m->channels_first ? 2 : 1];
    m->width = v->dim[m->channels_first ? 3 : 2];
    if (m->height < 0 || m->width < 0) m->height = m->width = 0;
    if (none || !is_channels(m->channels))
        return ak_fail(err, AKIN_ERR_SHAPE, "the input of '%s' is %s; akin has images of 1 or 3 channels",
                       m->path, ak_onnx_shape_text(v, shape));
    return AKIN_OK;
}

/* The scale of float images; bytes are given as they are. */
static akin_status read_scale(akin_onnx *m, const akin_onnx_opts *o, akin_error *err)
{
    if (m->kind->pixel_scale && m->type == AK_RUNTIME_FLOAT)
        return ak_pixel_scale_read(m->path, o->mean, o->std, m->channels, NULL, &m->scale, err);
    if (!o->mean && !o->std) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "--mean and --std are of models that take float images; '%s' takes %s", m->path,
                   m->type == AK_RUNTIME_UINT8 ? "bytes" : "no images");
}

/* What the model reads, where nobody but its input tells it. */
static akin_status read_foreign(akin_onnx *m, const akin_onnx_opts *o, akin_error *err)
{
    const ak_runtime_value *v = ak_runtime_input(m->runtime, 0);
    const bool numbers = m->type == AK_RUNTIME_FLOAT || m->type == AK_RUNTIME_DOUBLE;
    const bool pixels = m->type == AK_RUNTIME_FLOAT || m->type == AK_RUNTIME_UINT8;
    if (v->dims == 4 && pixels) {
        m->kind = ak_kind_of(AKIN_DATA_IMAGES);
        AK_TRY(read_images(m, v, o->channels, err));
    } else if (v->dims == 2 && numbers) {
        m->kind = ak_kind_of(AKIN_DATA_VECTORS);
        m->columns = v->dim[1] < 0 ? 0 : v->dim[1];
    } else {
        return wrong_input(m, err);
    }
    if (o->channels != AKIN_ONNX_CHANNELS_AUTO && !m->kind->pixel_scale)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--channels is of images, and '%s' takes rows of numbers",
                       m->path);
    return read_scale(m, o, err);
}

/* What akin_model_export() wrote ------------------------------------------------------------------- */

static akin_status damaged(const akin_onnx *m, const akin_error *why, akin_error *err)
{
    if (why->status == AKIN_ERR_NOMEM) return ak_fail(err, AKIN_ERR_NOMEM, "%s", why->message);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: what its metadata tell under 'akin': %.500s",
                   m->path, why->message);
}

/* The input that the metadata tell of is the one that the model has. */
static akin_status fit_input(akin_onnx *m, akin_error *err)
{
    const ak_runtime_value *v = ak_runtime_input(m->runtime, 0);
    const bool text = m->kind->vocabulary, images = m->kind->pixel_scale;
    const ak_runtime_type type = text ? AK_RUNTIME_INT64 : images ? AK_RUNTIME_UINT8 : AK_RUNTIME_FLOAT;
    const char *layout = akin_json_as_text(akin_json_find(m->about, "input.layout"));
    if (m->type != type || v->dims != (images ? 4 : 2) || (images && !layout))
        return ak_fail(err, AKIN_ERR_FORMAT, "the input is another than the model's");
    if (images)
        AK_TRY(read_images(
            m, v, strcmp(layout, "NCHW") == 0 ? AKIN_ONNX_CHANNELS_FIRST : AKIN_ONNX_CHANNELS_LAST, err));
    if (m->kind->column_scale) m->columns = v->dim[1] < 0 ? 0 : v->dim[1];
    return AKIN_OK;
}

/* It says itself what is done to images. */
static akin_status own_takes(const akin_onnx *m, const akin_onnx_opts *o, akin_error *err)
{
    if (!o->mean && !o->std && o->channels == AKIN_ONNX_CHANNELS_AUTO) return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_ARGUMENT,
        "'%s' is of akin export and says what is done to items; leave --mean, --std and --channels out",
        m->path);
}

static akin_status read_own(akin_onnx *m, const char *text, akin_error *err)
{
    const char *kind;
    akin_json *input;
    AK_TRY(akin_json_parse(text, strlen(text), NULL, AKIN_JSON_UNIQUE, &m->about, err));
    AK_TRY(akin_json_read_text(m->about, "input.kind", &kind, err));
    AK_TRY(akin_json_read_value(m->about, "input", AKIN_JSON_OBJECT, &input, err));
    m->kind = ak_kind_named(kind);
    if (!m->kind) return ak_fail(err, AKIN_ERR_FORMAT, "there is no kind of data '%.40s'", kind);
    AK_TRY(fit_input(m, err));
    int64_t words;
    if (m->kind->vocabulary)
        AK_TRY(akin_json_read_int(m->about, "input.max_words", 1, AKIN_TEXT_WORDS, &words, err));
    akin_json *root = akin_json_pack("{s:O}", "data", input);
    const akin_status status = m->kind->recall_exported
                                   ? m->kind->recall_exported(root, m->path, &m->measured, err)
                                   : m->kind->recall(root, m->path, "", &m->measured, err);
    akin_json_free(root);
    return status;
}

/* For open_alike(): images of other sizes and channels become as the model wants them. */
static akin_status measure_images(akin_onnx *m, akin_error *err)
{
    const int64_t height = m->height ? m->height : AK_ONNX_SIZE, width = m->width ? m->width : AK_ONNX_SIZE;
    akin_json *root = akin_json_pack("{s:{s:I,s:I,s:I}}", "data", "height", height, "width", width,
                                     "channels", m->channels);
    const akin_status status = m->kind->recall(root, m->path, "", &m->measured, err);
    akin_json_free(root);
    return status;
}

static void tell_images(akin_onnx *m)
{
    char shape[160];
    const ak_pixel_scale *s = &m->scale;
    ak_onnx_shape_text(ak_runtime_input(m->runtime, 0), shape);
    if (m->type == AK_RUNTIME_UINT8)
        ak_remark(&m->told, "The input is %s: bytes of images, as they are.", shape);
    else if (m->channels == 1)
        ak_remark(&m->told, "The input is %s: images from 0 to 1, less %.5g, over %.5g.", shape,
                  (double)s->mean[0], (double)s->std[0]);
    else
        ak_remark(&m->told,
                  "The input is %s: images from 0 to 1, less %.5g, %.5g, %.5g, over %.5g, %.5g, %.5g.", shape,
                  (double)s->mean[0], (double)s->mean[1], (double)s->mean[2], (double)s->std[0],
                  (double)s->std[1], (double)s->std[2]);
}

static void tell(akin_onnx *m)
{
    char shape[160];
    if (m->about)
        ak_remark(&m->told, "Of akin export: %s of %s%s; what is done to items is in the model.",
                  akin_json_get_text(m->about, "layer") ? akin_json_get_text(m->about, "layer") : "a layer",
                  akin_json_get_text(m->about, "encoder") ? akin_json_get_text(m->about, "encoder") : "a run",
                  akin_json_get_bool(m->about, "whitened") ? ", whitened" : "");
    else if (m->kind->pixel_scale)
        tell_images(m);
    else
        ak_remark(&m->told, "The input is %s: rows of numbers, as they are.",
                  ak_onnx_shape_text(ak_runtime_input(m->runtime, 0), shape));
}

/* Opening ---------------------------------------------------------------------------------------- */

static akin_status read_model(akin_onnx *m, const akin_onnx_opts *o, akin_error *err)
{
    int64_t bytes;
    char *text = NULL;
    akin_error why;
    AK_TRY(ak_runtime_open(m->path, akin_threads(), &m->runtime, err));
    AK_TRY(ak_hash_file(m->path, &bytes, m->sum, err));
    const ak_runtime_value *v = ak_runtime_input(m->runtime, 0);
    if (!v || ak_runtime_input(m->runtime, 1)) return wrong_input(m, err);
    m->type = v->type;
    if (v->dims > 0 && v->dim[0] > 0) m->batch = v->dim[0];
    AK_TRY(choose_output(m, o->output, err));
    AK_TRY(ak_runtime_note(m->runtime, "akin", &text, err));
    const akin_status status = text ? read_own(m, text, &why) : AKIN_OK;
    free(text);
    if (status) return damaged(m, &why, err);
    AK_TRY(m->about ? own_takes(m, o, err) : read_foreign(m, o, err));
    if (!m->about && m->kind->pixel_scale) AK_TRY(measure_images(m, err));
    tell(m);
    return ak_remarks_check(&m->told, err);
}

akin_status akin_onnx_open(const char *path, const akin_onnx_opts *user, akin_onnx **out, akin_error *err)
{
    akin_onnx_opts opts = AKIN_ONNX_OPTS_INIT;
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "onnx: path and out must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "onnx", err));
    akin_onnx *m = calloc(1, sizeof *m);
    if (m) m->path = strdup(path);
    const akin_status status =
        m && m->path ? read_model(m, &opts, err) : ak_no_memory(err, "for an ONNX model");
    if (status)
        akin_onnx_free(m);
    else
        *out = m;
    return status;
}

void akin_onnx_free(akin_onnx *m)
{
    if (!m) return;
    if (m->kind) m->kind->forget(m->measured);
    ak_runtime_free(m->runtime);
    akin_json_free(m->about);
    ak_remarks_free(&m->told);
    free(m->path);
    free(m);
}

akin_data_kind akin_onnx_data_kind(const akin_onnx *m) { return m->kind->id; }
const char *akin_onnx_remark(const akin_onnx *m, int64_t i) { return ak_remark_at(&m->told, i); }

akin_json *akin_onnx_describe(const akin_onnx *m)
{
    char in[160], out[160];
    const ak_runtime_value *from = ak_runtime_input(m->runtime, 0),
                           *to = ak_runtime_output(m->runtime, m->output);
    return akin_json_pack("{s:o,s:s,s:s,s:o,s:s,s:o,s:s}", "onnx", akin_json_text(m->path), "xxh64", m->sum,
                          "onnxruntime", ak_runtime_version(m->runtime), "input", akin_json_text(from->name),
                          "input_shape", ak_onnx_shape_text(from, in), "output", akin_json_text(to->name),
                          "output_shape", ak_onnx_shape_text(to, out));
}
