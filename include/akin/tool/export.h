/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/export.h - the weights of a trained encoder for other programs: ONNX, safetensors, PyTorch.
 *
 * ONNX         A graph from items to embeddings, with what is done to items before the encoder, and on
 * request
 *              whitening behind it.
 * safetensors  The weights under the names of torchvision where it has the encoder, else under those of
 *              docs/weights.md; its __metadata__ tells what is to be done to items.
 * torch        The same weights as torch.save() writes them, for torch.load(weights_only=True).
 *
 * Memory   A copy of the weights while the file is written.
 * Threads  As a model (akin/model.h).
 * Errors   On failure err (may be NULL) holds a sentence, and the file is as before. */
#ifndef AKIN_TOOL_EXPORT_H
#define AKIN_TOOL_EXPORT_H

#include "akin/eval.h"
#include "akin/model.h"
#include "akin/tool/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum akin_export_format {
    AKIN_EXPORT_ONNX,
    AKIN_EXPORT_SAFETENSORS,
    AKIN_EXPORT_TORCH
} akin_export_format;

/* Versions of ONNX's operators. Those that are used are the same in all of them. */
enum { AKIN_EXPORT_OPSET = 22, AKIN_EXPORT_OPSET_LAST = 28 };

/* Start from AKIN_EXPORT_OPTS_INIT. Pointers are borrowed. */
typedef struct akin_export_opts {
    uint32_t struct_size;
    akin_export_format format;
    akin_layer layer;                /* where the encoder ends */
    const akin_whitening *whitening; /* applied to the rows of that layer; NULL = none */
    bool channels_first; /* ONNX: images are [n,channels,height,width], not [n,height,width,channels] */
    int32_t opset;       /* ONNX */
} akin_export_opts;

#define AKIN_EXPORT_OPTS_INIT                                                                                \
    {                                                                                                        \
        .struct_size = sizeof(akin_export_opts), .opset = AKIN_EXPORT_OPSET                                  \
    }

/* Write the file `path`, whole or not at all. *about (NULL = not wanted) receives what docs/weights.md lists:
 * encoder, input, output, sizes; the caller's.
 *   AKIN_ERR_ARGUMENT     m or path is NULL
 *   AKIN_ERR_RANGE        a format or version that is none
 *   AKIN_ERR_SHAPE        a whitening of another width
 *   AKIN_ERR_UNSUPPORTED  more than the form holds; the sentence names one that does
 *   AKIN_ERR_IO, AKIN_ERR_NOMEM */
AKIN_API akin_status akin_model_export(const akin_model *m, const akin_export_opts *opts, const char *path,
                                       akin_json **about, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_EXPORT_H */
