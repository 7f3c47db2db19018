/* SPDX-License-Identifier: Apache-2.0 */
/* images/save.c - an image set as a folder of arrays, which images/npy_images.c reads.
 *
 * Pixels are written as they are held, after scaling and without alpha. So the set that is read back has the
 * fingerprint of the set that was written. train.npy comes last (base/files.c), and a folder without it is
 * not taken for a set, so a kill leaves the old set, the new one or none, never a mixture. */
#include "akin/tool/derive.h"

#include "base/data_path.h"
#include "base/path.h"
#include "images/cache.h"
#include "base/escape.h"
#include "base/plain.h"

#include <stdio.h>
#include <string.h>

/* Where the files of a set go. */
typedef struct saving {
    const char *folder;
    akin_files *files;
} saving;

static akin_status open_file(const saving *s, const char *name, akin_writer **out, akin_error *err)
{
    char *path = ak_path_join(s->folder, name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", name);
    const akin_status status = akin_files_add(s->files, path, out, err);
    free(path);
    return status;
}

static akin_status write_array(const saving *s, const char *split, const char *end, akin_dtype type, int ndim,
                               const int64_t *shape, const void *data, akin_error *err)
{
    char name[32];
    akin_writer *w;
    snprintf(name, sizeof name, "%s%s.npy", split, end);
    AK_TRY(open_file(s, name, &w, err));
    AK_TRY(akin_npy_write(w, type, ndim, shape, data, err));
    return akin_writer_commit(w, err);
}

static akin_status write_names(const saving *s, const akin_image_set *ds, akin_error *err)
{
    akin_writer *w;
    if (ds->classes == 0) return AKIN_OK;
    AK_TRY(open_file(s, "class-names.txt", &w, err));
    for (int64_t k = 0; k < ds->classes; k++) AK_TRY(akin_name_write(w, ds->class_names[k], err));
    return akin_writer_commit(w, err);
}

static akin_status write_files(const saving *s, const akin_image_set *ds, akin_error *err)
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

static akin_status add_older(const saving *s, const char *name, akin_error *err)
{
    char *path = ak_path_join(s->folder, name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", name);
    const akin_status status = akin_files_older(s->files, path, err);
    free(path);
    return status;
}

/* What an earlier set left under the names of splits that this one has not. */
static akin_status add_others(const saving *s, const akin_image_set *ds, akin_error *err)
{
    static const char *const NAMES[] = { "train", "test", "val" }, *const ENDS[] = { "", "-labels" };
    for (int f = 0; f < 6; f++) {
        bool ours = false;
        for (int k = 0; k < ds->splits && !ours; k++)
            ours = strcmp(ds->split[k].name, NAMES[f / 2]) == 0 && (f % 2 == 0 || ds->split[k].labels);
        char name[32];
        snprintf(name, sizeof name, "%s%s.npy", NAMES[f / 2], ENDS[f % 2]);
        if (!ours) AK_TRY(add_older(s, name, err));
    }
    return ds->classes ? AKIN_OK : add_older(s, "class-names.txt", err);
}

akin_status akin_image_set_add(const akin_image_set *ds, const char *folder, akin_files *files,
                               akin_error *err)
{
    if (!ds || !folder || !files)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_add: ds, folder and files must not be NULL");
    AK_TRY(ak_image_set_all_cached(ds, "save", err));
    AK_TRY(akin_folder_make(folder, err));
    const saving s = { folder, files };
    AK_TRY(add_others(&s, ds, err));
    return write_files(&s, ds, err);
}

akin_status akin_image_set_save(const akin_image_set *ds, const char *folder, akin_error *err)
{
    if (!ds || !folder)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_save: ds and folder must not be NULL");
    akin_files *files;
    AK_TRY(akin_files_create(&files, err));
    const akin_status status = akin_image_set_add(ds, folder, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

void akin_image_set_as_saved(akin_image_set *ds, const char *folder)
{
    ak_data_path_name(folder, ds->name);
    ds->whole[0] = 0;
    for (int k = 0; k < ds->splits; k++) {
        ak_image_split *s = &ds->split[k];
        free(s->items);
        free(s->origin);
        s->items = NULL;
        s->origin = NULL;
        s->whole = 0;
    }
}
