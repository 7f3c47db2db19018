/* SPDX-License-Identifier: Apache-2.0 */
/* record_calls.c - the other half of fail_calls.c: what the calls have stored, in their order, so that
 * crash_images.py can build what a disk may hold after a power cut.
 *
 * Each record is a line "CALL INODE OFFSET BYTES PATH[\tPATH]" and then BYTES bytes of data. */
#define _GNU_SOURCE
#include "fail_calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int to = -1;

void record_begin(const char *file)
{
    int (*real)(const char *, int, ...);
    *(void **)&real = dlsym(RTLD_NEXT, "open");
    to = real(file, O_WRONLY | O_CREAT | O_APPEND, 0666);
}

/* One call of the system for a record, so that those of two processes do not mix. */
static void put(const char *call, int fd, off_t at, const void *data, size_t bytes, const char *path,
                const char *second)
{
    char line[2 * CALLS_PATH + 128];
    struct stat info = { .st_ino = 0 };
    const int before = errno;
    if (to < 0) return;
    if (fd >= 0 ? fstat(fd, &info) : lstat(second ? second : path, &info)) info.st_ino = 0;
    const int n =
        snprintf(line, sizeof line, "%s %llu %lld %zu %s%s%s\n", call, (unsigned long long)info.st_ino,
                 (long long)at, bytes, path, second ? "\t" : "", second ? second : "");
    const struct iovec pieces[2] = { { line, (size_t)n }, { (void *)(size_t)data, bytes } };
    if (writev(to, pieces, bytes ? 2 : 1) != (ssize_t)((size_t)n + bytes)) abort();
    errno = before;
}

void record_open(int fd, const char *path, int flags, bool was_there)
{
    if (!was_there) put("create", fd, 0, NULL, 0, path, NULL);
    if (was_there && (flags & O_TRUNC)) put("length", fd, 0, NULL, 0, path, NULL);
}

void record_write(int fd, const char *path, off_t at, const void *data, size_t bytes)
{
    const off_t end = at < 0 ? lseek(fd, 0, SEEK_CUR) : 0;
    put("write", fd, at < 0 ? end - (off_t)bytes : at, data, bytes, path, NULL);
}

void record_length(int fd, const char *path, off_t length) { put("length", fd, length, NULL, 0, path, NULL); }

void record_flush(int fd, const char *path, bool folder)
{
    put(folder ? "syncdir" : "fsync", fd, 0, NULL, 0, path, NULL);
}

void record_names(const char *call, const char *from, const char *to_path)
{
    char a[CALLS_PATH], b[CALLS_PATH];
    calls_path_watched(from, a);
    if (to_path) calls_path_watched(to_path, b);
    put(call, -1, 0, NULL, 0, a, to_path ? b : NULL);
}
