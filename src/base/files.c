/* SPDX-License-Identifier: Apache-2.0 */
/* base/files.c - the files of one result, which take their names together.
 *
 * All of them stand whole under temporary names first. Then the last one of an older result steps aside, then
 * its others (older.h), then the new ones take their names, the last one last; each step is on the disk
 * before the next begins. So wherever it is stopped, there is the old result, or the new one, or a part of
 * one of the two that lacks its last file. Where a step fails, the older files take their names again, the
 * last one last. What can fail for want of memory comes before the first step. */
#include "base/base.h"
#include "base/older.h"

#include <string.h>

enum { MOST_FILES = 16, MOST_OLDER = 16 };

struct akin_files {
    akin_writer *file[MOST_FILES];
    ak_older of[MOST_FILES]; /* path NULL: a device, which has no other name */
    ak_older older[MOST_OLDER];
    int files, olders;
};

akin_status akin_files_create(akin_files **out, akin_error *err)
{
    AK_GIVEN(out, err);
    *out = calloc(1, sizeof **out);
    return *out ? AKIN_OK : ak_no_memory(err, "for a list of files");
}

void akin_files_abort(akin_files *f)
{
    if (!f) return;
    for (int i = 0; i < f->files; i++) ak_writer_drop(f->file[i]);
    for (int i = 0; i < f->files; i++) ak_older_free(&f->of[i]);
    for (int i = 0; i < f->olders; i++) ak_older_free(&f->older[i]);
    free(f);
}

akin_status akin_files_add(akin_files *f, const char *path, akin_writer **out, akin_error *err)
{
    AK_GIVEN(path, err);
    AK_GIVEN(out, err);
    if (!f) return akin_writer_open(path, out, err);
    if (f->files == MOST_FILES)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is one file too many for one result", path);
    akin_writer *w;
    AK_TRY(akin_writer_open(path, &w, err));
    ak_writer_join(w);
    const int i = f->files++;
    f->file[i] = w;
    if (ak_writer_temporary(w)) AK_TRY(ak_older_name(&f->of[i], path, err));
    *out = w;
    return AKIN_OK;
}

akin_status akin_files_older(akin_files *f, const char *path, akin_error *err)
{
    AK_GIVEN(f, err);
    AK_GIVEN(path, err);
    if (f->olders == MOST_OLDER)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is one file too many for one result", path);
    return ak_older_name(&f->older[f->olders++], path, err);
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
        if (!f->of[i].path || (last && same_folder(last, f->of[i].path))) continue;
        last = f->of[i].path;
        AK_TRY(ak_folder_sync(last, err));
    }
    return AKIN_OK;
}

/* From here to the last of the new names no result is whole. */
static akin_status step_aside(akin_files *f, akin_error *err)
{
    ak_older *last = &f->of[f->files - 1];
    bool more = false;
    if (last->path) AK_TRY(ak_older_take(last, err));
    if (last->state != AK_OLDER_NONE) AK_TRY(sync_folders(f, f->files - 1, f->files, err));
    for (int i = 0; i < f->files - 1 + f->olders; i++) {
        ak_older *o = i < f->files - 1 ? &f->of[i] : &f->older[i - (f->files - 1)];
        if (o->path) AK_TRY(ak_older_take(o, err));
        more = more || o->state != AK_OLDER_NONE;
    }
    return more ? sync_folders(f, 0, f->files, err) : AKIN_OK;
}

static akin_status place(akin_files *f, int from, int to, akin_error *err)
{
    for (int i = from; i < to; i++) {
        AK_TRY(ak_writer_place(f->file[i], err));
        f->file[i] = NULL;
    }
    return AKIN_OK;
}

/* The older result is there again: of its files the last one comes last. */
static void put_back(akin_files *f)
{
    const int last = f->files - 1;
    bool done = true;
    for (int i = 0; i < last; i++)
        if (f->of[i].path) done = ak_older_put_back(&f->of[i]) && done;
    for (int i = 0; i < f->olders; i++) done = ak_older_put_back(&f->older[i]) && done;
    sync_folders(f, 0, f->files, NULL);
    if (done && f->of[last].path) ak_older_put_back(&f->of[last]);
    sync_folders(f, last, last + 1, NULL);
}

static void drop_older(akin_files *f)
{
    for (int i = 0; i < f->files; i++)
        if (f->of[i].path) ak_older_drop(&f->of[i]);
    for (int i = 0; i < f->olders; i++) ak_older_drop(&f->older[i]);
}

akin_status akin_files_commit(akin_files *f, akin_error *err)
{
    AK_GIVEN(f, err);
    const int last = f->files - 1;
    const bool several = last > 0 || (last == 0 && f->olders);
    akin_status status = several ? step_aside(f, err) : AKIN_OK;
    if (!status) status = place(f, 0, last, err);
    if (!status) status = sync_folders(f, 0, last, err);
    if (!status && last >= 0) status = place(f, last, last + 1, err);
    if (several && status) put_back(f);
    if (several && !status) drop_older(f);
    if (!status && last >= 0) status = sync_folders(f, last, last + 1, err);
    akin_files_abort(f);
    return status;
}
