/* SPDX-License-Identifier: Apache-2.0 */
/* files/npz_write.c - arrays into a .npz, stored as they are, each at a multiple of 64 bytes. */
#include "akin/tool/npz.h"

#include "base/utf8.h"
#include "files/npy.h"
#include "files/npz.h"

#include <stdio.h>
#include <string.h>

enum { ALIGN = 64 };

struct akin_npz_writer {
    ak_zip_writer *zip;
};

akin_status akin_npz_begin(akin_writer *file, akin_npz_writer **out, akin_error *err)
{
    if (!file || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "npz: file and out must not be NULL");
    akin_npz_writer *w = calloc(1, sizeof *w);
    const akin_status status = w ? ak_zip_begin(file, &w->zip, err) : ak_no_memory(err, "for a .npz");
    if (status)
        free(w);
    else
        *out = w;
    return status;
}

static akin_status add(akin_npz_writer *w, const char *name, const ak_npy_text *head, const void *data,
                       size_t bytes, akin_error *err)
{
    char member[AK_ZIP_NAME];
    snprintf(member, sizeof member, "%s.npy", name);
    return ak_zip_add(w->zip, member, head->text, head->bytes, data, bytes, ALIGN, err);
}

akin_status akin_npz_add(akin_npz_writer *w, const char *name, akin_dtype dtype, int ndim,
                         const int64_t *shape, const void *data, akin_error *err)
{
    ak_npy_text head;
    if (!w || !name) return ak_fail(err, AKIN_ERR_ARGUMENT, "npz: a writer and a name are needed");
    AK_TRY(ak_npy_head(dtype, ndim, shape, &head, err));
    if (head.count && !data) return ak_fail(err, AKIN_ERR_ARGUMENT, "npz: no data for '%s'", name);
    return add(w, name, &head, data ? data : "", (size_t)head.count * ak_dtype_bytes(dtype), err);
}

/* The next character of a text, and what it takes; a byte that is none is U+FFFD. */
static uint32_t next_character(const char **at, size_t *left)
{
    uint32_t code = 0xfffd;
    const size_t used = ak_utf8_length(*at, *left, &code);
    *at += used ? used : 1;
    *left -= used ? used : 1;
    return used ? code : 0xfffd;
}

static int64_t characters(const char *text)
{
    int64_t n = 0;
    size_t left = text ? strlen(text) : 0;
    for (; left; n++) next_character(&text, &left);
    return n;
}

akin_status akin_npz_add_texts(akin_npz_writer *w, const char *name,
                               const char *(*text)(int64_t i, void *ctx), void *ctx, int64_t n,
                               akin_error *err)
{
    int64_t widest = 1;
    ak_npy_text head;
    if (!w || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "npz: a writer, a name and texts are needed");
    for (int64_t i = 0; i < n; i++) {
        const int64_t length = characters(text(i, ctx));
        if (length > widest) widest = length;
    }
    AK_TRY(ak_npy_head_of_texts(widest, n, &head, err));
    unsigned char *all = ak_alloc(4, n ? n : 1, widest);
    if (!all)
        return ak_no_memory(err, "for %lld names of up to %lld characters", (long long)n, (long long)widest);
    for (int64_t i = 0; i < n; i++) {
        unsigned char *to = all + 4 * i * widest;
        const char *at = text(i, ctx);
        size_t left = at ? strlen(at) : 0;
        for (; left; to += 4) {
            const uint32_t code = next_character(&at, &left);
            for (int k = 0; k < 4; k++) to[k] = (unsigned char)(code >> (8 * k));
        }
    }
    const akin_status status = add(w, name, &head, all, (size_t)(4 * n * widest), err);
    free(all);
    return status;
}

akin_status akin_npz_end(akin_npz_writer *w, akin_status so_far, akin_error *err)
{
    if (!w) return so_far;
    const akin_status status = ak_zip_end(w->zip, so_far, err);
    free(w);
    return status;
}

/* Reading ------------------------------------------------------------------------------------------------ */

akin_status akin_npz_is(const char *path, bool *out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    return ak_npz_is(path, out, err);
}

akin_status akin_npz_names(const char *path, akin_names *out, akin_error *err)
{
    ak_npz *z = NULL;
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "npz: path and out must not be NULL");
    AK_TRY(ak_npz_open(path, &z, err));
    const int64_t i = ak_npz_find(z, AK_NPZ_NAMES, AK_PART_TRAIN);
    const akin_status status = i < 0 ? AKIN_OK : ak_npz_texts(z, i, out, err);
    ak_npz_close(z);
    return status;
}

akin_status akin_npz_has_labels(const char *path, bool *out, akin_error *err)
{
    ak_npz *z = NULL;
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "npz: path and out must not be NULL");
    AK_TRY(ak_npz_open(path, &z, err));
    *out = ak_npz_find(z, AK_NPZ_LABELS, AK_PART_TRAIN) >= 0;
    ak_npz_close(z);
    return AKIN_OK;
}
