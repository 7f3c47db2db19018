/* SPDX-License-Identifier: Apache-2.0 */
/* export/describe.c - what is told of an exported model, as JSON: in the file itself, and to who asked. */
#include "export/export.h"

#include "nn/nn.h"
#include "text/vocab.h"

#include <string.h>

static akin_json *reals(const float *x, int64_t n)
{
    akin_json *list = akin_json_array();
    for (int64_t i = 0; i < n; i++) akin_json_append(list, akin_json_real((double)x[i]));
    return list;
}

static void tell_images(const akin_model *m, const akin_export_opts *opts, akin_json *input)
{
    const ak_pixel_scale *scale = m->data_kind->pixel_scale(m->measured);
    const int64_t channels = m->data_kind->shape(m->measured, &m->set.data, false).channels;
    akin_json_put(input, "dtype", akin_json_text("uint8"));
    if (opts->format == AKIN_EXPORT_ONNX)
        akin_json_put(input, "layout", akin_json_text(opts->channels_first ? "NCHW" : "NHWC"));
    akin_json_put(input, "white", akin_json_int(255));
    const int32_t resize = m->set.data.of.images.open.resize;
    if (resize) akin_json_put(input, "shorter_side", akin_json_int(resize));
    akin_json_put(input, "mean", reals(scale->mean, channels));
    akin_json_put(input, "std", reals(scale->std, channels));
}

static void tell_vectors(const akin_model *m, akin_json *input, bool all)
{
    const bool zero = m->set.data.of.vectors.open.missing == AKIN_MISSING_ZERO;
    akin_json_put(input, "dtype", akin_json_text("float32"));
    akin_json_put(input, "missing", akin_json_text(zero ? "zero" : "mean"));
    if (all) return;
    static const char *const LONG[] = { "mean", "std", "table" };
    for (size_t i = 0; i < sizeof LONG / sizeof *LONG; i++) akin_json_remove(input, LONG[i]);
}

/* How words become ids: the rules of akin/tool/vocab.h. */
static void tell_text(const akin_model *m, akin_json *input, bool all)
{
    const akin_vocab *v = m->data_kind->vocabulary(m->measured);
    const int64_t words = akin_vocab_words(v);
    akin_json_put(input, "dtype", akin_json_text("int64"));
    akin_json_put(input, "padding", akin_json_int(-1));
    akin_json_put(input, "max_words", akin_json_int(m->set.data.of.text.max_words));
    akin_json_put(input, "lower", akin_json_bool(!v->opts.no_lower));
    akin_json_put(input, "minn", akin_json_int(v->opts.minn));
    akin_json_put(input, "maxn", akin_json_int(v->opts.maxn));
    akin_json_put(input, "buckets", akin_json_int(v->opts.buckets));
    if (!all) return;
    akin_json *list = akin_json_array();
    for (int64_t i = 0; i < words; i++) akin_json_append(list, akin_json_text(akin_vocab_word(v, i)));
    akin_json_put(input, "vocabulary_words", list);
}

static akin_json *input_of(const akin_model *m, const akin_export_opts *opts, bool all)
{
    const ak_kind *kind = m->data_kind;
    const char *name = kind->vocabulary ? "ids" : kind->column_scale ? "vectors" : "images";
    akin_json *input = akin_json_pack("{s:s,s:s}", "name", name, "kind", kind->name);
    kind->describe(m->measured, 0, input);
    akin_json_remove(input, "groups");
    if (kind->pixel_scale) tell_images(m, opts, input);
    if (kind->column_scale) tell_vectors(m, input, all);
    if (kind->series_encoder && m->set.data.of.vectors.open.series)
        akin_json_put(input, "series", akin_json_int(m->set.data.of.vectors.open.series));
    if (kind->vocabulary) tell_text(m, input, all);
    return input;
}

/* Convolutions and poolings as [name, kernel, stride]: what the shapes of the weights do not tell. */
static akin_json *layers_of(const ak_layer_plan *p)
{
    akin_json *list = akin_json_array();
    for (int32_t i = 0; i < p->nodes; i++)
        akin_json_append(list,
                         akin_json_pack("[s,i,i]", p->node[i].name, p->node[i].kernel, p->node[i].stride));
    return list;
}

akin_json *ak_export_describe(const akin_model *m, const akin_export_opts *opts, const ak_weights *w,
                              bool all)
{
    static const char *const FORMATS[] = { "onnx", "safetensors", "torch" };
    const ak_weight_form form = ak_weight_form_of(m->net.name);
    const bool head = opts->layer == AKIN_LAYER_PROJECTOR, onnx = opts->format == AKIN_EXPORT_ONNX;
    akin_json *about = akin_json_pack(
        "{s:s,s:s,s:s,s:s,s:I,s:s,s:I,s:b,s:I}", "akin", akin_version(), "format", FORMATS[opts->format],
        "encoder", m->net.name, "weights", akin_model_weights(m), "step", m->step, "layer",
        head ? "projector" : "backbone", "width", akin_model_width(m, opts->layer), "whitened",
        opts->whitening != NULL, "parameters", w->parameters);
    if (onnx) akin_json_put(about, "opset", akin_json_int(opts->opset));
    if (!onnx)
        akin_json_put(
            about, "names",
            akin_json_text(form == AK_WEIGHTS_RESNET || form == AK_WEIGHTS_VGG_BN ? "torchvision" : "akin"));
    if (m->net.encoder->plan.nodes) akin_json_put(about, "layers", layers_of(&m->net.encoder->plan));
    if (m->net.encoder->plan.nodes)
        akin_json_put(about, "grid",
                      akin_json_int(head && m->net.projection ? 1 : m->net.encoder->plan.grid));
    if (m->data_kind->pixel_scale) {
        akin_json_put(about, "blocks", akin_json_int(m->set.encoder.blocks));
        akin_json_put(about, "stem_stride", akin_json_int(m->set.encoder.stem_stride));
    }
    if (m->net.encoder->plan.vit.layers)
        akin_json_put(about, "heads", akin_json_int(m->net.encoder->plan.vit.heads));
    if (m->net.transformer) akin_json_put(about, "heads", akin_json_int(m->net.transformer->opts.heads));
    if (m->net.gru)
        akin_json_put(about, "pool", akin_json_text(m->set.pool == AKIN_GRU_MEAN ? "mean" : "last"));
    akin_json_put(about, "input", input_of(m, opts, all));
    return about;
}
