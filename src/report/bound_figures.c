/* SPDX-License-Identifier: Apache-2.0 */
/* report/bound_figures.c - the charts of theory: what is measured beside its bounds, one below the other, and
 * how they move over training. Quantities that share an axis on the page share a chart, which is named by the
 * first of its bounds; its axis is that of scale.h. */
#include "report/bound.h"
#include "report/chart.h"
#include "report/figures.h"
#include "report/scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BOUNDS = 24 };

/* The record that the page shows, and the checkpoints. */
typedef struct theory {
    akin_json *lines;
    const akin_json *record;
    ak_bound *all;
    size_t count;
} theory;

static void theory_close(theory *t)
{
    free(t->all);
    akin_json_free(t->lines);
}

/* why: receives what could not be read; may be NULL. */
static theory theory_open(const ak_run *run, bool newest, bool *failed, akin_error *why)
{
    theory t = { .lines = NULL };
    akin_status status;
    akin_error err;
    t.lines = ak_bounds_lines(run->folder, &status, &err);
    *failed = *failed || status == AKIN_ERR_NOMEM;
    if (status && why && !why->status) *why = err;
    const size_t n = akin_json_length(t.lines);
    const bool kept = !newest && akin_json_length(akin_json_get(run->bounds, "bounds")) > 0;
    t.record = kept ? run->bounds : n ? akin_json_at(t.lines, n - 1) : NULL;
    t.all = ak_bounds_read(t.record, &t.count, failed);
    return t;
}

static bool is_seen(const ak_bound *b) { return b->sort == AK_BOUND_FAILS || b->sort == AK_BOUND_SHOWN; }

static bool same_axis(const ak_bound *a, const ak_bound *b)
{
    return strcmp(a->words.what, b->words.what) == 0 && strcmp(a->words.unit, b->words.unit) == 0;
}

/* The first bound of quantity k among those that are seen; count: there is none. */
static size_t quantity_at(const theory *t, int k)
{
    for (size_t i = 0; i < t->count; i++) {
        bool first = is_seen(&t->all[i]);
        for (size_t j = 0; j < i && first; j++)
            first = !is_seen(&t->all[j]) || !same_axis(&t->all[j], &t->all[i]);
        if (first && k-- == 0) return i;
    }
    return t->count;
}

static const char *name_of(const ak_bound *b) { return b->words.title ? b->words.title : b->words.name; }

/* The axis: all that is measured, and of the bounds what is not far away. */
static void fit(ak_figure *f, int cores)
{
    size_t n = 0, cored = 0;
    for (int t = 0; t < f->traces; t++) n += (size_t)f->trace[t].n;
    double *all = malloc((n + 1) * sizeof *all);
    if (!all) {
        f->failed = true;
        return;
    }
    n = 0;
    for (int t = 0; t < f->traces; t++) { /* the core comes first */
        memcpy(all + n, f->trace[t].y, (size_t)f->trace[t].n * sizeof *all);
        n += (size_t)f->trace[t].n;
        if (t < cores) cored = n;
    }
    const ak_scale s = ak_scale_of(all, cored, all, n);
    f->log_y = s.log;
    f->y0 = s.log ? pow(10, s.from) : s.from;
    f->y1 = s.log ? pow(10, s.to) : s.to;
    f->broken = s.above || s.below;
    free(all);
}

static void fill_hold(ak_figure *f, const ak_charts_of *of, int at)
{
    bool failed = false;
    theory t = theory_open(of->runs, false, &failed, NULL);
    const size_t first = quantity_at(&t, at);
    ak_figure_init(f, "Bounds of papers beside what is measured", "bound", "value");
    f->failed = failed;
    if (first < t.count) {
        const ak_bound *q = &t.all[first];
        snprintf(f->title, sizeof f->title, "%s beside its bounds", q->words.what);
        ak_figure_name(f->y_name, q->words.unit);
        ak_trace *measured = ak_figure_add(f, "measured", "b2", (int64_t)t.count, true);
        ak_trace *bound = measured ? ak_figure_add(f, "bound", "c1", (int64_t)t.count, true) : NULL;
        if (bound) measured = &f->trace[0], measured->n = bound->n = 0;
        for (size_t i = first; i < t.count && bound; i++) {
            const ak_bound *b = &t.all[i];
            if (!is_seen(b) || !same_axis(b, q) || !ak_figure_group(f, name_of(b))) continue;
            const double y[2][3] = { { b->measured, b->measured_low, b->measured_high },
                                     { b->value, b->low, b->high } };
            for (int k = 0; k < 2; k++) {
                ak_trace *to = &f->trace[k];
                to->lone = to->marks = true;
                to->open = k == 1;
                to->x[to->n] = (double)(f->groups - 1);
                to->y[to->n] = y[k][0];
                to->low[to->n] = y[k][1];
                to->high[to->n++] = y[k][2];
            }
        }
        fit(f, 1);
    }
    theory_close(&t);
}

static const akin_json *row_named(const akin_json *line, const char *name)
{
    size_t i;
    akin_json *row;
    AKIN_JSON_ITEMS(akin_json_get(line, "bounds"), i, row)
    {
        const char *own = akin_json_get_text(row, "name");
        if (own && strcmp(own, name) == 0) return row;
    }
    return NULL;
}

/* One number of a row over the checkpoints. */
static void add_moving(ak_figure *f, const theory *t, const ak_bound *b, const char *name, const char *class,
                       const char *key, bool dashed)
{
    ak_trace *to = ak_figure_add(f, name, class, (int64_t)akin_json_length(t->lines), false);
    for (int64_t i = 0; to && i < to->n; i++) {
        const akin_json *line = akin_json_at(t->lines, (size_t)i), *row = row_named(line, b->words.name);
        to->x[i] = akin_json_get_real(line, "step");
        to->y[i] = akin_json_get_real(row, key);
        if (isnan(to->y[i]) && isfinite(akin_json_get_real(row, "log_value")) && strcmp(key, "value") == 0)
            to->y[i] = INFINITY; /* JSON has no infinity */
    }
    if (to) to->dashed = dashed;
}

static void fill_moves(ak_figure *f, const ak_charts_of *of, int at)
{
    bool failed = false;
    theory t = theory_open(of->runs, true, &failed, NULL);
    const size_t first = quantity_at(&t, at);
    ak_figure_init(f, "Bounds of papers over training", "step", "value");
    f->failed = failed;
    f->whole = true;
    if (first < t.count) {
        const ak_bound *q = &t.all[first];
        int bounds = 0;
        snprintf(f->title, sizeof f->title, "%s and its bounds against the step", q->words.what);
        ak_figure_name(f->y_name, q->words.unit);
        add_moving(f, &t, q, "measured", "c0", "measured", false);
        if (isfinite(q->reference))
            add_moving(f, &t, q, "chance, or the least there is", "b0", "reference", true);
        const int cores = f->traces;
        for (size_t i = first; i < t.count && bounds < MOST_BOUNDS; i++)
            if (is_seen(&t.all[i]) && same_axis(&t.all[i], q))
                add_moving(f, &t, &t.all[i], name_of(&t.all[i]), ak_chart_class(1 + bounds++ % 6), "value",
                           true);
        fit(f, cores);
    }
    theory_close(&t);
}

void ak_charts_of_bounds(ak_charts *c, const ak_charts_of *of)
{
    char name[2 * AK_FIGURE_TEXT], title[3 * AK_FIGURE_TEXT];
    for (int newest = 0; newest < 2; newest++) {
        theory t = theory_open(of->runs, newest, &c->failed, &c->why);
        for (int k = 0; newest == 0 || akin_json_length(t.lines) > 1; k++) {
            const size_t i = quantity_at(&t, k);
            if (i == t.count) break;
            const ak_bound_words *w = &t.all[i].words;
            snprintf(name, sizeof name, newest ? "moves %s" : "bounds %s", w->name);
            snprintf(title, sizeof title, newest ? "over training: %s (%s)" : "bounds of: %s (%s)", w->what,
                     w->unit);
            ak_charts_add(c, name, title, newest ? fill_moves : fill_hold, k);
        }
        theory_close(&t);
    }
}
