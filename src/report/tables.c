/* SPDX-License-Identifier: Apache-2.0 */
/* report/tables.c - accuracies in tables: before and after for one run, run beside run for several. */
#include "report/results.h"

#include "report/chart.h"

#include <math.h>
#include <string.h>

/* What a row of a table compares: the layer of the trained and the random encoder, and the pixels beside it. */
static const struct {
    const char *name, *raw, *words;
} LAYER[] = {
    { "backbone", "pixels", "backbone" },
    { "backbone-white", "pixels-white", "backbone, whitened" },
    { "projector", "pixels", "projector" },
};
enum { LAYERS = sizeof LAYER / sizeof *LAYER };

static bool measured(const akin_run *runs, int count, const char *layer)
{
    for (int r = 0; r < count; r++)
        for (size_t i = 0; i < json_array_size(runs[r].eval); i++) {
            const char *have = akin_json_text(json_array_get(runs[r].eval, i), "layer");
            if (have && strcmp(have, layer) == 0) return true;
        }
    return false;
}

/* The table of one run --------------------------------------------------------------------------------- */

static void cell(akin_html *h, akin_score s, const char *class)
{
    akin_html_put(h, "<td class=\"%s\">", class);
    if (!s.row) {
        akin_html_raw(h, "<span class=\"muted\">\xE2\x80\x93</span></td>");
        return;
    }
    akin_html_raw(h, "<b>");
    akin_html_percent(h, s.top1);
    akin_html_raw(h, "</b>");
    if (isfinite(s.low) && isfinite(s.high))
        akin_html_put(h, "<span class=\"ci\">[%.1f, %.1f]</span>", 100 * s.low, 100 * s.high);
    akin_html_raw(h, "</td>");
}

static void gain_cell(akin_html *h, akin_score raw, akin_score random, akin_score trained)
{
    const akin_score best = !random.row || raw.top1 >= random.top1 ? raw : random;
    akin_html_raw(h, "<td class=\"gain\">");
    if (best.row && trained.row) {
        akin_html_raw(h, "<b>");
        akin_points(h, trained.top1 - best.top1);
        akin_html_raw(h, "</b><span class=\"ci\">");
        akin_html_raw(h, akin_scores_overlap(trained, best) ? "intervals overlap" : "points");
        akin_html_raw(h, "</span>");
    } else
        akin_html_raw(h, "<span class=\"muted\">\xE2\x80\x93</span>");
    akin_html_raw(h, "</td>");
}

static void table_row(akin_html *h, const akin_run *run, akin_measure m, int layer, double from, double to)
{
    const akin_score s[AKIN_DOTS] = { akin_score_find(run, m, "none", LAYER[layer].raw),
                                      akin_score_find(run, m, "random", LAYER[layer].name),
                                      akin_score_find(run, m, "trained", LAYER[layer].name) };
    if (!s[1].row && !s[2].row) return;
    akin_dots dots = { .from = from, .to = to };
    for (int i = 0; i < AKIN_DOTS; i++) {
        dots.value[i] = s[i].top1;
        dots.low[i] = s[i].low;
        dots.high[i] = s[i].high;
    }
    akin_html_put(h, "<tr><th scope=\"row\">%s</th>", LAYER[layer].words);
    cell(h, s[0], "v0");
    cell(h, s[1], "v1");
    cell(h, s[2], "v2");
    gain_cell(h, s[0], s[1], s[2]);
    akin_html_raw(h, "<td class=\"plot\">");
    akin_chart_dots(h, &dots, "raw pixels, random encoder and trained, with 95 % intervals");
    akin_html_raw(h, "</td></tr>\n<tr class=\"plotrow\" aria-hidden=\"true\"><td colspan=\"5\">");
    akin_chart_dots(h, &dots, "the same, below");
    akin_html_raw(h, "</td></tr>\n");
}

/* Bounds of the axis of one protocol: all its values and intervals, to whole percents. */
static void table_axis(const akin_run *run, akin_measure m, double *from, double *to)
{
    static const char *const ENCODER[] = { "none", "random", "trained" };
    *from = 1;
    *to = 0;
    for (int e = 0; e < 3; e++)
        for (int l = 0; l < LAYERS; l++) {
            const akin_score s = akin_score_find(run, m, ENCODER[e], e == 0 ? LAYER[l].raw : LAYER[l].name);
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
static void table_group(akin_html *h, const akin_run *run, akin_measure m)
{
    double from, to;
    table_axis(run, m, &from, &to);
    akin_html_put(h, "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"5\">%s <code>%s</code>",
                  akin_measure_word(m.name), m.name);
    if (isnan(m.labels))
        akin_html_raw(h, " <span class=\"muted\">all labels</span>");
    else
        akin_html_put(h, " <span class=\"muted\">%.0f labels per class</span>", m.labels);
    akin_html_raw(h, "</th><td class=\"plot\">");
    akin_chart_dots_axis(h, from, to);
    akin_html_raw(h, "</td></tr>\n");
    for (int l = 0; l < LAYERS; l++) table_row(h, run, m, l, from, to);
    akin_html_raw(h, "<tr class=\"plotrow\" aria-hidden=\"true\"><td colspan=\"5\">");
    akin_chart_dots_axis(h, from, to);
    akin_html_raw(h, "</td></tr></tbody>\n");
}

void akin_results_table(akin_html *h, const akin_run *run)
{
    akin_measure all[AKIN_MAX_MEASURES];
    const int n = akin_measures(run, 1, all);
    double items = NAN;
    for (int i = 0; i < n && isnan(items); i++) items = akin_score_find(run, all[i], "trained", NULL).n;
    akin_html_raw(h, "<table class=\"results\"><caption><b>Table 1.</b> Top-1 accuracy");
    if (isfinite(items)) {
        akin_html_raw(h, " on ");
        akin_html_count(h, items);
        akin_html_raw(h, " test items");
    }
    akin_html_raw(
        h, ", with 95 % intervals. Gain: trained minus the better of raw pixels and random encoder, in "
           "percentage points");
    if (measured(run, 1, "backbone-white"))
        akin_html_raw(h, "; where whitened, all three are, each by its own training features");
    akin_html_raw(
        h, ".</caption>\n<thead><tr><th scope=\"col\">Protocol and layer</th><th "
           "scope=\"col\"><span class=\"key b0\"></span>raw pixels</th><th scope=\"col\"><span class=\"key "
           "b1\"></span>random encoder</th><th scope=\"col\"><span class=\"key b2\"></span>trained</th><th "
           "scope=\"col\">gain</th><th scope=\"col\" class=\"plot\">accuracy, %, with "
           "interval</th></tr></thead>\n");
    for (int i = 0; i < n; i++) table_group(h, run, all[i]);
    akin_html_raw(h, "</table>\n");
}

/* Several runs ----------------------------------------------------------------------------------------- */

static bool same_everywhere(const akin_run *runs, int count, akin_measure m, const char *encoder,
                            const char *layer)
{
    double seen = NAN;
    for (int r = 0; r < count; r++) {
        const akin_score s = akin_score_find(&runs[r], m, encoder, layer);
        if (!s.row) continue;
        if (isfinite(seen) && s.top1 != seen) return false;
        seen = s.top1;
    }
    return isfinite(seen);
}

static void baseline_row(akin_html *h, const akin_run *runs, int count, const akin_measure *all, int n,
                         const char *encoder, const char *layer, const char *name)
{
    bool any = false;
    for (int i = 0; i < n; i++) any = any || same_everywhere(runs, count, all[i], encoder, layer);
    if (!any) return;
    akin_html_put(h, "<tr class=\"baseline\"><th scope=\"row\">%s</th>", name);
    for (int i = 0; i < n; i++) {
        akin_score s = { NULL, NAN, NAN, NAN, NAN };
        if (same_everywhere(runs, count, all[i], encoder, layer))
            for (int r = 0; r < count && !s.row; r++) s = akin_score_find(&runs[r], all[i], encoder, layer);
        cell(h, s, "");
    }
    akin_html_raw(h, "</tr>\n");
}

static void run_row(akin_html *h, const akin_run *runs, int count, int r, const akin_measure *all, int n,
                    const char *layer)
{
    akin_html_put(h, "<tr><th scope=\"row\"><span class=\"swatch %s\"></span>%s</th>", akin_chart_class(r),
                  runs[r].name);
    for (int i = 0; i < n; i++) {
        const akin_score s = akin_score_find(&runs[r], all[i], "trained", layer);
        bool best = s.row != NULL, tie = true;
        for (int o = 0; o < count; o++) {
            const double other = akin_score_find(&runs[o], all[i], "trained", layer).top1;
            best = best && !(other > s.top1);
            tie = tie && !(other < s.top1);
        }
        cell(h, s, best && !tie ? "best" : "");
    }
    akin_html_raw(h, "</tr>\n");
}

void akin_results_comparison(akin_html *h, const akin_run *runs, int count)
{
    akin_measure all[AKIN_MAX_MEASURES];
    const int n = akin_measures(runs, count, all);
    akin_html_raw(
        h, "<div class=\"scroll\"><table class=\"compare\"><caption><b>Table 1.</b> Top-1 accuracy with 95 % "
           "intervals; the greatest of each column is marked. Baselines are shown where the runs agree on "
           "them.</caption>\n<thead><tr><th scope=\"col\">Run</th>");
    for (int i = 0; i < n; i++) {
        akin_html_put(h, "<th scope=\"col\">%s<small>%s", akin_measure_word(all[i].name), all[i].name);
        if (!isnan(all[i].labels)) akin_html_put(h, ", %.0f per class", all[i].labels);
        akin_html_raw(h, "</small></th>");
    }
    akin_html_raw(h, "</tr></thead>\n");
    for (int l = 0; l < LAYERS; l++) {
        const char *layer = LAYER[l].name;
        const bool white = akin_layer_whitened(layer);
        if (white && !measured(runs, count, layer)) continue;
        akin_html_put(h, "<tbody><tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\">%s</th></tr>\n",
                      n + 1, LAYER[l].words);
        baseline_row(h, runs, count, all, n, "none", LAYER[l].raw,
                     white ? "raw pixels, whitened" : "raw pixels");
        baseline_row(h, runs, count, all, n, "random", layer,
                     white ? "random encoder, whitened" : "random encoder");
        for (int r = 0; r < count; r++) run_row(h, runs, count, r, all, n, layer);
        akin_html_raw(h, "</tbody>\n");
    }
    akin_html_raw(h, "</table></div>\n");
}
