/* SPDX-License-Identifier: Apache-2.0 */
/* files/safetensors.c - write and read safetensors files with check sums (see safetensors.h).
 *
 * Layout: 8 bytes little-endian header length; JSON header, padded with spaces to a multiple of 8; the
 * tensors' bytes, little-endian, row-major, in the order of the header, without holes. */
#include "files/safetensors.h"

#include "akin/tool/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* The place of the header's own sum: sixteen characters after SUM_KEY; NULL when there is none. The header
 * has length bytes, and no 0 among them or behind. */
static char *own_sum(char *header, size_t length)
{
    const size_t key = sizeof SUM_KEY - 1;
    for (size_t i = 0; i + key + SUM_DIGITS < length; i++)
        if (memcmp(header + i, SUM_KEY, key) == 0) return header + i + key;
    return NULL;
}

/* Whole before it is put into the header: put() may have no memory, and then there is nothing to add to. */
static akin_json *metadata_of(const ak_tensor_out *tensors, int count, const ak_text_pair *pairs,
                              int pair_count)
{
    akin_json *meta = akin_json_object();
    /* First in the file, so that no text of the caller's can be taken for it. */
    akin_json_put(meta, "xxh64", akin_json_text("0000000000000000"));
    for (int i = 0; i < pair_count; i++) akin_json_put(meta, pairs[i].key, akin_json_text(pairs[i].value));
    for (int i = 0; i < count; i++) {
        const ak_tensor_out *t = &tensors[i];
        char key[256], sum[SUM_DIGITS + 1];
        snprintf(key, sizeof key, "xxh64.%s", t->name);
        hex(XXH64(t->data, (size_t)count_of(t) * sizeof(float), 0), sum);
        akin_json_put(meta, key, akin_json_text(sum));
    }
    return meta;
}

static akin_json *header_of(const ak_tensor_out *tensors, int count, const ak_text_pair *pairs,
                            int pair_count)
{
    akin_json *root = akin_json_object();
    akin_json_put(root, "__metadata__", metadata_of(tensors, count, pairs, pair_count));
    int64_t offset = 0;
    for (int i = 0; i < count; i++) {
        const ak_tensor_out *t = &tensors[i];
        const int64_t bytes = count_of(t) * (int64_t)sizeof(float);
        akin_json *shape = akin_json_array();
        for (int d = 0; d < t->ndim; d++) akin_json_append(shape, akin_json_int(t->shape[d]));
        akin_json_put(root, t->name,
                      akin_json_pack("{s:s, s:o, s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
                                     (int64_t)offset, (int64_t)(offset + bytes)));
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

akin_status ak_safetensors_write(const char *path, const ak_tensor_out *tensors, int count,
                                 const ak_text_pair *pairs, int pair_count, akin_error *err)
{
    akin_json *root = header_of(tensors, count, pairs, pair_count);
    char *text = NULL, *header = NULL;
    if (akin_json_print(root, AKIN_JSON_SPACED, 17, &text, NULL) == AKIN_OK) {
        const size_t length = strlen(text), padded = (length + 7) & ~(size_t)7;
        header = malloc(padded + 1);
        if (header) {
            memcpy(header, text, length);
            memset(header + length, ' ', padded - length);
            header[padded] = 0;
        }
    }
    akin_json_free(root);
    free(text);
    if (!header) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the header of '%s'", path);
    char sum[SUM_DIGITS + 1];
    hex(XXH64(header, strlen(header), 0), sum);
    memcpy(own_sum(header, strlen(header)), sum, SUM_DIGITS);

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
    return status;
}

akin_status ak_safetensors_save(const char *path, const ak_tensor_out *tensors, int count,
                                const ak_text_pair *pairs, int pair_count, akin_error *err)
{
    AK_TRY(ak_safetensors_write(path, tensors, count, pairs, pair_count, err));
    ak_safetensors *back = NULL;
    akin_error why;
    const akin_status status = ak_safetensors_load(path, &back, &why);
    ak_safetensors_free(back);
    if (status == AKIN_OK) return status;
    if (status == AKIN_ERR_NOMEM) return ak_fail(err, status, "%s", why.message);
    unlink(path); /* so that it is not taken for the newest */
    return ak_fail(err, AKIN_ERR_IO, "'%s' was written but %s; the disk may be failing (%.600s)", path,
                   status == AKIN_ERR_FORMAT ? "reads back damaged" : "cannot be read back", why.message);
}

struct ak_safetensors {
    char *file;
    akin_json *header;
    const unsigned char *data; /* inside file */
    size_t data_bytes;
};

void ak_safetensors_free(ak_safetensors *s)
{
    if (!s) return;
    akin_json_free(s->header);
    free(s->file);
    free(s);
}

/* Bytes [begin,end) of tensor `entry`, which must start at `expected`; false when anything is off. */
static bool placed(const akin_json *entry, size_t expected, size_t limit, size_t *end)
{
    const akin_json *offsets = akin_json_get(entry, "data_offsets"), *shape = akin_json_get(entry, "shape");
    const char *dtype = akin_json_get_text(entry, "dtype");
    if (!dtype || strcmp(dtype, "F32") != 0 || akin_json_length(offsets) != 2 || !akin_json_is_array(shape) ||
        akin_json_length(shape) > AKIN_MAX_DIMS)
        return false;
    uint64_t count = 1;
    for (size_t i = 0; i < akin_json_length(shape); i++) {
        const int64_t dim = akin_json_as_int(akin_json_at(shape, i));
        if (dim < 0 || (dim > 0 && count > limit / (uint64_t)dim)) return false;
        count *= (uint64_t)dim;
    }
    const int64_t a = akin_json_as_int(akin_json_at(offsets, 0));
    const int64_t b = akin_json_as_int(akin_json_at(offsets, 1));
    if (a < 0 || (size_t)a != expected || b < a || (size_t)b > limit) return false;
    if ((uint64_t)(b - a) != count * sizeof(float)) return false;
    *end = (size_t)b;
    return true;
}

static akin_status check_tensors(const ak_safetensors *s, const char *path, akin_error *err)
{
    size_t at = 0, tensors = 0;
    const char *name;
    akin_json *entry;
    const akin_json *meta = akin_json_get(s->header, "__metadata__");
    AKIN_JSON_EACH(s->header, name, entry)
    {
        if (strcmp(name, "__metadata__") == 0) continue;
        const size_t begin = at;
        if (++tensors > MAX_TENSORS || !placed(entry, begin, s->data_bytes, &at))
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s' is damaged: tensor '%s' has no valid place in the file", path, name);
        char key[256], sum[SUM_DIGITS + 1];
        snprintf(key, sizeof key, "xxh64.%s", name);
        hex(XXH64(s->data + begin, at - begin, 0), sum);
        const char *want = akin_json_get_text(meta, key);
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

akin_status ak_safetensors_check_header(const char *header, size_t length, const char *path, akin_error *err)
{
    if (memchr(header, 0, length))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: its header holds a 0 byte", path);
    char *copy = malloc(length + 1), want[SUM_DIGITS + 1] = "", sum[SUM_DIGITS + 1] = "?";
    if (!copy) return ak_no_memory(err, "for the header of '%s'", path);
    memcpy(copy, header, length);
    char *place = own_sum(copy, length);
    if (place) {
        memcpy(want, place, SUM_DIGITS);
        memset(place, '0', SUM_DIGITS);
        hex(XXH64(copy, length, 0), sum);
    }
    free(copy);
    if (strcmp(want, sum) == 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: its header does not match its check sum", path);
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
    if (bytes < 8 || length > MAX_HEADER || length > bytes - 8 || length % 8) { /* 8: numbers are aligned */
        status = ak_fail(err, AKIN_ERR_FORMAT,
                         "'%s' is damaged: %zu bytes, and its header says it takes %" PRIu64
                         " of them; akin writes a multiple of 8, at most %zu",
                         path, bytes, length, MAX_HEADER);
        goto done;
    }
    status = ak_safetensors_check_header(s->file + 8, length, path, err);
    if (status) goto done;
    akin_error why = { .message = "it is another value" };
    status = akin_json_parse(s->file + 8, length, "header", AKIN_JSON_UNIQUE, &s->header, &why);
    if (status == AKIN_ERR_NOMEM)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the header of '%s'", path);
    else if (!akin_json_is_object(s->header))
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: its header is no JSON object (%s)", path,
                         why.message);
    if (status) goto done;
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
    const akin_json *offsets = akin_json_get(akin_json_get(s->header, name), "data_offsets");
    const int64_t a = akin_json_as_int(akin_json_at(offsets, 0));
    const int64_t b = akin_json_as_int(akin_json_at(offsets, 1));
    if (!offsets || b - a != count * (int64_t)sizeof(float)) return NULL;
    return (const float *)(const void *)(s->data + a); /* the header is padded to 8 bytes: aligned */
}

const char *ak_safetensors_text(const ak_safetensors *s, const char *key)
{
    return akin_json_get_text(akin_json_get(s->header, "__metadata__"), key);
}
