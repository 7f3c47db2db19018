/* SPDX-License-Identifier: Apache-2.0 */
/* report/smooth.c - as much of a series as a drawing can show, and its running mean.
 *
 * A hundred thousand logged steps are more than a drawing can show. ak_thin() keeps, for each pixel column,
 * the first, least, greatest and last value in their order, which draws the same pixels as the whole; the
 * running mean over it is evaluated at a few hundred steps from prefix sums, so that all of it is O(n). */
#include "report/chart.h"

#include <math.h>
#include <string.h>

enum { MEAN_POINTS = 240 };

double ak_nice_step(double span, int most)
{
    if (!(span > 0) || !isfinite(span)) return 1;
    const double least = span / most, unit = pow(10, floor(log10(least)));
    const double factor = least / unit;
    return unit * (factor <= 1 + 1e-9 ? 1 : factor <= 2 + 1e-9 ? 2 : factor <= 5 + 1e-9 ? 5 : 10);
}

int64_t ak_thin(const double *x, const double *y, int64_t n, int64_t width, double *to_x, double *to_y)
{
    int64_t used = 0;
    const int64_t buckets = n <= 4 * width ? n : width;
    for (int64_t b = 0; b < buckets; b++) {
        /* n * buckets stays below 2^63: n is bounded by the file, buckets by the width or n <= 4 * width */
        const int64_t begin = b * n / buckets, end = (b + 1) * n / buckets;
        int64_t keep[4] = { -1, -1, -1, -1 }; /* first, least, greatest, last */
        for (int64_t i = begin; i < end; i++) {
            if (!isfinite(y[i])) continue;
            if (keep[0] < 0) keep[0] = keep[1] = keep[2] = i;
            if (y[i] < y[keep[1]]) keep[1] = i;
            if (y[i] > y[keep[2]]) keep[2] = i;
            keep[3] = i;
        }
        if (keep[1] > keep[2]) {
            const int64_t swap = keep[1];
            keep[1] = keep[2];
            keep[2] = swap;
        }
        for (int k = 0; k < 4; k++) {
            if (keep[k] < 0 || (k > 0 && keep[k] == keep[k - 1])) continue;
            to_x[used] = x[keep[k]];
            to_y[used++] = y[keep[k]];
        }
    }
    return used;
}

/* Running mean of the finite values over `window` neighbours, at up to MEAN_POINTS steps. */
static bool fill_mean(ak_lines *l, const double *x, const double *y, int64_t n)
{
    double *sum = calloc((size_t)n + 1, 2 * sizeof *sum);
    if (!sum) return false;
    double *count = sum + n + 1;
    for (int64_t i = 0; i < n; i++) {
        sum[i + 1] = sum[i] + (isfinite(y[i]) ? y[i] : 0);
        count[i + 1] = count[i] + (isfinite(y[i]) ? 1 : 0);
    }
    l->window = n < 40 ? 1 : n / 40;
    const int64_t points = n < MEAN_POINTS ? n : MEAN_POINTS;
    for (int64_t p = 0; p < points; p++) {
        const int64_t i = points > 1 ? p * (n - 1) / (points - 1) : 0;
        /* At the start, where a loss falls fast, the window shrinks and stays centred; at the end it is
         * cut. */
        const int64_t half = l->window / 2;
        const int64_t back = half < i ? half : i, ahead = back < n - 1 - i ? back : n - 1 - i;
        const double c = count[i + ahead + 1] - count[i - back];
        if (c < 1) continue;
        l->mean_x[l->means] = x[i];
        l->mean_y[l->means++] = (sum[i + ahead + 1] - sum[i - back]) / c;
    }
    free(sum);
    return true;
}

void ak_lines_free(ak_lines *l)
{
    free(l->x);
    free(l->y);
    free(l->mean_x);
    free(l->mean_y);
}

bool ak_lines_make(ak_lines *l, const double *x, const double *y, int64_t n, int64_t width)
{
    *l = (ak_lines){ 0 };
    l->x = malloc((size_t)(4 * width) * sizeof *l->x);
    l->y = malloc((size_t)(4 * width) * sizeof *l->y);
    l->mean_x = malloc(MEAN_POINTS * sizeof *l->mean_x);
    l->mean_y = malloc(MEAN_POINTS * sizeof *l->mean_y);
    if (!l->x || !l->y || !l->mean_x || !l->mean_y || !fill_mean(l, x, y, n)) {
        ak_lines_free(l);
        return false;
    }
    l->n = ak_thin(x, y, n, width, l->x, l->y);
    return true;
}
