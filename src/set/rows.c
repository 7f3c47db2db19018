/* SPDX-License-Identifier: Apache-2.0 */
/* set/rows.c - rows of a batch from images, vectors or text.
 *
 * Images on disk. The views of a pair are two calls with the same items, and decoding costs far more than a view. So the
 * scratch of a thread keeps, beside what views need, the image of each row of the last call, and a row that is to be of
 * the same item takes it from there. What was kept changes no result. */
#include "set/rows.h"

#include <string.h>

/* The image a row was made of last; its pixels follow. */
typedef struct kept_row {
    int64_t item; /* plus 1; 0 = none */
    int64_t align[7];
} kept_row;

typedef struct rows_on_disk {
    const akin_images *images;
    unsigned char *kept; /* of the next row */
    size_t step;
} rows_on_disk;

static size_t padded(int64_t bytes) { return ((size_t)bytes + 63) & ~(size_t)63; }

static size_t kept_bytes(const akin_images *im)
{
    return sizeof(kept_row) + padded(im->height * im->width * im->channels);
}

static akin_status fetch_row(const void *source, int64_t item, uint8_t *out, akin_error *err)
{
    rows_on_disk *rows = *(rows_on_disk *const *)source;
    const akin_images *im = rows->images;
    kept_row *row = (kept_row *)(void *)rows->kept;
    uint8_t *pixels = (uint8_t *)(row + 1);
    if (row->item != item + 1) {
        row->item = 0;
        AK_TRY(akin_images_fetch(im, &item, 1, pixels, err));
        row->item = item + 1;
    }
    rows->kept += rows->step;
    memcpy(out, pixels, (size_t)(im->height * im->width * im->channels));
    return AKIN_OK;
}

static akin_status make_images(const ak_source *s, const int32_t *items, int64_t n,
                               const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                               int64_t *start, akin_error *err)
{
    (void)ids;
    (void)start;
    const ak_image_source *from = s->ctx;
    const akin_images *im = &from->images;
    akin_augment_images images = { im->pixels, im->n, im->height, im->width, im->channels, NULL, NULL };
    if (im->pixels)
        return akin_augment_batch(&from->augment, &images, items, n, name, from->mean, from->std, scratch,
                                  dense, err);
    const akin_arena before = *scratch;
    void *views = ak_arena_take(scratch, 1, (int64_t)s->scratch_bytes, 1);
    unsigned char *kept = ak_arena_take(scratch, kept_bytes(im), n, 1); /* lies where it lay before */
    *scratch = before;
    if (!views || !kept) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the images of a batch");
    rows_on_disk rows = { im, kept, kept_bytes(im) }, *source = &rows;
    images.fetch = fetch_row;
    images.source = &source;
    akin_arena arena;
    akin_arena_init(&arena, views, s->scratch_bytes);
    return akin_augment_batch(&from->augment, &images, items, n, name, from->mean, from->std, &arena, dense,
                              err);
}

ak_source ak_source_of_images(const ak_image_source *from)
{
    const akin_images *im = &from->images;
    const akin_augment_opts *a = &from->augment;
    const int64_t height = a->height ? a->height : im->height, width = a->width ? a->width : im->width;
    ak_source s = { .ctx = from,
                    .items = im->n,
                    .row_floats = height * width * im->channels,
                    .scratch_bytes = akin_augment_scratch_bytes(a, im->height, im->width, im->channels),
                    .make = make_images };
    if (im->pixels) return s;
    s.scratch_bytes = padded((int64_t)s.scratch_bytes) + padded(im->height * im->width * im->channels) + 128;
    s.scratch_row_bytes = kept_bytes(im);
    return s;
}

static akin_status make_vectors(const ak_source *s, const int32_t *items, int64_t n,
                                const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                                int64_t *start, akin_error *err)
{
    (void)scratch;
    (void)ids;
    (void)start;
    const ak_vector_source *from = s->ctx;
    const akin_mat out = { dense, n, from->rows.d, from->rows.d };
    return akin_vector_views(&from->views, &from->rows, &from->scale, items, name, out, err);
}

ak_source ak_source_of_vectors(const ak_vector_source *from)
{
    return (
        ak_source){ .ctx = from, .items = from->rows.n, .row_floats = from->rows.d, .make = make_vectors };
}

/* Items of the split become items of the corpus, which the tokens are of. */
static akin_status make_text(const ak_source *s, const int32_t *items, int64_t n, const akin_view_name *name,
                             akin_arena *scratch, float *dense, int32_t *ids, int64_t *start, akin_error *err)
{
    (void)dense;
    const ak_text_source *from = s->ctx;
    const akin_arena before = *scratch;
    int32_t *texts = ak_arena_array(scratch, int32_t, n, 1);
    if (!texts) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items of a batch");
    for (int64_t i = 0; i < n; i++) texts[i] = from->items ? from->items[items[i]] : items[i];
    const akin_view_name of = {
        .struct_size = sizeof(akin_view_name), .epoch = name->epoch, .seed = name->seed, .view = name->view
    };
    const int64_t base = start[0]; /* ids of the rows before */
    akin_text_rows rows = AKIN_TEXT_ROWS_INIT;
    rows.views = &from->views;
    rows.near = from->near;
    rows.items = texts;
    rows.n = n;
    rows.name = &of;
    const akin_status status = akin_text_batch(from->tokens, &rows, ids + base, n * s->row_ids, start, err);
    for (int64_t i = 0; i <= n; i++) start[i] += base;
    *scratch = before;
    return status;
}

ak_source ak_source_of_text(const ak_text_source *from)
{
    return (ak_source){ .ctx = from,
                        .items = from->n,
                        .row_ids = akin_text_row_limit(from->tokens, from->near),
                        .scratch_row_bytes = sizeof(int32_t),
                        .make = make_text };
}
