/* SPDX-License-Identifier: Apache-2.0 */
/* images/own_images.c - an image set from pixels that a caller's function gives: asked for once, then in
 * memory. */
#include "images/own_images.h"

#include "images/image_set.h"
#include "images/measure.h"
#include "images/unify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static akin_status check(const akin_own_images *own, akin_error *err)
{
    const int64_t side = 1 << 16, most = (int64_t)1 << 26;
    if (!own->pixels) return ak_fail(err, AKIN_ERR_ARGUMENT, "own images: pixels must not be NULL");
    if (own->n < 1 || own->n > INT32_MAX)
        return ak_fail(err, AKIN_ERR_SHAPE, "own images: there are %" PRId64 "; 1 to %d can be read", own->n,
                       INT32_MAX);
    if (own->height < 1 || own->width < 1 || own->height > side || own->width > side ||
        own->height * own->width > most || (own->channels != 1 && own->channels != 3))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "own images: %" PRId64 "x%" PRId64 " with %" PRId64
                       " channels; an image has 1 to 2^26 pixels of 1 or 3 channels",
                       own->height, own->width, own->channels);
    return AKIN_OK;
}

static akin_status read_label(const akin_own_images *own, ak_image_split *s, int64_t i, akin_error *err)
{
    if (!s->labels) return AKIN_OK;
    s->labels[i] = own->label(i, own->ctx);
    if (s->labels[i] >= 0 && s->labels[i] < AK_MAX_CLASSES) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "own images: image %" PRId64 " has label %d; labels are 0 to %d", i,
                   s->labels[i], AK_MAX_CLASSES - 1);
}

static akin_status read_all(const akin_own_images *own, ak_image_split *s, akin_error *err)
{
    s->name = "train";
    s->n = own->n;
    s->height = own->height;
    s->width = own->width;
    s->channels = own->channels;
    AK_TRY(ak_pixels_alloc(s->n, s->height, s->width, s->channels, &s->pixels, err));
    if (own->label) s->labels = ak_alloc(sizeof *s->labels, s->n, 1);
    if (own->label && !s->labels)
        return ak_fail(err, AKIN_ERR_NOMEM, "own images: no memory for %" PRId64 " labels", s->n);
    for (int64_t i = 0; i < s->n; i++) {
        if (!own->pixels(i, s->pixels + i * ak_image_bytes(s), own->ctx))
            return ak_fail(err, AKIN_ERR_INPUT, "own images: image %" PRId64 " was not given", i);
        AK_TRY(read_label(own, s, i, err));
    }
    return AKIN_OK;
}

akin_status ak_image_set_from_own(const akin_own_images *own, akin_image_set **out, akin_error *err)
{
    const char *name = own->name ? own->name : "own images";
    AK_TRY(check(own, err));
    akin_image_set *ds = calloc(1, sizeof *ds);
    if (ds) ds->path = strdup(name);
    if (!ds || !ds->path) {
        free(ds);
        return ak_fail(err, AKIN_ERR_NOMEM, "own images: no memory for a set");
    }
    snprintf(ds->name, sizeof ds->name, "%s", name);
    ds->format = "own";
    ds->splits = 1;
    akin_status status = read_all(own, &ds->split[0], err);
    if (!status) status = ak_image_set_unify(ds, NULL, err);
    if (!status) status = ak_image_set_measure(ds, NULL, err);
    if (status)
        akin_image_set_free(ds);
    else
        *out = ds;
    return status;
}
