/* SPDX-License-Identifier: Apache-2.0 */
/* report/run_figures.c - the charts of runs: losses between chance and floor, other series against the step,
 * the spectrum, accuracies with their intervals.
 *
 * Values far above chance (a first step that explodes) would press the rest into a line. The axis therefore
 * ends at most half of the range of interest above chance, and what lies higher is drawn on its edge. */
#include "report/figures.h"

#include "base/plain.h"
#include "report/chart.h"
#include "report/results.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DIRECTIONS = 65536 };

static void widen(double x, double *lo, double *hi)
{
    if (!isfinite(x)) return;
    if (x < *lo) *lo = x;
    if (x > *hi) *hi = x;
}

/* The loss ----------------------------------------------------------------------------------------------- */

static bool near(double a, double b) { return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-6 * (1 + fabs(a)); }

bool ak_figure_as_share(const ak_run *runs, int count)
{
    bool all_floors = true, differ = false;
    for (int r = 0; r < count; r++) {
        if (runs[r].curve.n == 0) continue;
        all_floors = all_floors && isfinite(runs[r].floor);
        differ = differ || !near(runs[r].chance, runs[0].chance) || !near(runs[r].floor, runs[0].floor);
    }
    return differ && all_floors;
}

/* The axis of the loss: from the least value to what is of interest above chance. */
static void fit_loss(ak_figure *f, const ak_run *runs, int count, bool as_share)
{
    double lo = DBL_MAX, hi = -DBL_MAX, top = -DBL_MAX;
    for (int t = 0; t < f->traces; t++)
        for (int64_t i = 0; i < f->trace[t].n; i++) widen(f->trace[t].y[i], &lo, &hi);
    for (int r = 0; r < count && !as_share; r++) {
        top = fmax(top, isfinite(runs[r].chance) ? runs[r].chance : -DBL_MAX);
        widen(runs[r].floor, &lo, &hi);
        widen(runs[r].chance, &lo, &hi);
    }
    if (as_share) {
        lo = fmin(0, fmax(lo, -25));
        hi = 100;
    } else if (top > lo && hi > top + 0.5 * (top - lo))
        hi = top + 0.5 * (top - lo);
    if (!(hi > lo)) {
        const double middle = hi == lo ? lo : 0, half = fmax(1e-3, 0.05 * fabs(middle));
        lo = middle - half;
        hi = middle + half;
    }
    f->y0 = lo - 0.09 * (hi - lo); /* the name of the floor stands below its line */
    f->y1 = hi + 0.05 * (hi - lo);
}

void ak_figure_loss(ak_figure *f, const ak_run *runs, int count)
{
    const bool share = ak_figure_as_share(runs, count);
    ak_figure_init(f,
                   share ? "Share of the way from chance to floor against the step" : "Loss against the step",
                   "step", share ? "share of the way from chance to floor" : "loss (nats)");
    f->y_unit = share ? " %" : "";
    f->whole = true;
    f->x0 = 0;
    f->x1 = 1;
    for (int r = 0; r < count; r++) {
        const ak_run *run = &runs[r];
        ak_trace *t =
            ak_figure_add(f, count == 1 ? "loss" : run->name, ak_chart_class(r), run->curve.n, false);
        if (!t) return;
        t->smooth = true;
        t->dashed = r >= 7;
        for (int64_t i = 0; i < t->n; i++) {
            const double loss = run->curve.x[AK_LOSS][i];
            t->x[i] = run->curve.x[AK_STEP][i];
            t->y[i] = !isfinite(loss) ? NAN
                      : share         ? 100 * (run->chance - loss) / (run->chance - run->floor)
                                      : loss;
            f->x1 = fmax(f->x1, t->x[i]);
        }
    }
    fit_loss(f, runs, count, share);
    if (share) return;
    ak_figure_level(f, "chance", runs[0].chance, false);
    ak_figure_level(f, "floor", runs[0].floor, true);
    if (count > 1) return;
    f->way[0] = runs[0].chance;
    f->way[1] = runs[0].floor;
    f->shaded = true;
}

/* Series and spectrum ------------------------------------------------------------------------------------ */

static void fit_small(ak_figure *f, const ak_trace *t)
{
    double lo = 0, hi = -DBL_MAX;
    f->whole = true;
    f->x0 = 0;
    f->x1 = 1;
    for (int64_t i = 0; i < t->n; i++) {
        widen(t->y[i], &lo, &hi);
        f->x1 = fmax(f->x1, t->x[i]);
    }
    f->y0 = lo;
    f->y1 = hi > lo ? hi + 0.08 * (hi - lo) : lo + 1;
}

void ak_figure_series(ak_figure *f, const ak_curve *curve, ak_series series, double factor, const char *title)
{
    ak_figure_init(f, title, "step", title);
    ak_trace *t = ak_figure_add(f, title, "c0", curve->n, false);
    if (!t) return;
    for (int64_t i = 0; i < t->n; i++) {
        t->x[i] = curve->x[AK_STEP][i];
        t->y[i] = factor * curve->x[series][i];
    }
    fit_small(f, t);
}

bool ak_figure_spectrum(ak_figure *f, const ak_run *run)
{
    const akin_json *shares = akin_json_get(run->diagnosis, "spectrum");
    const size_t n = akin_json_length(shares);
    ak_figure_init(f, "variance held, %, by number of directions", "directions", "variance held, %");
    if (n < 2 || n > MOST_DIRECTIONS) return false;
    ak_trace *t = ak_figure_add(f, "variance held", "c0", (int64_t)n + 1, false);
    if (!t) return true;
    t->x[0] = t->y[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const double share = akin_json_as_real(akin_json_at(shares, i));
        t->x[i + 1] = (double)(i + 1);
        t->y[i + 1] = t->y[i] + (share > 0 && share <= 1 ? 100 * share : 0);
    }
    fit_small(f, t);
    return true;
}

/* Accuracies --------------------------------------------------------------------------------------------- */

static const char *const ENCODER[] = { "none", "random", "trained" }, *const CLASS[] = { "b0", "b1", "b2" };

/* Trace e of one run is encoder e; of several runs it is the trained encoder of run e. */
static ak_accuracy accuracy_of(const ak_charts_of *of, int e, ak_measure m, int layer)
{
    const bool raw = of->count == 1 && e == 0;
    return of->count > 1 ? ak_accuracy_find(&of->runs[e], m, "trained", ak_layers[layer].name)
                         : ak_accuracy_find(of->runs, m, ENCODER[e],
                                            raw ? ak_layers[layer].raw : ak_layers[layer].name);
}

static void fill_accuracy(ak_figure *f, const ak_charts_of *of, int at)
{
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(of->runs, of->count, all), traces = of->count > 1 ? of->count : 3;
    (void)at;
    ak_figure_init(f, "Top-1 accuracy on the test items, with 95 % intervals", "protocol and layer",
                   "accuracy, %");
    for (int e = 0; e < traces; e++) {
        const char *name = of->count > 1 ? of->runs[e].name
                           : e == 0      ? ak_raw_words(of->runs, 1)
                           : e == 1      ? "random encoder"
                                         : "trained";
        ak_trace *t = ak_figure_add(f, name, of->count > 1 ? ak_chart_class(e) : CLASS[e],
                                    (int64_t)n * AK_LAYERS, true);
        if (!t) return;
        t->n = 0;
        t->lone = t->marks = true;
    }
    for (int k = 0; k < n * AK_LAYERS; k++) {
        const int m = k / AK_LAYERS, layer = k % AK_LAYERS;
        char name[2 * AK_FIGURE_TEXT], labels[40] = "";
        bool any = false;
        for (int e = of->count > 1 ? 0 : 1; e < traces; e++)
            any = any || accuracy_of(of, e, all[m], layer).row;
        if (!any) continue;
        if (!isnan(all[m].labels)) ak_snprintf(labels, sizeof labels, ", %.0f per class", all[m].labels);
        snprintf(name, sizeof name, "%s, %s%s", ak_measure_word(all[m].name), ak_layers[layer].words, labels);
        if (!ak_figure_group(f, name)) return;
        for (int e = 0; e < traces; e++) {
            ak_trace *t = &f->trace[e];
            const ak_accuracy s = accuracy_of(of, e, all[m], layer);
            t->x[t->n] = (double)(f->groups - 1);
            t->y[t->n] = 100 * s.top1;
            t->low[t->n] = 100 * s.low;
            t->high[t->n++] = 100 * s.high;
        }
    }
}

/* The list ----------------------------------------------------------------------------------------------- */

static void fill_loss(ak_figure *f, const ak_charts_of *of, int at)
{
    (void)at;
    ak_figure_loss(f, of->runs, of->count);
}

static const struct {
    const char *name, *title;
    ak_series series;
    double factor;
} SERIES[] = {
    { "learning-rate", "learning rate", AK_LR, 1 },
    { "samples-per-second", "samples per second", AK_RATE, 1 },
    { "waiting", "waiting for data, % of the time", AK_WAIT, 100 },
};

static void fill_series(ak_figure *f, const ak_charts_of *of, int at)
{
    ak_figure_series(f, &of->runs->curve, SERIES[at].series, SERIES[at].factor, SERIES[at].title);
}

static void fill_spectrum(ak_figure *f, const ak_charts_of *of, int at)
{
    (void)at;
    ak_figure_spectrum(f, of->runs);
}

void ak_charts_of_runs(ak_charts *c, const ak_charts_of *of)
{
    bool lost = false;
    ak_measure all[AK_MAX_MEASURES];
    for (int r = 0; r < of->count; r++) lost = lost || isfinite(of->runs[r].loss);
    if (lost) ak_charts_add(c, "loss", "loss over the steps, between chance and floor", fill_loss, 0);
    if (ak_measures(of->runs, of->count, all))
        ak_charts_add(c, "accuracy", "accuracies with their 95 % intervals", fill_accuracy, 0);
    if (of->count > 1) return;
    for (int i = 0; i < (int)(sizeof SERIES / sizeof *SERIES); i++)
        if (ak_run_logged(of->runs, SERIES[i].series))
            ak_charts_add(c, SERIES[i].name, SERIES[i].title, fill_series, i);
    if (akin_json_length(akin_json_get(of->runs->diagnosis, "spectrum")) > 1)
        ak_charts_add(c, "spectrum", "variance that the first directions of the embedding hold",
                      fill_spectrum, 0);
    if (of->map || of->runs->newest >= 0)
        ak_charts_add(c, "map", "map of the items, computed when it is asked for", ak_figure_map, 0);
    ak_charts_of_bounds(c, of);
}
