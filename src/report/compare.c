/* SPDX-License-Identifier: Apache-2.0 */
/* report/compare.c - the page of several runs: the curves together, one table of accuracies, and what differs
 * in the records. */
#include "report/page.h"

#include "report/chart.h"
#include "report/figures.h"
#include "report/results.h"

#include <math.h>
#include <string.h>

static void curves(ak_html *h, const ak_run *runs, int count)
{
    const bool share = ak_figure_as_share(runs, count);
    bool any = false;
    for (int r = 0; r < count; r++) any = any || isfinite(runs[r].loss);
    ak_html_raw(h, "<section id=\"training\"><h2>Training</h2>\n");
    if (any) {
        ak_html_raw(h, "<figure><ul class=\"legend\">");
        for (int r = 0; r < count; r++)
            ak_html_put(h, "<li><span class=\"swatch %s\"></span>%s</li>", ak_chart_class(r), runs[r].name);
        ak_html_raw(h, "</ul>\n");
        ak_page_loss(h, runs, count);
        ak_html_raw(h, "<figcaption><b>Figure 1.</b> ");
        ak_html_raw(
            h, share ? "The runs differ in their chance level or floor, so the curves show the share of the "
                       "way from the one (0 %) to the other (100 %)"
                     : "Loss against the step");
        ak_html_raw(h, "; running means.</figcaption></figure>\n");
    } else
        ak_html_raw(h, "<p class=\"missing\">None of the runs has logged a loss.</p>\n");
}

static void real_cell(ak_html *h, double x, bool percent)
{
    ak_html_raw(h, "<td>");
    if (percent && isfinite(x))
        ak_html_put(h, "%.0f\xC2\xA0%%", 100 * x);
    else
        ak_html_loss(h, x);
    ak_html_raw(h, "</td>");
}

static void runs_table(ak_html *h, const ak_run *runs, int count)
{
    ak_html_raw(h, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"The last logged step of "
                   "each run\"><table class=\"compare\"><caption class=\"sr\">The last logged step of each "
                   "run</caption><thead><tr><th scope=\"col\">Run</th><th scope=\"col\">steps</th><th "
                   "scope=\"col\">loss</th><th scope=\"col\">chance</th><th scope=\"col\">floor</th><th "
                   "scope=\"col\">way</th><th scope=\"col\">verdict</th><th "
                   "scope=\"col\">time</th></tr></thead><tbody>\n");
    for (int r = 0; r < count; r++) {
        const ak_run *run = &runs[r];
        const char *verdict = akin_json_get_text(run->last, "verdict");
        const double seconds = akin_json_get_real(run->done, "seconds");
        ak_html_put(h, "<tr><th scope=\"row\"><span class=\"swatch %s\"></span>%s</th><td>",
                    ak_chart_class(r), run->name);
        ak_html_count(h, run->curve.n ? run->curve.x[AK_STEP][run->curve.n - 1] : 0);
        ak_html_raw(h, "</td>");
        real_cell(h, run->loss, false);
        real_cell(h, run->chance, false);
        real_cell(h, run->floor, false);
        real_cell(h, run->learned, true);
        ak_html_put(h, "<td>%s</td><td>", verdict ? verdict : "\xE2\x80\x93");
        if (isfinite(seconds))
            ak_html_duration(h, seconds);
        else
            ak_html_raw(h, run->done ? "finished" : "not finished");
        ak_html_raw(h, "</td></tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div></section>\n");
}

static bool same_value(const ak_run *runs, int count, const char *section, const char *key)
{
    const akin_json *first = akin_json_get(ak_run_part(&runs[0], section), key);
    for (int r = 1; r < count; r++) {
        const akin_json *v = akin_json_get(ak_run_part(&runs[r], section), key);
        if (!first != !v || (v && !akin_json_equal(first, v))) return false;
    }
    return true;
}

/* What is not the same in all runs, as "section key". */
typedef struct difference {
    const char *section, *key;
} difference;

enum { MOST_DIFFERENCES = 512 };

static size_t find_differences(const ak_run *runs, int count, difference *found)
{
    static const char *const SECTION[] = { "config", "data", "encoder", "loss", "akin" };
    size_t n = 0;
    for (size_t s = 0; s < sizeof SECTION / sizeof *SECTION; s++) {
        akin_json *seen = akin_json_object();
        for (int r = 0; r < count; r++) {
            const char *key;
            akin_json *v;
            AKIN_JSON_EACH(akin_json_get(runs[r].record, SECTION[s]), key, v)
            {
                if (akin_json_get(seen, key) || strcmp(key, "out") == 0) continue;
                akin_json_put(seen, key, akin_json_bool(true));
                if (n < MOST_DIFFERENCES && !same_value(runs, count, SECTION[s], key))
                    found[n++] = (difference){ SECTION[s], key };
            }
        }
        akin_json_free(seen);
    }
    return n;
}

static void option_head(ak_html *h, difference d, const char *scope)
{
    const bool other = strcmp(d.section, "config") != 0;
    ak_html_put(h, "<th scope=\"%s\">%s%s%s</th>", scope, other ? d.section : "", other ? " " : "", d.key);
}

static void run_head(ak_html *h, const ak_run *run, int r, const char *scope)
{
    ak_html_put(h, "<th scope=\"%s\"><span class=\"swatch %s\"></span>%s</th>", scope, ak_chart_class(r),
                run->name);
}

static void value_cell(ak_html *h, const ak_run *run, difference d)
{
    ak_html_raw(h, "<td>");
    ak_page_value(h, akin_json_get(ak_run_part(run, d.section), d.key));
    ak_html_raw(h, "</td>");
}

/* Turned where there are more runs than differences, so that the table is not wider than it must be. */
static void differences_table(ak_html *h, const ak_run *runs, int count, const difference *d, size_t n)
{
    const bool turned = (size_t)count > n;
    ak_html_scroll(h, "What differs");
    ak_html_raw(h, "<table class=\"compare config\"><caption class=\"sr\">Options and facts that are not the "
                   "same in all runs</caption><thead><tr>");
    ak_html_put(h, "<th scope=\"col\">%s</th>", turned ? "Run" : "Option");
    for (size_t i = 0; i < n && turned; i++) option_head(h, d[i], "col");
    for (int r = 0; r < count && !turned; r++) run_head(h, &runs[r], r, "col");
    ak_html_raw(h, "</tr></thead><tbody>\n");
    for (int r = 0; r < count && turned; r++) {
        ak_html_raw(h, "<tr>");
        run_head(h, &runs[r], r, "row");
        for (size_t i = 0; i < n; i++) value_cell(h, &runs[r], d[i]);
        ak_html_raw(h, "</tr>\n");
    }
    for (size_t i = 0; i < n && !turned; i++) {
        ak_html_raw(h, "<tr>");
        option_head(h, d[i], "row");
        for (int r = 0; r < count; r++) value_cell(h, &runs[r], d[i]);
        ak_html_raw(h, "</tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div>\n");
}

static void differences(ak_html *h, const ak_run *runs, int count)
{
    difference found[MOST_DIFFERENCES];
    const size_t n = find_differences(runs, count, found);
    ak_html_raw(h, "<section id=\"differences\"><h2>What differs</h2>\n");
    if (n)
        differences_table(h, runs, count, found, n);
    else
        ak_html_raw(h, "<p class=\"missing\">The records of the runs say the same everywhere.</p>\n");
    ak_html_raw(h, "</section>\n");
}

static void accuracies(ak_html *h, const ak_run *runs, int count)
{
    ak_measure all[AK_MAX_MEASURES];
    ak_html_raw(h, "<section id=\"results\"><h2>Accuracies</h2>\n");
    if (ak_measures(runs, count, all) == 0)
        ak_html_raw(
            h, "<p class=\"missing\">None of the runs has been evaluated; <code>akin eval RUN</code> does "
               "it.</p>\n");
    else {
        if (!same_value(runs, count, "data", "fingerprint"))
            ak_html_raw(
                h, "<p class=\"missing\">The runs were made with different data: their accuracies answer "
                   "different questions.</p>\n");
        ak_results_comparison(h, runs, count);
    }
    ak_html_raw(h, "</section>\n");
}

void ak_page_several(ak_html *h, const ak_run *runs, int count, int refresh_s)
{
    bool done = true;
    for (int r = 0; r < count; r++) done = done && runs[r].done;
    ak_page_head(h, "Comparison of runs", akin_json_get_text(ak_run_part(&runs[0], "data"), "name"), NULL,
                 done ? 0 : refresh_s);
    ak_html_put(h,
                "<header><p class=\"kind\">akin report</p><h1>%d runs compared</h1>\n<p class=\"subtitle\">",
                count);
    for (int r = 0; r < count; r++) ak_html_put(h, "%s%s", r ? " \xC2\xB7 " : "", runs[r].name);
    ak_html_raw(h, "</p>\n<p class=\"headline\">");
    ak_results_span(h, runs, count);
    ak_html_raw(h, "</p></header>\n<main>\n");
    for (int r = 0; r < count; r++) {
        if (!runs[r].notes.used) continue;
        ak_html_put(h, "<aside class=\"notes\"><p><b>%s</b></p>\n", runs[r].name);
        ak_html_bytes(h, runs[r].notes.data, runs[r].notes.used);
        ak_html_raw(h, "</aside>\n");
    }
    curves(h, runs, count);
    runs_table(h, runs, count);
    accuracies(h, runs, count);
    ak_page_bounds_of_runs(h, runs, count);
    differences(h, runs, count);
    ak_page_method(h, runs, count);
    ak_html_raw(h, "</main>\n");
    ak_page_foot(h, false);
}
