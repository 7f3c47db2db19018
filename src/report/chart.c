/* SPDX-License-Identifier: Apache-2.0 */
/* report/chart.c - draws a figure: grid, levels, traces with their running means or intervals, a second axis
 * in shares of the way. The page draws its charts so, and akin plot the same as files of their own. */
#include "report/chart.h"

#include "report/axes.h"
#include "report/cloud.h"
#include "report/style.h"

#include <stdio.h>
#include <string.h>

enum { MAP_LEFT = 16, MAP_TOP = 28, MAP_BOTTOM = 26 };
enum { PROBES = 72, BAND_FROM = 24 };

const char *ak_chart_class(int i)
{
    static const char *const CLASS[] = { "c0", "c1", "c2", "c3", "c4", "c5", "c6" };
    return CLASS[i % 7];
}

static void polyline(ak_html *h, const ak_axes *a, const char *class, const double *x, const double *y,
                     int64_t n)
{
    if (n < 1) return;
    ak_html_put(h, "<path class=\"%s\" d=\"", class);
    for (int64_t i = 0; i < n; i++)
        ak_html_put(h, "%s%.1f %.1f", i ? " " : "M", ak_at_x(a, x[i]), ak_at_y(a, y[i]));
    if (n == 1) ak_html_raw(h, "h0");
    ak_html_raw(h, "\"/>");
}

/* Levels and the second axis ----------------------------------------------------------------------------- */

/* A level with its name and value, above the line or below it. */
static void put_level(ak_html *h, const ak_axes *a, const ak_level *l)
{
    const double y = ak_at_y(a, l->y);
    ak_html_put(h, "<path class=\"level %s\" d=\"M%.1f %.1fh%.1f\"/>", l->below ? "floor" : "chance", a->left,
                y, a->width);
    ak_html_put(h, "<text class=\"strong\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s ",
                a->left + a->width - 4, y + (l->below ? 14 : -6), l->name);
    ak_html_loss(h, l->y);
    ak_html_raw(h, "</text>");
}

/* The share of the way, on the right. */
static void put_way(ak_html *h, const ak_axes *a, const double way[2])
{
    const double right = a->left + a->width;
    for (int k = 0; k <= 4; k++) {
        const double y = ak_at_y(a, way[0] - 0.25 * k * (way[0] - way[1]));
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fh4\"/>", right, y);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\">%d %%</text>", right + 8, y + 3.5, 25 * k);
    }
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.0f\" text-anchor=\"end\">share of the way</text>",
                right + 48, a->top - 12);
}

/* Traces ------------------------------------------------------------------------------------------------- */

/* The space between the start of the way and the mean curve. */
static void shade(ak_html *h, const ak_axes *a, const ak_lines *l, double from)
{
    if (!isfinite(from) || l->means < 2) return;
    ak_html_put(h, "<path class=\"learned\" d=\"M%.1f %.1f", ak_at_x(a, l->mean_x[0]), ak_at_y(a, from));
    for (int64_t i = 0; i < l->means; i++)
        ak_html_put(h, " %.1f %.1f", ak_at_x(a, l->mean_x[i]), ak_at_y(a, fmin(from, l->mean_y[i])));
    ak_html_put(h, " %.1f %.1fz\"/>", ak_at_x(a, l->mean_x[l->means - 1]), ak_at_y(a, from));
}

/* Columns that show their value under the pointer: CSS alone, no script. */
static void put_probes(ak_html *h, const ak_axes *a, const ak_figure *f, const ak_lines *l)
{
    const int64_t count = l->means < PROBES ? l->means : PROBES;
    double edge = a->left;
    for (int64_t p = 0; p < count; p++) {
        const int64_t i = count > 1 ? p * (l->means - 1) / (count - 1) : 0;
        const int64_t next = count > 1 && p + 1 < count ? (p + 1) * (l->means - 1) / (count - 1) : i;
        const double x = ak_at_x(a, l->mean_x[i]), y = ak_at_y(a, l->mean_y[i]);
        const double end = p + 1 < count ? (x + ak_at_x(a, l->mean_x[next])) / 2 : a->left + a->width;
        ak_html_put(h,
                    "<g class=\"probe\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/><circle "
                    "cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/><text x=\"%.1f\" y=\"14\">%s ",
                    edge, a->top, end - edge, a->height, x, y, a->left + 2, f->x_name);
        ak_html_count(h, l->mean_x[i]);
        ak_html_raw(h, " \xC2\xB7 loss ");
        ak_html_loss(h, l->mean_y[i]);
        const double share = (f->way[0] - l->mean_y[i]) / (f->way[0] - f->way[1]);
        if (isfinite(share)) ak_html_put(h, " \xC2\xB7 %.0f %% of the way", 100 * share);
        ak_html_raw(h, "</text></g>\n");
        edge = end;
    }
}

static void put_smooth(ak_html *h, const ak_axes *a, const ak_figure *f, const ak_trace *t, const ak_lines *l,
                       bool probed)
{
    const int i = (int)(t - f->trace);
    char class[40];
    if (f->shaded && i == 0) shade(h, a, l, f->way[0]);
    snprintf(class, sizeof class, "raw %s", t->class);
    if (l->window > 1 && f->traces <= 3) polyline(h, a, class, l->x, l->y, l->n);
    snprintf(class, sizeof class, "line %s%s", t->class, t->dashed ? " dashed" : "");
    polyline(h, a, class, l->mean_x, l->mean_y, l->means);
    if (l->means > 0)
        ak_html_put(h, "<circle class=\"end %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>\n", t->class,
                    ak_at_x(a, l->mean_x[l->means - 1]), ak_at_y(a, l->mean_y[l->means - 1]));
    if (probed) put_probes(h, a, f, l);
}

/* Of many points a band, of few a bar each. */
static void put_intervals(ak_html *h, const ak_axes *a, const ak_trace *t)
{
    const bool band = t->n >= BAND_FROM && !t->lone;
    if (band) ak_html_put(h, "<path class=\"band %s\" d=\"M", t->class);
    for (int64_t k = 0; k < (band ? 2 : 1) * t->n; k++) {
        const int64_t i = k < t->n ? k : 2 * t->n - 1 - k;
        if (!isfinite(t->low[i]) || !isfinite(t->high[i])) continue;
        const double low = ak_at_y(a, t->low[i]), high = ak_at_y(a, t->high[i]), x = ak_at_x(a, t->x[i]);
        if (band)
            ak_html_put(h, " %.1f %.1f", x, k < t->n ? low : high);
        else
            ak_html_put(h, "<path class=\"span %s\" d=\"M%.1f %.1fV%.1f\"/>", t->class, x, low, high);
    }
    if (band) ak_html_raw(h, "z\"/>");
}

static void put_trace(ak_html *h, const ak_axes *axes, const ak_figure *f, const ak_trace *t,
                      const ak_drawing *as)
{
    ak_lines l;
    char class[40];
    ak_axes moved = *axes;
    const ak_axes *a = &moved;
    moved.left += t->shift;
    if (t->n == 0) return;
    if (!ak_lines_make(&l, t->x, t->y, t->n, (int64_t)a->width)) {
        h->failed = true;
        return;
    }
    if (t->smooth)
        put_smooth(h, a, f, t, &l, as->kind == AK_DRAW_WIDE && f->traces == 1);
    else {
        if (t->low) put_intervals(h, a, t);
        snprintf(class, sizeof class, "%s %s%s",
                 as->kind == AK_DRAW_SMALL && f->traces == 1 ? "thin" : "line", t->class,
                 t->dashed ? " dashed" : "");
        if (!t->lone) polyline(h, a, class, l.x, l.y, l.n);
        for (int64_t i = 0; i < t->n && t->marks; i++)
            if (isfinite(t->y[i]))
                ak_chart_mark(h, t->class, t->open, ak_at_x(a, t->x[i]), ak_at_y(a, t->y[i]));
    }
    ak_lines_free(&l);
}

/* The whole ---------------------------------------------------------------------------------------------- */

static bool has_legend(const ak_drawing *as) { return as->kind == AK_DRAW_FILE || as->kind == AK_DRAW_PANEL; }
static bool has_way(const ak_figure *f) { return isfinite(f->way[0]) && isfinite(f->way[1]); }

/* About as wide as the letters of a drawing are. */
static double text_width(const char *text)
{
    double n = 0;
    for (const char *c = text; *c; c++) n += ((unsigned char)*c & 0xC0) != 0x80;
    return 6 * n;
}

/* The names of the traces in rows over the drawing; with h NULL it only tells how high they are. */
static double put_legend(ak_html *h, const ak_figure *f, double left, double right, double top, bool dark)
{
    double x = left, y = top;
    if (f->traces < 2) return 0;
    for (int t = 0; t < f->traces; t++) {
        const ak_trace *s = &f->trace[t];
        const double wide = 26 + text_width(s->name) + 16;
        if (x > left && x + wide > right) {
            x = left;
            y += 17;
        }
        if (h && !s->lone)
            ak_html_put(h, "<path class=\"line %s%s\" d=\"M%.1f %.1fh20\"/>", s->class,
                        s->dashed ? " dashed" : "", x, y);
        if (h && f->items)
            ak_cloud_mark(h, s, dark, x + 10, y);
        else if (h && (s->marks || s->lone))
            ak_chart_mark(h, s->class, s->open, x + 10, y);
        if (h) ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x + 26, y + 3.8, s->name);
        x += wide;
    }
    return y - top + 20;
}

/* The groups' names stand where the numbers of y would. */
static double left_margin(const ak_figure *f, double width)
{
    double most = 0, at[AK_TICKS], step;
    for (int64_t g = 0; g < f->groups; g++) most = fmax(most, text_width(f->group[g]));
    if (f->groups) return fmin(most + 14, floor(0.62 * width));
    const int n = ak_ticks(f->y0, f->y1, f->log_y, false, 6, at, &step);
    for (int k = 0; k < n; k++) {
        ak_html number = { 0 };
        ak_tick_number(&number, at[k], step, false);
        if (number.data) most = fmax(most, text_width(number.data) + text_width(f->y_unit));
        free(number.data);
    }
    return fmax(most + 14, 36);
}

/* Where the plot lies; *wide and *high receive the size of the drawing. */
static ak_axes lay_out(const ak_figure *f, const ak_drawing *as, double *wide, double *high)
{
    ak_axes a = { .left = 52, .top = 26, .width = 800, .height = 270 };
    double right = has_way(f) ? 52 : 14, bottom = 38;
    if (as->kind == AK_DRAW_NARROW) {
        a.left = 40;
        a.width = 306;
        a.height = 220;
        right = 14;
    } else if (as->kind == AK_DRAW_SMALL) {
        a.left = 46;
        a.top = 24;
        a.width = 250;
        a.height = as->height;
        right = 16;
        bottom = 22;
    } else if (has_legend(as)) {
        right = has_way(f) ? 56 : 16;
        a.left = f->items ? MAP_LEFT : left_margin(f, as->width);
        if (f->items) bottom = MAP_BOTTOM - 4;
        a.width = as->width - a.left - right;
        a.top = 28 + put_legend(NULL, f, a.left, as->width - 8, 0, as->dark);
        a.height = as->height - a.top - bottom - 4;
    }
    *wide = a.left + a.width + right;
    *high = a.top + a.height + bottom + (has_legend(as) ? 4 : 0);
    a.x0 = f->x0;
    a.x1 = f->x1;
    a.y0 = f->y0;
    a.y1 = f->y1;
    a.log_x = f->log_x;
    a.log_y = f->log_y;
    return a;
}

double ak_chart_map_height(ak_figure *f, double width)
{
    ak_figure_fit(f);
    const double aspect = fmin(1.5, fmax(0.4, (f->y1 - f->y0) / (f->x1 - f->x0)));
    return floor(MAP_TOP + put_legend(NULL, f, MAP_LEFT, width - 8, 0, false) +
                 aspect * (width - 2 * MAP_LEFT) + MAP_BOTTOM);
}

/* The element with its title, which is read aloud. */
static void begin(ak_html *h, const ak_figure *f, const ak_drawing *as, double wide, double high)
{
    static const char *const CLASS[] = { "chart wide", "chart narrow", "small", "panel", "file" };
    if (as->kind == AK_DRAW_FILE)
        ak_html_put(h,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"file\" width=\"%.0f\" height=\"%.0f\" "
                    "viewBox=\"0 0 %.0f %.0f\" role=\"img\">",
                    wide, high, wide, high);
    else
        ak_html_put(h, "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\"", CLASS[as->kind], wide,
                    high);
    if (as->kind != AK_DRAW_FILE && as->id)
        ak_html_put(h, " aria-labelledby=\"%s\" preserveAspectRatio=\"xMidYMid meet\"", as->id);
    if (as->kind != AK_DRAW_FILE) ak_html_raw(h, ">");
    if (as->id)
        ak_html_put(h, "<title id=\"%s\">%s</title>", as->id, f->title);
    else
        ak_html_put(h, "<title>%s</title>", f->title);
    if (as->desc) ak_html_put(h, "<desc>%s</desc>", as->desc);
    ak_html_raw(h, "\n");
    if (as->kind != AK_DRAW_FILE) return;
    ak_html_raw(h, "<style>\n");
    ak_style_of_file(h, as->dark);
    ak_html_put(h, "</style>\n<rect class=\"ground\" width=\"%.0f\" height=\"%.0f\"/>\n", wide, high);
}

/* The farthest values beyond the axis, at its ends. */
static void put_beyond(ak_html *h, const ak_axes *a, const ak_figure *f)
{
    double most = f->y1, least = f->y0;
    for (int t = 0; t < f->traces; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++) {
            if (f->trace[t].y[i] > most) most = f->trace[t].y[i];
            if (f->trace[t].y[i] < least) least = f->trace[t].y[i];
        }
    const double x = a->left + a->width;
    if (most > f->y1) ak_put_beyond(h, x, a->top - 3, "\xE2\x86\x91 up to", most, "end");
    if (least < f->y0) ak_put_beyond(h, x, a->top + a->height - 4, "\xE2\x86\x93 down to", least, "end");
}

void ak_chart_draw(ak_html *h, ak_figure *f, const ak_drawing *as)
{
    const bool small = as->kind == AK_DRAW_SMALL, narrow = as->kind == AK_DRAW_NARROW;
    double wide, high;
    ak_figure_fit(f);
    const ak_axes a = lay_out(f, as, &wide, &high);
    begin(h, f, as, wide, high);
    if (has_legend(as)) put_legend(h, f, a.left, wide - 8, 12, as->dark);
    if (f->items)
        ak_chart_cloud(h, f, &a, as->dark);
    else if (f->groups)
        ak_chart_groups(h, f, &a);
    else {
        if (small) ak_html_put(h, "<text class=\"name\" x=\"2\" y=\"13\">%s</text>", f->title);
        ak_ticks_y(h, &a, f, small ? 4 : narrow ? 5 : 6);
        ak_ticks_x(h, &a, f, small || narrow ? 4 : 9, !small);
        if (!small)
            ak_html_put(h, "<text class=\"name axisname\" x=\"%.0f\" y=\"%.0f\">%s</text>\n",
                        has_legend(as) ? 4 : a.left + 2, a.top - 12, f->y_name);
        for (int k = 0; k < f->levels; k++) put_level(h, &a, &f->level[k]);
        if (has_way(f) && !small && !narrow) put_way(h, &a, f->way);
        if (f->broken) put_beyond(h, &a, f);
        for (int t = 0; t < f->traces; t++) put_trace(h, &a, f, &f->trace[t], as);
    }
    ak_html_raw(h, "</svg>\n");
    h->failed = h->failed || f->failed;
}
