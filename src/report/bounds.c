/* SPDX-License-Identifier: Apache-2.0 */
/* report/bounds.c - the section on theory: every bound of RUN/bounds.jsonl beside what it bounds, against the
 * step; and those of RUN/bounds.json, the last akin bounds RUN, as a table.
 *
 * A line of the file is a checkpoint: {"step", "bounds": [{"name", "measured", "value", "holds", "vacuous",
 * ...}]}. Lines that are damaged are skipped; values that are absent or not finite leave gaps. */
#include "report/chart.h"
#include "report/page.h"
#include "base/path.h"

#include <math.h>
#include <string.h>

enum { MOST_CHECKPOINTS = 100000, MOST_BYTES = 256 << 20 };

/* The lines of bounds.jsonl that say something; damaged and incomplete ones are left out. *status: whether
 * it could be read, or is not there. */
static akin_json *read_lines(const char *folder, akin_status *status, akin_error *err)
{
    char *path = ak_path_join(folder, "bounds.jsonl");
    akin_json *all = NULL, *line, *lines = akin_json_array();
    size_t i;
    bool there = false;
    *status = path ? ak_look(path, &there, NULL, err) : ak_no_memory(err, "for the bounds of '%s'", folder);
    if (there) *status = akin_json_load_lines(path, MOST_BYTES, MOST_CHECKPOINTS, &all, err);
    AKIN_JSON_ITEMS(all, i, line)
    if (akin_json_is_array(akin_json_get(line, "bounds")) && akin_json_is_number(akin_json_get(line, "step")))
        akin_json_append(lines, akin_json_share(line));
    akin_json_free(all);
    free(path);
    return lines;
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

/* "holds, vacuous; 4.51 at the last checkpoint; proved under ..." */
static void caption(ak_html *h, const akin_json *row)
{
    const char *quantity = akin_json_get_text(row, "quantity"), *mark = akin_json_get_text(row, "mark"),
               *paper = akin_json_get_text(row, "paper"), *sense = akin_json_get_text(row, "sense");
    const akin_json *holds = akin_json_get(row, "holds");
    const double value = akin_json_get_real(row, "value"), log_value = akin_json_get_real(row, "log_value");
    const bool measure = sense && strcmp(sense, "measure") == 0;
    ak_html_raw(h, "<p class=\"muted\"><small>");
    if (quantity) ak_html_put(h, "%s ", quantity);
    ak_html_loss(h, akin_json_get_real(row, "measured"));
    const bool stated = isfinite(value) || isfinite(log_value) || !akin_json_is_null(holds);
    if (!measure && !stated) ak_html_raw(h, ": no bound is stated for this case");
    if (!measure && stated) {
        ak_html_put(h, sense && strcmp(sense, "lower") == 0 ? ", at least " : ", at most ");
        if (isfinite(value))
            ak_html_put(h, "%.4g", value);
        else if (isfinite(log_value))
            ak_html_put(h, "e to the %.4g", log_value);
        else
            ak_html_raw(h, "anything");
        const char *reason = akin_json_get_text(row, "reason"); /* absent in older records */
        ak_html_raw(h, akin_json_as_bool(holds)    ? ": holds"
                       : akin_json_is_false(holds) ? ": <b>fails</b>"
                                                   : ": undecided");
        if (akin_json_is_null(holds) && reason && *reason) ak_html_put(h, ", %s", reason);
        if (akin_json_get_bool(row, "vacuous")) ak_html_raw(h, ", <b>vacuous</b>");
    }
    const akin_json *ends = akin_json_get(row, "difference_interval");
    if (!measure && akin_json_get_real(row, "blocks") > 0 && isfinite(akin_json_get_real(row, "difference")))
        ak_html_put(h, "; measured less bound %.4g, 95&nbsp;%% %.4g to %.4g",
                    akin_json_get_real(row, "difference"), akin_json_as_real(akin_json_at(ends, 0)),
                    akin_json_as_real(akin_json_at(ends, 1)));
    if (mark && *mark) ak_html_put(h, " (%s)", mark);
    if (paper) ak_html_put(h, " %s", paper);
    ak_html_raw(h, "</small></p>\n");
}

static void panel(ak_html *h, const akin_json *lines, const akin_json *row, double *memory)
{
    const char *name = akin_json_get_text(row, "name");
    if (!name) return;
    const int64_t n = (int64_t)akin_json_length(lines);
    double *x = memory, *measured = memory + n, *bound = memory + 2 * n;
    bool any = false;
    for (int64_t i = 0; i < n; i++) {
        const akin_json *line = akin_json_at(lines, (size_t)i), *own = row_named(line, name);
        x[i] = akin_json_get_real(line, "step");
        measured[i] = akin_json_get_real(own, "measured");
        bound[i] = akin_json_get_real(own, "value");
        any = any || isfinite(measured[i]);
    }
    if (!any) return;
    ak_html_raw(h, "<div>");
    ak_chart_pair(h, &(ak_pair){ x, measured, bound, n }, name);
    caption(h, row);
    ak_html_raw(h, "</div>\n");
}

/* The curves of bounds.jsonl. */
static void curves(ak_html *h, const akin_json *lines)
{
    const size_t n = akin_json_length(lines);
    double *memory = n ? malloc(3 * n * sizeof *memory) : NULL;
    size_t i;
    akin_json *row;
    if (n && !memory) h->failed = true;
    if (!memory) return;
    ak_html_raw(h, "<figure><div class=\"panels\">\n");
    AKIN_JSON_ITEMS(akin_json_get(akin_json_at(lines, n - 1), "bounds"), i, row)
    panel(h, lines, row, memory);
    ak_html_raw(h, "</div><figcaption>Solid: measured on two augmented views of ");
    ak_html_count(h, akin_json_get_real(akin_json_at(lines, n - 1), "n"));
    ak_html_raw(h,
                " items at each checkpoint. Dashed: the bound of the paper. <i>Vacuous</i>: no better than "
                "chance, or than the least there is.</figcaption></figure>\n");
    free(memory);
}

/* The last akin bounds RUN. */
static void table(ak_html *h, const akin_json *record)
{
    size_t i;
    akin_json *row;
    ak_page_of_step(h, record);
    ak_html_raw(
        h, "<div class=\"scroll\"><table class=\"diagnosis\"><caption class=\"sr\">Bounds of papers beside "
           "what is measured</caption><thead><tr><th scope=\"col\">bound</th><th scope=\"col\">measured, "
           "and what the paper says</th></tr></thead><tbody>\n");
    AKIN_JSON_ITEMS(akin_json_get(record, "bounds"), i, row)
    {
        const char *name = akin_json_get_text(row, "name");
        if (!name) continue;
        ak_html_put(h, "<tr><th scope=\"row\">%s</th><td>", name);
        caption(h, row);
        ak_html_raw(h, "</td></tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div>\n<p class=\"muted\">Two augmented views of ");
    ak_html_count(h, akin_json_get_real(record, "n"));
    ak_html_put(h, " items, temperature %.4g, ", akin_json_get_real(record, "temperature"));
    ak_html_count(h, akin_json_get_real(record, "negatives"));
    ak_html_raw(h, " negatives. <i>Vacuous</i>: no better than chance, or than the least there is.</p>\n");
}

void ak_page_bounds(ak_html *h, const ak_run *run)
{
    akin_error err;
    akin_status status;
    akin_json *lines = read_lines(run->folder, &status, &err);
    const bool some = akin_json_length(akin_json_get(run->bounds, "bounds")) > 0;
    if (status) ak_html_put(h, "<p>bounds.jsonl could not be used: %s.</p>\n", err.message);
    if (akin_json_length(lines) || some)
        ak_html_raw(h, "<section id=\"theory\"><h2>What theory says of it</h2>\n");
    curves(h, lines);
    if (some) table(h, run->bounds);
    if (akin_json_length(lines) || some) ak_html_raw(h, "</section>\n");
    akin_json_free(lines);
}
