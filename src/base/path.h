/* SPDX-License-Identifier: Apache-2.0 */
/* base/path.h - paths: join them, take them apart, and show them in a sentence. */
#ifndef AK_BASE_PATH_H
#define AK_BASE_PATH_H

#include "base/base.h"

#include <dirent.h>

/* "folder/name" in memory of its own; free() frees it. NULL when out of memory. */
char *ak_path_join(const char *folder, const char *name);

/* "a/b" -> "b" */
const char *ak_path_base(const char *path);

/* Whether "folder/name" is a folder, or a link to one. */
bool ak_path_is_folder(const char *folder, const char *name);

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
