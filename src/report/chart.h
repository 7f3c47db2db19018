/* SPDX-License-Identifier: Apache-2.0 */
/* report/chart.h - the drawings of the report as SVG, within a page or as files of their own. Colours are CSS
 * classes (style.c), so that one drawing serves the light and the dark page. */
#ifndef AK_REPORT_CHART_H
#define AK_REPORT_CHART_H

#include "report/figure.h"
#include "report/html.h"

/* How a figure is drawn. */
typedef enum ak_drawing_kind {
    AK_DRAW_WIDE,
    AK_DRAW_NARROW /* for a telephone */,
    AK_DRAW_SMALL,
    AK_DRAW_PANEL, /* with its legend, on a page */
    AK_DRAW_FILE
} ak_drawing_kind;
typedef struct ak_drawing {
    ak_drawing_kind kind;
    const char *id;   /* of the title element, unique on the page; NULL: it has none. Not of AK_DRAW_SMALL */
    const char *desc; /* a description, or NULL */
    double width, height; /* AK_DRAW_FILE: of the whole drawing; AK_DRAW_SMALL: the height of the plot */
    bool dark;            /* AK_DRAW_FILE */
} ak_drawing;

/* Fills in the axes of f as ak_figure_fit() does. */
void ak_chart_draw(ak_html *h, ak_figure *f, const ak_drawing *as);

/* How high the drawing of a map of that width is, so that the map fills its plot. */
double ak_chart_map_height(ak_figure *f, double width);

/* The colour class of run i: "c0" to "c6", in Okabe and Ito's order. */
const char *ak_chart_class(int i);

/* Accuracies with their intervals on one line; lo and hi bound the axis. */
enum { AK_DOTS = 3 };
typedef struct ak_dots {
    double value[AK_DOTS], low[AK_DOTS], high[AK_DOTS]; /* raw, random, trained; NaN if absent */
    double from, to;                                    /* the axis, fractions */
} ak_dots;

void ak_chart_dots(ak_html *h, const ak_dots *dots, const char *title);
void ak_chart_dots_axis(ak_html *h, double from, double to);
/* The mark of a trace at a place: a square of class "b0", an open circle of "b1", else a full one. */
void ak_chart_mark(ak_html *h, const char *class, bool open, double x, double y);

/* The points of a series that a drawing `width` pixels wide can show: in each of its buckets the first, the
 * least, the greatest and the last finite value, in order. Fills x and y, which hold 4*width; returns how
 * many. Of no more than 4*width values, all are kept. */
int64_t ak_thin(const double *x, const double *y, int64_t n, int64_t width, double *to_x, double *to_y);

/* A series as a drawing shows it. */
typedef struct ak_lines {
    double *x, *y;           /* [n] thinned */
    double *mean_x, *mean_y; /* [means], the running mean over `window` values */
    int64_t n, means, window;
} ak_lines;

/* false: no memory. */
bool ak_lines_make(ak_lines *l, const double *x, const double *y, int64_t n, int64_t width);
void ak_lines_free(ak_lines *l);

/* A step of 1, 2 or 5 times a power of ten that cuts span into at most `most` parts. */
double ak_nice_step(double span, int most);

#endif
