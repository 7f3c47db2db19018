/* SPDX-License-Identifier: Apache-2.0 */
/* report/axes.h - where a value stands in a drawing, and the ticks of its axes. */
#ifndef AK_REPORT_AXES_H
#define AK_REPORT_AXES_H

#include "report/figure.h"
#include "report/html.h"

typedef struct ak_axes {
    double x0, x1, y0, y1;           /* data */
    double left, top, width, height; /* pixels; y grows downwards */
    bool log_x, log_y;
} ak_axes;

double ak_at_x(const ak_axes *a, double x);
double ak_at_y(const ak_axes *a, double y); /* what lies beyond stands at the edge */

/* Ticks of a drawing: at most `most`, with numbers. */
void ak_ticks_x(ak_html *h, const ak_axes *a, const ak_figure *f, int most, bool named);
void ak_ticks_y(ak_html *h, const ak_axes *a, const ak_figure *f, int most);

/* A value beyond the axis, at a place of the drawing: an arrow that points along it, and the number. */
void ak_put_beyond(ak_html *h, double x, double y, const char *arrow, double value, const char *anchor);

/* dots.c: a figure whose x are groups, which lie one below the other. */
void ak_chart_groups(ak_html *h, const ak_figure *f, const ak_axes *a);

/* Up to room values from lo to hi at which ticks stand; *step as ak_nice_step(), 0 on a logarithmic axis. */
enum { AK_TICKS = 24 };
int ak_ticks(double lo, double hi, bool log, bool whole, int most, double at[AK_TICKS], double *step);
/* The x of the traces, where the figure wants ticks there and they are few; else 0. */
int ak_ticks_at_places(const ak_figure *f, double at[AK_TICKS]);
/* "60,000", "0.25", "12k" */
void ak_tick_number(ak_html *h, double v, double step, bool short_thousands);

#endif
