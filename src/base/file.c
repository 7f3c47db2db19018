/* SPDX-License-Identifier: Apache-2.0 */
/* base/file.c - the one crash-safe writer, and reading a whole file.
 *
 * The order is fixed: temporary name in the same folder, write, fsync, close, rename, fsync of the folder. A
 * crash at any point leaves the old file or the new one under the final name, never a part of either. */
#include "base/base.h"
#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct akin_writer {
    int fd;
    char *path, *temporary;
    size_t buffered;
    unsigned char buffer[1 << 16];
};

int ak_write_all(int fd, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    while (bytes > 0) {
        const ssize_t wrote = write(fd, at, bytes);
        if (wrote < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        at += wrote;
        bytes -= (size_t)wrote;
    }
    return 0;
}

/* "a/b" -> "a", "b" -> ".", "/b" -> "/"; NULL when out of memory */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static void writer_free(akin_writer *w)
{
    if (w->fd >= 0) close(w->fd);
    free(w->path);
    free(w->temporary);
    free(w);
}

akin_status akin_writer_open(const char *path, akin_writer **out, akin_error *err)
{
    akin_writer *w = calloc(1, sizeof *w);
    if (w) {
        w->fd = -1;
        w->path = strdup(path);
        w->temporary = malloc(strlen(path) + 32);
    }
    if (!w || !w->path || !w->temporary) {
        if (w) writer_free(w);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", path);
    }
    sprintf(w->temporary, "%s.tmp-%ld", path, (long)getpid());
    w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd < 0) {
        const int reason = errno;
        writer_free(w);
        return ak_fail(err, AKIN_ERR_IO, "cannot create '%s': %s", path, ak_strerror(reason));
    }
    *out = w;
    return AKIN_OK;
}

void akin_writer_abort(akin_writer *w)
{
    if (!w) return;
    unlink(w->temporary);
    writer_free(w);
}

static akin_status put(akin_writer *w, const void *data, size_t bytes, akin_error *err)
{
    const int reason = ak_write_all(w->fd, data, bytes);
    return reason ? ak_fail(err, AKIN_ERR_IO, "cannot write '%s': %s", w->path, ak_strerror(reason))
                  : AKIN_OK;
}

akin_status akin_writer_write(akin_writer *w, const void *data, size_t bytes, akin_error *err)
{
    if (w->buffered + bytes > sizeof w->buffer) {
        AK_TRY(put(w, w->buffer, w->buffered, err));
        w->buffered = 0;
    }
    if (bytes > sizeof w->buffer) return put(w, data, bytes, err);
    memcpy(w->buffer + w->buffered, data, bytes);
    w->buffered += bytes;
    return AKIN_OK;
}

static int sync_folder(const char *path)
{
    char *folder = folder_of(path);
    if (!folder) return ENOMEM;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int reason = fd < 0 ? errno : 0;
    /* Some file systems do not sync folders and say EINVAL; there is nothing more to be done there. */
    if (fd >= 0 && fsync(fd) != 0 && errno != EINVAL) reason = errno;
    if (fd >= 0) close(fd);
    free(folder);
    return reason;
}

akin_status ak_folder_sync(const char *path, akin_error *err)
{
    const int reason = sync_folder(path);
    if (!reason) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_IO, "cannot sync the folder of '%s': %s", path, ak_strerror(reason));
}

akin_status akin_writer_commit(akin_writer *w, akin_error *err)
{
    const char *step = "write";
    int reason = ak_write_all(w->fd, w->buffer, w->buffered);
    if (!reason && fsync(w->fd) != 0) {
        step = "flush";
        reason = errno;
    }
    if (!reason) {
        const int fd = w->fd;
        w->fd = -1;
        if (close(fd) != 0) {
            step = "close";
            reason = errno;
        }
    }
    if (!reason && rename(w->temporary, w->path) != 0) {
        step = "rename to";
        reason = errno;
    }
    if (reason) {
        ak_fail(err, AKIN_ERR_IO, "cannot %s '%s': %s", step, w->path, ak_strerror(reason));
        akin_writer_abort(w);
        return AKIN_ERR_IO;
    }
    const akin_status status = ak_folder_sync(w->path, err);
    writer_free(w);
    return status;
}

akin_status akin_file_save(const char *path, const void *data, size_t bytes, akin_error *err)
{
    akin_writer *w = NULL;
    AK_TRY(akin_writer_open(path, &w, err));
    const akin_status status = akin_writer_write(w, data, bytes, err);
    if (status) {
        akin_writer_abort(w);
        return status;
    }
    return akin_writer_commit(w, err);
}

akin_status akin_file_load(const char *path, size_t limit, char **data, size_t *bytes, akin_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ak_fail(err, AKIN_ERR_INPUT, "cannot open '%s': %s", path, ak_strerror(errno));
    akin_status status = AKIN_OK;
    char *buffer = NULL;
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' is not a regular file", path);
        goto done;
    }
    const size_t size = (size_t)info.st_size;
    if (size > limit) {
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' has %zu bytes, more than the %zu expected at most", path,
                         size, limit);
        goto done;
    }
    buffer = malloc(size + 1);
    if (!buffer) {
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %zu bytes of '%s'", size, path);
        goto done;
    }
    size_t got = 0;
    while (got < size) {
        const ssize_t more = read(fd, buffer + got, size - got);
        if (more < 0 && errno == EINTR) continue;
        if (more <= 0) {
            status = ak_fail(err, AKIN_ERR_INPUT, "cannot read '%s' beyond byte %zu of %zu: %s", path, got,
                             size, more < 0 ? ak_strerror(errno) : "it became shorter");
            goto done;
        }
        got += (size_t)more;
    }
    buffer[size] = 0;
    *data = buffer;
    if (bytes) *bytes = size;
    buffer = NULL;

done:
    free(buffer);
    close(fd);
    return status;
}

akin_status akin_folder_make(const char *path, akin_error *err)
{
    char *partial = strdup(path);
    if (!partial) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", path);
    int reason = 0;
    for (char *at = partial + 1;; at++) {
        if (*at != '/' && *at != 0) continue;
        const char kept = *at;
        *at = 0;
        if (mkdir(partial, 0777) != 0 && errno != EEXIST) reason = errno;
        *at = kept;
        if (kept == 0 || reason) break;
    }
    struct stat info;
    if (!reason && (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))) reason = ENOTDIR;
    free(partial);
    if (reason)
        return ak_fail(err, AKIN_ERR_IO, "cannot create the folder '%s': %s", path, ak_strerror(reason));
    return AKIN_OK;
}
