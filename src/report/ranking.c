/* SPDX-License-Identifier: Apache-2.0 */
/* report/ranking.c - what akin tune found: the command of the configuration that comes first, how often such
 * a choice errs, and the order of all. */
#include "report/page.h"

#include <math.h>
#include <string.h>

static const char *word(const akin_json *o, const char *key)
{
    const char *text = akin_json_get_text(o, key);
    return text ? text : "";
}

static double at(const akin_json *list, size_t i)
{
    const akin_json *v = akin_json_at(list, i);
    return akin_json_is_number(v) ? akin_json_as_real(v) : NAN;
}

static void errs(ak_html *h, const akin_json *study, const char *criterion)
{
    const akin_json *tau = akin_json_get(study, "tau"), *regret = akin_json_get(study, "regret");
    const akin_json *random = akin_json_get(study, "random_regret");
    ak_html_put(
        h,
        "<p>How often that errs: over %d data sets of %d runs each, %s had a Kendall\xE2\x80\x99s tau "
        "of %.2f [%.2f, %.2f] with the accuracy; the run it chose was %.1f points [%.1f, %.1f] below "
        "the best of its grid, one drawn at random %.1f.</p>\n",
        (int)akin_json_get_int(study, "sets"), (int)akin_json_get_int(study, "runs"), criterion, at(tau, 0),
        at(tau, 1), at(tau, 2), at(regret, 0), at(regret, 1), at(regret, 2),
        akin_json_is_number(random) ? akin_json_as_real(random) : NAN);
}

static void row(ak_html *h, const akin_json *c)
{
    const char *name;
    akin_json *v;
    ak_html_put(h, "<tr><th scope=\"row\">%d. %s</th>", (int)akin_json_get_int(c, "rank"), word(c, "name"));
    AKIN_JSON_EACH(akin_json_get(c, "criteria"), name, v)
    {
        if (akin_json_is_number(v))
            ak_html_put(h, "<td>%.4g</td>", akin_json_as_real(v));
        else
            ak_html_raw(h, "<td>\xE2\x80\x93</td>");
    }
    ak_html_raw(h, "</tr>\n");
}

void ak_page_ranking(ak_html *h, const akin_json *ranking)
{
    const akin_json *all = akin_json_get(ranking, "configurations");
    const int done = (int)akin_json_get_int(ranking, "done"),
              grid = (int)akin_json_get_int(ranking, "configurations_of_grid");
    const char *name;
    akin_json *v;
    if (!akin_json_length(all)) return;
    ak_html_put(h,
                "<section id=\"ranking\"><h2>Ranked without labels</h2>\n<p>%d of %d configurations, by "
                "<b>%s</b> of the %s. The first, as a command:</p>\n<pre>%s</pre>\n",
                done, grid, word(ranking, "criterion"), word(ranking, "layer"),
                word(akin_json_get(ranking, "chosen"), "command"));
    errs(h, akin_json_get(ranking, "study"), word(ranking, "criterion"));
    ak_html_scroll(h, "Ranked without labels");
    ak_html_raw(h, "<table class=\"compare\"><thead><tr><th scope=\"col\">Configuration</th>");
    AKIN_JSON_EACH(akin_json_get(akin_json_at(all, 0), "criteria"), name, v)
    ak_html_put(h, "<th scope=\"col\">%s</th>", name);
    ak_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < akin_json_length(all); i++) row(h, akin_json_at(all, i));
    ak_html_raw(h, "</tbody></table></div></section>\n");
}
