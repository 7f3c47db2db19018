/* SPDX-License-Identifier: Apache-2.0 */
/* export/export.c - a model as a file for other programs. */
#include "export/export.h"

#include "eval/eval.h"

#include <string.h>

/* Less than the header of a safetensors file may have, by what the list of tensors takes. */
static const size_t MOST_TEXT = (size_t)12 << 20;

static akin_status check(const akin_model *m, const akin_export_opts *o, akin_error *err)
{
    if ((int)o->format < AKIN_EXPORT_ONNX || o->format > AKIN_EXPORT_TORCH)
        return ak_fail(err, AKIN_ERR_RANGE, "export: format %d is none", (int)o->format);
    if (o->opset < AKIN_EXPORT_OPSET || o->opset > AKIN_EXPORT_OPSET_LAST)
        return ak_fail(err, AKIN_ERR_RANGE, "export: opset is %d; it must be between %d and %d", o->opset,
                       AKIN_EXPORT_OPSET, AKIN_EXPORT_OPSET_LAST);
    if (o->format == AKIN_EXPORT_ONNX && m->data_kind->series_encoder && m->set.data.of.vectors.open.series)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "there is no ONNX graph for windows of a series; export the weights with --format "
                       "safetensors or torch");
    const int64_t width = akin_model_width(m, o->layer);
    const int64_t white = o->whitening ? ak_whitening_parts_of(o->whitening).d : width;
    if (white == width) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_SHAPE, "export: the whitening is of %lld columns, and the layer has %lld",
                   (long long)white, (long long)width);
}

static akin_status save_tensors(const akin_model *m, const akin_export_opts *o, const ak_weights *w,
                                const char *path, const char *about, akin_error *err)
{
    ak_state_dict d;
    const ak_text_pair pairs[] = { { "format", "pt" }, { "akin", about } };
    if (o->format == AKIN_EXPORT_SAFETENSORS && strlen(about) > MOST_TEXT)
        return ak_fail(
            err, AKIN_ERR_UNSUPPORTED,
            "what is done to items takes %zu bytes of text, and a safetensors file has room for %zu; "
            "export the run with --format onnx",
            strlen(about), MOST_TEXT);
    AK_TRY(ak_state_dict_make(m, w, o->whitening, &d, err));
    const akin_status status = o->format == AKIN_EXPORT_TORCH
                                   ? ak_torch_save(path, &d, err)
                                   : ak_safetensors_write(path, d.tensor, d.count, pairs, 2, err);
    ak_state_dict_free(&d);
    return status;
}

static akin_status export(const akin_model *m, const akin_export_opts *o, const ak_weights *w,
                          const char *path, akin_error *err)
{
    char *text = NULL;
    akin_json *all = ak_export_describe(m, o, w, true);
    akin_status status = akin_json_print(all, AKIN_JSON_COMPACT, 17, &text, err);
    akin_json_free(all);
    if (!status)
        status = o->format == AKIN_EXPORT_ONNX ? ak_graph_save(m, w, o, path, text, err)
                                               : save_tensors(m, o, w, path, text, err);
    free(text);
    return status;
}

akin_status akin_model_export(const akin_model *m, const akin_export_opts *user, const char *path,
                              akin_json **about, akin_error *err)
{
    akin_export_opts opts = AKIN_EXPORT_OPTS_INIT;
    if (!m || !path) return ak_fail(err, AKIN_ERR_ARGUMENT, "export: m and path must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "export", err));
    AK_TRY(check(m, &opts, err));
    ak_weights w;
    AK_TRY(ak_weights_take(m, opts.layer, &w, err));
    akin_json *told = ak_export_describe(m, &opts, &w, false);
    akin_status status = akin_json_check(told, err);
    if (!status) status = export(m, &opts, &w, path, err);
    ak_weights_free(&w);
    if (status || !about)
        akin_json_free(told);
    else
        *about = told;
    return status;
}
