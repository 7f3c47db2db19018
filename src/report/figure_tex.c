/* SPDX-License-Identifier: Apache-2.0 */
/* report/figure_tex.c - a figure as a tikzpicture of pgfplots: the same axes, traces and levels, in a form
 * that can be edited and takes the fonts of the paper. */
#include "report/figure.h"

#include "base/latex.h"
#include "base/plain.h"
#include "report/axes.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/style.h"

#include <string.h>

enum { POINTS = 5000 };         /* of a map: more than these take more memory than TeX comes with */
static const double PT = 28.45; /* of a centimetre */
enum { COLUMNS = 240 };         /* of pixels that a long series is thinned to */

static void put(ak_html *h, const char *format, ...) AK_PRINTF(2, 3);
static void put(ak_html *h, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    ak_vsnprintf(line, sizeof line, format, list);
    va_end(list);
    ak_html_raw(h, line);
}

static void put_text(ak_html *h, const char *text)
{
    char *latex = ak_latex_text(text);
    if (latex)
        ak_html_raw(h, latex);
    else
        h->failed = true;
    free(latex);
}

static void put_number(ak_html *h, double x)
{
    char text[40];
    ak_snprintf(text, sizeof text, "%.7g", x);
    ak_html_raw(h, isfinite(x) ? text : "nan");
}

static void put_axis(ak_html *h, const ak_figure *f, double width, double height)
{
    /* The names of groups stand outside of the plot, numbers within its width. */
    put(h, "\\begin{axis}[width=%.4gcm, height=%.4gcm,%s\n", f->groups ? 0.5 * width : width, height,
        f->groups ? " scale only axis," : "");
    ak_html_raw(
        h, "  axis x line*=bottom, axis y line*=left, grid=major, grid style={gray!25}, tick align=outside,\n"
           "  label style={font=\\small}, tick label style={font=\\footnotesize}, scaled ticks=false,\n");
    put(h,
        "  legend style={draw=none, font=\\footnotesize, at={(0.5,1.02)}, anchor=south}, legend "
        "columns=%d,\n",
        f->traces <= 4 ? f->traces : 3);
    ak_html_raw(h, "  legend cell align=left,\n");
    const char *y = f->groups ? "x" : "y";
    if (!f->groups) {
        ak_html_raw(h, "  xlabel={");
        put_text(h, f->x_name);
        ak_html_raw(h, "},\n");
        put(h, "  xmin=%.7g, xmax=%.7g,%s\n", f->x0, f->x1,
            f->log_x ? " xmode=log, log ticks with fixed point," : "");
        double at[AK_TICKS];
        const int places = ak_ticks_at_places(f, at);
        for (int k = 0; k < places; k++) put(h, "%s%.7g", k ? "," : "  xtick={", at[k]);
        if (places) ak_html_raw(h, "},\n");
    } else {
        put(h, "  ymin=-0.5, ymax=%.7g, y dir=reverse, ytick={0", (double)f->groups - 0.5);
        for (int64_t g = 1; g < f->groups; g++) put(h, ",%d", (int)g);
        ak_html_raw(h, "}, yticklabels={");
        for (int64_t g = 0; g < f->groups; g++) {
            ak_html_raw(h, g ? ",{" : "{");
            put_text(h, f->group[g]);
            ak_html_raw(h, "}");
        }
        ak_html_raw(h, "},\n");
    }
    put(h, "  %slabel={", y);
    put_text(h, f->y_name);
    put(h, "},\n  %smin=%.7g, %smax=%.7g,%s unbounded coords=jump]\n", y, f->y0, y, f->y1,
        !f->log_y   ? ""
        : f->groups ? " xmode=log,"
                    : " ymode=log,");
}

/* One point: place and value, in the order of the axes. */
static void put_pair(ak_html *h, const ak_figure *f, double x, double y)
{
    put_number(h, f->groups ? y : x);
    ak_html_raw(h, " ");
    put_number(h, f->groups ? x : y);
}

static void put_line(ak_html *h, const ak_figure *f, const char *style, const double *x, const double *y,
                     int64_t n)
{
    put(h, "\\addplot[%s] table {\n", style);
    for (int64_t i = 0; i < n; i++) {
        put_pair(h, f, x[i], y[i]);
        ak_html_raw(h, "\n");
    }
    ak_html_raw(h, "};\n");
}

static bool is_beyond(const ak_figure *f, double y) { return y > f->y1 || y < f->y0; }

/* What lies beyond a broken axis is a number at its end. */
static void put_beyond(ak_html *h, const ak_figure *f, const ak_trace *t)
{
    for (int64_t i = 0; i < t->n && f->groups; i++) {
        if (!is_beyond(f, t->y[i])) continue;
        const bool over = t->y[i] > f->y1;
        put(h, "\\node[anchor=%s, font=\\footnotesize, inner sep=1pt] at (axis cs:%.7g,%.7g) {%s",
            over ? "east" : "west", over ? f->y1 : f->y0, t->x[i],
            over ? "$\\rightarrow$ " : "$\\leftarrow$ ");
        isfinite(t->y[i]) ? put(h, "%.4g};\n", t->y[i]) : ak_html_raw(h, "over 1e308};\n");
    }
}

static void put_intervals(ak_html *h, const ak_figure *f, const ak_trace *t, const char *style, double shift)
{
    const char *axis = f->groups ? "x" : "y";
    put(h,
        "\\addplot[%s, error bars/.cd, %s dir=both, %s explicit]\n  table[%s error plus index=2, %s error "
        "minus index=3] {\n",
        style, axis, axis, axis, axis);
    for (int64_t i = 0; i < t->n; i++) {
        if (is_beyond(f, t->y[i])) continue;
        put_pair(h, f, t->x[i] + shift, t->y[i]);
        ak_html_raw(h, " ");
        put_number(h, isfinite(t->high[i]) ? t->high[i] - t->y[i] : 0);
        ak_html_raw(h, " ");
        put_number(h, isfinite(t->low[i]) ? t->y[i] - t->low[i] : 0);
        ak_html_raw(h, "\n");
    }
    ak_html_raw(h, "};\n");
}

static void put_trace(ak_html *h, const ak_figure *f, int at)
{
    const ak_trace *t = &f->trace[at];
    ak_lines l;
    char colour[7], style[160];
    const char *mark = strcmp(t->class, "b0") == 0              ? "square*"
                       : t->open || strcmp(t->class, "b1") == 0 ? "o"
                                                                : "*";
    ak_style_colour(t->class, colour);
    if (!ak_lines_make(&l, t->x, t->y, t->n, COLUMNS)) {
        h->failed = true;
        return;
    }
    put(h, "\\definecolor{akin%d}{HTML}{", at);
    for (const char *c = colour; *c; c++) put(h, "%c", *c >= 'a' ? *c - 32 : *c);
    ak_html_raw(h, "}\n");
    snprintf(style, sizeof style, "color=akin%d, %s%s%s", at, t->lone ? "only marks, " : "thick, ",
             t->dashed ? "dashed, " : "", t->marks || t->lone ? "mark=" : "mark=none");
    if (t->marks || t->lone)
        snprintf(style + strlen(style), sizeof style - strlen(style), "%s, mark size=1.6pt", mark);
    if (t->smooth) {
        char thin[80];
        snprintf(thin, sizeof thin, "color=akin%d, very thin, opacity=0.4, mark=none, forget plot", at);
        if (l.window > 1 && f->traces <= 3) put_line(h, f, thin, l.x, l.y, l.n);
        put_line(h, f, style, l.mean_x, l.mean_y, l.means);
    } else if (t->low)
        put_intervals(h, f, t, style, f->groups ? 0.18 * (at - 0.5 * (f->traces - 1)) : 0);
    else
        put_line(h, f, style, l.x, l.y, l.n);
    put_beyond(h, f, t);
    if (f->traces > 1) {
        ak_html_raw(h, "\\addlegendentry{");
        put_text(h, t->name);
        ak_html_raw(h, "}\n");
    }
    ak_lines_free(&l);
}

static void put_level(ak_html *h, const ak_figure *f, const ak_level *l)
{
    put(h, "\\addplot[black, thin, mark=none, forget plot%s] coordinates {(%.7g,%.7g) (%.7g,%.7g)}\n",
        l->below ? "" : ", dashed", f->x0, l->y, f->x1, l->y);
    put(h, "  node[pos=1, %s left, font=\\footnotesize, inner sep=2pt] {", l->below ? "below" : "above");
    put_text(h, l->name);
    put(h, " %.4g};\n", l->y);
}

/* A map ------------------------------------------------------------------------------------------------- */

static void put_map_axis(ak_html *h, const ak_figure *f, double width, double height)
{
    put(h,
        "\\begin{axis}[width=%.4gcm, height=%.4gcm, axis equal image, ticks=none, y "
        "dir=reverse,\n",
        width, height);
    put(h, "  xmin=%.5g, xmax=%.5g, ymin=%.5g, ymax=%.5g, axis line style={gray!40},\n", f->x0, f->x1, f->y0,
        f->y1);
    ak_html_raw(h,
                "  legend style={draw=none, font=\\footnotesize, at={(0.5,1.02)}, anchor=south}, legend cell "
                "align=left,\n");
    put(h, "  legend columns=%d, legend image post style={mark size=2pt},\n", f->traces <= 5 ? f->traces : 5);
    ak_html_raw(h, "  xlabel style={font=\\footnotesize, align=center}, xlabel={");
    put_text(h, f->y_name);
    ak_html_raw(h, "\\\\");
    put_text(h, f->x_name);
    ak_html_raw(h, "}]\n");
}

static void put_points(ak_html *h, const ak_figure *f, int at, double size)
{
    const ak_trace *t = &f->trace[at];
    const int64_t step = (f->items->n + POINTS - 1) / POINTS;
    char colour[7];
    ak_style_hue(t->hue, false, colour);
    put(h, "\\definecolor{akin%d}{HTML}{", at);
    for (const char *c = colour; *c; c++) put(h, "%c", *c >= 'a' ? *c - 32 : *c);
    put(h, "}\n\\addplot[color=akin%d, only marks, mark=*, mark size=%.2gpt, line width=0.1pt] table {\n", at,
        size);
    for (int64_t i = 0; i < t->n; i += step) put(h, "%.5g %.5g\n", t->x[i], t->y[i]);
    ak_html_raw(h, "};\n");
    if (f->traces < 2) return;
    ak_html_raw(h, "\\addlegendentry{");
    put_text(h, t->name);
    ak_html_raw(h, "}\n");
}

static void put_map(ak_html *h, const ak_figure *f, double width, double height)
{
    if (f->items->n > POINTS)
        put(h, "%% one of %lld items is a point here; the .svg and the .csv have all\n",
            (long long)((f->items->n + POINTS - 1) / POINTS));
    put_map_axis(h, f, width, height);
    const double shown = fmin(POINTS, (double)f->items->n);
    for (int t = 0; t < f->traces; t++)
        put_points(h, f, t, 0.5 * fmin(2, fmax(0.8, 0.35 * PT * sqrt(width * height / shown))));
}

akin_status ak_figure_tex(ak_figure *f, double width, double height, char **out, size_t *bytes,
                          akin_error *err)
{
    ak_html h = { 0 };
    ak_figure_fit(f);
    put(&h, "%% %s; akin %s. In the preamble: \\usepackage{pgfplots}\\pgfplotsset{compat=1.16}\n",
        "akin plot", akin_version());
    ak_html_raw(&h, "\\begin{tikzpicture}\n");
    if (f->items)
        put_map(&h, f, width, height);
    else
        put_axis(&h, f, width, height);
    for (int t = 0; t < f->traces && !f->items; t++) put_trace(&h, f, t);
    for (int k = 0; k < f->levels; k++) put_level(&h, f, &f->level[k]);
    ak_html_raw(&h, "\\end{axis}\n\\end{tikzpicture}\n");
    if (h.failed || f->failed) {
        free(h.data);
        return ak_no_memory(err, "for a chart in TeX");
    }
    *out = h.data;
    *bytes = h.used;
    return AKIN_OK;
}
