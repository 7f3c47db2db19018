/* SPDX-License-Identifier: Apache-2.0 */
/* export/graph.c - the steps of an ONNX graph, and a model as a whole. */
#include "export/graph.h"

#include "eval/eval.h"
#include "nn/nn.h"

#include <stdio.h>
#include <string.h>

void ak_graph_apply(ak_graph *g, const char *op, const char *const *in, const ak_onnx_attr *attrs,
                    char name[AK_ONNX_NAME])
{
    char made[AK_ONNX_NAME];
    snprintf(made, sizeof made, "%s.%lld", op, (long long)++g->values);
    ak_onnx_node(g->onnx, op, in, (const char *const[]){ made }, 1, attrs);
    memcpy(name, made, sizeof made);
}

void ak_graph_step(ak_graph *g, const char *op, const char *const *more, const ak_onnx_attr *attrs)
{
    const char *in[AK_ONNX_INPUTS + 1] = { g->at };
    for (int i = 1; i < AK_ONNX_INPUTS && more && *more; i++) in[i] = *more++;
    ak_graph_apply(g, op, in, attrs, g->at);
}

void ak_graph_cast(ak_graph *g, ak_onnx_type type)
{
    const ak_onnx_attr attrs[] = { { .name = "to", .kind = AK_ATTR_INT, .i = { type } }, { .name = NULL } };
    ak_graph_step(g, "Cast", NULL, attrs);
}

void ak_graph_ints(ak_graph *g, const char *name, const int64_t *values, int n)
{
    ak_onnx_copy(g->onnx, name, AK_ONNX_INT64, (ak_onnx_shape){ 1, { n } }, values);
}

float *ak_graph_floats(ak_graph *g, int64_t n, int64_t m)
{
    float *a =
        ak_grow(&g->made, &g->made_room, g->mades + 1, sizeof *g->made) ? ak_alloc(sizeof *a, n, m) : NULL;
    if (a)
        g->made[g->mades++] = a;
    else
        g->failed = true;
    return a;
}

void ak_graph_weight(ak_graph *g, const char *name)
{
    const ak_tensor_out *t = ak_weights_find(g->weights, name);
    ak_onnx_shape shape = { t->ndim, { 0 } };
    for (int i = 0; i < t->ndim; i++) shape.dim[i] = t->shape[i];
    ak_onnx_array(g->onnx, name, AK_ONNX_FLOAT, shape, t->data);
}

/* z = (x - mean) gain in double, then M z (eval/whiten.c). */
static void whiten(ak_graph *g)
{
    static const ak_onnx_attr attrs[] = { { .name = "transB", .kind = AK_ATTR_INT, .i = { 1 } },
                                          { .name = NULL } };
    const ak_whitening_parts w = ak_whitening_parts_of(g->opts->whitening);
    const ak_onnx_shape columns = { 1, { w.d } }, square = { 2, { w.d, w.d } };
    ak_onnx_array(g->onnx, "whitening.mean", AK_ONNX_DOUBLE, columns, w.mean);
    ak_onnx_array(g->onnx, "whitening.gain", AK_ONNX_DOUBLE, columns, w.gain);
    ak_onnx_array(g->onnx, "whitening.map", AK_ONNX_FLOAT, square, w.map);
    ak_graph_cast(g, AK_ONNX_DOUBLE);
    ak_graph_step(g, "Sub", (const char *const[]){ "whitening.mean", NULL }, NULL);
    ak_graph_step(g, "Mul", (const char *const[]){ "whitening.gain", NULL }, NULL);
    ak_graph_cast(g, AK_ONNX_FLOAT);
    ak_graph_step(g, "Gemm", (const char *const[]){ "whitening.map", NULL }, attrs);
}

/* A text without a word has nothing to be encoded: zeros, whatever the biases are. */
static void clear_wordless(ak_graph *g)
{
    char keep[AK_ONNX_NAME];
    ak_graph_apply(g, "Min", (const char *const[]){ g->count, "number.1", NULL }, NULL, keep);
    ak_graph_step(g, "Mul", (const char *const[]){ keep, NULL }, NULL);
}

static akin_status build(ak_graph *g, akin_error *err)
{
    AK_TRY(ak_graph_input(g, err));
    ak_graph_encoder(g);
    if (g->opts->whitening) whiten(g);
    if (g->count[0]) clear_wordless(g);
    const int64_t width = akin_model_width(g->model, g->opts->layer);
    ak_onnx_node(g->onnx, "Identity", (const char *const[]){ g->at, NULL },
                 (const char *const[]){ "embeddings" }, 1, NULL);
    ak_onnx_output(g->onnx, "embeddings", AK_ONNX_FLOAT, (ak_onnx_shape){ 2, { AK_ONNX_BATCH, width } });
    return g->failed ? ak_no_memory(err, "for the graph of an ONNX model") : AKIN_OK;
}

akin_status ak_graph_save(const akin_model *m, const ak_weights *weights, const akin_export_opts *opts,
                          const char *path, const char *about, akin_error *err)
{
    ak_graph g = { .onnx = ak_onnx_create(), .model = m, .weights = weights, .opts = opts };
    akin_status status = g.onnx ? build(&g, err) : ak_no_memory(err, "for the graph of an ONNX model");
    if (!status) {
        ak_onnx_note(g.onnx, "akin", about);
        status = ak_onnx_save(g.onnx, path, opts->opset, err);
    }
    for (int64_t i = 0; i < g.mades; i++) free(g.made[i]);
    free(g.made);
    ak_onnx_free(g.onnx);
    return status;
}
