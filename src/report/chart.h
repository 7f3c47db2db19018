/* SPDX-License-Identifier: Apache-2.0 */
/* report/chart.h - the drawings of the report as inline SVG. Colours are CSS classes (style.c), so that one
 * drawing serves the light and the dark page. */
#ifndef AK_REPORT_CHART_H
#define AK_REPORT_CHART_H

#include "report/run.h"

/* What a loss chart shows: nats between chance and floor, or, for runs whose levels differ, the share of the
 * way from chance (0) to floor (1). */
typedef struct ak_loss_chart {
    const ak_run *runs;
    int count;
    bool as_share;
    bool narrow;    /* for a telephone */
    const char *id; /* of the title element; unique on the page */
} ak_loss_chart;

void ak_chart_loss(ak_html *h, const ak_loss_chart *chart);

/* The colour class of run i: "c0" to "c6", in Okabe and Ito's order. */
const char *ak_chart_class(int i);

/* One series against the step, small. factor multiplies the values. */
void ak_chart_small(ak_html *h, const ak_curve *curve, ak_series series, double factor, const char *title);

/* Accuracies with their intervals on one line; lo and hi bound the axis. */
enum { AK_DOTS = 3 };
typedef struct ak_dots {
    double value[AK_DOTS], low[AK_DOTS], high[AK_DOTS]; /* raw, random, trained; NaN if absent */
    double from, to;                                    /* the axis, fractions */
} ak_dots;

void ak_chart_dots(ak_html *h, const ak_dots *dots, const char *title);
void ak_chart_dots_axis(ak_html *h, double from, double to);

/* The points of a series that a drawing `width` pixels wide can show: in each of its buckets the first, the
 * least, the greatest and the last finite value, in order. Fills x and y, which hold 4*width; returns how
 * many. Of no more than 4*width values, all are kept. */
int64_t ak_thin(const double *x, const double *y, int64_t n, int64_t width, double *to_x, double *to_y);

/* A step of 1, 2 or 5 times a power of ten that cuts span into at most `most` parts. */
double ak_nice_step(double span, int most);

#endif
