/* SPDX-License-Identifier: Apache-2.0 */
/* train/source.c - rows of a batch from images, vectors or text. */
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

static akin_status make_vectors(const akin_source *s, const int32_t *items, int64_t n,
                                const akin_augment_name *name, akin_arena *scratch, float *dense,
                                int32_t *ids, int64_t *start, akin_error *err)
{
    (void)scratch;
    (void)ids;
    (void)start;
    const akin_vector_source *from = s->ctx;
    const akin_mat out = { dense, n, from->rows.d, from->rows.d };
    return akin_vector_views(&from->views, &from->rows, &from->scale, items, n, name, out, err);
}

akin_source akin_source_of_vectors(const akin_vector_source *from)
{
    return (
        akin_source){ .ctx = from, .items = from->rows.n, .row_floats = from->rows.d, .make = make_vectors };
}

/* Items of the split become items of the corpus, which the tokens are of. */
static akin_status make_text(const akin_source *s, const int32_t *items, int64_t n,
                             const akin_augment_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                             int64_t *start, akin_error *err)
{
    (void)dense;
    const akin_text_source *from = s->ctx;
    const akin_arena before = *scratch;
    int32_t *texts = akin_arena_array(scratch, int32_t, n, 1);
    if (!texts) return akin_fail(err, AKIN_ERR_NOMEM, "no memory for the items of a batch");
    for (int64_t i = 0; i < n; i++) texts[i] = from->items ? from->items[items[i]] : items[i];
    const akin_text_name of = { name->seed, name->epoch, 0, name->view };
    const int64_t base = start[0]; /* ids of the rows before */
    const akin_status status = akin_text_batch(from->tokens, &from->views, from->near, texts, n, &of,
                                               ids + base, n * s->row_ids, start, err);
    for (int64_t i = 0; i <= n; i++) start[i] += base;
    *scratch = before;
    return status;
}

akin_source akin_source_of_text(const akin_text_source *from)
{
    return (akin_source){ .ctx = from,
                          .items = from->n,
                          .row_ids = akin_text_row_bound(from->tokens, from->near),
                          .scratch_row_bytes = sizeof(int32_t),
                          .make = make_text };
}
