/* SPDX-License-Identifier: Apache-2.0 */
/* tests/pictures.h - small pictures for the tests, written by the libraries that others use to write them.
 * Every function returns a new block of *n bytes; free() it. Pixels are [h,w,c] bytes. */
#ifndef AK_TESTS_PICTURES_H
#define AK_TESTS_PICTURES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

enum {
    PIC_PROGRESSIVE = 1,
    PIC_CMYK = 2,
    PIC_16BIT = 4,
    PIC_PALETTE = 8,
    PIC_INTERLACED = 16,
    PIC_ALPHA = 32,
    PIC_1BIT = 64,
    PIC_NO_END = 128
};

/* c = 1, 3, or 4 with PIC_CMYK. Quality 100 without chroma subsampling. */
static inline uint8_t *pic_jpeg(const uint8_t *pixels, int h, int w, int c, int flags, size_t *n)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long bytes = 0;
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &out, &bytes);
    j.image_width = (JDIMENSION)w;
    j.image_height = (JDIMENSION)h;
    j.input_components = c;
    j.in_color_space = c == 1 ? JCS_GRAYSCALE : c == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 100, TRUE);
    for (int k = 0; k < j.num_components; k++)
        j.comp_info[k].h_samp_factor = j.comp_info[k].v_samp_factor = 1;
    if (flags & PIC_PROGRESSIVE) jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    while (j.next_scanline < j.image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)j.next_scanline * (size_t)(w * c));
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    *n = bytes;
    return out;
}

/* A grey progressive JPEG of 64 to 127 scans: one for each coefficient, and one more bit for the first of
 * them. */
static inline uint8_t *pic_jpeg_scans(const uint8_t *pixels, int h, int w, int scans, size_t *n)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long bytes = 0;
    jpeg_scan_info script[127];
    const int twice = scans - 64;
    for (int k = 0; k < 64; k++) script[k] = (jpeg_scan_info){ 1, { 0 }, k, k, 0, k > 0 && k <= twice };
    for (int k = 1; k <= twice; k++) script[63 + k] = (jpeg_scan_info){ 1, { 0 }, k, k, 1, 0 };
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &out, &bytes);
    j.image_width = (JDIMENSION)w;
    j.image_height = (JDIMENSION)h;
    j.input_components = 1;
    j.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, 100, TRUE);
    j.scan_info = script;
    j.num_scans = scans;
    jpeg_start_compress(&j, TRUE);
    while (j.next_scanline < j.image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)j.next_scanline * (size_t)w);
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    *n = bytes;
    return out;
}

typedef struct pic_buffer {
    uint8_t *data;
    size_t n;
} pic_buffer;

static inline void pic_append(png_structp png, png_bytep data, size_t n)
{
    pic_buffer *b = png_get_io_ptr(png);
    b->data = realloc(b->data, b->n + n + 1);
    memcpy(b->data + b->n, data, n);
    b->n += n;
}

static inline void pic_flush(png_structp png) { (void)png; }

/* Rows as PNG stores them: `type` and `depth` say what pixels holds, row_bytes how long a row is. A palette
 * is grey ramp entry i = (i, 255-i, i/2). */
static inline uint8_t *pic_png(const uint8_t *pixels, int h, int w, int type, int depth, size_t row_bytes,
                               int flags, size_t *n)
{
    pic_buffer b = { NULL, 0 };
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &b, pic_append, pic_flush);
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, depth, type,
                 flags & PIC_INTERLACED ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        png_color ramp[256];
        for (int i = 0; i < 256; i++)
            ramp[i] = (png_color){ (png_byte)i, (png_byte)(255 - i), (png_byte)(i / 2) };
        png_set_PLTE(png, info, ramp, 1 << depth);
    }
    png_write_info(png, info);
    png_bytep *rows = malloc((size_t)h * sizeof *rows);
    for (int y = 0; y < h; y++) rows[y] = (png_bytep)(uintptr_t)(pixels + (size_t)y * row_bytes);
    png_write_image(png, rows);
    png_write_end(png, info);
    free(rows);
    png_destroy_write_struct(&png, &info);
    *n = b.n;
    return b.data;
}

/* c = 3 or 4. Lossless keeps the pixels exactly. */
static inline uint8_t *pic_webp(const uint8_t *pixels, int h, int w, int c, int lossless, size_t *n)
{
    uint8_t *out = NULL;
    if (lossless)
        *n = c == 4 ? WebPEncodeLosslessRGBA(pixels, w, h, w * c, &out)
                    : WebPEncodeLosslessRGB(pixels, w, h, w * c, &out);
    else
        *n = WebPEncodeRGB(pixels, w, h, w * c, 95, &out);
    uint8_t *copy = malloc(*n + 1);
    memcpy(copy, out, *n);
    WebPFree(out);
    return copy;
}

/* Binary PGM or PPM. */
static inline uint8_t *pic_pnm(const uint8_t *pixels, int h, int w, int c, size_t *n)
{
    const size_t bytes = (size_t)(h * w * c);
    char *out = malloc(bytes + 64);
    const int head = sprintf(out, "P%d\n# made by a test\n%d %d\n255\n", c == 1 ? 5 : 6, w, h);
    memcpy(out + head, pixels, bytes);
    *n = (size_t)head + bytes;
    return (uint8_t *)out;
}

/* Smooth colours, so that a lossy format stays close. */
static inline void pic_smooth(uint8_t *pixels, int h, int w, int c, int seed)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int k = 0; k < c; k++)
                pixels[(y * w + x) * c + k] =
                    (uint8_t)((40 * k + 3 * x + 2 * y * (k + 1) + 11 * seed) % 200 + 20);
}

/* A file without the fsync of a proper writer. A new one: some file systems flush one that is overwritten. */
static inline void pic_put(const char *path, const void *data, size_t n)
{
    unlink(path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, n, file) != n || fclose(file) != 0) abort();
}

#endif
