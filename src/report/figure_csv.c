/* SPDX-License-Identifier: Apache-2.0 */
/* report/figure_csv.c - the numbers of a figure as CSV [RFC 4180]: a row for each x that any trace has, empty
 * where one has nothing there. */
#include "report/figure.h"

#include "base/plain.h"
#include "report/html.h"

#include <string.h>

/* A field, after a comma unless it is the first: quoted where it has to be. */
static void field(ak_html *h, const char *text, bool first)
{
    if (!first) ak_html_raw(h, ",");
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted) ak_html_raw(h, "\"");
    for (const char *c = text; *c; c++) ak_html_bytes(h, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    if (quoted) ak_html_raw(h, "\"");
}

static void number(ak_html *h, double x, bool first)
{
    char text[32] = "";
    if (!isnan(x)) ak_exact_text(text, sizeof text, x);
    field(h, text, first);
}

static void head(ak_html *h, const ak_figure *f)
{
    field(h, f->x_name, true);
    for (int t = 0; t < f->traces; t++) {
        const ak_trace *s = &f->trace[t];
        static const char *const PART[] = { "", " low", " high" };
        for (int k = 0; k < (s->low ? 3 : 1); k++) {
            char name[AK_FIGURE_TEXT + 8];
            snprintf(name, sizeof name, "%s%s", s->name, PART[k]);
            field(h, name, false);
        }
    }
    for (int k = 0; k < f->levels; k++) field(h, f->level[k].name, false);
    ak_html_raw(h, "\r\n");
}

/* The next x of any trace from where each stands; NaN after the last. */
static double next_x(const ak_figure *f, const int64_t *at)
{
    double x = NAN;
    for (int t = 0; t < f->traces; t++)
        if (at[t] < f->trace[t].n && !(f->trace[t].x[at[t]] >= x)) x = f->trace[t].x[at[t]];
    return x;
}

static void row(ak_html *h, const ak_figure *f, double x, int64_t *at)
{
    if (f->groups)
        field(h, f->group[(int64_t)x], true);
    else
        number(h, x, true);
    for (int t = 0; t < f->traces; t++) {
        const ak_trace *s = &f->trace[t];
        const bool here = at[t] < s->n && s->x[at[t]] == x;
        number(h, here ? s->y[at[t]] : NAN, false);
        if (s->low) number(h, here ? s->low[at[t]] : NAN, false);
        if (s->low) number(h, here ? s->high[at[t]] : NAN, false);
        at[t] += here;
    }
    for (int k = 0; k < f->levels; k++) number(h, f->level[k].y, false);
    ak_html_raw(h, "\r\n");
}

/* Each item of a map: its name, its place, and of what it is. Nine digits read a float back as it is. */
static void put_items(ak_html *h, const akin_report_map *m)
{
    char text[40];
    ak_html_raw(h, m->labels ? "item,x,y,class" : "item,x,y");
    ak_html_raw(h, m->cluster ? ",cluster\r\n" : "\r\n");
    for (int64_t i = 0; i < m->n; i++) {
        field(h, m->item(i, m->ctx), true);
        for (int c = 0; c < 2; c++) {
            ak_snprintf(text, sizeof text, "%.9g", (double)m->places.data[i * m->places.stride + c]);
            field(h, text, false);
        }
        if (m->labels) {
            const char *name =
                m->class_name && m->labels[i] >= 0 ? m->class_name(m->labels[i], m->ctx) : NULL;
            snprintf(text, sizeof text, "%d", m->labels[i]);
            field(h, name ? name : text, false);
        }
        snprintf(text, sizeof text, "%d", m->cluster && m->cluster[i] >= 0 ? m->cluster[i] + 1 : 0);
        if (m->cluster) field(h, m->cluster[i] < 0 ? "" : text, false);
        ak_html_raw(h, "\r\n");
    }
}

akin_status ak_figure_csv(const ak_figure *f, char **out, size_t *bytes, akin_error *err)
{
    ak_html h = { 0 };
    int64_t *at = calloc((size_t)f->traces + 1, sizeof *at);
    if (f->items)
        put_items(&h, f->items);
    else if (at) {
        head(&h, f);
        for (int t = 0; t < f->traces; t++) /* a place that is no number is in no row */
            while (at[t] < f->trace[t].n && isnan(f->trace[t].x[at[t]])) at[t]++;
        for (double x; !isnan(x = next_x(f, at));) row(&h, f, x, at);
    }
    const bool failed = !at || h.failed || f->failed;
    free(at);
    if (failed) {
        free(h.data);
        return ak_no_memory(err, "for the numbers of a chart");
    }
    *out = h.data;
    *bytes = h.used;
    return AKIN_OK;
}
