/* SPDX-License-Identifier: Apache-2.0 */
/* base/path.c - paths: join them, take them apart, and show them in a sentence. */
#include "base/path.h"

#include "base/escape.h"
#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

bool ak_path_is_folder(const char *folder, const char *name)
{
    struct stat info;
    char *path = ak_path_join(folder, name);
    const bool yes = path && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    free(path);
    return yes;
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
