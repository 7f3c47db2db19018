/* SPDX-License-Identifier: Apache-2.0 */
/* files/zip_write.c - archives of zip, stored (APPNOTE 6.3 of PKWARE: local headers, central directory,
 * zip64).
 *
 * A number that 32 bits do not hold is all ones there, and stands in an extra field of 64-bit numbers.
 * Dates are the first that the form knows, so that the same content gives the same bytes. */
#include "files/zip.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { VERSION = 20, VERSION64 = 45, DATE = 0x21, WIDE = 0x0001, PADDING = 0x4246, MOST_HEAD = 512 };
static const uint64_t LIMIT = UINT32_MAX;

typedef struct member {
    char name[AK_ZIP_NAME];
    uint64_t at, bytes;
    uint32_t crc;
} member;

struct ak_zip_writer {
    akin_writer *file;
    member *members;
    int64_t count, room;
    uint64_t at;
};

/* Bytes of a header, little-endian. */
typedef struct block {
    unsigned char bytes[MOST_HEAD];
    size_t n;
} block;

static void put(block *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) b->bytes[b->n++] = (unsigned char)(value >> (8 * i));
}

static uint64_t narrow(uint64_t value) { return value < LIMIT ? value : LIMIT; }

static akin_status emit(ak_zip_writer *z, const void *data, size_t bytes, akin_error *err)
{
    z->at += bytes;
    return akin_writer_write(z->file, data, bytes, err);
}

akin_status ak_zip_begin(akin_writer *w, ak_zip_writer **out, akin_error *err)
{
    ak_zip_writer *z = calloc(1, sizeof *z);
    if (!z) return ak_no_memory(err, "for an archive");
    z->file = w;
    *out = z;
    return AKIN_OK;
}

/* Versions, method, date, sum and lengths: what local header and directory have alike. */
static void put_common(block *b, const member *m, bool wide)
{
    put(b, wide ? VERSION64 : VERSION, 2);
    put(b, 0, 2); /* flags */
    put(b, 0, 2); /* stored */
    put(b, 0, 2); /* midnight */
    put(b, DATE, 2);
    put(b, m->crc, 4);
    put(b, wide ? LIMIT : m->bytes, 4);
    put(b, wide ? LIMIT : m->bytes, 4);
    put(b, strlen(m->name), 2);
}

static void put_name(block *b, const char *name)
{
    memcpy(b->bytes + b->n, name, strlen(name));
    b->n += strlen(name);
}

/* An extra field without meaning that moves the bytes behind the header to a multiple of align. */
static size_t padding(uint64_t at, size_t head, int align)
{
    if (align <= 1) return 0;
    const uint64_t begin = at + head + 4;
    return 4 + (size_t)((uint64_t)align - begin % (uint64_t)align) % (size_t)align;
}

static void put_local(block *b, const member *m, int align)
{
    const bool wide = m->bytes >= LIMIT;
    const size_t extra = wide ? 20 : 0, pad = padding(m->at, 30 + strlen(m->name) + extra, align);
    put(b, AK_ZIP_LOCAL, 4);
    put_common(b, m, wide);
    put(b, extra + pad, 2);
    put_name(b, m->name);
    if (wide) put(b, WIDE, 2), put(b, 16, 2), put(b, m->bytes, 8), put(b, m->bytes, 8);
    if (!pad) return;
    put(b, PADDING, 2);
    put(b, pad - 4, 2);
    memset(b->bytes + b->n, 0, pad - 4);
    b->n += pad - 4;
}

/* crc32() counts in 32 bits. */
static uint32_t sum_of(uint32_t sum, const unsigned char *data, size_t bytes)
{
    for (size_t at = 0; at < bytes;) {
        const size_t some = bytes - at < (1u << 30) ? bytes - at : 1u << 30;
        sum = (uint32_t)crc32(sum, data + at, (uInt)some);
        at += some;
    }
    return sum;
}

akin_status ak_zip_add(ak_zip_writer *z, const char *name, const void *head, size_t head_bytes,
                       const void *data, size_t bytes, int align, akin_error *err)
{
    if (!ak_grow(&z->members, &z->room, z->count + 1, sizeof *z->members))
        return ak_no_memory(err, "for an archive");
    member *m = &z->members[z->count++];
    *m = (member){ .at = z->at, .bytes = head_bytes + bytes };
    snprintf(m->name, sizeof m->name, "%s", name);
    m->crc = sum_of(sum_of(0, head, head_bytes), data, bytes);
    block b = { .n = 0 };
    put_local(&b, m, align);
    AK_TRY(emit(z, b.bytes, b.n, err));
    AK_TRY(emit(z, head, head_bytes, err));
    return emit(z, data, bytes, err);
}

static void put_central(block *b, const member *m)
{
    const bool wide = m->bytes >= LIMIT || m->at >= LIMIT;
    put(b, AK_ZIP_CENTRAL, 4);
    put(b, VERSION64, 2);
    put_common(b, m, wide);
    put(b, wide ? 28 : 0, 2);
    put(b, 0, 2); /* comment */
    put(b, 0, 2); /* disk */
    put(b, 0, 2);
    put(b, 0, 4);
    put(b, wide ? LIMIT : m->at, 4);
    put_name(b, m->name);
    if (wide) put(b, WIDE, 2), put(b, 24, 2), put(b, m->bytes, 8), put(b, m->bytes, 8), put(b, m->at, 8);
}

static akin_status directory(ak_zip_writer *z, akin_error *err)
{
    const uint64_t begin = z->at, n = (uint64_t)z->count;
    for (int64_t i = 0; i < z->count; i++) {
        block b = { .n = 0 };
        put_central(&b, &z->members[i]);
        AK_TRY(emit(z, b.bytes, b.n, err));
    }
    const uint64_t end = z->at, bytes = end - begin;
    block b = { .n = 0 };
    if (begin >= LIMIT || bytes >= LIMIT || n >= 0xffff) {
        put(&b, AK_ZIP_END64, 4), put(&b, 44, 8), put(&b, VERSION64, 2), put(&b, VERSION64, 2);
        put(&b, 0, 4), put(&b, 0, 4), put(&b, n, 8), put(&b, n, 8), put(&b, bytes, 8), put(&b, begin, 8);
        put(&b, AK_ZIP_LOCATE64, 4), put(&b, 0, 4), put(&b, end, 8), put(&b, 1, 4);
    }
    put(&b, AK_ZIP_END, 4), put(&b, 0, 2), put(&b, 0, 2);
    put(&b, n < 0xffff ? n : 0xffff, 2), put(&b, n < 0xffff ? n : 0xffff, 2);
    put(&b, narrow(bytes), 4), put(&b, narrow(begin), 4), put(&b, 0, 2);
    return emit(z, b.bytes, b.n, err);
}

akin_status ak_zip_end(ak_zip_writer *z, akin_status status, akin_error *err)
{
    if (!z) return status;
    if (!status) status = directory(z, err);
    free(z->members);
    free(z);
    return status;
}
