/* SPDX-License-Identifier: Apache-2.0 */
/* report/diagnosis.c - what the embedding looks like: the values of diagnose.json in one table, with paper
 * and mark, those with a verdict first, and the spectrum as a small chart. */
#include "report/diagnosis.h"

#include "report/chart.h"
#include "report/figures.h"

#include <math.h>
#include <string.h>

static const char *word(const akin_json *o, const char *key)
{
    const char *text = akin_json_get_text(o, key);
    return text ? text : "";
}

static void row(ak_html *h, const akin_json *m)
{
    const double value = akin_json_get_real(m, "value");
    const char *paper = word(m, "paper"), *mark = word(m, "mark"), *verdict = word(m, "verdict");
    ak_html_put(h, "<tr><th scope=\"row\">%s</th><td class=\"number\">", word(m, "name"));
    if (isfinite(value))
        ak_html_put(h, "%.4g", value);
    else
        ak_html_raw(h, "\xE2\x80\x93");
    ak_html_put(h, "</td><td>%s</td><td>%s", verdict, word(m, "means"));
    if (*paper || *mark) {
        ak_html_put(h, " <span class=\"muted\">%s", paper);
        ak_html_put(h, *mark ? " %s" : "%s", mark);
        ak_html_raw(h, "</span>");
    }
    ak_html_raw(h, "</td></tr>\n");
}

/* Rows with a verdict, or those without. Returns how many. */
static int rows(ak_html *h, const akin_json *measures, bool judged)
{
    int count = 0;
    for (size_t i = 0; i < akin_json_length(measures) && i < 200; i++) {
        const akin_json *m = akin_json_at(measures, i);
        if (!akin_json_get_text(m, "name") || (*word(m, "verdict") != 0) != judged) continue;
        if (h) row(h, m);
        count++;
    }
    return count;
}

static void table(ak_html *h, const akin_json *measures, bool judged)
{
    ak_html_raw(h,
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Measures of the "
                "embedding\"><table class=\"diagnosis\"><thead><tr><th scope=\"col\">measure</th><th "
                "scope=\"col\">value</th><th scope=\"col\">verdict</th><th scope=\"col\">meaning, paper and "
                "how far it is certain</th></tr></thead><tbody>\n");
    rows(h, measures, judged);
    ak_html_raw(h, "</tbody></table></div>\n");
}

static void spectrum(ak_html *h, const ak_run *run)
{
    ak_figure f;
    if (ak_figure_spectrum(&f, run)) {
        ak_html_raw(h, "<figure><div class=\"panels one\">\n");
        ak_chart_draw(h, &f, &(ak_drawing){ .kind = AK_DRAW_SMALL, .height = 72 });
        ak_html_raw(h,
                    "</div><figcaption>The spectrum of the covariance: a curve that rises at once means few "
                    "directions are in use.</figcaption></figure>\n");
    }
    ak_figure_free(&f);
}

void ak_page_diagnosis(ak_html *h, const ak_run *run)
{
    const akin_json *measures = akin_json_get(run->diagnosis, "measures");
    if (!akin_json_length(measures)) return;
    const char *layer = akin_json_get_text(run->diagnosis, "layer");
    const double items = akin_json_get_real(run->diagnosis, "items");
    ak_html_raw(h, "<section id=\"diagnosis\"><h2>What the embedding looks like</h2>\n<p>");
    if (layer) ak_html_put(h, "Layer <code>%s</code>, ", layer);
    ak_html_count(h, items);
    ak_html_raw(
        h, " items, rows at unit length. Values marked reconstruction, derived, unverified or as stated are "
           "certain only so far.</p>\n");
    ak_page_of_step(h, run->diagnosis);
    spectrum(h, run);
    if (rows(NULL, measures, true)) table(h, measures, true);
    if (rows(NULL, measures, false)) {
        ak_html_raw(h, "<details><summary>All other measures</summary>\n");
        table(h, measures, false);
        ak_html_raw(h, "</details>\n");
    }
    ak_html_raw(h, "</section>\n");
}
