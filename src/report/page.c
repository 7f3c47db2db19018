/* SPDX-License-Identifier: Apache-2.0 */
/* report/page.c - the page of one run: headline, curve, table, pictures, record. */
#include "report/page.h"

#include "base/path.h"
#include "report/chart.h"
#include "report/diagnosis.h"
#include "report/figures.h"
#include "report/gallery.h"
#include "report/map.h"
#include "report/results.h"

#include <math.h>
#include <string.h>

#define DOT " \xC2\xB7 "
#define TIMES " \xC3\x97 "

/* No network, and no script but the one of that sum, whatever the page holds. */
void ak_page_head(ak_html *h, const char *name, const char *subject, const char *script, int refresh_s)
{
    ak_html_raw(h,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
                "style-src 'unsafe-inline'; ");
    if (script) ak_html_raw(h, "script-src '");
    if (script) ak_html_raw(h, script);
    if (script) ak_html_raw(h, "'; ");
    ak_html_raw(h, "base-uri 'none'; form-action 'none'\">\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n");
    if (refresh_s > 0) ak_html_put(h, "<meta http-equiv=\"refresh\" content=\"%d\">\n", refresh_s);
    ak_html_put(h, "<meta name=\"generator\" content=\"akin %s\">\n<title>%s%s%s</title>\n<style>\n",
                akin_version(), name, subject ? " \xE2\x80\x93 " : "", subject ? subject : "");
    for (const char *const *rule = ak_page_style; *rule; rule++) ak_html_raw(h, *rule);
    ak_html_raw(h, "</style>\n</head>\n<body>\n");
}

void ak_page_foot(ak_html *h, bool scripted)
{
    ak_html_put(
        h,
        "<footer><p>Written by akin %s. The page holds everything it shows: no network%s.</p></footer>\n"
        "</body>\n</html>\n",
        akin_version(), scripted ? ", and no script but the one that draws the map" : ", no script");
}

static void count_of(ak_html *h, const akin_json *o, const char *key, const char *before, const char *after)
{
    const double x = akin_json_get_real(o, key);
    if (!isfinite(x)) return;
    ak_html_raw(h, before);
    ak_html_count(h, x);
    ak_html_raw(h, after);
}

/* "15 epochs"; "0.5 epochs" of a run whose time or steps end within one. */
static void epochs_of(ak_html *h, const ak_run *run, const char *before)
{
    const double epochs = akin_json_get_real(run->done, "epochs"),
                 steps = akin_json_get_real(run->done, "steps");
    const double whole = floor(akin_json_get_real(ak_run_part(run, "data"), "train") /
                               akin_json_get_real(ak_run_part(run, "config"), "batch-size"));
    if (!isfinite(epochs)) return;
    ak_html_raw(h, before);
    if (steps > (epochs - 1) * whole && steps < epochs * whole)
        ak_html_put(h, "%.3g epochs", steps / whole);
    else {
        ak_html_count(h, epochs);
        ak_html_raw(h, epochs == 1 ? " epoch" : " epochs");
    }
}

/* "Fashion-MNIST · 21 November 2026, 21:13 UTC · finished in 2 min 58 s" */
static void subtitle(ak_html *h, const ak_run *run)
{
    const char *data = akin_json_get_text(ak_run_part(run, "data"), "name"),
               *created = akin_json_get_text(run->record, "created");
    const double seconds = akin_json_get_real(run->done, "seconds");
    ak_html_raw(h, "<p class=\"subtitle\">");
    if (data) ak_html_put(h, "%s", data);
    if (created) {
        if (data) ak_html_raw(h, DOT);
        ak_html_raw(h, "<time>");
        ak_html_date(h, created);
        ak_html_raw(h, "</time>");
    }
    ak_html_raw(h, data || created ? DOT : "");
    const char *file = akin_json_get_text(ak_run_part(run, "import"), "file");
    if (file)
        ak_html_put(h, "imported from %s", ak_path_base(file));
    else if (isfinite(seconds)) {
        ak_html_raw(h, "trained in ");
        ak_html_duration(h, seconds);
    } else
        ak_html_raw(h, run->done ? "finished" : "still running, or interrupted");
    ak_html_raw(h, "</p>\n");
}

/* "resnet-small, 274,832 parameters; ntxent; 60,000 items, no labels used" */
static void setting(ak_html *h, const ak_run *run)
{
    const char *encoder = akin_json_get_text(ak_run_part(run, "encoder"), "name");
    const char *loss = akin_json_get_text(ak_run_part(run, "loss"), "name");
    if (!encoder || !loss) return;
    ak_html_put(h, "<p class=\"subtitle\">%s", encoder);
    count_of(h, ak_run_part(run, "encoder"), "parameters", " with ", " parameters");
    ak_html_put(h, DOT "%s loss", loss);
    count_of(h, ak_run_part(run, "data"), "train", DOT, " items");
    if (run->done)
        epochs_of(h, run, DOT);
    else if (isfinite(akin_json_get_real(run->last, "epoch")) &&
             isfinite(akin_json_get_real(run->last, "epochs")))
        ak_html_put(h, DOT "epoch %.3g of %.0f", akin_json_get_real(run->last, "epoch"),
                    akin_json_get_real(run->last, "epochs"));
    ak_html_raw(h, "</p>\n");
}

/* The curve -------------------------------------------------------------------------------------------- */

static double mean_of(const double *x, int64_t n)
{
    double sum = 0, count = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            sum += x[i];
            count++;
        }
    return count > 0 ? sum / count : NAN;
}

static void curve_caption(ak_html *h, const ak_run *run)
{
    const char *name = akin_json_get_text(ak_run_part(run, "loss"), "name"),
               *verdict = akin_json_get_text(run->last, "verdict");
    const char *formula = akin_json_get_text(ak_run_part(run, "loss"), "formula");
    const double epochs = akin_json_get_real(run->last, "epochs");
    ak_html_raw(h, "<figcaption><b>Figure 1.</b> ");
    ak_html_put(h, "%s%s", name ? name : "", name ? " loss" : "Loss");
    ak_html_raw(h, " over ");
    ak_html_count(h, run->curve.x[AK_STEP][run->curve.n - 1]);
    ak_html_raw(h, " steps");
    if (isfinite(epochs)) ak_html_put(h, " of a run of %.0f epoch%s", epochs, epochs == 1 ? "" : "s");
    ak_html_raw(h, ": thin, every logged step; thick, the running mean. Last value ");
    ak_html_loss(h, run->loss);
    if (isfinite(run->learned)) ak_html_put(h, ", %.0f %% of the way", 100 * run->learned);
    if (verdict) ak_html_put(h, ": <b class=\"verdict\">%s</b>", verdict);
    ak_html_raw(h, ". <i>Chance</i> is the loss when all representations are equal");
    if (isfinite(run->permuted)) {
        ak_html_raw(h, "; with partners permuted the last value would be ");
        ak_html_loss(h, run->permuted);
    }
    ak_html_raw(h, isfinite(run->floor) ? "; no encoder can go below the <i>floor</i>."
                                        : "; no floor is known.");
    if (formula) ak_html_put(h, " <span class=\"formula\">%s</span>", formula);
    ak_html_raw(h, "</figcaption>\n");
}

static void small_panel(ak_html *h, const ak_run *run, ak_series series, double factor, const char *title)
{
    ak_figure f;
    if (!ak_run_logged(run, series)) return;
    ak_figure_series(&f, &run->curve, series, factor, title);
    ak_chart_draw(h, &f, &(ak_drawing){ .kind = AK_DRAW_SMALL, .height = 72 });
    ak_figure_free(&f);
}

static void small_panels(ak_html *h, const ak_run *run)
{
    const ak_curve *c = &run->curve;
    if (!ak_run_logged(run, AK_LR) && !ak_run_logged(run, AK_RATE) && !ak_run_logged(run, AK_WAIT)) return;
    ak_html_raw(h, "<figure><div class=\"panels\">\n");
    small_panel(h, run, AK_LR, 1, "learning rate");
    small_panel(h, run, AK_RATE, 1, "samples per second");
    small_panel(h, run, AK_WAIT, 100, "waiting for data, % of the time");
    ak_html_raw(h, "</div><figcaption><b>Figure 2.</b> Against the step.");
    if (ak_run_logged(run, AK_RATE)) {
        ak_html_raw(h, " On average ");
        ak_html_count(h, mean_of(c->x[AK_RATE], c->n));
        ak_html_raw(h, " samples a second");
        if (ak_run_logged(run, AK_WAIT)) {
            ak_html_raw(h, "; ");
            ak_html_percent(h, mean_of(c->x[AK_WAIT], c->n));
            ak_html_raw(h, " of the time was spent waiting for data");
        }
        ak_html_raw(h, ".");
    }
    ak_html_raw(h, "</figcaption></figure>\n");
}

void ak_page_loss(ak_html *h, const ak_run *runs, int count)
{
    ak_figure f;
    ak_html words = { 0 };
    for (int r = 0; r < count; r++) {
        const double value[] = { runs[r].loss, runs[r].chance, runs[r].floor };
        static const char *const NAME[] = { ": last logged loss ", ", chance ", ", floor " };
        ak_html_raw(&words, runs[r].name);
        for (int k = 0; k < 3; k++) {
            ak_html_raw(&words, NAME[k]);
            ak_html_loss(&words, value[k]);
        }
        ak_html_raw(&words, ". ");
    }
    ak_figure_loss(&f, runs, count);
    ak_chart_draw(h, &f, &(ak_drawing){ .kind = AK_DRAW_WIDE, .id = "curve", .desc = words.data });
    ak_chart_draw(h, &f, &(ak_drawing){ .kind = AK_DRAW_NARROW, .id = "curve-narrow", .desc = words.data });
    h->failed = h->failed || words.failed;
    ak_figure_free(&f);
    free(words.data);
}

static void training(ak_html *h, const ak_run *run)
{
    ak_html_raw(h, "<section id=\"training\"><h2>Training</h2>\n");
    if (ak_run_part(run, "import"))
        ak_html_raw(h, "<p class=\"missing\">The weights were trained elsewhere and imported, so there is no "
                       "curve to show.</p>\n");
    else if (!isfinite(run->loss))
        ak_html_raw(
            h,
            "<p class=\"missing\">No step with a loss has been logged, so there is no curve to show.</p>\n");
    else {
        ak_html_raw(h, "<figure>");
        ak_page_loss(h, run, 1);
        curve_caption(h, run);
        ak_html_raw(h, "</figure>\n");
        small_panels(h, run);
    }
    ak_html_raw(h, "</section>\n");
}

/* The record ------------------------------------------------------------------------------------------- */

void ak_page_value(ak_html *h, const akin_json *v)
{
    if (akin_json_is_text(v))
        ak_html_text(h, akin_json_as_text(v));
    else if (akin_json_is_int(v))
        ak_html_put(h, "%lld", (long long)akin_json_as_int(v));
    else if (akin_json_is_real(v))
        ak_html_put(h, "%.6g", akin_json_as_real(v));
    else if (akin_json_is_bool(v))
        ak_html_raw(h, akin_json_as_bool(v) ? "yes" : "no");
    else if (!v || akin_json_is_null(v))
        ak_html_raw(h, "\xE2\x80\x93");
    else {
        char *text = NULL;
        if (akin_json_print(v, AKIN_JSON_COMPACT, 17, &text, NULL) == AKIN_OK) ak_html_text(h, text);
        free(text);
    }
}

static void data_entry(ak_html *h, const ak_run *run)
{
    const akin_json *d = ak_run_part(run, "data"), *classes = akin_json_get(d, "classes");
    const char *name = akin_json_get_text(d, "name"), *path = akin_json_get_text(d, "path");
    const char *format = akin_json_get_text(d, "format"), *print = akin_json_get_text(d, "fingerprint");
    if (!d) return;
    ak_html_put(h, "<dt>Data</dt><dd>%s", name ? name : "unnamed");
    if (format) ak_html_put(h, ", %s", format);
    count_of(h, d, "train", ": ", " to train");
    count_of(h, d, "test", ", ", " to test");
    if (akin_json_get_real(d, "height") > 0)
        ak_html_put(h, ", %.0f" TIMES "%.0f" TIMES "%.0f", akin_json_get_real(d, "height"),
                    akin_json_get_real(d, "width"), akin_json_get_real(d, "channels"));
    if (akin_json_length(classes)) {
        ak_html_put(h, "<br>%lld classes: ", (long long)akin_json_length(classes));
        for (size_t i = 0; i < akin_json_length(classes) && i < 20; i++) {
            ak_html_raw(h, i ? ", " : "");
            ak_page_value(h, akin_json_at(classes, i));
        }
        ak_html_raw(h, akin_json_length(classes) > 20 ? ", \xE2\x80\xA6" : "");
    } else if (akin_json_is_false(akin_json_get(d, "labels")))
        ak_html_raw(h, "<br>no labels");
    if (path) ak_html_put(h, "<br><code>%s</code>", path);
    if (print) ak_html_put(h, "<br>fingerprint <code>%s</code>", print);
    ak_html_raw(h, "</dd>\n");
}

static void encoder_entry(ak_html *h, const ak_run *run)
{
    const akin_json *e = ak_run_part(run, "encoder");
    if (!e) return;
    const char *name = akin_json_get_text(e, "name");
    const double macs = akin_json_get_real(e, "macs_per_image");
    ak_html_put(h, "<dt>Encoder</dt><dd>%s", name ? name : "unnamed");
    count_of(h, e, "parameters", ": ", " parameters");
    if (isfinite(macs)) ak_html_put(h, ", %.3g million multiply-adds an item", macs / 1e6);
    count_of(h, e, "features", ", ", " features");
    count_of(h, e, "projection", ", projected to ", "");
    ak_html_raw(h, "</dd>\n");
}

static void loss_entry(ak_html *h, const ak_run *run)
{
    const akin_json *l = ak_run_part(run, "loss");
    if (!l) return;
    const char *name = akin_json_get_text(l, "name"), *line = akin_json_get_text(l, "line");
    ak_html_put(h, "<dt>Loss</dt><dd>%s", name ? name : "unnamed");
    if (line) ak_html_put(h, ": %s", line);
    ak_html_raw(h, "</dd>\n");
}

static void software_entry(ak_html *h, const ak_run *run)
{
    const akin_json *a = ak_run_part(run, "akin");
    if (!a) return;
    const char *version = akin_json_get_text(a, "version"), *isa = akin_json_get_text(a, "isa");
    ak_html_put(h, "<dt>Software</dt><dd>akin %s", version ? version : "of unknown version");
    if (isa) ak_html_put(h, ", instructions %s", isa);
    count_of(h, a, "threads", ", ", akin_json_get_real(a, "threads") == 1 ? " thread" : " threads");
    ak_html_raw(h, "</dd>\n");
}

static void time_entry(ak_html *h, const ak_run *run)
{
    const char *weights = akin_json_get_text(run->done, "weights_xxh64");
    const double steps = akin_json_get_real(run->last, "steps"),
                 seconds = akin_json_get_real(run->done, "seconds");
    ak_html_raw(h, "<dt>Time</dt><dd>");
    if (run->done) {
        ak_html_raw(h, "finished");
        if (isfinite(seconds)) {
            ak_html_raw(h, " after ");
            ak_html_duration(h, seconds);
        }
        count_of(h, run->done, "steps", ", ", " steps");
        epochs_of(h, run, ", ");
        if (weights) ak_html_put(h, "<br>weights <code>%s</code>", weights);
    } else {
        ak_html_raw(h, "still running, or interrupted: the run folder has no DONE");
        if (run->curve.n > 0) {
            ak_html_raw(h, ". The last logged step is ");
            ak_html_count(h, run->curve.x[AK_STEP][run->curve.n - 1]);
            if (isfinite(steps)) {
                ak_html_raw(h, " of ");
                ak_html_count(h, steps);
            }
        }
        ak_html_raw(h, ". <code>akin train --resume</code> continues an interrupted run.");
    }
    ak_html_raw(h, "</dd>\n");
}

static void configuration(ak_html *h, const ak_run *run)
{
    akin_json *config = akin_json_get(run->record, "config");
    if (!akin_json_keys(config)) return;
    ak_html_raw(
        h,
        "<details><summary>Configuration</summary><table class=\"config\"><caption class=\"sr\">Every option "
        "and its value</caption><tbody>\n");
    const char *key;
    akin_json *v;
    AKIN_JSON_EACH(config, key, v)
    {
        ak_html_put(h, "<tr><th scope=\"row\">%s</th><td>", key);
        ak_page_value(h, v);
        ak_html_raw(h, "</td></tr>\n");
    }
    ak_html_raw(h, "</tbody></table></details>\n");
}

static void record(ak_html *h, const ak_run *run)
{
    const char *command = akin_json_get_text(run->record, "command");
    ak_html_raw(h, "<section id=\"record\"><h2>What was run</h2>\n");
    if (command) ak_html_put(h, "<pre><code>%s</code></pre>\n", command);
    ak_html_raw(h, "<dl class=\"record\">\n");
    data_entry(h, run);
    encoder_entry(h, run);
    loss_entry(h, run);
    software_entry(h, run);
    time_entry(h, run);
    ak_html_raw(h, "</dl>\n");
    configuration(h, run);
    ak_html_raw(h, "</section>\n");
}

void ak_page_method(ak_html *h, const ak_run *runs, int count)
{
    ak_html_raw(h, "<section id=\"method\"><h2>How each number was "
                   "computed</h2>\n<details open><summary>Definitions</summary>"
                   "<dl class=\"record\">\n");
    ak_results_method(h, runs, count);
    ak_html_raw(
        h,
        "<dt>95 % interval</dt><dd>Wilson score interval of the accuracy over the test items; where labels "
        "are drawn, Student\xE2\x80\x99s t interval of the mean over the draws.</dd>\n");
    ak_html_raw(
        h,
        "<dt>Difference on the same items</dt><dd>Only items that one of the two gets right and the other "
        "wrong can tell them apart. p is of McNemar\xE2\x80\x99s exact binomial test of these, mid-p; the "
        "interval is Tango\xE2\x80\x99s score interval of the difference. Where labels are drawn, both have "
        "the same draws, and interval and p are over draws and items; AVG-k over classes, by the jackknife, "
        "or over draws. A difference is seen where p is at most 0.05 and the interval leaves out 0. Without "
        "stored items two intervals are held side by side, which says less.</dd>\n");
    const char *raw = ak_raw_words(runs, count);
    if (strncmp(raw, "raw ", 4) == 0)
        ak_html_put(h, "<dt>Raw %s</dt><dd>The same protocol on the %s themselves.</dd>\n", raw + 4, raw + 4);
    else
        ak_html_raw(
            h, "<dt>A bag of words</dt><dd>The same protocol on tf-idf: how often each known word stands "
               "in a text, less for words that many texts hold; more than 1,024 words are projected to "
               "as many columns at random.</dd>\n");
    ak_html_raw(h,
                "<dt>Random encoder</dt><dd>The same protocol on the features of the same encoder with its "
                "initial weights, before any training.</dd>\n"
                "<dt>Backbone, projector</dt><dd>The features before and after the projection head; the loss "
                "sees the latter.</dd>\n");
    ak_results_whitening(h, runs, count);
    ak_html_raw(
        h, "<dt>Share of the way</dt><dd>(start \xE2\x88\x92 loss) / (start \xE2\x88\x92 floor): 0 % where "
           "nothing "
           "is learned, 100 % where no encoder can do better. The start is chance, the loss when all "
           "representations are equal, or the loss of the same representations with partners permuted, where "
           "that was logged and is less.</dd>\n"
           "</dl></details></section>\n");
}

/* Why there is no accuracy, and what would give one. */
static void no_results(ak_html *h, const ak_run *run)
{
    const char *data = akin_json_get_text(run->evaluation, "data");
    const bool unlabelled = akin_json_is_false(akin_json_get(ak_run_part(run, "data"), "labels"));
    ak_html_raw(h, "<p class=\"missing\">");
    if (akin_json_is_false(akin_json_get(run->evaluation, "labelled")))
        ak_html_put(
            h, "%s has no labels, so there is no accuracy: <code>akin eval</code> found nearest neighbours.",
            data ? data : "The data set");
    else if (unlabelled)
        ak_html_put(
            h,
            "This run has not been evaluated. Its data have no labels: <code>akin eval %s</code> finds "
            "nearest neighbours.",
            run->folder);
    else
        ak_html_put(h,
                    "This run has not been evaluated. <code>akin eval %s</code> measures it beside %s and "
                    "a random encoder.",
                    run->folder, ak_raw_words(run, 1));
    if (unlabelled || akin_json_is_false(akin_json_get(run->evaluation, "labelled")))
        ak_html_put(h,
                    " <code>akin eval %s --data DATA</code> measures it on a set with labels; <code>akin "
                    "diagnose</code> needs none.",
                    run->folder);
    ak_html_raw(h, "</p>\n");
}

static void results(ak_html *h, const ak_run *run)
{
    ak_measure all[AK_MAX_MEASURES];
    ak_html_raw(h, "<section id=\"results\"><h2>Before and after training</h2>\n");
    if (akin_json_length(run->eval) > 0) ak_page_of_step(h, run->evaluation);
    if (ak_measures(run, 1, all) > 0)
        ak_results_table(h, run);
    else if (akin_json_length(run->eval) == 0 && !ak_results_of_values(run))
        no_results(h, run);
    ak_results_groups(h, run);
    ak_results_kway(h, run);
    ak_results_values(h, run);
    ak_html_raw(h, "</section>\n");
}

static void notes(ak_html *h, const ak_run *run)
{
    if (!run->notes.used) return;
    ak_html_raw(h, "<aside class=\"notes\" aria-label=\"remarks\">\n");
    ak_html_bytes(h, run->notes.data, run->notes.used);
    ak_html_raw(h, "</aside>\n");
}

void ak_page_one(ak_html *h, const ak_run *run, const ak_html *map, const akin_report_map *of, int refresh_s)
{
    const bool scripted = of != NULL;
    ak_page_head(h, run->name, akin_json_get_text(ak_run_part(run, "data"), "name"),
                 scripted ? ak_map_script_sum : NULL, run->done ? 0 : refresh_s);
    ak_html_put(h, "<header><p class=\"kind\">akin report</p><h1>%s</h1>\n", run->name);
    subtitle(h, run);
    setting(h, run);
    ak_page_headline(h, run, of);
    ak_html_raw(h, "</header>\n<main>\n");
    notes(h, run);
    ak_html_bytes(h, map->data, map->used);
    training(h, run);
    results(h, run);
    ak_page_bounds(h, run);
    ak_page_diagnosis(h, run);
    ak_gallery_neighbours(h, run);
    ak_gallery_difficulty(h, run);
    ak_gallery_views(h, run);
    if (!run->views.images.data && !run->neighbours[AK_TRAINED].images.data &&
        !run->neighbours[AK_TRAINED].words)
        ak_html_raw(
            h, "<p class=\"missing\">The run folder has no gallery, so there are no pictures to show.</p>\n");
    record(h, run);
    ak_page_method(h, run, 1);
    ak_html_raw(h, "</main>\n");
    ak_page_foot(h, scripted);
}
