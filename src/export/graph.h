/* SPDX-License-Identifier: Apache-2.0 */
/* export/graph.h - the ONNX graph of a model, in three parts: what it reads, the encoder, what it gives.
 *
 * graph_input.c    bytes of images, rows with missing values, ids of words -> what the encoder reads
 * graph_encoder.c  the nodes of the layer plan, the linear layers
 * graph_gru.c, graph_transformer.c  layers over words and over patches
 * graph.c          all of it, whitening, the texts that describe it */
#ifndef AK_EXPORT_GRAPH_H
#define AK_EXPORT_GRAPH_H

#include "export/export.h"
#include "export/onnx.h"

typedef struct ak_graph {
    ak_onnx *onnx;
    const akin_model *model;
    const ak_weights *weights;
    const akin_export_opts *opts;
    char at[AK_ONNX_NAME];    /* the value that the next step reads */
    char count[AK_ONNX_NAME]; /* text: how many ids each row has, [batch,1]; "" = no text */
    int64_t values;           /* named so far */
    float **made;             /* arrays that were made for it, each owned */
    int64_t mades, made_room;
    bool failed; /* without memory */
} ak_graph;

/* One operator on g->at and further values (NULL ends them; NULL = none), whose result becomes g->at. */
void ak_graph_step(ak_graph *g, const char *op, const char *const *more, const ak_onnx_attr *attrs);
/* The same on other values than g->at, which stays; name receives the result's. */
void ak_graph_apply(ak_graph *g, const char *op, const char *const *in, const ak_onnx_attr *attrs,
                    char name[AK_ONNX_NAME]);
void ak_graph_cast(ak_graph *g, ak_onnx_type type);
/* Whole numbers as an array of one dimension: axes, shapes. */
void ak_graph_ints(ak_graph *g, const char *name, const int64_t *values, int n);
/* Floats for an array, until the graph is saved; NULL without memory, which is noted. */
float *ak_graph_floats(ak_graph *g, int64_t n, int64_t m);
/* A tensor of the weights, or floats of ak_graph_floats(), as an array of that name. */
void ak_graph_weight(ak_graph *g, const char *name);

/* The input, and what is done to it before the encoder; g->at is then what the encoder reads. */
akin_status ak_graph_input(ak_graph *g, akin_error *err);
/* The encoder, up to the layer that is exported. */
void ak_graph_encoder(ak_graph *g);
/* The GRU of a text encoder, from vectors of words [batch,length,dim] in g->at. mask is [batch,length]. */
void ak_graph_gru(ak_graph *g, const char *mask);
/* A transformer: of images [batch,channels,height,width] in g->at, up to its features; and of vectors of
 * words [batch,length,dim], length not beyond its places, up to the words' results [batch,length,width]. */
void ak_graph_vit(ak_graph *g);
void ak_graph_words(ak_graph *g, const char *mask);

#endif
