/* SPDX-License-Identifier: Apache-2.0 */
/* fail_calls.c - a library to be preloaded: it counts the system calls that a program makes on files in one
 * folder, and fails, shortens or kills at one of them. Nothing outside of the folder is touched, so that the
 * loader, the libraries' own files, pipes and devices stay as they are.
 *
 *     AKIN_CALLS_UNDER=FOLDER     the folder; an absolute path without links
 *     AKIN_CALLS_STATE=FILE       what calls_state says, shared by the program and its children
 *     AKIN_CALLS=CALL:WHAT:N[+]   at the N-th CALL, counted from 1 in all processes together, WHAT happens;
 *                                 with + from then on. CALL is one of CALLS below, or "any".
 *     AKIN_RECORD=FILE            record_calls.c
 *     AKIN_CLOCK=SECONDS          the clock stands there, so that results of two runs have equal bytes
 *
 * WHAT: the name of an error (ENOSPC, EIO, ...): the call fails with it, and does nothing; close() closes.
 * SHORT: half of the bytes are read or written. KILL: SIGKILL before the call. TORN: SIGKILL when half of
 * the bytes are written, or before a call that writes none. TERM, INT: the signal, and then the call.
 * REMOVE, EMPTY, HALVE: the file of the call is deleted, emptied, cut in two; and then the call. */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* open() and open64() are two functions here */
#include "fail_calls.h"
#include "fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    OPEN,
    READ,
    WRITE,
    PREAD,
    PWRITE,
    FSYNC,
    RENAME,
    LINK,
    UNLINK,
    MKDIR,
    RMDIR,
    FTRUNCATE,
    MMAP,
    CLOSE,
    OPENDIR,
    READDIR,
    STAT,
    ANY,
    CALLS
};
static const char *const names[CALLS] = { "open",   "read",  "write",   "pread",   "pwrite", "fsync",
                                          "rename", "link",  "unlink",  "mkdir",   "rmdir",  "ftruncate",
                                          "mmap",   "close", "opendir", "readdir", "stat",   "any" };

/* What the driver reads: how many calls there were, whether one was hit, and which. */
typedef struct calls_state {
    int64_t count[CALLS];
    int64_t hits;
    char where[CALLS_PATH + 64];
} calls_state;

enum { FAIL, SHORT, KILL, TORN, SIGNAL, REMOVE, EMPTY, HALVE };

static struct {
    calls_state *state;
    char under[CALLS_PATH];
    size_t length;
    int call, what, number;
    int64_t at;
    bool on;
    time_t clock;
} S = { .call = -1 };

static const struct {
    const char *name;
    int what, number;
} faults[] = { { "ENOSPC", FAIL, ENOSPC }, { "EDQUOT", FAIL, EDQUOT },  { "EIO", FAIL, EIO },
               { "EACCES", FAIL, EACCES }, { "EMFILE", FAIL, EMFILE },  { "EINTR", FAIL, EINTR },
               { "ENOMEM", FAIL, ENOMEM }, { "SHORT", SHORT, 0 },       { "KILL", KILL, 0 },
               { "TORN", TORN, 0 },        { "TERM", SIGNAL, SIGTERM }, { "INT", SIGNAL, SIGINT },
               { "REMOVE", REMOVE, 0 },    { "EMPTY", EMPTY, 0 },       { "HALVE", HALVE, 0 } };

/* The call of the C library, found once. */
#define REAL(name)                                                                                           \
    static __typeof__(&name) real;                                                                           \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static void wrong(const char *what)
{
    fprintf(stderr, "fail_calls: %s\n", what);
    _exit(99);
}

static void read_plan(const char *plan)
{
    char call[16], what[16];
    long long at;
    char ever = 0;
    if (sscanf(plan, "%15[^:]:%15[^:]:%lld%c", call, what, &at, &ever) < 3)
        wrong("AKIN_CALLS=CALL:WHAT:N[+]");
    for (int c = 0; c < CALLS; c++)
        if (strcmp(call, names[c]) == 0) S.call = c;
    S.what = -1;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(what, faults[i].name) == 0) S.what = faults[i].what, S.number = faults[i].number;
    if (S.call < 0 || S.what < 0) wrong("AKIN_CALLS: no such call, or no such fault");
    S.at = at;
    S.on = ever == '+';
}

/* For a program that is one of many in a process forked from one that has begun (fault.h). */
void calls_begin(const char *plan)
{
    if (S.state) memset(S.state, 0, sizeof *S.state);
    S.call = -1;
    S.on = false;
    if (plan[0]) read_plan(plan);
}

static int real_open(const char *path, int flags, mode_t mode)
{
    REAL(open);
    return real(path, flags, mode);
}

static int real_close(int fd)
{
    REAL(close);
    return real(fd);
}

__attribute__((constructor)) static void begin(void)
{
    const char *under = getenv("AKIN_CALLS_UNDER"), *state = getenv("AKIN_CALLS_STATE"),
               *plan = getenv("AKIN_CALLS"), *record = getenv("AKIN_RECORD"),
               *clock_at = getenv("AKIN_CLOCK");
    if (clock_at) S.clock = atoll(clock_at);
    if (!under || strlen(under) >= sizeof S.under) return;
    if (state) {
        const int fd = real_open(state, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        struct stat info;
        if (fd < 0 || fstat(fd, &info) != 0) wrong("AKIN_CALLS_STATE cannot be opened");
        REAL(ftruncate);
        if (info.st_size < (off_t)sizeof *S.state && real(fd, sizeof *S.state) != 0)
            wrong("AKIN_CALLS_STATE");
        S.state = mmap(NULL, sizeof *S.state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (S.state == MAP_FAILED) wrong("AKIN_CALLS_STATE cannot be mapped");
        real_close(fd);
    }
    if (plan) read_plan(plan);
    if (record) record_begin(record);
    strcpy(S.under, under);
    S.length = strlen(under);
}

/* What is watched ---------------------------------------------------------------------------------- */

static bool inside(const char *full)
{
    return S.length && strncmp(full, S.under, S.length) == 0 &&
           (full[S.length] == '/' || full[S.length] == 0);
}

bool calls_path_watched(const char *path, char full[CALLS_PATH])
{
    if (!S.length || !path) return false;
    if (path[0] == '/') {
        snprintf(full, CALLS_PATH, "%s", path);
    } else {
        if (!getcwd(full, CALLS_PATH)) return false;
        const size_t n = strlen(full);
        snprintf(full + n, CALLS_PATH - n, "/%s", path);
    }
    return inside(full);
}

bool calls_file_watched(int fd, char full[CALLS_PATH])
{
    char link[40];
    if (!S.length || fd < 0) return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, full, CALLS_PATH - 1);
    if (n < 0) return false;
    full[n] = 0;
    return inside(full);
}

/* The fault ---------------------------------------------------------------------------------------- */

static void cut(const char *path, bool half)
{
    struct stat info;
    if (stat(path, &info) != 0) return;
    if (truncate(path, half ? info.st_size / 2 : 0) != 0) return;
}

static bool hit(int call)
{
    if (!S.state) return false;
    const int64_t of_call = __atomic_add_fetch(&S.state->count[call], 1, __ATOMIC_SEQ_CST),
                  of_any = __atomic_add_fetch(&S.state->count[ANY], 1, __ATOMIC_SEQ_CST);
    if (S.call != call && S.call != ANY) return false;
    const int64_t n = S.call == ANY ? of_any : of_call;
    return S.on ? n >= S.at : n == S.at;
}

enum { GO_ON = 0, HALF = -1, HALF_AND_KILL = -2 }; /* or a number of errno */

static int fault(int call, const char *path)
{
    const int before = errno;
    if (!hit(call)) return GO_ON;
    if (__atomic_add_fetch(&S.state->hits, 1, __ATOMIC_SEQ_CST) == 1)
        snprintf(S.state->where, sizeof S.state->where, "%s %s", names[call], path);
    const bool data = call == WRITE || call == PWRITE;
    switch (S.what) {
    case KILL: raise(SIGKILL); break;
    case TORN:
        if (data) return HALF_AND_KILL;
        raise(SIGKILL);
        break;
    case SHORT: return data || call == READ || call == PREAD ? HALF : GO_ON;
    case SIGNAL: raise(S.number); break;
    case REMOVE: {
        REAL(unlink);
        real(path);
        break;
    }
    case EMPTY: cut(path, false); break;
    case HALVE: cut(path, true); break;
    default: return S.number;
    }
    errno = before;
    return GO_ON;
}

#define PATH_FAULT(call, path, failed)                                                                       \
    char full[CALLS_PATH];                                                                                   \
    const bool watched = calls_path_watched(path, full);                                                     \
    const int what = watched ? fault(call, full) : GO_ON;                                                    \
    if (what > 0) {                                                                                          \
        errno = what;                                                                                        \
        return failed;                                                                                       \
    }

#define FILE_FAULT(call, fd, failed)                                                                         \
    char full[CALLS_PATH];                                                                                   \
    const bool watched = calls_file_watched(fd, full);                                                       \
    const int what = watched ? fault(call, full) : GO_ON;                                                    \
    if (what > 0) {                                                                                          \
        errno = what;                                                                                        \
        return failed;                                                                                       \
    }

static size_t part(int what, size_t bytes) { return what < 0 && bytes > 1 ? bytes / 2 : bytes; }

/* Opening ------------------------------------------------------------------------------------------ */

static int open_watched(int folder, const char *path, int flags, mode_t mode)
{
    REAL(openat);
    char full[CALLS_PATH];
    struct stat info;
    if (!calls_path_watched(path, full)) return real(folder, path, flags, mode);
    const int what = fault(OPEN, full);
    if (what > 0) {
        errno = what;
        return -1;
    }
    const bool was_there = lstat(full, &info) == 0;
    const int fd = real(folder, path, flags, mode);
    if (fd >= 0) record_open(fd, full, flags, was_there);
    return fd;
}

static mode_t mode_of(int flags, va_list list)
{
    return flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? va_arg(list, mode_t) : 0;
}

#define OPENS(name)                                                                                          \
    int name(const char *path, int flags, ...)                                                               \
    {                                                                                                        \
        va_list list;                                                                                        \
        va_start(list, flags);                                                                               \
        const mode_t mode = mode_of(flags, list);                                                            \
        va_end(list);                                                                                        \
        return open_watched(AT_FDCWD, path, flags, mode);                                                    \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                                                       \
    int name(int folder, const char *path, int flags, ...)                                                   \
    {                                                                                                        \
        va_list list;                                                                                        \
        va_start(list, flags);                                                                               \
        const mode_t mode = mode_of(flags, list);                                                            \
        va_end(list);                                                                                        \
        return open_watched(folder, path, flags, mode);                                                      \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

/* A stream of the C library calls inside of it, where nothing can be put between. So a watched file is opened
 * here, and its stream calls back. */
static ssize_t cookie_read(void *c, char *to, size_t n) { return read((int)(intptr_t)c, to, n); }
static ssize_t cookie_write(void *c, const char *from, size_t n)
{
    const ssize_t wrote = write((int)(intptr_t)c, from, n);
    return wrote < 0 ? 0 : wrote;
}
static int cookie_seek(void *c, off64_t *at, int from)
{
    const off64_t to = lseek64((int)(intptr_t)c, *at, from);
    if (to < 0) return -1;
    *at = to;
    return 0;
}
static int cookie_close(void *c) { return close((int)(intptr_t)c); }

static FILE *fopen_watched(const char *path, const char *mode)
{
    const int plus = strchr(mode, '+') ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
    const int more = mode[0] == 'w' ? O_CREAT | O_TRUNC : mode[0] == 'a' ? O_CREAT | O_APPEND : 0;
    const int fd = open_watched(AT_FDCWD, path, plus | more | O_CLOEXEC, 0666);
    if (fd < 0) return NULL;
    const cookie_io_functions_t io = { cookie_read, cookie_write, cookie_seek, cookie_close };
    return fopencookie((void *)(intptr_t)fd, mode, io);
}

#define FOPENS(name)                                                                                         \
    FILE *name(const char *path, const char *mode)                                                           \
    {                                                                                                        \
        REAL(name);                                                                                          \
        char full[CALLS_PATH];                                                                               \
        return calls_path_watched(path, full) ? fopen_watched(path, mode) : real(path, mode);                \
    }
FOPENS(fopen)
FOPENS(fopen64)

DIR *opendir(const char *path)
{
    REAL(opendir);
    PATH_FAULT(OPENDIR, path, NULL);
    return real(path);
}

#define READDIRS(name, type)                                                                                 \
    type *name(DIR *dir)                                                                                     \
    {                                                                                                        \
        REAL(name);                                                                                          \
        FILE_FAULT(READDIR, dirfd(dir), NULL);                                                               \
        return real(dir);                                                                                    \
    }
READDIRS(readdir, struct dirent)
READDIRS(readdir64, struct dirent64)

/* Reading and writing ------------------------------------------------------------------------------ */

ssize_t read(int fd, void *to, size_t bytes)
{
    REAL(read);
    FILE_FAULT(READ, fd, -1);
    return real(fd, to, part(what, bytes));
}

#define PREADS(name, offset)                                                                                 \
    ssize_t name(int fd, void *to, size_t bytes, offset at)                                                  \
    {                                                                                                        \
        REAL(name);                                                                                          \
        FILE_FAULT(PREAD, fd, -1);                                                                           \
        return real(fd, to, part(what, bytes), at);                                                          \
    }
PREADS(pread, off_t)
PREADS(pread64, off64_t)

ssize_t write(int fd, const void *data, size_t bytes)
{
    REAL(write);
    FILE_FAULT(WRITE, fd, -1);
    const ssize_t wrote = real(fd, data, part(what, bytes));
    if (what == HALF_AND_KILL) raise(SIGKILL);
    if (watched && wrote > 0) record_write(fd, full, -1, data, (size_t)wrote);
    return wrote;
}

#define PWRITES(name, offset)                                                                                \
    ssize_t name(int fd, const void *data, size_t bytes, offset at)                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        FILE_FAULT(PWRITE, fd, -1);                                                                          \
        const ssize_t wrote = real(fd, data, part(what, bytes), at);                                         \
        if (what == HALF_AND_KILL) raise(SIGKILL);                                                           \
        if (watched && wrote > 0) record_write(fd, full, at, data, (size_t)wrote);                           \
        return wrote;                                                                                        \
    }
PWRITES(pwrite, off_t)
PWRITES(pwrite64, off64_t)

#define FLUSHES(name)                                                                                        \
    int name(int fd)                                                                                         \
    {                                                                                                        \
        REAL(name);                                                                                          \
        FILE_FAULT(FSYNC, fd, -1);                                                                           \
        struct stat info;                                                                                    \
        const int result = real(fd);                                                                         \
        if (watched && result == 0) record_flush(fd, full, fstat(fd, &info) == 0 && S_ISDIR(info.st_mode));  \
        return result;                                                                                       \
    }
FLUSHES(fsync)
FLUSHES(fdatasync)

#define LENGTHS(name, offset)                                                                                \
    int name(int fd, offset length)                                                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        FILE_FAULT(FTRUNCATE, fd, -1);                                                                       \
        const int result = real(fd, length);                                                                 \
        if (watched && result == 0) record_length(fd, full, length);                                         \
        return result;                                                                                       \
    }
LENGTHS(ftruncate, off_t)
LENGTHS(ftruncate64, off64_t)

#define MAPS(name, offset)                                                                                   \
    void *name(void *at, size_t bytes, int protection, int flags, int fd, offset from)                       \
    {                                                                                                        \
        REAL(name);                                                                                          \
        FILE_FAULT(MMAP, fd, MAP_FAILED);                                                                    \
        return real(at, bytes, protection, flags, fd, from);                                                 \
    }
MAPS(mmap, off_t)
MAPS(mmap64, off64_t)

int close(int fd)
{
    char full[CALLS_PATH];
    const int what = calls_file_watched(fd, full) ? fault(CLOSE, full) : GO_ON;
    const int result = real_close(fd); /* Linux closes it whatever it says */
    if (what <= 0) return result;
    errno = what;
    return -1;
}

/* Names -------------------------------------------------------------------------------------------- */

int rename(const char *from, const char *to)
{
    REAL(rename);
    PATH_FAULT(RENAME, to, -1);
    const int result = real(from, to);
    if (watched && result == 0) record_names("rename", from, to);
    return result;
}

int link(const char *from, const char *to)
{
    REAL(link);
    PATH_FAULT(LINK, to, -1);
    const int result = real(from, to);
    if (watched && result == 0) record_names("link", from, to);
    return result;
}

#define NAME_CALL(name, call)                                                                                \
    {                                                                                                        \
        REAL(name);                                                                                          \
        PATH_FAULT(call, path, -1);                                                                          \
        const int result = real(path);                                                                       \
        if (watched && result == 0) record_names(#name, path, NULL);                                         \
        return result;                                                                                       \
    }
int unlink(const char *path) NAME_CALL(unlink, UNLINK) int rmdir(const char *path) NAME_CALL(rmdir, RMDIR)

    int remove(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) ? rmdir(path) : unlink(path);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    PATH_FAULT(MKDIR, path, -1);
    const int result = real(path, mode);
    if (watched && result == 0) record_names("mkdir", path, NULL);
    return result;
}

#define STATS(name, type)                                                                                    \
    int name(const char *path, type *info)                                                                   \
    {                                                                                                        \
        REAL(name);                                                                                          \
        PATH_FAULT(STAT, path, -1);                                                                          \
        return real(path, info);                                                                             \
    }
STATS(stat, struct stat)
STATS(stat64, struct stat64)
STATS(lstat, struct stat)
STATS(lstat64, struct stat64)

int access(const char *path, int mode)
{
    REAL(access);
    PATH_FAULT(STAT, path, -1);
    return real(path, mode);
}

/* The clock ---------------------------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(clock_gettime);
    if (!S.clock || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)) return real(clock, now);
    *now = (struct timespec){ .tv_sec = S.clock };
    return 0;
}

time_t time(time_t *to)
{
    REAL(time);
    const time_t now = S.clock ? S.clock : real(NULL);
    if (to) *to = now;
    return now;
}
