/* SPDX-License-Identifier: Apache-2.0 */
/* base/older.h - a file of an older result: it steps aside while a new one takes its name, and is put back
 * when that fails. The name aside is PATH.tmp-old. */
#ifndef AK_BASE_OLDER_H
#define AK_BASE_OLDER_H

#include "base/base.h"

typedef enum ak_older_state {
    AK_OLDER_AS_IT_WAS,
    AK_OLDER_NONE,
    AK_OLDER_ASIDE,
    AK_OLDER_GONE
} ak_older_state;

typedef struct ak_older {
    char *path, *aside;
    ak_older_state state;
} ak_older;

/* All that takes memory.  AKIN_ERR_NOMEM. */
akin_status ak_older_name(ak_older *o, const char *path, akin_error *err);
/* What has the path loses it: it is aside, or, where another file has that name, deleted. Nothing is synced.
 * AKIN_ERR_IO, and then it is as it was. */
akin_status ak_older_take(ak_older *o, akin_error *err);
/* The same file has both names, and the path may be replaced; where a file system has no links, it will be
 * gone.  AKIN_ERR_IO. */
akin_status ak_older_hold(ak_older *o, akin_error *err);
/* The path is as it was before: the older file, or none. Whether that could be done. */
bool ak_older_put_back(ak_older *o);
/* There is a new result: the older file is deleted, and what a killed process left of it. */
void ak_older_drop(ak_older *o);
void ak_older_free(ak_older *o);

#endif
