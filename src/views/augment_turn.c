/* SPDX-License-Identifier: Apache-2.0 */
/* views/augment_turn.c - turns of a view. Quarters move pixels; an angle reads four of them for each.
 *
 * Sine and cosine are sums in double, and positions products and sums of them, so that the bytes are the same
 * on every machine. Precision: positions to 1e-12 of a pixel, levels are rounded to 1/128 once. */
#include "views/augment_canvas.h"

#include <math.h>
#include <string.h>

/* Reflected about the first and the last pixel, which are not repeated, once: no turn of 45 degrees about the
 * middle reads farther out than a side; then the nearest edge. */
static int32_t inside(int32_t i, int32_t n)
{
    if (i < 0) i = -i;
    if (i >= n) i = 2 * (n - 1) - i;
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static void turn_half(int16_t *v, int64_t pixels)
{
    for (int64_t i = 0, j = pixels - 1; i < j; i++, j--) {
        const int16_t kept = v[i];
        v[i] = v[j];
        v[j] = kept;
    }
}

/* One quarter: what is at column x of the old rows is at row side - 1 - x of the new ones. */
static void turn_quarter(int16_t *v, int16_t *old, int32_t side)
{
    memcpy(old, v, (size_t)side * (size_t)side * sizeof *v);
    for (int32_t y = 0; y < side; y++)
        for (int32_t x = 0; x < side; x++) v[(int64_t)(side - 1 - x) * side + y] = old[(int64_t)y * side + x];
}

/* The sine and the cosine of at most 45 degrees: seven terms leave 1e-17. */
static void sine_cosine(double degrees, double *sine, double *cosine)
{
    const double t = degrees * 0.017453292519943295, t2 = t * t;
    double s = 1, c = 1;
    for (int k = 14; k >= 2; k -= 2) {
        s = 1 - t2 / (k * (k + 1)) * s;
        c = 1 - t2 / (k * (k - 1)) * c;
    }
    *sine = t * s;
    *cosine = c;
}

/* Pixel (y, x), counted from the middle, is read at (cos y + sin x, cos x - sin y): y goes down. */
static void turn_angle(int16_t *v, int16_t *old, int32_t height, int32_t width, double degrees)
{
    double sine, cosine;
    const double middle_y = 0.5 * (height - 1), middle_x = 0.5 * (width - 1);
    sine_cosine(degrees, &sine, &cosine);
    memcpy(old, v, (size_t)height * (size_t)width * sizeof *v);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            const double up = y - middle_y, along = x - middle_x;
            const double from_y = middle_y + cosine * up + sine * along;
            const double from_x = middle_x + cosine * along - sine * up;
            const double row = floor(from_y), column = floor(from_x);
            const double down = from_y - row, right = from_x - column;
            const int16_t *a = old + (int64_t)inside((int32_t)row, height) * width;
            const int16_t *b = old + (int64_t)inside((int32_t)row + 1, height) * width;
            const int32_t l = inside((int32_t)column, width), r = inside((int32_t)column + 1, width);
            const double above = a[l] + right * (a[r] - a[l]), below = b[l] + right * (b[r] - b[l]);
            v[(int64_t)y * width + x] = (int16_t)(above + down * (below - above) + 0.5);
        }
}

void ak_augment_turn(ak_augment_canvas *c, int32_t quarters, double degrees)
{
    for (int32_t k = 0; k < c->channels; k++) {
        int16_t *v = c->planes + k * c->plane;
        if (quarters >= 2) turn_half(v, c->pixels);
        if (quarters % 2) turn_quarter(v, c->rows, c->width);
        if (degrees != 0) turn_angle(v, c->rows, c->height, c->width, degrees);
    }
}
