/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/model.h - an open ONNX model, and what it wants of items.
 *
 * runtime.c  onnxruntime
 * model.c    which input and output, and how items are brought to it
 * dataset.c  data for it
 * embed.c    batches of items into it, rows out of it */
#ifndef AK_ONNX_MODEL_H
#define AK_ONNX_MODEL_H

#include "akin/tool/dataset.h"
#include "akin/tool/onnx.h"
#include "base/remarks.h"
#include "files/hash.h"
#include "onnx/runtime.h"
#include "set/kinds.h"

/* Of images where nobody says; as of torchvision's weights. */
enum { AK_ONNX_SIZE = 224, AK_ONNX_RESIZE = 256 };

struct akin_onnx {
    ak_runtime *runtime;
    char *path;
    char sum[AK_HASH_DIGITS + 1]; /* XXH64 of the file */
    const ak_kind *kind;
    void *measured;   /* of images, and of all that akin_model_export() wrote; else NULL */
    akin_json *about; /* what akin_model_export() told of it; NULL: somebody else's */
    int output;
    ak_runtime_type type; /* of the input */
    int64_t batch;        /* items of a call; 0 = any */
    bool channels_first;
    int64_t height, width, channels; /* of images; height and width 0 = any */
    int64_t columns;                 /* of rows of numbers; 0 = any */
    ak_pixel_scale scale;            /* of float images */
    ak_remarks told;
};

/* "float32 [n,3,224,224]": free dimensions have the letter n, the other ones a question mark. */
const char *ak_onnx_shape_text(const ak_runtime_value *v, char to[160]);

#endif
