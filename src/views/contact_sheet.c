/* SPDX-License-Identifier: Apache-2.0 */
/* views/contact_sheet.c - a contact sheet of views.
 *
 * Column 0 is the item itself, at the size of the views. Columns 1, 2, 3, 4, ... are views 0 and 1 of epoch
 * e, views 0 and 1 of epoch e + 1, and so on: what a run of this seed is shown of the item, in order. Small
 * cells are enlarged by a whole factor, pixel by pixel, so a person sees what the encoder gets. */
#include "akin/tool/augment.h"

#include "base/base.h"

#include <string.h>

enum { GAP = 2, WIDE_GAP = 6, BACKGROUND = 255, CELL = 64, MOST_PIXELS = 1 << 26 };

typedef struct layout {
    int64_t height, width; /* of a view */
    int64_t scale, cell_height, cell_width;
} layout;

static int64_t left_of(const layout *l, int64_t column)
{
    return GAP + column * (l->cell_width + GAP) + (column ? WIDE_GAP : 0);
}

static void paste(const layout *l, const uint8_t *cell, int64_t channels, int64_t row, int64_t column,
                  const akin_contact_sheet *sheet)
{
    const int64_t top = GAP + row * (l->cell_height + GAP), left = left_of(l, column);
    for (int64_t y = 0; y < l->cell_height; y++)
        for (int64_t x = 0; x < l->cell_width; x++) {
            const uint8_t *from = cell + (y / l->scale * l->width + x / l->scale) * channels;
            uint8_t *to = sheet->pixels + ((top + y) * sheet->width + left + x) * sheet->channels;
            for (int64_t c = 0; c < sheet->channels; c++) to[c] = from[c];
        }
}

int64_t akin_contact_sheet_item(int64_t items, int64_t rows, int64_t row) { return row * (items / rows); }

/* What drawing a sheet needs. */
typedef struct workplace {
    akin_arena scratch;
    void *memory;     /* of scratch */
    uint8_t *cell;    /* a view */
    uint8_t *fetched; /* an image */
} workplace;

static bool workplace_make(workplace *w, const akin_augment_opts *views, const akin_augment_images *im,
                           const layout *l)
{
    const size_t room = akin_augment_scratch_bytes(views, im->height, im->width, im->channels) + 64;
    w->memory = ak_alloc(1, (int64_t)room, 1);
    w->cell = ak_alloc(1, l->height * l->width, im->channels);
    w->fetched = ak_alloc(1, im->height * im->width, im->channels);
    akin_arena_init(&w->scratch, w->memory, room);
    return w->memory && w->cell && w->fetched;
}

static void workplace_free(workplace *w)
{
    free(w->memory);
    free(w->cell);
    free(w->fetched);
}

static akin_status draw_rows(const akin_augment_opts *views, const akin_augment_images *im,
                             const akin_contact_sheet_opts *opts, const layout *l, workplace *w,
                             const akin_contact_sheet *sheet, akin_error *err)
{
    akin_augment_opts original = AKIN_AUGMENT_OPTS_INIT;
    original.height = (int32_t)l->height;
    original.width = (int32_t)l->width;
    const int64_t bytes = im->height * im->width * im->channels;
    akin_picture picture = { .struct_size = sizeof picture,
                             .channels = (int32_t)im->channels,
                             .height = im->height,
                             .width = im->width };
    for (int64_t r = 0; r < opts->rows; r++) {
        const int64_t item = akin_contact_sheet_item(im->count, opts->rows, r);
        picture.pixels = im->pixels ? im->pixels + item * bytes : w->fetched;
        if (!im->pixels) AK_TRY(im->fetch(im->source, item, w->fetched, err));
        for (int64_t c = 0; c <= opts->columns; c++) {
            const int64_t view = c ? c - 1 : 0;
            const akin_view_name name = { .struct_size = sizeof(akin_view_name),
                                          .epoch = opts->epoch + (uint32_t)(view / 2),
                                          .seed = opts->seed,
                                          .item = (uint64_t)item,
                                          .view = (uint32_t)(view % 2) };
            AK_TRY(akin_augment_view(c ? views : &original, &picture, &name, &w->scratch, w->cell, err));
            paste(l, w->cell, im->channels, r, c, sheet);
        }
    }
    return AKIN_OK;
}

/* Where the cells go, and how large the sheet is. */
static akin_status lay_out(const akin_augment_opts *views, const akin_augment_images *im,
                           const akin_contact_sheet_opts *opts, layout *l, akin_contact_sheet *sheet,
                           akin_error *err)
{
    l->height = views->height ? views->height : im->height;
    l->width = views->width ? views->width : im->width;
    const int64_t longer = l->height > l->width ? l->height : l->width;
    l->scale = opts->scale > 0 ? opts->scale : longer < CELL ? (CELL + longer - 1) / longer : 1;
    l->cell_height = l->height * l->scale;
    l->cell_width = l->width * l->scale;
    if (opts->rows < 1 || opts->columns < 1 || opts->rows > 4096 || opts->columns > 4096 || opts->scale < 0 ||
        opts->scale > 64)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "sheet: %lld rows, %lld columns, scale %d; expected 1 to 4096 of each, and 0 to 64",
                       (long long)opts->rows, (long long)opts->columns, opts->scale);
    sheet->rows = opts->rows;
    sheet->channels = im->channels == 1 ? 1 : 3;
    sheet->height = GAP + opts->rows * (l->cell_height + GAP);
    sheet->width = left_of(l, opts->columns + 1);
    if (sheet->height <= MOST_PIXELS && sheet->width <= MOST_PIXELS &&
        sheet->height * sheet->width <= MOST_PIXELS)
        return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE,
                   "sheet: %lld x %lld pixels are more than 2^26; take fewer rows or columns",
                   (long long)sheet->height, (long long)sheet->width);
}

akin_status akin_contact_sheet_draw(const akin_augment_opts *user_views, const akin_augment_images *images,
                                    const akin_contact_sheet_opts *user, akin_contact_sheet *out,
                                    akin_error *err)
{
    akin_augment_opts views = AKIN_AUGMENT_OPTS_INIT;
    akin_augment_images im = AKIN_AUGMENT_IMAGES_INIT;
    akin_contact_sheet_opts opts = AKIN_CONTACT_SHEET_OPTS_INIT;
    akin_contact_sheet sheet = AKIN_CONTACT_SHEET_INIT;
    layout l;
    if (!images || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "sheet: images and out must not be NULL");
    AK_TRY(ak_opts_import(&opts, user, "sheet", err));
    AK_TRY(ak_opts_import(&im, images, "sheet", err));
    AK_TRY(akin_augment_check(user_views, err));
    AK_TRY(ak_opts_import(&views, user_views, "sheet", err));
    if (im.count < 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "sheet: there are no images; expected at least one");
    if (opts.rows > im.count) opts.rows = im.count;
    AK_TRY(lay_out(&views, &im, &opts, &l, &sheet, err));
    const size_t bytes = (size_t)(sheet.height * sheet.width * sheet.channels);
    workplace w = { .memory = NULL };
    sheet.pixels = malloc(bytes);
    akin_status status = AKIN_OK;
    if (!workplace_make(&w, &views, &im, &l) || !sheet.pixels)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a sheet of %lld x %lld pixels",
                         (long long)sheet.height, (long long)sheet.width);
    if (!status) {
        memset(sheet.pixels, BACKGROUND, bytes);
        status = draw_rows(&views, &im, &opts, &l, &w, &sheet, err);
    }
    workplace_free(&w);
    if (!status) status = ak_result_export(out, &sheet, "sheet", err);
    if (status) free(sheet.pixels);
    return status;
}
