/* SPDX-License-Identifier: Apache-2.0 */
/* export/graph_transformer.c - a transformer (nn/transformer.h) as operators of ONNX: LayerNormalization,
 * Gemm, MatMul, Softmax and Gelu, all in opset 20.
 *
 * Tokens are rows of a matrix [batch tokens,width], which is what Gemm reads, and weights keep their layout
 * and their names. Heads are apart, [batch,heads,tokens,columns], within attention alone. Texts have rows of
 * one length, with -1 behind the last id: those keys get a score of -1e30, and the mean leaves them out. */
#include "export/graph.h"

#include "nn/transformer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const float FAR = 1e30f; /* exp(-1e30 - anything) is 0 */

typedef struct part {
    ak_graph *g;
    const char *prefix; /* of the names of tensors */
    const ak_transformer_opts *o;
    char split[AK_ONNX_NAME],
        rows[AK_ONNX_NAME];  /* shapes [batch,tokens,heads,columns], [batch,tokens,width] */
    char hide[AK_ONNX_NAME]; /* what is added to scores, [batch,1,1,tokens]; "" = nothing */
} part;

static void set(char to[AK_ONNX_NAME], const char *from)
{
    snprintf(to, AK_ONNX_NAME, "%.*s", AK_ONNX_NAME - 1, from);
}

static void name_of(const part *p, int block, const char *layer, const char *kind, char to[AK_ONNX_NAME])
{
    char within[32] = "";
    if (block >= 0) snprintf(within, sizeof within, "blocks.%d.", block);
    snprintf(to, AK_ONNX_NAME, "%s%s%s.%s", p->prefix, within, layer, kind);
}

/* Weight and bias of a layer as arrays, and their names. */
static void tensors(const part *p, int block, const char *layer, char name[2][AK_ONNX_NAME])
{
    static const char *const KINDS[] = { "weight", "bias" };
    for (int i = 0; i < 2; i++) {
        name_of(p, block, layer, KINDS[i], name[i]);
        ak_graph_weight(p->g, name[i]);
    }
}

static void norm(const part *p, int block, const char *layer)
{
    const ak_onnx_attr attrs[] = { { .name = "axis", .kind = AK_ATTR_INT, .i = { -1 } },
                                   { .name = "epsilon", .kind = AK_ATTR_FLOAT, .f = AK_TOKEN_EPSILON },
                                   { .name = NULL } };
    char name[2][AK_ONNX_NAME];
    tensors(p, block, layer, name);
    ak_graph_step(p->g, "LayerNormalization", (const char *const[]){ name[0], name[1], NULL }, attrs);
}

static void linear(const part *p, int block, const char *layer)
{
    static const ak_onnx_attr attrs[] = { { .name = "transB", .kind = AK_ATTR_INT, .i = { 1 } },
                                          { .name = NULL } };
    char name[2][AK_ONNX_NAME];
    tensors(p, block, layer, name);
    ak_graph_step(p->g, "Gemm", (const char *const[]){ name[0], name[1], NULL }, attrs);
}

static void reshape(ak_graph *g, const char *shape)
{
    ak_graph_step(g, "Reshape", (const char *const[]){ shape, NULL }, NULL);
}

static void transpose(ak_graph *g, int64_t a, int64_t b, int64_t c, int64_t d)
{
    const ak_onnx_attr attrs[] = { { .name = "perm", .kind = AK_ATTR_INTS, .i = { a, b, c, d }, .n = 4 },
                                   { .name = NULL } };
    ak_graph_step(g, "Transpose", NULL, attrs);
}

/* Queries, keys and values from g->at [batch tokens,3 width]: keys turned. */
static void part_heads(const part *p, char name[3][AK_ONNX_NAME])
{
    ak_graph *g = p->g;
    static const ak_onnx_attr attrs[] = { { .name = "axis", .kind = AK_ATTR_INT, .i = { 1 } },
                                          { .name = "num_outputs", .kind = AK_ATTR_INT, .i = { 3 } },
                                          { .name = NULL } };
    char flat[3][AK_ONNX_NAME];
    for (int i = 0; i < 3; i++)
        snprintf(flat[i], sizeof flat[i], "%c.%lld", "qkv"[i], (long long)++g->values);
    const char *out[] = { flat[0], flat[1], flat[2] };
    ak_onnx_node(g->onnx, "Split", (const char *const[]){ g->at, NULL }, out, 3, attrs);
    for (int i = 0; i < 3; i++) {
        set(g->at, flat[i]);
        reshape(g, p->split);
        if (i == 1)
            transpose(g, 0, 2, 3, 1);
        else
            transpose(g, 0, 2, 1, 3);
        set(name[i], g->at);
    }
}

static void attention(const part *p, int block)
{
    ak_graph *g = p->g;
    char name[3][AK_ONNX_NAME];
    linear(p, block, "attn.qkv");
    part_heads(p, name);
    ak_graph_apply(g, "MatMul", (const char *const[]){ name[0], name[1], NULL }, NULL, g->at);
    ak_graph_step(g, "Mul", (const char *const[]){ "attention.scale", NULL }, NULL);
    if (p->hide[0]) ak_graph_step(g, "Add", (const char *const[]){ p->hide, NULL }, NULL);
    ak_graph_step(g, "Softmax", NULL, NULL); /* over the last dimension */
    ak_graph_step(g, "MatMul", (const char *const[]){ name[2], NULL }, NULL);
    transpose(g, 0, 2, 1, 3);
    reshape(g, "shape.flat");
    linear(p, block, "attn.proj");
}

static void block(const part *p, int i)
{
    ak_graph *g = p->g;
    char x[AK_ONNX_NAME];
    for (int half = 0; half < 2; half++) {
        set(x, g->at);
        norm(p, i, half ? "norm2" : "norm1");
        if (half) {
            linear(p, i, "mlp.fc1");
            ak_graph_step(g, "Gelu", NULL, NULL); /* with the error function */
            linear(p, i, "mlp.fc2");
        } else {
            attention(p, i);
        }
        ak_graph_step(g, "Add", (const char *const[]){ x, NULL }, NULL);
    }
}

static void blocks(const part *p)
{
    const ak_transformer_opts *o = p->o;
    const float scale = (float)(1 / sqrt((double)o->width / o->heads));
    ak_onnx_copy(p->g->onnx, "attention.scale", AK_ONNX_FLOAT, (ak_onnx_shape){ 0, { 0 } }, &scale);
    ak_graph_ints(p->g, "shape.flat", (const int64_t[]){ -1, o->width }, 2);
    reshape(p->g, "shape.flat");
    for (int i = 0; i < o->layers; i++) block(p, i);
    norm(p, -1, "norm");
    reshape(p->g, p->rows);
}

/* Images ---------------------------------------------------------------------------------------------- */

void ak_graph_vit(ak_graph *g)
{
    const ak_transformer_opts *o = &g->model->net.encoder->transformer->opts;
    part p = { .g = g, .prefix = "", .o = o, .split = "shape.heads", .rows = "shape.tokens" };
    const int64_t tokens = o->positions, head = o->width / o->heads;
    const ak_onnx_attr patch[] = {
        { .name = "kernel_shape", .kind = AK_ATTR_INTS, .i = { o->patch, o->patch }, .n = 2 },
        { .name = "strides", .kind = AK_ATTR_INTS, .i = { o->patch, o->patch }, .n = 2 },
        { .name = NULL }
    };
    const ak_onnx_attr turn[] = { { .name = "perm", .kind = AK_ATTR_INTS, .i = { 0, 2, 1 }, .n = 3 },
                                  { .name = NULL } };
    const ak_onnx_attr mean[] = { { .name = "keepdims", .kind = AK_ATTR_INT, .i = { 0 } }, { .name = NULL } };
    char name[2][AK_ONNX_NAME];
    ak_graph_ints(g, "shape.heads", (const int64_t[]){ -1, tokens, o->heads, head }, 4);
    ak_graph_ints(g, "shape.tokens", (const int64_t[]){ -1, tokens, o->width }, 3);
    ak_graph_ints(g, "shape.patches", (const int64_t[]){ -1, o->width, tokens }, 3);
    ak_graph_ints(g, "axis.tokens", (const int64_t[]){ 1 }, 1);
    tensors(&p, -1, "patch_embed.proj", name);
    ak_graph_weight(g, "pos_embed.weight");
    ak_graph_step(g, "Conv", (const char *const[]){ name[0], name[1], NULL }, patch);
    reshape(g, "shape.patches");
    ak_graph_step(g, "Transpose", NULL, turn);
    ak_graph_step(g, "Add", (const char *const[]){ "pos_embed.weight", NULL }, NULL);
    blocks(&p);
    ak_graph_step(g, "ReduceMean", (const char *const[]){ "axis.tokens", NULL }, mean);
}

/* Text ------------------------------------------------------------------------------------------------ */

/* A shape of which one number is that of the ids' columns: [-1,length,rest]. */
static void shape_of(ak_graph *g, const char *length, const char *rest, char name[AK_ONNX_NAME])
{
    static const ak_onnx_attr attrs[] = { { .name = "axis", .kind = AK_ATTR_INT, .i = { 0 } },
                                          { .name = NULL } };
    ak_graph_apply(g, "Concat", (const char *const[]){ "shape.any", length, rest, NULL }, attrs, name);
}

/* [batch,1,1,length]: 0 where there is a word, -1e30 behind the last. */
static void hide(ak_graph *g, const char *mask, char name[AK_ONNX_NAME])
{
    char keep[AK_ONNX_NAME];
    ak_onnx_copy(g->onnx, "attention.far", AK_ONNX_FLOAT, (ak_onnx_shape){ 0, { 0 } }, &FAR);
    ak_graph_ints(g, "axes.1.2", (const int64_t[]){ 1, 2 }, 2);
    ak_graph_apply(g, "Unsqueeze", (const char *const[]){ mask, "axes.1.2", NULL }, NULL, name);
    ak_graph_apply(g, "Sub", (const char *const[]){ name, "number.1", NULL }, NULL, keep);
    ak_graph_apply(g, "Mul", (const char *const[]){ keep, "attention.far", NULL }, NULL, name);
}

void ak_graph_words(ak_graph *g, const char *mask)
{
    const ak_transformer_opts *o = &g->model->net.transformer->opts;
    part p = { .g = g, .prefix = "transformer.", .o = o };
    char length[AK_ONNX_NAME], vectors[AK_ONNX_NAME], places[AK_ONNX_NAME];
    set(vectors, g->at);
    ak_graph_ints(g, "shape.any", (const int64_t[]){ -1 }, 1);
    ak_graph_ints(g, "shape.head", (const int64_t[]){ o->heads, o->width / o->heads }, 2);
    ak_graph_ints(g, "shape.width", (const int64_t[]){ o->width }, 1);
    ak_graph_ints(g, "shape.inputs", (const int64_t[]){ -1, o->inputs }, 2);
    ak_graph_ints(g, "from.0", (const int64_t[]){ 0 }, 1);
    const ak_onnx_attr columns[] = { { .name = "start", .kind = AK_ATTR_INT, .i = { 1 } }, { .name = NULL } };
    ak_graph_apply(g, "Shape", (const char *const[]){ mask, NULL }, columns, length); /* [1] */
    shape_of(g, length, "shape.head", p.split);
    shape_of(g, length, "shape.width", p.rows);
    hide(g, mask, p.hide);
    ak_graph_weight(g, "transformer.pos_embed.weight");
    ak_graph_apply(g, "Slice",
                   (const char *const[]){ "transformer.pos_embed.weight", "from.0", length, NULL }, NULL,
                   places);
    set(g->at, vectors);
    reshape(g, "shape.inputs");
    linear(&p, -1, "word_embed.proj");
    reshape(g, p.rows);
    ak_graph_step(g, "Add", (const char *const[]){ places, NULL }, NULL);
    blocks(&p);
}
