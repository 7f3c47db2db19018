/* SPDX-License-Identifier: Apache-2.0 */
/* base/older.c - a file of an older result that is kept until a new one is whole. */
#include "base/older.h"

#include "base/path.h"
#include "base/plain.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ASIDE[] = ".tmp-old";

akin_status ak_older_name(ak_older *o, const char *path, akin_error *err)
{
    const size_t n = strlen(path);
    *o = (ak_older){ .path = strdup(path), .aside = malloc(n + sizeof ASIDE) };
    if (!o->path || !o->aside) return ak_no_memory(err, "for the path '%s'", path);
    memcpy(o->aside, path, n);
    memcpy(o->aside + n, ASIDE, sizeof ASIDE);
    return AKIN_OK;
}

void ak_older_free(ak_older *o)
{
    free(o->path);
    free(o->aside);
}

static akin_status cannot(const ak_older *o, int reason, akin_error *err)
{
    return ak_fail(err, ak_status_of(reason, AKIN_ERR_IO),
                   "cannot replace '%s', which is of an older result: %s", o->path, ak_strerror(reason));
}

/* Whether there is an older file, and whether the name aside is free. */
static akin_status look(ak_older *o, bool *there, bool *is_free, akin_error *err)
{
    struct stat info;
    bool taken;
    AK_TRY(ak_look_stored(o->path, there, &info, err));
    if (*there && S_ISDIR(info.st_mode)) return cannot(o, EISDIR, err);
    if (*there) ak_remove_left_over(o->aside);
    if (*there) AK_TRY(ak_look_stored(o->aside, &taken, NULL, err));
    *is_free = *there && !taken;
    return AKIN_OK;
}

akin_status ak_older_take(ak_older *o, akin_error *err)
{
    bool there, is_free;
    AK_TRY(look(o, &there, &is_free, err));
    if (there && (is_free ? ak_rename(o->path, o->aside) : unlink(o->path)) != 0)
        return cannot(o, errno, err);
    o->state = !there ? AK_OLDER_NONE : is_free ? AK_OLDER_ASIDE : AK_OLDER_GONE;
    return AKIN_OK;
}

akin_status ak_older_hold(ak_older *o, akin_error *err)
{
    bool there, is_free;
    AK_TRY(look(o, &there, &is_free, err));
    const bool linked = is_free && link(o->path, o->aside) == 0;
    o->state = !there ? AK_OLDER_NONE : linked ? AK_OLDER_ASIDE : AK_OLDER_GONE;
    return AKIN_OK;
}

/* Where a file system cannot rename any more, it may still link. */
static bool link_back(const ak_older *o)
{
    return (unlink(o->path) == 0 || errno == ENOENT) && link(o->aside, o->path) == 0;
}

bool ak_older_put_back(ak_older *o)
{
    bool done = true;
    if (o->state == AK_OLDER_GONE)
        done = false;
    else if (o->state == AK_OLDER_NONE)
        done = unlink(o->path) == 0 || errno == ENOENT;
    else if (o->state == AK_OLDER_ASIDE)
        done = ak_rename(o->aside, o->path) == 0 || link_back(o);
    if (done && o->state == AK_OLDER_ASIDE) unlink(o->aside); /* two names of one file are not renamed */
    if (done) o->state = AK_OLDER_AS_IT_WAS;
    return done;
}

void ak_older_drop(ak_older *o)
{
    if (o->state == AK_OLDER_ASIDE)
        unlink(o->aside);
    else
        ak_remove_left_over(o->aside);
    o->aside[strlen(o->aside) - strlen("-old")] = 0; /* ".tmp": what a killed process left */
    ak_remove_left_over(o->aside);
}
