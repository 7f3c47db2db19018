/* SPDX-License-Identifier: Apache-2.0 */
/* export/onnx.h - an ONNX model: a graph while it is built, then a file.
 *
 * The field numbers are those of the published schema, onnx.proto3. Functions that build do not fail: memory
 * that lacks is told by ak_onnx_save(). Large arrays are borrowed until then and written from where they
 * lie. */
#ifndef AK_EXPORT_ONNX_H
#define AK_EXPORT_ONNX_H

#include "akin/tool/program.h"
#include "export/proto.h"

enum { AK_ONNX_NAME = 96, AK_ONNX_DIMS = 4, AK_ONNX_INPUTS = 8 };
enum { AK_ONNX_BATCH = -1, AK_ONNX_LENGTH = -2 }; /* dimensions that the caller of the model chooses */

/* Of TensorProto.DataType. */
typedef enum ak_onnx_type {
    AK_ONNX_FLOAT = 1,
    AK_ONNX_UINT8 = 2,
    AK_ONNX_INT32 = 6,
    AK_ONNX_INT64 = 7,
    AK_ONNX_DOUBLE = 11,
} ak_onnx_type;

/* A whole number, some of them, a text or a real; a NULL name ends a list. */
typedef struct ak_onnx_attr {
    const char *name;
    enum { AK_ATTR_INT = 2, AK_ATTR_FLOAT = 1, AK_ATTR_TEXT = 3, AK_ATTR_INTS = 7 } kind; /* AttributeType */
    int64_t i[AK_ONNX_DIMS];
    int n; /* of INTS */
    float f;
    const char *s;
} ak_onnx_attr;

typedef struct ak_onnx_shape {
    int dims;
    int64_t dim[AK_ONNX_DIMS];
} ak_onnx_shape;

typedef struct ak_onnx ak_onnx;

ak_onnx *ak_onnx_create(void); /* NULL without memory */
void ak_onnx_free(ak_onnx *o); /* takes NULL */

void ak_onnx_input(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape);
void ak_onnx_output(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape);
/* An array; data is borrowed. */
void ak_onnx_array(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape, const void *data);
/* The same, copied: for what is small. */
void ak_onnx_copy(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape, const void *data);
/* A node of operator op; in ends with NULL, and "" is an input that is left out; out has `outs` names.
 * attrs may be NULL. */
void ak_onnx_node(ak_onnx *o, const char *op, const char *const *in, const char *const *out, int outs,
                  const ak_onnx_attr *attrs);
/* A text of the model's metadata. */
void ak_onnx_note(ak_onnx *o, const char *key, const char *value);

/* Write the model, of that version of the operators.
 * AKIN_ERR_UNSUPPORTED when it is longer than 2^31 - 1 bytes, which no reader of Protocol Buffers takes. */
akin_status ak_onnx_save(ak_onnx *o, const char *path, int opset, akin_error *err);

#endif
