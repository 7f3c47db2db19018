/* SPDX-License-Identifier: Apache-2.0 */
/* export/onnx.c - the messages of an ONNX model, by the field numbers of onnx.proto3. */
#include "export/onnx.h"

#include <string.h>

/* ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto, ValueInfoProto and what they hold. */
enum {
    MODEL_IR = 1,
    MODEL_PRODUCER = 2,
    MODEL_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_NOTES = 14
};
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_ARRAY = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_IN = 1, NODE_OUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_ATTR = 5 };
enum { ATTR_NAME = 1, ATTR_F = 2, ATTR_I = 3, ATTR_S = 4, ATTR_INTS = 8, ATTR_TYPE = 20 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, OF_ELEMENT = 1, OF_SHAPE = 2 };
enum { SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2, OPSET_VERSION = 2, NOTE_KEY = 1, NOTE_VALUE = 2 };

enum { IR_VERSION = 10 }; /* the oldest that has all operators of AKIN_EXPORT_OPSET */

typedef struct array {
    ak_proto head; /* the message up to its bytes */
    const void *data;
    int64_t bytes;
} array;

struct ak_onnx {
    ak_proto graph; /* all of it but the arrays that are borrowed */
    ak_proto notes;
    array *arrays;
    int64_t count, room, nodes;
    bool failed;
};

ak_onnx *ak_onnx_create(void) { return calloc(1, sizeof(ak_onnx)); }

void ak_onnx_free(ak_onnx *o)
{
    if (!o) return;
    ak_proto_free(&o->graph);
    ak_proto_free(&o->notes);
    for (int64_t i = 0; i < o->count; i++) ak_proto_free(&o->arrays[i].head);
    free(o->arrays);
    free(o);
}

static void put_value(ak_proto *graph, int field, const char *name, ak_onnx_type type, ak_onnx_shape shape)
{
    ak_proto value = { 0 }, kind = { 0 }, tensor = { 0 }, dims = { 0 };
    for (int i = 0; i < shape.dims; i++) {
        ak_proto dim = { 0 };
        if (shape.dim[i] >= 0)
            ak_proto_int(&dim, DIM_VALUE, shape.dim[i]);
        else
            ak_proto_text(&dim, DIM_NAME, shape.dim[i] == AK_ONNX_BATCH ? "batch" : "length");
        ak_proto_put(&dims, SHAPE_DIM, &dim);
    }
    ak_proto_int(&tensor, OF_ELEMENT, type);
    ak_proto_put(&tensor, OF_SHAPE, &dims);
    ak_proto_put(&kind, TYPE_TENSOR, &tensor);
    ak_proto_text(&value, VALUE_NAME, name);
    ak_proto_put(&value, VALUE_TYPE, &kind);
    ak_proto_put(graph, field, &value);
}

void ak_onnx_input(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape)
{
    put_value(&o->graph, GRAPH_INPUT, name, type, shape);
}

void ak_onnx_output(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape)
{
    put_value(&o->graph, GRAPH_OUTPUT, name, type, shape);
}

static int64_t bytes_of(ak_onnx_type type, ak_onnx_shape shape)
{
    const bool wide = type == AK_ONNX_INT64 || type == AK_ONNX_DOUBLE;
    int64_t bytes = type == AK_ONNX_UINT8 ? 1 : wide ? 8 : 4;
    for (int i = 0; i < shape.dims; i++) bytes *= shape.dim[i];
    return bytes;
}

static ak_proto head_of(const char *name, ak_onnx_type type, ak_onnx_shape shape)
{
    ak_proto head = { 0 };
    for (int i = 0; i < shape.dims; i++) ak_proto_int(&head, TENSOR_DIMS, shape.dim[i]);
    ak_proto_int(&head, TENSOR_TYPE, type);
    ak_proto_text(&head, TENSOR_NAME, name);
    return head;
}

void ak_onnx_array(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape, const void *data)
{
    o->failed = o->failed || !ak_grow(&o->arrays, &o->room, o->count + 1, sizeof *o->arrays);
    if (o->failed) return;
    array *a = &o->arrays[o->count++];
    *a = (array){ head_of(name, type, shape), data, bytes_of(type, shape) };
    ak_proto_head(&a->head, TENSOR_RAW, a->bytes);
}

void ak_onnx_copy(ak_onnx *o, const char *name, ak_onnx_type type, ak_onnx_shape shape, const void *data)
{
    ak_proto message = head_of(name, type, shape);
    ak_proto_bytes(&message, TENSOR_RAW, data, (size_t)bytes_of(type, shape));
    ak_proto_put(&o->graph, GRAPH_ARRAY, &message);
}

static void put_attr(ak_proto *node, const ak_onnx_attr *a)
{
    ak_proto attr = { 0 };
    ak_proto_text(&attr, ATTR_NAME, a->name);
    if (a->kind == AK_ATTR_FLOAT) ak_proto_float(&attr, ATTR_F, a->f);
    if (a->kind == AK_ATTR_INT) ak_proto_int(&attr, ATTR_I, a->i[0]);
    if (a->kind == AK_ATTR_TEXT) ak_proto_text(&attr, ATTR_S, a->s);
    for (int k = 0; a->kind == AK_ATTR_INTS && k < a->n; k++) ak_proto_int(&attr, ATTR_INTS, a->i[k]);
    ak_proto_int(&attr, ATTR_TYPE, a->kind);
    ak_proto_put(node, NODE_ATTR, &attr);
}

void ak_onnx_node(ak_onnx *o, const char *op, const char *const *in, const char *const *out, int outs,
                  const ak_onnx_attr *attrs)
{
    ak_proto node = { 0 };
    for (; *in; in++) ak_proto_text(&node, NODE_IN, *in);
    for (int i = 0; i < outs; i++) ak_proto_text(&node, NODE_OUT, out[i]);
    ak_proto_text(&node, NODE_NAME, out[outs - 1]);
    ak_proto_text(&node, NODE_OP, op);
    for (; attrs && attrs->name; attrs++) put_attr(&node, attrs);
    ak_proto_put(&o->graph, GRAPH_NODE, &node);
    o->nodes++;
}

void ak_onnx_note(ak_onnx *o, const char *key, const char *value)
{
    ak_proto note = { 0 };
    ak_proto_text(&note, NOTE_KEY, key);
    ak_proto_text(&note, NOTE_VALUE, value);
    ak_proto_put(&o->notes, MODEL_NOTES, &note);
}

/* What stands before the graph, and the head of the graph, which has so many bytes. */
static ak_proto head_of_model(int opset, int64_t graph_bytes)
{
    ak_proto head = { 0 }, version = { 0 };
    ak_proto_int(&head, MODEL_IR, IR_VERSION);
    ak_proto_text(&head, MODEL_PRODUCER, "akin");
    ak_proto_text(&head, MODEL_VERSION, akin_version());
    ak_proto_int(&version, OPSET_VERSION, opset);
    ak_proto_put(&head, MODEL_OPSET, &version);
    ak_proto_head(&head, MODEL_GRAPH, graph_bytes);
    return head;
}

static akin_status write_all(akin_writer *w, const ak_onnx *o, const ak_proto *head, akin_error *err)
{
    AK_TRY(akin_writer_write(w, head->data, (size_t)head->bytes, err));
    AK_TRY(akin_writer_write(w, o->graph.data, (size_t)o->graph.bytes, err));
    for (int64_t i = 0; i < o->count; i++) {
        const array *a = &o->arrays[i];
        ak_proto field = { 0 };
        ak_proto_head(&field, GRAPH_ARRAY, a->head.bytes + a->bytes);
        akin_status status = field.failed ? ak_no_memory(err, "for the graph of an ONNX model")
                                          : akin_writer_write(w, field.data, (size_t)field.bytes, err);
        ak_proto_free(&field);
        if (!status) status = akin_writer_write(w, a->head.data, (size_t)a->head.bytes, err);
        if (!status) status = akin_writer_write(w, a->data, (size_t)a->bytes, err);
        if (status) return status;
    }
    return akin_writer_write(w, o->notes.data, (size_t)o->notes.bytes, err);
}

/* The bytes of the arrays as fields of the graph. */
static int64_t arrays_bytes(ak_onnx *o)
{
    int64_t bytes = 0;
    for (int64_t i = 0; i < o->count; i++) {
        ak_proto field = { 0 };
        const array *a = &o->arrays[i];
        ak_proto_head(&field, GRAPH_ARRAY, a->head.bytes + a->bytes);
        bytes += field.bytes + a->head.bytes + a->bytes;
        o->failed = o->failed || field.failed || a->head.failed;
        ak_proto_free(&field);
    }
    return bytes;
}

akin_status ak_onnx_save(ak_onnx *o, const char *path, int opset, akin_error *err)
{
    ak_proto_text(&o->graph, GRAPH_NAME, "encoder");
    const int64_t graph = o->graph.bytes + arrays_bytes(o);
    ak_proto head = head_of_model(opset, graph);
    akin_writer *w = NULL;
    akin_status status = AKIN_OK;
    const int64_t bytes = head.bytes + graph + o->notes.bytes;
    if (o->failed || o->graph.failed || o->notes.failed || head.failed)
        status = ak_no_memory(err, "for the graph of an ONNX model");
    else if (bytes > INT32_MAX)
        status =
            ak_fail(err, AKIN_ERR_UNSUPPORTED,
                    "an ONNX file holds at most 2147483647 bytes, and this model takes %lld; export it with "
                    "--format safetensors",
                    (long long)bytes);
    if (!status) status = akin_writer_open(path, &w, err);
    if (!status) {
        status = write_all(w, o, &head, err);
        if (status)
            akin_writer_abort(w);
        else
            status = akin_writer_commit(w, err);
    }
    ak_proto_free(&head);
    return status;
}
