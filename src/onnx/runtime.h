/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/runtime.h - what is asked of onnxruntime: load a model, tell its inputs and outputs, run it.
 *
 * runtime.c alone includes onnxruntime's header. The library itself is opened when the first model is, so a
 * program that loads none needs none. Where the header was not found when akin was built,
 * runtime_absent.c stands for runtime.c. */
#ifndef AK_ONNX_RUNTIME_H
#define AK_ONNX_RUNTIME_H

#include "base/base.h"

enum { AK_RUNTIME_DIMS = 8 };

typedef enum ak_runtime_type {
    AK_RUNTIME_OTHER,
    AK_RUNTIME_FLOAT,
    AK_RUNTIME_DOUBLE,
    AK_RUNTIME_HALF, /* IEEE's binary16 */
    AK_RUNTIME_UINT8,
    AK_RUNTIME_INT64,
} ak_runtime_type;

/* An input or an output of a model, or an array for one. */
typedef struct ak_runtime_value {
    const char *name; /* of an input or output; borrowed from the model */
    ak_runtime_type type;
    const char *type_name;        /* "float32", or "sequence" of what is no array */
    int dims;                     /* -1: no array, or one of more dimensions than there is room for */
    int64_t dim[AK_RUNTIME_DIMS]; /* -1 = free */
    const void *data;             /* of an array: what it holds, row-major */
} ak_runtime_value;

typedef struct ak_runtime ak_runtime;

/* Load the model in the file path, to be run on so many threads.
 * AKIN_ERR_UNSUPPORTED  akin was built without onnxruntime, or its library cannot be opened; or the model has
 *                       an operator that this onnxruntime does not know
 * AKIN_ERR_INPUT        the file cannot be read
 * AKIN_ERR_FORMAT       it is no ONNX model, or a damaged one
 * AKIN_ERR_NOMEM */
akin_status ak_runtime_open(const char *path, int threads, ak_runtime **out, akin_error *err);
void ak_runtime_free(ak_runtime *r); /* takes NULL */

const char *ak_runtime_version(const ak_runtime *r); /* "1.21.0" */
/* Input or output i; NULL beyond the last. */
const ak_runtime_value *ak_runtime_input(const ak_runtime *r, int i);
const ak_runtime_value *ak_runtime_output(const ak_runtime *r, int i);
/* The text under a key of the model's metadata, for free(); NULL where there is none. */
akin_status ak_runtime_note(const ak_runtime *r, const char *key, char **out, akin_error *err);

/* Run it on an array for its only input; *out is the output of that number, borrowed until the next run.
 * AKIN_ERR_INPUT  the model refuses it: the sentence has onnxruntime's reason
 * AKIN_ERR_NOMEM */
akin_status ak_runtime_run(ak_runtime *r, const ak_runtime_value *in, int output, ak_runtime_value *out,
                           akin_error *err);

#endif
