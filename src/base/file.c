/* SPDX-License-Identifier: Apache-2.0 */
/* base/file.c - the one crash-safe writer, and reading a whole file.
 *
 * The order is fixed: temporary name in the same folder, write, fsync, close, rename, fsync of the folder. A
 * crash at any point leaves the old file or the new one under the final name, never a part of either.
 *
 * The temporary name is PATH.tmp. It is made anew and never followed: what stands there already is deleted
 * only where it is a plain file of ours that nobody holds, left by a process that was killed. Where it is
 * held, by another process that writes the same file, or is anything else, the next name is tried. */
#include "base/base.h"
#include "base/path.h"
#include "base/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_NAMES = 100 };

struct akin_writer {
    int fd;
    int lock;    /* the same file: held until it has its final name; -1 = none */
    bool of_set; /* of a result of several files: ak_writer_place() renames and frees it */
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

/* Calls that a signal interrupted are made again. ------------------------------------------------- */

int ak_open(const char *path, int flags, mode_t mode)
{
    int fd;
    do fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

int ak_fsync(int fd)
{
    int result;
    do result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

int ak_rename(const char *from, const char *to)
{
    int result;
    do result = rename(from, to);
    while (result != 0 && errno == EINTR);
    return result;
}

static int make_folder(const char *path)
{
    int result;
    do result = mkdir(path, 0777);
    while (result != 0 && errno == EINTR);
    return result;
}

int ak_truncate(int fd, off_t bytes)
{
    int result;
    do result = ftruncate(fd, bytes);
    while (result != 0 && errno == EINTR);
    return result;
}

int ak_flock(int fd, int operation)
{
    int result;
    do result = flock(fd, operation);
    while (result != 0 && errno == EINTR);
    return result;
}

/* Writing ----------------------------------------------------------------------------------------- */

static void writer_free(akin_writer *w)
{
    if (w->fd >= 0) close(w->fd);
    if (w->lock >= 0) close(w->lock);
    free(w->path);
    free(w->temporary);
    free(w);
}

bool ak_file_is_at(int fd, const char *path)
{
    struct stat open_file, named;
    if (fstat(fd, &open_file) != 0 || lstat(path, &named) != 0) return false;
    errno = ENOENT;
    return open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

bool ak_remove_left_over(const char *path)
{
    struct stat info;
    const int fd = ak_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd < 0) return false;
    const bool ours = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
                      info.st_uid == geteuid() && ak_flock(fd, LOCK_EX | LOCK_NB) == 0 &&
                      ak_file_is_at(fd, path);
    const bool removed = ours && unlink(path) == 0;
    close(fd);
    return removed;
}

/* A new file of that name, held; -1 with the reason. A file system without locks holds nothing, and then
 * nothing of it is ever taken for left over. */
static int create_held(const char *path, int *reason)
{
    const int fd = ak_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    *reason = fd < 0 ? errno : 0;
    if (fd < 0) return -1;
    const bool taken = ak_flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!taken && ak_file_is_at(fd, path)) return fd;
    *reason = taken || errno == ENOENT ? EEXIST : errno;
    struct stat info; /* where the name cannot be looked at, a file that still has one has this */
    if (*reason != EEXIST && fstat(fd, &info) == 0 && info.st_nlink == 1) unlink(path);
    close(fd); /* else somebody took it for left over, in the instant before it was held */
    return -1;
}

static int create_temporary(akin_writer *w)
{
    int reason = EEXIST;
    for (int k = 1; k <= MOST_NAMES && w->fd < 0 && reason == EEXIST; k++) {
        sprintf(w->temporary, k == 1 ? "%s.tmp" : "%s.tmp-%d", w->path, k);
        w->fd = create_held(w->temporary, &reason);
        if (w->fd < 0 && reason == EEXIST && ak_remove_left_over(w->temporary))
            w->fd = create_held(w->temporary, &reason);
    }
    return w->fd < 0 ? reason : 0;
}

/* A device or a pipe is written to as it is: it cannot be replaced by a file. */
static akin_status open_output(akin_writer *w, akin_error *err)
{
    struct stat info;
    bool there;
    int reason;
    AK_TRY(ak_look_stored(w->path, &there, &info, err));
    if (there && ak_is_stream(&info)) {
        free(w->temporary);
        w->temporary = NULL;
        w->fd = ak_open(w->path, O_WRONLY, 0);
        reason = w->fd < 0 ? errno : 0;
    } else {
        reason = create_temporary(w);
    }
    return !reason ? AKIN_OK
                   : ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot create '%s': %s", w->path,
                             ak_strerror(reason));
}

akin_status akin_writer_open(const char *path, akin_writer **out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    akin_writer *w = calloc(1, sizeof *w);
    if (w) {
        w->fd = w->lock = -1;
        w->path = strdup(path);
        w->temporary = malloc(strlen(path) + 32);
    }
    if (!w || !w->path || !w->temporary) {
        if (w) writer_free(w);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", path);
    }
    const akin_status status = open_output(w, err);
    if (status)
        writer_free(w);
    else
        *out = w;
    return status;
}

/* Another process may have given it its name, and then the temporary one may be anybody's. */
static bool is_ours(const akin_writer *w)
{
    const int fd = w->fd >= 0 ? w->fd : w->lock;
    return fd < 0 || ak_file_is_at(fd, w->temporary);
}

void ak_writer_drop(akin_writer *w)
{
    if (!w) return;
    if (w->temporary && is_ours(w)) unlink(w->temporary);
    writer_free(w);
}

void akin_writer_abort(akin_writer *w)
{
    if (w && !w->of_set) ak_writer_drop(w);
}

void ak_writer_join(akin_writer *w) { w->of_set = true; }
const char *ak_writer_temporary(const akin_writer *w) { return w->temporary; }

static akin_status put(akin_writer *w, const void *data, size_t bytes, akin_error *err)
{
    const int reason = ak_write_all(w->fd, data, bytes);
    return reason ? ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot write '%s': %s", w->path,
                            ak_strerror(reason))
                  : AKIN_OK;
}

akin_status akin_writer_write(akin_writer *w, const void *data, size_t bytes, akin_error *err)
{
    AK_GIVEN(w, err);
    if (bytes > 0) AK_GIVEN(data, err);
    if (w->buffered + bytes > sizeof w->buffer) {
        AK_TRY(put(w, w->buffer, w->buffered, err));
        w->buffered = 0;
    }
    if (bytes > sizeof w->buffer) return put(w, data, bytes, err);
    memcpy(w->buffer + w->buffered, data, bytes);
    w->buffered += bytes;
    return AKIN_OK;
}

/* "a/b" -> "a", "b" -> ".", "/b" -> "/", without memory of the heap: what has its name must not be told to
 * have failed because of that. */
static int sync_folder(const char *path)
{
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    const size_t bytes = !slash ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (bytes >= sizeof folder) return ENAMETOOLONG;
    if (slash) memcpy(folder, path, bytes);
    folder[bytes] = 0;
    const int fd = ak_open(folder, O_RDONLY | O_DIRECTORY, 0);
    int reason = fd < 0 ? errno : 0;
    /* Some file systems do not sync folders and say EINVAL; there is nothing more to be done there. */
    if (fd >= 0 && ak_fsync(fd) != 0 && errno != EINVAL) reason = errno;
    if (fd >= 0) close(fd);
    return reason;
}

akin_status ak_folder_sync(const char *path, akin_error *err)
{
    const int reason = sync_folder(path);
    if (!reason) return AKIN_OK;
    return ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot sync the folder of '%s': %s", path,
                   ak_strerror(reason));
}

static akin_status failed(const akin_writer *w, const char *step, int reason, akin_error *err)
{
    return ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot %s '%s': %s", step, w->path,
                   ak_strerror(reason));
}

/* All of it is on the disk, under the temporary name, and held. */
static akin_status finish(akin_writer *w, akin_error *err)
{
    if (ak_lacks_too_much())
        return ak_fail(err, AKIN_ERR_NOMEM, "there was no memory for all that belongs to '%s'", w->path);
    const int reason = ak_write_all(w->fd, w->buffer, w->buffered);
    if (reason) return failed(w, "write", reason, err);
    w->buffered = 0;
    if (w->temporary && ak_fsync(w->fd) != 0) return failed(w, "flush", errno, err);
    const int fd = w->fd;
    w->lock = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* without it the name is free for an instant; no harm */
    w->fd = -1;
    return close(fd) != 0 && errno != EINTR ? failed(w, "close", errno, err) : AKIN_OK;
}

akin_status ak_writer_place(akin_writer *w, akin_error *err)
{
    if (w->temporary && ak_rename(w->temporary, w->path) != 0) return failed(w, "rename to", errno, err);
    writer_free(w);
    return AKIN_OK;
}

akin_status akin_writer_commit(akin_writer *w, akin_error *err)
{
    AK_GIVEN(w, err);
    akin_status status = finish(w, err);
    if (w->of_set) return status;
    if (!status && w->temporary && ak_rename(w->temporary, w->path) != 0)
        status = failed(w, "rename to", errno, err);
    if (status) {
        ak_writer_drop(w);
        return status;
    }
    if (w->temporary) status = ak_folder_sync(w->path, err);
    writer_free(w);
    return status;
}

akin_status akin_file_save(const char *path, const void *data, size_t bytes, akin_error *err)
{
    return akin_files_save(NULL, path, data, bytes, err);
}

akin_status akin_files_save(akin_files *f, const char *path, const void *data, size_t bytes, akin_error *err)
{
    akin_writer *w = NULL;
    AK_TRY(akin_files_add(f, path, &w, err));
    const akin_status status = akin_writer_write(w, data, bytes, err);
    if (status) {
        akin_writer_abort(w);
        return status;
    }
    return akin_writer_commit(w, err);
}

akin_status akin_file_load(const char *path, size_t limit, char **data, size_t *bytes, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(data, err);
    const int fd = ak_open(path, O_RDONLY, 0);
    if (fd < 0)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot open '%s': %s", path,
                       ak_strerror(errno));
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
            status = ak_fail(err, more < 0 ? ak_status_of(errno, AKIN_ERR_INPUT) : AKIN_ERR_INPUT,
                             "cannot read '%s' beyond byte %zu of %zu: %s", path, got, size,
                             more < 0 ? ak_strerror(errno) : "it became shorter");
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

akin_status ak_file_head(const char *path, void *to, size_t size, size_t *got, akin_error *err)
{
    const int fd = ak_open(path, O_RDONLY, 0);
    if (fd < 0) return ak_cannot_open(path, err);
    akin_status status = AKIN_OK;
    for (*got = 0; *got < size;) {
        const ssize_t more = read(fd, (char *)to + *got, size - *got);
        if (more < 0 && errno == EINTR) continue;
        if (more < 0)
            status = ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot read '%s': %s", path,
                             ak_strerror(errno));
        if (more <= 0) break;
        *got += (size_t)more;
    }
    close(fd);
    return status;
}

akin_status ak_text_load(const char *path, size_t limit, char **text, size_t *bytes, akin_error *err)
{
    static const char MARK[] = "\xef\xbb\xbf";
    AK_TRY(akin_file_load(path, limit, text, bytes, err));
    if (*bytes < 3 || memcmp(*text, MARK, 3) != 0) return AKIN_OK;
    *bytes -= 3;
    memmove(*text, *text + 3, *bytes + 1);
    return AKIN_OK;
}

/* What is stored in a new folder is lost with it, unless its name is on the disk. A folder that may be
 * written and not read cannot be flushed. */
static int sync_name(const char *folder)
{
    const int reason = sync_folder(folder);
    return reason == EACCES ? 0 : reason;
}

akin_status akin_folder_make(const char *path, akin_error *err)
{
    AK_GIVEN(path, err);
    char *partial = strdup(path);
    if (!partial) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", path);
    int reason = 0;
    for (char *at = partial + 1;; at++) {
        if (*at != '/' && *at != 0) continue;
        const char kept = *at;
        *at = 0;
        if (make_folder(partial) == 0)
            reason = sync_name(partial);
        else if (errno != EEXIST)
            reason = errno;
        *at = kept;
        if (kept == 0 || reason) break;
    }
    free(partial);
    struct stat info;
    bool there;
    if (!reason) AK_TRY(ak_look_stored(path, &there, &info, err));
    if (!reason && !(there && S_ISDIR(info.st_mode))) reason = ENOTDIR;
    if (reason)
        return ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot create the folder '%s': %s", path,
                       ak_strerror(reason));
    return AKIN_OK;
}
