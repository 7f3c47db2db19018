/* SPDX-License-Identifier: Apache-2.0 */
/* study/table.c - the summary of a study as Markdown: the results, below them the verdicts on the claims. */
#include "base/plain.h"
#include "study/study.h"
#include "base/escape.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 8, MOST_LABELS = 3 };

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
    const int wrote = akin_vformat(line, sizeof line, format, list);
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
static const char *number_text(const akin_json *measure, double x, bool sign, char *to, size_t size)
{
    const akin_json *digits = akin_json_get(measure, "digits");
    if (!isfinite(x))
        snprintf(to, size, "-");
    else if (digits)
        ak_snprintf(to, size, sign ? "%+.*f" : "%.*f", (int)akin_json_as_int(digits), x);
    else
        ak_snprintf(to, size, sign ? "%+.4g" : "%.4g", x);
    return to;
}

/* "72.75 ± 0.31 (3)" */
static void add_mean(page *p, const akin_json *measure, const akin_json *result)
{
    char mean[64], half[64];
    const double m = ak_study_number(result, "mean"), high = ak_study_number(result, "high");
    const int n = (int)akin_json_get_int(result, "n");
    if (!n)
        add(p, " - |");
    else if (n == 1)
        add(p, " %s (1) |", number_text(measure, m, false, mean, sizeof mean));
    else
        add(p, " %s ± %s (%d) |", number_text(measure, m, false, mean, sizeof mean),
            number_text(measure, high - m, false, half, sizeof half), n);
}

static void add_published(page *p, const akin_json *measure, const akin_json *result)
{
    char text[64];
    add(p, " %s |", number_text(measure, ak_study_number(result, "published"), false, text, sizeof text));
}

/* Whether the paper has a number in column c (of a measurement when configs are the rows). */
static bool any_published(const akin_json *configs, size_t config, const char *measure)
{
    for (size_t c = 0; c < akin_json_length(configs); c++) {
        if (config != (size_t)-1 && c != config) continue;
        const akin_json *results = akin_json_get(akin_json_at(configs, c), "results");
        const char *name;
        akin_json *o;
        AKIN_JSON_EACH((akin_json *)results, name, o)
        {
            if (measure && strcmp(measure, name) != 0) continue;
            if (akin_json_get(o, "published")) return true;
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
static bool empty(const akin_json *config)
{
    const char *name;
    akin_json *o;
    AKIN_JSON_EACH(akin_json_get(config, "results"), name, o)
    {
        if (akin_json_get_int(o, "n") || akin_json_get(o, "published")) return false;
    }
    return true;
}

/* Measurements are the rows while the configurations fit beside one another. */
static void add_results(page *p, const akin_study *s, const akin_json *configs)
{
    const akin_json *measures = ak_study_list(s, "measures");
    const size_t n = akin_json_length(configs), m = akin_json_length(measures);
    const bool wide = n <= MOST_COLUMNS;
    size_t columns = 0;
    add(p, "|  |");
    for (size_t i = 0; i < (wide ? n : m); i++) {
        const char *name = akin_json_get_text(akin_json_at(wide ? configs : measures, i), "name");
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
        if (!wide && empty(akin_json_at(configs, r))) {
            left_out++;
            continue;
        }
        add(p, "| %s |", akin_json_get_text(akin_json_at(wide ? measures : configs, r), "name"));
        for (size_t i = 0; i < (wide ? n : m); i++) {
            const size_t c = wide ? i : r, k = wide ? r : i;
            const akin_json *measure = akin_json_at(measures, k);
            const char *name = akin_json_get_text(measure, "name");
            const akin_json *result = akin_json_get(akin_json_get(akin_json_at(configs, c), "results"), name);
            add_mean(p, measure, result);
            if (wide ? any_published(configs, c, NULL) : any_published(configs, (size_t)-1, name))
                add_published(p, measure, result);
        }
        add(p, "\n");
    }
    if (left_out)
        add(p, "\n%zu configuration%s without a result left out.\n", left_out, left_out > 1 ? "s" : "");
}

/* "accuracy, loss=ntxent" */
static void add_side(page *p, const akin_json *what)
{
    if (akin_json_is_number(what)) {
        add(p, "%.6g", akin_json_as_real(what));
        return;
    }
    const char *other = akin_json_get_text(what, "correlate"), *best = akin_json_get_text(what, "best");
    if (best) add(p, "%s ", best);
    if (other) add(p, "correlation of ");
    add(p, "%s", akin_json_get_text(what, "measure"));
    if (other) add(p, " and %s", other);
    const char *axis;
    akin_json *wanted;
    AKIN_JSON_EACH(akin_json_get(what, "where"), axis, wanted)
    {
        char text[128];
        add(p, ", %s=", axis);
        const size_t n = akin_json_is_array(wanted) ? akin_json_length(wanted) : 1;
        for (size_t i = 0; i < n; i++) {
            if (n > MOST_LABELS && i == 1) {
                add(p, "/../");
                i = n - 1;
            }
            add(p, "%s%s", i && n <= MOST_LABELS ? "/" : "",
                ak_study_scalar(akin_json_is_array(wanted) ? akin_json_at(wanted, i) : wanted, text,
                                sizeof text));
        }
        if (n > MOST_LABELS) add(p, " (%zu)", n);
    }
}

static void add_claims(page *p, const akin_study *s, const akin_json *claims)
{
    if (!akin_json_length(claims)) return;
    add(p, "\n## Claims\n\n| claim | left | expected | right | left - right, 95 %% | n | verdict |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < akin_json_length(claims); i++) {
        const akin_json *c = akin_json_at(claims, i);
        const akin_json *left = akin_json_get(c, "left"),
                        *measure =
                            akin_json_get(left, "correlate") /* whose unit is none of a measurement's */
                                ? NULL
                                : ak_study_measure_named(s, akin_json_get_text(left, "measure"));
        const char *text = akin_json_get_text(c, "text"), *expect = akin_json_get_text(c, "expect");
        const double margin = akin_json_as_real(akin_json_get(c, "margin"));
        char mean[64], low[64], high[64];
        add(p, "| %s%s%s | ", akin_json_get_text(c, "name"), text ? ": " : "", text ? text : "");
        add_side(p, akin_json_get(c, "left"));
        add(p, " | %s", expect);
        if (margin > 0) add(p, " (margin %g)", margin);
        add(p, " | ");
        add_side(p, akin_json_get(c, "right"));
        if (akin_json_get_bool(c, "exact"))
            add(p, " | %s - %s = %s, exact",
                number_text(measure, ak_study_number(c, "left_mean"), false, low, sizeof low),
                number_text(measure, ak_study_number(c, "right_mean"), false, high, sizeof high),
                number_text(measure, ak_study_number(c, "difference"), true, mean, sizeof mean));
        else
            add(p, " | %s", number_text(measure, ak_study_number(c, "difference"), true, mean, sizeof mean));
        if (!akin_json_get_bool(c, "exact") && isfinite(ak_study_number(c, "low")))
            add(p, " (%s to %s)", number_text(measure, ak_study_number(c, "low"), true, low, sizeof low),
                number_text(measure, ak_study_number(c, "high"), true, high, sizeof high));
        const long long items = (long long)akin_json_get_int(c, "items");
        add(p, " | %lld", (long long)akin_json_get_int(c, "n"));
        if (items) add(p, " x %lld", items);
        add(p, " | **%s** |\n", akin_json_get_text(c, "verdict"));
    }
    add(p,
        "\nreproduced: all of the interval is where the claim has it; contradicted: none of it; "
        "undecided: part of it, or\n"
        "fewer than two pairs. exact: it follows from the grid, so one pair decides. n counts seeds with\n"
        "both sides measured; n x items: paired on the test items too, and the interval covers other test\n"
        "items. Without items it covers other seeds alone. Each interval has 95 %% for itself alone.\n");
}

static void add_sources(page *p, const akin_study *s)
{
    const akin_json *all = ak_study_list(s, "published");
    const char *last = "";
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const char *source = akin_json_get_text(akin_json_at(all, i), "source");
        if (source && strcmp(source, last) != 0)
            add(p, "%s%s", *last ? "; " : "\nPaper's numbers: ", source), last = source;
    }
    if (*last) add(p, ".\n");
}

akin_status akin_study_table(const akin_study *s, const akin_json *summary, char **out, akin_error *err)
{
    if (!s || !summary || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "study_table: study, summary and out must not be NULL");
    AK_TRY(akin_json_check(summary, err)); /* it is read without asking whether all of it is there */
    page p = { NULL, 0, 0, false };
    const akin_json *cells = akin_json_get(summary, "cells"),
                    *configs = akin_json_get(summary, "configurations");
    const char *title = ak_study_text(s, "title"), *paper = ak_study_text(s, "paper");
    add(&p, "# Study %s%s%s\n\n", ak_study_text(s, "name"), *title ? ": " : "", title);
    for (const char *line = ak_study_text(s, "text"); *line;) {
        const size_t n = strcspn(line, "\n");
        const bool last = line[n] == 0;
        add(&p, last ? "%.*s\n\n" : "%.*s\n", (int)n, line);
        line += n + !last;
    }
    add(&p, "%s%sData %s; scale %g; %d of %d cells done", paper, *paper ? ". " : "",
        akin_json_get_text(summary, "data"), s->scale, (int)akin_json_get_int(cells, "done"),
        (int)akin_json_get_int(cells, "total"));
    const int failed = (int)akin_json_get_int(cells, "failed");
    if (failed) add(&p, ", %d failed", failed);
    add(&p, "; %.0f s; akin %s.\nMean over seeds ± half of the 95 %% interval (number of seeds).\n\n",
        ak_study_number(cells, "seconds"), akin_version());
    add_results(&p, s, configs);
    add_sources(&p, s);
    add_claims(&p, s, akin_json_get(summary, "claims"));
    if (p.failed) {
        free(p.text);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    }
    *out = p.text;
    return AKIN_OK;
}
