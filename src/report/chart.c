/* SPDX-License-Identifier: Apache-2.0 */
/* report/chart.c - the loss between chance and floor, and the small panels beneath it.
 *
 * A hundred thousand logged steps are more than a drawing can show. ak_thin() keeps, for each pixel column,
 * the first, least, greatest and last value in their order, which draws the same pixels as the whole; the
 * running mean over it is evaluated at a few hundred steps from prefix sums, so that all of it is O(n).
 *
 * Values far above chance (a first step that explodes) would press the rest into a line. The axis therefore
 * ends at most half of the range of interest above chance, and what lies higher is drawn on its edge. */
#include "report/chart.h"

#include "base/plain.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MEAN_POINTS = 240, PROBES = 72 };

typedef struct axes {
    double x0, x1, y0, y1;           /* data */
    double left, top, width, height; /* pixels; y grows downwards */
} axes;

static double at_x(const axes *a, double x) { return a->left + (x - a->x0) / (a->x1 - a->x0) * a->width; }
static double at_y(const axes *a, double y)
{
    const double share = (y - a->y0) / (a->y1 - a->y0);
    return a->top + (1 - fmin(1, fmax(0, share))) * a->height;
}

const char *ak_chart_class(int i)
{
    static const char *const CLASS[] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6" };
    return CLASS[i % 7];
}

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

static void polyline(ak_html *h, const axes *a, const char *class, const double *x, const double *y,
                     int64_t n)
{
    if (n < 1) return;
    ak_html_put(h, "<path class=\"%s\" d=\"", class);
    for (int64_t i = 0; i < n; i++)
        ak_html_put(h, "%s%.1f %.1f", i ? " " : "M", at_x(a, x[i]), at_y(a, y[i]));
    if (n == 1) ak_html_raw(h, "h0");
    ak_html_raw(h, "\"/>");
}

/* Scratch of one drawing. */
typedef struct lines {
    double *x, *y;           /* the thinned series */
    double *mean_x, *mean_y; /* [means], the running mean */
    int64_t n, means, window;
} lines;

/* Running mean of the finite values over `window` neighbours, at up to MEAN_POINTS steps. */
static bool fill_mean(lines *l, const double *x, const double *y, int64_t n)
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

static void lines_free(lines *l)
{
    free(l->x);
    free(l->y);
    free(l->mean_x);
    free(l->mean_y);
}

static bool lines_make(lines *l, const double *x, const double *y, int64_t n, int64_t width)
{
    *l = (lines){ 0 };
    l->x = malloc((size_t)(4 * width) * sizeof *l->x);
    l->y = malloc((size_t)(4 * width) * sizeof *l->y);
    l->mean_x = malloc(MEAN_POINTS * sizeof *l->mean_x);
    l->mean_y = malloc(MEAN_POINTS * sizeof *l->mean_y);
    if (!l->x || !l->y || !l->mean_x || !l->mean_y || !fill_mean(l, x, y, n)) {
        lines_free(l);
        return false;
    }
    l->n = ak_thin(x, y, n, width, l->x, l->y);
    return true;
}

/* Ticks and grid --------------------------------------------------------------------------------------- */

static int decimals(double step) { return step >= 1 ? 0 : (int)fmin(6, ceil(-log10(step) - 1e-9)); }

static void tick_number(ak_html *h, double v, double step)
{
    char number[64];
    if (fabs(v) >= 1e5 || (step < 1e-4 && v != 0)) {
        ak_snprintf(number, sizeof number, "%.2g", v);
        ak_html_text(h, number);
    } else if (step >= 1)
        ak_html_count(h, v);
    else {
        ak_snprintf(number, sizeof number, "%.*f", decimals(step), v);
        ak_html_text(h, number);
    }
}

static void x_ticks(ak_html *h, const axes *a, int most, const char *label)
{
    const double step = fmax(1, ak_nice_step(a->x1 - a->x0, most));
    const double base = a->top + a->height;
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fh%.1f\"/>", a->left, base, a->width);
    const double first = ceil(a->x0 / step - 1e-9) * step;
    for (int k = 0; k <= most; k++) { /* counted: v += step stands still where step is below an ulp of v */
        const double v = first + k * step;
        if (!(v <= a->x1 * (1 + 1e-9))) break;
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", at_x(a, v), base);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", at_x(a, v), base + 17);
        if (step >= 1000 && fmod(step, 1000) == 0 && v > 0)
            ak_html_put(h, "%.0fk", v / 1000);
        else
            tick_number(h, v, step);
        ak_html_raw(h, "</text>");
    }
    if (label)
        ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    a->left + a->width, base + 32, label);
}

static void y_ticks(ak_html *h, const axes *a, int most, double factor, const char *unit)
{
    const double step = ak_nice_step((a->y1 - a->y0) * factor, most);
    const double first = ceil(a->y0 * factor / step - 1e-9) * step;
    for (int k = 0; k <= most; k++) {
        const double v = first + k * step;
        if (!(v <= a->y1 * factor + step * 1e-9)) break;
        const double y = at_y(a, v / factor);
        ak_html_put(h, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>", a->left, y, a->width);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", a->left - 6, y + 3.5);
        tick_number(h, v, step);
        ak_html_put(h, "%s</text>", unit);
    }
}

/* The loss --------------------------------------------------------------------------------------------- */

static double share_of(const ak_run *run, double loss)
{
    return isfinite(run->floor) ? (run->chance - loss) / (run->chance - run->floor) : NAN;
}

/* The values that run contributes: the loss itself, or its share of the way in *own (to be freed). */
static const double *values_of(const ak_loss_chart *chart, const ak_run *run, double **own)
{
    *own = NULL;
    const double *loss = run->curve.x[AK_LOSS];
    if (!chart->as_share) return loss;
    *own = malloc(((size_t)run->curve.n + 1) * sizeof **own);
    for (int64_t i = 0; *own && i < run->curve.n; i++) (*own)[i] = share_of(run, loss[i]);
    return *own;
}

static void widen(double x, double *lo, double *hi)
{
    if (!isfinite(x)) return;
    if (x < *lo) *lo = x;
    if (x > *hi) *hi = x;
}

static axes loss_axes(const ak_loss_chart *chart)
{
    axes a = { .x0 = 0, .x1 = 1, .left = 52, .top = 26, .width = 800, .height = 270 };
    if (chart->narrow) a = (axes){ .x0 = 0, .x1 = 1, .left = 40, .top = 26, .width = 306, .height = 220 };
    double lo = DBL_MAX, hi = -DBL_MAX, top = -DBL_MAX;
    for (int r = 0; r < chart->count; r++) {
        const ak_run *run = &chart->runs[r];
        for (int64_t i = 0; i < run->curve.n; i++) {
            const double y = run->curve.x[AK_LOSS][i];
            if (isfinite(y)) widen(chart->as_share ? share_of(run, y) : y, &lo, &hi);
            a.x1 = fmax(a.x1, run->curve.x[AK_STEP][i]);
        }
        if (chart->as_share) continue;
        top = fmax(top, isfinite(run->chance) ? run->chance : -DBL_MAX);
        widen(run->floor, &lo, &hi);
        widen(run->chance, &lo, &hi);
    }
    if (chart->as_share) {
        lo = fmin(0, fmax(lo, -0.25));
        hi = 1;
    } else if (top > lo && hi > top + 0.5 * (top - lo))
        hi = top + 0.5 * (top - lo);
    if (!(hi > lo)) {
        const double middle = hi == lo ? lo : 0, half = fmax(1e-3, 0.05 * fabs(middle));
        lo = middle - half;
        hi = middle + half;
    }
    a.y0 = lo - 0.09 * (hi - lo); /* the name of the floor stands below its line */
    a.y1 = hi + 0.05 * (hi - lo);
    return a;
}

/* A level with its name and value, above the line or below it. */
static void level(ak_html *h, const axes *a, const char *name, const char *class, double y, bool below)
{
    if (!isfinite(y)) return;
    ak_html_put(h, "<path class=\"level %s\" d=\"M%.1f %.1fh%.1f\"/>", class, a->left, at_y(a, y), a->width);
    ak_html_put(h, "<text class=\"strong\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s ",
                a->left + a->width - 4, at_y(a, y) + (below ? 14 : -6), name);
    ak_html_loss(h, y);
    ak_html_raw(h, "</text>");
}

/* The share of the way, on the right. */
static void share_axis(ak_html *h, const axes *a, const ak_run *run)
{
    if (!isfinite(run->floor)) return;
    const double right = a->left + a->width;
    for (int k = 0; k <= 4; k++) {
        const double y = at_y(a, run->chance - 0.25 * k * (run->chance - run->floor));
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fh4\"/>", right, y);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\">%d %%</text>", right + 8, y + 3.5, 25 * k);
    }
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"14\" text-anchor=\"end\">share of the way</text>",
                right + 48);
}

/* The space between chance and the mean curve. */
static void shade(ak_html *h, const axes *a, const lines *l, double chance)
{
    if (!isfinite(chance) || l->means < 2) return;
    ak_html_put(h, "<path class=\"learned\" d=\"M%.1f %.1f", at_x(a, l->mean_x[0]), at_y(a, chance));
    for (int64_t i = 0; i < l->means; i++)
        ak_html_put(h, " %.1f %.1f", at_x(a, l->mean_x[i]), at_y(a, fmin(chance, l->mean_y[i])));
    ak_html_put(h, " %.1f %.1fz\"/>", at_x(a, l->mean_x[l->means - 1]), at_y(a, chance));
}

/* Columns that show their value under the pointer: CSS alone, no script. */
static void probes(ak_html *h, const axes *a, const ak_run *run, const lines *l)
{
    const int64_t count = l->means < PROBES ? l->means : PROBES;
    double edge = a->left;
    for (int64_t p = 0; p < count; p++) {
        const int64_t i = count > 1 ? p * (l->means - 1) / (count - 1) : 0;
        const int64_t next = count > 1 && p + 1 < count ? (p + 1) * (l->means - 1) / (count - 1) : i;
        const double x = at_x(a, l->mean_x[i]), y = at_y(a, l->mean_y[i]);
        const double end = p + 1 < count ? (x + at_x(a, l->mean_x[next])) / 2 : a->left + a->width;
        ak_html_put(h,
                    "<g class=\"probe\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/><circle "
                    "cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/><text x=\"%.1f\" y=\"14\">step ",
                    edge, a->top, end - edge, a->height, x, y, a->left + 2);
        ak_html_count(h, l->mean_x[i]);
        ak_html_raw(h, " \xC2\xB7 loss ");
        ak_html_loss(h, l->mean_y[i]);
        const double share = share_of(run, l->mean_y[i]);
        if (isfinite(share)) ak_html_put(h, " \xC2\xB7 %.0f %% of the way", 100 * share);
        ak_html_raw(h, "</text></g>\n");
        edge = end;
    }
}

static void draw_run(ak_html *h, const ak_loss_chart *chart, const axes *a, int r)
{
    const ak_run *run = &chart->runs[r];
    double *own;
    const double *y = values_of(chart, run, &own);
    lines l;
    if (run->curve.n == 0) return;
    if (!y || !lines_make(&l, run->curve.x[AK_STEP], y, run->curve.n, (int64_t)a->width)) {
        h->failed = true;
        free(own);
        return;
    }
    char class[32];
    if (chart->count == 1) shade(h, a, &l, run->chance);
    snprintf(class, sizeof class, "raw %s", ak_chart_class(r));
    if (l.window > 1 && chart->count <= 3) polyline(h, a, class, l.x, l.y, l.n);
    snprintf(class, sizeof class, "line %s%s", ak_chart_class(r), r >= 7 ? " dashed" : "");
    polyline(h, a, class, l.mean_x, l.mean_y, l.means);
    if (l.means > 0)
        ak_html_put(h, "<circle class=\"end %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", ak_chart_class(r),
                    at_x(a, l.mean_x[l.means - 1]), at_y(a, l.mean_y[l.means - 1]));
    if (chart->count == 1 && !chart->narrow) probes(h, a, run, &l);
    lines_free(&l);
    free(own);
}

static void describe(ak_html *h, const ak_loss_chart *chart)
{
    ak_html_put(h, "<title id=\"%s\">%s against the step</title><desc>", chart->id,
                chart->as_share ? "Share of the way from chance to floor" : "Loss");
    for (int r = 0; r < chart->count; r++) {
        const ak_run *run = &chart->runs[r];
        ak_html_put(h, "%s: last logged loss ", run->name);
        ak_html_loss(h, run->loss);
        ak_html_raw(h, ", chance ");
        ak_html_loss(h, run->chance);
        ak_html_raw(h, ", floor ");
        ak_html_loss(h, run->floor);
        ak_html_raw(h, ". ");
    }
    ak_html_raw(h, "</desc>\n");
}

void ak_chart_loss(ak_html *h, const ak_loss_chart *chart)
{
    const axes a = loss_axes(chart);
    const double right = chart->count == 1 && isfinite(chart->runs[0].floor) && !chart->narrow ? 52 : 14;
    ak_html_put(h,
                "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-labelledby=\"%s\" "
                "preserveAspectRatio=\"xMidYMid meet\">",
                chart->narrow ? "chart narrow" : "chart wide", a.left + a.width + right,
                a.top + a.height + 38, chart->id);
    describe(h, chart);
    y_ticks(h, &a, chart->narrow ? 5 : 6, chart->as_share ? 100 : 1, chart->as_share ? " %" : "");
    x_ticks(h, &a, chart->narrow ? 4 : 9, "step");
    ak_html_put(h, "<text class=\"name axisname\" x=\"%.0f\" y=\"14\">%s</text>\n", a.left + 2,
                chart->as_share ? "share of the way from chance to floor" : "loss (nats)");
    const ak_run *first = &chart->runs[0];
    if (!chart->as_share) {
        level(h, &a, "chance", "chance", first->chance, false);
        level(h, &a, "floor", "floor", first->floor, true);
        if (chart->count == 1 && !chart->narrow) share_axis(h, &a, first);
    }
    for (int r = 0; r < chart->count; r++) draw_run(h, chart, &a, r);
    ak_html_raw(h, "</svg>\n");
}

/* Small panels ------------------------------------------------------------------------------------------ */

void ak_chart_small(ak_html *h, const ak_curve *curve, ak_series series, double factor, const char *title)
{
    axes a = { .x0 = 0, .x1 = 1, .left = 46, .top = 24, .width = 250, .height = 72 };
    const double *x = curve->x[AK_STEP], *y = curve->x[series];
    double lo = 0, hi = -DBL_MAX;
    for (int64_t i = 0; i < curve->n; i++) {
        widen(y[i], &lo, &hi);
        a.x1 = fmax(a.x1, x[i]);
    }
    a.y0 = lo;
    a.y1 = hi > lo ? hi + 0.08 * (hi - lo) : lo + 1;
    lines l;
    if (!lines_make(&l, x, y, curve->n, (int64_t)a.width)) {
        h->failed = true;
        return;
    }
    ak_html_put(h, "<svg class=\"small\" viewBox=\"0 0 312 118\" role=\"img\"><title>%s</title>\n", title);
    ak_html_put(h, "<text class=\"name\" x=\"2\" y=\"13\">%s</text>", title);
    y_ticks(h, &a, 4, factor, "");
    x_ticks(h, &a, 4, NULL);
    polyline(h, &a, "thin c0", l.x, l.y, l.n);
    ak_html_raw(h, "</svg>\n");
    lines_free(&l);
}
