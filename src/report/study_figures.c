/* SPDX-License-Identifier: Apache-2.0 */
/* report/study_figures.c - the charts of a study: each measurement against an axis of its grid whose labels
 * are numbers (K, alpha, a temperature), a curve for each combination of the other axes, means over seeds
 * with their intervals, and what the paper has. Where no axis has numbers, the configurations lie one below
 * the other. */
#include "report/figures.h"

#include "base/plain.h"
#include "report/chart.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

static const double APART = 5, MOST_APART = 30; /* px between curves, and from the first to the last */

enum { MOST_AXES = 16, MOST_CURVES = 24, LOG_FROM = 16, FITS = 32 /* letters of a name */ };

/* The grid of a summary. */
typedef struct grid {
    const akin_json *configs;
    const char *axis[MOST_AXES]; /* names, in the order of the study */
    int axes;
} grid;

static grid grid_of(const akin_json *summary)
{
    grid g = { .configs = akin_json_get(summary, "configurations") };
    const char *name;
    akin_json *label;
    AKIN_JSON_EACH(akin_json_get(akin_json_at(g.configs, 0), "labels"), name, label)
    if (g.axes < MOST_AXES) g.axis[g.axes++] = name;
    return g;
}

static const char *label_of(const grid *g, size_t config, int axis)
{
    const char *label =
        akin_json_get_text(akin_json_get(akin_json_at(g->configs, config), "labels"), g->axis[axis]);
    return label ? label : "";
}

/* A label as a number; NaN where it is none. */
static double value_of(const grid *g, size_t config, int axis)
{
    char *end;
    const char *label = label_of(g, config, axis);
    const double x = ak_strtod(label, &end);
    return *label && *end == 0 && isfinite(x) ? x : NAN;
}

/* How many values an axis has, 0 where they are not all numbers. */
static int values_of(const grid *g, int axis)
{
    int values = 0;
    for (size_t c = 0; c < akin_json_length(g->configs); c++) {
        bool seen = false;
        if (isnan(value_of(g, c, axis))) return 0;
        for (size_t d = 0; d < c && !seen; d++) seen = value_of(g, d, axis) == value_of(g, c, axis);
        values += !seen;
    }
    return values;
}

/* The axis k (0, 1, ...) of those that a measurement is drawn against, that with the most values first; -1:
 * there is none. */
static int axis_at(const grid *g, int k)
{
    bool taken[MOST_AXES] = { false };
    for (int i = 0;; i++) {
        int best = -1, most = 1;
        for (int a = 0; a < g->axes; a++) {
            const int values = taken[a] ? 0 : values_of(g, a);
            if (values > most) {
                most = values;
                best = a;
            }
        }
        if (best < 0 || i == k) return best;
        taken[best] = true;
    }
}

static const akin_json *result_of(const grid *g, size_t config, const char *measure)
{
    return akin_json_get(akin_json_get(akin_json_at(g->configs, config), "results"), measure);
}

static double number(const akin_json *o, const char *key)
{
    const akin_json *v = akin_json_get(o, key);
    return akin_json_is_number(v) ? akin_json_as_real(v) : NAN;
}

/* Curves ------------------------------------------------------------------------------------------------- */

/* Whether two configurations differ in nothing but the axis. */
static bool same_curve(const grid *g, size_t a, size_t b, int axis)
{
    for (int i = 0; i < g->axes; i++)
        if (i != axis && strcmp(label_of(g, a, i), label_of(g, b, i)) != 0) return false;
    return true;
}

/* "loss=ntxent batch-size=32": what is the same along a curve. */
static void curve_name(const grid *g, size_t config, int axis, const char *behind, char *to, size_t size)
{
    size_t used = 0;
    to[0] = 0;
    for (int i = 0; i < g->axes && used < size; i++)
        if (i != axis)
            used += (size_t)snprintf(to + used, size - used, "%s%s=%s", used ? " " : "", g->axis[i],
                                     label_of(g, config, i));
    if (used < size) snprintf(to + used, size - used, "%s%s", used ? ", " : "", behind);
    if (used && !*behind) to[used] = 0;
}

static int by_x(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The configurations of the curve of `first`, ours or the paper's, in the order of x. */
static void add_curve(ak_figure *f, const grid *g, const char *measure, int axis, size_t first, int at,
                      bool paper)
{
    enum { X, Y, LOW, HIGH, PARTS };
    const size_t n = akin_json_length(g->configs);
    int64_t used = 0;
    char name[2 * AK_FIGURE_TEXT];
    double(*point)[PARTS] = calloc(n + 1, sizeof *point);
    f->failed = f->failed || !point;
    for (size_t c = first; c < n && point; c++) {
        const akin_json *o = result_of(g, c, measure);
        const double y = number(o, paper ? "published" : "mean");
        if (isnan(y) || !same_curve(g, first, c, axis)) continue;
        const double p[PARTS] = { value_of(g, c, axis), y, paper ? NAN : number(o, "low"),
                                  paper ? NAN : number(o, "high") };
        memcpy(point[used++], p, sizeof p);
    }
    if (used) qsort(point, (size_t)used, sizeof *point, by_x);
    curve_name(g, first, axis, paper ? "paper" : g->axes > 1 ? "" : "measured", name, sizeof name);
    ak_trace *t = used ? ak_figure_add(f, name, ak_chart_class(at), used, !paper) : NULL;
    for (int64_t i = 0; t && i < used; i++) {
        t->x[i] = point[i][X];
        t->y[i] = point[i][Y];
        if (!paper) t->low[i] = point[i][LOW];
        if (!paper) t->high[i] = point[i][HIGH];
    }
    if (t) {
        t->marks = true;
        t->lone = t->open = paper;
        t->dashed = !paper && at >= 7;
    }
    free(point);
}

static void fill_curves(ak_figure *f, const grid *g, const char *measure, int axis)
{
    double least = DBL_MAX, most = -DBL_MAX;
    int curves = 0;
    for (size_t c = 0; c < akin_json_length(g->configs); c++) {
        bool first = true;
        for (size_t d = 0; d < c && first; d++) first = !same_curve(g, d, c, axis);
        least = fmin(least, value_of(g, c, axis));
        most = fmax(most, value_of(g, c, axis));
        if (!first || curves == MOST_CURVES) continue;
        add_curve(f, g, measure, axis, c, curves, false);
        add_curve(f, g, measure, axis, c, curves++, true);
    }
    for (int t = 0, curve = -1; t < f->traces; t++) {
        curve += t == 0 || f->trace[t].class != f->trace[t - 1].class;
        f->trace[t].shift =
            curves > 1 ? fmin(APART, MOST_APART / (curves - 1)) * (curve - 0.5 * (curves - 1)) : 0;
    }
    f->log_x = least > 0 && most >= LOG_FROM * least;
    f->at_places = true;
}

const char *ak_configuration_name(const akin_json *config)
{
    const char *name = akin_json_get_text(config, "name");
    if (!name) return "";
    const char *label = name + strcspn(name, "= ");
    return *label == '=' && label[1 + strcspn(label + 1, "= ")] == '=' ? label + 1 : name;
}

/* The same without the names of the axes, where that is too long for a drawing. */
static void short_name(const akin_json *config, char *to, size_t size)
{
    const char *from = ak_configuration_name(config);
    const bool whole = strlen(from) <= FITS;
    size_t used = 0;
    while (*from && used + 1 < size) {
        const size_t word = strcspn(from, " "), axis = strcspn(from, "= ");
        if (!whole && axis < word) from += axis + 1;
        for (; *from && *from != ' ' && used + 1 < size; from++) to[used++] = *from;
        for (; *from == ' ' && used + 1 < size; from++) to[used++] = ' ';
    }
    to[used] = 0;
}

/* Configurations one below the other. */
static void fill_groups(ak_figure *f, const grid *g, const char *measure)
{
    const int64_t n = (int64_t)akin_json_length(g->configs);
    for (int t = 0; t < 2; t++)
        if (!ak_figure_add(f, t ? "paper" : "measured", t ? "b1" : "b2", n, t == 0)) return;
    for (int t = 0; t < 2; t++) {
        f->trace[t].n = 0;
        f->trace[t].lone = f->trace[t].marks = true;
    }
    for (int64_t c = 0; c < n; c++) {
        const akin_json *config = akin_json_at(g->configs, (size_t)c), *o = result_of(g, (size_t)c, measure);
        const double y[] = { number(o, "mean"), number(o, "published") };
        char name[AK_FIGURE_TEXT];
        if (isnan(y[0]) && isnan(y[1])) continue;
        short_name(config, name, sizeof name);
        if (!ak_figure_group(f, name)) return;
        for (int t = 0; t < 2; t++) {
            ak_trace *s = &f->trace[t];
            s->x[s->n] = (double)(f->groups - 1);
            s->y[s->n] = y[t];
            if (t == 0) s->low[s->n] = number(o, "low");
            if (t == 0) s->high[s->n] = number(o, "high");
            s->n++;
        }
    }
    bool any = false;
    for (int64_t i = 0; i < f->trace[1].n; i++) any = any || isfinite(f->trace[1].y[i]);
    if (!any) free(f->trace[--f->traces].x);
}

/* The list ----------------------------------------------------------------------------------------------- */

/* Measurement m of the first configuration, all of which have the same; NULL after the last. */
static const char *measure_at(const grid *g, int m)
{
    const char *name;
    akin_json *o;
    int i = 0;
    AKIN_JSON_EACH(akin_json_get(akin_json_at(g->configs, 0), "results"), name, o)
    if (i++ == m) return name;
    return NULL;
}

/* at: MOST_AXES times the measurement, and which of its axes. */
static void fill_measure(ak_figure *f, const ak_charts_of *of, int at)
{
    const grid g = grid_of(of->study);
    const char *measure = measure_at(&g, at / MOST_AXES);
    const int axis = axis_at(&g, at % MOST_AXES);
    char title[2 * AK_FIGURE_TEXT];
    snprintf(title, sizeof title, "%s%s%s, mean over seeds with 95 %% intervals", measure,
             axis < 0 ? "" : " against ", axis < 0 ? "" : g.axis[axis]);
    ak_figure_init(f, title, axis < 0 ? "configuration" : g.axis[axis], measure);
    if (axis < 0)
        fill_groups(f, &g, measure);
    else
        fill_curves(f, &g, measure, axis);
}

static bool has_value(const grid *g, const char *measure)
{
    for (size_t c = 0; c < akin_json_length(g->configs); c++)
        if (isfinite(number(result_of(g, c, measure), "mean"))) return true;
    return false;
}

void ak_charts_of_study(ak_charts *c, const ak_charts_of *of)
{
    const grid g = grid_of(of->study);
    const char *measure;
    for (int m = 0; (measure = measure_at(&g, m)) != NULL; m++) {
        if (!has_value(&g, measure)) continue;
        for (int k = 0; k < MOST_AXES; k++) {
            const int axis = axis_at(&g, k);
            char name[2 * AK_FIGURE_TEXT], title[2 * AK_FIGURE_TEXT];
            if (axis < 0 && k > 0) break;
            snprintf(name, sizeof name, "%s%s%s", measure, k ? " by " : "", k ? g.axis[axis] : "");
            snprintf(title, sizeof title, "%s %s %s", measure, axis < 0 ? "of each" : "against",
                     axis < 0 ? "configuration" : g.axis[axis]);
            ak_charts_add(c, name, title, fill_measure, m * MOST_AXES + k);
        }
    }
}
