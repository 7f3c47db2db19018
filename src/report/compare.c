/* SPDX-License-Identifier: Apache-2.0 */
/* report/compare.c - the page of several runs: the curves together, one table of accuracies, and what differs in
 * the records. */
#include "report/page.h"

#include "report/chart.h"
#include "report/results.h"

#include <math.h>
#include <string.h>

static bool near(double a, double b) { return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-6 * (1 + fabs(a)); }

/* Losses whose levels differ have no axis in common; the share of the way is one. */
static bool needs_share(const akin_run *runs, int count)
{
    bool all_floors = true, differ = false;
    for (int r = 0; r < count; r++) {
        if (runs[r].curve.n == 0) continue;
        all_floors = all_floors && isfinite(runs[r].floor);
        differ = differ || !near(runs[r].chance, runs[0].chance) || !near(runs[r].floor, runs[0].floor);
    }
    return differ && all_floors;
}

static void curves(akin_html *h, const akin_run *runs, int count)
{
    const bool share = needs_share(runs, count);
    bool any = false;
    for (int r = 0; r < count; r++) any = any || isfinite(runs[r].loss);
    akin_html_raw(h, "<section id=\"training\"><h2>Training</h2>\n");
    if (any) {
        akin_html_raw(h, "<figure><ul class=\"legend\">");
        for (int r = 0; r < count; r++)
            akin_html_put(h, "<li><span class=\"swatch %s\"></span>%s</li>", akin_chart_class(r),
                          runs[r].name);
        akin_html_raw(h, "</ul>\n");
        akin_chart_loss(h,
                        &(akin_loss_chart){ .runs = runs, .count = count, .as_share = share, .id = "curve" });
        akin_chart_loss(
            h, &(akin_loss_chart){
                   .runs = runs, .count = count, .as_share = share, .narrow = true, .id = "curve-narrow" });
        akin_html_raw(h, "<figcaption><b>Figure 1.</b> ");
        akin_html_raw(
            h, share ? "The runs differ in their chance level or floor, so the curves show the share of the "
                       "way from the one (0 %) to the other (100 %)"
                     : "Loss against the step");
        akin_html_raw(h, "; running means.</figcaption></figure>\n");
    } else
        akin_html_raw(h, "<p class=\"missing\">None of the runs has logged a loss.</p>\n");
}

static void real_cell(akin_html *h, double x, bool percent)
{
    akin_html_raw(h, "<td>");
    if (percent && isfinite(x))
        akin_html_put(h, "%.0f\xC2\xA0%%", 100 * x);
    else
        akin_html_loss(h, x);
    akin_html_raw(h, "</td>");
}

static void runs_table(akin_html *h, const akin_run *runs, int count)
{
    akin_html_raw(
        h,
        "<div class=\"scroll\"><table class=\"compare\"><caption class=\"sr\">The last logged step of each "
        "run</caption><thead><tr><th scope=\"col\">Run</th><th scope=\"col\">steps</th><th "
        "scope=\"col\">loss</th><th scope=\"col\">chance</th><th scope=\"col\">floor</th><th "
        "scope=\"col\">way</th><th scope=\"col\">verdict</th><th "
        "scope=\"col\">time</th></tr></thead><tbody>\n");
    for (int r = 0; r < count; r++) {
        const akin_run *run = &runs[r];
        const char *verdict = akin_json_text(run->last, "verdict");
        const double seconds = akin_json_real(run->done, "seconds");
        akin_html_put(h, "<tr><th scope=\"row\"><span class=\"swatch %s\"></span>%s</th><td>",
                      akin_chart_class(r), run->name);
        akin_html_count(h, run->curve.n ? run->curve.x[AKIN_STEP][run->curve.n - 1] : 0);
        akin_html_raw(h, "</td>");
        real_cell(h, run->loss, false);
        real_cell(h, run->chance, false);
        real_cell(h, run->floor, false);
        real_cell(h, run->learned, true);
        akin_html_put(h, "<td>%s</td><td>", verdict ? verdict : "\xE2\x80\x93");
        if (isfinite(seconds))
            akin_html_duration(h, seconds);
        else
            akin_html_raw(h, run->done ? "finished" : "not finished");
        akin_html_raw(h, "</td></tr>\n");
    }
    akin_html_raw(h, "</tbody></table></div></section>\n");
}

static bool same_value(const akin_run *runs, int count, const char *section, const char *key)
{
    const json_t *first = json_object_get(akin_run_part(&runs[0], section), key);
    for (int r = 1; r < count; r++) {
        const json_t *v = json_object_get(akin_run_part(&runs[r], section), key);
        if (!first != !v || (v && !json_equal(first, v))) return false;
    }
    return true;
}

/* A row for each key of `section` that is not the same in all runs; *any tells whether there was one. */
static void differences_in(akin_html *h, const akin_run *runs, int count, const char *section, bool *any)
{
    json_t *seen = json_object();
    for (int r = 0; r < count; r++) {
        const char *key;
        json_t *v;
        json_object_foreach(json_object_get(runs[r].record, section), key, v)
        {
            if (json_object_get(seen, key) || strcmp(key, "out") == 0) continue;
            json_object_set_new(seen, key, json_true());
            if (same_value(runs, count, section, key)) continue;
            const bool other = strcmp(section, "config") != 0;
            akin_html_put(h, "<tr><th scope=\"row\">%s%s%s</th>", other ? section : "", other ? " " : "",
                          key);
            for (int o = 0; o < count; o++) {
                akin_html_raw(h, "<td>");
                akin_page_value(h, json_object_get(akin_run_part(&runs[o], section), key));
                akin_html_raw(h, "</td>");
            }
            akin_html_raw(h, "</tr>\n");
            *any = true;
        }
    }
    json_decref(seen);
}

static void differences(akin_html *h, const akin_run *runs, int count)
{
    static const char *const SECTION[] = { "config", "data", "encoder", "loss", "akin" };
    akin_html_raw(
        h, "<section id=\"differences\"><h2>What differs</h2>\n<div class=\"scroll\"><table class=\"compare "
           "config\"><caption class=\"sr\">Options and facts that are not the same in all "
           "runs</caption><thead><tr><th scope=\"col\">Option</th>");
    for (int r = 0; r < count; r++)
        akin_html_put(h, "<th scope=\"col\"><span class=\"swatch %s\"></span>%s</th>", akin_chart_class(r),
                      runs[r].name);
    akin_html_raw(h, "</tr></thead><tbody>\n");
    bool any = false;
    for (size_t s = 0; s < sizeof SECTION / sizeof *SECTION; s++)
        differences_in(h, runs, count, SECTION[s], &any);
    akin_html_raw(h, "</tbody></table></div>\n");
    if (!any) akin_html_raw(h, "<p class=\"missing\">The records of the runs say the same everywhere.</p>\n");
    akin_html_raw(h, "</section>\n");
}

static void accuracies(akin_html *h, const akin_run *runs, int count)
{
    akin_measure all[AKIN_MAX_MEASURES];
    akin_html_raw(h, "<section id=\"results\"><h2>Accuracies</h2>\n");
    if (akin_measures(runs, count, all) == 0)
        akin_html_raw(
            h, "<p class=\"missing\">None of the runs has been evaluated; <code>akin eval RUN</code> does "
               "it.</p>\n");
    else {
        if (!same_value(runs, count, "data", "fingerprint"))
            akin_html_raw(
                h, "<p class=\"missing\">The runs were made with different data: their accuracies answer "
                   "different questions.</p>\n");
        akin_results_comparison(h, runs, count);
    }
    akin_html_raw(h, "</section>\n");
}

void akin_page_several(akin_html *h, const akin_run *runs, int count)
{
    akin_page_head(h, "Comparison of runs", akin_json_text(akin_run_part(&runs[0], "data"), "name"));
    akin_html_put(
        h, "<header><p class=\"kind\">akin report</p><h1>%d runs compared</h1>\n<p class=\"subtitle\">",
        count);
    for (int r = 0; r < count; r++) akin_html_put(h, "%s%s", r ? " \xC2\xB7 " : "", runs[r].name);
    akin_html_raw(h, "</p>\n<p class=\"headline\">");
    akin_results_span(h, runs, count);
    akin_html_raw(h, "</p></header>\n<main>\n");
    for (int r = 0; r < count; r++) {
        if (!runs[r].notes.used) continue;
        akin_html_put(h, "<aside class=\"notes\"><p><b>%s</b></p>\n", runs[r].name);
        akin_html_bytes(h, runs[r].notes.data, runs[r].notes.used);
        akin_html_raw(h, "</aside>\n");
    }
    curves(h, runs, count);
    runs_table(h, runs, count);
    accuracies(h, runs, count);
    differences(h, runs, count);
    akin_page_method(h, runs, count);
    akin_html_raw(h, "</main>\n");
    akin_page_foot(h);
}
