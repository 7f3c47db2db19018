/* SPDX-License-Identifier: Apache-2.0 */
/* report/plot.c - one chart as a file: found by its name, made in memory, written in one piece. */
#include "report/plot.h"

#include "akin/tool/program.h"
#include "base/path.h"
#include "base/plain.h"
#include "report/chart.h"
#include "report/figures.h"
#include "report/map.h"
#include "report/raster.h"

#include <string.h>

enum { LEAST = 100, WIDTH = 640, HEIGHT = 380 };
static const double CM = 0.7 * 2.54 / 96; /* of one px in TeX, whose texts are smaller */

typedef enum plot_form { SVG, PDF, PNG, CSV, TEX, FORMS } plot_form;
static const char *const FORM[FORMS] = { ".svg", ".pdf", ".png", ".csv", ".tex" };

/* What is asked for, opened. */
typedef struct subject {
    ak_run *runs;
    akin_report_map map;
    ak_charts_of of;
    ak_charts charts;
} subject;

static void subject_close(subject *s)
{
    ak_charts_free(&s->charts);
    ak_runs_free(s->runs, s->of.count);
}

static akin_status take_map(subject *s, const akin_report_map *map, akin_error *err)
{
    s->map = (akin_report_map)AKIN_REPORT_MAP_INIT;
    AK_TRY(ak_opts_import(&s->map, map, "plot map", err));
    if (s->map.missing) return ak_fail(err, AKIN_ERR_INPUT, "there is no map: %s", s->map.missing);
    s->of.map = &s->map;
    return ak_report_map_check(&s->map, err);
}

/* *s must stay where it is. map: NULL where none was made. */
static akin_status subject_open(subject *s, const char *const *runs, int count, const akin_json *study,
                                const akin_report_map *map, akin_error *err)
{
    *s = (subject){ .of = { .study = study } };
    if (map && !study) AK_TRY(take_map(s, map, err));
    if (study)
        AK_TRY(akin_json_check(study, err));
    else {
        AK_TRY(ak_runs_load(runs, count, false, "plot", &s->runs, err));
        s->of.runs = s->runs;
        s->of.count = count;
    }
    ak_charts_list(&s->charts, &s->of);
    const akin_error why = s->charts.why;
    akin_status status = AKIN_OK;
    if (why.status && why.status != AKIN_ERR_FORMAT)
        status = ak_fail(err, why.status, "%s", why.message);
    else if (s->charts.failed)
        status = ak_no_memory(err, "for the list of charts");
    /* A page is worth seeing without one of its parts; a chart would leave it out in silence. */
    for (int r = 0; r < s->of.count && !status; r++)
        if (s->runs[r].unread.status && s->runs[r].unread.status != AKIN_ERR_FORMAT)
            status = ak_fail(err, s->runs[r].unread.status, "%s", s->runs[r].unread.message);
    if (status) subject_close(s);
    return status;
}

akin_status akin_plot_list(const char *const *runs, int count, const akin_json *study, akin_json **out,
                           akin_error *err)
{
    subject s;
    if (!out) return ak_fail(err, AKIN_ERR_ARGUMENT, "plot_list: out must not be NULL");
    AK_TRY(subject_open(&s, runs, count, study, NULL, err));
    akin_json *all = akin_json_array();
    for (int i = 0; i < s.charts.count; i++)
        akin_json_append(
            all, akin_json_pack("{s:s,s:s}", "name", s.charts.row[i].name, "title", s.charts.row[i].title));
    subject_close(&s);
    const akin_status status = akin_json_check(all, err);
    if (status)
        akin_json_free(all);
    else
        *out = all;
    return status;
}

/* One chart ---------------------------------------------------------------------------------------------- */

static akin_status find(const subject *s, const char *what, const ak_chart **out, akin_error *err)
{
    const char **names = calloc((size_t)s->charts.count + 1, sizeof *names);
    if (!names) return ak_no_memory(err, "for the names of charts");
    *out = NULL;
    for (int i = 0; i < s->charts.count; i++) {
        names[i] = s->charts.row[i].name;
        if (strcmp(names[i], what) == 0) *out = &s->charts.row[i];
    }
    const char *near = akin_nearest_name(what, names);
    free(names);
    if (*out) return AKIN_OK;
    for (int r = 0; r < s->of.count; r++) /* it may be drawn from what is damaged */
        if (s->runs[r].unread.status)
            return ak_fail(err, s->runs[r].unread.status, "there is no chart '%s': %s", what,
                           s->runs[r].unread.message);
    if (s->charts.why.status)
        return ak_fail(err, s->charts.why.status, "there is no chart '%s': %s", what, s->charts.why.message);
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "there is no chart '%s'%s%s%s; without a name akin plot lists those there are", what,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static akin_status form_of(const char *path, plot_form *out, akin_error *err)
{
    const size_t n = strlen(path);
    for (int f = 0; f < FORMS; f++)
        if (n > 4 && ak_strcasecmp(path + n - 4, FORM[f]) == 0 && path[n - 5] != '/') {
            *out = (plot_form)f;
            return AKIN_OK;
        }
    return ak_fail(
        err, AKIN_ERR_ARGUMENT,
        "'%s' does not say which form; a chart is .svg, .pdf, .png, .csv or .tex, by the end of its name",
        path);
}

static akin_status check_size(const char *name, double x, akin_error *err)
{
    if (x == 0 || (x >= LEAST && x <= AKIN_PLOT_MOST)) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_RANGE, "plot: the %s is %g; it must be %d to %d px", name, x, LEAST,
                   AKIN_PLOT_MOST);
}

/* Groups take as much room as they need. */
static double height_of(ak_figure *f, double width)
{
    if (f->items) return fmin(AKIN_PLOT_MOST, ak_chart_map_height(f, width));
    if (!f->groups) return HEIGHT;
    return fmin(AKIN_PLOT_MOST, 110 + (double)f->groups * fmax(24, 10 * f->traces + 8));
}

static akin_status make(ak_figure *f, plot_form form, const akin_plot_opts *o, const char *created,
                        char **out, size_t *bytes, akin_error *err)
{
    const double width = o->width > 0 ? o->width : WIDTH,
                 height = o->height > 0 ? o->height : height_of(f, width);
    if (form == CSV) return ak_figure_csv(f, out, bytes, err);
    if (form == TEX) return ak_figure_tex(f, CM * width, CM * height, out, bytes, err);
    ak_html h = { 0 };
    ak_chart_draw(&h, f,
                  &(ak_drawing){ .kind = AK_DRAW_FILE, .width = width, .height = height, .dark = o->dark });
    akin_status status = h.failed ? ak_no_memory(err, "for a chart") : AKIN_OK;
    if (status || form == SVG) {
        *out = h.data;
        *bytes = h.used;
        return status;
    }
    char *drawing = h.data;
    status = ak_raster(drawing, h.used, form == PDF, width, height, created, out, bytes, err);
    free(drawing);
    return status;
}

static akin_status write_chart(const subject *s, const ak_chart *chart, plot_form form, const char *path,
                               const akin_plot_opts *o, akin_error *err)
{
    ak_figure f;
    char *data = NULL;
    size_t bytes = 0;
    const char *created = s->of.study ? NULL : akin_json_get_text(s->of.runs->record, "created");
    chart->fill(&f, &s->of, chart->at);
    akin_status status =
        f.failed ? ak_no_memory(err, "for the chart '%s'", chart->name)
                 : make(&f, form, o, created ? created : "1970-01-01T00:00:00Z", &data, &bytes, err);
    if (!status) status = akin_file_save(path, data, bytes, err);
    free(data);
    ak_figure_free(&f);
    return status;
}

static akin_status check(const char *what, const char *out_path, const akin_plot_opts *o, plot_form *form,
                         akin_error *err)
{
    bool there = false;
    if (!what || !out_path)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "plot: what and out_path must not be NULL");
    AK_TRY(form_of(out_path, form, err));
    AK_TRY(check_size("width", o->width, err));
    AK_TRY(check_size("height", o->height, err));
    if (*form == PDF || *form == PNG) AK_TRY(akin_build_need("librsvg", err));
    if (!o->overwrite) AK_TRY(ak_look_stored(out_path, &there, NULL, err));
    return there ? ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", out_path) : AKIN_OK;
}

akin_status ak_plot_check(const char *what, const char *out_path, const akin_plot_opts *o, akin_error *err)
{
    plot_form form = SVG;
    return check(what, out_path, o, &form, err);
}

akin_status akin_plot_write(const char *const *runs, int count, const akin_json *study, const char *what,
                            const char *out_path, const akin_plot_opts *user, akin_error *err)
{
    akin_plot_opts o = AKIN_PLOT_OPTS_INIT;
    plot_form form = SVG;
    const ak_chart *chart;
    subject s;
    AK_TRY(ak_opts_import(&o, user, "plot", err));
    AK_TRY(check(what, out_path, &o, &form, err));
    AK_TRY(subject_open(&s, runs, count, study, o.map, err));
    akin_status status = find(&s, what, &chart, err);
    if (!status && chart->fill == ak_figure_map && !s.of.map)
        status = ak_fail(err, AKIN_ERR_ARGUMENT,
                         "plot: the map is to be handed over; akin_plot_make() computes it");
    if (!status) status = write_chart(&s, chart, form, out_path, &o, err);
    subject_close(&s);
    return status;
}
