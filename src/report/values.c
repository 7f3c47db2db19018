/* SPDX-License-Identifier: Apache-2.0 */
/* report/values.c - how well continuous labels are told from features: R^2 of each value and protocol, a
 * column for each encoder and layer, from the "values" of eval.json. */
#include "report/results.h"

#include <string.h>

static const char *text_of(const akin_json *row, const char *key)
{
    const char *text = akin_json_get_text(row, key);
    return text ? text : "";
}

static bool alike(const akin_json *a, const akin_json *b, const char *one, const char *other)
{
    return strcmp(text_of(a, one), text_of(b, one)) == 0 && strcmp(text_of(a, other), text_of(b, other)) == 0;
}

/* Row i is the first with what both keys have. */
static bool is_first(const akin_json *all, size_t i, const char *one, const char *other)
{
    for (size_t k = 0; k < i; k++)
        if (alike(akin_json_at(all, k), akin_json_at(all, i), one, other)) return false;
    return true;
}

static void put_value(ak_html *h, const akin_json *row)
{
    const akin_json *interval = akin_json_get(row, "ci95");
    ak_html_put(h, "<b>%.3f</b>", akin_json_get_real(row, "r2"));
    if (akin_json_length(interval) == 2)
        ak_html_put(h, "<span class=\"ci\">%.3f to %.3f</span>", akin_json_as_real(akin_json_at(interval, 0)),
                    akin_json_as_real(akin_json_at(interval, 1)));
    ak_html_put(h, "<span class=\"ci\">off by %.3g</span>", akin_json_get_real(row, "median_error"));
}

/* One value by one protocol, of which row i is the first. */
static void put_row(ak_html *h, const akin_json *all, size_t i)
{
    const akin_json *row = akin_json_at(all, i);
    ak_html_put(h, "<tr><th scope=\"row\">%s<small> %s</small></th>", text_of(row, "value"),
                text_of(row, "protocol"));
    for (size_t c = 0; c < akin_json_length(all); c++) {
        if (!is_first(all, c, "encoder", "layer")) continue;
        ak_html_raw(h, "<td>");
        for (size_t k = 0; k < akin_json_length(all); k++)
            if (alike(akin_json_at(all, k), row, "value", "protocol") &&
                alike(akin_json_at(all, k), akin_json_at(all, c), "encoder", "layer")) {
                put_value(h, akin_json_at(all, k));
                break;
            }
        ak_html_raw(h, "</td>");
    }
    ak_html_raw(h, "</tr>\n");
}

const akin_json *ak_results_of_values(const ak_run *run)
{
    const akin_json *all = akin_json_get(run->evaluation, "values");
    return akin_json_length(all) ? all : NULL;
}

void ak_results_values(ak_html *h, const ak_run *run)
{
    const akin_json *all = ak_results_of_values(run);
    if (!all) return;
    ak_html_raw(h, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Values\"><table "
                   "class=\"compare\"><caption><b>Values told from features.</b> R<sup>2</sup> on the test "
                   "part, 1 at most; 0 is a constant. Below, its 95 % interval and the median error in units "
                   "of the value.</caption>\n<thead><tr><th scope=\"col\">Value and protocol</th>");
    for (size_t i = 0; i < akin_json_length(all); i++) {
        const akin_json *row = akin_json_at(all, i);
        const char *encoder = text_of(row, "encoder");
        if (!is_first(all, i, "encoder", "layer")) continue;
        ak_html_put(h, "<th scope=\"col\">%s<small> %s</small></th>",
                    strcmp(encoder, "none") == 0 ? ak_raw_words(run, 1) : encoder, text_of(row, "layer"));
    }
    ak_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < akin_json_length(all); i++)
        if (is_first(all, i, "value", "protocol")) put_row(h, all, i);
    ak_html_raw(h, "</tbody></table></div>\n");
}
