/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_canvas.c - where a view is made: crop, resize and flip; Gaussian blur.
 *
 * Resizing is separable: first along the rows, for the rows of the crop only, then down the columns.
 * Enlarging an axis interpolates between two neighbours. Shrinking by s > 1 weighs the pixels at distance d
 * from the centre with the triangle max(0, 1 - |d|/s), cut off at the edge of the crop and normalised: what
 * Pillow's BILINEAR and torchvision's antialias=True compute. Weights are 15-bit and sum to one exactly; a
 * pixel of constant surroundings keeps its value exactly. */
#include "views/augment_canvas.h"

#include "views/portable_math.h"

#include <math.h>
#include <string.h>

enum { ONE = 32768, LINE_PAD = 256 }; /* LINE_PAD: blur of up to 255 taps reads that far */

static int64_t padded(int64_t n) { return (n + AK_AUGMENT_LANES - 1) / AK_AUGMENT_LANES * AK_AUGMENT_LANES; }

/* Taps of a shrinking axis: the triangle spans 2 in/out pixels. */
static int32_t taps_of(int32_t in, int32_t out)
{
    const int32_t taps = 2 * ((in + out - 1) / out) + 1;
    return taps < in ? taps : in;
}

/* Taps times outputs; it grows with `in`, so the largest crop decides. */
static int64_t weights_of(int32_t in, int32_t out) { return in <= out ? 0 : (int64_t)taps_of(in, out) * out; }

/* Weights in units of 1/32768 that sum to 32768: rounded, and the largest takes what is missing. */
static void quantise(const double *share, int32_t taps, int32_t *weight)
{
    double sum = 0;
    int32_t total = 0, largest = 0;
    for (int32_t t = 0; t < taps; t++) sum += share[t];
    for (int32_t t = 0; t < taps; t++) {
        weight[t] = (int32_t)(share[t] / sum * ONE + 0.5);
        total += weight[t];
        if (weight[t] > weight[largest]) largest = t;
    }
    weight[largest] += ONE - total;
}

static void shrink(ak_augment_axis *axis, bool flip, double *share)
{
    const int32_t in = axis->in, out = axis->out, taps = axis->taps;
    const double step = (double)in / out;
    for (int32_t q = 0; q < out; q++) {
        const int32_t x = flip ? out - 1 - q : q;
        const double centre = (q + 0.5) * step;
        int32_t first = (int32_t)floor(centre - step + 0.5);
        first = first < 0 ? 0 : first > in - taps ? in - taps : first;
        for (int32_t t = 0; t < taps; t++) {
            const double w = 1 - fabs(first + t + 0.5 - centre) / step;
            share[t] = w > 0 ? w : 0;
        }
        axis->first[x] = first;
        quantise(share, taps, axis->weight + (int64_t)x * taps);
    }
}

static void axis_set(const ak_augment_ops *ops, ak_augment_axis *axis, int32_t in, bool flip, double *share)
{
    axis->in = in;
    axis->taps = in > axis->out ? taps_of(in, axis->out) : 0;
    if (axis->taps == 0)
        ops->place(axis, flip);
    else
        shrink(axis, flip, share);
}

static void shrink_rows(const ak_augment_ops *ops, ak_augment_canvas *c, const int16_t *rows, int16_t *dst)
{
    const ak_augment_axis *a = &c->down;
    for (int32_t y = 0; y < c->height; y++, dst += c->width) { /* padding spills into the row that is next */
        for (int32_t t = 0; t < a->taps; t++) c->taps[t] = rows + (a->first[y] + t) * c->rows_stride;
        ops->sum_rows(c->taps, a->weight + (int64_t)y * a->taps, a->taps, dst, c->width);
    }
}

void ak_augment_resize(const ak_augment_ops *ops, ak_augment_canvas *c, const uint8_t *image,
                       int64_t image_width, const akin_augment_params *p)
{
    axis_set(ops, &c->across, p->crop_width, p->flip, c->share);
    axis_set(ops, &c->down, p->crop_height, false, c->share);
    const int64_t stride = image_width * c->channels;
    const ak_augment_window from = { image + p->crop_y * stride + (int64_t)p->crop_x * c->channels, stride,
                                     c->channels, p->crop_height, c->buffer };
    c->rows_plane = c->rows_stride * p->crop_height;
    ops->columns(&c->across, &from, c->rows, c->rows_stride, c->rows_plane);
    for (int32_t k = 0; k < c->channels; k++) {
        const int16_t *rows = c->rows + k * c->rows_plane;
        if (c->down.taps == 0)
            ops->enlarge_rows(&c->down, rows, c->rows_stride, c->planes + k * c->plane, c->width);
        else
            shrink_rows(ops, c, rows, c->planes + k * c->plane);
    }
}

/* Reflect about the first and the last pixel, which are not repeated. */
static int32_t reflect(int32_t i, int32_t n)
{
    if (n == 1) return 0;
    while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
    return i;
}

static void blur_plane(const ak_augment_ops *ops, ak_augment_canvas *c, int16_t *plane, const int32_t *weight,
                       int32_t size)
{
    const int32_t radius = size / 2, width = c->width;
    for (int32_t y = 0; y < c->height; y++) {
        const int16_t *row = plane + (int64_t)y * width;
        for (int32_t i = 0; i < radius; i++) {
            c->line[i] = row[reflect(i - radius, width)];
            c->line[radius + width + i] = row[reflect(width + i, width)];
        }
        memcpy(c->line + radius, row, (size_t)width * sizeof *row);
        ops->sum_along(c->line, weight, size, c->rows + y * c->rows_stride, width);
    }
    for (int32_t y = 0; y < c->height; y++) {
        for (int32_t t = 0; t < size; t++)
            c->taps[t] = c->rows + reflect(y + t - radius, c->height) * c->rows_stride;
        ops->sum_rows(c->taps, weight, size, plane + (int64_t)y * width, width);
    }
}

/* One box with fractional ends, three times over: the Gaussian of Pillow. The box is 2 l + 1 whole pixels and
 * a of the next one on either side, so that three have the variance sigma^2, at any sigma. Returns how many
 * taps. */
static int32_t three_boxes(double sigma, double *share)
{
    const double v = sigma * sigma / 3, l = floor((sqrt(12 * v + 1) - 1) / 2);
    const double a = (2 * l + 1) * (l * (l + 1) - 3 * v) / (6 * (v - (l + 1) * (l + 1)));
    const int32_t end = (int32_t)l + 1, size = 6 * end + 1;
    double once[256] = { 0 }, sum[256];
    once[size / 2] = 1;
    for (int pass = 0; pass < 3; pass++) {
        for (int32_t i = 0; i < size; i++) {
            sum[i] = 0;
            for (int32_t t = -end; t <= end; t++)
                if (i + t >= 0 && i + t < size) sum[i] += (t == -end || t == end ? a : 1) * once[i + t];
        }
        for (int32_t i = 0; i < size; i++) once[i] = sum[i] / (2 * l + 1 + 2 * a);
    }
    for (int32_t i = 0; i < size; i++) share[i] = once[i];
    return size;
}

void ak_augment_blur(const ak_augment_ops *ops, ak_augment_canvas *c, double sigma, int32_t size)
{
    double share[256];
    int32_t weight[256];
    const bool boxes = size < 0;
    if (boxes) size = three_boxes(sigma, share);
    for (int32_t t = 0; t < size && !boxes; t++) {
        const double d = (t - size / 2) / sigma; /* exp(-d^2/2) in base 2; far out it is 0 */
        share[t] = d * d > 200 ? 0 : ak_portable_exp2(-0.72134752044448170 * d * d);
    }
    quantise(share, size, weight);
    for (int32_t channel = 0; channel < c->channels; channel++)
        blur_plane(ops, c, c->planes + channel * c->plane, weight, size);
}

/* Space ------------------------------------------------------------------------------------------------- */

typedef struct need {
    int64_t plane, rows_stride, rows, line, taps, buffer, weights_across, weights_down, share;
} need;

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static need need_of(int32_t height, int32_t width, int32_t channels, int32_t in_height, int32_t in_width)
{
    need n;
    n.plane = padded((int64_t)height * width + AK_AUGMENT_LANES);
    n.rows_stride = padded(width);
    n.rows = most(most((int64_t)channels * in_height, height) * n.rows_stride, n.plane);
    n.line = padded(width) + LINE_PAD;
    n.share = most(taps_of(in_height, height), taps_of(in_width, width));
    n.taps = most(n.share, 256);
    n.buffer = AK_AUGMENT_BUFFER_ROWS * 4 * ak_augment_buffer_pad(in_width);
    n.weights_across = weights_of(in_width, width);
    n.weights_down = weights_of(in_height, height);
    return n;
}

static size_t axis_bytes(int32_t out, int64_t weights)
{
    return 3 * ak_arena_padded(sizeof(uint16_t), padded(out), 1) + ak_arena_padded(sizeof(int32_t), out, 1) +
           ak_arena_padded(sizeof(int32_t), weights + 1, 1);
}

static bool axis_make(ak_augment_axis *axis, int32_t out, int64_t weights, akin_arena *scratch)
{
    axis->out = out;
    axis->left = ak_arena_array(scratch, uint16_t, padded(out), 1);
    axis->right = ak_arena_array(scratch, uint16_t, padded(out), 1);
    axis->fraction = ak_arena_array(scratch, int16_t, padded(out), 1);
    axis->first = ak_arena_array(scratch, int32_t, out, 1);
    axis->weight = ak_arena_array(scratch, int32_t, weights + 1, 1);
    return axis->left && axis->right && axis->fraction && axis->first && axis->weight;
}

size_t ak_augment_canvas_bytes(int32_t height, int32_t width, int32_t channels, int32_t in_height,
                               int32_t in_width)
{
    const need n = need_of(height, width, channels, in_height, in_width);
    return ak_arena_padded(sizeof(int16_t), channels, n.plane) + ak_arena_padded(sizeof(int16_t), n.rows, 1) +
           ak_arena_padded(sizeof(int16_t), n.line, 1) + ak_arena_padded(sizeof(int16_t *), n.taps, 1) +
           ak_arena_padded(1, n.buffer, 1) + ak_arena_padded(sizeof(double), n.share, 1) +
           axis_bytes(width, n.weights_across) + axis_bytes(height, n.weights_down);
}

bool ak_augment_canvas_make(int32_t height, int32_t width, int32_t channels, int32_t in_height,
                            int32_t in_width, akin_arena *scratch, ak_augment_canvas *out)
{
    const need n = need_of(height, width, channels, in_height, in_width);
    *out = (ak_augment_canvas){ .height = height,
                                .width = width,
                                .channels = channels,
                                .plane = n.plane,
                                .pixels = (int64_t)height * width,
                                .rows_stride = n.rows_stride };
    out->planes = ak_arena_array(scratch, int16_t, channels, n.plane);
    out->rows = ak_arena_array(scratch, int16_t, n.rows, 1);
    out->line = ak_arena_array(scratch, int16_t, n.line, 1);
    out->taps = ak_arena_array(scratch, const int16_t *, n.taps, 1);
    out->buffer = ak_arena_array(scratch, uint8_t, n.buffer, 1);
    out->share = ak_arena_array(scratch, double, n.share, 1);
    return out->planes && out->rows && out->line && out->taps && out->buffer && out->share &&
           axis_make(&out->across, width, n.weights_across, scratch) &&
           axis_make(&out->down, height, n.weights_down, scratch);
}
