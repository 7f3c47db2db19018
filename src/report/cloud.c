/* SPDX-License-Identifier: Apache-2.0 */
/* report/cloud.c - the map of the items of a run as a chart. Items of one colour are one path of points: a
 * line of no length with a round end is a dot, in a dozen bytes. Colours and the way up are those of the
 * page (map_script.c). */
#include "report/cloud.h"

#include "base/plain.h"
#include "report/figures.h"
#include "report/style.h"

#include <string.h>

enum { COLOURS = 24 }; /* as many as the eye tells apart */
static const double LEAST = 1.6, MOST = 4;

/* Which items have one colour: classes, clusters, or all. */
typedef struct parts {
    const akin_report_map *m;
    const int32_t *of; /* [n], or NULL: there is one */
    int64_t n;
    int64_t *size; /* [n] items of each; negative: it has a colour of its own */
    int64_t kept[COLOURS];
    int colours;
} parts;

static bool holds(const parts *p, int64_t i) { return p->of[i] >= 0 && p->of[i] < p->n; }

/* The largest, as many as there are colours. Their order is that of their numbers. */
static void choose(parts *p)
{
    for (int64_t i = 0; i < p->m->n; i++)
        if (holds(p, i)) p->size[p->of[i]]++;
    for (int k = 0; k < COLOURS; k++) {
        int64_t most = -1;
        for (int64_t g = 0; g < p->n; g++)
            if (p->size[g] > 0 && (most < 0 || p->size[g] > p->size[most])) most = g;
        if (most < 0) break;
        p->size[most] = -p->size[most];
        p->colours++;
    }
    for (int64_t g = 0, k = 0; g < p->n; g++)
        if (p->size[g] < 0) p->kept[k++] = g;
}

/* The items of part g, or with g = -1 those of no colour of their own. */
static void add(ak_figure *f, const parts *p, int64_t g, const char *name, int64_t n)
{
    ak_trace *t = ak_figure_add(f, name, "c0", n, false);
    if (!t) return;
    t->lone = true;
    t->hue = (int)g;
    t->n = 0;
    for (int64_t i = 0; i < p->m->n && t->n < n; i++) {
        const bool own = p->of && holds(p, i) && p->size[p->of[i]] < 0;
        if (p->of && (own ? p->of[i] : -1) != g) continue;
        t->x[t->n] = (double)p->m->places.data[i * p->m->places.stride];
        t->y[t->n++] = (double)p->m->places.data[i * p->m->places.stride + 1];
    }
}

static void add_all(ak_figure *f, const parts *p)
{
    const akin_report_map *m = p->m;
    int64_t rest = m->n;
    for (int k = 0; k < p->colours; k++) {
        char number[40];
        const int64_t g = p->kept[k];
        const char *name = !m->cluster && m->class_name ? m->class_name(g, m->ctx) : NULL;
        if (m->cluster)
            snprintf(number, sizeof number, "cluster %lld", (long long)g + 1);
        else
            snprintf(number, sizeof number, "class %lld", (long long)g);
        add(f, p, g, name ? name : number, -p->size[g]);
        rest += p->size[g];
    }
    if (rest) add(f, p, p->of ? -1 : 0, p->of ? "others" : "items", rest);
}

/* The extent of the places, with a margin; *wide is the longer side. */
static void fit(ak_figure *f)
{
    double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
    for (int t = 0; t < f->traces; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++) {
            low[0] = fmin(low[0], f->trace[t].x[i]);
            high[0] = fmax(high[0], f->trace[t].x[i]);
            low[1] = fmin(low[1], f->trace[t].y[i]);
            high[1] = fmax(high[1], f->trace[t].y[i]);
        }
    const double longer = fmax(high[0] - low[0], high[1] - low[1]), margin = longer > 0 ? 0.02 * longer : 1;
    f->x0 = low[0] - margin;
    f->x1 = high[0] + margin;
    f->y0 = low[1] - margin;
    f->y1 = high[1] + margin;
}

void ak_figure_map(ak_figure *f, const ak_charts_of *of, int at)
{
    const akin_report_map *m = of->map;
    char title[2 * AK_FIGURE_TEXT] = "";
    ak_html words = { 0 };
    parts p = { .m = m,
                .of = m->cluster ? m->cluster : m->labels,
                .n = m->cluster ? m->clusters : m->classes };
    (void)at;
    ak_html_count(&words, (double)m->n);
    if (m->n < m->of) {
        ak_html_raw(&words, " of ");
        ak_html_count(&words, (double)m->of);
    }
    if (words.data)
        snprintf(title, sizeof title, "%s items of the %s part%s", words.data, m->split,
                 m->cluster  ? ", by cluster"
                 : m->labels ? ", by class"
                             : "");
    ak_figure_init(f, title, "near is like; far and directions mean little", title);
    f->items = m;
    p.size = p.of ? calloc((size_t)p.n + 1, sizeof *p.size) : NULL;
    f->failed = words.failed || (p.of && !p.size);
    if (!f->failed) {
        if (p.of) choose(&p);
        add_all(f, &p);
        fit(f);
    }
    free(words.data);
    free(p.size);
}

/* Drawing ------------------------------------------------------------------------------------------------ */

double ak_cloud_point(const ak_figure *f, double width, double height)
{
    return fmin(MOST, fmax(LEAST, 0.35 * sqrt(width * height / (double)f->items->n)));
}

void ak_cloud_mark(ak_html *h, const ak_trace *t, bool dark, double x, double y)
{
    char colour[7];
    ak_style_hue(t->hue, dark, colour);
    ak_html_put(h, "<circle fill=\"#%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>", colour, x, y);
}

void ak_chart_cloud(ak_html *h, const ak_figure *f, const ak_axes *a, bool dark)
{
    const double wide = f->x1 - f->x0, high = f->y1 - f->y0, scale = fmin(a->width / wide, a->height / high);
    const double left = a->left + (a->width - scale * wide) / 2,
                 top = a->top + (a->height - scale * high) / 2;
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", a->left, a->top - 8, f->y_name);
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                a->left + a->width, a->top + a->height + 16, f->x_name);
    ak_html_put(h, "<path class=\"grid\" d=\"M%.1f %.1fh%.1fv%.1fh%.1fz\"/>\n", a->left, a->top, a->width,
                a->height, -a->width);
    ak_html_put(h, "<g fill=\"none\" stroke-linecap=\"round\" stroke-opacity=\".8\" stroke-width=\"%.1f\">\n",
                ak_cloud_point(f, scale * wide, scale * high));
    for (int t = f->traces - 1; t >= 0; t--) { /* the last are those without a colour of their own */
        const ak_trace *s = &f->trace[t];
        char colour[7];
        ak_style_hue(s->hue, dark, colour);
        ak_html_put(h, "<path stroke=\"#%s\" d=\"", colour);
        for (int64_t i = 0; i < s->n; i++)
            ak_html_put(h, "M%.1f %.1fh0", left + scale * (s->x[i] - f->x0), top + scale * (s->y[i] - f->y0));
        ak_html_raw(h, "\"/>\n");
    }
    ak_html_raw(h, "</g>\n");
}
