/* SPDX-License-Identifier: Apache-2.0 */
/* base/files.c - the files of one result, which take their names together.
 *
 * All of them stand whole under temporary names first. Then the last one of an older result is deleted, then
 * its others, then the new ones take their names, the last one last; each step is on the disk before the next
 * begins. So wherever it is stopped, there is the old result, or the new one, or a part of one of the two
 * that lacks its last file. What can fail for want of memory comes before the first deletion. */
#include "base/base.h"
#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 16, MOST_OLDER = 16 };

struct akin_files {
    akin_writer *file[MOST_FILES];
    char *path[MOST_FILES]; /* NULL: a device, which has no other name */
    char *older[MOST_OLDER];
    int files, olders;
};

akin_status akin_files_create(akin_files **out, akin_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? AKIN_OK : ak_no_memory(err, "for a list of files");
}

void akin_files_abort(akin_files *f)
{
    if (!f) return;
    for (int i = 0; i < f->files; i++) ak_writer_drop(f->file[i]);
    for (int i = 0; i < f->files; i++) free(f->path[i]);
    for (int i = 0; i < f->olders; i++) free(f->older[i]);
    free(f);
}

akin_status akin_files_add(akin_files *f, const char *path, akin_writer **out, akin_error *err)
{
    if (!f) return akin_writer_open(path, out, err);
    if (f->files == MOST_FILES)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is one file too many for one result", path);
    akin_writer *w;
    AK_TRY(akin_writer_open(path, &w, err));
    ak_writer_join(w);
    const int i = f->files++;
    f->file[i] = w;
    f->path[i] = ak_writer_temporary(w) ? strdup(path) : NULL;
    if (ak_writer_temporary(w) && !f->path[i]) return ak_no_memory(err, "to write '%s'", path);
    *out = w;
    return AKIN_OK;
}

akin_status akin_files_older(akin_files *f, const char *path, akin_error *err)
{
    if (f->olders == MOST_OLDER)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is one file too many for one result", path);
    char *copy = malloc(strlen(path) + sizeof ".tmp");
    if (!copy) return ak_no_memory(err, "for the path '%s'", path);
    f->older[f->olders++] = strcpy(copy, path);
    return AKIN_OK;
}

static akin_status remove_older(const char *path, bool *removed, akin_error *err)
{
    if (!path) return AKIN_OK;
    if (unlink(path) == 0)
        *removed = true;
    else if (errno != ENOENT)
        return ak_fail(err, AKIN_ERR_IO, "cannot delete '%s', which is of an older result: %s", path,
                       ak_strerror(errno));
    return AKIN_OK;
}

static bool same_folder(const char *a, const char *b)
{
    const char *x = strrchr(a, '/'), *y = strrchr(b, '/');
    return (x ? x - a : 0) == (y ? y - b : 0) && strncmp(a, b, x ? (size_t)(x - a) : 0) == 0;
}

/* The folders of all files, as the files follow each other. */
static akin_status sync_folders(const akin_files *f, int from, int to, akin_error *err)
{
    const char *last = NULL;
    for (int i = from; i < to; i++) {
        if (!f->path[i] || (last && same_folder(last, f->path[i]))) continue;
        last = f->path[i];
        AK_TRY(ak_folder_sync(last, err));
    }
    return AKIN_OK;
}

/* From here to the last of the new names no result is whole. */
static akin_status remove_result(const akin_files *f, akin_error *err)
{
    const int last = f->files - 1;
    bool removed = false, more = false;
    AK_TRY(remove_older(f->path[last], &removed, err));
    if (removed) AK_TRY(sync_folders(f, last, last + 1, err));
    for (int i = 0; i < last; i++) AK_TRY(remove_older(f->path[i], &more, err));
    for (int i = 0; i < f->olders; i++) {
        AK_TRY(remove_older(f->older[i], &more, err));
        ak_remove_left_over(strcat(f->older[i], ".tmp"));
    }
    return more ? sync_folders(f, 0, f->files, err) : AKIN_OK;
}

static akin_status place(akin_files *f, int from, int to, akin_error *err)
{
    for (int i = from; i < to; i++) {
        AK_TRY(ak_writer_place(f->file[i], err));
        f->file[i] = NULL;
    }
    return sync_folders(f, from, to, err);
}

akin_status akin_files_commit(akin_files *f, akin_error *err)
{
    akin_status status = AKIN_OK;
    const int last = f->files - 1;
    if (f->files > 1 || f->olders) status = f->files ? remove_result(f, err) : AKIN_OK;
    if (!status && last > 0) status = place(f, 0, last, err);
    if (!status && last >= 0) status = place(f, last, last + 1, err);
    akin_files_abort(f);
    return status;
}
