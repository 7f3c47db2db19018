/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy.c - NumPy's .npy files  [NEP 1, numpy.lib.format].
 *
 * A file is: "\x93NUMPY", version (2 bytes), header length (2 bytes little endian in version 1, 4 in versions
 * 2 and 3), the header, the items. The header is a Python dict literal. It is parsed here by a grammar of its
 * own: nothing is evaluated, nothing is unpickled.
 *
 * Trust. The header length is checked against a limit, then the shape against overflow, then header and items
 * against the length of the file. Memory is taken only after that.
 *
 * Items are read in blocks, brought to the byte order of this machine and converted to one of the five
 * dtypes. Fortran order is turned into C order by one pass over the items. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_LIMIT = 1 << 16, BLOCK_BYTES = 1 << 14, ALIGN_HEADER = 64, GROWTH_DIGITS = 21 };

static const char MAGIC[6] = { '\x93', 'N', 'U', 'M', 'P', 'Y' };

typedef struct header {
    char kind; /* b i u f */
    int item_bytes;
    bool swapped, fortran;
    int ndim;
    int64_t shape[AKIN_MAX_DIMS], count;
    int64_t offset; /* of the items */
    char descr[16];
} header;

/* Read exactly bytes at offset at; 0, errno, or -1 when the file ends first. */
static int read_at(int fd, void *to, size_t bytes, int64_t at)
{
    unsigned char *out = to;
    while (bytes > 0) {
        const ssize_t got = pread(fd, out, bytes, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got < 0 ? errno : -1;
        out += got;
        at += got;
        bytes -= (size_t)got;
    }
    return 0;
}

static akin_status read_failed(akin_error *err, const char *path, int reason, int64_t at)
{
    return ak_fail(err, AKIN_ERR_INPUT, "cannot read '%s' at byte %lld: %s", path, (long long)at,
                   reason > 0 ? strerror(reason) : "it became shorter while being read");
}

/* The header: a Python dict literal ---------------------------------------------------------------------- */

typedef struct parser {
    const char *text, *at, *end;
    const char *path;
    int64_t offset; /* of text in the file */
    akin_error *err;
} parser;

static akin_status expected(const parser *s, const char *what)
{
    char found[8] = "the end";
    if (s->at < s->end) {
        const unsigned char c = (unsigned char)*s->at;
        snprintf(found, sizeof found, c >= 32 && c < 127 ? "'%c'" : "0x%02x", c);
    }
    return ak_fail(s->err, AKIN_ERR_FORMAT, "'%s': damaged .npy header at byte %lld: found %s, expected %s",
                   s->path, (long long)(s->offset + (s->at - s->text)), found, what);
}

static void skip_space(parser *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r')) s->at++;
}

static bool take(parser *s, char c)
{
    skip_space(s);
    if (s->at == s->end || *s->at != c) return false;
    s->at++;
    return true;
}

static bool take_word(parser *s, const char *word)
{
    const size_t length = strlen(word);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0) return false;
    s->at += length;
    return true;
}

/* 'text' or "text" without escapes, at most size-1 bytes. */
static akin_status parse_string(parser *s, char *to, size_t size)
{
    skip_space(s);
    if (s->at == s->end || (*s->at != '\'' && *s->at != '"')) return expected(s, "a quoted string");
    const char quote = *s->at++;
    size_t n = 0;
    while (s->at < s->end && *s->at != quote) {
        if (*s->at == '\\' || n + 1 >= size) return expected(s, "the end of a short string");
        to[n++] = *s->at++;
    }
    if (s->at == s->end) return expected(s, "a closing quote");
    s->at++;
    to[n] = 0;
    return AKIN_OK;
}

/* (3, 4), (3,), () ; Python 2 wrote (3L, 4L) */
static akin_status parse_shape(parser *s, header *h)
{
    if (!take(s, '(')) return expected(s, "'(' of the shape");
    h->ndim = 0;
    while (!take(s, ')')) {
        skip_space(s);
        if (s->at == s->end || *s->at < '0' || *s->at > '9')
            return expected(s, "a digit or ')' of the shape");
        if (h->ndim == AKIN_MAX_DIMS)
            return ak_fail(s->err, AKIN_ERR_FORMAT, "'%s' has more than %d dimensions", s->path,
                           AKIN_MAX_DIMS);
        int64_t dim = 0;
        for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
            const int digit = *s->at - '0';
            if (dim > (INT64_MAX - digit) / 10) return expected(s, "a dimension below 2^63");
            dim = dim * 10 + digit;
        }
        take_word(s, "L");
        h->shape[h->ndim++] = dim;
        if (take(s, ',')) continue;
        if (!take(s, ')')) return expected(s, "',' or ')' of the shape");
        break;
    }
    return AKIN_OK;
}

/* "<f4" and the like: byte order, kind, bytes. */
static akin_status parse_descr(parser *s, header *h)
{
    skip_space(s);
    if (s->at < s->end && *s->at == '[')
        return ak_fail(s->err, AKIN_ERR_FORMAT,
                       "'%s' holds records (a structured dtype); save one plain array per file", s->path);
    AK_TRY(parse_string(s, h->descr, sizeof h->descr));
    const char *d = h->descr;
    if (d[0] == '|' && d[1] == 'O')
        return ak_fail(s->err, AKIN_ERR_FORMAT,
                       "'%s' holds Python objects, which are never unpickled; save a plain numeric array",
                       s->path);
    const char order = *d && strchr("<>|=", *d) ? *d++ : '=';
    h->kind = *d ? *d++ : 0;
    h->item_bytes = d[0] >= '1' && d[0] <= '8' && d[1] == 0 ? d[0] - '0' : 0;
    static const char *const KNOWN[] = { "b1", "i1", "i2", "i4", "i8", "u1",
                                         "u2", "u4", "u8", "f2", "f4", "f8" };
    bool known = false;
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        known = known || (KNOWN[i][0] == h->kind && KNOWN[i][1] - '0' == h->item_bytes);
    if (!known)
        return ak_fail(s->err, AKIN_ERR_FORMAT,
                       "'%s' has dtype '%s'; read are bool, (u)int8 to (u)int64 and float16 to float64",
                       s->path, h->descr);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    h->swapped = order == '<';
#else
    h->swapped = order == '>';
#endif
    return AKIN_OK;
}

static akin_status parse_header(parser *s, header *h)
{
    enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };
    int seen = 0;
    if (!take(s, '{')) return expected(s, "'{'");
    while (!take(s, '}')) {
        char key[24];
        AK_TRY(parse_string(s, key, sizeof key));
        const int which = strcmp(key, "descr") == 0           ? DESCR
                          : strcmp(key, "fortran_order") == 0 ? ORDER
                          : strcmp(key, "shape") == 0         ? SHAPE
                                                              : 0;
        if (which == 0 || (seen & which)) return expected(s, "each of descr, fortran_order and shape once");
        seen |= which;
        if (!take(s, ':')) return expected(s, "':'");
        skip_space(s);
        if (which == DESCR) {
            AK_TRY(parse_descr(s, h));
        } else if (which == SHAPE) {
            AK_TRY(parse_shape(s, h));
        } else {
            h->fortran = take_word(s, "True");
            if (!h->fortran && !take_word(s, "False")) return expected(s, "True or False");
        }
        if (take(s, ',')) continue;
        if (!take(s, '}')) return expected(s, "',' or '}'");
        break;
    }
    if (seen != ALL) return expected(s, "descr, fortran_order and shape before the end");
    skip_space(s);
    return s->at == s->end ? AKIN_OK : expected(s, "only spaces after '}'");
}

/* count = product of the shape, held against the bytes that are there. */
static akin_status check_length(header *h, int64_t file_bytes, const char *path, akin_error *err)
{
    char shape[AKIN_MAX_DIMS * 24] = "";
    size_t used = 0;
    bool fits = true;
    h->count = 1;
    for (int i = 0; i < h->ndim; i++) {
        used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%lld", i ? "," : "",
                                 (long long)h->shape[i]);
        if (h->shape[i] && h->count > INT64_MAX / 16 / h->shape[i])
            fits = false;
        else if (fits)
            h->count *= h->shape[i];
    }
    if (!fits)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s': shape (%s) at byte %lld is larger than any file", path,
                       shape, (long long)h->offset);
    const int64_t want = h->count * h->item_bytes, have = file_bytes - h->offset;
    if (want != have)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is %s: shape (%s) of %s needs %lld bytes after the %lld of the header, the file "
                       "has %lld",
                       path, have < want ? "truncated" : "too long", shape, h->descr, (long long)want,
                       (long long)h->offset, (long long)have);
    return AKIN_OK;
}

static akin_status read_header(int fd, int64_t file_bytes, const char *path, header *h, akin_error *err)
{
    unsigned char start[12];
    const size_t first = file_bytes < 12 ? (size_t)file_bytes : 12;
    const int reason = read_at(fd, start, first, 0);
    if (reason) return read_failed(err, path, reason, 0);
    if (first < 6 || memcmp(start, MAGIC, sizeof MAGIC) != 0)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is not a .npy file: it does not begin with \\x93NUMPY",
                       path);
    if (first < 10 || (first < 12 && start[6] > 1))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is truncated: it ends after %zu bytes, in the .npy header",
                       path, first);
    if (start[6] < 1 || start[6] > 3 || start[7] != 0)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is .npy version %d.%d; read are 1.0, 2.0 and 3.0", path,
                       start[6], start[7]);
    int64_t length = start[8] | start[9] << 8;
    if (start[6] > 1) length |= (int64_t)start[10] << 16 | (int64_t)start[11] << 24;
    h->offset = (start[6] > 1 ? 12 : 10) + length;
    if (length > HEADER_LIMIT)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' announces a header of %lld bytes at byte 8; the limit is %d", path,
                       (long long)length, HEADER_LIMIT);
    if (h->offset > file_bytes)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is truncated: its header ends at byte %lld, the file at byte %lld", path,
                       (long long)h->offset, (long long)file_bytes);
    char *text = malloc((size_t)length + 1);
    if (!text) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the header of '%s'", path);
    parser s = { text, text, text + length, path, h->offset - length, err };
    const int failed = read_at(fd, text, (size_t)length, s.offset);
    akin_status status = failed ? read_failed(err, path, failed, s.offset) : parse_header(&s, h);
    free(text);
    return status ? status : check_length(h, file_bytes, path, err);
}

/* The items ---------------------------------------------------------------------------------------------- */

static akin_dtype nearest_dtype(const header *h)
{
    if (h->kind == 'f') return h->item_bytes == 8 ? AKIN_DTYPE_F64 : AKIN_DTYPE_F32;
    if (h->item_bytes == 1) return h->kind == 'i' ? AKIN_DTYPE_I32 : AKIN_DTYPE_U8;
    return h->item_bytes == 2 || (h->item_bytes == 4 && h->kind == 'i') ? AKIN_DTYPE_I32 : AKIN_DTYPE_I64;
}

size_t ak_dtype_bytes(akin_dtype dtype)
{
    static const size_t BYTES[] = { 1, 4, 8, 4, 8 };
    return BYTES[dtype];
}

static float half_to_float(uint16_t half)
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
static bool convert(const header *h, const unsigned char *from, void *to, size_t *n)
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
        case 'f' << 4 | 2: memcpy(&u2, from, 2), ((float *)to)[i] = half_to_float(u2); break;
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
static bool same_items(const header *h)
{
    return h->kind != 'b' && !(h->kind == 'u' && h->item_bytes > 1) &&
           !(h->kind == 'i' && h->item_bytes < 4) && !(h->kind == 'f' && h->item_bytes == 2);
}

/* Items [first, first+count) in the order of the file. */
static akin_status read_items(int fd, const header *h, const char *path, int64_t first, int64_t count,
                              void *data, akin_error *err)
{
    const size_t item = (size_t)h->item_bytes, out = ak_dtype_bytes(nearest_dtype(h));
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
        const int reason = read_at(fd, raw, n * item, at);
        if (reason) return read_failed(err, path, reason, at);
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
static void from_fortran(const header *h, size_t item, const unsigned char *from, unsigned char *to)
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

static akin_status load_open(int fd, const char *path, akin_array *out, akin_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", path);
    header h = { 0 };
    AK_TRY(read_header(fd, (int64_t)info.st_size, path, &h, err));
    const size_t item = ak_dtype_bytes(nearest_dtype(&h));
    const int64_t room = h.count ? h.count : 1;
    void *data = ak_alloc(item, room, 1), *turned = NULL;
    akin_status status = AKIN_OK;
    const bool turn = h.fortran && h.ndim > 1;
    if (turn) turned = ak_alloc(item, room, 1);
    if (!data || (turn && !turned))
        status =
            ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld items of '%s'", (long long)h.count, path);
    if (!status) status = read_items(fd, &h, path, 0, h.count, data, err);
    if (!status) {
        if (turn) from_fortran(&h, item, data, turned);
        *out = (akin_array){ .dtype = nearest_dtype(&h), .ndim = h.ndim, .count = h.count };
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

akin_status akin_npy_load(const char *path, akin_array *out, akin_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s': %s", path, strerror(errno));
    const akin_status status = load_open(fd, path, out, err);
    close(fd);
    return status;
}

/* Piece by piece ----------------------------------------------------------------------------------------- */

struct ak_npy {
    int fd;
    header h;
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
    struct stat info;
    akin_status status = AKIN_OK;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0)
        status = ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s': %s", path, strerror(errno));
    else if (fstat(f->fd, &info) != 0 || !S_ISREG(info.st_mode))
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", path);
    if (!status) status = read_header(f->fd, (int64_t)info.st_size, path, &f->h, err);
    if (status)
        ak_npy_close(f);
    else
        *out = f;
    return status;
}

void ak_npy_close(ak_npy *f)
{
    if (!f) return;
    if (f->fd >= 0) close(f->fd);
    free(f->path);
    free(f);
}

akin_array ak_npy_array(const ak_npy *f)
{
    akin_array a = { .dtype = nearest_dtype(&f->h), .ndim = f->h.ndim, .count = f->h.count };
    memcpy(a.shape, f->h.shape, sizeof a.shape);
    return a;
}

bool ak_npy_in_order(const ak_npy *f) { return !f->h.fortran || f->h.ndim < 2; }

akin_status ak_npy_read(const ak_npy *f, int64_t first, int64_t count, void *to, akin_error *err)
{
    return read_items(f->fd, &f->h, f->path, first, count, to, err);
}

void akin_array_free(akin_array *a)
{
    if (!a) return;
    free(a->data);
    memset(a, 0, sizeof *a);
}

/* Saving ----------------------------------------------------------------------------------------------------
 * Byte for byte what numpy.save writes: GROWTH_DIGITS leave room for the first dimension to grow in place,
 * and the items begin at a multiple of 64. */
akin_status akin_npy_save(const char *path, akin_dtype dtype, int ndim, const int64_t *shape,
                          const void *data, akin_error *err)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    static const char *const DESCR[] = { "|u1", ">i4", ">i8", ">f4", ">f8" };
#else
    static const char *const DESCR[] = { "|u1", "<i4", "<i8", "<f4", "<f8" };
#endif
    if (!path || ndim < 0 || ndim > AKIN_MAX_DIMS || (ndim && !shape) || (int)dtype < 0 ||
        dtype > AKIN_DTYPE_F64)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_save: path, dtype and 0 to %d dimensions are needed",
                       AKIN_MAX_DIMS);
    char text[512] = "\x93NUMPY\x01";
    size_t n = 10;
    n += (size_t)snprintf(text + n, sizeof text - n, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                          DESCR[dtype]);
    int64_t count = 1;
    int growth = 0;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 0 || (shape[i] && count > INT64_MAX / 16 / shape[i]))
            return ak_fail(err, AKIN_ERR_SHAPE, "npy_save: dimension %d is %lld", i, (long long)shape[i]);
        count *= shape[i];
        const int digits = snprintf(text + n, sizeof text - n, "%lld", (long long)shape[i]);
        if (i == 0) growth = GROWTH_DIGITS - digits;
        n += (size_t)digits;
        if (i + 1 < ndim || ndim == 1) text[n++] = ',';
        if (i + 1 < ndim) text[n++] = ' ';
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "), }");
    if (count && !data) return ak_fail(err, AKIN_ERR_ARGUMENT, "npy_save: no data for '%s'", path);
    size_t end = n + (size_t)growth + 1;
    end += ALIGN_HEADER - end % ALIGN_HEADER;
    memset(text + n, ' ', end - n);
    text[end - 1] = '\n';
    text[8] = (char)((end - 10) & 255);
    text[9] = (char)((end - 10) >> 8);
    akin_writer *w = NULL;
    AK_TRY(akin_writer_open(path, &w, err));
    akin_status status = akin_writer_write(w, text, end, err);
    if (!status && count) status = akin_writer_write(w, data, (size_t)count * ak_dtype_bytes(dtype), err);
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}
