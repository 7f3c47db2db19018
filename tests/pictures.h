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

#include <gif_lib.h>
#include <jpeglib.h>
#include <libheif/heif.h>
#include <png.h>
#include <tiffio.h>
#include <webp/encode.h>

enum {
    PIC_PROGRESSIVE = 1,
    PIC_CMYK = 2,
    PIC_16BIT = 4,
    PIC_PALETTE = 8,
    PIC_INTERLACED = 16,
    PIC_ALPHA = 32,
    PIC_1BIT = 64,
    PIC_NO_END = 128,
    PIC_YCCK = 256,        /* with PIC_CMYK */
    PIC_TRANSPARENT = 512, /* PNG: palette entries i < 100, grey 7 or colour (7,7,7) are transparent */
    PIC_EXIF6 = 1024,      /* PNG: orientation 6 */
    PIC_TILED = 2048,
    PIC_PLANES = 4096,
    PIC_NO_ADOBE = 8192,   /* JPEG, with PIC_CMYK */
    PIC_LATE_EXIF6 = 16384 /* PNG: orientation 6, behind the pixels */
};

/* EXIF with one entry, the orientation; big: in big endian. Returns its length, 26. */
static inline size_t pic_exif(uint8_t to[26], int orientation, int big)
{
    static const uint8_t LITTLE[26] = { 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0 },
                         BIG[26] = { 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1 };
    memcpy(to, big ? BIG : LITTLE, 26);
    to[big ? 19 : 18] = (uint8_t)orientation;
    return 26;
}

/* c = 1, 3, or 4 with PIC_CMYK. Quality 100 without chroma subsampling. exif: behind "Exif", or NULL. */
static inline uint8_t *pic_jpeg_exif(const uint8_t *pixels, int h, int w, int c, int flags,
                                     const uint8_t *exif, size_t exif_bytes, size_t *n)
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
    if (flags & PIC_YCCK) jpeg_set_colorspace(&j, JCS_YCCK);
    if (flags & PIC_NO_ADOBE) j.write_Adobe_marker = FALSE;
    for (int k = 0; k < j.num_components; k++)
        j.comp_info[k].h_samp_factor = j.comp_info[k].v_samp_factor = 1;
    if (flags & PIC_PROGRESSIVE) jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    if (exif) {
        uint8_t marker[256] = "Exif\0";
        memcpy(marker + 6, exif, exif_bytes);
        jpeg_write_marker(&j, JPEG_APP0 + 1, marker, (unsigned)(6 + exif_bytes));
    }
    while (j.next_scanline < j.image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (size_t)j.next_scanline * (size_t)(w * c));
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    *n = bytes;
    return out;
}

static inline uint8_t *pic_jpeg(const uint8_t *pixels, int h, int w, int c, int flags, size_t *n)
{
    return pic_jpeg_exif(pixels, h, w, c, flags, NULL, 0, n);
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
    if (flags & PIC_TRANSPARENT) {
        png_byte alpha[100];
        png_color_16 seven = { 0, 7, 7, 7, 7 };
        for (int i = 0; i < 100; i++) alpha[i] = (png_byte)(2 * i);
        png_set_tRNS(png, info, alpha, type == PNG_COLOR_TYPE_PALETTE ? 100 : 0, &seven);
    }
    if (flags & PIC_EXIF6) {
        static uint8_t exif[26];
        png_set_eXIf_1(png, info, (png_uint_32)pic_exif(exif, 6, 1), exif);
    }
    png_write_info(png, info);
    png_bytep *rows = malloc((size_t)h * sizeof *rows);
    for (int y = 0; y < h; y++) rows[y] = (png_bytep)(uintptr_t)(pixels + (size_t)y * row_bytes);
    png_write_image(png, rows);
    if (flags & PIC_LATE_EXIF6) {
        static uint8_t exif[26];
        png_write_chunk(png, (png_const_bytep) "eXIf", exif, pic_exif(exif, 6, 1));
    }
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

/* TIFF: a file in memory. */
typedef struct pic_file {
    uint8_t *data;
    size_t n, at, room;
} pic_file;

static inline tmsize_t pic_tiff_read(thandle_t handle, void *to, tmsize_t n)
{
    pic_file *f = handle;
    if (f->at + (size_t)n > f->n) return 0;
    memcpy(to, f->data + f->at, (size_t)n);
    f->at += (size_t)n;
    return n;
}

static inline tmsize_t pic_tiff_write(thandle_t handle, void *from, tmsize_t n)
{
    pic_file *f = handle;
    if (f->at + (size_t)n > f->room) {
        f->data = realloc(f->data, f->room = 2 * (f->at + (size_t)n) + 4096);
        memset(f->data + f->n, 0, f->room - f->n);
    }
    memcpy(f->data + f->at, from, (size_t)n);
    f->at += (size_t)n;
    if (f->at > f->n) f->n = f->at;
    return n;
}

static inline toff_t pic_tiff_seek(thandle_t handle, toff_t to, int whence)
{
    pic_file *f = handle;
    f->at = whence == SEEK_SET ? to : whence == SEEK_CUR ? f->at + to : f->n + to;
    return f->at;
}

static inline int pic_tiff_close(thandle_t handle) { return handle == NULL; }
static inline toff_t pic_tiff_size(thandle_t handle) { return ((pic_file *)handle)->n; }

/* What a TIFF is; zero is the usual. */
typedef struct pic_tiff_kind {
    int photometric, bits, compression, orientation, format, pages;
    int extra; /* EXTRASAMPLE_... of the last channel; -1: a channel that nothing is said of */
} pic_tiff_kind;

static inline void pic_tiff_page(TIFF *t, const uint8_t *rows, int h, int w, int c, pic_tiff_kind k,
                                 int flags)
{
    const int bits = k.bits ? k.bits : 8;
    TIFFSetField(t, TIFFTAG_IMAGEWIDTH, w);
    TIFFSetField(t, TIFFTAG_IMAGELENGTH, h);
    TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, c);
    TIFFSetField(t, TIFFTAG_PHOTOMETRIC, k.photometric);
    TIFFSetField(t, TIFFTAG_COMPRESSION, k.compression ? k.compression : COMPRESSION_NONE);
    TIFFSetField(t, TIFFTAG_PLANARCONFIG, flags & PIC_PLANES ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    if (k.orientation) TIFFSetField(t, TIFFTAG_ORIENTATION, k.orientation);
    if (k.format) TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, k.format);
    const uint16_t extra = (uint16_t)k.extra;
    if (k.extra > 0) TIFFSetField(t, TIFFTAG_EXTRASAMPLES, 1, &extra);
    if (k.photometric == PHOTOMETRIC_PALETTE) {
        uint16_t map[3][256];
        for (int i = 0; i < 256; i++)
            map[0][i] = (uint16_t)(257 * i), map[1][i] = (uint16_t)(257 * (255 - i)),
            map[2][i] = (uint16_t)(257 * (i / 2));
        TIFFSetField(t, TIFFTAG_COLORMAP, map[0], map[1], map[2]);
    }
    if (flags & PIC_TILED) {
        enum { SIDE = 16 };
        TIFFSetField(t, TIFFTAG_TILEWIDTH, SIDE);
        TIFFSetField(t, TIFFTAG_TILELENGTH, SIDE);
        const int planes = flags & PIC_PLANES ? c : 1, each = c / planes * bits / 8,
                  across = (w + SIDE - 1) / SIDE;
        uint8_t *tile = malloc((size_t)(SIDE * SIDE * each));
        for (int i = 0; i < planes * across * ((h + SIDE - 1) / SIDE); i++) {
            const int p = i % planes, x = i / planes % across * SIDE, y = i / planes / across * SIDE;
            memset(tile, 0, (size_t)(SIDE * SIDE * each));
            for (int r = 0; r < SIDE && y + r < h; r++)
                memcpy(tile + r * SIDE * each, rows + ((p * h + y + r) * w + x) * each,
                       (size_t)((w - x < SIDE ? w - x : SIDE) * each));
            TIFFWriteTile(t, tile, (uint32_t)x, (uint32_t)y, 0, (uint16_t)p);
        }
        free(tile);
    } else {
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, 4);
        const int line = (w * (flags & PIC_PLANES ? 1 : c) * bits + 7) / 8;
        for (int p = 0; p < (flags & PIC_PLANES ? c : 1); p++)
            for (int y = 0; y < h; y++)
                TIFFWriteScanline(t, (void *)(uintptr_t)(rows + (p * h + y) * line), (uint32_t)y,
                                  (uint16_t)p);
    }
    TIFFWriteDirectory(t);
}

/* rows as TIFF stores them, 16 bits in the order of this machine; with PIC_PLANES [c,h,w]. */
static inline uint8_t *pic_tiff(const uint8_t *rows, int h, int w, int c, pic_tiff_kind k, int flags,
                                size_t *n)
{
    pic_file f = { NULL, 0, 0, 0 };
    TIFF *t = TIFFClientOpen("test", "w", &f, pic_tiff_read, pic_tiff_write, pic_tiff_seek, pic_tiff_close,
                             pic_tiff_size, NULL, NULL);
    for (int p = 0; p < (k.pages ? k.pages : 1); p++) pic_tiff_page(t, rows, h, w, c, k, flags);
    TIFFClose(t);
    *n = f.n;
    return f.data;
}

static inline int pic_gif_write(GifFileType *gif, const GifByteType *bytes, int n)
{
    pic_buffer *b = gif->UserData;
    b->data = realloc(b->data, b->n + (size_t)n + 1);
    memcpy(b->data + b->n, bytes, (size_t)n);
    b->n += (size_t)n;
    return n;
}

/* Frames of [h,w] numbers of colours, entry i = (i, 255-i, i/2), at (top,left) of a canvas of ch x cw.
 * transparent: that colour, or -1. */
static inline uint8_t *pic_gif(const uint8_t *pixels, int h, int w, int top, int left, int ch, int cw,
                               int frames, int transparent, int interlaced, size_t *n)
{
    static const int FIRST[] = { 0, 4, 2, 1, 0 }, STEP[] = { 8, 8, 4, 2, 1 };
    pic_buffer b = { NULL, 0 };
    int code = 0;
    GifColorType colours[256];
    for (int i = 0; i < 256; i++)
        colours[i] = (GifColorType){ (GifByteType)i, (GifByteType)(255 - i), (GifByteType)(i / 2) };
    GifFileType *gif = EGifOpen(&b, pic_gif_write, &code);
    ColorMapObject *map = GifMakeMapObject(256, colours);
    EGifSetGifVersion(gif, true);
    EGifPutScreenDesc(gif, cw, ch, 8, 0, map);
    for (int f = 0; f < frames; f++) {
        if (transparent >= 0) {
            const GraphicsControlBlock control = { .TransparentColor = transparent };
            GifByteType block[4];
            EGifGCBToExtension(&control, block);
            EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, block);
        }
        EGifPutImageDesc(gif, left, top, w, h, interlaced != 0, NULL);
        for (int pass = interlaced ? 0 : 4; pass < (interlaced ? 4 : 5); pass++)
            for (int y = FIRST[pass]; y < h; y += STEP[pass])
                EGifPutLine(gif, (GifPixelType *)(uintptr_t)(pixels + y * w), w);
    }
    EGifCloseFile(gif, &code);
    GifFreeMapObject(map);
    *n = b.n;
    return b.data;
}

static inline void pic_little(uint8_t *to, uint32_t x, int bytes)
{
    for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(x >> 8 * i);
}

/* BMP of rows that are given as the file has them, from the top down, `line` bytes each (filled up here).
 * extra: what stands between the header of `size` bytes and the pixels: a palette. masks: 3 or 4, or NULL. */
static inline uint8_t *pic_bmp(const uint8_t *rows, int h, int w, int bits, int line, int size, int down,
                               const uint32_t *masks, const uint8_t *extra, int extra_bytes, size_t *n)
{
    const int padded = (line + 3) / 4 * 4, begin = 14 + size + (masks && size == 40 ? 12 : 0) + extra_bytes;
    uint8_t *b = calloc(1, (size_t)(begin + padded * h) + 1);
    *n = (size_t)(begin + padded * h);
    b[0] = 'B';
    b[1] = 'M';
    pic_little(b + 2, (uint32_t)*n, 4);
    pic_little(b + 10, (uint32_t)begin, 4);
    pic_little(b + 14, (uint32_t)size, 4);
    if (size == 12) {
        pic_little(b + 18, (uint32_t)w, 2);
        pic_little(b + 20, (uint32_t)h, 2);
        b[22] = 1;
        b[24] = (uint8_t)bits;
    } else {
        pic_little(b + 18, (uint32_t)w, 4);
        pic_little(b + 22, (uint32_t)(down ? -h : h), 4);
        b[26] = 1;
        b[28] = (uint8_t)bits;
        b[30] = masks ? 3 : 0;
        for (int k = 0; masks && k < (size >= 56 ? 4 : 3); k++) pic_little(b + 54 + 4 * k, masks[k], 4);
    }
    if (extra) memcpy(b + begin - extra_bytes, extra, (size_t)extra_bytes);
    for (int y = 0; y < h; y++)
        memcpy(b + begin + padded * (down ? y : h - 1 - y), rows + y * line, (size_t)line);
    return b;
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

/* HEIF and AVIF: a file in memory. */
static inline struct heif_error pic_on_heif(struct heif_context *context, const void *data, size_t n,
                                            void *to)
{
    pic_buffer *b = to;
    (void)context;
    memcpy(b->data = malloc(n + 1), data, n);
    b->n = n;
    return (struct heif_error){ heif_error_Ok, heif_suberror_Unspecified, "" };
}

/* x [h,w,c], c = 3 or 4; NULL where this machine has no encoder. */
static inline uint8_t *pic_heif(const uint8_t *x, int h, int w, int c, enum heif_compression_format format,
                                size_t *n)
{
    struct heif_context *context = heif_context_alloc();
    struct heif_encoder *encoder = NULL;
    struct heif_image *image = NULL;
    pic_buffer b = { NULL, 0 };
    int stride = 0;
    if (!heif_context_get_encoder_for_format(context, format, &encoder).code) {
        heif_encoder_set_lossless(encoder, 1);
        heif_image_create(w, h, heif_colorspace_RGB,
                          c == 4 ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, &image);
        heif_image_add_plane(image, heif_channel_interleaved, w, h, 8);
        uint8_t *to = heif_image_get_plane(image, heif_channel_interleaved, &stride);
        for (int y = 0; y < h; y++) memcpy(to + y * stride, x + y * w * c, (size_t)(w * c));
        struct heif_writer writer = { 1, pic_on_heif };
        const struct heif_error e = heif_context_encode_image(context, image, encoder, NULL, NULL);
        if (!e.code) heif_context_write(context, &writer, &b);
        heif_image_release(image);
        heif_encoder_release(encoder);
    }
    heif_context_free(context);
    *n = b.n;
    return b.data;
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
