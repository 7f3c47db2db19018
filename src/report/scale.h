/* SPDX-License-Identifier: Apache-2.0 */
/* report/scale.h - an axis that fits what is measured, for drawings in which some value is far away.
 *
 * What matters is seen: a value beyond `room` times the range of interest is not on the axis, which is broken
 * there. Where everything is above 0 and ranges over a factor of 100, the axis is logarithmic. */
#ifndef AK_REPORT_SCALE_H
#define AK_REPORT_SCALE_H

#include "report/html.h"

typedef struct ak_scale {
    double from, to;
    bool log;
    bool below, above; /* broken there: something lies beyond */
} ak_scale;

/* core: what must be seen; all: what is drawn, core too. What is not finite counts as not there, but infinity
 * as beyond. */
ak_scale ak_scale_of(const double *core, size_t cores, const double *all, size_t count);

/* 0 to 1 along the axis; what lies beyond is at the end. */
double ak_scale_share(const ak_scale *s, double v);
/* -1, 0 or 1: below, on or above the axis. */
int ak_scale_beyond(const ak_scale *s, double v);

/* Round values on the axis, at most `most` (<= AK_SCALE_TICKS) of them; returns how many. */
enum { AK_SCALE_TICKS = 12 };
int ak_scale_ticks(const ak_scale *s, int most, double *tick);
/* A value beside a tick: 0.25, 1,000, 1e6. */
void ak_scale_number(ak_html *h, const ak_scale *s, double v);

#endif
