/* SPDX-License-Identifier: Apache-2.0 */
/* files/tensor_file.c - read a safetensors file of anybody (see tensor_file.h).
 *
 * Layout: 8 bytes little-endian header length; JSON header; the tensors' bytes. The order of the names in the
 * header need not be that of the bytes, so places are sorted before they are held against each other. */
#include "files/tensor_file.h"

#include "akin/tool/json.h"

#include "base/path.h"
#include "files/npy.h"
#include "files/safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

static const size_t MAX_HEADER = (size_t)100 << 20; /* of the format */
enum { MAX_TENSORS = 65536 };

struct ak_tensor_file {
    char *path, *file;
    akin_json *header; /* names are borrowed from it */
    const unsigned char *data;
    size_t bytes, data_bytes;
    ak_tensor_in *tensor;
    int64_t count;
};

void ak_tensor_file_free(ak_tensor_file *f)
{
    if (!f) return;
    akin_json_free(f->header);
    free(f->tensor);
    free(f->file);
    free(f->path);
    free(f);
}

const char *ak_shape_text(int ndim, const int64_t *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < ndim && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRId64, i ? ", " : "", shape[i]);
    if (used < size) snprintf(text + used, size - used, "]");
    return text;
}

/* What it is ------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Files that people have, and that are none of these. */
static akin_status refuse_others(const char *path, const unsigned char *b, size_t n, akin_error *err)
{
    const bool zip = n >= 4 && memcmp(b, "PK\3\4", 4) == 0, pickle = n >= 2 && b[0] == 0x80 && b[1] <= 5;
    const bool named = ends_with(path, ".pth") || ends_with(path, ".pt") || ends_with(path, ".bin");
    const bool header = n > 8 && b[8] == '{';
    if (zip || pickle || (named && !header))
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' is a pickle of PyTorch, and to read one runs what it holds; convert it once: "
            "python3 -c \"import torch, safetensors.torch as s; w = torch.load('%s', "
            "map_location='cpu', weights_only=True); s.save_file({k: v.clone().contiguous() for k, v "
            "in w.items()}, 'weights.safetensors')\"",
            path, ak_path_base(path));
    if (ends_with(path, ".onnx") && !header)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' is a graph of ONNX, which is written and not read; weights are read from safetensors "
            "files",
            path);
    if (n < 10 || !header)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' is no safetensors file: %s; it must begin with the length of a JSON header",
                       path, n < 10 ? "it has fewer than 10 bytes" : "its byte 8 is not '{'");
    return AKIN_OK;
}

/* Header ----------------------------------------------------------------------------------------- */

static int64_t bytes_of(const char *dtype)
{
    static const struct {
        const char *name;
        int bytes;
    } TYPES[] = { { "F32", 4 }, { "F16", 2 }, { "BF16", 2 }, { "F64", 8 },     { "I64", 8 },
                  { "I32", 4 }, { "I16", 2 }, { "I8", 1 },   { "U8", 1 },      { "U16", 2 },
                  { "U32", 4 }, { "U64", 8 }, { "BOOL", 1 }, { "F8_E4M3", 1 }, { "F8_E5M2", 1 } };
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (dtype && strcmp(TYPES[i].name, dtype) == 0) return TYPES[i].bytes;
    return 0;
}

/* False when the entry is none, or its shape and its bytes differ. */
static bool read_entry(const akin_json *entry, size_t limit, ak_tensor_in *t)
{
    const akin_json *offsets = akin_json_get(entry, "data_offsets"), *shape = akin_json_get(entry, "shape");
    t->dtype = akin_json_get_text(entry, "dtype");
    const uint64_t item = (uint64_t)bytes_of(t->dtype);
    if (!item || akin_json_length(offsets) != 2 || !akin_json_is_array(shape) ||
        akin_json_length(shape) > AKIN_MAX_DIMS || !akin_json_is_int(akin_json_at(offsets, 0)) ||
        !akin_json_is_int(akin_json_at(offsets, 1)))
        return false;
    uint64_t count = 1;
    t->ndim = (int)akin_json_length(shape);
    for (int i = 0; i < t->ndim; i++) {
        const akin_json *side = akin_json_at(shape, (size_t)i);
        const int64_t dim = akin_json_as_int(side);
        if (!akin_json_is_int(side) || dim < 0 || (dim > 0 && count > limit / (uint64_t)dim)) return false;
        count *= (uint64_t)dim;
        t->shape[i] = dim;
    }
    const int64_t a = akin_json_as_int(akin_json_at(offsets, 0));
    const int64_t b = akin_json_as_int(akin_json_at(offsets, 1));
    if (a < 0 || b < a || (uint64_t)b > limit || (uint64_t)(b - a) != count * item) return false;
    t->begin = (size_t)a;
    t->end = (size_t)b;
    t->count = (int64_t)count;
    return true;
}

static akin_status check_sum(const ak_tensor_file *f, const ak_tensor_in *t, akin_error *err)
{
    char key[256], sum[17];
    snprintf(key, sizeof key, "xxh64.%s", t->name);
    const char *want = akin_json_get_text(akin_json_get(f->header, "__metadata__"), key);
    if (!want) return AKIN_OK;
    snprintf(sum, sizeof sum, "%016" PRIx64, XXH64(f->data + t->begin, t->end - t->begin, 0));
    if (strcmp(want, sum) == 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: tensor '%s' has the check sum %s, expected %s",
                   f->path, t->name, sum, want);
}

static akin_status list_tensors(ak_tensor_file *f, akin_error *err)
{
    const char *name;
    akin_json *entry;
    const size_t keys = akin_json_keys(f->header);
    if (keys > MAX_TENSORS)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has %zu tensors; at most %d are read", f->path, keys,
                       MAX_TENSORS);
    f->tensor = calloc(keys + 1, sizeof *f->tensor);
    if (!f->tensor) return ak_no_memory(err, "for the tensors of '%s'", f->path);
    AKIN_JSON_EACH(f->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) continue;
        ak_tensor_in *t = &f->tensor[f->count++];
        t->name = name;
        if (!read_entry(entry, f->data_bytes, t))
            return ak_fail(
                err, AKIN_ERR_FORMAT,
                "'%s' is damaged: tensor '%.200s' has no valid type, shape and place in its %zu bytes",
                f->path, name, f->data_bytes);
        AK_TRY(check_sum(f, t, err));
    }
    return AKIN_OK;
}

static int by_place(const void *a, const void *b)
{
    const ak_tensor_in *const *x = a, *const *y = b;
    if ((*x)->begin != (*y)->begin) return (*x)->begin < (*y)->begin ? -1 : 1;
    return (*x)->end < (*y)->end ? -1 : (*x)->end > (*y)->end;
}

/* No byte belongs to two tensors, or to none. */
static akin_status check_places(const ak_tensor_file *f, akin_error *err)
{
    const ak_tensor_in **order = calloc((size_t)f->count + 1, sizeof *order);
    if (!order) return ak_no_memory(err, "for the tensors of '%s'", f->path);
    for (int64_t i = 0; i < f->count; i++) order[i] = &f->tensor[i];
    qsort(order, (size_t)f->count, sizeof *order, by_place);
    size_t at = 0;
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < f->count && !status; at = order[i++]->end)
        if (order[i]->begin != at)
            status =
                ak_fail(err, AKIN_ERR_FORMAT,
                        "'%s' is damaged: tensor '%.200s' begins at byte %zu, and the one before it ends at "
                        "%zu",
                        f->path, order[i]->name, order[i]->begin, at);
    free(order);
    if (!status && at != f->data_bytes)
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: %zu bytes of tensors, expected %zu", f->path,
                         f->data_bytes, at);
    return status;
}

static akin_status parse(ak_tensor_file *f, akin_error *err)
{
    const unsigned char *b = (const unsigned char *)f->file;
    akin_error why = { .message = "it is another value" };
    AK_TRY(refuse_others(f->path, b, f->bytes, err));
    uint64_t length = 0;
    for (int i = 0; i < 8; i++) length |= (uint64_t)b[i] << (8 * i);
    if (length > MAX_HEADER || length > f->bytes - 8)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is damaged: it has %zu bytes, and says that its header takes %" PRIu64
                       " of them",
                       f->path, f->bytes, length);
    const akin_status status =
        akin_json_parse(f->file + 8, length, "header", AKIN_JSON_UNIQUE, &f->header, &why);
    if (status == AKIN_ERR_NOMEM) return ak_no_memory(err, "for the header of '%s'", f->path);
    if (!akin_json_is_object(f->header))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: its header is no JSON object (%s)", f->path,
                       why.message);
    if (akin_json_get_text(akin_json_get(f->header, "__metadata__"), "xxh64"))
        AK_TRY(ak_safetensors_check_header(f->file + 8, length, f->path, err));
    f->data = b + 8 + length;
    f->data_bytes = f->bytes - 8 - length;
    AK_TRY(list_tensors(f, err));
    return check_places(f, err);
}

akin_status ak_tensor_file_open(const char *path, ak_tensor_file **out, akin_error *err)
{
    ak_tensor_file *f = calloc(1, sizeof *f);
    if (f) f->path = strdup(path);
    akin_status status = f && f->path ? AKIN_OK : ak_no_memory(err, "to read '%s'", path);
    if (!status) status = akin_file_load(path, SIZE_MAX - 1, &f->file, &f->bytes, err);
    if (!status) status = parse(f, err);
    if (status)
        ak_tensor_file_free(f);
    else
        *out = f;
    return status;
}

/* Questions -------------------------------------------------------------------------------------- */

const ak_tensor_in *ak_tensor_file_at(const ak_tensor_file *f, int64_t i)
{
    return i >= 0 && i < f->count ? &f->tensor[i] : NULL;
}

const ak_tensor_in *ak_tensor_file_find(const ak_tensor_file *f, const char *name)
{
    for (int64_t i = 0; i < f->count; i++)
        if (strcmp(f->tensor[i].name, name) == 0) return &f->tensor[i];
    return NULL;
}

const char *ak_tensor_file_path(const ak_tensor_file *f) { return f->path; }

const char *ak_tensor_file_metadata(const ak_tensor_file *f, const char *key)
{
    return akin_json_get_text(akin_json_get(f->header, "__metadata__"), key);
}

uint64_t ak_tensor_file_sum(const ak_tensor_file *f) { return XXH64(f->file, f->bytes, 0); }

static bool convert(const char *dtype, const unsigned char *from, int64_t n, float *to)
{
    const bool bf16 = strcmp(dtype, "BF16") == 0;
    for (int64_t i = 0; i < n; i++) {
        uint16_t half;
        double wide;
        if (strcmp(dtype, "F64") == 0) {
            memcpy(&wide, from + 8 * i, sizeof wide);
            to[i] = (float)wide;
        } else if (bf16 || strcmp(dtype, "F16") == 0) {
            memcpy(&half, from + 2 * i, sizeof half);
            const uint32_t bits = (uint32_t)half << 16;
            if (bf16)
                memcpy(&to[i], &bits, sizeof bits);
            else
                to[i] = ak_half_to_float(half);
        } else {
            return false;
        }
    }
    return true;
}

akin_status ak_tensor_file_read(const ak_tensor_file *f, const ak_tensor_in *t, float *to, akin_error *err)
{
    if (strcmp(t->dtype, "F32") == 0)
        memcpy(to, f->data + t->begin, t->end - t->begin);
    else if (!convert(t->dtype, f->data + t->begin, t->count, to))
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s': tensor '%s' is of type %s; F64, F32, F16 and BF16 are read", f->path, t->name,
                       t->dtype);
    for (int64_t i = 0; i < t->count; i++)
        if (!isfinite(to[i]))
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s' is damaged: value %" PRId64 " of tensor '%s' is not finite", f->path, i,
                           t->name);
    return AKIN_OK;
}

akin_status ak_tensor_file_read_whole(const ak_tensor_file *f, const ak_tensor_in *t, int64_t *to,
                                      akin_error *err)
{
    const unsigned char *from = f->data + t->begin;
    const bool wide = strcmp(t->dtype, "I64") == 0, word = strcmp(t->dtype, "I32") == 0,
               byte = strcmp(t->dtype, "I8") == 0;
    if (!wide && !word && !byte && strcmp(t->dtype, "U8") != 0)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s': tensor '%s' is of type %s; I64, I32, I8 and U8 are read",
                       f->path, t->name, t->dtype);
    for (int64_t i = 0; i < t->count; i++) {
        int32_t four;
        if (wide) {
            memcpy(&to[i], from + 8 * i, sizeof to[i]);
        } else if (word) {
            memcpy(&four, from + 4 * i, sizeof four);
            to[i] = four;
        } else {
            to[i] = byte ? (int8_t)from[i] : from[i];
        }
    }
    return AKIN_OK;
}
