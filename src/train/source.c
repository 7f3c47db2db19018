/* SPDX-License-Identifier: Apache-2.0 */
/* train/source.c - rows of a batch from images. */
#include "train/source.h"

static akin_status make_images(const akin_source *s, const int32_t *items, int64_t n,
                               const akin_augment_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                               int64_t *start, akin_error *err)
{
    (void)ids;
    (void)start;
    const akin_image_source *from = s->ctx;
    const akin_images *im = &from->images;
    const akin_augment_images images = { im->pixels, im->n, im->height, im->width, im->channels };
    return akin_augment_batch(&from->augment, &images, items, n, name, from->mean, from->std, scratch, dense,
                              err);
}

akin_source akin_source_of_images(const akin_image_source *from)
{
    const akin_images *im = &from->images;
    const akin_augment_opts *a = &from->augment;
    const int64_t height = a->height ? a->height : im->height, width = a->width ? a->width : im->width;
    return (akin_source){ .ctx = from,
                          .items = im->n,
                          .row_floats = height * width * im->channels,
                          .scratch_bytes = akin_augment_scratch_bytes(a, im->height, im->width, im->channels),
                          .make = make_images };
}
