/* SPDX-License-Identifier: Apache-2.0 */
/* report/paired.c - differences of two accuracies on the same test items: of a run and its baselines, as
 * eval.json tells them, and of two runs, from the items that each got right. */
#include "report/results.h"

#include "akin/tool/paired.h"

#include <math.h>
#include <string.h>

#define PERCENT "\xC2\xA0%" /* stays with its number at the end of a line */

/* A run and its baselines ------------------------------------------------------------------------------ */

ak_difference ak_difference_read(const akin_json *o)
{
    const akin_json *ci = akin_json_get(o, "ci95");
    const char *verdict = akin_json_get_text(o, "verdict");
    if (!verdict || akin_json_length(ci) != 2) return (ak_difference){ .known = false };
    ak_difference d = { .value = akin_json_get_real(o, "difference"),
                        .low = akin_json_as_real(akin_json_at(ci, 0)),
                        .high = akin_json_as_real(akin_json_at(ci, 1)),
                        .p = akin_json_get_real(o, "p"),
                        .direction = strcmp(verdict, "above") == 0   ? 1
                                     : strcmp(verdict, "below") == 0 ? -1
                                                                     : 0 };
    d.known = isfinite(d.value) && isfinite(d.low) && isfinite(d.high) && isfinite(d.p);
    return d;
}

ak_difference ak_difference_from(ak_accuracy trained, const char *encoder)
{
    const akin_json *all = akin_json_get(trained.row, "against");
    ak_difference d = { .known = false };
    for (size_t k = 0; k < akin_json_length(all) && !d.known; k++) {
        const akin_json *o = akin_json_at(all, k);
        const char *of = akin_json_get_text(o, "encoder");
        if (of && strcmp(of, encoder) == 0) d = ak_difference_read(o);
    }
    return d;
}

/* "+0.2 points, 95 % -0.4 to 0.8" */
void ak_difference_put(ak_html *h, ak_difference d, bool with_sign)
{
    if (with_sign) {
        ak_points(h, d.value);
        ak_html_raw(h, " points, ");
    }
    ak_html_raw(h, "95" PERCENT " ");
    for (int k = 0; k < 2; k++) {
        const double x = 100 * (k ? d.high : d.low);
        ak_html_put(h, "%s%s%.1f", k ? " to " : "", x < -0.05 ? "\xE2\x88\x92" : "", fabs(x));
    }
}

void ak_difference_range(ak_html *h, ak_difference d)
{
    for (int k = 0; k < 2; k++) {
        const double x = 100 * (k ? d.high : d.low);
        ak_html_put(h, "%s%s%.1f", k ? ", " : "[", x < -0.05 ? "\xE2\x88\x92" : "", fabs(x));
    }
    ak_html_raw(h, "]");
}

void ak_difference_p(ak_html *h, ak_difference d)
{
    if (d.p < 0.001)
        ak_html_raw(h, "p &lt; 0.001");
    else
        ak_html_put(h, d.p < 0.1 ? "p = %.3f" : "p = %.2f", d.p);
}

/* Run and run ------------------------------------------------------------------------------------------ */

static bool same_text(const ak_run *a, const ak_run *b, const char *key)
{
    const char *x = akin_json_get_text(a->evaluation, key), *y = akin_json_get_text(b->evaluation, key);
    return x && y && strcmp(x, y) == 0;
}

/* Which items a result got right; NULL when it is not known, or the file is of another evaluation. */
static const uint8_t *right_of(const ak_run *run, ak_accuracy s)
{
    const double at = akin_json_get_real(s.row, "items_row");
    const akin_array *items = &run->items;
    if (!items->data || !(at >= 0 && at < (double)items->shape[0])) return NULL;
    const int64_t n = items->shape[1];
    const uint8_t *right = (const uint8_t *)items->data + (int64_t)at * n;
    int64_t hits = 0;
    for (int64_t i = 0; i < n; i++) hits += right[i];
    return fabs((double)hits - s.top1 * s.n) < 0.5 ? right : NULL; /* the record is rounded to nine digits */
}

bool ak_runs_share_items(const ak_run *a, const ak_run *b)
{
    return a->items.data && b->items.data && a->items.shape[1] == b->items.shape[1] &&
           same_text(a, b, "fingerprint") && same_text(a, b, "split") && same_text(a, b, "target");
}

ak_difference ak_difference_of_runs(const ak_run *a, const ak_run *b, ak_measure m, const char *layer)
{
    ak_difference d = { .known = false };
    if (!ak_runs_share_items(a, b)) return d;
    const ak_accuracy x = ak_accuracy_find(a, m, "trained", layer),
                      y = ak_accuracy_find(b, m, "trained", layer);
    const uint8_t *first = right_of(a, x), *second = right_of(b, y);
    akin_paired r = AKIN_PAIRED_INIT;
    if (!first || !second || x.n != y.n) return d;
    if (akin_paired_hits(first, second, a->items.shape[1], &r, NULL)) return d;
    if (akin_paired_counts((int64_t)x.n, r.won, r.lost, &r, NULL))
        return d; /* with those both are wrong about */
    return (ak_difference){ .known = true,
                            .value = r.difference,
                            .low = r.ci95[0],
                            .high = r.ci95[1],
                            .p = r.p,
                            .direction = akin_paired_direction(&r) };
}

static void difference_cell(ak_html *h, ak_difference d)
{
    if (!d.known) {
        ak_html_raw(h, "<td><span class=\"muted\">\xE2\x80\x93</span></td>");
        return;
    }
    ak_html_put(h, "<td class=\"%s\"><b>", d.direction ? "best" : "");
    ak_points(h, d.value);
    ak_html_raw(h, "</b><span class=\"ci\">");
    ak_difference_range(h, d);
    ak_html_raw(h, " ");
    ak_difference_p(h, d);
    ak_html_raw(h, "</span></td>");
}

void ak_results_differences(ak_html *h, const ak_run *runs, int count, const char *const *layers,
                            const char *const *words, int layer_count)
{
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(runs, count, all);
    bool any = false;
    int columns = 1;
    for (int i = 0; i < n; i++) columns += isnan(all[i].labels);
    for (int r = 1; r < count; r++)
        for (int i = 0; i < n; i++)
            for (int l = 0; l < layer_count; l++)
                any = any || ak_difference_of_runs(&runs[r], &runs[0], all[i], layers[l]).known;
    if (!any) {
        ak_html_raw(
            h, "<p class=\"missing\">The runs cannot be compared item by item: that takes the same data, "
               "split and target, and an evaluation that kept which items were right. Separate intervals "
               "do not say whether two runs differ.</p>\n");
        return;
    }
    ak_html_put(
        h,
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Differences of accuracies\"><table "
        "class=\"compare\"><caption><b>Table 2.</b> Accuracy minus that of %s, "
        "in percentage points, on the same test items: 95 %% interval, and p of no difference. Marked "
        "where a difference is seen.</caption>\n<thead><tr><th scope=\"col\">Run</th>",
        runs[0].name);
    for (int i = 0; i < n; i++)
        if (isnan(all[i].labels))
            ak_html_put(h, "<th scope=\"col\">%s<small>%s</small></th>", ak_measure_word(all[i].name),
                        all[i].name);
    ak_html_raw(h, "</tr></thead>\n");
    for (int l = 0; l < layer_count; l++) {
        ak_html_put(h, "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\">%s</th></tr>\n",
                    columns, words[l]);
        for (int r = 1; r < count; r++) {
            ak_html_put(h, "<tr><th scope=\"row\">%s</th>", runs[r].name);
            for (int i = 0; i < n; i++)
                if (isnan(all[i].labels))
                    difference_cell(h, ak_difference_of_runs(&runs[r], &runs[0], all[i], layers[l]));
            ak_html_raw(h, "</tr>\n");
        }
        ak_html_raw(h, "</tbody>\n");
    }
    ak_html_raw(h, "</table></div>\n");
}
