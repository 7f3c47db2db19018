/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_tensor_file.c - a safetensors file that anybody may have written, as it is and with its sums put
 * right: each byte behind the header belongs to one tensor, and what is read is finite. */
#include "files/tensor_file.h"
#include "fuzz_sums.h"

/* Bytes of one item; 0: of a type that is not read. */
static int64_t read_bytes(const char *dtype)
{
    if (strcmp(dtype, "F64") == 0) return 8;
    if (strcmp(dtype, "F32") == 0) return 4;
    return strcmp(dtype, "F16") == 0 || strcmp(dtype, "BF16") == 0 ? 2 : 0;
}

static void see_values(const ak_tensor_file *f, const ak_tensor_in *t)
{
    akin_error err;
    float *to = malloc((size_t)t->count * sizeof *to + 1);
    FZ_CHECK(to);
    if (fz_said(ak_tensor_file_read(f, t, to, &err), &err)) {
        FZ_CHECK(read_bytes(t->dtype) == 0 || (size_t)(t->count * read_bytes(t->dtype)) == t->end - t->begin);
        FZ_CHECK(read_bytes(t->dtype) > 0 && ak_all_finite(to, t->count));
    }
    free(to);
}

static void load(const uint8_t *data, size_t n)
{
    akin_error err;
    ak_tensor_file *f = NULL;
    const ak_tensor_in *t;
    size_t bytes = 0;
    if (!fz_said(ak_tensor_file_open(fz_file("t.safetensors", data, n), &f, &err), &err)) {
        FZ_CHECK(f == NULL);
        return;
    }
    for (int64_t i = 0; (t = ak_tensor_file_at(f, i)) != NULL; i++) {
        char text[96];
        int64_t count = 1;
        for (int k = 0; k < t->ndim; k++) count *= t->shape[k];
        FZ_CHECK(t->name && t->begin <= t->end && t->end <= n && t->count == count && count >= 0);
        FZ_CHECK(ak_tensor_file_find(f, t->name) == t);
        FZ_CHECK(strlen(ak_shape_text(t->ndim, t->shape, text, sizeof text)) < sizeof text);
        bytes += t->end - t->begin;
        see_values(f, t);
    }
    uint64_t header = 0;
    for (int i = 0; i < 8; i++) header |= (uint64_t)data[i] << 8 * i;
    FZ_CHECK(bytes + header + 8 == n);
    const char *text = ak_tensor_file_metadata(f, "format");
    fz_seen += text ? (unsigned)strlen(text) : 0;
    FZ_CHECK(ak_tensor_file_sum(f) == XXH64(data, n, 0));
    ak_tensor_file_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load(data, size);
    uint8_t *copy = (uint8_t *)fz_text(data, size);
    fz_mend_safetensors(copy, size);
    if (memcmp(copy, data, size) != 0) load(copy, size);
    free(copy);
    return 0;
}
