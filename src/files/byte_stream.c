/* SPDX-License-Identifier: Apache-2.0 */
/* files/byte_stream.c - bytes of a file or pipe in order, plain or packed by gzip, zstd or xz. The first
 * bytes tell which, not the name. Every reader of text, tables and IDX reads through here.
 *
 * Packed data are inflated piece by piece into the caller's memory. What the decoders take themselves is
 * limited: zstd's window to 128 MiB, xz's memory to 256 MiB. So that a small file cannot make a reader that
 * keeps everything fill the memory, what comes out is limited too: beyond AK_UNPACKED_FREE bytes it must not
 * be more than AK_UNPACKED_TIMES those that went in. The libraries verify check sums.
 * Packed parts that follow each other in a file are read as one; other bytes behind them are an error. */
#include "files/byte_stream.h"

#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { WINDOW_LOG = 27, XZ_MEMORY = 1 << 28, MAGIC = 6, DEFLATE_MOST = 1032, OTHERS_MOST = 1 << 16 };

typedef enum packing { PLAIN, GZIP, ZSTD, XZ } packing;
static const char *const PACKING[] = { "plain", "gzip", "zstd", "xz" };
static const int64_t FREE = AK_UNPACKED_FREE, TIMES = AK_UNPACKED_TIMES;

struct ak_byte_stream {
    int fd;
    char *path;
    packing packing;
    int64_t length;         /* of a regular file */
    int64_t whole_length;   /* the same, where it is read from its beginning; else 0 */
    int64_t fetched, given; /* bytes of the file, bytes handed out */
    bool ended, whole;      /* the file is at its end; no packed part of it is unfinished */
    bool unread;            /* a part of the file could not be read */
    size_t at, end;         /* in[at,end) was fetched and not used yet */
    z_stream z;
    ZSTD_DStream *zstd;
    lzma_stream xz;
    unsigned char in[AK_BYTE_PIECE];
};

/* At most n bytes from the file; *got = 0 at its end. */
static akin_status fetch(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    ssize_t more;
    do more = read(s->fd, to, n);
    while (more < 0 && errno == EINTR);
    s->unread = more < 0 || (more == 0 && s->fetched < s->whole_length);
    if (more < 0)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot read '%s' at byte %lld: %s", s->path,
                       (long long)s->fetched, ak_strerror(errno));
    s->fetched += more;
    s->ended = more == 0;
    if (s->unread)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' became shorter while it was read: %lld bytes of %lld",
                       s->path, (long long)s->fetched, (long long)s->whole_length);
    *got = (size_t)more;
    return AKIN_OK;
}

/* Opening -------------------------------------------------------------------------------------- */

static akin_status start_packing(ak_byte_stream *s, akin_error *err)
{
    static const unsigned char XZ_MAGIC[MAGIC] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
    static const unsigned char ZSTD_MAGIC[4] = { 0x28, 0xb5, 0x2f, 0xfd };
    /* a pipe may give its first bytes one by one */
    for (size_t got = 0; s->end < MAGIC && !s->ended; s->end += got)
        AK_TRY(fetch(s, s->in + s->end, sizeof s->in - s->end, &got, err));
    bool fine = true;
    if (s->end >= 2 && s->in[0] == 0x1f && s->in[1] == 0x8b) {
        fine = inflateInit2(&s->z, 15 + 16) == Z_OK;
        s->packing = fine ? GZIP : PLAIN;
    } else if (s->end >= 4 && memcmp(s->in, ZSTD_MAGIC, 4) == 0) {
        s->packing = ZSTD;
        s->zstd = ZSTD_createDStream();
        fine = s->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, WINDOW_LOG));
    } else if (s->end >= MAGIC && memcmp(s->in, XZ_MAGIC, MAGIC) == 0) {
        s->packing = XZ;
        fine = lzma_stream_decoder(&s->xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK;
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", s->path);
}

static akin_status start(ak_byte_stream *s, bool any, akin_error *err)
{
    struct stat info;
    /* a pipe without a writer must not block where only a regular file will do */
    s->fd =
        any && strcmp(s->path, "-") == 0 ? dup(0) : ak_open(s->path, O_RDONLY | (any ? 0 : O_NONBLOCK), 0);
    if (s->fd < 0) {
        const int reason = errno;
        return ak_fail(err, reason == ENOMEM ? AKIN_ERR_NOMEM : AKIN_ERR_INPUT, "cannot open '%s': %s",
                       s->path, ak_strerror(reason));
    }
    if (fstat(s->fd, &info) != 0) return ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s'", s->path);
    if (S_ISDIR(info.st_mode) && any)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is a folder, not a file", s->path);
    if (!S_ISREG(info.st_mode) && !any)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", s->path);
    s->length = (int64_t)info.st_size;
    if (S_ISREG(info.st_mode) && lseek(s->fd, 0, SEEK_CUR) == 0) s->whole_length = s->length;
    return start_packing(s, err);
}

static akin_status open_stream(const char *path, bool any, ak_byte_stream **out, akin_error *err)
{
    ak_byte_stream *s = calloc(1, sizeof *s);
    if (s) s->path = strdup(path);
    if (!s || !s->path) {
        free(s);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    }
    const akin_status status = start(s, any, err);
    if (status)
        ak_byte_stream_close(s);
    else
        *out = s;
    return status;
}

akin_status ak_byte_stream_open(const char *path, ak_byte_stream **out, akin_error *err)
{
    return open_stream(path, false, out, err);
}

akin_status ak_byte_stream_open_any(const char *path, ak_byte_stream **out, akin_error *err)
{
    return open_stream(path, true, out, err);
}

void ak_byte_stream_close(ak_byte_stream *s)
{
    if (!s) return;
    if (s->packing == GZIP) inflateEnd(&s->z);
    if (s->zstd) ZSTD_freeDStream(s->zstd);
    lzma_end(&s->xz);
    if (s->fd >= 0) close(s->fd);
    free(s->path);
    free(s);
}

int64_t ak_byte_stream_limit(const ak_byte_stream *s)
{
    const int64_t most = s->packing == PLAIN ? 1 : s->packing == GZIP ? DEFLATE_MOST : OTHERS_MOST;
    return s->length > INT64_MAX / most ? INT64_MAX : s->length * most;
}

static akin_status too_much(const ak_byte_stream *s, const char *verb, int64_t bytes, int64_t of,
                            akin_error *err)
{
    return ak_fail(err, AKIN_ERR_INPUT,
                   "'%s' %s %lld bytes, over %d times the %lld of its %s data: damaged, or made to fill "
                   "memory; if it is neither, unpack it (%s -d): unpacked it is read without this limit",
                   s->path, verb, (long long)bytes, AK_UNPACKED_TIMES, (long long)of, PACKING[s->packing],
                   PACKING[s->packing]);
}

akin_status ak_byte_stream_promise(const ak_byte_stream *s, int64_t bytes, akin_error *err)
{
    if (s->packing == PLAIN || bytes <= FREE || bytes / TIMES <= s->length) return AKIN_OK;
    return too_much(s, "announces", bytes, s->length, err);
}

bool ak_byte_stream_is_unread(const ak_byte_stream *s) { return s->unread; }
bool ak_byte_stream_is_packed(const ak_byte_stream *s) { return s->packing != PLAIN; }
int64_t ak_byte_stream_given(const ak_byte_stream *s) { return s->given; }

/* Reading -------------------------------------------------------------------------------------- */

/* got: bytes that came out before it was seen. */
static akin_status damaged(const ak_byte_stream *s, size_t got, const char *reason, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' has damaged %s data before byte %lld, after %lld unpacked bytes: %s", s->path,
                   PACKING[s->packing], (long long)(s->fetched - (int64_t)(s->end - s->at)),
                   (long long)s->given + (long long)got, reason);
}

/* Each of these turns some of `in` into at most `room` bytes at `to`. */

static akin_status inflate_gzip(ak_byte_stream *s, void *to, size_t room, size_t *got, akin_error *err)
{
    if (s->whole) { /* another part may follow, and nothing else */
        if (s->in[s->at] != 0x1f)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has bytes after its gzip data, from byte %lld",
                           s->path, (long long)(s->fetched - (int64_t)(s->end - s->at)));
        inflateReset(&s->z);
    }
    s->z.next_in = s->in + s->at;
    s->z.avail_in = (uInt)(s->end - s->at);
    s->z.next_out = to;
    s->z.avail_out = (uInt)room;
    const int state = inflate(&s->z, Z_NO_FLUSH);
    s->at = s->end - s->z.avail_in;
    *got = room - s->z.avail_out;
    s->whole = state == Z_STREAM_END;
    if (state == Z_MEM_ERROR) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", s->path);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
        return damaged(s, *got, s->z.msg ? s->z.msg : "no reason given", err);
    return AKIN_OK;
}

static akin_status inflate_zstd(ak_byte_stream *s, void *to, size_t room, size_t *got, akin_error *err)
{
    ZSTD_inBuffer in = { s->in, s->end, s->at };
    ZSTD_outBuffer out = { to, room, 0 };
    const size_t state = ZSTD_decompressStream(s->zstd, &out, &in);
    s->at = in.pos;
    *got = out.pos;
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(state);
    if (code == ZSTD_error_frameParameter_windowTooLarge)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' needs more than %d MiB to be inflated; pack it again with zstd -19, without --long",
            s->path, 1 << (WINDOW_LOG - 20));
    if (code == ZSTD_error_memory_allocation)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", s->path);
    if (ZSTD_isError(state)) return damaged(s, *got, ZSTD_getErrorName(state), err);
    s->whole = state == 0;
    return AKIN_OK;
}

static akin_status inflate_xz(ak_byte_stream *s, void *to, size_t room, size_t *got, akin_error *err)
{
    s->xz.next_in = s->in + s->at;
    s->xz.avail_in = s->end - s->at;
    s->xz.next_out = to;
    s->xz.avail_out = room;
    const lzma_ret state = lzma_code(&s->xz, s->ended ? LZMA_FINISH : LZMA_RUN);
    s->at = s->end - s->xz.avail_in;
    *got = room - s->xz.avail_out;
    s->whole = state == LZMA_STREAM_END;
    switch (state) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
    case LZMA_STREAM_END: return AKIN_OK;
    case LZMA_MEM_ERROR: return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", s->path);
    case LZMA_MEMLIMIT_ERROR:
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' needs more than %d MiB to be inflated; pack it again with xz -6", s->path,
                       XZ_MEMORY >> 20);
    case LZMA_FORMAT_ERROR: return damaged(s, *got, "not the header of an xz stream", err);
    case LZMA_OPTIONS_ERROR: return damaged(s, *got, "options that liblzma does not know", err);
    default: return damaged(s, *got, "a check does not hold", err);
    }
}

static akin_status inflate_piece(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    while (*got == 0) {
        if (s->at == s->end && !s->ended) {
            s->at = s->end = 0;
            AK_TRY(fetch(s, s->in, sizeof s->in, &s->end, err));
        }
        const bool dry = s->at == s->end;
        if (dry && s->whole) return AKIN_OK;
        switch (s->packing) {
        case GZIP: AK_TRY(inflate_gzip(s, to, n, got, err)); break;
        case ZSTD: AK_TRY(inflate_zstd(s, to, n, got, err)); break;
        default: AK_TRY(inflate_xz(s, to, n, got, err)); break;
        }
        if (dry && *got == 0 && !s->whole)
            return ak_fail(
                err, AKIN_ERR_FORMAT,
                "'%s' is truncated: its %s data breaks off at byte %lld, after %lld unpacked bytes", s->path,
                PACKING[s->packing], (long long)s->fetched, (long long)s->given);
    }
    return AKIN_OK;
}

akin_status ak_byte_stream_piece(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    if (n > AK_BYTE_PIECE && s->packing != PLAIN) n = AK_BYTE_PIECE;
    *got = 0;
    if (s->packing != PLAIN) {
        AK_TRY(inflate_piece(s, to, n, got, err));
    } else if (s->at < s->end) {
        *got = s->end - s->at < n ? s->end - s->at : n;
        memcpy(to, s->in + s->at, *got);
        s->at += *got;
    } else if (n > 0) {
        AK_TRY(fetch(s, to, n, got, err));
    }
    s->given += (int64_t)*got;
    const int64_t used = s->fetched - (int64_t)(s->end - s->at);
    if (s->packing != PLAIN && s->given > FREE && s->given / TIMES > used)
        return too_much(s, "unpacks to", s->given, used, err);
    return AKIN_OK;
}

akin_status ak_byte_stream_some(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    *got = 0;
    for (size_t more = 1; *got < n && more > 0; *got += more)
        AK_TRY(ak_byte_stream_piece(s, (unsigned char *)to + *got, n - *got, &more, err));
    return AKIN_OK;
}

akin_status ak_byte_stream_read(ak_byte_stream *s, void *to, size_t n, akin_error *err)
{
    size_t done = 0;
    AK_TRY(ak_byte_stream_some(s, to, n, &done, err));
    if (done == n) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is truncated: it ends after %lld%s bytes, %zu more are needed",
                   s->path, (long long)s->given, s->packing == PLAIN ? "" : " unpacked", n - done);
}

akin_status ak_byte_stream_end(ak_byte_stream *s, akin_error *err)
{
    unsigned char extra;
    size_t got = 0;
    const int64_t given = s->given;
    AK_TRY(ak_byte_stream_piece(s, &extra, 1, &got, err));
    if (got == 0) return AKIN_OK;
    if (s->packing != PLAIN)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is too long: it inflates to more than the %lld bytes its header announces",
                       s->path, (long long)given);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is too long: its header announces %lld bytes, it has %lld",
                   s->path, (long long)given, (long long)s->length);
}
