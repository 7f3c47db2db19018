/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_save.c - writing .npy files: byte for byte what numpy.save writes. */
#include "files/npy.h"

#include <stdio.h>
#include <string.h>

/* GROWTH_DIGITS leave room for the first dimension to grow in place; the items begin at a multiple of
 * ALIGN_HEADER bytes. */
enum { ALIGN_HEADER = 64, GROWTH_DIGITS = 21 };

/* Header of an array of that dtype, as the file names it. */
static akin_status head_of(const char *descr, int ndim, const int64_t *shape, ak_npy_text *out,
                           akin_error *err)
{
    char *const text = out->text;
    const size_t room = sizeof out->text;
    memcpy(text, "\x93NUMPY\x01", 8);
    size_t n = 10;
    n += (size_t)snprintf(text + n, room - n, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    int growth = 0;
    out->count = 1;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 0 || (shape[i] && out->count > INT64_MAX / 16 / shape[i]))
            return ak_fail(err, AKIN_ERR_SHAPE, "npy_write: dimension %d is %lld", i, (long long)shape[i]);
        out->count *= shape[i];
        const int digits = snprintf(text + n, room - n, "%lld", (long long)shape[i]);
        if (i == 0) growth = GROWTH_DIGITS - digits;
        n += (size_t)digits;
        if (i + 1 < ndim || ndim == 1) text[n++] = ',';
        if (i + 1 < ndim) text[n++] = ' ';
    }
    n += (size_t)snprintf(text + n, room - n, "), }");
    size_t end = n + (size_t)growth + 1;
    end += ALIGN_HEADER - end % ALIGN_HEADER;
    memset(text + n, ' ', end - n);
    text[end - 1] = '\n';
    text[8] = (char)((end - 10) & 255);
    text[9] = (char)((end - 10) >> 8);
    out->bytes = end;
    return AKIN_OK;
}

akin_status ak_npy_head(akin_dtype dtype, int ndim, const int64_t *shape, ak_npy_text *out, akin_error *err)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    static const char *const DESCR[] = { "|u1", ">i4", ">i8", ">f4", ">f8" };
#else
    static const char *const DESCR[] = { "|u1", "<i4", "<i8", "<f4", "<f8" };
#endif
    if (ndim < 0 || ndim > AKIN_MAX_DIMS || (ndim && !shape) || (int)dtype < 0 || dtype > AKIN_DTYPE_F64)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_write: a writer, dtype and 0 to %d dimensions are needed",
                       AKIN_MAX_DIMS);
    return head_of(DESCR[dtype], ndim, shape, out, err);
}

akin_status ak_npy_head_of_int8(const int64_t shape[2], ak_npy_text *out, akin_error *err)
{
    return head_of("|i1", 2, shape, out, err);
}

akin_status ak_npy_head_of_texts(int64_t characters, int64_t n, ak_npy_text *out, akin_error *err)
{
    char descr[32];
    snprintf(descr, sizeof descr, "<U%lld", (long long)characters);
    return head_of(descr, 1, &n, out, err);
}

akin_status akin_npy_write(akin_writer *w, akin_dtype dtype, int ndim, const int64_t *shape, const void *data,
                           akin_error *err)
{
    ak_npy_text head;
    if (!w)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_write: a writer, dtype and 0 to %d dimensions are needed",
                       AKIN_MAX_DIMS);
    AK_TRY(ak_npy_head(dtype, ndim, shape, &head, err));
    if (head.count && !data) return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_write: no data");
    AK_TRY(akin_writer_write(w, head.text, head.bytes, err));
    const size_t bytes = (size_t)head.count * ak_dtype_bytes(dtype);
    return bytes ? akin_writer_write(w, data, bytes, err) : AKIN_OK;
}

akin_status akin_npy_save(const char *path, akin_dtype dtype, int ndim, const int64_t *shape,
                          const void *data, akin_error *err)
{
    return akin_npy_add(NULL, path, dtype, ndim, shape, data, err);
}

akin_status akin_npy_add(akin_files *files, const char *path, akin_dtype dtype, int ndim,
                         const int64_t *shape, const void *data, akin_error *err)
{
    if (!path) return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_save: path must not be NULL");
    akin_writer *w = NULL;
    AK_TRY(akin_files_add(files, path, &w, err));
    const akin_status status = akin_npy_write(w, dtype, ndim, shape, data, err);
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}
