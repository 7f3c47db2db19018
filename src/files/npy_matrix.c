/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_matrix.c - .npy files as what the program works with: a finite float matrix, and labels. */
#include "akin/tool/quantize.h"
#include "base/plain.h"
#include "files/npy.h"
#include "files/npz.h"
#include "files/shard_list.h"

#include "base/base.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { LABEL_TEXT_LIMIT = 1 << 30 };

double ak_array_real(const akin_array *a, int64_t i)
{
    switch (a->dtype) {
    case AKIN_DTYPE_U8: return ((const uint8_t *)a->data)[i];
    case AKIN_DTYPE_I32: return ((const int32_t *)a->data)[i];
    case AKIN_DTYPE_I64: return (double)((const int64_t *)a->data)[i];
    case AKIN_DTYPE_F32: return (double)((const float *)a->data)[i];
    case AKIN_DTYPE_F64: return ((const double *)a->data)[i];
    }
    return NAN;
}

static akin_status to_matrix(const char *path, akin_array *a, akin_error *err)
{
    if (a->ndim < 1 || a->ndim > 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions; a matrix [n,d] is needed", path,
                       a->ndim);
    if (a->ndim == 1) a->shape[1] = 1;
    a->ndim = 2;
    float *to = a->dtype == AKIN_DTYPE_F32 ? a->data : ak_alloc(sizeof(float), a->count ? a->count : 1, 1);
    if (!to)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld items of '%s'", (long long)a->count,
                       path);
    for (int64_t i = 0; i < a->count; i++) {
        const double x = ak_array_real(a, i);
        to[i] = (float)x;
        if (isfinite(to[i])) continue;
        if (to != a->data) free(to);
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s': row %lld, column %lld (from 0) is %g; every value must be %s", path,
                       (long long)(i / a->shape[1]), (long long)(i % a->shape[1]), x,
                       isfinite(x) ? "below 3.4e38, the range of float32" : "finite");
    }
    if (to != a->data) free(a->data);
    a->data = to;
    a->dtype = AKIN_DTYPE_F32;
    return AKIN_OK;
}

/* Packed signs as numbers. */
static akin_status unpack(const char *path, int64_t width, akin_array *a, akin_error *err)
{
    const int64_t n = a->shape[0], bytes = a->shape[1];
    float *to = ak_alloc(sizeof *to, n ? n : 1, width);
    if (!to) return ak_no_memory(err, "for the %lld rows of '%s'", (long long)n, path);
    for (int64_t i = 0; i < n; i++)
        akin_quantize_signs((const uint8_t *)a->data + i * bytes, width, to + i * width);
    free(a->data);
    *a = (akin_array){
        .dtype = AKIN_DTYPE_F32, .ndim = 2, .shape = { n, width }, .count = n * width, .data = to
    };
    return AKIN_OK;
}

/* The array of a role of a .npz. */
static akin_status load_member(const char *path, ak_npz_role role, akin_array *a, akin_error *err)
{
    ak_npz *z = NULL;
    AK_TRY(ak_npz_open(path, &z, err));
    const int64_t i = ak_npz_find(z, role, AK_PART_TRAIN);
    akin_status status = role == AK_NPZ_ITEMS ? ak_npz_check(z, err) : AKIN_OK;
    if (!status && i < 0)
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' has no labels: no array is called y or labels", path);
    if (!status) status = ak_npz_load(z, i, a, NULL, err);
    ak_npz_close(z);
    return status;
}

static akin_status load_matrix(const char *path, akin_array *out, akin_error *err)
{
    akin_array a;
    bool npz, bytes;
    int64_t width;
    AK_TRY(ak_npz_is(path, &npz, err));
    AK_TRY(akin_npy_packed(path, &bytes, &width, err));
    if (npz)
        AK_TRY(load_member(path, AK_NPZ_ITEMS, &a, err));
    else
        AK_TRY(akin_npy_load(path, &a, err));
    akin_status status = AKIN_OK;
    if (width && (a.dtype != AKIN_DTYPE_U8 || a.ndim != 2 ||
                  a.shape[1] != akin_quantize_bytes(AKIN_QUANTIZE_BINARY, width)))
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' changed while it was read", path);
    else
        status = width ? unpack(path, width, &a, err) : to_matrix(path, &a, err);
    if (status)
        akin_array_free(&a);
    else
        *out = a;
    return status;
}

/* Several files ------------------------------------------------------------------------------------------ */

/* The shape of all rows; a file's own errors are told when it is read. */
static akin_status shape_of(const ak_shard_list *list, akin_array *all, akin_error *err)
{
    *all = (akin_array){ .dtype = AKIN_DTYPE_F32, .ndim = 2 };
    for (int64_t i = 0; i < list->n; i++) {
        ak_npy *file = NULL;
        AK_TRY(ak_npy_open(list->path[i], &file, err));
        const akin_array a = ak_npy_array(file);
        ak_npy_close(file);
        bool bytes;
        int64_t width;
        AK_TRY(akin_npy_packed(list->path[i], &bytes, &width, err));
        const int64_t columns = width ? width : a.ndim == 1 ? 1 : a.shape[1];
        if (a.ndim < 1 || a.ndim > 2)
            return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions; a matrix [n,d] is needed",
                           list->path[i], a.ndim);
        if (i > 0 && columns != all->shape[1])
            return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld columns, '%s' %lld; they are one matrix",
                           list->path[i], (long long)columns, list->path[0], (long long)all->shape[1]);
        all->shape[0] += a.shape[0];
        all->shape[1] = columns;
        all->count += a.shape[0] * columns;
    }
    return AKIN_OK;
}

static akin_status append(const char *path, akin_array *all, int64_t *at, akin_error *err)
{
    akin_array a;
    AK_TRY(load_matrix(path, &a, err));
    akin_status status = AKIN_OK;
    if (a.shape[1] != all->shape[1] || a.count > all->count - *at)
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' changed while it was read", path);
    else if (a.count)
        memcpy((float *)all->data + *at, a.data, (size_t)a.count * sizeof(float));
    *at += a.count;
    akin_array_free(&a);
    return status;
}

/* One file's rows behind the other's. */
static akin_status load_range(const char *path, akin_array *out, akin_error *err)
{
    ak_shard_list list = { .n = 0 };
    akin_array all = { .data = NULL };
    int64_t at = 0;
    AK_TRY(ak_shard_list_of_range(path, &list, err));
    akin_status status = shape_of(&list, &all, err);
    if (!status) all.data = ak_alloc(sizeof(float), all.count ? all.count : 1, 1);
    if (!status && !all.data)
        status = ak_no_memory(err, "for the %lld rows of '%s'", (long long)all.shape[0], path);
    for (int64_t i = 0; i < list.n && !status; i++) status = append(list.path[i], &all, &at, err);
    if (!status && at != all.count)
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' changed while it was read", path);
    ak_shard_list_free(&list);
    if (status)
        akin_array_free(&all);
    else
        *out = all;
    return status;
}

akin_status akin_npy_load_matrix(const char *path, akin_array *out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    bool range;
    AK_TRY(ak_is_range(path, &range, err));
    return range ? load_range(path, out, err) : load_matrix(path, out, err);
}

/* Labels ------------------------------------------------------------------------------------------------- */

akin_status ak_labels_of_array(const char *path, akin_array *a, akin_error *err)
{
    if (a->ndim != 1 && !(a->ndim == 2 && a->shape[1] == 1))
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %d dimensions; labels are [n] or [n,1]", path, a->ndim);
    int32_t *to = ak_alloc(sizeof *to, a->count ? a->count : 1, 1);
    if (!to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of '%s'", path);
    for (int64_t i = 0; i < a->count; i++) {
        const double x = ak_array_real(a, i);
        if (!(x >= INT32_MIN && x <= INT32_MAX) || x != floor(x)) {
            free(to);
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s': label %lld (from 0) is %.9g; it must be a whole number of 32 bits", path,
                           (long long)i, x);
        }
        to[i] = (int32_t)x;
    }
    free(a->data);
    *a = (akin_array){
        .dtype = AKIN_DTYPE_I32, .ndim = 1, .shape = { a->count }, .count = a->count, .data = to
    };
    return AKIN_OK;
}

static akin_status bad_line(akin_error *err, const char *path, int64_t line, const char *text, size_t length)
{
    return ak_fail(err, AKIN_ERR_INPUT, "'%s', line %lld: '%.*s' is not a whole number of 32 bits", path,
                   (long long)line, length > 40 ? 40 : (int)length, text);
}

/* One number a line; spaces around it, a carriage return and blank lines at the end of the file are fine. */
static akin_status labels_of_text(const char *path, char *text, size_t bytes, akin_array *out,
                                  akin_error *err)
{
    int64_t lines = 0;
    for (size_t i = 0; i < bytes; i++) lines += text[i] == '\n';
    int32_t *to = ak_alloc(sizeof *to, lines + 1, 1);
    if (!to) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of '%s'", path);
    while (bytes && strchr(" \t\r\n", text[bytes - 1])) text[--bytes] = 0;
    int64_t n = 0;
    for (char *at = text, *end = text + bytes; at < end; n++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        char *rest = at;
        errno = 0;
        const long value = *at == '\n' ? 0 : strtol(at, &rest, 10);
        while (rest > at && rest < stop && strchr(" \t\r", *rest) && *rest) rest++;
        if (rest == at || rest != stop || errno || value < INT32_MIN || value > INT32_MAX) {
            free(to);
            return bad_line(err, path, n + 1, at, (size_t)(stop - at));
        }
        to[n] = (int32_t)value;
        at = stop + 1;
    }
    if (n == 0) {
        free(to);
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds no labels; one whole number a line is expected",
                       path);
    }
    *out = (akin_array){ .dtype = AKIN_DTYPE_I32, .ndim = 1, .shape = { n }, .count = n, .data = to };
    return AKIN_OK;
}

akin_status akin_labels_load(const char *path, akin_array *out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    char start[6] = { 0 };
    size_t got = 0;
    bool member;
    AK_TRY(ak_npz_is(path, &member, err));
    if (!member) AK_TRY(ak_file_head(path, start, sizeof start, &got, err));
    akin_array a = { .data = NULL };
    akin_status status;
    const bool array = got == sizeof start && memcmp(start, "\x93NUMPY", 6) == 0;
    if (array || member) {
        AK_TRY(array ? akin_npy_load(path, &a, err) : load_member(path, AK_NPZ_LABELS, &a, err));
        status = ak_labels_of_array(path, &a, err);
    } else {
        char *text = NULL;
        size_t bytes = 0;
        AK_TRY(ak_text_load(path, LABEL_TEXT_LIMIT, &text, &bytes, err));
        status = labels_of_text(path, text, bytes, &a, err);
        free(text);
    }
    if (status)
        akin_array_free(&a);
    else
        *out = a;
    return status;
}
