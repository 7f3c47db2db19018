/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy.c - NumPy's .npy files: reading the items, all at once or piece by piece.
 *
 * Items are read in blocks, brought to the byte order of this machine and converted to one of the five
 * dtypes. Fortran order is turned into C order by one pass over the items. */
#include "files/npy.h"

#include "base/plain.h"
#include "files/npy_header.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 14 };

size_t ak_dtype_bytes(akin_dtype dtype)
{
    static const size_t BYTES[] = { 1, 4, 8, 4, 8 };
    return BYTES[dtype];
}

float ak_half_to_float(uint16_t half)
{
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    float x = exponent == 0    ? (float)fraction * 0x1p-24f
              : exponent == 31 ? (fraction ? NAN : INFINITY)
                               : ldexpf((float)(fraction + 1024), exponent - 25);
    return half >> 15 ? -x : x;
}

static void swap_items(unsigned char *items, size_t n, int item_bytes)
{
    for (size_t i = 0; i < n; i++, items += item_bytes)
        for (int a = 0, b = item_bytes - 1; a < b; a++, b--) {
            const unsigned char kept = items[a];
            items[a] = items[b];
            items[b] = kept;
        }
}

/* n items of the file's kind at `from` become items of the array's dtype at `to`. false: a uint64 above
 * INT64_MAX, its index in *n. */
static bool convert(const ak_npy_header *h, const unsigned char *from, void *to, size_t *n)
{
    for (size_t i = 0; i < *n; i++, from += h->item_bytes) {
        int8_t i1;
        int16_t i2;
        uint16_t u2;
        uint32_t u4;
        uint64_t u8;
        switch (h->kind << 4 | h->item_bytes) {
        case 'b' << 4 | 1: ((uint8_t *)to)[i] = *from != 0; break;
        case 'i' << 4 | 1: memcpy(&i1, from, 1), ((int32_t *)to)[i] = i1; break;
        case 'i' << 4 | 2: memcpy(&i2, from, 2), ((int32_t *)to)[i] = i2; break;
        case 'u' << 4 | 2: memcpy(&u2, from, 2), ((int32_t *)to)[i] = u2; break;
        case 'u' << 4 | 4: memcpy(&u4, from, 4), ((int64_t *)to)[i] = u4; break;
        case 'f' << 4 | 2: memcpy(&u2, from, 2), ((float *)to)[i] = ak_half_to_float(u2); break;
        case 'u' << 4 | 8:
            memcpy(&u8, from, 8);
            if (u8 > INT64_MAX) {
                *n = i;
                return false;
            }
            ((int64_t *)to)[i] = (int64_t)u8;
            break;
        }
    }
    return true;
}

/* The file's items are the array's as they are, up to byte order. */
static bool same_items(const ak_npy_header *h)
{
    return h->kind != 'b' && !(h->kind == 'u' && h->item_bytes > 1) &&
           !(h->kind == 'i' && h->item_bytes < 4) && !(h->kind == 'f' && h->item_bytes == 2);
}

/* Items [first, first+count) in the order of the file. */
static akin_status read_items(const ak_piece *file, const ak_npy_header *h, const char *path, int64_t first,
                              int64_t count, void *data, akin_error *err)
{
    const size_t item = (size_t)h->item_bytes, out = ak_dtype_bytes(ak_npy_dtype(h));
    union {
        unsigned char bytes[BLOCK_BYTES];
        uint64_t align;
    } block;
    for (int64_t done = 0; done < count;) {
        size_t n = same_items(h) ? (size_t)1 << 26 : BLOCK_BYTES / item;
        if ((int64_t)n > count - done) n = (size_t)(count - done);
        unsigned char *to = (unsigned char *)data + (size_t)done * out;
        unsigned char *raw = same_items(h) ? to : block.bytes;
        const int64_t at = h->offset + (first + done) * h->item_bytes;
        const int reason = ak_piece_read(file, raw, n * item, at);
        if (reason) return ak_piece_failed(err, path, reason, at);
        if (h->swapped) swap_items(raw, n, h->item_bytes);
        size_t whole = n;
        if (!same_items(h) && !convert(h, raw, to, &whole))
            return ak_fail(err, AKIN_ERR_INPUT, "'%s': item %lld at byte %lld is above 2^63-1", path,
                           (long long)(first + done) + (long long)whole,
                           (long long)(at + (int64_t)(whole * item)));
        done += (int64_t)n;
    }
    return AKIN_OK;
}

/* Item (i0,i1,...) lies at i0 + s0 (i1 + s1 (...)) in the file, and at the usual place in the array. */
static void from_fortran(const ak_npy_header *h, size_t item, const unsigned char *from, unsigned char *to)
{
    int64_t index[AKIN_MAX_DIMS] = { 0 }, stride[AKIN_MAX_DIMS], at = 0;
    for (int i = 0; i < h->ndim; i++) stride[i] = i ? stride[i - 1] * h->shape[i - 1] : 1;
    for (int64_t k = 0; k < h->count; k++, to += item) {
        memcpy(to, from + (size_t)at * item, item);
        for (int i = h->ndim - 1; i >= 0; i--) {
            at += stride[i];
            if (++index[i] < h->shape[i]) break;
            at -= stride[i] * h->shape[i];
            index[i] = 0;
        }
    }
}

akin_status ak_npy_load_piece(const ak_piece *file, const char *path, akin_array *out, bool *truth,
                              akin_error *err)
{
    ak_npy_header h = { 0 };
    AK_TRY(ak_npy_read_header(file, path, &h, err));
    if (truth) *truth = h.kind == 'b';
    const size_t item = ak_dtype_bytes(ak_npy_dtype(&h));
    const int64_t room = h.count ? h.count : 1;
    void *data = ak_alloc(item, room, 1), *turned = NULL;
    akin_status status = AKIN_OK;
    const bool turn = h.fortran && h.ndim > 1;
    if (turn) turned = ak_alloc(item, room, 1);
    if (!data || (turn && !turned))
        status =
            ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld items of '%s'", (long long)h.count, path);
    if (!status) status = read_items(file, &h, path, 0, h.count, data, err);
    if (!status) {
        if (turn) from_fortran(&h, item, data, turned);
        *out = (akin_array){ .dtype = ak_npy_dtype(&h), .ndim = h.ndim, .count = h.count };
        memcpy(out->shape, h.shape, sizeof h.shape);
        out->data = turn ? turned : data;
        if (turn)
            turned = NULL;
        else
            data = NULL;
    }
    free(data);
    free(turned);
    return status;
}

static akin_status piece_of(int fd, const char *path, ak_piece *out, akin_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", path);
    *out = (ak_piece){ .fd = fd, .bytes = (int64_t)info.st_size };
    return AKIN_OK;
}

akin_status akin_npy_load(const char *path, akin_array *out, akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_load: path and out must not be NULL");
    const int fd = ak_open(path, O_RDONLY, 0);
    if (fd < 0)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot open '%s': %s", path,
                       ak_strerror(errno));
    ak_piece file;
    akin_status status = piece_of(fd, path, &file, err);
    if (!status) status = ak_npy_load_piece(&file, path, out, NULL, err);
    close(fd);
    return status;
}

/* Piece by piece ----------------------------------------------------------------------------------------- */

struct ak_npy {
    ak_piece file;
    ak_npy_header h;
    char *path;
};

akin_status ak_npy_open(const char *path, ak_npy **out, akin_error *err)
{
    ak_npy *f = calloc(1, sizeof *f);
    if (f) f->path = strdup(path);
    if (!f || !f->path) {
        free(f);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to open '%s'", path);
    }
    akin_status status = AKIN_OK;
    f->file.fd = ak_open(path, O_RDONLY, 0);
    if (f->file.fd < 0)
        status = ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot open '%s': %s", path,
                         ak_strerror(errno));
    if (!status) status = piece_of(f->file.fd, path, &f->file, err);
    if (!status) status = ak_npy_read_header(&f->file, path, &f->h, err);
    if (status)
        ak_npy_close(f);
    else
        *out = f;
    return status;
}

void ak_npy_close(ak_npy *f)
{
    if (!f) return;
    if (f->file.fd >= 0) close(f->file.fd);
    free(f->path);
    free(f);
}

akin_array ak_npy_array(const ak_npy *f)
{
    akin_array a = { .dtype = ak_npy_dtype(&f->h), .ndim = f->h.ndim, .count = f->h.count };
    memcpy(a.shape, f->h.shape, sizeof a.shape);
    return a;
}

bool ak_npy_is_bool(const ak_npy *f) { return f->h.kind == 'b'; }

bool ak_npy_is_int8(const ak_npy *f) { return f->h.kind == 'i' && f->h.item_bytes == 1; }

bool ak_npy_in_order(const ak_npy *f) { return !f->h.fortran || f->h.ndim < 2; }

akin_status ak_npy_read(const ak_npy *f, int64_t first, int64_t count, void *to, akin_error *err)
{
    return read_items(&f->file, &f->h, f->path, first, count, to, err);
}

akin_status ak_npy_read_bytes(const ak_npy *f, int64_t first, int64_t count, void *to, akin_error *err)
{
    const int64_t at = f->h.offset + first;
    const int reason = ak_piece_read(&f->file, to, (size_t)count, at);
    return reason ? ak_piece_failed(err, f->path, reason, at) : AKIN_OK;
}

void akin_array_free(akin_array *a)
{
    if (!a) return;
    free(a->data);
    memset(a, 0, sizeof *a);
}
