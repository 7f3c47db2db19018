/* SPDX-License-Identifier: Apache-2.0 */
/* onnx/runtime_absent.c - stands for runtime.c where the header of onnxruntime was not found: no model can be
 * loaded, and no other function is ever called with one. */
#include "onnx/runtime.h"

akin_status ak_runtime_open(const char *path, int threads, ak_runtime **out, akin_error *err)
{
    (void)path;
    (void)threads;
    (void)out;
    return akin_build_need("onnxruntime", err);
}

void ak_runtime_free(ak_runtime *r) { (void)r; }

const char *ak_runtime_version(const ak_runtime *r)
{
    (void)r;
    return "";
}

const ak_runtime_value *ak_runtime_input(const ak_runtime *r, int i)
{
    (void)r;
    (void)i;
    return NULL;
}

const ak_runtime_value *ak_runtime_output(const ak_runtime *r, int i) { return ak_runtime_input(r, i); }

akin_status ak_runtime_note(const ak_runtime *r, const char *key, char **out, akin_error *err)
{
    (void)r;
    (void)key;
    (void)out;
    return akin_build_need("onnxruntime", err);
}

akin_status ak_runtime_run(ak_runtime *r, const ak_runtime_value *in, int output, ak_runtime_value *out,
                           akin_error *err)
{
    (void)r;
    (void)in;
    (void)output;
    (void)out;
    return akin_build_need("onnxruntime", err);
}
