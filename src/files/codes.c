/* SPDX-License-Identifier: Apache-2.0 */
/* files/codes.c - rows of bytes and of packed signs as they are in .npy; rows of numbers one at a time. */
#include "akin/tool/codes.h"

#include "akin/tool/npz.h"
#include "base/base.h"
#include "files/npy_parts.h"
#include "files/shard_list.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The files of a path: of a range, or itself. */
static akin_status files_of(const char *path, ak_shard_list *list, bool *npz, akin_error *err)
{
    bool range;
    *npz = false;
    AK_TRY(ak_is_range(path, &range, err));
    if (range) return ak_shard_list_of_range(path, list, err);
    AK_TRY(akin_npz_is(path, npz, err));
    *list = (ak_shard_list){ .n = 1, .path = malloc(sizeof *list->path) };
    if (list->path) list->path[0] = strdup(path);
    if (list->path && list->path[0]) return AKIN_OK;
    free(list->path);
    *list = (ak_shard_list){ .n = 0 };
    return ak_no_memory(err, "to read '%s'", path);
}

/* Rows as they are --------------------------------------------------------------------------------------- */

/* What a file holds; NONE: neither of the two. */
static akin_status kind_of(const char *path, akin_codes *out, akin_error *err)
{
    ak_npy *f = NULL;
    bool bytes;
    int64_t width;
    *out = (akin_codes)AKIN_CODES_INIT;
    AK_TRY(ak_npy_open(path, &f, err));
    const akin_array a = ak_npy_array(f);
    const bool int8 = ak_npy_is_int8(f), plain = a.ndim == 2 && a.shape[1] > 0 && ak_npy_in_order(f);
    ak_npy_close(f);
    if (!plain) return AKIN_OK;
    out->rows = a.shape[0];
    out->width = a.shape[1];
    if (int8) out->how = AKIN_QUANTIZE_INT8;
    if (int8) return AKIN_OK;
    AK_TRY(akin_npy_packed(path, &bytes, &width, err));
    if (width) out->how = AKIN_QUANTIZE_BINARY;
    if (width) out->width = width;
    return AKIN_OK;
}

static akin_status changed(const char *path, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' changed while it was read", path);
}

static akin_status read_part(const char *path, const akin_codes *part, uint8_t *to, akin_error *err)
{
    ak_npy *f = NULL;
    const int64_t bytes = akin_quantize_bytes(part->how, part->width);
    AK_TRY(ak_npy_open(path, &f, err));
    const akin_array a = ak_npy_array(f);
    const bool same = a.ndim == 2 && a.shape[0] == part->rows && a.shape[1] == bytes &&
                      (part->how == AKIN_QUANTIZE_INT8 ? ak_npy_is_int8(f) : a.dtype == AKIN_DTYPE_U8);
    const akin_status status =
        same ? ak_npy_read_bytes(f, 0, part->rows * bytes, to, err) : changed(path, err);
    ak_npy_close(f);
    const uint8_t kept = (uint8_t)(255 << (8 * bytes - part->width) % 8);
    for (int64_t r = 0; r < part->rows && !status && part->how == AKIN_QUANTIZE_BINARY; r++)
        to[(r + 1) * bytes - 1] &= kept; /* anything may stand behind the last column */
    return status;
}

static akin_status load(const ak_shard_list *list, akin_codes *all, akin_error *err)
{
    akin_codes *part = calloc((size_t)list->n, sizeof *part);
    uint8_t *to = NULL;
    int64_t at = 0;
    akin_status status = part ? AKIN_OK : ak_no_memory(err, "to read '%s'", list->path[0]);
    *all = (akin_codes)AKIN_CODES_INIT;
    for (int64_t i = 0; i < list->n && !status; i++) {
        status = kind_of(list->path[i], &part[i], err);
        if (status || !part[i].how || (i && (part[i].how != all->how || part[i].width != all->width))) break;
        all->how = part[i].how;
        all->width = part[i].width;
        all->rows += part[i].rows;
        if (i < list->n - 1) continue;
        const int64_t bytes = akin_quantize_bytes(all->how, all->width);
        to = ak_alloc(1, all->rows ? all->rows : 1, bytes);
        if (!to) status = ak_no_memory(err, "for the %lld rows of '%s'", (long long)all->rows, list->path[0]);
        for (int64_t k = 0; k < list->n && !status; k++) {
            status = read_part(list->path[k], &part[k], to + at, err);
            at += part[k].rows * bytes;
        }
    }
    free(part);
    if (status) {
        free(to);
        to = NULL;
    }
    all->data = to;
    return status;
}

akin_status akin_codes_load(const char *path, akin_codes *out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    ak_shard_list list = { .n = 0 };
    bool npz;
    akin_codes all = AKIN_CODES_INIT;
    AK_TRY(files_of(path, &list, &npz, err));
    const akin_status status = npz ? AKIN_OK : load(&list, &all, err);
    ak_shard_list_free(&list);
    if (!status) *out = all.data ? all : (akin_codes)AKIN_CODES_INIT;
    return status;
}

void akin_codes_free(akin_codes *codes)
{
    if (!codes) return;
    free((void *)(uintptr_t)codes->data);
    *codes = (akin_codes)AKIN_CODES_INIT;
}

/* Rows one at a time ------------------------------------------------------------------------------------- */

struct akin_row_file {
    ak_npy_parts *parts;
    akin_array all;
    int64_t width; /* columns */
    bool packed;
};

static akin_status open_rows(const ak_shard_list *list, akin_row_file *f, akin_error *err)
{
    bool bytes;
    int64_t width = 0;
    AK_TRY(ak_npy_parts_open(list->path, list->n, &f->parts, err));
    f->all = ak_npy_parts_array(f->parts);
    if (f->all.ndim != 2 || f->all.shape[1] < 1 || !ak_npy_parts_in_order(f->parts))
        return ak_fail(err, AKIN_ERR_SHAPE, "'%s': a matrix [n,d] in C order is needed", list->path[0]);
    for (int64_t i = 0; i < list->n; i++) {
        AK_TRY(akin_npy_packed(list->path[i], &bytes, &width, err));
        if (i && width != (f->packed ? f->width : 0)) return changed(list->path[i], err);
        f->packed = width > 0;
        f->width = width ? width : f->all.shape[1];
    }
    return AKIN_OK;
}

akin_status akin_row_file_open(const char *path, akin_row_file **out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    ak_shard_list list = { .n = 0 };
    bool npz;
    AK_TRY(files_of(path, &list, &npz, err));
    akin_row_file *f = calloc(1, sizeof *f);
    akin_status status = f ? AKIN_OK : ak_no_memory(err, "to read '%s'", path);
    if (!status && npz)
        status = ak_fail(err, AKIN_ERR_UNSUPPORTED,
                         "'%s' is a .npz, of which no single rows are read; "
                         "give a .npy",
                         path);
    if (!status) status = open_rows(&list, f, err);
    ak_shard_list_free(&list);
    if (status)
        akin_row_file_close(f);
    else
        *out = f;
    return status;
}

void akin_row_file_close(akin_row_file *f)
{
    if (!f) return;
    ak_npy_parts_close(f->parts);
    free(f);
}

int64_t akin_row_file_rows(const akin_row_file *f) { return f ? f->all.shape[0] : 0; }
int64_t akin_row_file_width(const akin_row_file *f) { return f ? f->width : 0; }

static akin_status read_numbers(const akin_row_file *f, int64_t row, float *out, akin_error *err)
{
    const int64_t d = f->all.shape[1];
    akin_array one = { .dtype = f->all.dtype, .ndim = 1, .shape = { d }, .count = d };
    one.data = f->all.dtype == AKIN_DTYPE_F32 ? out : ak_alloc(ak_dtype_bytes(f->all.dtype), d, 1);
    if (!one.data) return ak_no_memory(err, "for a row of %lld columns", (long long)d);
    const akin_status status = ak_npy_parts_read(f->parts, row * d, d, one.data, err);
    if (!status && f->packed) akin_quantize_signs(one.data, f->width, out);
    for (int64_t j = 0; j < d && !status && !f->packed; j++) out[j] = (float)ak_array_real(&one, j);
    if (one.data != (void *)out) free(one.data);
    return status;
}

akin_status akin_row_file_read(int64_t row, float *out, void *ctx, akin_error *err)
{
    const akin_row_file *f = ctx;
    AK_GIVEN(f, err);
    AK_GIVEN(out, err);
    if (row < 0 || row >= f->all.shape[0])
        return ak_fail(err, AKIN_ERR_INPUT, "there is no row %lld; the file has rows 0 to %lld",
                       (long long)row, (long long)f->all.shape[0] - 1);
    AK_TRY(read_numbers(f, row, out, err));
    for (int64_t j = 0; j < f->width; j++)
        if (!isfinite(out[j]))
            return ak_fail(
                err, AKIN_ERR_INPUT, "'%s': row %lld, column %lld (from 0) is %g; it must be finite",
                ak_npy_parts_file(f->parts, row, NULL), (long long)row, (long long)j, (double)out[j]);
    return AKIN_OK;
}
