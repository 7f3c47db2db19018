/* SPDX-License-Identifier: Apache-2.0 */
/* files/safetensors.c - write and read safetensors files with check sums (see safetensors.h).
 *
 * Layout: 8 bytes little-endian header length; JSON header, padded with spaces to a multiple of 8; the tensors'
 * bytes, little-endian, row-major, in the order of the header, without holes. */
#include "files/safetensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <xxhash.h>

static const size_t MAX_HEADER = (size_t)16 << 20;
static const char SUM_KEY[] = "\"xxh64\": \"";
enum { MAX_TENSORS = 65536, SUM_DIGITS = 16 };

static void hex(uint64_t sum, char text[SUM_DIGITS + 1])
{
    snprintf(text, SUM_DIGITS + 1, "%016" PRIx64, sum);
}

static int64_t count_of(const ak_tensor_out *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->ndim; i++) n *= t->shape[i];
    return n;
}

/* The place of the header's own sum: sixteen characters after SUM_KEY; NULL when there is none. */
static char *own_sum(char *header)
{
    char *at = strstr(header, SUM_KEY);
    return at && strlen(at) > sizeof SUM_KEY - 1 + SUM_DIGITS ? at + sizeof SUM_KEY - 1 : NULL;
}

static json_t *header_of(const ak_tensor_out *tensors, int count, const ak_text_pair *pairs, int pair_count)
{
    json_t *root = json_object(), *meta = json_object();
    /* First in the file, so that no text of the caller's can be taken for it. */
    json_object_set_new(meta, "xxh64", json_string("0000000000000000"));
    json_object_set_new(root, "__metadata__", meta);
    for (int i = 0; i < pair_count; i++) json_object_set_new(meta, pairs[i].key, json_string(pairs[i].value));
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        const ak_tensor_out *t = &tensors[i];
        const int64_t bytes = count_of(t) * (int64_t)sizeof(float);
        char key[256], sum[SUM_DIGITS + 1];
        snprintf(key, sizeof key, "xxh64.%s", t->name);
        hex(XXH64(t->data, (size_t)bytes, 0), sum);
        json_object_set_new(meta, key, json_string(sum));
        json_t *shape = json_array();
        for (int d = 0; d < t->ndim; d++) json_array_append_new(shape, json_integer(t->shape[d]));
        json_object_set_new(root, t->name,
                            json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
                                      (json_int_t)offset, (json_int_t)(offset + bytes)));
        offset += bytes;
    }
    return root;
}

static akin_status write_all(akin_writer *w, const char *header, const ak_tensor_out *tensors, int count,
                             akin_error *err)
{
    const uint64_t length = strlen(header);
    unsigned char prefix[8];
    for (int i = 0; i < 8; i++) prefix[i] = (unsigned char)(length >> (8 * i));
    AK_TRY(akin_writer_write(w, prefix, sizeof prefix, err));
    AK_TRY(akin_writer_write(w, header, length, err));
    for (int i = 0; i < count; i++)
        AK_TRY(akin_writer_write(w, tensors[i].data, (size_t)count_of(&tensors[i]) * sizeof(float), err));
    return AKIN_OK;
}

akin_status ak_safetensors_save(const char *path, const ak_tensor_out *tensors, int count,
                                const ak_text_pair *pairs, int pair_count, akin_error *err)
{
    json_t *root = header_of(tensors, count, pairs, pair_count);
    char *text = json_dumps(root, 0), *header = NULL;
    json_decref(root);
    if (text) {
        const size_t length = strlen(text), padded = (length + 7) & ~(size_t)7;
        header = malloc(padded + 1);
        if (header) {
            memcpy(header, text, length);
            memset(header + length, ' ', padded - length);
            header[padded] = 0;
        }
    }
    free(text);
    if (!header) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the header of '%s'", path);
    char sum[SUM_DIGITS + 1];
    hex(XXH64(header, strlen(header), 0), sum);
    memcpy(own_sum(header), sum, SUM_DIGITS);

    akin_writer *w = NULL;
    akin_status status = akin_writer_open(path, &w, err);
    if (!status) {
        status = write_all(w, header, tensors, count, err);
        if (status)
            akin_writer_abort(w);
        else
            status = akin_writer_commit(w, err);
    }
    free(header);
    if (status) return status;

    ak_safetensors *back = NULL;
    status = ak_safetensors_load(path, &back, err);
    ak_safetensors_free(back);
    if (status == AKIN_OK || status == AKIN_ERR_NOMEM) return status;
    unlink(path); /* so that it is not taken for the newest */
    return ak_fail(err, AKIN_ERR_IO, "'%s' was written but %s; the disk may be failing", path,
                   status == AKIN_ERR_FORMAT ? "reads back damaged" : "cannot be read back");
}

struct ak_safetensors {
    char *file;
    json_t *header;
    const unsigned char *data; /* inside file */
    size_t data_bytes;
};

void ak_safetensors_free(ak_safetensors *s)
{
    if (!s) return;
    json_decref(s->header);
    free(s->file);
    free(s);
}

/* Bytes [begin,end) of tensor `entry`, which must start at `expected`; false when anything is off. */
static bool placed(const json_t *entry, size_t expected, size_t limit, size_t *end)
{
    const json_t *offsets = json_object_get(entry, "data_offsets"), *shape = json_object_get(entry, "shape");
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    if (!dtype || strcmp(dtype, "F32") != 0 || json_array_size(offsets) != 2 || !json_is_array(shape) ||
        json_array_size(shape) > AKIN_MAX_DIMS)
        return false;
    uint64_t count = 1;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        const json_int_t dim = json_integer_value(json_array_get(shape, i));
        if (dim < 0 || (dim > 0 && count > limit / (uint64_t)dim)) return false;
        count *= (uint64_t)dim;
    }
    const json_int_t a = json_integer_value(json_array_get(offsets, 0));
    const json_int_t b = json_integer_value(json_array_get(offsets, 1));
    if (a < 0 || (size_t)a != expected || b < a || (size_t)b > limit) return false;
    if ((uint64_t)(b - a) != count * sizeof(float)) return false;
    *end = (size_t)b;
    return true;
}

static akin_status check_tensors(const ak_safetensors *s, const char *path, akin_error *err)
{
    size_t at = 0, tensors = 0;
    const char *name;
    json_t *entry;
    const json_t *meta = json_object_get(s->header, "__metadata__");
    json_object_foreach(s->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) continue;
        const size_t begin = at;
        if (++tensors > MAX_TENSORS || !placed(entry, begin, s->data_bytes, &at))
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s' is damaged: tensor '%s' has no valid place in the file", path, name);
        char key[256], sum[SUM_DIGITS + 1];
        snprintf(key, sizeof key, "xxh64.%s", name);
        hex(XXH64(s->data + begin, at - begin, 0), sum);
        const char *want = json_string_value(json_object_get(meta, key));
        if (!want || strcmp(want, sum) != 0)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s' is damaged: tensor '%s' has the check sum %s, expected %s", path, name, sum,
                           want ? want : "(none)");
    }
    if (at != s->data_bytes)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: %zu bytes of tensors, expected %zu", path,
                       s->data_bytes, at);
    return AKIN_OK;
}

akin_status ak_safetensors_load(const char *path, ak_safetensors **out, akin_error *err)
{
    ak_safetensors *s = calloc(1, sizeof *s);
    if (!s) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    size_t bytes = 0;
    akin_status status = akin_file_load(path, SIZE_MAX - 1, &s->file, &bytes, err);
    if (status) goto done;

    uint64_t length = 0;
    for (int i = 0; i < 8 && bytes >= 8; i++) length |= (uint64_t)(unsigned char)s->file[i] << (8 * i);
    if (bytes < 8 || length > MAX_HEADER || length > bytes - 8) {
        status = ak_fail(err, AKIN_ERR_FORMAT,
                         "'%s' is damaged: %zu bytes, and its header says it takes %" PRIu64 " of them", path,
                         bytes, length);
        goto done;
    }
    char *copy = strndup(s->file + 8, length);
    if (!copy) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the header of '%s'", path);
        goto done;
    }
    char *place = own_sum(copy), want[SUM_DIGITS + 1] = "", sum[SUM_DIGITS + 1] = "?";
    if (place) {
        memcpy(want, place, SUM_DIGITS);
        memset(place, '0', SUM_DIGITS);
        hex(XXH64(copy, length, 0), sum);
    }
    free(copy);
    if (strcmp(want, sum) != 0) {
        status =
            ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: its header does not match its check sum", path);
        goto done;
    }
    json_error_t reason;
    s->header = json_loadb(s->file + 8, length, JSON_REJECT_DUPLICATES, &reason);
    if (!json_is_object(s->header)) {
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: its header is no JSON object (%s)", path,
                         reason.text);
        goto done;
    }
    s->data = (const unsigned char *)s->file + 8 + length;
    s->data_bytes = bytes - 8 - length;
    status = check_tensors(s, path, err);
    if (status) goto done;
    *out = s;
    s = NULL;

done:
    ak_safetensors_free(s);
    return status;
}

const float *ak_safetensors_find(const ak_safetensors *s, const char *name, int64_t count)
{
    const json_t *offsets = json_object_get(json_object_get(s->header, name), "data_offsets");
    const json_int_t a = json_integer_value(json_array_get(offsets, 0));
    const json_int_t b = json_integer_value(json_array_get(offsets, 1));
    if (!offsets || b - a != count * (int64_t)sizeof(float)) return NULL;
    return (const float *)(const void *)(s->data + a); /* the header is padded to 8 bytes: aligned */
}

const char *ak_safetensors_text(const ak_safetensors *s, const char *key)
{
    return json_string_value(json_object_get(json_object_get(s->header, "__metadata__"), key));
}
