/* SPDX-License-Identifier: Apache-2.0 */
/* files/byte_stream.c - bytes of a file in order, plain or gzip; the first two bytes tell which, not the
 * name.
 *
 * gzip is inflated piece by piece into the caller's memory, so a small file cannot make us take much. zlib
 * verifies its check sum and length. Bytes after the end of the gzip data are an error. */
#include "files/byte_stream.h"

#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { CHUNK = 1 << 16, MOST_EXPANSION = 1032 };

struct ak_byte_stream {
    int fd;
    char *path;
    int64_t length, given; /* bytes of the file; bytes handed out */
    int64_t fetched;       /* bytes taken from the file */
    bool gzip, finished;   /* finished: the last gzip member is complete */
    z_stream z;
    unsigned char buffer[CHUNK];
};

/* At most n bytes from the file; *got = 0 at its end. */
static akin_status fetch(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    ssize_t more;
    do more = read(s->fd, to, n);
    while (more < 0 && errno == EINTR);
    if (more < 0)
        return ak_fail(err, AKIN_ERR_INPUT, "cannot read '%s' at byte %lld: %s", s->path,
                       (long long)s->fetched, ak_strerror(errno));
    s->fetched += more;
    *got = (size_t)more;
    return AKIN_OK;
}

static akin_status refill(ak_byte_stream *s, akin_error *err)
{
    size_t got = 0;
    if (s->z.avail_in > 0) return AKIN_OK;
    AK_TRY(fetch(s, s->buffer, CHUNK, &got, err));
    s->z.next_in = s->buffer;
    s->z.avail_in = (uInt)got;
    return AKIN_OK;
}

static akin_status start(ak_byte_stream *s, akin_error *err)
{
    struct stat info;
    if (fstat(s->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", s->path);
    s->length = (int64_t)info.st_size;
    unsigned char magic[2] = { 0 };
    if (pread(s->fd, magic, 2, 0) != 2 || magic[0] != 0x1f || magic[1] != 0x8b) return AKIN_OK;
    if (inflateInit2(&s->z, 15 + 16) != Z_OK)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", s->path);
    s->gzip = true;
    return AKIN_OK;
}

akin_status ak_byte_stream_open(const char *path, ak_byte_stream **out, akin_error *err)
{
    ak_byte_stream *s = calloc(1, sizeof *s);
    if (s) s->path = strdup(path);
    if (!s || !s->path) {
        free(s);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to read '%s'", path);
    }
    akin_status status = AKIN_OK;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not block us */
    if (s->fd < 0)
        status = ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s': %s", path, ak_strerror(errno));
    else
        status = start(s, err);
    if (status)
        ak_byte_stream_close(s);
    else
        *out = s;
    return status;
}

void ak_byte_stream_close(ak_byte_stream *s)
{
    if (!s) return;
    if (s->gzip) inflateEnd(&s->z);
    if (s->fd >= 0) close(s->fd);
    free(s->path);
    free(s);
}

int64_t ak_byte_stream_limit(const ak_byte_stream *s)
{
    if (!s->gzip) return s->length;
    return s->length > INT64_MAX / MOST_EXPANSION ? INT64_MAX : s->length * MOST_EXPANSION;
}

bool ak_byte_stream_is_gzip(const ak_byte_stream *s) { return s->gzip; }

/* Inflate at most n bytes; *got < n only at the end of the last member. */
static akin_status inflate_some(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    *got = 0;
    while (*got < n) {
        AK_TRY(refill(s, err));
        if (s->finished) { /* another member may follow, and nothing else */
            if (s->z.avail_in == 0) return AKIN_OK;
            if (s->z.next_in[0] != 0x1f)
                return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has bytes after its gzip data, from byte %lld",
                               s->path, (long long)(s->fetched - s->z.avail_in));
            inflateReset(&s->z);
            s->finished = false;
        }
        if (s->z.avail_in == 0)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is truncated: its gzip data breaks off at byte %lld",
                           s->path, (long long)s->length);
        const uInt room = n - *got > CHUNK ? CHUNK : (uInt)(n - *got);
        s->z.next_out = (unsigned char *)to + *got;
        s->z.avail_out = room;
        const int state = inflate(&s->z, Z_NO_FLUSH);
        *got += room - s->z.avail_out;
        s->finished = state == Z_STREAM_END;
        if (state == Z_MEM_ERROR) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to inflate '%s'", s->path);
        if (state != Z_STREAM_END && state != Z_OK && state != Z_BUF_ERROR)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' has damaged gzip data before byte %lld: %s", s->path,
                           (long long)(s->fetched - s->z.avail_in), s->z.msg ? s->z.msg : "no reason given");
    }
    return AKIN_OK;
}

akin_status ak_byte_stream_some(ak_byte_stream *s, void *to, size_t n, size_t *got, akin_error *err)
{
    size_t done = 0;
    if (s->gzip) {
        AK_TRY(inflate_some(s, to, n, &done, err));
    } else {
        for (size_t more = 1; done < n && more > 0; done += more)
            AK_TRY(fetch(s, (unsigned char *)to + done, n - done, &more, err));
    }
    s->given += (int64_t)done;
    *got = done;
    return AKIN_OK;
}

akin_status ak_byte_stream_read(ak_byte_stream *s, void *to, size_t n, akin_error *err)
{
    size_t done = 0;
    AK_TRY(ak_byte_stream_some(s, to, n, &done, err));
    if (done == n) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is truncated: it ends after %lld%s bytes, %zu more are needed",
                   s->path, (long long)s->given, s->gzip ? " inflated" : "", n - done);
}

akin_status ak_byte_stream_end(ak_byte_stream *s, akin_error *err)
{
    unsigned char extra;
    size_t got = 0;
    AK_TRY(s->gzip ? inflate_some(s, &extra, 1, &got, err) : fetch(s, &extra, 1, &got, err));
    if (got == 0) return AKIN_OK;
    if (s->gzip)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is too long: it inflates to more than the %lld bytes its header announces",
                       s->path, (long long)s->given);
    return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is too long: its header announces %lld bytes, it has %lld",
                   s->path, (long long)s->given, (long long)s->length);
}
