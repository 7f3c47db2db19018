/* SPDX-License-Identifier: Apache-2.0 */
/* base/path.h - paths: join them, take them apart, and show them in a sentence. */
#ifndef AK_BASE_PATH_H
#define AK_BASE_PATH_H

#include "base/base.h"

#include <dirent.h>
#include <sys/stat.h>

/* "folder/name" in memory of its own; free() frees it. NULL when out of memory. */
char *ak_path_join(const char *folder, const char *name);

/* "a/b" -> "b" */
const char *ak_path_base(const char *path);

/* What is at a path, links followed: *there, and info where it is there and info is not NULL. Only a name, or
 * a folder on the way to it, that does not exist is not there, a link that leads nowhere, and a name that is
 * too long. What cannot be looked at, for want of permission or because a disk fails, may be there:
 * AKIN_ERR_INPUT or AKIN_ERR_NOMEM, "cannot look at 'path': reason". */
akin_status ak_look(const char *path, bool *there, struct stat *info, akin_error *err);
/* The same of what akin stores: AKIN_ERR_IO. */
akin_status ak_look_stored(const char *path, bool *there, struct stat *info, akin_error *err);

/* It is a device or a pipe: written to as it is. */
bool ak_is_stream(const struct stat *info);

/* Whether "folder/name" is a folder, or a link to one; fails as ak_look(). */
akin_status ak_path_is_folder(const char *folder, const char *name, bool *yes, akin_error *err);

/* "cannot open 'path': reason", with the reason that errno gives. AKIN_ERR_NOMEM when that is the reason,
 * else AKIN_ERR_INPUT. */
akin_status ak_cannot_open(const char *path, akin_error *err);

/* A name made fit for a sentence by ak_show(): of a long one the last 200 bytes, after "...". Returns to. */
enum { AK_SHOWN = 208 };
const char *ak_shown(const char *name, char to[AK_SHOWN]);

/* opendir() and realpath(path, NULL), where memory that lacks is noted. */
DIR *ak_opendir(const char *path);
char *ak_realpath(const char *path);

#endif
