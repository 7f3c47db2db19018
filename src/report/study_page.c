/* SPDX-License-Identifier: Apache-2.0 */
/* report/study_page.c - the page of a study, from its summary: verdicts in words, each measurement against
 * the axis of the grid with intervals and the paper's points, all results, the claims, what was run, and the
 * summary itself for programs. */
#include "report/page.h"

#include "report/chart.h"
#include "report/figures.h"

#include <math.h>
#include <string.h>

static const double PANEL_WIDTH = 470, PANEL_HEIGHT = 300, GROUP = 26;

static const char *word(const akin_json *o, const char *key)
{
    const char *text = akin_json_get_text(o, key);
    return text ? text : "";
}

static double number(const akin_json *o, const char *key)
{
    const akin_json *v = akin_json_get(o, key);
    return akin_json_is_number(v) ? akin_json_as_real(v) : NAN;
}

/* Words -------------------------------------------------------------------------------------------------- */

static int with_verdict(const akin_json *claims, const char *verdict)
{
    int n = 0;
    for (size_t i = 0; i < akin_json_length(claims); i++)
        n += strcmp(word(akin_json_at(claims, i), "verdict"), verdict) == 0;
    return n;
}

/* "Of 6 claims 4 are reproduced, 1 is contradicted, 1 undecided." */
static void headline(ak_html *h, const akin_json *s)
{
    static const char *const VERDICT[] = { "reproduced", "contradicted", "undecided" };
    const akin_json *claims = akin_json_get(s, "claims"), *cells = akin_json_get(s, "cells");
    const int done = (int)akin_json_get_int(cells, "done"), total = (int)akin_json_get_int(cells, "total"),
              failed = (int)akin_json_get_int(cells, "failed");
    const char *between = " ";
    ak_html_raw(h, "<p class=\"headline\">");
    if (akin_json_length(claims)) {
        ak_html_put(h, "Of %d claim%s", (int)akin_json_length(claims),
                    akin_json_length(claims) == 1 ? "" : "s");
        for (int v = 0; v < 3; v++) {
            const int n = with_verdict(claims, VERDICT[v]);
            if (!n) continue;
            ak_html_put(h, "%s%d %s %s", between, n, n == 1 ? "is" : "are", VERDICT[v]);
            between = ", ";
        }
        ak_html_raw(h, ". ");
    }
    if (done < total) ak_html_put(h, "%d of %d cells are done; what is shown is of these.", done, total);
    if (failed) ak_html_put(h, " %d failed.", failed);
    ak_html_raw(h, "</p>\n");
}

static void header(ak_html *h, const akin_json *s)
{
    const char *title = word(s, "title"), *paper = word(s, "paper");
    const double seconds = number(akin_json_get(s, "cells"), "seconds");
    const int seeds = (int)akin_json_length(akin_json_get(s, "seeds"));
    ak_html_put(h, "<header><p class=\"kind\">akin study</p><h1>%s</h1>\n<p class=\"subtitle\">%s%s%s</p>\n",
                word(s, "study"), title, *title && *paper ? " \xC2\xB7 " : "", paper);
    ak_html_put(h, "<p class=\"subtitle\">%s", word(s, "data"));
    ak_html_put(h, " \xC2\xB7 %d seed%s \xC2\xB7 ", seeds, seeds == 1 ? "" : "s");
    ak_html_duration(h, seconds);
    ak_html_raw(h, " of computing</p>\n");
    headline(h, s);
    ak_html_raw(h, "</header>\n");
}

/* Charts ------------------------------------------------------------------------------------------------- */

static void charts(ak_html *h, const akin_json *s)
{
    const ak_charts_of of = { .study = s };
    ak_charts list;
    ak_charts_list(&list, &of);
    h->failed = h->failed || list.failed;
    ak_html_raw(h, "<section id=\"curves\"><h2>Measurements over the grid</h2>\n");
    if (!list.count) ak_html_raw(h, "<p class=\"missing\">No cell is measured yet.</p>\n");
    if (list.count)
        ak_html_raw(
            h,
            "<p class=\"muted\">Means over seeds with 95 % intervals; open marks: the paper. <code>akin plot"
            "</code> writes each by its name.</p>\n<div class=\"panels study\">\n");
    for (int i = 0; i < list.count; i++) {
        ak_figure f;
        list.row[i].fill(&f, &of, list.row[i].at);
        const double height = f.groups ? 100 + GROUP * (double)f.groups : PANEL_HEIGHT;
        ak_html_raw(h, "<figure>");
        ak_chart_draw(h, &f, &(ak_drawing){ .kind = AK_DRAW_PANEL, .width = PANEL_WIDTH, .height = height });
        ak_html_put(h, "<figcaption><b>%s</b> <code>%s</code></figcaption></figure>\n", list.row[i].title,
                    list.row[i].name);
        ak_figure_free(&f);
    }
    if (list.count) ak_html_raw(h, "</div>\n");
    ak_html_raw(h, "</section>\n");
    ak_charts_free(&list);
}

/* Tables ------------------------------------------------------------------------------------------------- */

static void result_cell(ak_html *h, const akin_json *o)
{
    const double mean = number(o, "mean"), low = number(o, "low"), paper = number(o, "published");
    ak_html_put(h, isfinite(mean) ? "<td><b>%.4g</b>" : "<td>%.4g", mean);
    if (isfinite(low)) ak_html_put(h, "<span class=\"ci\">[%.4g, %.4g]</span>", low, number(o, "high"));
    if (isfinite(paper)) ak_html_put(h, "<span class=\"ci\">paper %.4g</span>", paper);
    ak_html_raw(h, "</td>");
}

static void results(ak_html *h, const akin_json *s)
{
    const akin_json *configs = akin_json_get(s, "configurations");
    const char *measure;
    akin_json *o;
    if (!akin_json_length(configs)) return;
    ak_html_raw(h, "<section id=\"results\"><h2>All results</h2>\n");
    ak_html_scroll(h, "All results");
    ak_html_raw(h, "<table class=\"compare\"><thead><tr><th scope=\"col\">Configuration</th>");
    AKIN_JSON_EACH(akin_json_get(akin_json_at(configs, 0), "results"), measure, o)
    ak_html_put(h, "<th scope=\"col\">%s</th>", measure);
    ak_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t c = 0; c < akin_json_length(configs); c++) {
        const akin_json *config = akin_json_at(configs, c);
        ak_html_put(h, "<tr><th scope=\"row\">%s</th>", ak_configuration_name(config));
        AKIN_JSON_EACH(akin_json_get(config, "results"), measure, o)
        result_cell(h, o);
        ak_html_raw(h, "</tr>\n");
    }
    ak_html_raw(h, "</tbody></table></div></section>\n");
}

static void claim_row(ak_html *h, const akin_json *c)
{
    const char *verdict = word(c, "verdict"), *text = word(c, "text");
    const long long items = (long long)akin_json_get_int(c, "items");
    ak_html_put(h, "<tr><th scope=\"row\">%s<small> %s</small></th><td><b class=\"%s\">%s</b></td><td>%.4g",
                *text ? text : word(c, "name"), *text ? word(c, "name") : "",
                strcmp(verdict, "contradicted") == 0 ? "bad" : "verdict", verdict, number(c, "difference"));
    if (akin_json_get_bool(c, "exact"))
        ak_html_raw(h, "<span class=\"ci\">exact</span>");
    else if (isfinite(number(c, "low")))
        ak_html_put(h, "<span class=\"ci\">[%.4g, %.4g]</span>", number(c, "low"), number(c, "high"));
    ak_html_put(h, "</td><td>%d", (int)akin_json_get_int(c, "n"));
    if (items) ak_html_put(h, " \xC3\x97 %lld", items);
    ak_html_put(h, "</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", word(c, "left_words"), word(c, "expect"),
                word(c, "right_words"));
}

static void claims(ak_html *h, const akin_json *s)
{
    const akin_json *all = akin_json_get(s, "claims");
    if (!akin_json_length(all)) return;
    ak_html_raw(h, "<section id=\"claims\"><h2>Claims and verdicts</h2>\n");
    ak_html_scroll(h, "Claims and verdicts");
    ak_html_raw(h, "<table class=\"diagnosis claims\"><thead><tr><th scope=\"col\">claim</th><th "
                   "scope=\"col\">verdict</th><th scope=\"col\">left \xE2\x88\x92 right, 95 %</th><th "
                   "scope=\"col\">n</th><th scope=\"col\">left</th><th scope=\"col\">expected</th><th "
                   "scope=\"col\">right</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < akin_json_length(all); i++) claim_row(h, akin_json_at(all, i));
    ak_html_raw(
        h,
        "</tbody></table></div>\n<p class=\"muted\">Reproduced: all of the interval is where the claim has "
        "it; "
        "contradicted: none of it; undecided: part of it, or fewer than two pairs. n: seeds with both sides "
        "measured, and test items where both are paired on these too.</p></section>\n");
}

/* What was run, and everything for programs. */
static void record(ak_html *h, const akin_json *s)
{
    const akin_json *first = akin_json_at(akin_json_get(s, "configurations"), 0);
    const char *key;
    akin_json *v;
    ak_html_put(
        h, "<section id=\"record\"><h2>What was run</h2>\n<dl class=\"record\"><dt>Data</dt><dd>%s</dd>\n",
        word(s, "data"));
    ak_html_put(h, "<dt>Cells</dt><dd>%d of %d done; epochs times %.4g</dd>\n",
                (int)akin_json_get_int(akin_json_get(s, "cells"), "done"),
                (int)akin_json_get_int(akin_json_get(s, "cells"), "total"), number(s, "scale"));
    ak_html_put(h, "<dt>Software</dt><dd>akin %s</dd></dl>\n", word(s, "version"));
    if (akin_json_keys(akin_json_get(first, "options"))) {
        ak_html_put(h,
                    "<details><summary>Options of the first configuration, %s</summary><table "
                    "class=\"config\"><tbody>\n",
                    word(first, "name"));
        AKIN_JSON_EACH(akin_json_get(first, "options"), key, v)
        {
            ak_html_put(h, "<tr><th scope=\"row\">%s</th><td>", key);
            ak_page_value(h, v);
            ak_html_raw(h, "</td></tr>\n");
        }
        ak_html_raw(h, "</tbody></table></details>\n");
    }
    ak_html_raw(h, "</section>\n<script type=\"application/json\" id=\"study-data\">");
    ak_html_json(h, akin_json_share((akin_json *)(uintptr_t)s));
    ak_html_raw(h, "</script>\n");
}

void ak_page_study(ak_html *h, const akin_json *summary, int refresh_s)
{
    const akin_json *cells = akin_json_get(summary, "cells");
    const bool done = akin_json_get_int(cells, "done") == akin_json_get_int(cells, "total");
    ak_page_head(h, word(summary, "study"), "study", NULL, done ? 0 : refresh_s);
    header(h, summary);
    ak_html_raw(h, "<main>\n");
    ak_page_ranking(h, akin_json_get(summary, "ranking"));
    charts(h, summary);
    claims(h, summary);
    results(h, summary);
    record(h, summary);
    ak_html_raw(h, "</main>\n");
    ak_page_foot(h, false);
}
