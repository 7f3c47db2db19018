/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/runtime.c - onnxruntime by its C API, from a library that is opened when the first model is.
 *
 * The API is a table of functions that only grows, so the header may be newer or older than the library: a
 * version is asked for by its number, and API is the oldest that has all that is used here. The library is
 * never closed again: its threads and its static objects outlive a model.
 *
 * Silence. onnxruntime logs to standard error; all of it goes to a function that drops it. What failed is in
 * the status, whose first line becomes part of the sentence. */
#include "onnx/runtime.h"

#include <dlfcn.h>
#include <onnxruntime_c_api.h>
#include <stdio.h>
#include <string.h>

enum { API = 12 };

struct ak_runtime {
    const OrtApi *api;
    const char *version;
    OrtEnv *env;
    OrtSession *session;
    OrtAllocator *allocator; /* the library's own */
    OrtMemoryInfo *memory;
    OrtValue *result;        /* of the last run */
    ak_runtime_value *value; /* inputs, then outputs; names are owned */
    int inputs, outputs;
};

/* The library ------------------------------------------------------------------------------------ */

/* Under the name that upstream gives it, then the one that it had where akin was built: Debian's soname has
 * two numbers. */
static void *open_library(char why[256])
{
    const char *named = getenv("AKIN_ONNXRUNTIME");
    const char *const names[] = { named && *named ? named : "libonnxruntime.so.1", ONNX_SONAME };
    void *library = NULL;
    for (int i = 0; i < (named && *named ? 1 : 2) && !library; i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        const char *reason = library ? NULL : dlerror();
        if (reason) snprintf(why, 256, "%s", reason);
    }
    return library;
}

static akin_status load(ak_runtime *r, akin_error *err)
{
    char why[256] = "";
    const OrtApiBase *(*base)(void) = NULL;
    void *library = open_library(why), *symbol = library ? dlsym(library, "OrtGetApiBase") : NULL;
    if (!library && (strstr(why, "failed to map segment") || strstr(why, "cannot allocate memory")))
        return ak_no_memory(err, "to open onnxruntime: %s", why);
    if (!library)
        return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                       "onnxruntime is not there (%s); install it (Debian 13: libonnxruntime1.21), or set "
                       "AKIN_ONNXRUNTIME to its library, such as that in the Python package onnxruntime",
                       why);
    memcpy(&base, &symbol, sizeof base); /* ISO C knows no cast from data to functions */
    if (base) r->version = base()->GetVersionString();
    if (base) r->api = base()->GetApi(API);
    if (r->api) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                   "the library that was opened is %s%s; onnxruntime 1.%d or newer is needed",
                   base ? "onnxruntime " : "no onnxruntime", base ? r->version : "", API);
}

static void drop(void *param, OrtLoggingLevel severity, const char *category, const char *id,
                 const char *where, const char *message)
{
    (void)param;
    (void)severity;
    (void)category;
    (void)id;
    (void)where;
    (void)message;
}

/* Failures --------------------------------------------------------------------------------------- */

/* The first line of a message, without the name of the file, which the sentence has. */
static void first_line(const char *message, char line[320])
{
    const char *behind = strncmp(message, "Load model from ", 16) == 0 ? strstr(message, " failed:") : NULL;
    if (behind) message = behind + 8;
    behind =
        strstr(message, " was false. "); /* of a check in its source, whose place and formula stand before */
    if (behind) message = behind + 12;
    snprintf(line, 320, "%.300s", message);
    line[strcspn(line, "\r\n")] = 0;
}

static bool is_memory(const char *message)
{
    return strstr(message, "bad_alloc") || strstr(message, "Failed to allocate") ||
           strstr(message, "allocation failed") || strstr(message, "Cannot allocate memory");
}

/* AKIN_OK where s is NULL; else s is freed, and the sentence is "WHAT: reason". */
static akin_status check(const ak_runtime *r, OrtStatus *s, akin_status otherwise, const char *what,
                         akin_error *err)
{
    if (!s) return AKIN_OK;
    char line[320];
    const OrtErrorCode code = r->api->GetErrorCode(s);
    const bool memory = is_memory(r->api->GetErrorMessage(s));
    first_line(r->api->GetErrorMessage(s), line);
    r->api->ReleaseStatus(s);
    if (memory) return ak_no_memory(err, "for onnxruntime: %s", line);
    if (code == ORT_NOT_IMPLEMENTED) otherwise = AKIN_ERR_UNSUPPORTED;
    return ak_fail(err, otherwise, "%s: %s", what, line);
}

/* Inputs and outputs ----------------------------------------------------------------------------- */

static const struct {
    ONNXTensorElementDataType from;
    ak_runtime_type type;
    const char *name;
} TYPES[] = {
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, AK_RUNTIME_FLOAT, "float32" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE, AK_RUNTIME_DOUBLE, "float64" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16, AK_RUNTIME_HALF, "float16" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8, AK_RUNTIME_UINT8, "uint8" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, AK_RUNTIME_INT64, "int64" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16, AK_RUNTIME_OTHER, "bfloat16" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32, AK_RUNTIME_OTHER, "int32" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, AK_RUNTIME_OTHER, "int8" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL, AK_RUNTIME_OTHER, "bool" },
    { ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, AK_RUNTIME_OTHER, "string" },
};

static akin_status read_array(const ak_runtime *r, const OrtTensorTypeAndShapeInfo *info, ak_runtime_value *v,
                              akin_error *err)
{
    static const char WHAT[] = "onnxruntime does not tell a shape";
    ONNXTensorElementDataType type;
    size_t dims = 0;
    AK_TRY(check(r, r->api->GetTensorElementType(info, &type), AKIN_ERR_FORMAT, WHAT, err));
    AK_TRY(check(r, r->api->GetDimensionsCount(info, &dims), AKIN_ERR_FORMAT, WHAT, err));
    v->type = AK_RUNTIME_OTHER;
    v->type_name = "another type";
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (TYPES[i].from == type) v->type = TYPES[i].type, v->type_name = TYPES[i].name;
    v->dims = dims <= AK_RUNTIME_DIMS ? (int)dims : -1;
    if (v->dims <= 0) return AKIN_OK;
    return check(r, r->api->GetDimensions(info, v->dim, dims), AKIN_ERR_FORMAT, WHAT, err);
}

static akin_status read_type(const ak_runtime *r, const OrtTypeInfo *info, ak_runtime_value *v,
                             akin_error *err)
{
    const OrtTensorTypeAndShapeInfo *array = NULL; /* borrowed from info */
    v->dims = -1;
    v->type_name = "no array";
    AK_TRY(check(r, r->api->CastTypeInfoToTensorInfo(info, &array), AKIN_ERR_FORMAT,
                 "onnxruntime does not tell a type", err));
    return array ? read_array(r, array, v, err) : AKIN_OK;
}

static akin_status read_value(const ak_runtime *r, bool output, size_t i, ak_runtime_value *v,
                              akin_error *err)
{
    static const char WHAT[] = "onnxruntime does not tell an input or output";
    OrtTypeInfo *info = NULL;
    char *name = NULL;
    AK_TRY(check(r,
                 output ? r->api->SessionGetOutputName(r->session, i, r->allocator, &name)
                        : r->api->SessionGetInputName(r->session, i, r->allocator, &name),
                 AKIN_ERR_FORMAT, WHAT, err));
    v->name = strdup(name);
    akin_status status = check(r, r->api->AllocatorFree(r->allocator, name), AKIN_ERR_INTERNAL, WHAT, err);
    if (!status && !v->name) status = ak_no_memory(err, "for the name of an output");
    if (!status)
        status = check(r,
                       output ? r->api->SessionGetOutputTypeInfo(r->session, i, &info)
                              : r->api->SessionGetInputTypeInfo(r->session, i, &info),
                       AKIN_ERR_FORMAT, WHAT, err);
    if (!status) status = read_type(r, info, v, err);
    if (info) r->api->ReleaseTypeInfo(info);
    return status;
}

static akin_status read_values(ak_runtime *r, akin_error *err)
{
    static const char WHAT[] = "onnxruntime does not tell the inputs and outputs";
    size_t inputs = 0, outputs = 0;
    AK_TRY(check(r, r->api->SessionGetInputCount(r->session, &inputs), AKIN_ERR_FORMAT, WHAT, err));
    AK_TRY(check(r, r->api->SessionGetOutputCount(r->session, &outputs), AKIN_ERR_FORMAT, WHAT, err));
    r->value = ak_alloc(sizeof *r->value, (int64_t)(inputs + outputs) + 1, 1);
    if (!r->value) return ak_no_memory(err, "for the inputs and outputs of a model");
    r->inputs = (int)inputs;
    r->outputs = (int)outputs;
    for (size_t i = 0; i < inputs + outputs; i++)
        AK_TRY(read_value(r, i >= inputs, i < inputs ? i : i - inputs, &r->value[i], err));
    return AKIN_OK;
}

/* Loading ---------------------------------------------------------------------------------------- */

static akin_status set_options(const ak_runtime *r, OrtSessionOptions *o, int threads, akin_error *err)
{
    static const char WHAT[] = "onnxruntime refuses an option";
    AK_TRY(check(r, r->api->SetIntraOpNumThreads(o, threads), AKIN_ERR_INTERNAL, WHAT, err));
    AK_TRY(check(r, r->api->SetInterOpNumThreads(o, 1), AKIN_ERR_INTERNAL, WHAT, err));
    AK_TRY(check(r, r->api->SetSessionLogSeverityLevel(o, ORT_LOGGING_LEVEL_FATAL), AKIN_ERR_INTERNAL, WHAT,
                 err));
    /* Threads that wait do so asleep: akin's own make the next batch meanwhile. */
    return check(r, r->api->AddSessionConfigEntry(o, "session.intra_op.allow_spinning", "0"),
                 AKIN_ERR_INTERNAL, WHAT, err);
}

static akin_status make_session(ak_runtime *r, const char *path, int threads, akin_error *err)
{
    static const char WHAT[] = "onnxruntime cannot begin";
    OrtSessionOptions *options = NULL;
    char what[512];
    AK_TRY(check(r, r->api->CreateEnvWithCustomLogger(drop, NULL, ORT_LOGGING_LEVEL_FATAL, "akin", &r->env),
                 AKIN_ERR_INTERNAL, WHAT, err));
    AK_TRY(check(r, r->api->GetAllocatorWithDefaultOptions(&r->allocator), AKIN_ERR_INTERNAL, WHAT, err));
    AK_TRY(check(r, r->api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &r->memory),
                 AKIN_ERR_INTERNAL, WHAT, err));
    AK_TRY(check(r, r->api->CreateSessionOptions(&options), AKIN_ERR_INTERNAL, WHAT, err));
    akin_status status = set_options(r, options, threads, err);
    snprintf(what, sizeof what, "'%.300s' is no ONNX model that onnxruntime %s can load", path, r->version);
    if (!status)
        status =
            check(r, r->api->CreateSession(r->env, path, options, &r->session), AKIN_ERR_FORMAT, what, err);
    r->api->ReleaseSessionOptions(options);
    return status;
}

akin_status ak_runtime_open(const char *path, int threads, ak_runtime **out, akin_error *err)
{
    char head[1];
    size_t got;
    AK_TRY(ak_file_head(path, head, sizeof head, &got, err));
    ak_runtime *r = calloc(1, sizeof *r);
    if (!r) return ak_no_memory(err, "for an ONNX model");
    akin_status status = load(r, err);
    if (!status) status = make_session(r, path, threads, err);
    if (!status) status = read_values(r, err);
    if (status)
        ak_runtime_free(r);
    else
        *out = r;
    return status;
}

void ak_runtime_free(ak_runtime *r)
{
    if (!r) return;
    for (int i = 0; r->value && i < r->inputs + r->outputs; i++) free((char *)(uintptr_t)r->value[i].name);
    free(r->value);
    if (r->result) r->api->ReleaseValue(r->result);
    if (r->memory) r->api->ReleaseMemoryInfo(r->memory);
    if (r->session) r->api->ReleaseSession(r->session);
    if (r->env) r->api->ReleaseEnv(r->env);
    free(r);
}

const char *ak_runtime_version(const ak_runtime *r) { return r->version; }

const ak_runtime_value *ak_runtime_input(const ak_runtime *r, int i)
{
    return i >= 0 && i < r->inputs ? &r->value[i] : NULL;
}

const ak_runtime_value *ak_runtime_output(const ak_runtime *r, int i)
{
    return i >= 0 && i < r->outputs ? &r->value[r->inputs + i] : NULL;
}

akin_status ak_runtime_note(const ak_runtime *r, const char *key, char **out, akin_error *err)
{
    static const char WHAT[] = "onnxruntime does not tell the metadata";
    OrtModelMetadata *notes = NULL;
    char *text = NULL;
    *out = NULL;
    AK_TRY(check(r, r->api->SessionGetModelMetadata(r->session, &notes), AKIN_ERR_FORMAT, WHAT, err));
    akin_status status =
        check(r, r->api->ModelMetadataLookupCustomMetadataMap(notes, r->allocator, key, &text),
              AKIN_ERR_FORMAT, WHAT, err);
    if (text) {
        *out = strdup(text);
        const akin_status freed =
            check(r, r->api->AllocatorFree(r->allocator, text), AKIN_ERR_INTERNAL, WHAT, err);
        if (!status) status = *out ? freed : ak_no_memory(err, "for the metadata of a model");
    }
    r->api->ReleaseModelMetadata(notes);
    return status;
}

/* Running ---------------------------------------------------------------------------------------- */

static akin_status wrap(const ak_runtime *r, const ak_runtime_value *in, OrtValue **out, akin_error *err)
{
    static const unsigned char BYTES[] = { 0, 4, 8, 2, 1, 8 }; /* of each ak_runtime_type */
    size_t bytes = BYTES[in->type];
    ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
    for (size_t i = sizeof TYPES / sizeof *TYPES; i-- > 0;)
        if (TYPES[i].type == in->type) type = TYPES[i].from;
    for (int i = 0; i < in->dims; i++) bytes *= (size_t)in->dim[i];
    return check(r,
                 r->api->CreateTensorWithDataAsOrtValue(r->memory, (void *)(uintptr_t)in->data, bytes,
                                                        in->dim, (size_t)in->dims, type, out),
                 AKIN_ERR_INTERNAL, "onnxruntime refuses an array", err);
}

static akin_status read_result(const ak_runtime *r, ak_runtime_value *out, akin_error *err)
{
    static const char WHAT[] = "onnxruntime does not tell an output";
    OrtTensorTypeAndShapeInfo *info = NULL;
    void *data = NULL;
    AK_TRY(check(r, r->api->GetTensorTypeAndShape(r->result, &info), AKIN_ERR_INPUT, WHAT, err));
    akin_status status = read_array(r, info, out, err);
    r->api->ReleaseTensorTypeAndShapeInfo(info);
    if (!status) status = check(r, r->api->GetTensorMutableData(r->result, &data), AKIN_ERR_INPUT, WHAT, err);
    out->data = data;
    return status;
}

akin_status ak_runtime_run(ak_runtime *r, const ak_runtime_value *in, int output, ak_runtime_value *out,
                           akin_error *err)
{
    const char *const from = r->value[0].name, *const to = r->value[r->inputs + output].name;
    OrtValue *array = NULL;
    if (r->result) r->api->ReleaseValue(r->result);
    r->result = NULL;
    AK_TRY(wrap(r, in, &array, err));
    const OrtValue *const given = array;
    akin_status status = check(r, r->api->Run(r->session, NULL, &from, &given, 1, &to, 1, &r->result),
                               AKIN_ERR_INPUT, "the model refuses a batch", err);
    r->api->ReleaseValue(array);
    *out = (ak_runtime_value){ .name = to };
    return status ? status : read_result(r, out, err);
}
