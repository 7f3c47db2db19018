/* SPDX-License-Identifier: Apache-2.0 */
/* files/lines.c - lines of a file or pipe, plain or compressed.
 *
 * Bytes come from the file in pieces of 256 KiB. Where the first bytes say that it is compressed, they go
 * through zlib, libzstd or liblzma. The text goes into a buffer that holds one piece and the line that is
 * being read.
 *
 * Memory is bounded, whatever a damaged or malicious file would inflate to: the buffer grows to AK_LINE_BYTES
 * and no further, zstd's window is limited to 128 MiB and xz's memory to 256 MiB.
 *
 * Compressed parts that follow each other in a file are read as one. The libraries verify the check sums. */
#include "files/lines.h"

#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { PIECE = 1 << 18, WINDOW_LOG = 27, XZ_MEMORY = 1 << 28, MAGIC = 6 };

typedef enum packing { PLAIN, GZIP, ZSTD, XZ } packing;
static const char *const PACKING[] = { "plain", "gzip", "zstd", "xz" };

struct akin_lines {
    char *path;
    int fd;
    packing packing;
    bool ended, whole; /* the file is at its end; no member of it is unfinished */
    unsigned char *in; /* [PIECE] */
    size_t in_at, in_end;
    int64_t fetched, given; /* bytes of the file, bytes of text */
    z_stream z;
    ZSTD_DStream *zstd;
    lzma_stream xz;
    /* [at,end): not handed out yet. last: where the line handed out last begins. */
    char *text;
    int64_t at, end, room, last;
    int64_t number;
};

static akin_status fetch(akin_lines *l, akin_error *err)
{
    if (l->in_at < l->in_end || l->ended) return AKIN_OK;
    ssize_t more;
    do more = read(l->fd, l->in, PIECE);
    while (more < 0 && errno == EINTR);
    if (more < 0)
        return ak_fail(err, AKIN_ERR_INPUT, "cannot read '%s' at byte %lld: %s", l->path,
                       (long long)l->fetched, ak_strerror(errno));
    l->ended = more == 0;
    l->fetched += more;
    l->in_at = 0;
    l->in_end = (size_t)more;
    return AKIN_OK;
}

static akin_status damaged(const akin_lines *l, const char *reason, akin_error *err)
{
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' has damaged %s data before byte %lld, after %lld bytes of text: %s", l->path,
                   PACKING[l->packing], (long long)(l->fetched - (int64_t)(l->in_end - l->in_at)),
                   (long long)l->given, reason);
}

/* Each of these turns some of `in` into at most `room` bytes at `to`. */

static akin_status inflate_gzip(akin_lines *l, char *to, size_t room, size_t *got, akin_error *err)
{
    if (l->whole) {
        if (l->in[l->in_at] != 0x1f) return damaged(l, "there are bytes after its end", err);
        inflateReset(&l->z);
    }
    l->z.next_in = l->in + l->in_at;
    l->z.avail_in = (uInt)(l->in_end - l->in_at);
    l->z.next_out = (unsigned char *)to;
    l->z.avail_out = (uInt)room;
    const int state = inflate(&l->z, Z_NO_FLUSH);
    l->in_at = l->in_end - l->z.avail_in;
    *got = room - l->z.avail_out;
    l->whole = state == Z_STREAM_END;
    if (state == Z_MEM_ERROR) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", l->path);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
        return damaged(l, l->z.msg ? l->z.msg : "no reason given", err);
    return AKIN_OK;
}

static akin_status inflate_zstd(akin_lines *l, char *to, size_t room, size_t *got, akin_error *err)
{
    ZSTD_inBuffer in = { l->in, l->in_end, l->in_at };
    ZSTD_outBuffer out = { to, room, 0 };
    const size_t state = ZSTD_decompressStream(l->zstd, &out, &in);
    l->in_at = in.pos;
    *got = out.pos;
    if (ZSTD_isError(state)) return damaged(l, ZSTD_getErrorName(state), err);
    l->whole = state == 0;
    return AKIN_OK;
}

static akin_status inflate_xz(akin_lines *l, char *to, size_t room, size_t *got, akin_error *err)
{
    l->xz.next_in = l->in + l->in_at;
    l->xz.avail_in = l->in_end - l->in_at;
    l->xz.next_out = (unsigned char *)to;
    l->xz.avail_out = room;
    const lzma_ret state = lzma_code(&l->xz, l->ended ? LZMA_FINISH : LZMA_RUN);
    l->in_at = l->in_end - l->xz.avail_in;
    *got = room - l->xz.avail_out;
    l->whole = state == LZMA_STREAM_END;
    switch (state) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
    case LZMA_STREAM_END: return AKIN_OK;
    case LZMA_MEM_ERROR: return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", l->path);
    case LZMA_MEMLIMIT_ERROR:
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' needs more than %d MiB to be inflated; pack it again with xz -6", l->path,
                       XZ_MEMORY >> 20);
    case LZMA_FORMAT_ERROR: return damaged(l, "not the header of an xz stream", err);
    case LZMA_OPTIONS_ERROR: return damaged(l, "options that liblzma does not know", err);
    default: return damaged(l, "a check does not hold", err);
    }
}

/* Some more bytes of text to `to`; *got = 0 at the end. */
static akin_status take(akin_lines *l, char *to, size_t room, size_t *got, akin_error *err)
{
    *got = 0;
    while (*got == 0) {
        AK_TRY(fetch(l, err));
        const bool dry = l->in_at == l->in_end;
        if (dry && (l->packing == PLAIN || l->whole)) return AKIN_OK;
        switch (l->packing) {
        case PLAIN:
            *got = l->in_end - l->in_at < room ? l->in_end - l->in_at : room;
            memcpy(to, l->in + l->in_at, *got);
            l->in_at += *got;
            break;
        case GZIP: AK_TRY(inflate_gzip(l, to, room, got, err)); break;
        case ZSTD: AK_TRY(inflate_zstd(l, to, room, got, err)); break;
        case XZ: AK_TRY(inflate_xz(l, to, room, got, err)); break;
        }
        if (dry && *got == 0 && !l->whole)
            return ak_fail(err, AKIN_ERR_FORMAT,
                           "'%s' is truncated: its %s data breaks off at byte %lld, after %lld bytes of text",
                           l->path, PACKING[l->packing], (long long)l->fetched, (long long)l->given);
    }
    l->given += (int64_t)*got;
    return AKIN_OK;
}

static akin_status start_packing(akin_lines *l, akin_error *err)
{
    static const unsigned char XZ_MAGIC[MAGIC] = { 0xfd, '7', 'z', 'X', 'Z', 0 };
    static const unsigned char ZSTD_MAGIC[4] = { 0x28, 0xb5, 0x2f, 0xfd };
    /* a pipe may give its first bytes one by one */
    while (l->in_end < MAGIC && !l->ended) {
        ssize_t more;
        do more = read(l->fd, l->in + l->in_end, PIECE - l->in_end);
        while (more < 0 && errno == EINTR);
        if (more < 0)
            return ak_fail(err, AKIN_ERR_INPUT, "cannot read '%s': %s", l->path, ak_strerror(errno));
        l->ended = more == 0;
        l->in_end += (size_t)more;
        l->fetched += more;
    }
    bool fine = true;
    if (l->in_end >= 2 && l->in[0] == 0x1f && l->in[1] == 0x8b) {
        l->packing = GZIP;
        fine = inflateInit2(&l->z, 15 + 16) == Z_OK;
        if (!fine) l->packing = PLAIN;
    } else if (l->in_end >= 4 && memcmp(l->in, ZSTD_MAGIC, 4) == 0) {
        l->packing = ZSTD;
        l->zstd = ZSTD_createDStream();
        fine = l->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(l->zstd, ZSTD_d_windowLogMax, WINDOW_LOG));
    } else if (l->in_end >= MAGIC && memcmp(l->in, XZ_MAGIC, MAGIC) == 0) {
        l->packing = XZ;
        fine = lzma_stream_decoder(&l->xz, XZ_MEMORY, LZMA_CONCATENATED) == LZMA_OK;
    }
    return fine ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", l->path);
}

static akin_status start(akin_lines *l, akin_error *err)
{
    struct stat info;
    l->fd = strcmp(l->path, "-") == 0 ? dup(0) : open(l->path, O_RDONLY | O_CLOEXEC);
    if (l->fd < 0) {
        const int reason = errno;
        return ak_fail(err, reason == ENOMEM ? AKIN_ERR_NOMEM : AKIN_ERR_INPUT, "cannot open '%s': %s",
                       l->path, ak_strerror(reason));
    }
    if (fstat(l->fd, &info) == 0 && S_ISDIR(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is a folder, not a file of lines", l->path);
    l->in = malloc(PIECE);
    if (!l->in || !ak_grow(&l->text, &l->room, 2 * PIECE, 1))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", l->path);
    return start_packing(l, err);
}

akin_status akin_lines_open(const char *path, akin_lines **out, akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "lines_open: path and out must not be NULL");
    akin_lines *l = calloc(1, sizeof *l);
    if (l) l->path = strdup(path);
    if (!l || !l->path) {
        free(l);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    }
    l->fd = -1;
    const akin_status status = start(l, err);
    if (status)
        akin_lines_close(l);
    else
        *out = l;
    return status;
}

void akin_lines_close(akin_lines *l)
{
    if (!l) return;
    if (l->packing == GZIP) inflateEnd(&l->z);
    if (l->zstd) ZSTD_freeDStream(l->zstd);
    lzma_end(&l->xz);
    if (l->fd >= 0) close(l->fd);
    free(l->in);
    free(l->text);
    free(l->path);
    free(l);
}

int64_t akin_lines_number(const akin_lines *l) { return l->number; }
const char *ak_lines_path(const akin_lines *l) { return l->path; }
int64_t ak_lines_bytes(const akin_lines *l) { return l->given; }

/* Read on; bytes before l->last are not needed any more. *got is false at the end of the file. */
static akin_status refill(akin_lines *l, bool *got, akin_error *err)
{
    if (l->last > 0) {
        memmove(l->text, l->text + l->last, (size_t)(l->end - l->last));
        l->at -= l->last;
        l->end -= l->last;
        l->last = 0;
    }
    if (l->end > AK_LINE_BYTES)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' line %lld has more than %d MiB; is it a file of text?",
                       l->path, (long long)l->number + 1, AK_LINE_BYTES >> 20);
    size_t more = 0;
    if (!ak_grow(&l->text, &l->room, l->end + PIECE, 1))
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a line of '%s'", l->path);
    AK_TRY(take(l, l->text + l->end, PIECE, &more, err));
    l->end += (int64_t)more;
    *got = more > 0;
    return AKIN_OK;
}

/* The line that begins at l->at, appended to what begins at l->last. */
static akin_status next_line(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err)
{
    int64_t looked = 0;
    bool more = true;
    const char *end = NULL;
    for (;;) {
        if (l->end > l->at + looked)
            end = memchr(l->text + l->at + looked, '\n', (size_t)(l->end - l->at - looked));
        if (end) break;
        looked = l->end - l->at;
        AK_TRY(refill(l, &more, err));
        if (!more) break;
    }
    *got = end || l->end > l->at;
    *text = l->text + l->last; /* refill() may have moved what was given before */
    *bytes = l->end - l->last;
    if (!*got) return AKIN_OK;
    int64_t stop = end ? end - l->text : l->end;
    if (stop - l->last > AK_LINE_BYTES)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' line %lld has more than %d MiB; is it a file of text?",
                       l->path, (long long)l->number + 1, AK_LINE_BYTES >> 20);
    l->at = end ? stop + 1 : stop;
    if (end && stop > l->last && l->text[stop - 1] == '\r') stop--;
    l->number++;
    if (l->number == 1 && stop - l->last >= 3 && memcmp(l->text + l->last, "\xef\xbb\xbf", 3) == 0) {
        l->last += 3;
        if (stop < l->last) stop = l->last;
    }
    *text = l->text + l->last;
    *bytes = stop - l->last;
    return AKIN_OK;
}

akin_status akin_lines_next(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err)
{
    l->last = l->at;
    return next_line(l, text, bytes, got, err);
}

akin_status ak_lines_more(akin_lines *l, const char **text, int64_t *bytes, bool *got, akin_error *err)
{
    return next_line(l, text, bytes, got, err);
}
