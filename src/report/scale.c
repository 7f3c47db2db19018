/* SPDX-License-Identifier: Apache-2.0 */
/* report/scale.c - which axis fits, and where its ticks are. */
#include "report/scale.h"

#include "report/chart.h"

#include <float.h>
#include <math.h>

static const double LOG_FROM = 100, LOG_MOST = 1e9, ROOM = 5, ROOM_ALONE = 15;

static void widen(double x, double *lo, double *hi)
{
    if (!isfinite(x)) return;
    if (x < *lo) *lo = x;
    if (x > *hi) *hi = x;
}

/* The ends of a linear axis: the core, and what is near enough. */
static void fit(ak_scale *s, double lo, double hi, const double *all, size_t count)
{
    const double size = fmax(fabs(hi), fabs(lo)); /* a core that is nearly a point has room by its size */
    const double room = hi - lo > 0.3 * size ? ROOM * (hi - lo) : ROOM_ALONE * size;
    const double least = lo - room, most = hi + room;
    for (size_t i = 0; i < count; i++) {
        if (isnan(all[i])) continue;
        s->below = s->below || all[i] < least;
        s->above = s->above || all[i] > most;
        if (all[i] >= least && all[i] <= most) widen(all[i], &lo, &hi);
    }
    double margin = 0.06 * (hi - lo);
    if (!(margin > 0)) margin = fmax(1e-3, 0.05 * fabs(hi));
    s->from = lo - margin * (s->below ? 2 : 1);
    s->to = hi + margin * (s->above ? 2 : 1);
}

static void fit_log(ak_scale *s, double core, double lo, double hi, const double *all, size_t count)
{
    s->log = true;
    const double most = fmin(hi, core * LOG_MOST), least = fmax(lo, core / LOG_MOST);
    s->above = hi > most;
    s->below = lo < least;
    for (size_t i = 0; i < count; i++) s->above = s->above || (isinf(all[i]) && all[i] > 0);
    s->from = log10(least) - 0.06 * log10(most / least);
    s->to = log10(most) + 0.06 * log10(most / least);
}

ak_scale ak_scale_of(const double *core, size_t cores, const double *all, size_t count)
{
    ak_scale s = { .from = 0, .to = 1 };
    double lo = DBL_MAX, hi = -DBL_MAX, inner_lo = DBL_MAX, inner_hi = -DBL_MAX;
    for (size_t i = 0; i < cores; i++) widen(core[i], &inner_lo, &inner_hi);
    for (size_t i = 0; i < count; i++) widen(all[i], &lo, &hi);
    if (lo > hi) return s;
    if (inner_lo > inner_hi) { /* nothing is measured: what is drawn is the core */
        inner_lo = lo;
        inner_hi = fmin(hi, lo + fabs(lo) * LOG_FROM + 1);
    }
    widen(inner_lo, &lo, &hi);
    widen(inner_hi, &lo, &hi);
    if (lo > 0 && hi / lo >= LOG_FROM)
        fit_log(&s, inner_hi, lo, hi, all, count);
    else
        fit(&s, inner_lo, inner_hi, all, count);
    return s;
}

/* Along the axis, not cut. */
static double along(const ak_scale *s, double v)
{
    const double x = !s->log ? v : v > 0 ? log10(v) : -INFINITY;
    return (x - s->from) / (s->to - s->from);
}

double ak_scale_share(const ak_scale *s, double v) { return fmin(1, fmax(0, along(s, v))); }

int ak_scale_beyond(const ak_scale *s, double v)
{
    const double share = along(s, v);
    return share < 0 ? -1 : share > 1 ? 1 : 0;
}

int ak_scale_ticks(const ak_scale *s, int most, double *tick)
{
    if (most > AK_SCALE_TICKS) most = AK_SCALE_TICKS;
    double step = ak_nice_step(s->to - s->from, most);
    if (s->log) step = fmax(1, step);
    const double first = ceil(s->from / step - 1e-9) * step;
    int n = 0;
    for (int k = 0; k < most; k++) { /* counted: adding stands still where step is below an ulp */
        double v = first + k * step;
        if (!(v <= s->to + step * 1e-9)) break;
        if (fabs(v) < step * 1e-9) v = 0;
        tick[n++] = s->log ? pow(10, v) : v;
    }
    return n;
}

void ak_scale_number(ak_html *h, const ak_scale *s, double v)
{
    const double size = fabs(v);
    const double step = s->log ? size : ak_nice_step(s->to - s->from, AK_SCALE_TICKS / 2);
    if (v != 0 && (size >= 1e5 || size < 1e-3))
        ak_html_put(h, "%.2g", v);
    else if (size >= 1000)
        ak_html_count(h, v);
    else
        ak_html_put(h, step >= 1 ? "%.0f" : step >= 0.1 ? "%.1f" : step >= 0.01 ? "%.2f" : "%.3f", v);
}
