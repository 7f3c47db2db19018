/* SPDX-License-Identifier: Apache-2.0 */
/* report/dots.c - accuracies and their intervals on a common axis, one small drawing a table row. Shape as
 * well as colour tells what is what: square = raw pixels, open circle = random encoder, full circle =
 * trained. */
#include "base/escape.h"
#include "report/axes.h"
#include "report/chart.h"

#include <string.h>

static const double WIDTH = 208, LEFT = 10, RIGHT = 10, ROW = 10, LETTER = 5.6;

static double place(double v, double from, double to)
{
    const double share = to > from ? (v - from) / (to - from) : 0.5;
    return LEFT + fmin(1, fmax(0, share)) * (WIDTH - LEFT - RIGHT);
}

static double tick_step(double from, double to) { return fmax(0.01, ak_nice_step(to - from, 6)); }

static void grid(ak_html *h, double from, double to, double top, double height)
{
    const double step = tick_step(from, to);
    for (int k = 0; k <= 7; k++) {
        const double v = ceil(from / step - 1e-6) * step + k * step;
        if (v > to + 1e-9) break;
        ak_html_put(h, "<path class=\"grid\" d=\"M%.1f %.1fv%.1f\"/>", place(v, from, to), top, height);
    }
}

void ak_chart_mark(ak_html *h, const char *class, bool open, double x, double y)
{
    if (strcmp(class, "b0") == 0)
        ak_html_put(h, "<rect class=\"dot %s\" x=\"%.1f\" y=\"%.1f\" width=\"6\" height=\"6\"/>", class,
                    x - 3, y - 3);
    else
        ak_html_put(h, "<circle class=\"dot %s%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\"/>", class,
                    open ? " open" : "", x, y);
}

void ak_chart_dots(ak_html *h, const ak_dots *d, const char *title)
{
    static const char *const CLASS[AK_DOTS] = { "b0", "b1", "b2" };
    const double height = 4 + AK_DOTS * ROW;
    ak_html_put(h, "<svg class=\"dots\" viewBox=\"0 0 %.0f %.0f\" role=\"img\"><title>%s</title>", WIDTH,
                height, title);
    grid(h, d->from, d->to, 0, height);
    for (int i = 0; i < AK_DOTS; i++) {
        if (!isfinite(d->value[i])) continue;
        const double x = place(d->value[i], d->from, d->to), y = 7 + i * ROW;
        if (isfinite(d->low[i]) && isfinite(d->high[i])) {
            const double low = place(d->low[i], d->from, d->to), high = place(d->high[i], d->from, d->to);
            ak_html_put(h, "<path class=\"span %s\" d=\"M%.1f %.1fH%.1f\"/>", CLASS[i], low, y, high);
        }
        ak_chart_mark(h, CLASS[i], false, x, y);
    }
    ak_html_raw(h, "</svg>");
}

void ak_chart_dots_axis(ak_html *h, double from, double to)
{
    ak_html_put(h, "<svg class=\"dots\" viewBox=\"0 0 %.0f 20\" aria-hidden=\"true\">", WIDTH);
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f 19.5H%.1f\"/>", LEFT, WIDTH - RIGHT);
    const double step = tick_step(from, to);
    for (int k = 0; k <= 7; k++) {
        const double v = ceil(from / step - 1e-6) * step + k * step;
        if (v > to + 1e-9) break;
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f 15.5v4\"/>", place(v, from, to));
        ak_html_put(h, "<text x=\"%.1f\" y=\"12\" text-anchor=\"middle\">%.0f</text>", place(v, from, to),
                    100 * v);
    }
    ak_html_raw(h, "</svg>");
}

/* A value with its interval, or beyond the axis as a number at its edge. */
static void put_point(ak_html *h, const ak_figure *f, const ak_axes *along, const ak_trace *s, int64_t i,
                      double y)
{
    const double v = s->y[i], from = f->y0, to = f->y1;
    if (isnan(v)) return;
    if (v > to)
        ak_put_beyond(h, along->left + along->width, y + 3.5, "\xE2\x86\x92", v, "end");
    else if (v < from)
        ak_put_beyond(h, along->left, y + 3.5, "\xE2\x86\x90", v, "start");
    if (v > to || v < from) return;
    if (s->low && isfinite(s->low[i]) && isfinite(s->high[i]))
        ak_html_put(h, "<path class=\"span %s\" d=\"M%.1f %.1fH%.1f\"/>", s->class,
                    ak_at_x(along, fmin(to, fmax(from, s->low[i]))), y,
                    ak_at_x(along, fmin(to, fmax(from, s->high[i]))));
    ak_chart_mark(h, s->class, s->open, ak_at_x(along, v), y);
}

/* Values of y lie along the drawing, the groups down it. */
void ak_chart_groups(ak_html *h, const ak_figure *f, const ak_axes *a)
{
    double at[AK_TICKS], step;
    const int count = ak_ticks(f->y0, f->y1, f->log_y, false, 9, at, &step);
    const ak_axes along = { .x0 = f->y0, .x1 = f->y1, .left = a->left, .width = a->width, .log_x = f->log_y };
    const double base = a->top + a->height, row = a->height / (double)f->groups;
    for (int k = 0; k < count; k++) {
        const double x = ak_at_x(&along, at[k]);
        ak_html_put(h, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x, a->top, base);
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", x, base);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x, base + 17);
        ak_tick_number(h, at[k], step, false);
        ak_html_put(h, "%s</text>", f->y_unit);
    }
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fh%.1f\"/>", a->left, base, a->width);
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                a->left + a->width, base + 32, f->y_name);
    for (int64_t g = 0; g < f->groups; g++) {
        char name[AK_FIGURE_TEXT]; /* as much of it as there is room for */
        const double letters = fmin(AK_FIGURE_TEXT - 1, (a->left - 14) / LETTER);
        ak_show(f->group[g], strlen(f->group[g]), AK_HEAD, name, (size_t)fmax(8, letters + 2));
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", a->left - 8,
                    a->top + ((double)g + 0.5) * row + 4, name);
    }
    for (int t = 0; t < f->traces; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++) {
            const double apart = fmin(ROW, row / (f->traces + 1));
            put_point(h, f, &along, &f->trace[t], i,
                      a->top + (f->trace[t].x[i] + 0.5) * row + (t - 0.5 * (f->traces - 1)) * apart);
        }
}
