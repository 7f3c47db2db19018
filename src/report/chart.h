/* SPDX-License-Identifier: Apache-2.0 */
/* report/chart.h - the drawings of the report as inline SVG. Colours are CSS classes (style.c), so that one
 * drawing serves the light and the dark page. */
#ifndef AKIN_SRC_REPORT_CHART_H
#define AKIN_SRC_REPORT_CHART_H

#include "report/run.h"

/* What a loss chart shows: nats between chance and floor, or, for runs whose levels differ, the share of the
 * way from chance (0) to floor (1). */
typedef struct akin_loss_chart {
    const akin_run *runs;
    int count;
    bool as_share;
    bool narrow;    /* for a telephone */
    const char *id; /* of the title element; unique on the page */
} akin_loss_chart;

void akin_chart_loss(akin_html *h, const akin_loss_chart *chart);

/* The colour class of run i: "c0" to "c6", in Okabe and Ito's order. */
const char *akin_chart_class(int i);

/* One series against the step, small. factor multiplies the values. */
void akin_chart_small(akin_html *h, const akin_curve *curve, akin_series series, double factor,
                      const char *title);

/* A measured quantity (solid) and its bound (dashed) against the step, small. NaN where there is none. */
typedef struct akin_pair {
    const double *x, *measured, *bound; /* [n] */
    int64_t n;
} akin_pair;

void akin_chart_pair(akin_html *h, const akin_pair *pair, const char *title);

/* Accuracies with their intervals on one line; lo and hi bound the axis. */
enum { AKIN_DOTS = 3 };
typedef struct akin_dots {
    double value[AKIN_DOTS], low[AKIN_DOTS], high[AKIN_DOTS]; /* raw, random, trained; NaN if absent */
    double from, to;                                          /* the axis, fractions */
} akin_dots;

void akin_chart_dots(akin_html *h, const akin_dots *dots, const char *title);
void akin_chart_dots_axis(akin_html *h, double from, double to);

/* The points of a series that a drawing `width` pixels wide can show: in each of its buckets the first, the
 * least, the greatest and the last finite value, in order. Fills x and y, which hold 4*width; returns how many.
 * Of no more than 4*width values, all are kept. */
int64_t akin_thin(const double *x, const double *y, int64_t n, int64_t width, double *to_x, double *to_y);

/* A step of 1, 2 or 5 times a power of ten that cuts span into at most `most` parts. */
double akin_nice_step(double span, int most);

#endif
