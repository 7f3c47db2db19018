/* SPDX-License-Identifier: Apache-2.0 */
/* cli/near/akin_dups.c - akin dups: items that are copies of others, or nearly so. */
#include "cli/near/near.h"

#include "akin/tool/dups.h"
#include "akin/tool/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "threshold", AKIN_OPT_TEXT, "auto", "S|auto", 0, 0,
      "least similarity of a pair, from 0 to 1; 1 = equal ones, auto = suggested" },
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "a keep-list without the copies; also -o. akin train --keep FILE reads it" },
    { "page", AKIN_OPT_TEXT, NULL, "FILE.html", 0, 0, "groups side by side, to be looked at" },
    { "pairs", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "a table of all pairs, tabs between" },
    { "groups", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "a table of all groups, an item a line, tabs between" },
    { "show", AKIN_OPT_INT, "10", "N", 0, 1e6, "pairs that are printed, the least alike first" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace files that exist" },
    CLI_NEAR_OPTIONS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static const cli_heading HEADINGS[] = {
    { "threshold", NULL, "What is found, and where it goes" },
    CLI_NEAR_HEADINGS,
    { NULL, NULL, NULL },
};

static const char *const FILES[] = { "out", "page", "pairs", "groups", NULL };
static const akin_opt_desc THRESHOLD = { "threshold", AKIN_OPT_REAL, NULL, "S", 1e-6, 1, NULL };

typedef struct work {
    cli_near near;
    akin_dups *dups;
    const akin_dups_found *f;
    unsigned char *kept;   /* [n] */
    double *to_kept;       /* [n] similarity with the one that stays; NaN for those that stay */
    int64_t *start, *item; /* groups: [groups+1], [groups + copies], the one that stays first */
    char reason[256];      /* what the threshold comes from */
} work;

/* Groups ---------------------------------------------------------------------------------------------- */

typedef struct group {
    int64_t first, items;
    double least;
} group;

static int by_least(const void *a, const void *b)
{
    const group *x = a, *y = b;
    if (x->least != y->least) return x->least < y->least ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Similarities of copies with what stays for them: of the pair, or of that of the equal row for it. */
static void find_similarities(work *w)
{
    const akin_dups_found *f = w->f;
    for (int64_t i = 0; i < f->n; i++) {
        w->to_kept[i] = NAN;
        w->kept[i] = f->group[i] == i;
    }
    for (int64_t p = 0; p < f->pairs; p++)
        if (f->group[f->pair[p].b] == f->pair[p].a) w->to_kept[f->pair[p].b] = f->pair[p].similarity;
    for (int64_t p = 0; p < f->pairs; p++)
        if (!w->kept[f->pair[p].b] && isnan(w->to_kept[f->pair[p].b]))
            w->to_kept[f->pair[p].b] = w->to_kept[f->pair[p].a];
}

/* The groups in order of their least similar copy, least first. */
static void order_groups(work *w, group *g, int64_t *place)
{
    const akin_dups_found *f = w->f;
    for (int64_t i = 0; i < f->n; i++) g[i] = (group){ i, 1, INFINITY };
    for (int64_t i = 0; i < f->n; i++) {
        if (w->kept[i]) continue;
        g[f->group[i]].items++;
        if (w->to_kept[i] < g[f->group[i]].least) g[f->group[i]].least = w->to_kept[i];
    }
    qsort(g, (size_t)f->n, sizeof *g, by_least); /* those of one item come last */
    for (int64_t k = 0; k < f->groups; k++) {
        w->start[k + 1] = w->start[k] + g[k].items;
        w->item[w->start[k]] = g[k].first;
        place[g[k].first] = w->start[k] + 1;
    }
    for (int64_t i = 0; i < f->n; i++)
        if (!w->kept[i]) w->item[place[f->group[i]]++] = i;
}

static akin_status make_groups(work *w, akin_error *err)
{
    const size_t n = (size_t)w->f->n;
    group *g = malloc(n * sizeof *g);
    int64_t *place = malloc(n * sizeof *place);
    w->kept = malloc(n);
    w->to_kept = malloc(n * sizeof *w->to_kept);
    w->start = calloc((size_t)w->f->groups + 1, sizeof *w->start);
    w->item = malloc(((size_t)(w->f->groups + w->f->copies) + 1) * sizeof *w->item);
    const bool ok = g && place && w->kept && w->to_kept && w->start && w->item;
    if (ok) find_similarities(w);
    if (ok) order_groups(w, g, place);
    free(g);
    free(place);
    return ok ? AKIN_OK : cli_no_memory(err, w->f->n, "items");
}

/* Files ----------------------------------------------------------------------------------------------- */

static akin_status write_pairs(work *w, const char *path, akin_files *files, akin_error *err)
{
    cli_lines l = cli_lines_open(files, path, err);
    cli_lines_put(&l, "similarity\tdistance");
    cli_lines_head(&l, &w->near, "first");
    cli_lines_head(&l, &w->near, "second");
    cli_lines_put(&l, "\n");
    for (int64_t p = 0; p < w->f->pairs && !l.status; p++) {
        const akin_dup_pair *q = &w->f->pair[p];
        cli_lines_put(&l, "%.9g\t%.4g", q->similarity, 1 - q->similarity);
        cli_lines_item(&l, &w->near, q->a);
        cli_lines_item(&l, &w->near, q->b);
        cli_lines_put(&l, "\n");
    }
    return cli_lines_close(&l);
}

static akin_status write_groups(work *w, const char *path, akin_files *files, akin_error *err)
{
    cli_lines l = cli_lines_open(files, path, err);
    cli_lines_put(&l, "group\tstays\tsimilarity");
    cli_lines_head(&l, &w->near, "item");
    cli_lines_put(&l, "\n");
    for (int64_t g = 0; g < w->f->groups; g++)
        for (int64_t k = w->start[g]; k < w->start[g + 1] && !l.status; k++) {
            const int64_t i = w->item[k];
            if (w->kept[i])
                cli_lines_put(&l, "%lld\tyes\t", (long long)g + 1);
            else
                cli_lines_put(&l, "%lld\tno\t%.9g", (long long)g + 1, w->to_kept[i]);
            cli_lines_item(&l, &w->near, i);
            cli_lines_put(&l, "\n");
        }
    return cli_lines_close(&l);
}

enum { NEARLY = 24 };

/* The most similar of those that are no pair: items and similarities, two a pair; returns how many. */
static int64_t find_nearly(const work *w, int64_t item[2 * NEARLY], double number[2 * NEARLY])
{
    const akin_dups_found *f = w->f;
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) {
        const int64_t j = f->nearest[i];
        if (j < 0 || !w->kept[i] || f->similarity[i] >= f->threshold || (f->nearest[j] == i && j < i))
            continue;
        int64_t at = n < NEARLY ? n : NEARLY - 1;
        if (n == NEARLY && number[2 * at + 1] >= f->similarity[i]) continue;
        if (n < NEARLY) n++;
        for (; at > 0 && number[2 * at - 1] < f->similarity[i]; at--) {
            item[2 * at] = item[2 * at - 2];
            item[2 * at + 1] = item[2 * at - 1];
            number[2 * at + 1] = number[2 * at - 1];
        }
        item[2 * at] = i;
        item[2 * at + 1] = j;
        number[2 * at] = NAN;
        number[2 * at + 1] = f->similarity[i];
    }
    for (int64_t k = 0; k < n; k++) number[2 * k] = NAN;
    return n;
}

static akin_status write_page(work *w, const char *path, akin_files *files, akin_error *err)
{
    const akin_dups_found *f = w->f;
    char headline[512], text[768], what[128], a[32], b[32], c[32];
    int64_t item[2 * NEARLY], start[NEARLY + 1];
    double near[2 * NEARLY], *number = malloc(((size_t)(f->groups + f->copies) + 1) * sizeof *number);
    if (!number) return cli_no_memory(err, f->n, "similarities");
    for (int64_t k = 0; k < f->groups + f->copies; k++) number[k] = w->to_kept[w->item[k]];
    const int64_t nearly = find_nearly(w, item, near);
    for (int64_t k = 0; k <= NEARLY; k++) start[k] = 2 * k;
    const akin_sheet_section sections[] = {
        { "Groups",
          "The first item of a group stays; each other one is that similar to it. Groups whose least similar "
          "copy is "
          "least similar come first: where these are copies, all are.",
          "similarity", f->groups, w->start, w->item, number },
        { "Just not taken", "The most similar pairs below the threshold. Where these are copies, lower it.",
          "similarity", nearly, start, item, near },
    };
    cli_near_say(headline, sizeof headline, "%s groups of copies among %s items; %s would go.",
                 akin_show_number(f->groups, a), akin_show_number(f->n, b), akin_show_number(f->copies, c));
    cli_near_say(text, sizeof text,
                 "Compared: %s. A pair is %.6g alike or more (the cosine), which is a distance of "
                 "%.2g: %s.",
                 cli_near_what(&w->near, what, sizeof what), f->threshold, 1 - f->threshold, w->reason);
    akin_sheet sheet = AKIN_SHEET_INIT;
    sheet.kind = "Copies";
    sheet.headline = headline;
    sheet.text = text;
    sheet.section = sections;
    sheet.sections = 2;
    const akin_status status = cli_near_page(&w->near, &sheet, path, files, err);
    free(number);
    return status;
}

static akin_status write_all(const cli_args *args, work *w, akin_error *err)
{
    const char *page = cli_text(args, "page"), *pairs = cli_text(args, "pairs"),
               *groups = cli_text(args, "groups");
    char note[128];
    akin_files *files;
    akin_status status = akin_files_create(&files, err);
    if (status) return status;
    snprintf(note, sizeof note, "%lld copies of %lld items left out", (long long)w->f->copies,
             (long long)w->f->n);
    if (page) status = write_page(w, page, files, err);
    if (!status && pairs) status = write_pairs(w, pairs, files, err);
    if (!status && groups) status = write_groups(w, groups, files, err);
    if (!status && cli_text(args, "out")) status = cli_near_keep(args, &w->near, w->kept, note, files, err);
    if (!status) return akin_files_commit(files, err);
    akin_files_abort(files);
    return status;
}

/* What is told ----------------------------------------------------------------------------------------- */

/* Items whose nearest, among rows that differ, lies within a distance. */
static int64_t within(const akin_dups_found *f, double distance)
{
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) n += f->nearest[i] >= 0 && 1 - f->similarity[i] <= distance;
    return n;
}

enum { STEPS = 5 };
static const double STEP[STEPS] = { 0.25, 0.5, 1, 2, 4 };

static akin_json *pair_json(work *w, const akin_dup_pair *q)
{
    akin_json *first = akin_json_text(cli_near_name(&w->near, q->a));
    return akin_json_pack("{s:I,s:I,s:o,s:o,s:f,s:f}", "first", q->a, "second", q->b, "first_name", first,
                          "second_name", akin_json_text(cli_near_name(&w->near, q->b)), "similarity",
                          q->similarity, "distance", 1 - q->similarity);
}

static akin_json *summary(const cli_args *args, work *w)
{
    const akin_dups_found *f = w->f;
    akin_json *o = cli_near_json(&w->near), *list = akin_json_array(), *near = akin_json_array();
    akin_json *more =
        akin_json_pack("{s:f,s:f,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I}", "threshold", f->threshold, "distance",
                       1 - f->threshold, "spacing", cli_json_real(f->spacing), "suggested_distance",
                       cli_json_real(f->suggested), "based_on", f->based, "pairs", f->pairs, "groups",
                       f->groups, "copies", f->copies, "equal", f->equal, "without_direction", f->zeros);
    akin_json_merge(o, more);
    akin_json_free(more);
    for (int k = 0; k < STEPS; k++)
        akin_json_append(near, akin_json_pack("{s:f,s:I}", "distance", STEP[k] * (1 - f->threshold), "items",
                                              within(f, STEP[k] * (1 - f->threshold))));
    for (int64_t p = f->pairs - 1; p >= 0 && p >= f->pairs - cli_int(args, "show"); p--)
        akin_json_append(list, pair_json(w, &f->pair[p]));
    akin_json_put(o, "nearest_within", near);
    akin_json_put(o, "least_alike", list);
    for (int i = 0; FILES[i]; i++)
        if (cli_text(args, FILES[i]))
            akin_json_put(o,
                          strcmp(FILES[i], "out") == 0 ? "keep"
                          : i == 1                     ? "page"
                          : i == 2                     ? "pairs_file"
                                                       : "groups_file",
                          akin_json_text(cli_text(args, FILES[i])));
    return o;
}

static void print_pairs(const cli_args *args, work *w)
{
    const akin_dups_found *f = w->f;
    const int64_t show = cli_int(args, "show") < f->pairs ? cli_int(args, "show") : f->pairs;
    char name[40];
    if (!show) return;
    printf("\nThe least alike of them:\nsimilarity   distance  items\n");
    for (int64_t p = f->pairs - 1; p >= f->pairs - show; p--) {
        akin_print(stdout, "%10.6f %10.2g  %s", f->pair[p].similarity, 1 - f->pair[p].similarity,
                   cli_near_shown(&w->near, f->pair[p].a, name, sizeof name));
        akin_print(stdout, "  %s\n", cli_near_shown(&w->near, f->pair[p].b, name, sizeof name));
    }
}

static void print_wrapped(const char *name, const char *text)
{
    akin_print(stdout, "%-15s", name);
    cli_wrap(text, 15, 15);
}

static void say_within(const akin_dups_found *f, double distance, char *to, size_t size)
{
    char number[32];
    size_t used = 0;
    for (int k = 0; k < STEPS && used < size; k++) {
        cli_near_say(to + used, size - used, "%s%.2g: %s", k ? ", " : "", STEP[k] * distance,
                     akin_show_number(within(f, STEP[k] * distance), number));
        used += strlen(to + used);
    }
}

static void print_text(const cli_args *args, work *w)
{
    const akin_dups_found *f = w->f;
    const double distance = 1 - f->threshold;
    char what[128], a[32], line[512];
    akin_print(stdout, "compared       %s\n", cli_near_what(&w->near, what, sizeof what));
    cli_near_say(line, sizeof line, "%.6g alike, distance %.2g: %s", f->threshold, distance, w->reason);
    print_wrapped("threshold", line);
    say_within(f, distance, line, sizeof line);
    if (distance > 0) print_wrapped("items within", line);
    akin_print(stdout, "pairs          %s", akin_show_number(f->pairs, a));
    if (f->equal) akin_print(stdout, ", %s of them of equal items", akin_show_number(f->equal, a));
    akin_print(stdout, "\ngroups         %s", akin_show_number(f->groups, a));
    akin_print(stdout, "; %s item%s would go as %s\n", akin_show_number(f->copies, a),
               f->copies == 1 ? "" : "s", f->copies == 1 ? "a copy" : "copies");
    if (!args->quiet) print_pairs(args, w);
}

static void tell_doubts(const cli_args *args, const akin_dups_found *f)
{
    cli_near_tell_zeros(args, f->zeros);
    if (cli_given(args, "threshold") && isfinite(f->suggested) && 1 - f->threshold > f->spacing / 2)
        cli_note(
            args,
            "warning: %.6g is far from 1: the nearest of an ordinary item is %.4g alike, so that many are "
            "taken for copies; %.6g is suggested",
            f->threshold, 1 - f->spacing, 1 - f->suggested);
    if (10 * f->copies > f->n)
        cli_note(args, "warning: %lld of %lld items would go, %.0f %%; look at them with --page FILE.html",
                 (long long)f->copies, (long long)f->n, 100 * (double)f->copies / (double)f->n);
}

/* Run --------------------------------------------------------------------------------------------------- */

static void say_reason(const cli_args *args, work *w)
{
    const akin_dups_found *f = w->f;
    char number[32];
    if (strcmp(cli_text(args, "threshold"), "auto") != 0)
        snprintf(w->reason, sizeof w->reason, "as asked for");
    else
        cli_near_say(w->reason, sizeof w->reason,
                     "a %s of what usually lies between an item and its nearest, %.2g (the "
                     "median of %s)",
                     cli_flag(args, "whiten") ? "third" : "tenth", f->spacing,
                     akin_show_number(f->based, number));
}

static akin_status find(const cli_args *args, work *w, akin_error *err)
{
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    if (cli_flag(args, "whiten"))
        o.share = 1.0 / 3; /* whitened, all are about equally far from their nearest */
    if (strcmp(cli_text(args, "threshold"), "auto") != 0)
        akin_opt_check(&THRESHOLD, cli_text(args, "threshold"), &o.threshold, NULL);
    akin_status status = akin_dups_find(w->near.source.rows, &o, &w->dups, err);
    if (status) return status;
    w->f = akin_dups_look(w->dups);
    say_reason(args, w);
    return make_groups(w, err);
}

static int run(const cli_args *args)
{
    akin_error err;
    work w = { .dups = NULL };
    const char *threshold = cli_text(args, "threshold");
    if (strcmp(threshold, "auto") != 0 && akin_opt_check(&THRESHOLD, threshold, NULL, &err))
        return cli_error(args, AKIN_ERR_RANGE, "%s, or auto", err.message);
    int code = cli_near_check_files(args, FILES);
    if (code >= 0) return code;
    if (cli_near_open(args, CLI_RAW_SKETCH, &w.near, &err)) return cli_fail(args, &err);
    code = cli_near_check_names(args, &w.near);
    akin_status status = code < 0 ? find(args, &w, &err) : AKIN_OK;
    if (code < 0 && !status) status = write_all(args, &w, &err);
    if (status) code = cli_fail(args, &err);
    if (code < 0) {
        tell_doubts(args, w.f);
        code = args->json ? cli_print_json(args, summary(args, &w)) : (print_text(args, &w), 0);
    }
    akin_dups_free(w.dups);
    free(w.kept);
    free(w.to_kept);
    free(w.start);
    free(w.item);
    cli_near_free(&w.near);
    return code;
}

static const cli_example EXAMPLES[] = {
    { "Copies among the images themselves, side by side",
      "akin dups digits --threshold 0.999 --page copies.html --force" },
    { "A list without the copies that a run sees",
      "akin dups runs/a --whiten --threshold 0.99 -o keep-d.txt" },
    { NULL, NULL },
};

const cli_verb cli_dups = {
    .name = "dups",
    .line = "items that are copies of others, or nearly so",
    .usage = "RUN [DATA] | FILE.npy | DATA  [-o keep.txt] [--page FILE.html]",
    .text =
        "Compares every item with every other: by the embeddings of a RUN, by the rows of a FILE, or DATA as "
        "they are (pictures small and grey, texts by runs of characters, tables by their columns). "
        "Similarity "
        "is the cosine, distance 1 less that.\n\n"
        "Of a group the first item stays. Whatever goes is near the item that stays for it, and no two that "
        "stay are near. The suggested threshold is a tenth of the distance that usually lies between an item "
        "and its nearest, whitened a third; below 20 items none is suggested. docs/dups.md shows how much it "
        "finds.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
};
