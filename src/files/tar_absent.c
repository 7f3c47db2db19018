/* SPDX-License-Identifier: Apache-2.0 */
/* files/tar_absent.c - in a build without libarchive: archives of tar are refused. */
#include "files/tar.h"

akin_status ak_tar_open(const char *path, ak_tar **out, akin_error *err)
{
    (void)path, (void)out;
    return akin_build_need("libarchive", err);
}

void ak_tar_close(ak_tar *t) { (void)t; }
bool ak_tar_is_packed(const ak_tar *t) { return t != NULL; }

akin_status ak_tar_next(ak_tar *t, ak_tar_member *member, bool *more, akin_error *err)
{
    (void)t, (void)member, (void)more;
    return akin_build_need("libarchive", err);
}

akin_status ak_tar_bytes(ak_tar *t, void *to, akin_error *err)
{
    (void)t, (void)to;
    return akin_build_need("libarchive", err);
}
