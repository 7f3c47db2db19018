/* SPDX-License-Identifier: Apache-2.0 */
/* study/table.c - the summary of a study as rows of cells with their words, whatever prints them. */
#include "study/table.h"

#include "base/escape.h"
#include "base/plain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COLUMNS = 8, MOST_LABELS = 3 };

static void grow(ak_print *p, const char *text, size_t n)
{
    if (p->failed) return;
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
    memcpy(p->text + p->size, text, n);
    p->size += n;
    p->text[p->size] = 0;
}

void ak_print_raw(ak_print *p, const char *text) { grow(p, text, strlen(text)); }

void ak_print_add(ak_print *p, const char *format, ...)
{
    char line[4096];
    va_list list;
    va_start(list, format);
    const int wrote = akin_vformat(line, sizeof line, format, list);
    va_end(list);
    grow(p, line, wrote < 0 ? 0 : (size_t)wrote < sizeof line ? (size_t)wrote : sizeof line - 1);
}

/* The results ------------------------------------------------------------------------------------------ */

static const akin_json *result_of(const ak_results *r, size_t config, size_t measure)
{
    return akin_json_get(akin_json_get(akin_json_at(r->configs, config), "results"),
                         akin_json_get_text(akin_json_at(r->measures, measure), "name"));
}

bool ak_results_published(const ak_results *r, size_t config, size_t measure)
{
    for (size_t c = 0; c < akin_json_length(r->configs); c++)
        for (size_t m = 0; m < akin_json_length(r->measures); m++)
            if ((config == (size_t)-1 || c == config) && (measure == (size_t)-1 || m == measure) &&
                akin_json_get(result_of(r, c, m), "published"))
                return true;
    return false;
}

/* Whether a configuration has neither a result nor a number of the paper. */
static bool is_empty(const ak_results *r, size_t config)
{
    for (size_t m = 0; m < akin_json_length(r->measures); m++) {
        const akin_json *o = result_of(r, config, m);
        if (akin_json_get_int(o, "n") || akin_json_get(o, "published")) return false;
    }
    return true;
}

akin_status ak_results_make(ak_results *r, const akin_study *s, const akin_json *summary, bool measures_down,
                            akin_error *err)
{
    *r = (ak_results){ .configs = akin_json_get(summary, "configurations"),
                       .measures = ak_study_list(s, "measures") };
    const size_t n = akin_json_length(r->configs), m = akin_json_length(r->measures);
    r->measures_down = measures_down && n <= MOST_COLUMNS;
    const size_t down = r->measures_down ? m : n, across = r->measures_down ? n : m;
    r->row = malloc((down + 1) * sizeof *r->row);
    r->column = malloc(2 * (across + 1) * sizeof *r->column);
    if (!r->row || !r->column) {
        ak_results_free(r);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    }
    for (size_t i = 0; i < down; i++)
        if (!r->measures_down && is_empty(r, i))
            r->left_out++;
        else
            r->row[r->rows++] = i;
    for (size_t i = 0; i < across; i++) {
        r->column[r->columns++] = (ak_result_column){ i, false };
        if (r->measures_down ? ak_results_published(r, i, (size_t)-1)
                             : ak_results_published(r, (size_t)-1, i))
            r->column[r->columns++] = (ak_result_column){ i, true };
    }
    return AKIN_OK;
}

void ak_results_free(ak_results *r)
{
    free(r->row);
    free(r->column);
    *r = (ak_results){ 0 };
}

const char *ak_results_row_name(const ak_results *r, size_t row)
{
    return akin_json_get_text(akin_json_at(r->measures_down ? r->measures : r->configs, r->row[row]), "name");
}

const char *ak_results_column_name(const ak_results *r, size_t column)
{
    const ak_result_column c = r->column[column];
    if (c.paper) return "paper";
    return akin_json_get_text(akin_json_at(r->measures_down ? r->configs : r->measures, c.at), "name");
}

ak_result_cell ak_results_cell(const ak_results *r, size_t row, size_t column)
{
    const size_t across = r->column[column].at, c = r->measures_down ? across : r->row[row],
                 m = r->measures_down ? r->row[row] : across;
    return (ak_result_cell){ akin_json_at(r->measures, m), result_of(r, c, m), r->column[column].paper };
}

const char *ak_result_number(const akin_json *measure, double x, bool sign, char *to, size_t size)
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

void ak_result_words(ak_print *p, ak_result_cell cell)
{
    char mean[64], half[64];
    const double m = ak_study_number(cell.result, cell.paper ? "published" : "mean"),
                 high = ak_study_number(cell.result, "high");
    const int n = (int)akin_json_get_int(cell.result, "n");
    ak_print_add(p, "%s", ak_result_number(cell.measure, m, false, mean, sizeof mean));
    if (cell.paper || !n) return;
    if (n > 1) ak_print_add(p, " ± %s", ak_result_number(cell.measure, high - m, false, half, sizeof half));
    ak_print_add(p, " (%d)", n);
}

/* The claims ------------------------------------------------------------------------------------------- */

const char *const ak_claim_heads[AK_CLAIM_COLUMNS] = {
    "claim", "left", "expected", "right", "left - right, 95 %", "n", "verdict"
};
const char ak_claim_legend[] =
    "reproduced: all of the interval is where the claim has it; contradicted: none of it; "
    "undecided: part of it, or\n"
    "fewer than two pairs. exact: it follows from the grid, so one pair decides. n counts seeds with\n"
    "both sides measured; n x items: paired on the test items too, and the interval covers other test\n"
    "items. Without items it covers other seeds alone. Each interval has 95 % for itself alone.\n";

/* "accuracy, loss=ntxent" */
static void add_side(ak_print *p, const akin_json *what)
{
    if (akin_json_is_number(what)) {
        ak_print_add(p, "%.6g", akin_json_as_real(what));
        return;
    }
    const char *other = akin_json_get_text(what, "correlate"), *best = akin_json_get_text(what, "best");
    if (best) ak_print_add(p, "%s ", best);
    if (other) ak_print_add(p, "correlation of ");
    ak_print_add(p, "%s", akin_json_get_text(what, "measure"));
    if (other) ak_print_add(p, " and %s", other);
    const char *axis;
    akin_json *wanted;
    AKIN_JSON_EACH(akin_json_get(what, "where"), axis, wanted)
    {
        char text[128];
        ak_print_add(p, ", %s=", axis);
        const size_t n = akin_json_is_array(wanted) ? akin_json_length(wanted) : 1;
        for (size_t i = 0; i < n; i++) {
            if (n > MOST_LABELS && i == 1) {
                ak_print_add(p, "/../");
                i = n - 1;
            }
            ak_print_add(p, "%s%s", i && n <= MOST_LABELS ? "/" : "",
                         ak_study_scalar(akin_json_is_array(wanted) ? akin_json_at(wanted, i) : wanted, text,
                                         sizeof text));
        }
        if (n > MOST_LABELS) ak_print_add(p, " (%zu)", n);
    }
}

/* "+0.31 (+0.12 to +0.50)" */
static void add_difference(ak_print *p, const akin_study *s, const akin_json *c)
{
    const akin_json *left = akin_json_get(c, "left"),
                    *measure = akin_json_get(left, "correlate") /* whose unit is none of a measurement's */
                                   ? NULL
                                   : ak_study_measure_named(s, akin_json_get_text(left, "measure"));
    char mean[64], low[64], high[64];
    ak_result_number(measure, ak_study_number(c, "difference"), true, mean, sizeof mean);
    if (akin_json_get_bool(c, "exact")) {
        ak_print_add(p, "%s - %s = %s, exact",
                     ak_result_number(measure, ak_study_number(c, "left_mean"), false, low, sizeof low),
                     ak_result_number(measure, ak_study_number(c, "right_mean"), false, high, sizeof high),
                     mean);
        return;
    }
    ak_print_add(p, "%s", mean);
    if (isfinite(ak_study_number(c, "low")))
        ak_print_add(p, " (%s to %s)",
                     ak_result_number(measure, ak_study_number(c, "low"), true, low, sizeof low),
                     ak_result_number(measure, ak_study_number(c, "high"), true, high, sizeof high));
}

void ak_claim_words(ak_print *p, const akin_study *s, const akin_json *c, int column)
{
    const char *text = akin_json_get_text(c, "text");
    const double margin = akin_json_as_real(akin_json_get(c, "margin"));
    const long long items = (long long)akin_json_get_int(c, "items");
    switch (column) {
    case AK_CLAIM:
        ak_print_add(p, "%s%s%s", akin_json_get_text(c, "name"), text ? ": " : "", text ? text : "");
        break;
    case AK_CLAIM_LEFT: add_side(p, akin_json_get(c, "left")); break;
    case AK_CLAIM_RIGHT: add_side(p, akin_json_get(c, "right")); break;
    case AK_CLAIM_EXPECTED:
        ak_print_add(p, "%s", akin_json_get_text(c, "expect"));
        if (margin > 0) ak_print_add(p, " (margin %g)", margin);
        break;
    case AK_CLAIM_DIFFERENCE: add_difference(p, s, c); break;
    case AK_CLAIM_N:
        ak_print_add(p, "%lld", (long long)akin_json_get_int(c, "n"));
        if (items) ak_print_add(p, " x %lld", items);
        break;
    default: ak_print_add(p, "%s", akin_json_get_text(c, "verdict"));
    }
}

/* What stands around them ------------------------------------------------------------------------------ */

bool ak_table_sources(ak_print *p, const akin_study *s, const char *before)
{
    const akin_json *all = ak_study_list(s, "published");
    const char *last = NULL;
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const char *source = akin_json_get_text(akin_json_at(all, i), "source");
        if (!source || (last && strcmp(source, last) == 0)) continue;
        ak_print_add(p, "%s%s", last ? "; " : before, source);
        last = source;
    }
    return last != NULL;
}

void ak_table_state(ak_print *p, const akin_study *s, const akin_json *summary)
{
    const akin_json *cells = akin_json_get(summary, "cells");
    const char *paper = ak_study_text(s, "paper");
    const int failed = (int)akin_json_get_int(cells, "failed");
    ak_print_add(p, "%s%sData %s; scale %g; %d of %d cells done", paper, *paper ? ". " : "",
                 akin_json_get_text(summary, "data"), s->scale, (int)akin_json_get_int(cells, "done"),
                 (int)akin_json_get_int(cells, "total"));
    if (failed) ak_print_add(p, ", %d failed", failed);
    ak_print_add(p, "; %.0f s; akin %s.", ak_study_number(cells, "seconds"), akin_version());
}

akin_status akin_study_table_as(const akin_study *s, const akin_json *summary, akin_table_form form,
                                char **out, akin_error *err)
{
    if (!s || !summary || !out)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "study_table: study, summary and out must not be NULL");
    if (form < AKIN_TABLE_MARKDOWN || form > AKIN_TABLE_LATEX)
        return ak_fail(err, AKIN_ERR_RANGE, "study_table: there is no form %d", (int)form);
    AK_TRY(akin_json_check(summary, err)); /* it is read without asking whether all of it is there */
    ak_results r;
    AK_TRY(ak_results_make(&r, s, summary, form != AKIN_TABLE_CSV, err));
    ak_print p = { NULL, 0, 0, false };
    if (form == AKIN_TABLE_MARKDOWN)
        ak_table_markdown(&p, s, summary, &r);
    else if (form == AKIN_TABLE_CSV)
        ak_table_csv(&p, s, &r);
    else
        ak_table_latex(&p, s, summary, &r);
    ak_results_free(&r);
    if (p.failed) {
        free(p.text);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the table");
    }
    *out = p.text;
    return AKIN_OK;
}

akin_status akin_study_table(const akin_study *s, const akin_json *summary, char **out, akin_error *err)
{
    return akin_study_table_as(s, summary, AKIN_TABLE_MARKDOWN, out, err);
}
