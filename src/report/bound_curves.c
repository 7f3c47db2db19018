/* SPDX-License-Identifier: Apache-2.0 */
/* report/bound_curves.c - how what is measured (solid) and its bounds (dashed) move, against the step or the
 * number of negatives: a panel for each quantity, its axes named, its legend, and its numbers as a table.
 * A bound far beyond leaves the drawing at a broken axis; where all is positive and ranges wide, the axis is
 * logarithmic (report/scale.h). */
#include "report/bound.h"
#include "report/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BOUNDS = 5 };

static const double LEFT = 50, TOP = 22, WIDTH = 250, HEIGHT = 112;

/* One panel: a quantity and up to so many bounds of it. */
typedef struct panel {
    const ak_bound_series *series;
    const ak_bound *of[MOST_BOUNDS];
    size_t bounds;
    double measured[AK_BOUND_PLACES], value[MOST_BOUNDS][AK_BOUND_PLACES], reference[AK_BOUND_PLACES];
    ak_scale x, y;
} panel;

static const akin_json *row_named(const akin_json *line, const char *name)
{
    size_t i;
    akin_json *row;
    AKIN_JSON_ITEMS(akin_json_get(line, "bounds"), i, row)
    {
        const char *own = akin_json_get_text(row, "name");
        if (own && strcmp(own, name) == 0) return row;
    }
    return NULL;
}

/* A bound; infinity where only its logarithm is a number. */
static double bound_of(const akin_json *row)
{
    const double value = akin_json_get_real(row, "value");
    return isnan(value) && isfinite(akin_json_get_real(row, "log_value")) ? INFINITY : value;
}

/* Numbers ------------------------------------------------------------------------------------------------ */

static void put_place(ak_html *h, double x)
{
    if (x == floor(x))
        ak_html_count(h, x);
    else
        ak_html_put(h, "%.4g", x);
}

static void read_panel(panel *p)
{
    for (size_t i = 0; i < p->series->n; i++) {
        p->measured[i] = p->reference[i] = NAN;
        for (size_t b = 0; b < p->bounds; b++) {
            const akin_json *row = row_named(p->series->lines[i], p->of[b]->words.name);
            p->value[b][i] = bound_of(row);
            if (isnan(p->measured[i])) p->measured[i] = akin_json_get_real(row, "measured");
            if (isnan(p->reference[i])) p->reference[i] = akin_json_get_real(row, "reference");
        }
    }
}

static void fit(panel *p)
{
    double core[2 * AK_BOUND_PLACES], seen[(MOST_BOUNDS + 2) * AK_BOUND_PLACES];
    const size_t n = p->series->n;
    for (size_t i = 0; i < n; i++) {
        core[2 * i] = seen[2 * i] = p->measured[i];
        core[2 * i + 1] = seen[2 * i + 1] = p->reference[i];
        for (size_t b = 0; b < p->bounds; b++) seen[(2 + b) * n + i] = p->value[b][i];
    }
    p->y = ak_scale_of(core, 2 * n, seen, (2 + p->bounds) * n);
    p->x = (ak_scale){ .from = p->series->x[0], .to = p->series->x[n - 1] };
    if (!p->series->log_x) p->x.from = fmin(0, p->x.from);
    if (!p->series->log_x || !(p->x.from > 0)) return;
    p->x.log = true;
    p->x.from = log10(p->x.from);
    p->x.to = log10(p->x.to);
}

static double at_x(const panel *p, double x) { return LEFT + ak_scale_share(&p->x, x) * WIDTH; }
static double at_y(const panel *p, double y) { return TOP + (1 - ak_scale_share(&p->y, y)) * HEIGHT; }

/* Drawing ------------------------------------------------------------------------------------------------ */

/* A line through what is on the axis; what lies beyond leaves it at its edge. */
static void line(ak_html *h, const panel *p, const char *class, const double *y)
{
    bool open = false, any = false;
    for (size_t i = 0; i < p->series->n; i++) {
        if (isnan(y[i])) {
            open = false;
            continue;
        }
        if (!any) ak_html_put(h, "<path class=\"%s\" d=\"", class);
        ak_html_put(h, open ? " %.1f %.1f" : "M%.1f %.1f", at_x(p, p->series->x[i]), at_y(p, y[i]));
        if (!open && (i + 1 == p->series->n || isnan(y[i + 1]))) ak_html_raw(h, "h.1"); /* a point */
        open = any = true;
    }
    if (any) ak_html_raw(h, "\"/>");
}

/* Ticks at the places themselves, where these are few and spaced by their logarithm. */
static void x_axis(ak_html *h, const panel *p)
{
    double tick[AK_SCALE_TICKS];
    const double base = TOP + HEIGHT;
    int ticks = ak_scale_ticks(&p->x, 5, tick);
    if (p->x.log && p->series->n <= 8) {
        ticks = (int)p->series->n;
        memcpy(tick, p->series->x, p->series->n * sizeof *tick);
    }
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fh%.1f\"/>", LEFT, base, WIDTH);
    for (int k = 0; k < ticks; k++) {
        ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", at_x(p, tick[k]), base);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", at_x(p, tick[k]), base + 16);
        put_place(h, tick[k]);
        ak_html_raw(h, "</text>");
    }
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT + WIDTH,
                base + 30, p->series->x_name);
}

static void y_axis(ak_html *h, const panel *p)
{
    double tick[AK_SCALE_TICKS];
    const int ticks = ak_scale_ticks(&p->y, 5, tick);
    ak_html_put(h, "<text class=\"name\" x=\"2\" y=\"12\">%s%s</text>", p->of[0]->words.unit,
                p->y.log ? ", logarithmic" : "");
    ak_html_put(h, "<path class=\"axis\" d=\"M%.1f %.1fv%.1f\"/>", LEFT, TOP, HEIGHT);
    for (int k = 0; k < ticks; k++) {
        ak_html_put(h, "<path class=\"grid\" d=\"M%.1f %.1fh%.1f\"/>", LEFT, at_y(p, tick[k]), WIDTH);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6, at_y(p, tick[k]) + 3.5);
        ak_scale_number(h, &p->y, tick[k]);
        ak_html_raw(h, "</text>");
    }
    if (p->y.above)
        ak_html_put(h, "<path class=\"break\" d=\"M%.1f %.1fl8 -4m-8 -1l8 -4\"/>", LEFT - 4, TOP + 9);
    if (p->y.below)
        ak_html_put(h, "<path class=\"break\" d=\"M%.1f %.1fl8 -4m-8 -1l8 -4\"/>", LEFT - 4,
                    TOP + HEIGHT - 3);
}

/* The farthest value beyond the axis, at its edge. */
static void beyond(ak_html *h, const panel *p, int side)
{
    double most = NAN;
    for (size_t b = 0; b < p->bounds; b++)
        for (size_t i = 0; i < p->series->n; i++) {
            const double v = p->value[b][i];
            if (isnan(v) || ak_scale_beyond(&p->y, v) != side) continue;
            if (isnan(most) || side * v > side * most) most = v;
        }
    if (isnan(most)) return;
    ak_html_put(h, "<text class=\"far\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">", LEFT + WIDTH,
                side > 0 ? TOP - 3 : TOP + HEIGHT - 4);
    ak_html_raw(h, side > 0 ? "\xE2\x86\x91 up to " : "\xE2\x86\x93 down to ");
    if (isfinite(most))
        ak_html_loss(h, most);
    else
        ak_html_raw(h, "more than 1e308");
    ak_html_raw(h, "</text>");
}

static void draw(ak_html *h, const panel *p)
{
    const size_t last = p->series->n - 1;
    ak_html_put(h,
                "<svg class=\"small\" viewBox=\"0 0 312 168\" role=\"img\" aria-label=\"%s against the %s: ",
                p->of[0]->words.what, p->series->x_name);
    ak_html_loss(h, p->measured[0]);
    ak_html_raw(h, " to ");
    ak_html_loss(h, p->measured[last]);
    ak_html_put(h, ", with %d bound%s; the numbers are in the table below\">", (int)p->bounds,
                p->bounds == 1 ? "" : "s");
    y_axis(h, p);
    x_axis(h, p);
    line(h, p, "refer", p->reference);
    for (size_t b = 0; b < p->bounds; b++) {
        char class[32];
        snprintf(class, sizeof class, "line dash%d c%d", (int)b, (int)b + 1);
        line(h, p, class, p->value[b]);
    }
    line(h, p, "line c0", p->measured);
    beyond(h, p, 1);
    beyond(h, p, -1);
    ak_html_raw(h, "</svg>\n");
}

static void key(ak_html *h, const char *class)
{
    ak_html_put(h,
                "<li><svg class=\"line-key\" viewBox=\"0 0 30 8\" aria-hidden=\"true\"><path class=\"%s\" "
                "d=\"M1 4h28\"/></svg>",
                class);
}

static void legend(ak_html *h, const panel *p)
{
    bool reference = false;
    for (size_t i = 0; i < p->series->n; i++) reference = reference || isfinite(p->reference[i]);
    ak_html_raw(h, "<ul class=\"legend lines\" aria-label=\"Lines\">");
    key(h, "line c0");
    ak_html_raw(h, "<span>measured</span></li>");
    for (size_t b = 0; b < p->bounds; b++) {
        char class[32];
        snprintf(class, sizeof class, "line dash%d c%d", (int)b, (int)b + 1);
        key(h, class);
        ak_html_put(h, "<span>%s %s", p->of[b]->lower ? "at least:" : "at most:",
                    p->of[b]->words.title ? p->of[b]->words.title : p->of[b]->words.name);
        ak_bound_paper(h, p->of[b]);
        ak_html_raw(h, "</span></li>");
    }
    if (reference) {
        key(h, "refer");
        ak_html_raw(h, "<span>chance, or the least there is</span></li>");
    }
    ak_html_raw(h, "</ul>\n");
}

static void numbers(ak_html *h, const panel *p)
{
    ak_html_put(h,
                "<details><summary>Numbers<span class=\"sr\"> of %s</span></summary><div class=\"scroll\" "
                "role=\"group\" tabindex=\"0\" aria-label=\"%s\"><table class=\"compare\"><thead><tr><th "
                "scope=\"col\">%s</th><th scope=\"col\">measured</th>",
                p->of[0]->words.what, p->of[0]->words.what, p->series->x_name);
    for (size_t b = 0; b < p->bounds; b++)
        ak_html_put(h, "<th scope=\"col\"><code>%s</code></th>", p->of[b]->words.name);
    ak_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < p->series->n; i++) {
        ak_html_raw(h, "<tr><th scope=\"row\">");
        put_place(h, p->series->x[i]);
        ak_html_raw(h, "</th><td>");
        ak_html_loss(h, p->measured[i]);
        for (size_t b = 0; b < p->bounds; b++) {
            ak_html_raw(h, "</td><td>");
            if (isinf(p->value[b][i]))
                ak_html_put(
                    h, "e^%.4g",
                    akin_json_get_real(row_named(p->series->lines[i], p->of[b]->words.name), "log_value"));
            else
                ak_html_loss(h, p->value[b][i]);
        }
        ak_html_raw(h, "</td></tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div></details>\n");
}

static void put_panel(ak_html *h, panel *p)
{
    bool any = false;
    read_panel(p);
    for (size_t i = 0; i < p->series->n; i++) any = any || isfinite(p->measured[i]);
    if (!any) return;
    fit(p);
    ak_html_put(h, "<figure><h4>%s</h4>\n", p->of[0]->words.what);
    draw(h, p);
    legend(h, p);
    numbers(h, p);
    ak_html_raw(h, "</figure>\n");
}

/* Panels ------------------------------------------------------------------------------------------------- */

static bool same_axis(const ak_bound *a, const ak_bound *b)
{
    return strcmp(a->words.what, b->words.what) == 0 && strcmp(a->words.unit, b->words.unit) == 0;
}

static void put_quantity(ak_html *h, const ak_bound_series *s, const ak_bound *all, size_t count,
                         size_t first, unsigned sorts)
{
    panel p = { .series = s };
    for (size_t i = first; i < count; i++) {
        if (!(sorts >> all[i].sort & 1) || !same_axis(&all[i], &all[first])) continue;
        p.of[p.bounds++] = &all[i];
        if (p.bounds < MOST_BOUNDS) continue;
        put_panel(h, &p);
        p.bounds = 0;
    }
    if (p.bounds) put_panel(h, &p);
}

void ak_bounds_curves(ak_html *h, const ak_bound_series *s, const ak_bound *all, size_t count, unsigned sorts,
                      const char *id)
{
    if (s->n < 1 || s->n > AK_BOUND_PLACES) return;
    ak_html_put(h, "<div class=\"panels theory\" id=\"%s\">\n", id);
    for (size_t i = 0; i < count; i++) {
        bool first = sorts >> all[i].sort & 1;
        for (size_t j = 0; j < i && first; j++)
            first = !(sorts >> all[j].sort & 1) || !same_axis(&all[j], &all[i]);
        if (first) put_quantity(h, s, all, count, i, sorts);
    }
    ak_html_raw(h, "</div>\n");
}

static void append(akin_json *list, double x)
{
    akin_json_append(list, isfinite(x) ? akin_json_real(x) : akin_json_null());
}

akin_json *ak_bounds_series_json(const ak_bound_series *s, const ak_bound *all, size_t count)
{
    akin_json *root = akin_json_object(), *x = akin_json_array(), *rows = akin_json_object();
    for (size_t i = 0; i < s->n; i++) append(x, s->x[i]);
    for (size_t r = 0; r < count; r++) {
        static const char *const KEY[] = { "measured", "value", "log_value", "reference" };
        akin_json *row = akin_json_object();
        for (size_t k = 0; k < sizeof KEY / sizeof *KEY; k++) {
            akin_json *list = akin_json_array();
            for (size_t i = 0; i < s->n; i++)
                append(list, akin_json_get_real(row_named(s->lines[i], all[r].words.name), KEY[k]));
            akin_json_put(row, KEY[k], list);
        }
        akin_json_put(rows, all[r].words.name, row);
    }
    akin_json_put(root, s->x_name, x);
    akin_json_put(root, "rows", rows);
    return root;
}
