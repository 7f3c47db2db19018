/* SPDX-License-Identifier: Apache-2.0 */
/* files/zip_read.c - archives of zip (APPNOTE 6.3 of PKWARE), as numpy.savez() and savez_compressed() write
 * them.
 *
 * Trust. The directory at the end alone says what there is. A number of it is believed only after it was held
 * against the length of the file; then the header in front of a member must name the same member; then the
 * bytes must have the length and the sum that the directory tells. Members that overlap can do no harm:
 * each is read by itself, and what it unpacks to is limited by what it takes in the file. */
#include "files/zip.h"

#include "base/path.h"
#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { END_BYTES = 22, LOCATE_BYTES = 20, END64_BYTES = 56, CENTRAL_BYTES = 46, LOCAL_BYTES = 30 };
enum { LONGEST_COMMENT = 65535, STORED = 0, DEFLATED = 8, ENCRYPTED = 1, BLOCK = 1 << 16 };
static const int64_t FREE_BYTES = 64 << 20, MOST_TIMES = 1000, LARGEST_DIRECTORY = 64 << 20;
static const uint64_t NARROW = UINT32_MAX;

typedef struct member {
    char *name; /* owned */
    int64_t at, packed, bytes;
    uint32_t crc;
    int method;
} member;

struct ak_zip {
    char *path;
    ak_piece file;
    member *members;
    int64_t count;
};

static uint64_t number(const unsigned char *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)at[i] << (8 * i);
    return value;
}

akin_status ak_zip_is(const char *path, bool *is, akin_error *err)
{
    char start[4];
    size_t got = 0;
    struct stat info;
    bool there;
    *is = false;
    AK_TRY(ak_look(path, &there, &info, err));
    if (!there || !S_ISREG(info.st_mode)) return AKIN_OK;
    AK_TRY(ak_file_head(path, start, sizeof start, &got, err));
    *is = got == sizeof start && number((const unsigned char *)start, 4) == AK_ZIP_LOCAL;
    return AKIN_OK;
}

void ak_zip_close(ak_zip *z)
{
    if (!z) return;
    for (int64_t i = 0; z->members && i < z->count; i++) free(z->members[i].name);
    free(z->members);
    if (z->file.fd >= 0) close(z->file.fd);
    free(z->path);
    free(z);
}

int64_t ak_zip_count(const ak_zip *z) { return z->count; }
const char *ak_zip_name(const ak_zip *z, int64_t i) { return z->members[i].name; }

static akin_status damaged(const ak_zip *z, const char *what, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is no whole archive of zip: %s", z->path, what);
}

static akin_status read_at(const ak_zip *z, void *to, size_t bytes, int64_t at, akin_error *err)
{
    const int reason = ak_piece_read(&z->file, to, bytes, at);
    return reason ? ak_piece_failed(err, z->path, reason, at) : AKIN_OK;
}

/* The directory ------------------------------------------------------------------------------------------ */

typedef struct directory {
    uint64_t at, bytes, count;
} directory;

/* The 64-bit form of the end, which a locator in front of the other one points to. */
static akin_status read_end64(const ak_zip *z, int64_t end, directory *d, akin_error *err)
{
    unsigned char locator[LOCATE_BYTES], wide[END64_BYTES];
    if (end < LOCATE_BYTES) return AKIN_OK;
    AK_TRY(read_at(z, locator, sizeof locator, end - LOCATE_BYTES, err));
    if (number(locator, 4) != AK_ZIP_LOCATE64) return AKIN_OK;
    const uint64_t at = number(locator + 8, 8);
    if (at > (uint64_t)end || (uint64_t)end - at < END64_BYTES)
        return damaged(z, "its end points outside", err);
    AK_TRY(read_at(z, wide, sizeof wide, (int64_t)at, err));
    if (number(wide, 4) != AK_ZIP_END64) return damaged(z, "its end points to no end", err);
    *d = (directory){ number(wide + 48, 8), number(wide + 40, 8), number(wide + 32, 8) };
    return AKIN_OK;
}

/* The end stands behind everything, but for a comment. */
static akin_status find_end(const ak_zip *z, directory *d, akin_error *err)
{
    unsigned char tail[END_BYTES + LONGEST_COMMENT];
    const int64_t bytes = z->file.bytes < (int64_t)sizeof tail ? z->file.bytes : (int64_t)sizeof tail;
    AK_TRY(read_at(z, tail, (size_t)bytes, z->file.bytes - bytes, err));
    for (int64_t i = bytes - END_BYTES; i >= 0; i--) {
        if (number(tail + i, 4) != AK_ZIP_END || i + END_BYTES + (int64_t)number(tail + i + 20, 2) != bytes)
            continue;
        *d = (directory){ number(tail + i + 16, 4), number(tail + i + 12, 4), number(tail + i + 10, 2) };
        const int64_t end = z->file.bytes - bytes + i;
        AK_TRY(read_end64(z, end, d, err));
        if (d->at > (uint64_t)end || d->bytes > (uint64_t)end - d->at)
            return damaged(z, "its directory lies outside of it", err);
        return AKIN_OK;
    }
    return damaged(z, "it has no end", err);
}

/* The 64-bit numbers of an extra field, in their order, for those that are all ones. */
static bool widen(const unsigned char *extra, size_t bytes, uint64_t *const wide[3])
{
    for (size_t i = 0; i + 4 <= bytes;) {
        const size_t id = (size_t)number(extra + i, 2), length = (size_t)number(extra + i + 2, 2);
        if (length > bytes - i - 4) return false;
        size_t at = i + 4;
        for (int k = 0; id == 1 && k < 3; k++) {
            if (*wide[k] != NARROW) continue;
            if (at + 8 > i + 4 + length) return false;
            *wide[k] = number(extra + at, 8);
            at += 8;
        }
        i += 4 + length;
    }
    return true;
}

/* One entry of the directory, which has `left` bytes; *used receives its own. */
static akin_status read_entry(ak_zip *z, const unsigned char *e, size_t left, size_t *used, akin_error *err)
{
    member *m = &z->members[z->count];
    if (left < CENTRAL_BYTES || number(e, 4) != AK_ZIP_CENTRAL)
        return damaged(z, "an entry of its directory is none", err);
    const size_t name = (size_t)number(e + 28, 2), extra = (size_t)number(e + 30, 2);
    *used = CENTRAL_BYTES + name + extra + (size_t)number(e + 32, 2);
    if (*used > left) return damaged(z, "its directory ends in an entry", err);
    uint64_t packed = number(e + 20, 4), bytes = number(e + 24, 4), at = number(e + 42, 4);
    uint64_t *const wide[3] = { &bytes, &packed, &at };
    const uint64_t size = (uint64_t)z->file.bytes;
    if (!widen(e + CENTRAL_BYTES + name, extra, wide)) return damaged(z, "a 64-bit number is cut off", err);
    if (memchr(e + CENTRAL_BYTES, 0, name) || name >= AK_ZIP_NAME)
        return damaged(z, "a name is too long, or no name", err);
    if (at > size || packed > size - at || bytes > INT64_MAX)
        return damaged(z, "a member lies outside of it", err);
    m->name = strndup((const char *)e + CENTRAL_BYTES, name);
    if (!m->name) return ak_no_memory(err, "for the members of '%s'", z->path);
    z->count++;
    *m = (member){ m->name,
                   (int64_t)at,
                   (int64_t)packed,
                   (int64_t)bytes,
                   (uint32_t)number(e + 16, 4),
                   (int)number(e + 10, 2) };
    if (number(e + 8, 2) & ENCRYPTED) return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is encrypted", z->path);
    return AKIN_OK;
}

static akin_status read_directory(ak_zip *z, akin_error *err)
{
    directory d;
    AK_TRY(find_end(z, &d, err));
    if (d.count > AK_ZIP_MEMBERS || d.bytes > (uint64_t)LARGEST_DIRECTORY)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' has %llu members in a directory of %llu bytes; the limits are %d and %lld",
                       z->path, (unsigned long long)d.count, (unsigned long long)d.bytes, AK_ZIP_MEMBERS,
                       (long long)LARGEST_DIRECTORY);
    unsigned char *text = malloc((size_t)d.bytes + 1);
    z->members = calloc((size_t)d.count + 1, sizeof *z->members);
    akin_status status =
        text && z->members ? AKIN_OK : ak_no_memory(err, "for the directory of '%s'", z->path);
    if (!status) status = read_at(z, text, (size_t)d.bytes, (int64_t)d.at, err);
    size_t at = 0, used = 0;
    for (uint64_t i = 0; i < d.count && !status; i++, at += used)
        status = read_entry(z, text + at, (size_t)d.bytes - at, &used, err);
    free(text);
    return status;
}

akin_status ak_zip_open(const char *path, ak_zip **out, akin_error *err)
{
    struct stat info;
    ak_zip *z = calloc(1, sizeof *z);
    if (z) z->path = strdup(path);
    if (!z || !z->path) {
        free(z);
        return ak_no_memory(err, "to open '%s'", path);
    }
    akin_status status = AKIN_OK;
    z->file.fd = ak_open(path, O_RDONLY, 0);
    if (z->file.fd < 0 || fstat(z->file.fd, &info) != 0)
        status = ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot open '%s': %s", path,
                         ak_strerror(errno));
    else if (!S_ISREG(info.st_mode))
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", path);
    else
        z->file.bytes = (int64_t)info.st_size;
    if (!status) status = read_directory(z, err);
    if (status)
        ak_zip_close(z);
    else
        *out = z;
    return status;
}

/* Members ------------------------------------------------------------------------------------------------ */

static akin_status bad_member(const ak_zip *z, const member *m, const char *what, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: '%s' %s", z->path, m->name, what);
}

/* Where the packed bytes of a member are: behind its own header, whose extra field may be another one. */
static akin_status place_of(const ak_zip *z, const member *m, ak_piece *out, akin_error *err)
{
    unsigned char head[LOCAL_BYTES];
    char name[AK_ZIP_NAME];
    const size_t length = strlen(m->name);
    AK_TRY(read_at(z, head, sizeof head, m->at, err));
    if (number(head, 4) != AK_ZIP_LOCAL || number(head + 26, 2) != length)
        return bad_member(z, m, "is not where the directory says", err);
    AK_TRY(read_at(z, name, length, m->at + LOCAL_BYTES, err));
    const int64_t begin = m->at + LOCAL_BYTES + (int64_t)length + (int64_t)number(head + 28, 2);
    if (memcmp(name, m->name, length) != 0 || m->packed > z->file.bytes - begin)
        return bad_member(z, m, "is not where the directory says", err);
    *out = (ak_piece){ .fd = z->file.fd, .base = begin, .bytes = m->packed };
    return AKIN_OK;
}

static akin_status check_stored(const ak_zip *z, const member *m, const ak_piece *p, akin_error *err)
{
    unsigned char block[BLOCK];
    uint32_t sum = 0;
    if (m->packed != m->bytes) return bad_member(z, m, "is stored and has two lengths", err);
    for (int64_t at = 0; at < m->bytes; at += BLOCK) {
        const int64_t some = m->bytes - at < BLOCK ? m->bytes - at : BLOCK;
        const int reason = ak_piece_read(p, block, (size_t)some, at);
        if (reason) return ak_piece_failed(err, z->path, reason, p->base + at);
        sum = (uint32_t)crc32(sum, block, (uInt)some);
    }
    return sum == m->crc ? AKIN_OK : bad_member(z, m, "has another check sum", err);
}

/* All of a deflated member into to [m->bytes]. */
static akin_status inflate_all(const ak_zip *z, const member *m, const ak_piece *p, unsigned char *to,
                               akin_error *err)
{
    unsigned char block[BLOCK];
    z_stream s = { .next_in = block };
    int64_t done = 0;
    int code = inflateInit2(&s, -MAX_WBITS);
    if (code != Z_OK) return ak_no_memory(err, "to unpack '%s'", z->path);
    akin_status status = AKIN_OK;
    for (int64_t at = 0; code == Z_OK && !status;) {
        if (s.avail_in == 0 && at < m->packed) {
            const int64_t some = m->packed - at < BLOCK ? m->packed - at : BLOCK;
            const int reason = ak_piece_read(p, block, (size_t)some, at);
            if (reason) status = ak_piece_failed(err, z->path, reason, p->base + at);
            s.next_in = block;
            s.avail_in = (uInt)some;
            at += some;
        }
        const int64_t room = m->bytes - done < 1 << 30 ? m->bytes - done : 1 << 30;
        s.next_out = to + done;
        s.avail_out = (uInt)room;
        if (!status) code = inflate(&s, Z_NO_FLUSH);
        done += room - (int64_t)s.avail_out;
    }
    const bool whole = code == Z_STREAM_END && done == m->bytes && s.avail_in == 0;
    inflateEnd(&s);
    if (status) return status;
    if (code == Z_MEM_ERROR) return ak_no_memory(err, "to unpack '%s'", z->path);
    return whole ? AKIN_OK : bad_member(z, m, "does not unpack to what the directory says", err);
}

static uint32_t sum_of(const unsigned char *data, int64_t bytes)
{
    uint32_t sum = 0;
    for (int64_t at = 0; at < bytes; at += 1 << 30)
        sum = (uint32_t)crc32(sum, data + at, (uInt)(bytes - at < 1 << 30 ? bytes - at : 1 << 30));
    return sum;
}

static akin_status unpack(const ak_zip *z, const member *m, const ak_piece *p, ak_piece *out,
                          unsigned char **memory, akin_error *err)
{
    if (m->bytes > FREE_BYTES && m->bytes / MOST_TIMES > m->packed)
        return ak_fail(
            err, AKIN_ERR_FORMAT,
            "'%s': '%s' would unpack to %lld bytes from %lld; the limit is 1000 times as much, or 64 MiB",
            z->path, m->name, (long long)m->bytes, (long long)m->packed);
    unsigned char *to = malloc((size_t)m->bytes + 1);
    if (!to)
        return ak_no_memory(err, "for the %lld bytes of '%s' in '%s'", (long long)m->bytes, m->name, z->path);
    akin_status status = inflate_all(z, m, p, to, err);
    if (!status && sum_of(to, m->bytes) != m->crc) status = bad_member(z, m, "has another check sum", err);
    if (status) {
        free(to);
        return status;
    }
    *memory = to;
    *out = (ak_piece){ .fd = -1, .memory = to, .bytes = m->bytes };
    return AKIN_OK;
}

akin_status ak_zip_bytes(const ak_zip *z, int64_t i, ak_piece *out, unsigned char **memory, akin_error *err)
{
    const member *m = &z->members[i];
    ak_piece p;
    *memory = NULL;
    if (m->method != STORED && m->method != DEFLATED)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s': '%s' is packed by method %d; stored and deflated ones are read", z->path,
                       m->name, m->method);
    AK_TRY(place_of(z, m, &p, err));
    if (m->method == DEFLATED) return unpack(z, m, &p, out, memory, err);
    AK_TRY(check_stored(z, m, &p, err));
    *out = p;
    return AKIN_OK;
}

size_t ak_zip_head(const ak_zip *z, int64_t i, void *to, size_t size)
{
    const member *m = &z->members[i];
    unsigned char packed[4096];
    ak_piece p;
    if (place_of(z, m, &p, NULL)) return 0;
    const size_t want = (int64_t)size < m->bytes ? size : (size_t)m->bytes;
    if (m->method == STORED) return ak_piece_read(&p, to, want, 0) ? 0 : want;
    const size_t some = m->packed < (int64_t)sizeof packed ? (size_t)m->packed : sizeof packed;
    z_stream s = { .next_in = packed, .avail_in = (uInt)some, .next_out = to, .avail_out = (uInt)want };
    if (m->method != DEFLATED || ak_piece_read(&p, packed, some, 0) || inflateInit2(&s, -MAX_WBITS)) return 0;
    inflate(&s, Z_SYNC_FLUSH);
    inflateEnd(&s);
    return want - s.avail_out;
}
