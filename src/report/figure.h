/* SPDX-License-Identifier: Apache-2.0 */
/* report/figure.h - a chart as what it shows: axes, traces, levels. chart.c draws it, for the page and for a
 * file of its own; figure_csv.c and figure_tex.c write it as numbers. Which charts there are: figures.h.
 *
 * All values are in the units that the axes name. Memory that lacks is `failed`, asked once, at the end. */
#ifndef AK_REPORT_FIGURE_H
#define AK_REPORT_FIGURE_H

#include "akin/tool/report.h"
#include "base/base.h"

#include <math.h>

enum { AK_FIGURE_TEXT = 128, AK_FIGURE_LEVELS = 4 };

/* Points in the order of x. NaN in y is a gap. */
typedef struct ak_trace {
    char name[AK_FIGURE_TEXT];
    const char *class; /* of its colour: ak_chart_class(i), or "b0", "b1", "b2" */
    int64_t n;
    double *x, *y;      /* [n] */
    double *low, *high; /* [n] 95 % interval, NaN where there is none; NULL: there are none */
    bool smooth;        /* thin, with its running mean over it */
    bool dashed, marks; /* marks: every point has one */
    double shift;       /* px to the right, so that intervals at one place do not cover one another */
    int hue;            /* of a point of a map: the colour of that class; -1: grey */
    bool lone, open;    /* points without a line between them; open: marks that are not filled */
} ak_trace;

/* A value that the whole chart is measured by. */
typedef struct ak_level {
    const char *name;
    double y;
    bool below; /* its name stands below the line; dashed is what has it above */
} ak_level;

typedef struct ak_figure {
    char title[2 * AK_FIGURE_TEXT], x_name[AK_FIGURE_TEXT], y_name[AK_FIGURE_TEXT];
    const char *y_unit;    /* behind the numbers of the axis: "", " %" */
    double x0, x1, y0, y1; /* the axes; NaN: as the values have it. What lies beyond y is drawn at the edge */
    bool broken;           /* something lies beyond y: its value is written at the edge */
    bool from_zero;        /* 0 belongs to y */
    bool log_x, log_y;     /* logarithmic, all values > 0 */
    bool whole;            /* x are whole numbers */
    bool at_places;        /* ticks at the x of the traces, where these are few */
    double way[2];         /* a second axis in shares of the way from the one to the other; NaN: none */
    bool shaded;           /* between way[0] and the first trace */
    /* Names of the rows, x = 0, 1, ...: dots that lie across. NULL: an axis of x. */
    char (*group)[AK_FIGURE_TEXT];
    int64_t groups;
    ak_trace *trace;
    int traces, room;
    ak_level level[AK_FIGURE_LEVELS];
    int levels;
    const akin_report_map *items; /* it is their map: axes of one scale, y downwards. NULL: it is none */
    bool failed;
} ak_figure;

void ak_figure_init(ak_figure *f, const char *title, const char *x_name, const char *y_name);
void ak_figure_free(ak_figure *f);
/* n points, all NaN. NULL: no memory, and f->failed. Good until the next one. */
ak_trace *ak_figure_add(ak_figure *f, const char *name, const char *class, int64_t n, bool intervals);
/* Nothing where y is not finite. */
void ak_figure_level(ak_figure *f, const char *name, double y, bool below);
bool ak_figure_group(ak_figure *f, const char *name); /* one more row */
/* A name made fit for one: at most AK_FIGURE_TEXT - 1 bytes. */
void ak_figure_name(char to[AK_FIGURE_TEXT], const char *text);
/* The axes as they are drawn: what is NaN is filled in, and a share is added on both sides. */
void ak_figure_fit(ak_figure *f);
bool ak_figure_empty(const ak_figure *f); /* no finite value */

/* As numbers. CSV [RFC 4180]: a row for each x or group, columns NAME, NAME low, NAME high, and the levels.
 * Of a map a row for each item.
 * TeX: a tikzpicture for \usepackage{pgfplots}, width in centimetres. *out is the caller's. */
akin_status ak_figure_csv(const ak_figure *f, char **out, size_t *bytes, akin_error *err);
akin_status ak_figure_tex(ak_figure *f, double width, double height, char **out, size_t *bytes,
                          akin_error *err);

#endif
