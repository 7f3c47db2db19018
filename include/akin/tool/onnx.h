/* SPDX-License-Identifier: Apache-2.0 */
/* akin/tool/onnx.h - an ONNX model of anybody as a frozen encoder, run by onnxruntime (docs/weights.md).
 *
 * Models   One input and at least one output of two dimensions. The input is images, float32
 *          [n,channels,height,width] or [n,height,width,channels], or uint8 of the same; or rows of numbers,
 *          float32 or float64 [n,columns]. What akin_model_export() wrote has in its metadata what is to be
 *          done to items, also to text, whose input is ids of words.
 * Library  onnxruntime's is opened by the first model: $AKIN_ONNXRUNTIME, or else libonnxruntime.so.1. Its
 *          log is dropped; that of Debian 13 (1.21) all the same writes lines to standard error when opened.
 * Memory   A model and what is opened for it are the caller's; free takes NULL.
 * Threads  A model serves one caller at a time, with the threads that akin_set_threads() had when it was
 *          opened.
 * Errors   One sentence: what, where, what to do.
 */
#ifndef AKIN_TOOL_ONNX_H
#define AKIN_TOOL_ONNX_H

#include "akin/data.h"
#include "akin/tool/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akin_onnx akin_onnx;

typedef enum akin_onnx_channels {
    AKIN_ONNX_CHANNELS_AUTO, /* where the model has 1 or 3 of them */
    AKIN_ONNX_CHANNELS_FIRST,
    AKIN_ONNX_CHANNELS_LAST,
} akin_onnx_channels;

/* Start from AKIN_ONNX_OPTS_INIT. Texts are borrowed for the call. */
typedef struct akin_onnx_opts {
    uint32_t struct_size;
    const char *output; /* whose name; NULL = the only one, or the first of two dimensions */
    /* Of float images, from 0 to 1, as the network was trained: a number, or one for each channel with commas
     * between. NULL: ImageNet's, 0.485,0.456,0.406 and 0.229,0.224,0.225, for three channels. */
    const char *mean, *std;
    akin_onnx_channels channels; /* of images */
} akin_onnx_opts;

#define AKIN_ONNX_OPTS_INIT                                                                                  \
    {                                                                                                        \
        .struct_size = sizeof(akin_onnx_opts)                                                                \
    }

/* Load the model in a file.
 *   AKIN_ERR_ARGUMENT     no such output; mean or std missing, or of a model that takes none
 *   AKIN_ERR_RANGE        mean or std is no such numbers
 *   AKIN_ERR_INPUT        the file cannot be read
 *   AKIN_ERR_FORMAT       it is no ONNX model, or a damaged one
 *   AKIN_ERR_SHAPE        an input or output of another form; the sentence has it
 *   AKIN_ERR_UNSUPPORTED  this build has no onnxruntime, its library is not there, or it lacks an operator
 *   AKIN_ERR_NOMEM */
AKIN_API akin_status akin_onnx_open(const char *path, const akin_onnx_opts *opts, akin_onnx **out,
                                    akin_error *err);
AKIN_API void akin_onnx_free(akin_onnx *m);

AKIN_API akin_data_kind akin_onnx_data_kind(const akin_onnx *m); /* what it embeds */
/* What was understood of the model, for a person: sentence i; NULL beyond the last. */
AKIN_API const char *akin_onnx_remark(const akin_onnx *m, int64_t i);
/* What is told of it: input and output with their shapes, the versions, the XXH64 of the file; the
 * caller's. */
AKIN_API akin_json *akin_onnx_describe(const akin_onnx *m);

/* Open data for the model: every item, images brought to its size and channels. options as in
 * akin_dataset_opts. Where the model takes any size and there is no "size", the shorter side becomes 256 and
 * the middle square of 224 is kept.  Fails as akin_dataset_open() does, and
 *   AKIN_ERR_SHAPE  items of another size or width than the model takes */
AKIN_API akin_status akin_onnx_open_dataset(const akin_onnx *m, const char *path, const char *const *options,
                                            akin_dataset **out, akin_error *err);

/* The rows of all items of a split, [n,width] of F32, for akin_array_free(). Arrays [n,d,1,1] are taken as
 * [n,d].
 *   AKIN_ERR_ARGUMENT  a pointer is NULL
 *   AKIN_ERR_INPUT     no such split, or no item in it; or the model refuses a batch
 *   AKIN_ERR_SHAPE     items of another shape; or an output that is no row for each item
 *   AKIN_ERR_NUMERIC   a row that is not finite: the sentence names its item
 *   AKIN_ERR_NOMEM, and as reading items fails */
AKIN_API akin_status akin_onnx_embed(akin_onnx *m, const akin_dataset *set, const char *split,
                                     akin_array *out, akin_error *err);

#ifdef __cplusplus
}
#endif
#endif /* AKIN_TOOL_ONNX_H */
