/* SPDX-License-Identifier: Apache-2.0 */
/* report/bounds.c - the section on theory, a figure a question: does each bound hold, how much does it tell,
 * what moves with the number of negatives, what over training. RUN/bounds.json (the last akin bounds RUN) is
 * shown, and RUN/bounds.jsonl (one line a checkpoint) over the steps; without the former its last line is
 * shown. Bounds that say nothing, and what is not judged, are folded.
 *
 * A line of the file is {"step", "n", "negatives", "temperature", "bounds": [{"name", "measured", "value",
 * ...}]}. Lines that are damaged are skipped; values that are absent or not finite leave gaps. */
#include "report/bound.h"
#include "report/page.h"
#include "base/path.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_CHECKPOINTS = 100000, MOST_BYTES = 256 << 20, MOST_ROWS = 400 };

akin_json *ak_bounds_lines(const char *folder, akin_status *status, akin_error *err)
{
    char *path = ak_path_join(folder, "bounds.jsonl");
    akin_json *all = NULL, *line, *lines = akin_json_array();
    size_t i;
    bool there = false;
    *status = path ? ak_look(path, &there, NULL, err) : ak_no_memory(err, "for the bounds of '%s'", folder);
    if (there) *status = akin_json_load_lines(path, MOST_BYTES, MOST_CHECKPOINTS, &all, err);
    AKIN_JSON_ITEMS(all, i, line)
    if (akin_json_is_array(akin_json_get(line, "bounds")) && akin_json_is_number(akin_json_get(line, "step")))
        akin_json_append(lines, akin_json_share(line));
    akin_json_free(all);
    free(path);
    return lines;
}

/* Rows --------------------------------------------------------------------------------------------------- */

static const char *word(const akin_json *o, const char *key)
{
    const char *text = akin_json_get_text(o, key);
    return text ? text : "";
}

static void interval(const akin_json *row, const char *key, double *low, double *high)
{
    const akin_json *ends = akin_json_get(row, key);
    *low = akin_json_length(ends) == 2 ? akin_json_as_real(akin_json_at(ends, 0)) : NAN;
    *high = akin_json_length(ends) == 2 ? akin_json_as_real(akin_json_at(ends, 1)) : NAN;
}

static ak_bound_sort sort_of(const ak_bound *b, bool measure)
{
    if (measure) return AK_BOUND_IS_MEASURE;
    if (b->fails) return AK_BOUND_FAILS;
    if (b->vacuous) return AK_BOUND_VACUOUS;
    return isnan(b->measured) || (isnan(b->value) && isnan(b->log_value)) ? AK_BOUND_UNJUDGED
                                                                          : AK_BOUND_SHOWN;
}

static ak_bound read_row(const akin_json *row)
{
    const akin_json *holds = akin_json_get(row, "holds");
    const char *sense = word(row, "sense"), *name = word(row, "name"), *quantity = word(row, "quantity");
    const ak_bound_words *known = ak_bound_words_of(name);
    ak_bound b = { .words = { name, *quantity ? quantity : name, name, "value" } };
    if (known) b.words = *known;
    b.words.name = name;
    b.paper = word(row, "paper");
    b.mark = word(row, "mark");
    b.reason = word(row, "reason");
    b.lower = strcmp(sense, "lower") == 0;
    b.holds = akin_json_as_bool(holds);
    b.fails = akin_json_is_false(holds);
    b.vacuous = akin_json_get_bool(row, "vacuous");
    b.value = akin_json_get_real(row, "value");
    b.log_value = akin_json_get_real(row, "log_value");
    if (isnan(b.value) && isfinite(b.log_value)) b.value = INFINITY; /* JSON has no infinity */
    b.measured = akin_json_get_real(row, "measured");
    b.apart = akin_json_get_real(row, "difference");
    b.reference = akin_json_get_real(row, "reference");
    interval(row, "interval", &b.low, &b.high);
    interval(row, "measured_interval", &b.measured_low, &b.measured_high);
    interval(row, "difference_interval", &b.apart_low, &b.apart_high);
    const double way = b.measured - b.reference, share = (b.value - b.reference) / way;
    b.tells = isfinite(share) && b.holds ? fmin(1, fmax(0, share)) : NAN;
    b.sort = sort_of(&b, strcmp(sense, "measure") == 0);
    return b;
}

ak_bound *ak_bounds_read(const akin_json *record, size_t *count, bool *failed)
{
    const akin_json *rows = akin_json_get(record, "bounds");
    const size_t n = akin_json_length(rows) < MOST_ROWS ? akin_json_length(rows) : MOST_ROWS;
    ak_bound *all = n ? malloc(n * sizeof *all) : NULL;
    *count = 0;
    *failed = *failed || (n && !all);
    for (size_t i = 0; i < n && all; i++) {
        const akin_json *row = akin_json_at(rows, i);
        if (akin_json_get_text(row, "name")) all[(*count)++] = read_row(row);
    }
    return all;
}

static size_t of_sort(const ak_bound *all, size_t count, ak_bound_sort sort)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) n += all[i].sort == sort;
    return n;
}

/* Words -------------------------------------------------------------------------------------------------- */

/* "17 bounds hold and say something, 1 fails, 2 are undecided. 40 more are vacuous ..." */
static void in_words(ak_html *h, const ak_bound *all, size_t count)
{
    size_t hold = 0, undecided = 0;
    const size_t fail = of_sort(all, count, AK_BOUND_FAILS), vacuous = of_sort(all, count, AK_BOUND_VACUOUS),
                 unjudged = of_sort(all, count, AK_BOUND_UNJUDGED);
    for (size_t i = 0; i < count; i++)
        if (all[i].sort == AK_BOUND_SHOWN) all[i].holds ? hold++ : undecided++;
    ak_html_put(h, "<p><b>%d bound%s hold%s and say%s something</b>", (int)hold, hold == 1 ? "" : "s",
                hold == 1 ? "s" : "", hold == 1 ? "s" : "");
    if (fail) ak_html_put(h, ", <b>%d fail%s</b>", (int)fail, fail == 1 ? "s" : "");
    if (undecided) ak_html_put(h, ", %d %s undecided", (int)undecided, undecided == 1 ? "is" : "are");
    ak_html_raw(h, ".");
    if (vacuous)
        ak_html_put(
            h, " %d more %s vacuous: no better than chance, or than the least there is; such are folded.",
            (int)vacuous, vacuous == 1 ? "is" : "are");
    if (unjudged) ak_html_put(h, " %d %s not judged here.", (int)unjudged, unjudged == 1 ? "is" : "are");
    ak_html_raw(h, "</p>\n");
}

static void setting(ak_html *h, const akin_json *record)
{
    const double k = akin_json_get_real(record, "negatives"), t = akin_json_get_real(record, "temperature");
    ak_html_raw(h, "<p class=\"muted\">Measured on two augmented views of ");
    ak_html_count(h, akin_json_get_real(record, "n"));
    ak_html_raw(h, " items");
    if (isfinite(t)) ak_html_put(h, ", temperature %.4g", t);
    if (isfinite(k)) {
        ak_html_raw(h, ", ");
        ak_html_count(h, k);
        ak_html_raw(h, k == 1 ? " negative" : " negatives");
    }
    ak_html_raw(h,
                ". Intervals are 95\xC2\xA0%. In brackets behind a paper: how far its statement is certain "
                "(derived, as stated, reconstruction, unverified).</p>\n");
}

/* The figures of one record ------------------------------------------------------------------------------ */

static void folded(ak_html *h, const ak_bound *all, size_t count, ak_bound_sort sort, const char *summary)
{
    const size_t n = of_sort(all, count, sort);
    if (!n) return;
    ak_html_put(h, "<details><summary>%s (%d)</summary>\n", summary, (int)n);
    if (sort == AK_BOUND_VACUOUS)
        ak_bounds_table(h, all, count, 1u << sort, "Bounds that say nothing here");
    else
        ak_bounds_list(h, all, count, sort, summary);
    ak_html_raw(h, "</details>\n");
}

static const unsigned SEEN = 1u << AK_BOUND_FAILS | 1u << AK_BOUND_SHOWN;

static void figures(ak_html *h, const ak_bound *all, size_t count)
{
    ak_html_raw(h, "<h3>Does each bound hold?</h3>\n");
    if (!ak_bounds_table(h, all, count, SEEN, "Bounds beside what they bound"))
        ak_html_raw(h, "<p class=\"missing\">None of the bounds says anything here.</p>\n");
    ak_bounds_tell(h, all, count);
    folded(h, all, count, AK_BOUND_VACUOUS, "Vacuous: bounds that say nothing here");
    folded(h, all, count, AK_BOUND_IS_MEASURE, "What else is measured");
    folded(h, all, count, AK_BOUND_UNJUDGED, "Not judged here, and why");
}

/* Panels over an axis ------------------------------------------------------------------------------------ */

typedef struct checkpoints {
    double x[AK_BOUND_PLACES];
    const akin_json *line[AK_BOUND_PLACES];
    ak_bound_series series;
} checkpoints;

static void panels(ak_html *h, const ak_bound_series *s, const ak_bound *all, size_t count, const char *id,
                   const char *fold)
{
    char vacuous[64];
    snprintf(vacuous, sizeof vacuous, "%s-vacuous", id);
    ak_bounds_curves(h, s, all, count, SEEN, id);
    if (!of_sort(all, count, AK_BOUND_VACUOUS)) return;
    ak_html_put(h, "<details><summary>%s</summary>\n", fold);
    ak_bounds_curves(h, s, all, count, 1u << AK_BOUND_VACUOUS, vacuous);
    ak_html_raw(h, "</details>\n");
}

/* Evenly spaced lines, the last among them. */
static void choose(checkpoints *c, const akin_json *lines)
{
    const size_t n = akin_json_length(lines), most = n < AK_BOUND_PLACES ? n : AK_BOUND_PLACES;
    for (size_t i = 0; i < most; i++) {
        const akin_json *line = akin_json_at(lines, most > 1 ? i * (n - 1) / (most - 1) : 0);
        c->line[i] = line;
        c->x[i] = akin_json_get_real(line, "step");
    }
    c->series = (ak_bound_series){ "step", false, most, c->x, c->line };
}

static void over_training(ak_html *h, const checkpoints *c, const ak_bound *all, size_t count)
{
    if (c->series.n < 2) return;
    ak_html_raw(h, "<h3>What moves over training?</h3>\n");
    panels(h, &c->series, all, count, "moves", "Those that are vacuous at the last step");
}

typedef struct run_record {
    double x;
    const akin_json *record; /* of `run` or `lines` */
    akin_json *lines;
} run_record;

static int by_x(const void *a, const void *b)
{
    const double x = ((const run_record *)a)->x, y = ((const run_record *)b)->x;
    return (x > y) - (x < y);
}

/* Of each run its last bounds, sorted by `key`; returns how many, 0 where the key is the same in all. */
static size_t sort_records(run_record *all, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) all[i].x = akin_json_get_real(all[i].record, key);
    for (size_t i = 0; i < n; i++)
        if (!(all[i].x > 0)) return 0;
    qsort(all, n, sizeof *all, by_x);
    return n > 1 && all[0].x < all[n - 1].x ? n : 0;
}

/* The rows of all records; a row that says something in one run is shown. */
static ak_bound *union_of(const run_record *all, size_t n, size_t *count, bool *failed)
{
    ak_bound *rows = ak_bounds_read(all[0].record, count, failed);
    for (size_t i = 1; i < n && rows; i++) {
        size_t others;
        ak_bound *other = ak_bounds_read(all[i].record, &others, failed);
        for (size_t o = 0; o < others; o++)
            for (size_t r = 0; r < *count; r++)
                if (strcmp(rows[r].words.name, other[o].words.name) == 0 && other[o].sort < rows[r].sort)
                    rows[r].sort = other[o].sort;
        free(other);
    }
    return rows;
}

static void take_places(checkpoints *c, const run_record *all, size_t n, const char *x_name)
{
    for (size_t i = 0; i < n; i++) {
        c->x[i] = all[i].x;
        c->line[i] = all[i].record;
    }
    c->series = (ak_bound_series){ x_name, true, n, c->x, c->line };
}

/* Of one encoder, what akin bounds --over-negatives has beside the record itself; its numbers, or null. */
static akin_json *over_negatives(ak_html *h, const akin_json *record)
{
    const akin_json *more = akin_json_get(record, "over_negatives");
    run_record all[AK_BOUND_PLACES] = { { .record = record } };
    checkpoints c = { .series = { .n = 0 } };
    size_t n = 1, count;
    for (size_t i = 0; i < akin_json_length(more) && n < AK_BOUND_PLACES; i++) {
        const akin_json *other = akin_json_at(more, i);
        bool there = !akin_json_length(akin_json_get(other, "bounds"));
        for (size_t j = 0; j < n; j++)
            there = there ||
                    akin_json_get_int(all[j].record, "negatives") == akin_json_get_int(other, "negatives");
        if (!there) all[n++].record = other;
    }
    ak_bound *rows = sort_records(all, n, "negatives") ? union_of(all, n, &count, &h->failed) : NULL;
    if (!rows) return akin_json_null();
    take_places(&c, all, n, "negatives K");
    ak_html_raw(h,
                "<h3>What moves with the number of negatives K?</h3>\n<p class=\"muted\">One encoder and the "
                "same views: only K differs, for what is measured and for what bounds it.</p>\n");
    panels(h, &c.series, rows, count, "moves-k", "Those that are vacuous for every K");
    akin_json *numbers = ak_bounds_series_json(&c.series, rows, count);
    free(rows);
    return numbers;
}

/* The section -------------------------------------------------------------------------------------------- */

static akin_json *row_json(const ak_bound *b)
{
    static const char *const SORT[AK_BOUND_SORTS] = { "fails", "shown", "vacuous", "not judged", "measure" };
    const double at[] = { b->measured,  b->measured_low, b->measured_high, b->value,
                          b->low,       b->high,         b->log_value,     b->apart,
                          b->apart_low, b->apart_high,   b->reference,     b->tells };
    static const char *const KEY[] = { "measured",  "measured_low", "measured_high", "bound",
                                       "bound_low", "bound_high",   "log_bound",     "measured_less_bound",
                                       "less_low",  "less_high",    "reference",     "tells" };
    akin_json *row = akin_json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "name", b->words.name, "what",
                                    b->words.what, "unit", b->words.unit, "paper", b->paper, "mark", b->mark,
                                    "sort", SORT[b->sort], "sense", b->lower ? "lower" : "upper");
    for (size_t k = 0; k < sizeof at / sizeof *at; k++)
        akin_json_put(row, KEY[k], isfinite(at[k]) ? akin_json_real(at[k]) : akin_json_null());
    return row;
}

/* Everything that the figures show, for programs; over_k becomes part of it. */
static void put_data(ak_html *h, const checkpoints *c, const ak_bound *all, size_t count,
                     const ak_bound *last, size_t lasts, akin_json *over_k)
{
    akin_json *rows = akin_json_array(), *root = akin_json_object();
    for (size_t i = 0; i < count; i++) akin_json_append(rows, row_json(&all[i]));
    akin_json_put(root, "bounds", rows);
    akin_json_put(root, "over_training",
                  c->series.n > 1 ? ak_bounds_series_json(&c->series, last, lasts) : akin_json_null());
    akin_json_put(root, "over_negatives", over_k);
    ak_html_raw(h, "<script type=\"application/json\" id=\"theory-data\">");
    ak_html_json(h, root);
    ak_html_raw(h, "</script>\n");
}

void ak_page_bounds(ak_html *h, const ak_run *run)
{
    akin_error err;
    akin_status status;
    akin_json *lines = ak_bounds_lines(run->folder, &status, &err);
    const size_t n = akin_json_length(lines);
    const bool kept = akin_json_length(akin_json_get(run->bounds, "bounds")) > 0;
    const akin_json *newest = n ? akin_json_at(lines, n - 1) : NULL, *record = kept ? run->bounds : newest;
    size_t count, lasts;
    ak_bound *all = ak_bounds_read(record, &count, &h->failed),
             *last = ak_bounds_read(newest, &lasts, &h->failed);
    checkpoints c = { .series = { .n = 0 } };
    if (last) choose(&c, lines);
    if (status) ak_html_put(h, "<p>bounds.jsonl could not be used: %s.</p>\n", err.message);
    if (all && count) {
        ak_html_raw(h, "<section id=\"theory\"><h2>What theory says of it</h2>\n");
        if (kept)
            ak_page_of_step(h, record);
        else
            ak_html_put(h, "<p>Of step %.0f.</p>\n", akin_json_get_real(record, "step"));
        in_words(h, all, count);
        setting(h, record);
        figures(h, all, count);
        akin_json *over_k = over_negatives(h, record);
        over_training(h, &c, last, lasts);
        put_data(h, &c, all, count, last, lasts, over_k);
        ak_html_raw(h, "</section>\n");
    }
    free(all);
    free(last);
    akin_json_free(lines);
}

/* Several runs ------------------------------------------------------------------------------------------- */

static void curves_of_runs(ak_html *h, run_record *all, size_t n, bool by_negatives)
{
    checkpoints c = { .series = { .n = 0 } };
    size_t count;
    ak_bound *rows = union_of(all, n, &count, &h->failed);
    if (!rows) return;
    take_places(&c, all, n, by_negatives ? "negatives K" : "temperature");
    ak_html_put(
        h, "<section id=\"theory\"><h2>What theory says of them</h2>\n<h3>What moves with the %s?</h3>\n",
        by_negatives ? "number of negatives K" : "temperature");
    ak_html_raw(h, "<p class=\"muted\">A place on the axis is a run, each with its own encoder: what differs "
                   "between them besides moves these lines, too.</p>\n");
    panels(h, &c.series, rows, count, "moves", "Those that are vacuous in every run");
    ak_html_raw(h, "<script type=\"application/json\" id=\"theory-data\">");
    ak_html_json(h, ak_bounds_series_json(&c.series, rows, count));
    ak_html_raw(h, "</script>\n</section>\n");
    free(rows);
}

void ak_page_bounds_of_runs(ak_html *h, const ak_run *runs, int count)
{
    run_record all[AK_BOUND_PLACES];
    size_t n = 0;
    for (int r = 0; r < count && n < AK_BOUND_PLACES; r++) {
        akin_error err;
        akin_status status;
        run_record *to = &all[n];
        to->lines = ak_bounds_lines(runs[r].folder, &status, &err);
        const size_t lines = akin_json_length(to->lines);
        to->record = runs[r].bounds ? runs[r].bounds : lines ? akin_json_at(to->lines, lines - 1) : NULL;
        if (akin_json_length(akin_json_get(to->record, "bounds")))
            n++;
        else
            akin_json_free(to->lines);
    }
    const bool by_negatives = sort_records(all, n, "negatives") > 0;
    if (by_negatives || sort_records(all, n, "temperature")) curves_of_runs(h, all, n, by_negatives);
    for (size_t i = 0; i < n; i++) akin_json_free(all[i].lines);
}
