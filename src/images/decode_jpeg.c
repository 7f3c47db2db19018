/* SPDX-License-Identifier: Apache-2.0 */
/* images/decode_jpeg.c - JPEG through libjpeg-turbo: baseline and progressive; grey, YCbCr, RGB, CMYK, YCCK.
 *
 * On corrupt data the library warns and invents pixels; here its warnings are errors. One is let through:
 * extra bytes before the end marker, which cameras write and which leave the picture whole. The slow integer
 * transform is used because its result is the same on every machine. */
#include "images/decode.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

enum { MEMORY_LIMIT = 1 << 29, PIXELS_PER_BYTE = 4096, END_OF_IMAGE = 0xd9, EXIF = JPEG_APP0 + 1 };

typedef struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf stop;
    akin_status status;
    akin_error *err;
} reader;

static void stop_with(reader *r, const char *text)
{
    r->status = ak_fail(r->err, AKIN_ERR_FORMAT, "%s", text);
    longjmp(r->stop, 1);
}

static void on_error(j_common_ptr common)
{
    reader *r = common->client_data;
    char text[JMSG_LENGTH_MAX];
    common->err->format_message(common, text);
    const bool memory = common->err->msg_code == JERR_OUT_OF_MEMORY;
    r->status = ak_fail(r->err, memory ? AKIN_ERR_NOMEM : AKIN_ERR_FORMAT, "%s", text);
    longjmp(r->stop, 1);
}

static void on_message(j_common_ptr common, int level)
{
    if (level >= 0) return; /* a trace */
    const struct jpeg_error_mgr *e = common->err;
    const bool harmless = e->msg_code == JWRN_JFIF_MAJOR || e->msg_code == JWRN_ADOBE_XFORM ||
                          (e->msg_code == JWRN_EXTRANEOUS_DATA && e->msg_parm.i[1] == END_OF_IMAGE);
    if (!harmless) on_error(common);
}

static void no_output(j_common_ptr common) { (void)common; }

/* A progressive file may ask for the whole picture to be gone over any number of times. */
static void on_progress(j_common_ptr common)
{
    reader *r = common->client_data;
    if (r->jpeg.input_scan_number > AK_MAX_SCANS) stop_with(r, "it has more than 100 scans");
}

static void read_header(reader *r, const uint8_t *bytes, size_t n, ak_decoded_image *out)
{
    jpeg_mem_src(&r->jpeg, bytes, (unsigned long)n);
    jpeg_save_markers(&r->jpeg, EXIF, 0xffff);
    jpeg_read_header(&r->jpeg, TRUE);
    for (jpeg_saved_marker_ptr m = r->jpeg.marker_list; m && !out->orientation; m = m->next)
        if (m->marker == EXIF && m->data_length >= 6 && memcmp(m->data, "Exif\0\0", 6) == 0)
            out->orientation = ak_exif_orientation(m->data, m->data_length);
    out->height = r->jpeg.image_height;
    out->width = r->jpeg.image_width;
    out->channels = r->jpeg.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    r->status = ak_check_pixels(out->height, out->width, r->err);
    if (r->status) longjmp(r->stop, 1);
}

/* C, M, Y, K to red, green, blue; Adobe stores them inverted. */
static void from_cmyk(const uint8_t *line, int64_t width, bool inverted, uint8_t *to)
{
    for (int64_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++) {
            const int ink = inverted ? line[4 * x + c] : 255 - line[4 * x + c];
            const int key = inverted ? line[4 * x + 3] : 255 - line[4 * x + 3];
            to[3 * x + c] = (uint8_t)((ink * key + 127) / 255);
        }
}

static void read_lines(reader *r, size_t n, ak_decoded_image *out)
{
    struct jpeg_decompress_struct *j = &r->jpeg;
    /* Even a blank picture costs a bit for each 8x8 block: less cannot be what the header says. */
    if ((uint64_t)out->height * (uint64_t)out->width / PIXELS_PER_BYTE > n)
        stop_with(r, "its header says more pixels than its bytes can hold");
    const bool cmyk = j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK;
    j->out_color_space = out->channels == 1 ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
    j->dct_method = JDCT_ISLOW;
    r->status = ak_decoded_image_alloc(out, r->err);
    if (r->status) longjmp(r->stop, 1);
    jpeg_start_decompress(j);
    JSAMPARRAY line = j->mem->alloc_sarray((j_common_ptr)j, JPOOL_IMAGE,
                                           j->output_width * (JDIMENSION)j->output_components, 1);
    while (j->output_scanline < j->output_height) {
        uint8_t *to = out->pixels + (int64_t)j->output_scanline * out->width * out->channels;
        jpeg_read_scanlines(j, line, 1);
        if (cmyk)
            from_cmyk(line[0], out->width, j->saw_Adobe_marker, to);
        else
            memcpy(to, line[0], (size_t)(out->width * out->channels));
    }
    jpeg_finish_decompress(j);
}

static akin_status run(const uint8_t *bytes, size_t n, bool pixels, ak_decoded_image *out, akin_error *err)
{
    reader *r = calloc(1, sizeof *r);
    if (!r) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the JPEG reader");
    r->err = err;
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->errors.error_exit = on_error;
    r->errors.emit_message = on_message;
    r->errors.output_message = no_output;
    r->jpeg.client_data = r;
    out->pixels = NULL;
    if (setjmp(r->stop) == 0) {
        jpeg_create_decompress(&r->jpeg);
        r->progress.progress_monitor = on_progress;
        r->jpeg.progress = &r->progress;
        r->jpeg.mem->max_memory_to_use = MEMORY_LIMIT;
        read_header(r, bytes, n, out);
        if (pixels) read_lines(r, n, out);
    }
    const akin_status status = r->status;
    if (status) {
        free(out->pixels);
        out->pixels = NULL;
    }
    jpeg_destroy_decompress(&r->jpeg);
    free(r);
    return status;
}

static bool matches(const uint8_t *b, size_t n)
{
    return n >= 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff;
}

static akin_status probe(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, false, out, err);
}

static akin_status decode(const uint8_t *bytes, size_t n, ak_decoded_image *out, akin_error *err)
{
    return run(bytes, n, true, out, err);
}

const ak_codec ak_jpeg = { "JPEG", matches, probe, decode };
