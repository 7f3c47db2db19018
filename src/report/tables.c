/* SPDX-License-Identifier: Apache-2.0 */
/* report/tables.c - accuracies in tables: before and after for one run, run beside run for several. */
#include "report/results.h"

#include "report/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const ak_layer ak_layers[AK_LAYERS] = {
    { "backbone", AK_RAW, "backbone" },
    { "backbone-white", AK_RAW_WHITE, "backbone, whitened" },
    { "projector", AK_RAW, "projector" },
};

static bool measured(const ak_run *runs, int count, const char *layer)
{
    for (int r = 0; r < count; r++)
        for (size_t i = 0; i < akin_json_length(runs[r].eval); i++) {
            const char *have = akin_json_get_text(akin_json_at(runs[r].eval, i), "layer");
            if (have && strcmp(have, layer) == 0) return true;
        }
    return false;
}

/* The table of one run --------------------------------------------------------------------------------- */

static void cell(ak_html *h, ak_accuracy s, const char *class)
{
    ak_html_put(h, "<td class=\"%s\">", class);
    if (!s.row) {
        ak_html_raw(h, "<span class=\"muted\">\xE2\x80\x93</span></td>");
        return;
    }
    ak_html_raw(h, "<b>");
    ak_html_percent(h, s.top1);
    ak_html_raw(h, "</b>");
    if (isfinite(s.low) && isfinite(s.high))
        ak_html_put(h, "<span class=\"ci\">[%.1f, %.1f]</span>", 100 * s.low, 100 * s.high);
    ak_html_raw(h, "</td>");
}

static void gain_cell(ak_html *h, ak_accuracy raw, ak_accuracy random, ak_accuracy trained)
{
    const ak_accuracy best = !random.row || raw.top1 >= random.top1 ? raw : random;
    ak_html_raw(h, "<td class=\"gain\">");
    if (best.row && trained.row) {
        const ak_difference d = ak_difference_from(trained, best.row == raw.row ? "none" : "random");
        ak_html_raw(h, "<b>");
        ak_points(h, d.known ? d.value : trained.top1 - best.top1);
        ak_html_raw(h, "</b><span class=\"ci\">");
        if (d.known) {
            ak_difference_range(h, d);
            ak_html_raw(h, "<br>");
            ak_difference_p(h, d);
        } else
            ak_html_raw(h, ak_accuracies_overlap(trained, best) ? "intervals overlap" : "points");
        ak_html_raw(h, "</span>");
    } else
        ak_html_raw(h, "<span class=\"muted\">\xE2\x80\x93</span>");
    ak_html_raw(h, "</td>");
}

static void table_row(ak_html *h, const ak_run *run, ak_measure m, int layer, double from, double to)
{
    const ak_accuracy s[AK_DOTS] = { ak_accuracy_find(run, m, "none", ak_layers[layer].raw),
                                     ak_accuracy_find(run, m, "random", ak_layers[layer].name),
                                     ak_accuracy_find(run, m, "trained", ak_layers[layer].name) };
    if (!s[1].row && !s[2].row) return;
    ak_dots dots = { .from = from, .to = to };
    for (int i = 0; i < AK_DOTS; i++) {
        dots.value[i] = s[i].top1;
        dots.low[i] = s[i].low;
        dots.high[i] = s[i].high;
    }
    ak_html_put(h, "<tr><th scope=\"row\">%s</th>", ak_layers[layer].words);
    cell(h, s[0], "v0");
    cell(h, s[1], "v1");
    cell(h, s[2], "v2");
    gain_cell(h, s[0], s[1], s[2]);
    ak_html_raw(h, "<td class=\"plot\">");
    char words[80];
    snprintf(words, sizeof words, "%s, random encoder and trained, with 95 %% intervals",
             ak_raw_words(run, 1));
    ak_chart_dots(h, &dots, words);
    ak_html_raw(h, "</td></tr>\n<tr class=\"plotrow\" aria-hidden=\"true\"><td colspan=\"5\">");
    ak_chart_dots(h, &dots, "the same, below");
    ak_html_raw(h, "</td></tr>\n");
}

/* Bounds of the axis of one protocol: all its values and intervals, to whole percents. */
static void table_axis(const ak_run *run, ak_measure m, double *from, double *to)
{
    static const char *const ENCODER[] = { "none", "random", "trained" };
    *from = 1;
    *to = 0;
    for (int e = 0; e < 3; e++)
        for (int l = 0; l < AK_LAYERS; l++) {
            const ak_accuracy s =
                ak_accuracy_find(run, m, ENCODER[e], e == 0 ? ak_layers[l].raw : ak_layers[l].name);
            const double x[3] = { s.top1, s.low, s.high };
            for (int k = 0; k < 3; k++) {
                if (!(x[k] >= 0 && x[k] <= 1)) continue;
                *from = fmin(*from, x[k]);
                *to = fmax(*to, x[k]);
            }
        }
    *from = fmax(0, floor(*from * 100) / 100 - 0.005);
    *to = fmin(1, ceil(*to * 100) / 100 + 0.005);
    if (!(*from < *to)) {
        *from = 0;
        *to = 1;
    }
}

/* The rows of one protocol under its name and axis. */
static void table_group(ak_html *h, const ak_run *run, ak_measure m)
{
    double from, to;
    table_axis(run, m, &from, &to);
    ak_html_put(h, "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"5\">%s <code>%s</code>",
                ak_measure_word(m.name), m.name);
    if (isnan(m.labels))
        ak_html_raw(h, " <span class=\"muted\">all labels</span>");
    else
        ak_html_put(h, " <span class=\"muted\">%.0f labels per class</span>", m.labels);
    ak_html_raw(h, "</th><td class=\"plot\">");
    ak_chart_dots_axis(h, from, to);
    ak_html_raw(h, "</td></tr>\n");
    for (int l = 0; l < AK_LAYERS; l++) table_row(h, run, m, l, from, to);
    ak_html_raw(h, "<tr class=\"plotrow\" aria-hidden=\"true\"><td colspan=\"5\">");
    ak_chart_dots_axis(h, from, to);
    ak_html_raw(h, "</td></tr></tbody>\n");
}

void ak_results_table(ak_html *h, const ak_run *run)
{
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(run, 1, all);
    double items = NAN;
    for (int i = 0; i < n && isnan(items); i++) items = ak_accuracy_find(run, all[i], "trained", NULL).n;
    ak_html_raw(h, "<table class=\"results\"><caption><b>Table 1.</b> Top-1 accuracy");
    if (isfinite(items)) {
        ak_html_raw(h, " on ");
        ak_html_count(h, items);
        ak_html_raw(h, " test items");
    }
    const char *raw = ak_raw_words(run, 1);
    ak_html_put(h,
                ", with 95 %% intervals. Gain: trained minus the better of %s and random encoder, in "
                "percentage points, with the interval and p of the difference on the same items",
                raw);
    if (measured(run, 1, "backbone-white"))
        ak_html_raw(h, "; where whitened, all three are, each by its own training features");
    ak_html_put(
        h,
        ".</caption>\n<thead><tr><th scope=\"col\">Protocol and layer</th><th "
        "scope=\"col\"><span class=\"key b0\"></span>%s</th><th scope=\"col\"><span class=\"key "
        "b1\"></span>random encoder</th><th scope=\"col\"><span class=\"key b2\"></span>trained</th><th "
        "scope=\"col\">gain</th><th scope=\"col\" class=\"plot\">accuracy, %%, with "
        "interval</th></tr></thead>\n",
        raw);
    for (int i = 0; i < n; i++) table_group(h, run, all[i]);
    ak_html_raw(h, "</table>\n");
}

/* Several runs ----------------------------------------------------------------------------------------- */

static bool same_everywhere(const ak_run *runs, int count, ak_measure m, const char *encoder,
                            const char *layer)
{
    double seen = NAN;
    for (int r = 0; r < count; r++) {
        const ak_accuracy s = ak_accuracy_find(&runs[r], m, encoder, layer);
        if (!s.row) continue;
        if (isfinite(seen) && s.top1 != seen) return false;
        seen = s.top1;
    }
    return isfinite(seen);
}

static void baseline_row(ak_html *h, const ak_run *runs, int count, const ak_measure *all, int n,
                         const char *encoder, const char *layer, const char *name)
{
    bool any = false;
    for (int i = 0; i < n; i++) any = any || same_everywhere(runs, count, all[i], encoder, layer);
    if (!any) return;
    ak_html_put(h, "<tr class=\"baseline\"><th scope=\"row\">%s</th>", name);
    for (int i = 0; i < n; i++) {
        ak_accuracy s = { NULL, NAN, NAN, NAN, NAN };
        if (same_everywhere(runs, count, all[i], encoder, layer))
            for (int r = 0; r < count && !s.row; r++) s = ak_accuracy_find(&runs[r], all[i], encoder, layer);
        cell(h, s, "");
    }
    ak_html_raw(h, "</tr>\n");
}

static void run_row(ak_html *h, const ak_run *runs, int count, int r, const ak_measure *all, int n,
                    const char *layer)
{
    ak_html_put(h, "<tr><th scope=\"row\"><span class=\"swatch %s\"></span>%s</th>", ak_chart_class(r),
                runs[r].name);
    for (int i = 0; i < n; i++) {
        const ak_accuracy s = ak_accuracy_find(&runs[r], all[i], "trained", layer);
        bool best = s.row != NULL, tie = true;
        for (int o = 0; o < count; o++) {
            const double other = ak_accuracy_find(&runs[o], all[i], "trained", layer).top1;
            best = best && !(other > s.top1);
            tie = tie && !(other < s.top1);
        }
        cell(h, s, best && !tie ? "best" : "");
    }
    ak_html_raw(h, "</tr>\n");
}

void ak_results_comparison(ak_html *h, const ak_run *runs, int count)
{
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(runs, count, all);
    ak_html_raw(
        h, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"Accuracies\"><table "
           "class=\"compare\"><caption><b>Table 1.</b> Top-1 accuracy with 95 % "
           "intervals; the greatest of each column is marked. Baselines are shown where the runs agree on "
           "them.</caption>\n<thead><tr><th scope=\"col\">Run</th>");
    for (int i = 0; i < n; i++) {
        ak_html_put(h, "<th scope=\"col\">%s<small>%s", ak_measure_word(all[i].name), all[i].name);
        if (!isnan(all[i].labels)) ak_html_put(h, ", %.0f per class", all[i].labels);
        ak_html_raw(h, "</small></th>");
    }
    ak_html_raw(h, "</tr></thead>\n");
    for (int l = 0; l < AK_LAYERS; l++) {
        const char *layer = ak_layers[l].name;
        const bool white = ak_layer_whitened(layer);
        if (white && !measured(runs, count, layer)) continue;
        ak_html_put(h, "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\">%s</th></tr>\n",
                    n + 1, ak_layers[l].words);
        char raw[32];
        snprintf(raw, sizeof raw, "%s%s", ak_raw_words(runs, count), white ? ", whitened" : "");
        baseline_row(h, runs, count, all, n, "none", ak_layers[l].raw, raw);
        baseline_row(h, runs, count, all, n, "random", layer,
                     white ? "random encoder, whitened" : "random encoder");
        for (int r = 0; r < count; r++) run_row(h, runs, count, r, all, n, layer);
        ak_html_raw(h, "</tbody>\n");
    }
    ak_html_raw(h, "</table></div>\n");
    const char *layers[AK_LAYERS], *words[AK_LAYERS];
    int used = 0;
    for (int l = 0; l < AK_LAYERS; l++) {
        if (!measured(runs, count, ak_layers[l].name)) continue;
        layers[used] = ak_layers[l].name;
        words[used++] = ak_layers[l].words;
    }
    ak_results_differences(h, runs, count, layers, words, used);
}
