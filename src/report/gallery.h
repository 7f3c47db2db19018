/* SPDX-License-Identifier: Apache-2.0 */
/* report/gallery.h - pictures inside the page. */
#ifndef AK_REPORT_GALLERY_H
#define AK_REPORT_GALLERY_H

#include "report/run.h"

/* Each writes one <section>, or nothing where the run has no such pictures. */
void ak_gallery_views(ak_html *h, const ak_run *run);
void ak_gallery_neighbours(ak_html *h, const ak_run *run);
void ak_gallery_difficulty(ak_html *h, const ak_run *run); /* difficult.c */

/* <img with its size and source, the tag left open for alt and title. */
void ak_gallery_picture(ak_html *h, const akin_array *sheet, int64_t row, int64_t column);
/* [h,w,c] bytes as the means over boxes, [oh,ow,c]; oh <= h, ow <= w. */
void ak_gallery_shrink(const unsigned char *pixels, int64_t h, int64_t w, int64_t c, int64_t oh, int64_t ow,
                       unsigned char *out);
/* data:image/png;base64,... of [height,width,channels] bytes, 1 or 3 channels. */
void ak_gallery_png(ak_html *h, const unsigned char *pixels, int64_t height, int64_t width, int64_t channels);
/* data:image/jpeg;base64,... of the same, each side 1 to 65500. Blocks of 8 x 8 do not touch each other; of
 * 16 x 16 where colours are coarse. */
void ak_gallery_jpeg(ak_html *h, const unsigned char *pixels, int64_t height, int64_t width, int64_t channels,
                     int quality, bool coarse);

#endif
