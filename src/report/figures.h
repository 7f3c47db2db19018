/* SPDX-License-Identifier: Apache-2.0 */
/* report/figures.h - which charts there are of runs and of a study, by name. The page draws them, akin plot
 * one of them alone. A new chart is a row that ak_charts_list() adds and what fills it. */
#ifndef AK_REPORT_FIGURES_H
#define AK_REPORT_FIGURES_H

#include "report/figure.h"
#include "report/run.h"

/* What is drawn: runs, or a study by its summary (akin_study_summary()). */
typedef struct ak_charts_of {
    const ak_run *runs;
    int count;
    const akin_json *study;     /* NULL: the runs */
    const akin_report_map *map; /* of the only run; NULL: it is not made */
} ak_charts_of;

typedef struct ak_chart {
    char name[AK_FIGURE_TEXT], title[2 * AK_FIGURE_TEXT]; /* "learning-rate", "learning rate" */
    void (*fill)(ak_figure *f, const ak_charts_of *of, int at);
    int at;
} ak_chart;

typedef struct ak_charts {
    ak_chart *row;
    int count, room;
    bool failed;
    akin_error why; /* what could not be read; status AKIN_OK: nothing */
} ak_charts;

/* Every chart of it, those that have nothing to show left out. */
void ak_charts_list(ak_charts *c, const ak_charts_of *of);
void ak_charts_free(ak_charts *c);
void ak_charts_add(ak_charts *c, const char *name, const char *title,
                   void (*fill)(ak_figure *f, const ak_charts_of *of, int at), int at);

/* run_figures.c */
void ak_charts_of_runs(ak_charts *c, const ak_charts_of *of);
/* The losses of runs: nats between chance and floor, or, where these levels differ, the share of the way from
 * chance to floor. */
bool ak_figure_as_share(const ak_run *runs, int count);
void ak_figure_loss(ak_figure *f, const ak_run *runs, int count);
/* One series against the step; factor multiplies the values. */
void ak_figure_series(ak_figure *f, const ak_curve *curve, ak_series series, double factor,
                      const char *title);
/* The share of the variance that the first directions hold together; false where it is not known. */
bool ak_figure_spectrum(ak_figure *f, const ak_run *run);

/* cloud.c: of->map */
void ak_figure_map(ak_figure *f, const ak_charts_of *of, int at);

/* bound_figures.c */
void ak_charts_of_bounds(ak_charts *c, const ak_charts_of *of);

/* study_figures.c */
/* "temperature=0.1 K=4"; of a study with one axis whose labels are such words, the label alone. */
const char *ak_configuration_name(const akin_json *config);
void ak_charts_of_study(ak_charts *c, const ak_charts_of *of);

#endif
