/* SPDX-License-Identifier: Apache-2.0 */
/* export/graph_encoder.c - the layer plan of an encoder as operators of ONNX: Conv, BatchNormalization, Add,
 * Relu, MaxPool and GlobalAveragePool, and Gemm for linear layers. The plan is the one that the encoder
 * itself was built from, so there is no second table of encoders. */
#include "export/graph.h"

#include "nn/nn.h"

#include <stdio.h>
#include <string.h>

static const float EPSILON = 1e-5f; /* of batch norm, as in nn/norm.c */

static void batch_norm(ak_graph *g, const char *layer, const char *prefix)
{
    static const char *const PARTS[] = { "weight", "bias", "running_mean", "running_var" };
    char name[4][AK_ONNX_NAME];
    for (int i = 0; i < 4; i++) {
        snprintf(name[i], sizeof name[i], "%s.%s%s", layer, prefix, PARTS[i]);
        ak_graph_weight(g, name[i]);
    }
    const char *more[] = { name[0], name[1], name[2], name[3], NULL };
    const ak_onnx_attr attrs[] = { { .name = "epsilon", .kind = AK_ATTR_FLOAT, .f = EPSILON },
                                   { .name = NULL } };
    ak_graph_step(g, "BatchNormalization", more, attrs);
}

/* Down and across. */
static ak_onnx_attr two(const char *name, int64_t down, int64_t across)
{
    return (ak_onnx_attr){ .name = name, .kind = AK_ATTR_INTS, .i = { down, across }, .n = 2 };
}

static ak_onnx_attr pads(int64_t down, int64_t across)
{
    return (
        ak_onnx_attr){ .name = "pads", .kind = AK_ATTR_INTS, .i = { down, across, down, across }, .n = 4 };
}

static void node(ak_graph *g, const ak_node *n, char (*act)[AK_ONNX_NAME])
{
    const ak_onnx_attr attrs[] = { two("kernel_shape", n->tall, n->kernel),
                                   two("strides", n->stride, n->stride),
                                   pads(n->pad_down, n->pad),
                                   { .name = NULL } };
    snprintf(g->at, sizeof g->at, "%s", act[n->in]);
    if (n->kind == AK_NODE_POOL) {
        ak_graph_step(g, "MaxPool", NULL, attrs);
    } else {
        char name[AK_ONNX_NAME];
        snprintf(name, sizeof name, "%s.weight", n->name);
        ak_graph_weight(g, name);
        ak_graph_step(g, "Conv", (const char *const[]){ name, NULL }, attrs);
        batch_norm(g, n->name, "bn.");
        if (n->residual >= 0) ak_graph_step(g, "Add", (const char *const[]){ act[n->residual], NULL }, NULL);
        if (n->relu) ak_graph_step(g, "Relu", NULL, NULL);
    }
    snprintf(act[n->out], AK_ONNX_NAME, "%s", g->at);
}

/* The cells of an axis (nn/grid.c) as a matrix [cells,side], or [side,cells], of means. */
static const char *cells(ak_graph *g, const char *name, int64_t side, int64_t grid, bool across)
{
    float *a = ak_graph_floats(g, side, grid);
    for (int64_t cell = 0; a && cell < grid; cell++) {
        const int64_t first = cell * side / grid, last = ((cell + 1) * side + grid - 1) / grid;
        for (int64_t i = first; i < last; i++)
            a[across ? i * grid + cell : cell * side + i] = 1 / (float)(last - first);
    }
    const ak_onnx_shape shape = { 2, { across ? side : grid, across ? grid : side } };
    if (a) ak_onnx_array(g->onnx, name, AK_ONNX_FLOAT, shape, a);
    return name;
}

static const ak_onnx_attr FLAT[] = { { .name = "axis", .kind = AK_ATTR_INT, .i = { 1 } }, { .name = NULL } };

/* A head reads the mean of the whole map, whatever the grid of the features is. */
static void average(ak_graph *g, const ak_layer_plan *p, bool whole)
{
    const ak_act *map = &p->act[p->acts];
    if (p->grid == 1 || whole) {
        ak_graph_step(g, "GlobalAveragePool", NULL, NULL);
        ak_graph_step(g, "Flatten", NULL, FLAT);
        return;
    }
    char rows[AK_ONNX_NAME];
    ak_graph_step(g, "MatMul", (const char *const[]){ cells(g, "grid.across", map->w, p->grid, true), NULL },
                  NULL);
    const char *in[] = { cells(g, "grid.down", map->h, p->grid, false), g->at, NULL };
    ak_graph_apply(g, "MatMul", in, NULL, rows);
    snprintf(g->at, sizeof g->at, "%s", rows);
    ak_graph_step(g, "Flatten", NULL, FLAT);
}

static void dense(ak_graph *g, const ak_dense *l)
{
    static const ak_onnx_attr attrs[] = { { .name = "transB", .kind = AK_ATTR_INT, .i = { 1 } },
                                          { .name = NULL } };
    char weight[AK_ONNX_NAME], bias[AK_ONNX_NAME];
    snprintf(weight, sizeof weight, "%s.weight", l->name);
    snprintf(bias, sizeof bias, "%s.bias", l->name);
    ak_graph_weight(g, weight);
    if (!l->batchnorm) ak_graph_weight(g, bias);
    ak_graph_step(g, "Gemm", (const char *const[]){ weight, l->batchnorm ? NULL : bias, NULL }, attrs);
    if (l->batchnorm) batch_norm(g, l->norm_name, "");
    if (l->relu) ak_graph_step(g, "Relu", NULL, NULL);
}

void ak_graph_encoder(ak_graph *g)
{
    const ak_layer_plan *p = &g->model->net.encoder->plan;
    char(*act)[AK_ONNX_NAME] = calloc((size_t)p->acts + 1, sizeof *act);
    if (!act) {
        g->failed = true;
        return;
    }
    snprintf(act[0], sizeof act[0], "%s", g->at);
    if (p->vit.layers) ak_graph_vit(g);
    for (int32_t i = 0; i < p->nodes; i++) node(g, &p->node[i], act);
    const int32_t denses = g->opts->layer == AKIN_LAYER_PROJECTOR ? p->denses : p->backbone_denses;
    if (p->nodes)
        average(g, p, denses > 0);
    else if (g->model->net.kind == AK_NET_DENSE && !p->vit.layers)
        ak_graph_step(g, "Flatten", NULL, FLAT);
    for (int32_t i = 0; i < denses; i++) dense(g, &p->dense[i]);
    free(act);
}
