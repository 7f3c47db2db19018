/* SPDX-License-Identifier: Apache-2.0 */
/* study/table.c - the results of a study: per configuration and measurement the mean over seeds with its interval, the
 * paper's number beside it; below them the verdicts on the claims. */
#include "study/study.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 8, MOST_LABELS = 3 };

static const json_t *list_of(const study *s, const char *key) { return json_object_get(s->root, key); }

/* Numbers ------------------------------------------------------------------------------------------------------- */

static const json_t *published(const study *s, const json_t *labels, const char *measure, const char **source)
{
    const json_t *all = list_of(s, "published");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *row = json_array_get(all, i),
                     *v = json_object_get(json_object_get(row, "values"), measure);
        if (!v || !study_where(json_object_get(row, "where"), labels)) continue;
        *source = json_string_value(json_object_get(row, "source"));
        return v;
    }
    return NULL;
}

static json_t *mean_json(const akin_mean95 *m)
{
    json_t *o = json_object();
    json_object_set_new(o, "n", json_integer(m->n));
    json_object_set_new(o, "mean", cli_json_real(m->mean));
    json_object_set_new(o, "low", cli_json_real(m->low));
    json_object_set_new(o, "high", cli_json_real(m->high));
    return o;
}

static akin_status config_json(const study *s, study_store *db, int c, double *x, json_t **out,
                               akin_error *err)
{
    const json_t *measures = list_of(s, "measures");
    json_t *results = json_object();
    akin_status status = AKIN_OK;
    for (size_t i = 0; i < json_array_size(measures) && !status; i++) {
        const char *name = json_string_value(json_object_get(json_array_get(measures, i), "name")),
                   *source = NULL;
        akin_mean95 m = { .n = 0, .mean = NAN, .low = NAN, .high = NAN };
        int64_t n = 0;
        for (int k = 0; k < s->cell_count && !status; k++) {
            bool found = false;
            if (s->cells[k].config == c) status = study_value(db, s->cells[k].id, name, &x[n], &found, err);
            n += found;
        }
        if (!status && n) status = akin_mean95_of(x, n, &m, err);
        json_t *o = mean_json(&m);
        const json_t *paper = published(s, s->configs[c].labels, name, &source);
        if (paper) json_object_set(o, "published", (json_t *)paper);
        if (source) json_object_set_new(o, "source", json_string(source));
        json_object_set_new(results, name, o);
    }
    *out = json_pack("{s:s,s:O,s:O,s:o}", "name", s->configs[c].name, "labels", s->configs[c].labels,
                     "options", s->configs[c].options, "results", results);
    return status;
}

static json_t *cells_json(const study *s, study_store *db)
{
    int done = 0, failed = 0;
    double seconds = 0;
    for (int k = 0; k < s->cell_count; k++) {
        study_state state = { .status = "" };
        if (db) study_store_state(db, s->cells[k].id, &state, NULL);
        done += strcmp(state.status, "done") == 0;
        failed += strcmp(state.status, "failed") == 0;
        seconds += state.seconds;
    }
    return json_pack("{s:i,s:i,s:i,s:f}", "total", s->cell_count, "done", done, "failed", failed, "seconds",
                     seconds);
}

json_t *study_summary(const study *s, study_store *db, akin_error *err)
{
    const json_t *claims = list_of(s, "claims");
    json_t *configs = json_array(), *verdicts = json_array();
    double *x = malloc(2 * ((size_t)s->cell_count + 1) * sizeof *x);
    akin_status status = x ? AKIN_OK : study_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    for (int c = 0; c < s->config_count && !status; c++) {
        json_t *o = NULL;
        status = config_json(s, db, c, x, &o, err);
        if (o) json_array_append_new(configs, o);
    }
    for (size_t i = 0; i < json_array_size(claims) && !status; i++)
        status = study_judge(s, db, json_array_get(claims, i), x, verdicts, err);
    free(x);
    if (status) {
        json_decref(configs);
        json_decref(verdicts);
        return NULL;
    }
    json_t *seeds = json_object_get(s->root, "seeds");
    return json_pack("{s:s,s:s,s:s,s:s,s:f,s:s,s:O,s:o,s:o,s:o}", "study", study_text(s, "name"), "title",
                     study_text(s, "title"), "paper", study_text(s, "paper"), "data",
                     s->data ? s->data : study_text(s, "data"), "scale", s->scale, "version", akin_version(),
                     "seeds", seeds, "cells", cells_json(s, db), "configurations", configs, "claims",
                     verdicts);
}

/* Markdown ------------------------------------------------------------------------------------------------------ */

typedef struct page {
    char *text;
    size_t size, room;
    bool failed;
} page;

static void add(page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(page *p, const char *format, ...)
{
    char line[4096];
    va_list list;
    va_start(list, format);
    const int wrote = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const size_t n = wrote < 0 ? 0 : (size_t)wrote < sizeof line ? (size_t)wrote : sizeof line - 1;
    if (p->size + n + 1 > p->room) {
        const size_t room = 2 * (p->room + n + 512);
        char *bigger = realloc(p->text, room);
        if (!bigger) {
            p->failed = true;
            return;
        }
        p->text = bigger;
        p->room = room;
    }
    memcpy(p->text + p->size, line, n + 1);
    p->size += n;
}

/* A value with the digits of its measurement. */
static const char *number_text(const json_t *measure, double x, bool sign, char *to, size_t size)
{
    const json_t *digits = json_object_get(measure, "digits");
    if (!isfinite(x))
        snprintf(to, size, "-");
    else if (digits)
        snprintf(to, size, sign ? "%+.*f" : "%.*f", (int)json_integer_value(digits), x);
    else
        snprintf(to, size, sign ? "%+.4g" : "%.4g", x);
    return to;
}

static double real_at(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_number(v) ? json_number_value(v) : NAN;
}

/* "72.75 ± 0.31 (3)" */
static void add_mean(page *p, const json_t *measure, const json_t *result)
{
    char mean[64], half[64];
    const double m = real_at(result, "mean"), high = real_at(result, "high");
    const int n = (int)json_integer_value(json_object_get(result, "n"));
    if (!n)
        add(p, " - |");
    else if (n == 1)
        add(p, " %s (1) |", number_text(measure, m, false, mean, sizeof mean));
    else
        add(p, " %s ± %s (%d) |", number_text(measure, m, false, mean, sizeof mean),
            number_text(measure, high - m, false, half, sizeof half), n);
}

static void add_published(page *p, const json_t *measure, const json_t *result)
{
    char text[64];
    add(p, " %s |", number_text(measure, real_at(result, "published"), false, text, sizeof text));
}

/* Whether the paper has a number in column c (of a measurement when configs are the rows). */
static bool any_published(const json_t *configs, size_t config, const char *measure)
{
    for (size_t c = 0; c < json_array_size(configs); c++) {
        if (config != (size_t)-1 && c != config) continue;
        const json_t *results = json_object_get(json_array_get(configs, c), "results");
        const char *name;
        json_t *o;
        json_object_foreach((json_t *)results, name, o)
        {
            if (measure && strcmp(measure, name) != 0) continue;
            if (json_object_get(o, "published")) return true;
        }
    }
    return false;
}

static void rule(page *p, size_t columns)
{
    add(p, "\n|---|");
    for (size_t i = 0; i < columns; i++) add(p, "---|");
    add(p, "\n");
}

/* Whether a configuration has neither a result nor a number of the paper. */
static bool empty(const json_t *config)
{
    const char *name;
    json_t *o;
    json_object_foreach(json_object_get(config, "results"), name, o)
    {
        if (json_integer_value(json_object_get(o, "n")) || json_object_get(o, "published")) return false;
    }
    return true;
}

/* Measurements are the rows while the configurations fit beside one another. */
static void add_results(page *p, const study *s, const json_t *configs)
{
    const json_t *measures = list_of(s, "measures");
    const size_t n = json_array_size(configs), m = json_array_size(measures);
    const bool wide = n <= MOST_COLUMNS;
    size_t columns = 0;
    add(p, "|  |");
    for (size_t i = 0; i < (wide ? n : m); i++) {
        const char *name =
            json_string_value(json_object_get(json_array_get(wide ? configs : measures, i), "name"));
        add(p, " %s |", name);
        columns++;
        if (wide ? any_published(configs, i, NULL) : any_published(configs, (size_t)-1, name)) {
            add(p, " paper |");
            columns++;
        }
    }
    rule(p, columns);
    size_t left_out = 0;
    for (size_t r = 0; r < (wide ? m : n); r++) {
        if (!wide && empty(json_array_get(configs, r))) {
            left_out++;
            continue;
        }
        add(p, "| %s |",
            json_string_value(json_object_get(json_array_get(wide ? measures : configs, r), "name")));
        for (size_t i = 0; i < (wide ? n : m); i++) {
            const size_t c = wide ? i : r, k = wide ? r : i;
            const json_t *measure = json_array_get(measures, k);
            const char *name = json_string_value(json_object_get(measure, "name"));
            const json_t *result =
                json_object_get(json_object_get(json_array_get(configs, c), "results"), name);
            add_mean(p, measure, result);
            if (wide ? any_published(configs, c, NULL) : any_published(configs, (size_t)-1, name))
                add_published(p, measure, result);
        }
        add(p, "\n");
    }
    if (left_out)
        add(p, "\n%zu configuration%s without a result left out.\n", left_out, left_out > 1 ? "s" : "");
}

static const json_t *measure_named(const study *s, const char *name)
{
    const json_t *all = list_of(s, "measures");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(name, json_string_value(json_object_get(json_array_get(all, i), "name"))) == 0)
            return json_array_get(all, i);
    return NULL;
}

/* "accuracy, loss=ntxent" */
static void add_side(page *p, const json_t *what)
{
    if (json_is_number(what)) {
        add(p, "%.6g", json_number_value(what));
        return;
    }
    const char *other = json_string_value(json_object_get(what, "correlate")),
               *best = json_string_value(json_object_get(what, "best"));
    if (best) add(p, "%s ", best);
    if (other) add(p, "correlation of ");
    add(p, "%s", json_string_value(json_object_get(what, "measure")));
    if (other) add(p, " and %s", other);
    const char *axis;
    json_t *wanted;
    json_object_foreach(json_object_get(what, "where"), axis, wanted)
    {
        char text[128];
        add(p, ", %s=", axis);
        const size_t n = json_is_array(wanted) ? json_array_size(wanted) : 1;
        for (size_t i = 0; i < n; i++) {
            if (n > MOST_LABELS && i == 1) {
                add(p, "/../");
                i = n - 1;
            }
            add(p, "%s%s", i && n <= MOST_LABELS ? "/" : "",
                study_scalar(json_is_array(wanted) ? json_array_get(wanted, i) : wanted, text, sizeof text));
        }
        if (n > MOST_LABELS) add(p, " (%zu)", n);
    }
}

static void add_claims(page *p, const study *s, const json_t *claims)
{
    if (!json_array_size(claims)) return;
    add(p, "\n## Claims\n\n| claim | left | expected | right | left - right, 95 %% | n | verdict |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < json_array_size(claims); i++) {
        const json_t *c = json_array_get(claims, i);
        const json_t *left = json_object_get(c, "left"),
                     *measure = json_object_get(left, "correlate") /* whose unit is none of a measurement's */
                                    ? NULL
                                    : measure_named(s, json_string_value(json_object_get(left, "measure")));
        const char *text = json_string_value(json_object_get(c, "text")),
                   *expect = json_string_value(json_object_get(c, "expect"));
        const double margin = json_number_value(json_object_get(c, "margin"));
        char mean[64], low[64], high[64];
        add(p, "| %s%s%s | ", json_string_value(json_object_get(c, "name")), text ? ": " : "",
            text ? text : "");
        add_side(p, json_object_get(c, "left"));
        add(p, " | %s", expect);
        if (margin > 0) add(p, " (margin %g)", margin);
        add(p, " | ");
        add_side(p, json_object_get(c, "right"));
        add(p, " | %s", number_text(measure, real_at(c, "difference"), true, mean, sizeof mean));
        if (isfinite(real_at(c, "low")))
            add(p, " (%s to %s)", number_text(measure, real_at(c, "low"), true, low, sizeof low),
                number_text(measure, real_at(c, "high"), true, high, sizeof high));
        add(p, " | %lld | **%s** |\n", (long long)json_integer_value(json_object_get(c, "n")),
            json_string_value(json_object_get(c, "verdict")));
    }
    add(p, "\nreproduced: all of the interval is where the claim has it; contradicted: none of it; "
           "undecided: part of it, or\n"
           "fewer than two pairs. n counts seeds with both sides measured. Each interval has 95 %% for "
           "itself alone.\n");
}

static void add_sources(page *p, const study *s)
{
    const json_t *all = list_of(s, "published");
    const char *last = "";
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *source = json_string_value(json_object_get(json_array_get(all, i), "source"));
        if (source && strcmp(source, last) != 0)
            add(p, "%s%s", *last ? "; " : "\nPaper's numbers: ", source), last = source;
    }
    if (*last) add(p, ".\n");
}

char *study_markdown(const study *s, const json_t *summary)
{
    page p = { NULL, 0, 0, false };
    const json_t *cells = json_object_get(summary, "cells"),
                 *configs = json_object_get(summary, "configurations");
    const char *title = study_text(s, "title"), *paper = study_text(s, "paper");
    add(&p, "# Study %s%s%s\n\n", study_text(s, "name"), *title ? ": " : "", title);
    if (*study_text(s, "text")) add(&p, "%s\n\n", study_text(s, "text"));
    add(&p, "%s%sData %s; scale %g; %d of %d cells done", paper, *paper ? ". " : "",
        json_string_value(json_object_get(summary, "data")), s->scale,
        (int)json_integer_value(json_object_get(cells, "done")),
        (int)json_integer_value(json_object_get(cells, "total")));
    const int failed = (int)json_integer_value(json_object_get(cells, "failed"));
    if (failed) add(&p, ", %d failed", failed);
    add(&p, "; %.0f s; akin %s.\nMean over seeds ± half of the 95 %% interval (number of seeds).\n\n",
        real_at(cells, "seconds"), akin_version());
    add_results(&p, s, configs);
    add_sources(&p, s);
    add_claims(&p, s, json_object_get(summary, "claims"));
    if (!p.failed) return p.text;
    free(p.text);
    return NULL;
}
