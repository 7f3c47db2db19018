/* SPDX-License-Identifier: Apache-2.0 */
/* files/npy_header.c - the header of a .npy file  [NEP 1, numpy.lib.format].
 *
 * A file is: "\x93NUMPY", version (2 bytes), header length (2 bytes little endian in version 1, 4 in versions
 * 2 and 3), the header, the items. The header is a Python dict literal. It is parsed here by a grammar of its
 * own: nothing is evaluated, nothing is unpickled.
 *
 * Trust. The header length is checked against a limit, then the shape against overflow, then header and items
 * against the length of the file. Memory for the items is taken only after that. */
#include "files/npy_header.h"

#include "base/plain.h"

#include <stdio.h>
#include <string.h>

enum { HEADER_LIMIT = 1 << 16, LONGEST_TEXT = 1 << 20 };

static const char MAGIC[6] = { '\x93', 'N', 'U', 'M', 'P', 'Y' };

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
static akin_status parse_shape(parser *s, ak_npy_header *h)
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
static akin_status parse_descr(parser *s, ak_npy_header *h)
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
    if (h->texts && (h->kind == 'U' || h->kind == 'S')) {
        const long length = strtol(d, NULL, 10);
        h->item_bytes = length > 0 && length <= LONGEST_TEXT ? (int)length * (h->kind == 'U' ? 4 : 1) : -1;
    }
    static const char *const KNOWN[] = { "b1", "i1", "i2", "i4", "i8", "u1",
                                         "u2", "u4", "u8", "f2", "f4", "f8" };
    bool known = h->texts && (h->kind == 'U' || h->kind == 'S') && h->item_bytes > 0;
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        known = known || (KNOWN[i][0] == h->kind && KNOWN[i][1] - '0' == h->item_bytes);
    if (!known)
        return ak_fail(s->err, AKIN_ERR_FORMAT,
                       "'%s' has dtype '%s'; akin reads bool, (u)int8 to (u)int64 and float16 to float64",
                       s->path, h->descr);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    h->swapped = order == '<';
#else
    h->swapped = order == '>';
#endif
    return AKIN_OK;
}

static akin_status parse_header(parser *s, ak_npy_header *h)
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
static akin_status check_length(ak_npy_header *h, int64_t file_bytes, const char *path, akin_error *err)
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
    const int64_t item = h->item_bytes, have = file_bytes - h->offset;
    const int64_t want = item && h->count > INT64_MAX / item ? INT64_MAX : h->count * item;
    if (want != have)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is %s: shape (%s) of %s needs %lld bytes after the %lld of the header, the file "
                       "has %lld",
                       path, have < want ? "truncated" : "too long", shape, h->descr, (long long)want,
                       (long long)h->offset, (long long)have);
    return AKIN_OK;
}

akin_status ak_npy_read_header(const ak_piece *file, const char *path, ak_npy_header *h, akin_error *err)
{
    const int64_t file_bytes = file->bytes;
    unsigned char start[12];
    const size_t first = file_bytes < 12 ? (size_t)file_bytes : 12;
    const int reason = ak_piece_read(file, start, first, 0);
    if (reason) return ak_piece_failed(err, path, reason, 0);
    if (first < 6 || memcmp(start, MAGIC, sizeof MAGIC) != 0)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is not a .npy file: it does not begin with \\x93NUMPY",
                       path);
    if (first < 10 || (first < 12 && start[6] > 1))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is truncated: it ends after %zu bytes, in the .npy header",
                       path, first);
    if (start[6] < 1 || start[6] > 3 || start[7] != 0)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is .npy version %d.%d; akin reads 1.0, 2.0 and 3.0", path,
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
    const int failed = ak_piece_read(file, text, (size_t)length, s.offset);
    akin_status status = failed ? ak_piece_failed(err, path, failed, s.offset) : parse_header(&s, h);
    free(text);
    return status ? status : check_length(h, file_bytes, path, err);
}

akin_dtype ak_npy_dtype(const ak_npy_header *h)
{
    if (h->kind == 'f') return h->item_bytes == 8 ? AKIN_DTYPE_F64 : AKIN_DTYPE_F32;
    if (h->item_bytes == 1) return h->kind == 'i' ? AKIN_DTYPE_I32 : AKIN_DTYPE_U8;
    return h->item_bytes == 2 || (h->item_bytes == 4 && h->kind == 'i') ? AKIN_DTYPE_I32 : AKIN_DTYPE_I64;
}
