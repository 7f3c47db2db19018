/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_png.c - PNG through libpng: every colour type and depth, interlaced or not.
 *
 * Palettes and 1, 2, 4 bits are expanded; no gamma or colour profile is applied. Damaged pixels, a missing
 * end and wrong check sums of chunks that are needed are errors. What the library warns of in other chunks,
 * colour profiles above all, is not. EXIF counts where it stands before the pixels;
 * behind them it is told, for the size of the picture must be known from the head of the file. */
#include "images/decode.h"

#include <setjmp.h>
#include <string.h>
#include <png.h>

/* deflate expands at most 1032 times, so that rows and filter bytes beyond this are a lie */
enum { CHUNK_BYTES = 8000000, CACHED_CHUNKS = 1000, BYTES_PER_BYTE = 1040 };

typedef struct reader {
    png_structp png;
    png_infop info;
    const uint8_t *at;
    size_t left, n;
    jmp_buf stop;
    akin_status status;
    akin_error *err;
    png_bytep *rows;
} reader;

static void on_error(png_structp png, png_const_charp text)
{
    reader *r = png_get_error_ptr(png);
    const bool memory = strstr(text, "of memory") || strstr(text, "insufficient memory");
    r->status = ak_fail(r->err, memory ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s", text);
    longjmp(r->stop, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
    reader *r = png_get_io_ptr(png);
    if (n > r->left) png_error(png, "the file ends early");
    memcpy(to, r->at, n);
    r->at += n;
    r->left -= n;
}

/* As far as the file was read. */
static int orientation(const reader *r)
{
    png_bytep exif = NULL;
    png_uint_32 length = 0;
#ifdef PNG_eXIf_SUPPORTED
    if (png_get_eXIf_1(r->png, r->info, &length, &exif)) return ak_exif_orientation(exif, length);
#endif
    (void)r, (void)exif, (void)length;
    return 1;
}

/* libpng takes as much memory for a chunk of EXIF as its length says, whatever the limit of chunks: a chunk
 * that is longer than the file is refused before. Pixels may break off, which is told when they do. */
static void check_chunks(const reader *r, bool pixels)
{
    for (size_t at = 8; at + 12 <= r->n;) {
        const uint8_t *b = r->at + at;
        const size_t length = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
        const bool data = memcmp(b + 4, "IDAT", 4) == 0;
        if (data && !pixels) return; /* nothing behind is read */
        if (length > r->n - at - 12) {
            if (!data) png_error(r->png, "the file ends early");
            return;
        }
        at += length + 12;
    }
}

static void read_header(reader *r, bool pixels, ak_decoded_image *out)
{
    check_chunks(r, pixels);
    png_set_read_fn(r->png, r, on_read);
    png_set_user_limits(r->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* the product is checked below */
    png_set_chunk_cache_max(r->png, CACHED_CHUNKS);
    png_set_chunk_malloc_max(r->png, CHUNK_BYTES);
    png_read_info(r->png, r->info);
    out->height = png_get_image_height(r->png, r->info);
    out->width = png_get_image_width(r->png, r->info);
    const int type = png_get_color_type(r->png, r->info);
    const bool alpha = (type & PNG_COLOR_MASK_ALPHA) || png_get_valid(r->png, r->info, PNG_INFO_tRNS);
    out->channels = (type & PNG_COLOR_MASK_COLOR ? 3 : 1) + alpha;
    out->deep = png_get_bit_depth(r->png, r->info) == 16;
    out->orientation = orientation(r);
    r->status = ak_check_pixels(out->height, out->width, r->err);
    if (r->status) longjmp(r->stop, 1);
}

static void read_rows(reader *r, ak_decoded_image *out)
{
    const uint64_t packed = (uint64_t)png_get_rowbytes(r->png, r->info) * (uint64_t)out->height;
    if (packed / BYTES_PER_BYTE > r->n)
        png_error(r->png, "its header says more pixels than its bytes can hold");
    png_set_expand(r->png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (out->deep) png_set_swap(r->png);
#endif
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    const int64_t line = out->width * out->channels * (out->deep ? 2 : 1);
    if ((int64_t)png_get_rowbytes(r->png, r->info) != line)
        png_error(r->png, "its pixels are of an unexpected kind");
    r->status = ak_decoded_image_alloc(out, r->err);
    if (!r->status) r->rows = malloc((size_t)out->height * sizeof *r->rows);
    if (!r->status && !r->rows) r->status = ak_fail(r->err, AKIN_ERR_NOMEM, "no memory for its rows");
    if (r->status) longjmp(r->stop, 1);
    for (int64_t y = 0; y < out->height; y++) r->rows[y] = out->pixels + y * line;
    png_read_image(r->png, r->rows);
    png_read_end(r->png, r->info);
    out->unturned = out->orientation == 1 && orientation(r) > 1;
}

static akin_status run(const uint8_t *bytes, size_t n, bool pixels, ak_decoded_image *out, akin_error *err)
{
    reader *r = calloc(1, sizeof *r);
    if (!r) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the PNG reader");
    *r = (reader){ .at = bytes, .left = n, .n = n, .err = err };
    out->pixels = NULL;
    if (setjmp(r->stop) == 0) {
        r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, on_error, on_warning);
        if (r->png) r->info = png_create_info_struct(r->png);
        if (r->info) {
            read_header(r, pixels, out);
            if (pixels) read_rows(r, out);
        } else {
            r->status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the PNG reader");
        }
    }
    const akin_status status = r->status;
    if (status) {
        free(out->pixels);
        out->pixels = NULL;
    }
    png_destroy_read_struct(&r->png, &r->info, NULL);
    free(r->rows);
    free(r);
    return status;
}

static bool matches(const uint8_t *b, size_t n) { return n >= 8 && png_sig_cmp(b, 0, 8) == 0; }

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, false, out, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, true, out, err);
}

const ak_codec ak_png = { "PNG", matches, probe, decode };
