/* SPDX-License-Identifier: Apache-2.0 */
/* report/jpeg.c - pictures within the page that may lose a little: photographs take a tenth of the bytes. */
#include "report/gallery.h"

#include <setjmp.h>
#include <stdio.h>
#include <jpeglib.h>

typedef struct writer {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf stop;
    unsigned char *file;
    unsigned long bytes;
} writer;

static void on_error(j_common_ptr common) { longjmp(((writer *)common->client_data)->stop, 1); }
static void on_message(j_common_ptr common, int level) { (void)common, (void)level; }

static void compress(writer *w, const unsigned char *pixels, int64_t height, int64_t width, int64_t channels,
                     int quality, bool coarse)
{
    struct jpeg_compress_struct *jpeg = &w->jpeg;
    jpeg_create_compress(jpeg);
    jpeg_mem_dest(jpeg, &w->file, &w->bytes);
    jpeg->image_height = (JDIMENSION)height;
    jpeg->image_width = (JDIMENSION)width;
    jpeg->input_components = (int)channels;
    jpeg->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg->dct_method = JDCT_ISLOW; /* the same bytes on every machine */
    if (channels == 3 && !coarse) jpeg->comp_info[0].h_samp_factor = jpeg->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(jpeg, TRUE);
    for (int64_t y = 0; y < height; y++) {
        JSAMPROW row = (JSAMPROW)(pixels + y * width * channels);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

void ak_gallery_jpeg(ak_html *h, const unsigned char *pixels, int64_t height, int64_t width, int64_t channels,
                     int quality, bool coarse)
{
    writer *w = calloc(1, sizeof *w);
    if (!w) {
        h->failed = true;
        return;
    }
    w->jpeg.err = jpeg_std_error(&w->errors);
    w->jpeg.client_data = w;
    w->errors.error_exit = on_error;
    w->errors.emit_message = on_message;
    if (setjmp(w->stop) == 0) {
        compress(w, pixels, height, width, channels, quality, coarse);
        ak_html_raw(h, "data:image/jpeg;base64,");
        ak_html_base64(h, w->file, w->bytes);
    } else
        h->failed = true;
    jpeg_destroy_compress(&w->jpeg);
    free(w->file);
    free(w);
}
