/* SPDX-License-Identifier: Apache-2.0 */
/* report/cloud.h - the map of the items of a run as a chart: a point an item, a colour a class. */
#ifndef AK_REPORT_CLOUD_H
#define AK_REPORT_CLOUD_H

#include "report/axes.h"
#include "report/chart.h"

/* Px across of a point of f in a plot of that size: small enough that many do not make one spot. */
double ak_cloud_point(const ak_figure *f, double width, double height);
/* Both axes at one scale, in the middle of the plot, without ticks. */
void ak_chart_cloud(ak_html *h, const ak_figure *f, const ak_axes *a, bool dark);
/* The mark of a trace beside its name. */
void ak_cloud_mark(ak_html *h, const ak_trace *t, bool dark, double x, double y);

#endif
