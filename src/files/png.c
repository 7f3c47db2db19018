/* SPDX-License-Identifier: Apache-2.0 */
/* files/png.c - a picture as a PNG file, through libpng and the crash-safe writer. */
#include "akin/tool/picture.h"
#include "akin/tool/program.h"

#include "base/base.h"

#include <errno.h>
#include <setjmp.h>
#include <png.h>

enum { MOST_PIXELS = 1 << 26 };

typedef struct output {
    const char *path;
    akin_writer *writer;
    akin_status status;
    akin_error *err;
    jmp_buf stop;
} output;

static void on_error(png_structp png, png_const_charp text)
{
    output *o = png_get_error_ptr(png);
    if (!o->status && errno == ENOMEM)
        o->status = ak_fail(o->err, AKIN_ERR_NOMEM, "no memory to write '%s'", o->path);
    if (!o->status)
        o->status = ak_fail(o->err, AKIN_ERR_INTERNAL, "cannot write '%s': PNG: %s", o->path, text);
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
static akin_status write_png(output *o, png_structp png, png_infop info, const akin_picture *p)
{
    if (setjmp(o->stop)) return o->status;
    png_set_write_fn(png, o, on_bytes, on_flush);
    png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, 8,
                 p->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int64_t y = 0; y < p->height; y++) png_write_row(png, p->pixels + y * p->width * p->channels);
    png_write_end(png, info);
    return AKIN_OK;
}

akin_status akin_png_save(const char *path, const akin_picture *picture, akin_error *err)
{
    akin_picture p = AKIN_PICTURE_INIT;
    if (!path || !picture) return ak_fail(err, AKIN_ERR_ARGUMENT, "png: path and picture must not be NULL");
    AK_TRY(ak_opts_import(&p, picture, "png", err));
    if (!p.pixels || p.height < 1 || p.width < 1 || p.height > MOST_PIXELS || p.width > MOST_PIXELS ||
        p.height * p.width > MOST_PIXELS || (p.channels != 1 && p.channels != 3))
        return ak_fail(err, AKIN_ERR_SHAPE,
                       "png: %lld x %lld with %d channels; expected 1 or 3, and at most 2^26 pixels",
                       (long long)p.height, (long long)p.width, (int)p.channels);
    output o = { .path = path, .err = err };
    AK_TRY(akin_writer_open(path, &o.writer, err));
    errno = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &o, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    akin_status status =
        info ? write_png(&o, png, info, &p) : ak_fail(err, AKIN_ERR_NOMEM, "no memory to write '%s'", path);
    png_destroy_write_struct(&png, &info);
    if (!status) return akin_writer_commit(o.writer, err);
    akin_writer_abort(o.writer);
    return status;
}
