/* SPDX-License-Identifier: Apache-2.0 */
/* export/graph_input.c - what is done to items before the encoder, as operators of ONNX.
 *
 *     images   bytes [batch,height,width,channels] of the run's size -> float, / 255, - mean, / deviation
 *     vectors  float [batch,columns], NaN = missing -> the run's mean or 0; in double: - mean, / deviation
 *     text     int64 [batch,length], ids of the run's vocabulary, behind the last one -1 -> their vectors,
 *              of a bag their mean, and through a GRU or a transformer
 *
 * The operations, their order and their precision are those of set/image_rows.c, views/vector_views.c and
 * nn/bag.c. */
#include "export/graph.h"

#include "nn/transformer.h"

#include <stdio.h>
#include <string.h>

/* Images ----------------------------------------------------------------------------------------- */

static void images(ak_graph *g, const ak_pixel_scale *scale, ak_row_shape shape)
{
    const int64_t c = shape.channels, h = shape.height, w = shape.width;
    const bool first = g->opts->channels_first;
    const ak_onnx_shape planes = { 4, { AK_ONNX_BATCH, c, h, w } },
                        pixels = { 4, { AK_ONNX_BATCH, h, w, c } };
    const ak_onnx_shape each = { 3, { c, 1, 1 } }, one = { 0, { 0 } };
    const float white = 255;
    ak_onnx_input(g->onnx, "images", AK_ONNX_UINT8, first ? planes : pixels);
    snprintf(g->at, sizeof g->at, "images");
    ak_onnx_copy(g->onnx, "input.white", AK_ONNX_FLOAT, one, &white);
    ak_onnx_copy(g->onnx, "input.mean", AK_ONNX_FLOAT, each, scale->mean);
    ak_onnx_copy(g->onnx, "input.std", AK_ONNX_FLOAT, each, scale->std);
    ak_graph_cast(g, AK_ONNX_FLOAT);
    if (!first) {
        const ak_onnx_attr attrs[] = { { .name = "perm", .kind = AK_ATTR_INTS, .i = { 0, 3, 1, 2 }, .n = 4 },
                                       { .name = NULL } };
        ak_graph_step(g, "Transpose", NULL, attrs);
    }
    ak_graph_step(g, "Div", (const char *const[]){ "input.white", NULL }, NULL);
    ak_graph_step(g, "Sub", (const char *const[]){ "input.mean", NULL }, NULL);
    ak_graph_step(g, "Div", (const char *const[]){ "input.std", NULL }, NULL);
}

/* Vectors ---------------------------------------------------------------------------------------- */

static void vectors(ak_graph *g, const akin_vector_scale *scale, bool zero)
{
    const int64_t d = scale->d;
    const ak_onnx_shape columns = { 1, { d } };
    float *fill = ak_graph_floats(g, d, 1);
    for (int64_t i = 0; fill && i < d; i++) fill[i] = zero ? 0 : (float)scale->mean[i];
    ak_onnx_input(g->onnx, "vectors", AK_ONNX_FLOAT, (ak_onnx_shape){ 2, { AK_ONNX_BATCH, d } });
    ak_onnx_array(g->onnx, "input.missing", AK_ONNX_FLOAT, columns, fill);
    ak_onnx_array(g->onnx, "input.mean", AK_ONNX_DOUBLE, columns, scale->mean);
    ak_onnx_array(g->onnx, "input.std", AK_ONNX_DOUBLE, columns, scale->std);
    char lacks[AK_ONNX_NAME];
    ak_graph_apply(g, "IsNaN", (const char *const[]){ "vectors", NULL }, NULL, lacks);
    ak_graph_apply(g, "Where", (const char *const[]){ lacks, "input.missing", "vectors", NULL }, NULL, g->at);
    ak_graph_cast(g, AK_ONNX_DOUBLE);
    ak_graph_step(g, "Sub", (const char *const[]){ "input.mean", NULL }, NULL);
    ak_graph_step(g, "Div", (const char *const[]){ "input.std", NULL }, NULL);
    ak_graph_cast(g, AK_ONNX_FLOAT);
}

/* Text ------------------------------------------------------------------------------------------- */

/* Of longer rows a transformer reads the words that it has places for. */
static void first_words(ak_graph *g, int64_t places, char ids[AK_ONNX_NAME])
{
    ak_graph_ints(g, "words.first", (const int64_t[]){ 0 }, 1);
    ak_graph_ints(g, "words.end", &places, 1);
    ak_graph_apply(g, "Slice", (const char *const[]){ "ids", "words.first", "words.end", "axis.1", NULL },
                   NULL, ids);
}

/* The mean of the vectors of a row: a product of the mask [batch,1,length] with [batch,length,dim]. */
static void mean(ak_graph *g, const char *mask, const char *divisor)
{
    char row[AK_ONNX_NAME];
    ak_graph_apply(g, "Unsqueeze", (const char *const[]){ mask, "axis.1", NULL }, NULL, row);
    ak_graph_apply(g, "MatMul", (const char *const[]){ row, g->at, NULL }, NULL, g->at);
    ak_graph_step(g, "Squeeze", (const char *const[]){ "axis.1", NULL }, NULL);
    ak_graph_step(g, "Div", (const char *const[]){ divisor, NULL }, NULL);
}

static void text(ak_graph *g)
{
    const int64_t zero = 0;
    const float one = 1;
    const ak_onnx_shape number = { 0, { 0 } };
    const ak_transformer *transformer = g->model->net.transformer;
    char ids[AK_ONNX_NAME] = "ids", known[AK_ONNX_NAME], mask[AK_ONNX_NAME], row[AK_ONNX_NAME],
         divisor[AK_ONNX_NAME];
    ak_onnx_input(g->onnx, "ids", AK_ONNX_INT64, (ak_onnx_shape){ 2, { AK_ONNX_BATCH, AK_ONNX_LENGTH } });
    ak_onnx_copy(g->onnx, "number.0", AK_ONNX_INT64, number, &zero);
    ak_onnx_copy(g->onnx, "number.1", AK_ONNX_FLOAT, number, &one);
    ak_graph_ints(g, "axis.1", (const int64_t[]){ 1 }, 1);
    if (transformer) first_words(g, transformer->opts.positions, ids);
    ak_graph_apply(g, "GreaterOrEqual", (const char *const[]){ ids, "number.0", NULL }, NULL, g->at);
    ak_graph_cast(g, AK_ONNX_FLOAT);
    snprintf(mask, sizeof mask, "%s", g->at);
    ak_graph_step(g, "ReduceSum", (const char *const[]){ "axis.1", NULL }, NULL); /* [batch,1] */
    snprintf(g->count, sizeof g->count, "%s", g->at);
    ak_graph_apply(g, "Max", (const char *const[]){ g->count, "number.1", NULL }, NULL, divisor);
    ak_graph_apply(g, "Max", (const char *const[]){ ids, "number.0", NULL }, NULL, known);
    ak_graph_weight(g, "words.table");
    ak_graph_apply(g, "Gather", (const char *const[]){ "words.table", known, NULL }, NULL, row);
    snprintf(g->at, sizeof g->at, "%s", row);
    if (transformer) ak_graph_words(g, mask);
    if (transformer || g->model->net.kind == AK_NET_BAG)
        mean(g, mask, divisor);
    else
        ak_graph_gru(g, mask);
}

akin_status ak_graph_input(ak_graph *g, akin_error *err)
{
    const akin_model *m = g->model;
    const ak_kind *kind = m->data_kind;
    if (kind->pixel_scale) {
        images(g, kind->pixel_scale(m->measured), kind->shape(m->measured, &m->set.data, false));
        return AKIN_OK;
    }
    if (kind->column_scale) {
        const akin_vector_scale *scale = kind->column_scale(m->measured);
        vectors(g, scale, m->set.data.of.vectors.open.missing == AKIN_MISSING_ZERO);
        return AKIN_OK;
    }
    if (!kind->vocabulary)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED, "there is no ONNX graph for a run on %s", kind->name);
    text(g);
    return AKIN_OK;
}
