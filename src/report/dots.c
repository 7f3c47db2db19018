/* SPDX-License-Identifier: Apache-2.0 */
/* report/dots.c - accuracies and their intervals on a common axis, one small drawing a table row. Shape as
 * well as colour tells what is what: square = raw pixels, open circle = random encoder, full circle =
 * trained. */
#include "report/chart.h"

#include <math.h>

static const double WIDTH = 208, LEFT = 10, RIGHT = 10, ROW = 10;

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
        if (i == 0)
            ak_html_put(h, "<rect class=\"dot %s\" x=\"%.1f\" y=\"%.1f\" width=\"6\" height=\"6\"/>",
                        CLASS[i], x - 3, y - 3);
        else
            ak_html_put(h, "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\"/>", CLASS[i], x, y);
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
