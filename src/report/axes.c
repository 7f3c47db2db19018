/* SPDX-License-Identifier: Apache-2.0 */
/* report/axes.c - ticks at steps of 1, 2 or 5 times a power of ten; on a logarithmic axis at powers of ten,
 * and where these are few at twice and five times them. */
#include "report/axes.h"

#include "base/plain.h"
#include "report/chart.h"

enum { PLACES = 12, NUMBER = 28 }; /* NUMBER: px that the number of a tick takes */

static double share(double v, double from, double to, bool log)
{
    return log ? (log10(v) - log10(from)) / (log10(to) - log10(from)) : (v - from) / (to - from);
}

double ak_at_x(const ak_axes *a, double x) { return a->left + share(x, a->x0, a->x1, a->log_x) * a->width; }

double ak_at_y(const ak_axes *a, double y)
{
    const double part = a->log_y && !(y > 0) ? 0 : share(y, a->y0, a->y1, a->log_y);
    return a->top + (1 - fmin(1, fmax(0, part))) * a->height;
}

static int log_ticks(double lo, double hi, int most, double at[AK_TICKS])
{
    static const double FACTOR[] = { 1, 2, 5 };
    const int first = (int)floor(log10(lo)), last = (int)ceil(log10(hi)), decades = last - first;
    const int parts = decades <= (most > 5 ? 3 : 2) ? 3 : 1, stride = decades / (most > 1 ? most : 1) + 1;
    int used = 0;
    for (int d = first; d <= last; d += parts == 3 ? 1 : stride)
        for (int k = 0; k < parts; k++) {
            const double v = FACTOR[k] * pow(10, d);
            if (v >= lo * (1 - 1e-9) && v <= hi * (1 + 1e-9) && used < AK_TICKS) at[used++] = v;
        }
    return used;
}

int ak_ticks(double lo, double hi, bool log, bool whole, int most, double at[AK_TICKS], double *step)
{
    *step = 0;
    if (log) return log_ticks(lo, hi, most, at);
    *step = fmax(whole ? 1 : 0, ak_nice_step(hi - lo, most));
    const double first = ceil(lo / *step - 1e-9) * *step;
    int used = 0;
    for (int k = 0; k <= most && used < AK_TICKS;
         k++) { /* counted: v += step stands still where step is below an ulp */
        const double v = first + k * *step;
        if (!(v <= hi + *step * 1e-9)) break;
        at[used++] = v;
    }
    return used;
}

static int decimals(double step) { return step >= 1 ? 0 : (int)fmin(6, ceil(-log10(step) - 1e-9)); }

void ak_tick_number(ak_html *h, double v, double step, bool short_thousands)
{
    char number[64];
    if (short_thousands && step >= 1000 && fmod(step, 1000) == 0 && v > 0) {
        ak_html_put(h, "%.0fk", v / 1000);
        return;
    }
    if (step == 0) { /* logarithmic */
        if (v >= 1 && v < 1e5)
            ak_html_count(h, v);
        else
            ak_html_put(h, "%.4g", v);
        return;
    }
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

static int upwards(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

int ak_ticks_at_places(const ak_figure *f, double at[AK_TICKS])
{
    int used = 0;
    for (int t = 0; t < f->traces && f->at_places; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++) {
            bool seen = false;
            for (int k = 0; k < used && !seen; k++) seen = at[k] == f->trace[t].x[i];
            if (seen) continue;
            if (used == PLACES) return 0;
            at[used++] = f->trace[t].x[i];
        }
    if (used) qsort(at, (size_t)used, sizeof *at, upwards);
    return used;
}

void ak_ticks_x(ak_html *h, const ak_axes *a, const ak_figure *f, int most, bool named)
{
    double at[AK_TICKS], step;
    int count = ak_ticks_at_places(f, at);
    const bool places = count > 0;
    if (!places) count = ak_ticks(a->x0, a->x1, a->log_x, f->whole, most, at, &step);
    const double base = a->top + a->height;
    double last = -INFINITY;
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fh%.1f\"/>", a->left, base, a->width);
    for (int k = 0; k < count; k++) {
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", ak_at_x(a, at[k]), base);
        if (places && ak_at_x(a, at[k]) < last + NUMBER) continue;
        last = ak_at_x(a, at[k]);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", ak_at_x(a, at[k]), base + 17);
        ak_tick_number(h, at[k], places ? 0 : step, f->whole);
        ak_html_raw(h, "</text>");
    }
    if (named)
        ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    a->left + a->width, base + 32, f->x_name);
}

void ak_ticks_y(ak_html *h, const ak_axes *a, const ak_figure *f, int most)
{
    double at[AK_TICKS], step;
    const int count = ak_ticks(a->y0, a->y1, a->log_y, false, most, at, &step);
    for (int k = 0; k < count; k++) {
        const double y = ak_at_y(a, at[k]);
        ak_html_put(h, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>", a->left, y, a->width);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", a->left - 6, y + 3.5);
        ak_tick_number(h, at[k], step, false);
        ak_html_put(h, "%s</text>", f->y_unit);
    }
}

void ak_put_beyond(ak_html *h, double x, double y, const char *arrow, double value, const char *anchor)
{
    ak_html_put(h, "<text class=\"far\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s ", x, y, anchor, arrow);
    if (isfinite(value))
        ak_html_loss(h, value);
    else
        ak_html_raw(h, "more than 1e308");
    ak_html_raw(h, "</text>");
}
