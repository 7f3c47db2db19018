/* SPDX-License-Identifier: Apache-2.0 */
/* export/graph_gru.c - recurrent layers as operators of ONNX.
 *
 * ONNX has the operator GRU with linear_before_reset for the equations of akin/tool/gru.h. It reads [length,
 * batch,width] with the length of each row beside, has the gates in the order z, r, n, and takes both
 * directions at once: W [directions,3 hidden,inputs], R [directions,3 hidden,hidden], B [directions,6
 * hidden]. */
#include "export/graph.h"

#include <stdio.h>
#include <string.h>

/* The gates of our tensors, r, z, n, in ONNX's order. */
static const int GATE[3] = { 1, 0, 2 };

static void copy_gates(float *to, const float *from, int64_t hidden, int64_t cols)
{
    const int64_t block = hidden * cols;
    for (int k = 0; k < 3; k++) memcpy(to + k * block, from + GATE[k] * block, (size_t)block * sizeof *to);
}

/* One of W, R and B of a layer, of tensors "weight_ih" or the like; `parts` of them one behind the other. */
static void gates(ak_graph *g, const akin_gru_info *info, int layer, const char *const *kinds, int parts,
                  const char *name)
{
    char tensor[AK_ONNX_NAME];
    const int64_t h = info->hidden;
    snprintf(tensor, sizeof tensor, "gru.%s_l%d", kinds[0], layer);
    const ak_tensor_out *first = ak_weights_find(g->weights, tensor);
    const int64_t cols = first->ndim == 2 ? first->shape[1] : 1;
    float *all = ak_graph_floats(g, info->directions * (int64_t)parts * 3 * h, cols), *to = all;
    for (int d = 0; all && d < info->directions; d++)
        for (int k = 0; k < parts; k++, to += 3 * h * cols) {
            snprintf(tensor, sizeof tensor, "gru.%s_l%d%s", kinds[k], layer, d ? "_reverse" : "");
            copy_gates(to, ak_weights_find(g->weights, tensor)->data, h, cols);
        }
    const ak_onnx_shape matrix = { 3, { info->directions, 3 * h, cols } };
    const ak_onnx_shape biases = { 2, { info->directions, 6 * h } };
    if (all) ak_onnx_array(g->onnx, name, AK_ONNX_FLOAT, parts == 1 ? matrix : biases, all);
}

static void transpose(ak_graph *g, ak_onnx_shape order)
{
    const ak_onnx_attr attrs[] = { { .name = "perm",
                                     .kind = AK_ATTR_INTS,
                                     .i = { order.dim[0], order.dim[1], order.dim[2], order.dim[3] },
                                     .n = order.dims },
                                   { .name = NULL } };
    ak_graph_step(g, "Transpose", NULL, attrs);
}

/* g->at [length,batch,width] -> the states [length,batch,directions hidden]; last: each direction's last
 * [directions,batch,hidden]. */
static void layer(ak_graph *g, const akin_gru_info *info, int l, const char *lengths, char last[AK_ONNX_NAME])
{
    char name[3][AK_ONNX_NAME], states[AK_ONNX_NAME];
    static const char *const BIASES[] = { "bias_ih", "bias_hh" };
    for (int i = 0; i < 3; i++) snprintf(name[i], sizeof name[i], "gru.%c_l%d", "WRB"[i], l);
    gates(g, info, l, (const char *const[]){ "weight_ih" }, 1, name[0]);
    gates(g, info, l, (const char *const[]){ "weight_hh" }, 1, name[1]);
    gates(g, info, l, BIASES, 2, name[2]);
    const ak_onnx_attr attrs[] = { { .name = "hidden_size", .kind = AK_ATTR_INT, .i = { info->hidden } },
                                   { .name = "linear_before_reset", .kind = AK_ATTR_INT, .i = { 1 } },
                                   { .name = "direction",
                                     .kind = AK_ATTR_TEXT,
                                     .s = info->directions > 1 ? "bidirectional" : "forward" },
                                   { .name = NULL } };
    snprintf(states, sizeof states, "gru.states_l%d", l);
    snprintf(last, AK_ONNX_NAME, "gru.last_l%d", l);
    const char *in[] = { g->at, name[0], name[1], name[2], lengths, NULL }, *out[] = { states, last };
    ak_onnx_node(g->onnx, "GRU", in, out, 2, attrs);
    snprintf(g->at, sizeof g->at, "%s", states); /* [length,directions,batch,hidden] */
    transpose(g, (ak_onnx_shape){ 4, { 0, 2, 1, 3 } });
    ak_graph_step(g, "Reshape", (const char *const[]){ "shape.flat3", NULL }, NULL);
}

/* The mean of the states over the words of a row. */
static void mean(ak_graph *g, const char *mask)
{
    char across[AK_ONNX_NAME], states[AK_ONNX_NAME], divisor[AK_ONNX_NAME];
    transpose(g, (ak_onnx_shape){ 3, { 1, 0, 2 } }); /* [batch,length,width] */
    snprintf(states, sizeof states, "%s", g->at);
    ak_graph_apply(g, "Unsqueeze", (const char *const[]){ mask, "axis.1", NULL }, NULL, across);
    ak_graph_apply(g, "MatMul", (const char *const[]){ across, states, NULL }, NULL, g->at);
    ak_graph_step(g, "Squeeze", (const char *const[]){ "axis.1", NULL }, NULL);
    ak_graph_apply(g, "Max", (const char *const[]){ g->count, "number.1", NULL }, NULL, divisor);
    ak_graph_step(g, "Div", (const char *const[]){ divisor, NULL }, NULL);
}

void ak_graph_gru(ak_graph *g, const char *mask)
{
    akin_gru_info info = AKIN_GRU_INFO_INIT;
    char lengths[AK_ONNX_NAME], words[AK_ONNX_NAME], last[AK_ONNX_NAME] = "";
    if (akin_gru_get_info(g->model->net.gru, &info, NULL)) return; /* it is there */
    ak_graph_ints(g, "shape.flat3", (const int64_t[]){ 0, 0, -1 }, 3);
    snprintf(words, sizeof words, "%s", g->at);
    /* A row without a word is read as one word; its result becomes zeros in the end. */
    ak_graph_apply(g, "Max", (const char *const[]){ g->count, "number.1", NULL }, NULL, g->at);
    ak_graph_step(g, "Squeeze", (const char *const[]){ "axis.1", NULL }, NULL);
    ak_graph_cast(g, AK_ONNX_INT32);
    snprintf(lengths, sizeof lengths, "%s", g->at);
    snprintf(g->at, sizeof g->at, "%s", words);
    transpose(g, (ak_onnx_shape){ 3, { 1, 0, 2 } });
    for (int l = 0; l < info.layers; l++) layer(g, &info, l, lengths, last);
    if (info.pool == AKIN_GRU_MEAN) {
        mean(g, mask);
        return;
    }
    ak_graph_ints(g, "shape.flat2", (const int64_t[]){ 0, -1 }, 2);
    snprintf(g->at, sizeof g->at, "%s", last);
    transpose(g, (ak_onnx_shape){ 3, { 1, 0, 2 } });
    ak_graph_step(g, "Reshape", (const char *const[]){ "shape.flat2", NULL }, NULL);
}
