/* SPDX-License-Identifier: Apache-2.0 */
/* train/collapse.c - measures of collapse while training (see collapse.h).
 *
 * Let X be the n unit rows less their mean. C = X^T X / n has tr C = |X|_F^2 / n and tr C^2 = |X X^T|_F^2 /
 * n^2. So the n x n products of rows are enough, and none of them is kept: n^2 d / 2 multiply-adds, 4 M at n
 * = 256, d = 128.
 *
 * Precision. Rows and products are float, all sums double, in the order of the rows. Threads: one block a
 * row. */
#include "train/collapse.h"

#include "base/plain.h"

#include <math.h>
#include <stdio.h>

static float dot(const float *a, const float *b, int64_t n)
{
    float lane[8] = { 0 };
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int l = 0; l < 8; l++) lane[l] += a[i + l] * b[i + l];
    for (; i < n; i++) lane[0] += a[i] * b[i];
    return ((lane[0] + lane[4]) + (lane[1] + lane[5])) + ((lane[2] + lane[6]) + (lane[3] + lane[7]));
}

/* Unit rows less their mean, into x. Returns the standard deviation of a column, averaged over the columns,
 * or NaN. */
static double centre(const float *z, int64_t n, int64_t width, float *x)
{
    for (int64_t i = 0; i < n; i++) {
        double squares = 0;
        for (int64_t k = 0; k < width; k++) squares += (double)z[i * width + k] * (double)z[i * width + k];
        if (!(squares > 0) || !isfinite(squares)) return NAN;
        const double scale = 1 / sqrt(squares);
        for (int64_t k = 0; k < width; k++) x[i * width + k] = (float)(scale * (double)z[i * width + k]);
    }
    double deviations = 0;
    for (int64_t k = 0; k < width; k++) {
        double mean = 0, squares = 0;
        for (int64_t i = 0; i < n; i++) mean += (double)x[i * width + k];
        mean /= (double)n;
        for (int64_t i = 0; i < n; i++) {
            const double gap = (double)x[i * width + k] - mean;
            squares += gap * gap;
            x[i * width + k] = (float)gap;
        }
        deviations += sqrt(squares / (double)n);
    }
    return deviations / (double)width;
}

typedef struct products {
    const float *x;
    int64_t n, width;
    double own[AK_COLLAPSE_ROWS], others[AK_COLLAPSE_ROWS]; /* <x_i,x_i>; sum of <x_i,x_j>^2 over j < i */
} products;

static void multiply(int64_t begin, int64_t end, void *ctx)
{
    products *p = ctx;
    for (int64_t i = begin; i < end; i++) {
        p->own[i] = (double)dot(p->x + i * p->width, p->x + i * p->width, p->width);
        p->others[i] = 0;
        for (int64_t j = 0; j < i; j++) {
            const double s = (double)dot(p->x + i * p->width, p->x + j * p->width, p->width);
            p->others[i] += s * s;
        }
    }
}

ak_collapse ak_collapse_measure(const float *z, int64_t rows, int64_t width, float *scratch)
{
    ak_collapse c = { NAN, NAN };
    products p = { .x = scratch, .n = rows < AK_COLLAPSE_ROWS ? rows : AK_COLLAPSE_ROWS, .width = width };
    if (p.n < 2 || width < 1) return c;
    const double deviation = centre(z, p.n, width, scratch);
    if (isnan(deviation)) return c;
    c.embedding_std = deviation * sqrt((double)width);
    ak_parallel_for(p.n, 8, multiply, &p);
    double trace = 0, squares = 0;
    for (int64_t i = 0; i < p.n; i++) {
        trace += p.own[i];
        squares += p.own[i] * p.own[i] + 2 * p.others[i];
    }
    c.participation_ratio = squares > 0 ? trace * trace / squares : 0; /* 0: all rows are one */
    return c;
}

/* Are there fewer directions than *limit, the threshold in use? Few rows or columns cannot make many
 * directions. */
static bool few_directions(const ak_collapse_watch *w, const ak_collapse_seen *s, double *limit)
{
    const int64_t n = s->rows < AK_COLLAPSE_ROWS ? s->rows : AK_COLLAPSE_ROWS;
    const double most = (double)(n - 1 < s->width ? n - 1 : s->width);
    *limit = w->limits.rank < most / 2 ? w->limits.rank : most / 2;
    return s->now.participation_ratio < *limit;
}

static bool at_chance(double loss, const ak_collapse_seen *s, double share)
{
    const double way = isfinite(s->floor) ? s->chance - s->floor : fabs(s->chance);
    return s->chance - loss < share * way;
}

bool ak_collapse_warning(ak_collapse_watch *w, const ak_collapse_seen *s, char *text, size_t size)
{
    double limit;
    if (!s->warm) return false;
    if (!w->told[AK_COLLAPSE_STD] && s->now.embedding_std < w->limits.std) {
        w->told[AK_COLLAPSE_STD] = true;
        ak_snprintf(
            text, size,
            "warning: the projections are collapsing, nearly all point one way: deviation %.3g of that on "
            "the whole sphere (--warn-std %g); try a smaller --lr, a higher --temperature or another loss",
            s->now.embedding_std, w->limits.std);
        return true;
    }
    if (!w->told[AK_COLLAPSE_RANK] && few_directions(w, s, &limit)) {
        w->told[AK_COLLAPSE_RANK] = true;
        ak_snprintf(
            text, size,
            "warning: the projections use about %.3g of %lld dimensions (--warn-rank %g); try stronger or "
            "other augmentations, a larger batch or a smaller --lr",
            s->now.participation_ratio, (long long)s->width, limit);
        return true;
    }
    if (!w->told[AK_COLLAPSE_CHANCE] && w->limits.chance > 0 && isfinite(s->chance) &&
        at_chance(s->loss, s, w->limits.chance) && at_chance(s->smoothed_loss, s, w->limits.chance)) {
        w->told[AK_COLLAPSE_CHANCE] = true;
        ak_snprintf(text, size,
                    "warning: after the warm-up and an epoch the loss is still where nothing is learned, "
                    "%.4f of %.4f "
                    "(--warn-chance %g); try another --lr, weaker augmentations or a "
                    "smaller batch",
                    s->loss, s->chance, w->limits.chance);
        return true;
    }
    return false;
}
