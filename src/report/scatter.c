/* SPDX-License-Identifier: Apache-2.0 */
/* report/scatter.c - a map as one SVG drawing. Items of a class are one path of points: a line of no length
 * with a round end is a dot, in a dozen bytes. A row of classes stands below, and each name on the map at the
 * median of its items, so that nobody needs the colours. */
#include "akin/tool/map.h"
#include "base/plain.h"
#include "report/html.h"

#include <math.h>
#include <string.h>

static const double SIZE = 800, MARGIN = 24, HEAD = 44, LINE = 18;
enum { MOST_POINTS = 100000, MOST_CLASSES = 64, COLUMNS = 5, SHOWN = 24 };

typedef struct scatter {
    const akin_map_picture *p;
    double low[2], scale;
    int64_t step;  /* every so many-th item is drawn */
    int32_t *rank; /* [n] of the class among those that are drawn, MOST_CLASSES beyond; NULL: no labels */
    int32_t classes[MOST_CLASSES];
    int64_t held, drawn;
    bool more; /* classes beyond */
} scatter;

static double x_of(const scatter *s, int64_t i)
{
    return MARGIN + s->scale * ((double)ak_crow(s->p->map, i)[0] - s->low[0]);
}

static double y_of(const scatter *s, int64_t i)
{
    return HEAD + SIZE - 2 * MARGIN - s->scale * ((double)ak_crow(s->p->map, i)[1] - s->low[1]);
}

/* Okabe and Ito's where they are enough; else hues evenly apart, two brightnesses in turn. */
static void colour(const scatter *s, int64_t k, char *to, size_t size)
{
    static const char *const FEW[] = { "#0072b2", "#d55e00", "#009e73", "#b8720a",
                                       "#a8487e", "#3a9bd0", "#1a1c1e" };
    if (s->held <= 7)
        ak_snprintf(to, size, "%s", FEW[k]);
    else
        ak_snprintf(to, size, "hsl(%d,%d%%,%d%%)", (int)(360 * k / s->held), k % 2 ? 85 : 65,
                    k % 2 ? 34 : 52);
}

static void find_bounds(scatter *s)
{
    double high[2] = { -INFINITY, -INFINITY };
    s->low[0] = s->low[1] = INFINITY;
    for (int64_t i = 0; i < s->p->map.rows; i++)
        for (int c = 0; c < 2; c++) {
            s->low[c] = fmin(s->low[c], (double)ak_crow(s->p->map, i)[c]);
            high[c] = fmax(high[c], (double)ak_crow(s->p->map, i)[c]);
        }
    const double wide = fmax(high[0] - s->low[0], high[1] - s->low[1]);
    s->scale = wide > 0 ? (SIZE - 2 * MARGIN) / wide : 1;
    for (int c = 0; c < 2; c++) /* in the middle */
        s->low[c] -= ((wide > 0 ? wide : SIZE - 2 * MARGIN) - (high[c] - s->low[c])) / 2;
}

/* The least labels first, as many as have a colour. */
static void find_classes(scatter *s)
{
    const int64_t n = s->p->map.rows;
    int32_t *sorted = s->rank;
    if (n) memcpy(sorted, s->p->labels, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ak_compare_int32);
    for (int64_t i = 0; i < n; i++) {
        if (i && sorted[i] == sorted[i - 1]) continue;
        s->more = s->held == MOST_CLASSES;
        if (s->more) break;
        s->classes[s->held++] = sorted[i];
    }
    for (int64_t i = 0; i < n; i++) {
        const int32_t *at =
            bsearch(&s->p->labels[i], s->classes, (size_t)s->held, sizeof *s->classes, ak_compare_int32);
        s->rank[i] = at ? (int32_t)(at - s->classes) : MOST_CLASSES;
    }
}

static void put_points(ak_html *h, scatter *s, int64_t k)
{
    char paint[32] = "#0072b2";
    const double wide = s->p->map.rows > 20000 ? 1.6 : s->p->map.rows > 3000 ? 2.4 : 4;
    if (s->rank && k < MOST_CLASSES) colour(s, k, paint, sizeof paint);
    if (k == MOST_CLASSES) ak_snprintf(paint, sizeof paint, "%s", "#8a9096");
    ak_html_put(h, "<path stroke=\"%s\" stroke-width=\"%.1f\" d=\"", paint, wide);
    for (int64_t i = 0; i < s->p->map.rows; i += s->step) {
        if (s->rank && s->rank[i] != k) continue;
        ak_html_put(h, "M%.1f %.1fh0", x_of(s, i), y_of(s, i));
        s->drawn++;
    }
    ak_html_raw(h, "\"/>\n");
}

static void class_text(const scatter *s, int64_t k, char *to, size_t size)
{
    const char *name = s->p->class_name ? s->p->class_name(s->classes[k], s->p->ctx) : NULL;
    if (name && strlen(name) >= SHOWN) { /* cut between characters */
        size_t n = SHOWN - 3;
        while (n > 0 && ((unsigned char)name[n] & 0xC0) == 0x80) n--;
        ak_snprintf(to, size, "%.*s...", (int)n, name);
    } else if (name) {
        ak_snprintf(to, size, "%s", name);
    } else {
        ak_snprintf(to, size, "%d", s->classes[k]);
    }
}

/* memory [n] */
static void put_name(ak_html *h, const scatter *s, int64_t k, double *memory)
{
    double at[2];
    char name[4 * SHOWN];
    for (int c = 0; c < 2; c++) {
        int64_t n = 0;
        for (int64_t i = 0; i < s->p->map.rows; i++)
            if (s->rank[i] == k) memory[n++] = c ? y_of(s, i) : x_of(s, i);
        qsort(memory, (size_t)n, sizeof *memory, ak_compare_double);
        at[c] = memory[n / 2];
    }
    class_text(s, k, name, sizeof name);
    ak_html_put(h, "<text class=\"name\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", at[0], at[1], name);
}

static void put_legend(ak_html *h, const scatter *s, double top)
{
    for (int64_t k = 0; k < s->held; k++) {
        char paint[32], name[4 * SHOWN];
        const double x = MARGIN + (double)(k % COLUMNS) * (SIZE - 2 * MARGIN) / COLUMNS;
        const double y = top + (double)(k / COLUMNS) * LINE;
        colour(s, k, paint, sizeof paint);
        class_text(s, k, name, sizeof name);
        ak_html_put(h, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>", x + 5, y - 4, paint);
        ak_html_put(h, "<text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x + 15, y, name);
    }
}

static void put_head(ak_html *h, const scatter *s, double height)
{
    ak_html_put(h,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
                "font-family=\"system-ui,'Liberation Sans',Arial,sans-serif\" font-size=\"12\" "
                "fill=\"#1a1c1e\">\n",
                SIZE, height);
    ak_html_put(h, "<title>%s</title>\n", s->p->title);
    ak_html_raw(h, "<style>.name{font-weight:600;text-anchor:middle;paint-order:stroke;stroke:#fff;"
                   "stroke-width:4px;stroke-linejoin:round}.soft{fill:#5c6369}</style>\n");
    ak_html_put(h, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n", SIZE, height);
    ak_html_put(h, "<text x=\"%.0f\" y=\"26\" font-size=\"15\" font-weight=\"600\">%s</text>\n", MARGIN,
                s->p->title);
}

static void put_foot(ak_html *h, const scatter *s, double y)
{
    ak_html_put(h, "<text class=\"soft\" x=\"%.0f\" y=\"%.1f\">", MARGIN, y);
    ak_html_count(h, (double)s->p->map.rows);
    ak_html_raw(h, s->p->map.rows == 1 ? " item" : " items");
    if (s->step > 1) {
        ak_html_raw(h, ", of which ");
        ak_html_count(h, (double)s->drawn);
        ak_html_raw(h, " are drawn");
    }
    if (s->more) ak_html_put(h, "; classes after the first %d are grey", (int)MOST_CLASSES);
    ak_html_raw(h, "; near is like, far and directions mean nothing</text>\n</svg>\n");
}

static void draw(ak_html *h, scatter *s, double *memory)
{
    const double below = HEAD + SIZE - MARGIN;
    const double legend = s->rank ? LINE * (double)((s->held + COLUMNS - 1) / COLUMNS) : 0;
    put_head(h, s, below + legend + 2 * LINE);
    ak_html_raw(h, "<g fill=\"none\" stroke-linecap=\"round\" stroke-opacity=\".7\">\n");
    if (s->more) put_points(h, s, MOST_CLASSES);
    for (int64_t k = 0; k < (s->rank ? s->held : 1); k++) put_points(h, s, k);
    ak_html_raw(h, "</g>\n");
    for (int64_t k = 0; k < s->held && s->held <= 30; k++) put_name(h, s, k, memory);
    put_legend(h, s, below + LINE);
    put_foot(h, s, below + legend + LINE + 6);
}

akin_status akin_map_draw(const akin_map_picture *picture, char **svg, size_t *bytes, akin_error *err)
{
    akin_map_picture p = AKIN_MAP_PICTURE_INIT;
    if (!picture || !svg || !bytes)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "map: picture, svg and bytes must not be NULL");
    AK_TRY(ak_opts_import(&p, picture, "map", err));
    AK_TRY(ak_check_view(p.map, "map", err));
    const int64_t n = p.map.rows;
    if (p.map.cols != 2)
        return ak_fail(err, AKIN_ERR_SHAPE, "map: a map has 2 columns, not %lld", (long long)p.map.cols);
    for (int64_t i = 0; i < n; i++)
        if (!ak_all_finite(ak_crow(p.map, i), 2))
            return ak_fail(err, AKIN_ERR_INPUT, "map: place %lld (from 0) is not finite", (long long)i);
    scatter s = { .p = &p, .step = (n + MOST_POINTS - 1) / MOST_POINTS };
    ak_html h = { .data = NULL };
    s.rank = p.labels ? ak_alloc(sizeof *s.rank, n, 1) : NULL;
    double *memory = p.labels ? ak_alloc(sizeof *memory, n, 1) : NULL;
    const bool ok = !p.labels || (s.rank && memory);
    if (ok) {
        find_bounds(&s);
        if (p.labels) find_classes(&s);
        draw(&h, &s, memory);
    }
    free(s.rank);
    free(memory);
    if (!ok || h.failed) {
        free(h.data);
        return ak_no_memory(err, "to draw a map of %lld items", (long long)n);
    }
    *svg = h.data;
    *bytes = h.used;
    return AKIN_OK;
}
