/* SPDX-License-Identifier: Apache-2.0 */
/* report/kway.c - accuracy over tasks of k classes: the trained encoder by each classifier, with what it has
 * more than the baselines, from the kway rows of eval.json. */
#include "report/results.h"

#include <string.h>

/* "raw pixels 84.9 %", "+1.2 [0.4, 2.0] p = 0.01" for each baseline; part and key are where in "against", or
 * NULL for TOP-1. */
static void put_against(ak_html *h, const ak_run *run, const akin_json *against, const char *part,
                        const char *key)
{
    for (size_t k = 0; k < akin_json_length(against); k++) {
        const akin_json *o = akin_json_at(against, k),
                        *cell = part ? akin_json_get(akin_json_get(o, part), key) : o;
        const ak_difference d = ak_difference_read(cell);
        const char *encoder = akin_json_get_text(o, "encoder");
        if (!d.known) continue;
        ak_html_put(h, "<span class=\"ci\">%s ",
                    encoder && strcmp(encoder, "none") == 0 ? ak_raw_words(run, 1) : "random encoder");
        ak_html_percent(h, akin_json_get_real(cell, part ? "value" : "top1"));
        ak_html_raw(h, "<br>");
        ak_points(h, d.value);
        ak_html_raw(h, " ");
        ak_difference_range(h, d);
        ak_html_raw(h, " ");
        ak_difference_p(h, d);
        ak_html_raw(h, "</span>");
    }
}

static void put_row(ak_html *h, const ak_run *run, const akin_json *row)
{
    const char *classifier = akin_json_get_text(row, "classifier"), *layer = akin_json_get_text(row, "layer");
    const akin_json *against = akin_json_get(row, "against"), *interval = akin_json_get(row, "avg_ci95");
    const char *key;
    akin_json *value;
    ak_html_put(h, "<tr><th scope=\"row\">%s<small> %s</small></th>", classifier ? classifier : "",
                layer ? layer : "");
    AKIN_JSON_EACH(akin_json_get(row, "avg"), key, value)
    {
        ak_html_raw(h, "<td>");
        ak_results_value(h, akin_json_as_real(value), akin_json_get(interval, key));
        put_against(h, run, against, "avg", key);
        ak_html_raw(h, "</td>");
    }
    ak_html_raw(h, "<td>");
    ak_results_value(h, akin_json_get_real(row, "top1"), akin_json_get(row, "ci95"));
    put_against(h, run, against, NULL, NULL);
    ak_html_raw(h, "</td></tr>\n");
}

void ak_results_kway(ak_html *h, const ak_run *run)
{
    bool begun = false;
    for (size_t i = 0; i < akin_json_length(run->eval); i++) {
        const akin_json *row = akin_json_at(run->eval, i);
        const char *by = akin_json_get_text(row, "encoder"), *key;
        akin_json *value;
        if (!akin_json_get(row, "avg") || !by || strcmp(by, "trained") != 0) continue;
        if (!begun) {
            ak_html_raw(
                h,
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Tasks of k "
                "classes\"><table class=\"compare\"><caption><b>Tasks of k classes.</b> Trained "
                "encoder, accuracy over all tasks of k classes (AVG-k) and over all classes (TOP-1), with 95 "
                "% intervals; below, what each baseline has and the difference, paired on classes, draws of "
                "labels or items.</caption>\n<thead><tr><th scope=\"col\">Classifier and layer</th>");
            AKIN_JSON_EACH(akin_json_get(row, "avg"), key, value)
            ak_html_put(h, "<th scope=\"col\">AVG-%s</th>", key);
            ak_html_raw(h, "<th scope=\"col\">TOP-1</th></tr></thead><tbody>\n");
        }
        begun = true;
        put_row(h, run, row);
    }
    if (begun) ak_html_raw(h, "</tbody></table></div>\n");
}
