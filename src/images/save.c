/* SPDX-License-Identifier: Apache-2.0 */
/* images/save.c - an image set as a folder of arrays, which images/npy_images.c reads.
 *
 * Pixels are written as they are held, after scaling and without alpha. So the set that is read back has the
 * fingerprint of the set that was written. All files stand whole under temporary names before the first takes
 * its own; train.npy of an older set is deleted first, and the new one comes last. A folder without it is not
 * taken for a set, so a kill leaves the old set, the new one or none, never a mixture. */
#include "akin/tool/derive.h"

#include "base/path.h"
#include "images/cache.h"
#include "base/escape.h"
#include "base/plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 7 }; /* three splits with labels, and the names of classes */

/* The files of the set, whole under their temporary names, in the order in which they take their own. */
typedef struct saving {
    const char *folder;
    akin_writer *file[FILES];
    int files;
} saving;

static akin_status open_file(saving *s, const char *name, akin_writer **out, akin_error *err)
{
    char *path = ak_path_join(s->folder, name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", name);
    const akin_status status = akin_writer_open(path, out, err);
    free(path);
    if (status) return status;
    ak_writer_join(*out);
    s->file[s->files++] = *out;
    return AKIN_OK;
}

static akin_status write_array(saving *s, const char *split, const char *end, akin_dtype type, int ndim,
                               const int64_t *shape, const void *data, akin_error *err)
{
    char name[32];
    akin_writer *w;
    snprintf(name, sizeof name, "%s%s.npy", split, end);
    AK_TRY(open_file(s, name, &w, err));
    AK_TRY(akin_npy_write(w, type, ndim, shape, data, err));
    return akin_writer_commit(w, err);
}

static akin_status write_names(saving *s, const akin_image_set *ds, akin_error *err)
{
    akin_writer *w;
    if (ds->classes == 0) return AKIN_OK;
    AK_TRY(open_file(s, "class-names.txt", &w, err));
    for (int64_t k = 0; k < ds->classes; k++) AK_TRY(akin_name_write(w, ds->class_names[k], err));
    return akin_writer_commit(w, err);
}

static akin_status write_files(saving *s, const akin_image_set *ds, akin_error *err)
{
    AK_TRY(write_names(s, ds, err));
    for (int k = ds->splits - 1; k >= 0; k--) {
        const ak_image_split *p = &ds->split[k];
        const int64_t shape[4] = { p->n, p->height, p->width, p->channels };
        if (p->labels) AK_TRY(write_array(s, p->name, "-labels", AKIN_DTYPE_I32, 1, shape, p->labels, err));
        AK_TRY(write_array(s, p->name, "", AKIN_DTYPE_U8, 4, shape, p->pixels, err));
    }
    return AKIN_OK;
}

/* Without memory of the heap: from the first deleted file on there is no way back. */
static akin_status path_in(const char *folder, const char *name, char path[4096], akin_error *err)
{
    const size_t bytes = strlen(folder);
    const int n = snprintf(path, 4096, "%s%s%s", folder, bytes && folder[bytes - 1] == '/' ? "" : "/", name);
    if (n < 0 || n >= 4096) return ak_fail(err, AKIN_ERR_IO, "the path '%s/%s' is too long", folder, name);
    return AKIN_OK;
}

static akin_status remove_file(const char *folder, const char *name, akin_error *err)
{
    char path[4096];
    AK_TRY(path_in(folder, name, path, err));
    if (unlink(path) != 0 && errno != ENOENT)
        return ak_fail(err, AKIN_ERR_IO, "cannot delete '%s', which is of an older set: %s", path,
                       ak_strerror(errno));
    return ak_folder_sync(path, err);
}

/* What an earlier set left under the names of splits that this one has not. */
static akin_status remove_others(const akin_image_set *ds, const char *folder, akin_error *err)
{
    static const char *const NAMES[] = { "train", "test", "val" }, *const ENDS[] = { "", "-labels" };
    for (int f = 0; f < 6; f++) {
        bool ours = false;
        for (int k = 0; k < ds->splits && !ours; k++)
            ours = strcmp(ds->split[k].name, NAMES[f / 2]) == 0 && (f % 2 == 0 || ds->split[k].labels);
        char name[32];
        snprintf(name, sizeof name, "%s%s.npy", NAMES[f / 2], ENDS[f % 2]);
        if (!ours) AK_TRY(remove_file(folder, name, err));
    }
    return ds->classes ? AKIN_OK : remove_file(folder, "class-names.txt", err);
}

/* From here to the last name there is no train.npy, so no set. */
static akin_status place(saving *s, const akin_image_set *ds, akin_error *err)
{
    char path[4096];
    AK_TRY(path_in(s->folder, "train.npy", path, err));
    AK_TRY(remove_file(s->folder, "train.npy", err));
    AK_TRY(remove_others(ds, s->folder, err));
    for (int i = 0; i < s->files; i++) {
        if (i == s->files - 1) AK_TRY(ak_folder_sync(ak_writer_temporary(s->file[i]), err));
        AK_TRY(ak_writer_place(s->file[i], err));
        s->file[i] = NULL;
    }
    return ak_folder_sync(path, err);
}

akin_status akin_image_set_save(const akin_image_set *ds, const char *folder, akin_error *err)
{
    if (!ds || !folder)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_save: ds and folder must not be NULL");
    AK_TRY(ak_image_set_all_cached(ds, "save", err));
    AK_TRY(akin_folder_make(folder, err));
    saving s = { .folder = folder };
    akin_status status = write_files(&s, ds, err);
    if (!status) status = place(&s, ds, err);
    for (int i = 0; i < s.files; i++) ak_writer_drop(s.file[i]);
    return status;
}
