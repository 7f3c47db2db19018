/* SPDX-License-Identifier: Apache-2.0 */
/* images/resize.c - scale the shorter side and keep the middle square.
 *
 * Bilinear with anti-aliasing: output pixel x has its centre at (x + 1/2) r in the source, r = source/scaled;
 * it is the mean of source pixels weighted by the triangle max(0, 1 - |t|/s) of their distance t from there,
 * s = max(r, 1). Enlarging this is bilinear interpolation; shrinking, every source pixel counts. First along
 * rows, then along columns; only what the crop keeps is computed. Weights are double, the rows in between
 * float, rounding once. */
#include "images/resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The weights of one output coordinate: taps first .. first+n-1. */
typedef struct taps {
    int64_t first, n;
    float *weight;
} taps;

/* taps of `size` outputs beginning at offset `skip` of `scaled`, over `source` inputs; one block, free()
 * it. */
static taps *make_taps(int64_t source, int64_t scaled, int64_t skip, int64_t size)
{
    const double r = (double)source / (double)scaled, s = r > 1 ? r : 1;
    const int64_t most = (int64_t)ceil(2 * s) + 2;
    taps *t = malloc((size_t)size * (sizeof *t + (size_t)most * sizeof(float)));
    if (!t) return NULL;
    float *weights = (float *)(t + size);
    for (int64_t x = 0; x < size; x++) {
        const double centre = ((double)(x + skip) + 0.5) * r;
        int64_t first = (int64_t)floor(centre - s), end = (int64_t)ceil(centre + s);
        if (first < 0) first = 0;
        if (end > source) end = source;
        double sum = 0;
        t[x] = (taps){ first, end - first, weights + x * most };
        for (int64_t i = first; i < end; i++) sum += fmax(0, 1 - fabs((double)i + 0.5 - centre) / s);
        for (int64_t i = first; i < end; i++)
            t[x].weight[i - first] = (float)(fmax(0, 1 - fabs((double)i + 0.5 - centre) / s) / sum);
    }
    return t;
}

/* rows [h,size,c] of float */
static void along_rows(const uint8_t *src, int64_t h, int64_t w, int64_t c, const taps *t, int64_t size,
                       float *rows)
{
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < size; x++)
            for (int64_t k = 0; k < c; k++) {
                const uint8_t *from = src + (y * w + t[x].first) * c + k;
                float sum = 0;
                for (int64_t i = 0; i < t[x].n; i++) sum += t[x].weight[i] * from[i * c];
                rows[(y * size + x) * c + k] = sum;
            }
}

static void along_columns(const float *rows, int64_t c, const taps *t, int64_t size, uint8_t *dst)
{
    const int64_t line = size * c;
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < line; x++) {
            float sum = 0;
            for (int64_t i = 0; i < t[y].n; i++) sum += t[y].weight[i] * rows[(t[y].first + i) * line + x];
            const float rounded = floorf(sum + 0.5f);
            dst[y * line + x] = (uint8_t)(rounded < 0 ? 0 : rounded > 255 ? 255 : rounded);
        }
}

/* Where the middle begins. A half is rounded down; of images that are scaled to more than what is kept, to
 * the even place, as in torchvision's CenterCrop. */
static int64_t margin(int64_t scaled, int64_t size, bool cropped)
{
    const int64_t rest = scaled - size;
    return rest / 2 + (cropped && rest % 4 == 3);
}

bool ak_resize_crop(const uint8_t *src, int64_t h, int64_t w, int64_t c, uint8_t *dst, const ak_scaling *to)
{
    const int64_t size = to->size, shorter = h < w ? h : w;
    const int64_t target = to->shorter ? to->shorter : size;
    if (!ak_scales(to, h, w)) {
        memcpy(dst, src, (size_t)(size * size * c));
        return true;
    }
    const int64_t scaled_h = h * target / shorter, scaled_w = w * target / shorter;
    taps *across = make_taps(w, scaled_w, margin(scaled_w, size, target != size), size);
    taps *down = make_taps(h, scaled_h, margin(scaled_h, size, target != size), size);
    bool done = false;
    if (across && down) {
        /* only the source rows that the crop touches */
        const int64_t top = down[0].first, bottom = down[size - 1].first + down[size - 1].n;
        float *rows = malloc((size_t)((bottom - top) * size * c) * sizeof *rows);
        if (rows) {
            for (int64_t y = 0; y < size; y++) down[y].first -= top;
            along_rows(src + top * w * c, bottom - top, w, c, across, size, rows);
            along_columns(rows, c, down, size, dst);
            done = true;
        }
        free(rows);
    }
    free(across);
    free(down);
    return done;
}
