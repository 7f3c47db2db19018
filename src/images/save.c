/* SPDX-License-Identifier: Apache-2.0 */
/* images/save.c - an image set as a folder of arrays, which images/npy_images.c reads.
 *
 * Pixels are written as they are held, after scaling and without alpha. So the set that is read back has the
 * fingerprint of the set that was written. train.npy is written last: a folder without it is not taken for a
 * set. */
#include "akin/tool/derive.h"

#include "base/path.h"
#include "images/cache.h"
#include "base/escape.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static akin_status save_array(const char *folder, const char *split, const char *end, akin_dtype type,
                              int ndim, const int64_t *shape, const void *data, akin_error *err)
{
    char name[32];
    snprintf(name, sizeof name, "%s%s.npy", split, end);
    char *path = ak_path_join(folder, name);
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", name);
    const akin_status status = akin_npy_save(path, type, ndim, shape, data, err);
    free(path);
    return status;
}

static akin_status save_names(const akin_image_set *ds, const char *folder, akin_error *err)
{
    if (ds->classes == 0) return AKIN_OK;
    char *path = ak_path_join(folder, "class-names.txt");
    if (!path) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to write the names of classes");
    akin_writer *w = NULL;
    akin_status status = akin_writer_open(path, &w, err);
    for (int64_t k = 0; k < ds->classes && !status; k++) status = akin_name_write(w, ds->class_names[k], err);
    free(path);
    if (!status) return akin_writer_commit(w, err);
    if (w) akin_writer_abort(w);
    return status;
}

/* What an earlier set left under the names of splits that this one has not. */
static void remove_others(const akin_image_set *ds, const char *folder)
{
    static const char *const FILES[] = { "test", "val" }, *const ENDS[] = { "", "-labels" };
    for (int f = 0; f < 4; f++) {
        bool ours = false;
        for (int k = 0; k < ds->splits && !ours; k++)
            ours = strcmp(ds->split[k].name, FILES[f / 2]) == 0 && (f % 2 == 0 || ds->split[k].labels);
        char name[32];
        snprintf(name, sizeof name, "%s%s.npy", FILES[f / 2], ENDS[f % 2]);
        char *path = ours ? NULL : ak_path_join(folder, name);
        if (path) (void)unlink(path);
        free(path);
    }
}

akin_status akin_image_set_save(const akin_image_set *ds, const char *folder, akin_error *err)
{
    if (!ds || !folder)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_save: ds and folder must not be NULL");
    AK_TRY(ak_image_set_all_cached(ds, "save", err));
    AK_TRY(akin_folder_make(folder, err));
    AK_TRY(save_names(ds, folder, err));
    for (int k = ds->splits - 1; k >= 0; k--) {
        const ak_image_split *s = &ds->split[k];
        const int64_t shape[4] = { s->n, s->height, s->width, s->channels };
        if (s->labels)
            AK_TRY(save_array(folder, s->name, "-labels", AKIN_DTYPE_I32, 1, shape, s->labels, err));
        if (k == 0) remove_others(ds, folder);
        AK_TRY(save_array(folder, s->name, "", AKIN_DTYPE_U8, 4, shape, s->pixels, err));
    }
    return AKIN_OK;
}
