/* SPDX-License-Identifier: Apache-2.0 */
/* views/contact_sheet.c - a contact sheet of views, and PNG files.
 *
 * Column 0 is the item at the size of the views, without chance. Columns 1, 2, 3, 4, ... are the views 0 and 1 of epoch
 * e, 0 and 1 of epoch e + 1, and so on: what a run of this seed is shown of the item, in order. Small cells are enlarged
 * by a whole factor, pixel by pixel, so that what is seen is what the encoder gets. */
#include "akin/tool/augment.h"

#include "base/base.h"

#include <setjmp.h>
#include <string.h>
#include <png.h>

enum { GAP = 2, WIDE_GAP = 6, BACKGROUND = 255, CELL = 64, MOST_PIXELS = 1 << 26 };

/* PNG ---------------------------------------------------------------------------------------------------------- */

typedef struct output {
    akin_writer *writer;
    akin_status status;
    akin_error *err;
    jmp_buf stop;
} output;

static void on_error(png_structp png, png_const_charp text)
{
    output *o = png_get_error_ptr(png);
    if (!o->status) o->status = ak_fail(o->err, AKIN_ERR_INTERNAL, "PNG: %s", text);
    longjmp(o->stop, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void on_bytes(png_structp png, png_bytep bytes, size_t n)
{
    output *o = png_get_io_ptr(png);
    o->status = akin_writer_write(o->writer, bytes, n, o->err);
    if (o->status) png_error(png, "not stored");
}

static void on_flush(png_structp png) { (void)png; }

/* Between the calls of setjmp and longjmp no local variable changes. */
static akin_status write_png(output *o, png_structp png, png_infop info, const uint8_t *pixels,
                             int64_t height, int64_t width, int64_t channels)
{
    if (setjmp(o->stop)) return o->status;
    png_set_write_fn(png, o, on_bytes, on_flush);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8,
                 channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int64_t y = 0; y < height; y++) png_write_row(png, pixels + y * width * channels);
    png_write_end(png, info);
    return AKIN_OK;
}

akin_status akin_png_save(const char *path, const uint8_t *pixels, int64_t height, int64_t width,
                          int64_t channels, akin_error *err)
{
    if (!path || !pixels) return ak_fail(err, AKIN_ERR_ARGUMENT, "png: path and pixels must not be NULL");
    if (height < 1 || width < 1 || height > MOST_PIXELS || width > MOST_PIXELS ||
        height * width > MOST_PIXELS || (channels != 1 && channels != 3))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "png: %lld x %lld with %lld channels; expected 1 or 3, and at most 2^26 pixels",
                       (long long)height, (long long)width, (long long)channels);
    output o = { .err = err };
    AK_TRY(akin_writer_open(path, &o.writer, err));
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &o, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    akin_status status = info ? write_png(&o, png, info, pixels, height, width, channels)
                              : ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", path);
    png_destroy_write_struct(&png, &info);
    if (!status) return akin_writer_commit(o.writer, err);
    akin_writer_abort(o.writer);
    return status;
}

/* The sheet ---------------------------------------------------------------------------------------------------- */

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

static akin_status fill(const akin_augment_opts *views, const akin_augment_images *im,
                        const akin_contact_sheet_opts *opts, const layout *l, akin_arena *scratch,
                        uint8_t *cell, uint8_t *fetched, const akin_contact_sheet *sheet, akin_error *err)
{
    akin_augment_opts original = AKIN_AUGMENT_OPTS_INIT;
    original.height = (int32_t)l->height;
    original.width = (int32_t)l->width;
    const int64_t bytes = im->height * im->width * im->channels;
    for (int64_t r = 0; r < opts->rows; r++) {
        const int64_t item = akin_contact_sheet_item(im->count, opts->rows, r);
        const uint8_t *image = im->pixels ? im->pixels + item * bytes : fetched;
        if (!im->pixels) AK_TRY(im->fetch(im->source, item, fetched, err));
        for (int64_t c = 0; c <= opts->columns; c++) {
            const int64_t view = c ? c - 1 : 0;
            const akin_view_name name = { .struct_size = sizeof(akin_view_name),
                                          .epoch = opts->epoch + (uint32_t)(view / 2),
                                          .seed = opts->seed,
                                          .item = (uint64_t)item,
                                          .view = (uint32_t)(view % 2) };
            AK_TRY(akin_augment_view(c ? views : &original, image, im->height, im->width, im->channels, &name,
                                     scratch, cell, err));
            paste(l, cell, im->channels, r, c, sheet);
        }
    }
    return AKIN_OK;
}

akin_status akin_contact_sheet_draw(const akin_augment_opts *views, const akin_augment_images *im,
                                    const akin_contact_sheet_opts *user, akin_contact_sheet *out,
                                    akin_error *err)
{
    akin_contact_sheet_opts opts = AKIN_CONTACT_SHEET_OPTS_INIT;
    AK_TRY(ak_opts_import(&opts, user, "sheet", err));
    AK_TRY(akin_augment_check(views, err));
    if (im->count < 1)
        return ak_fail(err, AKIN_ERR_SHAPE, "sheet: there are no images; expected at least one");
    if (opts.rows > im->count) opts.rows = im->count;
    layout l = { .height = views->height ? views->height : im->height,
                 .width = views->width ? views->width : im->width };
    const int64_t longer = l.height > l.width ? l.height : l.width;
    l.scale = opts.scale > 0 ? opts.scale : longer < CELL ? (CELL + longer - 1) / longer : 1;
    l.cell_height = l.height * l.scale;
    l.cell_width = l.width * l.scale;
    akin_contact_sheet sheet = { .rows = opts.rows, .channels = im->channels == 1 ? 1 : 3 };
    if (opts.rows < 1 || opts.columns < 1 || opts.rows > 4096 || opts.columns > 4096 || opts.scale < 0 ||
        opts.scale > 64)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "sheet: %lld rows, %lld columns, scale %d; expected 1 to 4096 of each, and 0 to 64",
                       (long long)opts.rows, (long long)opts.columns, opts.scale);
    sheet.height = GAP + opts.rows * (l.cell_height + GAP);
    sheet.width = left_of(&l, opts.columns + 1);
    if (sheet.height > MOST_PIXELS || sheet.width > MOST_PIXELS || sheet.height * sheet.width > MOST_PIXELS)
        return ak_fail(err, AKIN_ERR_RANGE,
                       "sheet: %lld x %lld pixels are more than 2^26; take fewer rows or columns",
                       (long long)sheet.height, (long long)sheet.width);
    const size_t room = akin_augment_scratch_bytes(views, im->height, im->width, im->channels) + 64;
    void *memory = ak_alloc(1, (int64_t)room, 1);
    uint8_t *cell = ak_alloc(1, l.height * l.width, im->channels);
    uint8_t *fetched = ak_alloc(1, im->height * im->width, im->channels);
    sheet.pixels = malloc((size_t)(sheet.height * sheet.width * sheet.channels));
    akin_arena scratch;
    akin_arena_init(&scratch, memory, room);
    akin_status status = AKIN_OK;
    if (!memory || !cell || !sheet.pixels || !fetched)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a sheet of %lld x %lld pixels",
                         (long long)sheet.height, (long long)sheet.width);
    if (!status) {
        memset(sheet.pixels, BACKGROUND, (size_t)(sheet.height * sheet.width * sheet.channels));
        status = fill(views, im, &opts, &l, &scratch, cell, fetched, &sheet, err);
    }
    free(memory);
    free(cell);
    free(fetched);
    if (status)
        free(sheet.pixels);
    else
        *out = sheet;
    return status;
}
