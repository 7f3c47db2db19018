/* SPDX-License-Identifier: Apache-2.0 */
/* base/path.c - paths: join them, take them apart, and show them in a sentence. */
#include "base/path.h"

#include "akin/tool/program.h"
#include "base/escape.h"
#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *ak_path_join(const char *folder, const char *name)
{
    const size_t n = strlen(folder);
    char *path = malloc(n + strlen(name) + 2);
    if (!path) return akin_memory_lack(), NULL;
    sprintf(path, "%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/", name);
    return path;
}

const char *ak_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static akin_status look(const char *path, bool *there, struct stat *to, akin_status kind, akin_error *err)
{
    struct stat info;
    *there = stat(path, &info) == 0;
    if (*there && to) *to = info;
    const int reason = *there ? 0 : errno;
    if (!reason || reason == ENOENT || reason == ENOTDIR || reason == ELOOP || reason == ENAMETOOLONG)
        return AKIN_OK;
    return ak_fail(err, ak_status_of(reason, kind), "cannot look at '%s': %s", path, ak_strerror(reason));
}

akin_status ak_look(const char *path, bool *there, struct stat *info, akin_error *err)
{
    return look(path, there, info, AKIN_ERR_INPUT, err);
}

akin_status ak_look_stored(const char *path, bool *there, struct stat *info, akin_error *err)
{
    return look(path, there, info, AKIN_ERR_IO, err);
}

bool ak_is_stream(const struct stat *info) { return S_ISCHR(info->st_mode) || S_ISFIFO(info->st_mode); }

akin_status akin_path_look(const char *path, akin_path_kind *kind, int64_t *bytes, akin_error *err)
{
    struct stat info;
    bool there;
    if (!path || !kind) return ak_fail(err, AKIN_ERR_ARGUMENT, "path_look: path and kind must not be NULL");
    *kind = AKIN_PATH_NONE;
    AK_TRY(ak_look_stored(path, &there, &info, err));
    if (there)
        *kind = S_ISDIR(info.st_mode) ? AKIN_PATH_FOLDER
                : ak_is_stream(&info) ? AKIN_PATH_STREAM
                                      : AKIN_PATH_FILE;
    if (bytes) *bytes = there ? (int64_t)info.st_size : 0;
    return AKIN_OK;
}

akin_status akin_path_same(const char *a, const char *b, bool *same, akin_error *err)
{
    struct stat x, y;
    bool one, other;
    if (!a || !b || !same) return ak_fail(err, AKIN_ERR_ARGUMENT, "path_same: an argument is NULL");
    AK_TRY(ak_look(a, &one, &x, err));
    AK_TRY(ak_look(b, &other, &y, err));
    *same = one && other && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return AKIN_OK;
}

akin_status akin_folder_writable(const char *folder, const char *file, akin_error *err)
{
    if (!folder || !file)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "writable: folder and file must not be NULL");
    if (access(folder, W_OK) == 0) return AKIN_OK;
    return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO),
                   "'%s' cannot be written: its folder is missing or closed (%s)", file, ak_strerror(errno));
}

akin_status ak_path_is_folder(const char *folder, const char *name, bool *yes, akin_error *err)
{
    struct stat info;
    char *path = ak_path_join(folder, name);
    *yes = false;
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s/%s'", folder, name);
    const akin_status status = ak_look(path, yes, &info, err);
    *yes = *yes && S_ISDIR(info.st_mode);
    free(path);
    return status;
}

akin_status ak_cannot_open(const char *path, akin_error *err)
{
    const int reason = errno;
    return ak_fail(err, ak_status_of(reason, AKIN_ERR_INPUT), "cannot open '%s': %s", path,
                   ak_strerror(reason));
}

DIR *ak_opendir(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir && errno == ENOMEM) akin_memory_lack();
    return dir;
}

char *ak_realpath(const char *path)
{
    char *real = realpath(path, NULL);
    if (!real && errno == ENOMEM) akin_memory_lack();
    return real;
}

const char *ak_shown(const char *name, char to[AK_SHOWN])
{
    return ak_show(name, strlen(name), AK_TAIL, to, AK_SHOWN);
}
