/* SPDX-License-Identifier: Apache-2.0 */
/* set/image_rows.c - rows of a batch from images: random views to train on, and images to embed.
 *
 * Images on disk. The views of a pair are two calls with the same items, and decoding costs far more than a
 * view. So the scratch of a thread keeps the decoded image of each row of the last call. The second view of
 * an item reuses the decoded image. This changes no result. */
#include "set/image_rows.h"

#include <string.h>

typedef struct image_source {
    akin_images images;
    akin_augment_opts augment;
    const ak_pixel_scale *scale;
} image_source;

static size_t padded(int64_t bytes) { return ((size_t)bytes + 63) & ~(size_t)63; }

static int64_t image_bytes(const akin_images *im) { return im->height * im->width * im->channels; }

static akin_status create(const akin_images *images, const akin_augment_opts *augment,
                          const ak_pixel_scale *scale, ak_row_source *out, akin_error *err)
{
    image_source *from = calloc(1, sizeof *from);
    if (!from) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a source of images");
    *from = (image_source){ *images, *augment, scale };
    *out = (ak_row_source){ .ctx = from, .release = free, .items = images->n };
    return AKIN_OK;
}

/* Training ------------------------------------------------------------------------------------- */

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

static size_t kept_bytes(const akin_images *im) { return sizeof(kept_row) + padded(image_bytes(im)); }

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
    memcpy(out, pixels, (size_t)image_bytes(im));
    return AKIN_OK;
}

static akin_status make_views(const ak_row_source *s, const int32_t *items, int64_t n,
                              const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                              int64_t *start, akin_error *err)
{
    (void)ids;
    (void)start;
    const image_source *from = s->ctx;
    const akin_images *im = &from->images;
    const float *mean = from->scale->mean, *std = from->scale->std;
    akin_augment_images images = { .struct_size = sizeof images,
                                   .pixels = im->pixels,
                                   .count = im->n,
                                   .height = im->height,
                                   .width = im->width,
                                   .channels = im->channels };
    const akin_augment_wanted wanted = {
        .struct_size = sizeof wanted, .n = n, .items = items, .name = name, .mean = mean, .std = std
    };
    if (im->pixels) return akin_augment_batch(&from->augment, &images, &wanted, scratch, dense, err);
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
    return akin_augment_batch(&from->augment, &images, &wanted, &arena, dense, err);
}

akin_status ak_image_views_source(const akin_images *im, const akin_augment_opts *a,
                                  const ak_pixel_scale *scale, ak_row_source *s, akin_error *err)
{
    const int64_t height = a->height ? a->height : im->height, width = a->width ? a->width : im->width;
    AK_TRY(create(im, a, scale, s, err));
    s->row_floats = height * width * im->channels;
    s->scratch_bytes = akin_augment_scratch_bytes(a, im->height, im->width, im->channels);
    s->make = make_views;
    if (im->pixels) return AKIN_OK;
    s->scratch_bytes = padded((int64_t)s->scratch_bytes) + padded(image_bytes(im)) + 128;
    s->scratch_row_bytes = kept_bytes(im);
    return AKIN_OK;
}

/* Embedding ------------------------------------------------------------------------------------ */

typedef struct normalise {
    const image_source *from;
    const int32_t *items;
    const uint8_t *pixels; /* of the batch; NULL = those of the set, which lie in memory */
    float *dense;
} normalise;

static void normalise_rows(int64_t begin, int64_t end, void *ctx)
{
    const normalise *w = ctx;
    const akin_images *im = &w->from->images;
    const int64_t c = im->channels, area = im->height * im->width;
    for (int64_t i = begin; i < end; i++) {
        const uint8_t *from = w->pixels ? w->pixels + i * area * c : im->pixels + w->items[i] * area * c;
        float *to = w->dense + i * area * c;
        for (int64_t k = 0; k < c; k++) {
            const float mean = w->from->scale->mean[k], std = w->from->scale->std[k];
            for (int64_t p = 0; p < area; p++) to[k * area + p] = ak_pixel_scaled(from[p * c + k], mean, std);
        }
    }
}

static akin_status fetch_images(const image_source *from, const int32_t *items, int64_t n, uint8_t *pixels,
                                akin_error *err)
{
    enum { AT_ONCE = 256 };
    int64_t wanted[AT_ONCE];
    for (int64_t first = 0; first < n; first += AT_ONCE) {
        const int64_t count = n - first < AT_ONCE ? n - first : AT_ONCE;
        for (int64_t i = 0; i < count; i++) wanted[i] = items[first + i];
        AK_TRY(akin_images_fetch(&from->images, wanted, count, pixels + first * image_bytes(&from->images),
                                 err));
    }
    return AKIN_OK;
}

/* One image of that shape. */
static akin_picture picture_of(const akin_images *im, const uint8_t *pixels)
{
    return (akin_picture){ .struct_size = sizeof(akin_picture),
                           .channels = (int32_t)im->channels,
                           .height = im->height,
                           .width = im->width,
                           .pixels = pixels };
}

static akin_status view_images(const image_source *from, const int32_t *items, int64_t n,
                               const akin_view_name *name, akin_arena *scratch, uint8_t *image,
                               uint8_t *pixels, akin_error *err)
{
    const akin_images *im = &from->images;
    const akin_picture picture = picture_of(im, image);
    for (int64_t i = 0; i < n; i++) {
        akin_view_name of = *name;
        const int64_t item = items[i];
        of.item = (uint64_t)item;
        AK_TRY(akin_images_fetch(im, &item, 1, image, err));
        AK_TRY(akin_augment_view(&from->augment, &picture, &of, scratch, pixels + i * image_bytes(im), err));
    }
    return AKIN_OK;
}

static akin_status make_images(const ak_row_source *s, const int32_t *items, int64_t n,
                               const akin_view_name *name, akin_arena *scratch, float *dense, int32_t *ids,
                               int64_t *start, akin_error *err)
{
    (void)ids;
    (void)start;
    const image_source *from = s->ctx;
    const akin_images *im = &from->images;
    const akin_arena before = *scratch;
    uint8_t *pixels = NULL;
    akin_status status = AKIN_OK;
    if (name || !im->pixels) {
        pixels = ak_arena_take(scratch, (size_t)image_bytes(im), n, 1);
        uint8_t *image = ak_arena_take(scratch, (size_t)image_bytes(im), 1, 1);
        if (!pixels || !image) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a batch of images");
        if (!status)
            status = name ? view_images(from, items, n, name, scratch, image, pixels, err)
                          : fetch_images(from, items, n, pixels, err);
    }
    *scratch = before;
    if (status) return status;
    normalise w = { from, items, pixels, dense };
    ak_parallel_for(n, 16, normalise_rows, &w);
    return AKIN_OK;
}

akin_status ak_images_source(const akin_images *im, const akin_augment_opts *recipe,
                             const ak_pixel_scale *scale, ak_row_source *s, akin_error *err)
{
    akin_augment_opts opts = *recipe;
    opts.height = opts.width = 0; /* of the images' own size: training may have used smaller views */
    AK_TRY(create(im, &opts, scale, s, err));
    s->row_floats = image_bytes(im);
    s->scratch_bytes = akin_augment_scratch_bytes(&opts, im->height, im->width, im->channels) +
                       padded(image_bytes(im)) + 128;
    s->scratch_row_bytes = padded(image_bytes(im));
    s->make = make_images;
    return AKIN_OK;
}

/* For people ----------------------------------------------------------------------------------- */

static akin_status draw_sample(const akin_images *im, const akin_augment_opts *opts, uint64_t seed,
                               akin_array *sheet, uint8_t *image, akin_arena *scratch, akin_error *err)
{
    const int64_t rows = sheet->shape[0], columns = sheet->shape[1];
    const int64_t pixels = sheet->shape[2] * sheet->shape[3] * sheet->shape[4];
    akin_augment_opts original = AKIN_AUGMENT_OPTS_INIT; /* the image itself, at the size of the views */
    original.height = (int32_t)sheet->shape[2];
    original.width = (int32_t)sheet->shape[3];
    const akin_picture picture = picture_of(im, image);
    for (int64_t r = 0; r < rows; r++) {
        const int64_t item = r * (im->n / rows);
        uint8_t *row = (uint8_t *)sheet->data + r * columns * pixels;
        AK_TRY(akin_images_fetch(im, &item, 1, image, err));
        for (uint32_t v = 0; v < (uint32_t)columns; v++) {
            akin_view_name name = AKIN_VIEW_NAME_INIT;
            name.seed = seed;
            name.item = (uint64_t)item;
            name.view = v ? v - 1 : 0;
            AK_TRY(akin_augment_view(v ? opts : &original, &picture, &name, scratch, row + v * pixels, err));
        }
    }
    return AKIN_OK;
}

akin_status ak_sample_views(const akin_images *im, const akin_augment_opts *opts, int64_t height,
                            int64_t width, uint64_t seed, akin_array *out, akin_error *err)
{
    enum { ROWS = 8, VIEWS = 7 };
    const int64_t rows = im->n < ROWS ? im->n : ROWS,
                  count = rows * (1 + VIEWS) * height * width * im->channels;
    akin_array sheet = { .dtype = AKIN_DTYPE_U8,
                         .ndim = 5,
                         .shape = { rows, 1 + VIEWS, height, width, im->channels },
                         .count = count };
    const size_t bytes = akin_augment_scratch_bytes(opts, im->height, im->width, im->channels) + 64;
    sheet.data = ak_alloc(1, count, 1);
    uint8_t *image = ak_alloc(1, image_bytes(im), 1);
    void *memory = ak_alloc(1, (int64_t)bytes, 1);
    akin_arena scratch;
    akin_arena_init(&scratch, memory, bytes);
    const akin_status status = sheet.data && image && memory
                                   ? draw_sample(im, opts, seed, &sheet, image, &scratch, err)
                                   : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the sample views");
    free(image);
    free(memory);
    if (status)
        akin_array_free(&sheet);
    else
        *out = sheet;
    return status;
}
