/* SPDX-License-Identifier: Apache-2.0 */
/* report/headline.c - what was reached, in words: accuracies, or without labels what the map shows and what
 * to do next; the way of the loss; whether the run is too short to judge. */
#include "report/map.h"
#include "report/page.h"
#include "report/results.h"

#include <math.h>
#include <string.h>

/* Where the way to the floor begins. */
static const char *start_of(const ak_run *run)
{
    return run->permuted < run->chance ? "what permuted partners give" : "its chance level";
}

static bool nothing_learned(const ak_run *run)
{
    const char *verdict = akin_json_get_text(run->last, "verdict");
    return isfinite(run->permuted) && verdict && strstr(verdict, "nothing");
}

/* What an untrained encoder has of it: views of one item are alike to it, too. */
static bool first_step_known(const ak_run *run) { return isfinite(run->at_first) && run->curve.n > 1; }

static void loss_sentence(ak_html *h, const ak_run *run)
{
    if (!isfinite(run->loss)) {
        ak_html_raw(h, ak_run_part(run, "import") ? "The weights were trained elsewhere and imported."
                                                  : "No loss has been logged yet.");
        return;
    }
    if (nothing_learned(run)) {
        ak_html_raw(h, "The loss does not show that anything was learned: it is ");
        ak_html_loss(h, run->loss);
        ak_html_raw(h, ", and with partners permuted it would be ");
        ak_html_loss(h, run->permuted);
        ak_html_raw(h, ", which is not clearly more.");
        return;
    }
    if (isfinite(run->learned)) {
        ak_html_put(h, "The loss went %.0f %% of the way from %s to its floor", 100 * run->learned,
                    start_of(run));
        if (first_step_known(run))
            ak_html_put(h,
                        ", of which <b>%.0f %% at the first step</b>, by an encoder that was not trained yet",
                        100 * run->at_first);
        ak_html_raw(h, ".");
        return;
    }
    ak_html_raw(h, "The loss is ");
    ak_html_loss(h, run->loss);
    if (isfinite(run->permuted)) {
        ak_html_raw(h, "; with partners permuted it would be ");
        ak_html_loss(h, run->permuted);
    } else if (isfinite(run->chance)) {
        ak_html_raw(h, "; at chance it would be ");
        ak_html_loss(h, run->chance);
    }
    ak_html_raw(h, "; no floor is known for it.");
}

enum { FEW_STEPS = 100 };

/* The steps of a run that has made few of them, else 0. */
static double few_steps(const ak_run *run)
{
    const ak_curve *c = &run->curve;
    const double logged = c->n > 0 ? c->x[AK_STEP][c->n - 1] : NAN,
                 done = akin_json_get_real(run->done, "steps");
    const double steps = isfinite(done) ? done : logged;
    return steps >= 1 && steps < FEW_STEPS ? steps : 0;
}

static void key_figures(ak_html *h, const ak_run *run)
{
    ak_html_raw(h, "<dl class=\"figures\">\n");
    ak_results_key(h, run);
    const char *verdict = akin_json_get_text(run->last, "verdict");
    if (isfinite(run->learned)) {
        ak_html_put(h, "<div><dt>way to the floor</dt><dd><b>%.0f\xC2\xA0%%</b>", 100 * run->learned);
        if (few_steps(run) > 0)
            ak_html_raw(h, "<small>too few steps for a verdict</small>");
        else if (verdict)
            ak_html_put(h, "<small>verdict: %s</small>", verdict);
        if (first_step_known(run))
            ak_html_put(h, "<small>%.0f %% at the first step</small>", 100 * run->at_first);
        ak_html_raw(h, "</dd></div>\n");
    }
    ak_html_raw(h, "</dl>\n");
}

/* Whatever the numbers are: most encoders have hardly moved by then. */
static void too_short(ak_html *h, const ak_run *run)
{
    const double steps = few_steps(run);
    if (steps > 0)
        ak_html_put(h,
                    steps > 1 ? "<b>%.0f steps are too few to judge.</b> "
                              : "<b>%.0f step is too few to judge.</b> ",
                    steps);
}

static bool has_labels(const ak_run *run)
{
    return !akin_json_is_false(akin_json_get(ak_run_part(run, "data"), "labels")) &&
           !akin_json_is_false(akin_json_get(run->evaluation, "labelled"));
}

/* "Its features use about 23 of 128 dimensions", where akin diagnose has measured it. */
static void dimensions(ak_html *h, const ak_run *run)
{
    const akin_json *measures = akin_json_get(run->diagnosis, "measures");
    const double width = akin_json_get_real(ak_run_part(run, "encoder"), "features");
    const char *layer = akin_json_get_text(run->diagnosis, "layer");
    for (size_t i = 0; i < akin_json_length(measures) && layer && strcmp(layer, "backbone") == 0; i++) {
        const akin_json *m = akin_json_at(measures, i);
        const char *name = akin_json_get_text(m, "name");
        const double value = akin_json_get_real(m, "value");
        if (!name || strcmp(name, "effective-rank") != 0 || !isfinite(value) || !isfinite(width)) continue;
        ak_html_put(h, " The features use about %.0f of their %.0f dimensions.", value, width);
        return;
    }
}

/* Two digits tell nothing apart at the top. */
static void put_similarity(ak_html *h, double x) { ak_html_put(h, x >= 0.995 ? "%.3f" : "%.2f", x); }

/* How near the nearest are; where half have an equal one, what follows tells it. */
static void nearness(ak_html *h, const ak_map_summary *s)
{
    ak_html_raw(h, " <b>Half of them have another one of similarity ");
    put_similarity(h, s->median);
    ak_html_raw(h, " or more</b>; the most unusual has none above ");
    put_similarity(h, s->least);
    ak_html_raw(h, ".");
}

/* Without labels nobody knows an accuracy, and a share of the loss says little: what is seen comes first. */
static void unlabelled(ak_html *h, const ak_run *run, const akin_report_map *map)
{
    const ak_map_summary s = ak_map_summarise(map);
    ak_html_raw(h, "The map below has ");
    ak_html_count(h, (double)map->n);
    ak_html_raw(h, " items, each with what the encoder holds for nearest.");
    if (s.median < 1) nearness(h, &s);
    if (s.same > 0) {
        ak_html_raw(h, " ");
        ak_html_count(h, (double)s.same);
        ak_html_raw(h, s.same == 1 ? " of them has another that the encoder cannot tell from it"
                                   : " of them have another that the encoder cannot tell from them");
        ak_html_raw(h, " (similarity 1.000): look whether these are copies.");
    } else
        ak_html_raw(h, " There are no two that it cannot tell apart (similarity 1.000).");
    dimensions(h, run);
}

static void what_next(ak_html *h, const ak_run *run)
{
    ak_html_put(
        h,
        "<p class=\"next\">What can be done next:</p>\n<ul><li><code>akin dups %s --page dups.html -o "
        "keep.txt</code> shows near copies among all items side by side, and lists what stays when they go"
        "</li>\n"
        "<li><code>akin diagnose %s</code> says whether dimensions have collapsed, and how many are used"
        "</li>\n"
        "<li><code>akin embed %s DATA -o new.npy</code> gives the rows of any items to other programs</li>\n"
        "<li><code>akin eval %s --data DATA</code>, with a few labelled items as DATA, tells an accuracy"
        "</li></ul>\n",
        run->folder, run->folder, run->folder, run->folder);
}

void ak_page_headline(ak_html *h, const ak_run *run, const akin_report_map *map)
{
    const bool seen = map && !has_labels(run) && !nothing_learned(run);
    ak_html accuracy = { 0 };
    ak_html_raw(h, "<p class=\"headline\">");
    too_short(h, run);
    ak_results_headline(&accuracy, run);
    ak_html_bytes(h, accuracy.data, accuracy.used);
    h->failed = h->failed || accuracy.failed;
    ak_html_raw(h, accuracy.used ? " " : "");
    if (seen && !accuracy.used) {
        unlabelled(h, run, map);
        ak_html_raw(h, "</p>\n<p class=\"subtitle next\">");
    }
    loss_sentence(h, run);
    ak_html_raw(h, "</p>\n");
    if (seen && !accuracy.used)
        what_next(h, run);
    else
        key_figures(h, run);
    free(accuracy.data);
}
