/* SPDX-License-Identifier: Apache-2.0 */
/* report/groups.c - where the training set is imbalanced: accuracy of the trained encoder by groups of
 * classes, from the "groups" of eval.json. */
#include "report/results.h"

#include <math.h>
#include <string.h>

enum { GROUPS = 3 };

void ak_results_value(ak_html *h, double value, const akin_json *interval)
{
    if (!isfinite(value)) {
        ak_html_raw(h, "<span class=\"muted\">\xE2\x80\x93</span>");
        return;
    }
    ak_html_raw(h, "<b>");
    ak_html_percent(h, value);
    ak_html_raw(h, "</b>");
    if (akin_json_length(interval) == 2)
        ak_html_put(h, "<span class=\"ci\">[%.1f, %.1f]</span>",
                    100 * akin_json_as_real(akin_json_at(interval, 0)),
                    100 * akin_json_as_real(akin_json_at(interval, 1)));
}

static void put_cell(ak_html *h, double value, const akin_json *interval)
{
    ak_html_raw(h, "<td>");
    ak_results_value(h, value, interval);
    ak_html_raw(h, "</td>");
}

/* A heading of a group with how many classes it has. */
static void put_heading(ak_html *h, const akin_json *group)
{
    const double classes = akin_json_get_real(group, "classes");
    const char *name = akin_json_get_text(group, "name");
    ak_html_raw(h, "<th scope=\"col\">");
    ak_html_text(h, name ? name : "");
    if (isfinite(classes)) ak_html_put(h, "<small> %.0f class%s</small>", classes, classes == 1 ? "" : "es");
    ak_html_raw(h, "</th>");
}

static void put_row(ak_html *h, const akin_json *row)
{
    const akin_json *groups = akin_json_get(row, "groups");
    const char *name = akin_json_get_text(row, "protocol"), *layer = akin_json_get_text(row, "layer");
    ak_html_raw(h, "<tr><th scope=\"row\">");
    ak_html_text(h, ak_measure_word(name ? name : ""));
    ak_html_raw(h, "<small> ");
    ak_html_text(h, layer ? layer : "");
    ak_html_raw(h, "</small></th>");
    put_cell(h, akin_json_get_real(row, "top1"), akin_json_get(row, "ci95"));
    put_cell(h, akin_json_get_real(row, "macro"), akin_json_get(row, "macro_ci95"));
    for (size_t g = 0; g < GROUPS; g++) {
        const akin_json *group = akin_json_at(groups, g);
        put_cell(h, akin_json_get_real(group, "top1"), akin_json_get(group, "ci95"));
    }
    ak_html_raw(h, "</tr>\n");
}

void ak_results_groups(ak_html *h, const ak_run *run)
{
    bool begun = false;
    for (size_t i = 0; i < akin_json_length(run->eval); i++) {
        const akin_json *row = akin_json_at(run->eval, i), *groups = akin_json_get(row, "groups");
        const char *by = akin_json_get_text(row, "encoder");
        if (akin_json_length(groups) != GROUPS || !by || strcmp(by, "trained") != 0) continue;
        if (!begun) {
            ak_html_put(
                h,
                "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Accuracies by groups of "
                "classes\"><table class=\"compare\"><caption><b>By groups of classes.</b> "
                "Trained "
                "encoder, accuracy with 95 %% intervals. The largest class has %.4g times the training items "
                "of the smallest; groups are by training items of a class, and each class counts alike in "
                "them and in the mean.</caption>\n<thead><tr><th scope=\"col\">Protocol and layer</th><th "
                "scope=\"col\">all items</th><th scope=\"col\">mean of classes</th>",
                akin_json_get_real(row, "imbalance"));
            for (size_t g = 0; g < GROUPS; g++) put_heading(h, akin_json_at(groups, g));
            ak_html_raw(h, "</tr></thead><tbody>\n");
        }
        begun = true;
        put_row(h, row);
    }
    if (begun) ak_html_raw(h, "</tbody></table></div>\n");
}
