/* SPDX-License-Identifier: Apache-2.0 */
/* base/folder.c - the entries of a folder (base/folder.h). */
#include "base/folder.h"

#include "base/path.h"
#include "base/plain.h"

#include <errno.h>

ak_folder ak_folder_open(const char *path)
{
    ak_folder f = { .path = path };
    f.dir = ak_opendir(path);
    if (!f.dir) f.reason = errno;
    return f;
}

const struct dirent *ak_folder_next(ak_folder *f)
{
    if (!f->dir || f->reason) return NULL;
    errno = 0;
    const struct dirent *entry = readdir(f->dir);
    if (!entry) f->reason = errno;
    return entry;
}

static akin_status closed(ak_folder *f, akin_status status, akin_status kind, akin_error *err)
{
    if (f->dir) closedir(f->dir);
    f->dir = NULL;
    if (status || !f->reason) return status;
    return ak_fail(err, ak_status_of(f->reason, kind), "cannot read the folder '%s': %s", f->path,
                   ak_strerror(f->reason));
}

akin_status ak_folder_close(ak_folder *f, akin_status status, akin_error *err)
{
    return closed(f, status, AKIN_ERR_INPUT, err);
}

akin_status ak_folder_close_stored(ak_folder *f, akin_status status, akin_error *err)
{
    if (!f->dir && f->reason == ENOENT) f->reason = 0;
    return closed(f, status, AKIN_ERR_IO, err);
}
