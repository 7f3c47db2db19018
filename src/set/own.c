/* SPDX-License-Identifier: Apache-2.0 */
/* set/own.c - data sets from a caller's memory: of the same kinds as files, so that whatever reads these
 * reads them. */
#include "images/own_images.h"
#include "set/kinds.h"
#include "vectors/own_rows.h"

static akin_status wrap(const ak_kind *kind, void *set, akin_dataset **out, akin_error *err)
{
    akin_dataset *s = calloc(1, sizeof *s);
    if (!s) {
        kind->free(set);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a data set");
    }
    *s = (akin_dataset){ .kind = kind, .set = set };
    *out = s;
    return AKIN_OK;
}

akin_status akin_dataset_from_rows(const akin_own_rows *rows, akin_dataset **out, akin_error *err)
{
    if (!rows || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "own rows: rows and out must not be NULL");
    akin_own_rows own = AKIN_OWN_ROWS_INIT;
    akin_vector_set *set = NULL;
    AK_TRY(ak_opts_import(&own, rows, "own rows", err));
    AK_TRY(ak_vectors_from_own(&own, &set, err));
    return wrap(&ak_kind_vectors, set, out, err);
}

akin_status akin_dataset_from_images(const akin_own_images *images, akin_dataset **out, akin_error *err)
{
    if (!images || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "own images: images and out must not be NULL");
    akin_own_images own = AKIN_OWN_IMAGES_INIT;
    akin_image_set *set = NULL;
    AK_TRY(ak_opts_import(&own, images, "own images", err));
    AK_TRY(ak_image_set_from_own(&own, &set, err));
    return wrap(&ak_kind_images, set, out, err);
}
