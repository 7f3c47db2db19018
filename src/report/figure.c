/* SPDX-License-Identifier: Apache-2.0 */
/* report/figure.c - the parts of a figure and the extent of its axes. */
#include "report/figure.h"

#include "base/escape.h"

#include <float.h>
#include <string.h>

void ak_figure_name(char to[AK_FIGURE_TEXT], const char *text)
{
    ak_show(text, strlen(text), AK_HEAD, to, AK_FIGURE_TEXT);
}

void ak_figure_init(ak_figure *f, const char *title, const char *x_name, const char *y_name)
{
    *f = (ak_figure){ .y_unit = "", .x0 = NAN, .x1 = NAN, .y0 = NAN, .y1 = NAN, .way = { NAN, NAN } };
    ak_show(title, strlen(title), AK_HEAD, f->title, sizeof f->title);
    ak_figure_name(f->x_name, x_name);
    ak_figure_name(f->y_name, y_name);
}

void ak_figure_free(ak_figure *f)
{
    for (int t = 0; t < f->traces; t++) free(f->trace[t].x);
    free(f->trace);
    free(f->group);
    f->trace = NULL;
    f->group = NULL;
    f->traces = 0;
    f->groups = 0;
}

ak_trace *ak_figure_add(ak_figure *f, const char *name, const char *class, int64_t n, bool intervals)
{
    if (f->traces == f->room) {
        const int room = 2 * f->room + 4;
        ak_trace *more = realloc(f->trace, (size_t)room * sizeof *more);
        if (!more) {
            f->failed = true;
            return NULL;
        }
        f->trace = more;
        f->room = room;
    }
    const int parts = intervals ? 4 : 2;
    double *memory = ak_alloc(sizeof *memory, n + 1, parts);
    if (!memory) {
        f->failed = true;
        return NULL;
    }
    for (int64_t i = 0; i < parts * (n + 1); i++) memory[i] = NAN;
    ak_trace *t = &f->trace[f->traces++];
    *t = (ak_trace){ .class = class, .n = n, .x = memory, .y = memory + n + 1 };
    if (intervals) {
        t->low = memory + 2 * (n + 1);
        t->high = memory + 3 * (n + 1);
    }
    ak_figure_name(t->name, name);
    return t;
}

void ak_figure_level(ak_figure *f, const char *name, double y, bool below)
{
    if (isfinite(y) && f->levels < AK_FIGURE_LEVELS) f->level[f->levels++] = (ak_level){ name, y, below };
}

bool ak_figure_group(ak_figure *f, const char *name)
{
    char(*more)[AK_FIGURE_TEXT] = realloc(f->group, (size_t)(f->groups + 1) * sizeof *more);
    if (!more) {
        f->failed = true;
        return false;
    }
    f->group = more;
    ak_figure_name(f->group[f->groups++], name);
    return true;
}

static void widen(double x, bool log, double *lo, double *hi)
{
    if (!isfinite(x) || (log && !(x > 0))) return;
    if (x < *lo) *lo = x;
    if (x > *hi) *hi = x;
}

/* lo and hi with a margin on both sides, on the scale of the axis; a point becomes a stretch. */
static void pad(double *lo, double *hi, bool log, double below, double above)
{
    if (!(*hi >= *lo)) {
        *lo = log ? 1 : 0;
        *hi = log ? 10 : 1;
    }
    if (log) {
        const double a = log10(*lo), b = log10(*hi), span = b > a ? b - a : 1;
        *lo = pow(10, a - below * span);
        *hi = pow(10, b + above * span);
        return;
    }
    double span = *hi - *lo;
    if (!(span > 0)) {
        span = 2 * fmax(1e-3, 0.05 * fabs(*lo));
        *lo -= span / 2;
        *hi += span / 2;
    }
    *lo -= below * span;
    *hi += above * span;
}

void ak_figure_fit(ak_figure *f)
{
    double x0 = DBL_MAX, x1 = -DBL_MAX, y0 = DBL_MAX, y1 = -DBL_MAX;
    for (int t = 0; t < f->traces; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++) {
            const ak_trace *s = &f->trace[t];
            if (!isfinite(s->y[i])) continue;
            widen(s->x[i], f->log_x, &x0, &x1);
            widen(s->y[i], f->log_y, &y0, &y1);
            if (s->low) widen(s->low[i], f->log_y, &y0, &y1);
            if (s->high) widen(s->high[i], f->log_y, &y0, &y1);
        }
    for (int k = 0; k < f->levels; k++) widen(f->level[k].y, f->log_y, &y0, &y1);
    if (f->from_zero) widen(0, f->log_y, &y0, &y1);
    const bool zero = f->from_zero && y0 == 0;
    pad(&x0, &x1, f->log_x, 0.04, 0.04);
    pad(&y0, &y1, f->log_y, zero ? 0 : 0.08, 0.08);
    if (isnan(f->x0)) f->x0 = x0;
    if (isnan(f->x1)) f->x1 = x1;
    if (isnan(f->y0)) f->y0 = y0;
    if (isnan(f->y1)) f->y1 = y1;
}

bool ak_figure_empty(const ak_figure *f)
{
    for (int t = 0; t < f->traces; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++)
            if (isfinite(f->trace[t].y[i])) return false;
    return true;
}
