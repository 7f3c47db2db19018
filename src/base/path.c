/* SPDX-License-Identifier: Apache-2.0 */
/* base/path.c - paths: join them, take them apart, and show them in a sentence. */
#include "base/path.h"

#include "base/escape.h"
#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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
    if (!reason || reason == ENOENT || reason == ENOTDIR || reason == ELOOP) return AKIN_OK;
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
