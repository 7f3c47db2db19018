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
    { "threshold", AKIN_OPT_TEXT, "auto", "S|auto|chance|share", 0, 0,
      "least similarity of a pair, from 0 to 1; 1 = equal ones, chance = what chance does not explain, share "
      "= "
      "a share of what usually lies between items, auto = chance of pictures as they are, else share" },
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "a keep-list without the copies; also -o. akin train --keep FILE reads it" },
    { "page", AKIN_OPT_TEXT, NULL, "FILE.html", 0, 0, "groups side by side, to be looked at" },
    { "pairs", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "a table of all pairs, tabs between" },
    { "groups", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "a table of all groups, an item a line, tabs between" },
    { "show", AKIN_OPT_INT, "10", "N", 0, 1e6, "pairs that are printed, the least sure first" },
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
    double *share;         /* [n] the distance of to_kept over the one that this pair may have */
    bool chance, suggested;
    char reason[512]; /* what the threshold comes from */
} work;

/* The greatest distance at which the two are a pair. */
static double limit_of(const akin_dups_found *f, int64_t a, int64_t b)
{
    const double always = 1 - f->threshold;
    return f->scale ? fmax(always, f->reach * sqrt(f->scale[a]) * sqrt(f->scale[b])) : always;
}

/* Their distance over that; 1 or less: they are one. */
static double part_of(const akin_dups_found *f, int64_t a, int64_t b, double similarity)
{
    const double limit = limit_of(f, a, b);
    return limit > 0 ? (1 - similarity) / limit : similarity >= f->threshold ? 1 : INFINITY;
}

/* Groups ---------------------------------------------------------------------------------------------- */

typedef struct group {
    int64_t first, items;
    double most;
} group;

static int by_most(const void *a, const void *b)
{
    const group *x = a, *y = b;
    if (x->most != y->most) return x->most > y->most ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* Similarities of copies with what stays for them: of the pair, or of that of the equal row for it. */
static void find_similarities(work *w)
{
    const akin_dups_found *f = w->f;
    for (int64_t i = 0; i < f->n; i++) {
        w->to_kept[i] = NAN;
        w->share[i] = 0;
        w->kept[i] = f->group[i] == i;
    }
    for (int64_t p = 0; p < f->pairs; p++) {
        const akin_dup_pair *q = &f->pair[p];
        if (f->group[q->b] != q->a) continue;
        w->to_kept[q->b] = q->similarity;
        w->share[q->b] = part_of(f, q->a, q->b, q->similarity);
    }
    for (int64_t p = 0; p < f->pairs; p++) {
        const akin_dup_pair *q = &f->pair[p];
        if (w->kept[q->b] || !isnan(w->to_kept[q->b])) continue;
        w->to_kept[q->b] = w->to_kept[q->a];
        w->share[q->b] = w->share[q->a];
    }
}

/* The groups in order of the copy that is nearest to its limit, that one first. */
static void order_groups(work *w, group *g, int64_t *place)
{
    const akin_dups_found *f = w->f;
    for (int64_t i = 0; i < f->n; i++) g[i] = (group){ i, 1, -1 };
    for (int64_t i = 0; i < f->n; i++) {
        if (w->kept[i]) continue;
        g[f->group[i]].items++;
        if (w->share[i] > g[f->group[i]].most) g[f->group[i]].most = w->share[i];
    }
    qsort(g, (size_t)f->n, sizeof *g, by_most); /* those of one item come last */
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
    w->share = malloc(n * sizeof *w->share);
    w->start = calloc((size_t)w->f->groups + 1, sizeof *w->start);
    w->item = malloc(((size_t)(w->f->groups + w->f->copies) + 1) * sizeof *w->item);
    const bool ok = g && place && w->kept && w->to_kept && w->share && w->start && w->item;
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
    cli_lines_put(&l, "\tlimit\n");
    for (int64_t p = 0; p < w->f->pairs && !l.status; p++) {
        const akin_dup_pair *q = &w->f->pair[p];
        cli_lines_put(&l, "%.9g\t%.4g", q->similarity, 1 - q->similarity);
        cli_lines_item(&l, &w->near, q->a);
        cli_lines_item(&l, &w->near, q->b);
        cli_lines_put(&l, "\t%.4g\n", limit_of(w->f, q->a, q->b));
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

/* The nearest to their limit of those that are no pair: items and similarities, two a pair; returns how
 * many. */
static int64_t find_nearly(const work *w, int64_t item[2 * NEARLY], double number[2 * NEARLY])
{
    const akin_dups_found *f = w->f;
    double part[NEARLY];
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++) {
        const int64_t j = f->nearest[i];
        if (j < 0 || !w->kept[i] || (f->nearest[j] == i && j < i)) continue;
        const double here = part_of(f, i, j, f->similarity[i]);
        int64_t at = n < NEARLY ? n : NEARLY - 1;
        if (here <= 1 || (n == NEARLY && part[at] <= here)) continue;
        if (n < NEARLY) n++;
        for (; at > 0 && part[at - 1] > here; at--) {
            memcpy(item + 2 * at, item + 2 * at - 2, 2 * sizeof *item);
            number[2 * at + 1] = number[2 * at - 1];
            part[at] = part[at - 1];
        }
        item[2 * at] = i;
        item[2 * at + 1] = j;
        part[at] = here;
        number[2 * at + 1] = f->similarity[i];
    }
    for (int64_t k = 0; k < n; k++) number[2 * k] = NAN;
    return n;
}

static akin_status write_page(work *w, const char *path, akin_files *files, akin_error *err)
{
    const akin_dups_found *f = w->f;
    char headline[512], text[1024], what[128], a[32], b[32], c[32];
    int64_t item[2 * NEARLY], start[NEARLY + 1];
    double near[2 * NEARLY], *number = malloc(((size_t)(f->groups + f->copies) + 1) * sizeof *number);
    if (!number) return cli_no_memory(err, f->n, "similarities");
    for (int64_t k = 0; k < f->groups + f->copies; k++) number[k] = w->to_kept[w->item[k]];
    const int64_t nearly = find_nearly(w, item, near);
    for (int64_t k = 0; k <= NEARLY; k++) start[k] = 2 * k;
    const akin_sheet_section sections[] = {
        { "Groups",
          "The first item of a group stays; each other one is that similar to it. Groups that are nearest to "
          "the "
          "threshold come first: where these are copies, all are.",
          "similarity", f->groups, w->start, w->item, number },
        { "Just not taken", "The pairs just below the threshold. Where these are copies, lower it.",
          "similarity", nearly, start, item, near },
    };
    cli_near_say(headline, sizeof headline, "%s groups of copies among %s items; %s would go.",
                 akin_show_number(f->groups, a), akin_show_number(f->n, b), akin_show_number(f->copies, c));
    cli_near_say(text, sizeof text, "Compared: %s. %s.", cli_near_what(&w->near, what, sizeof what),
                 w->reason);
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

static akin_status write_all(const cli_args *args, void *ctx, akin_files *files, akin_error *err)
{
    work *w = ctx;
    const char *page = cli_text(args, "page"), *pairs = cli_text(args, "pairs"),
               *groups = cli_text(args, "groups");
    char note[128];
    snprintf(note, sizeof note, "%lld copies of %lld items left out", (long long)w->f->copies,
             (long long)w->f->n);
    akin_status status = page ? write_page(w, page, files, err) : AKIN_OK;
    if (!status && pairs) status = write_pairs(w, pairs, files, err);
    if (!status && groups) status = write_groups(w, groups, files, err);
    if (!status && cli_text(args, "out")) status = cli_near_keep(args, &w->near, w->kept, note, files, err);
    return status;
}

/* What is told ----------------------------------------------------------------------------------------- */

/* Items whose nearest, among rows that differ, lies within so many times the limit. */
static int64_t within(const akin_dups_found *f, double times)
{
    int64_t n = 0;
    for (int64_t i = 0; i < f->n; i++)
        n += f->nearest[i] >= 0 && 1 - f->similarity[i] <= times * limit_of(f, i, f->nearest[i]);
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

static akin_json *summary(const cli_args *args, void *ctx)
{
    work *w = ctx;
    const akin_dups_found *f = w->f;
    akin_json *o = cli_near_json(&w->near), *list = akin_json_array(), *near = akin_json_array();
    akin_json *more =
        akin_json_pack("{s:f,s:f,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I}", "threshold", f->threshold, "distance",
                       1 - f->threshold, "spacing", cli_json_real(f->spacing), "suggested_distance",
                       cli_json_real(f->suggested), "based_on", f->based, "pairs", f->pairs, "groups",
                       f->groups, "copies", f->copies, "equal", f->equal, "without_direction", f->zeros);
    akin_json_merge(o, more);
    akin_json_free(more);
    if (w->chance)
        akin_json_put(o, "chance",
                      akin_json_pack("{s:f,s:f,s:f}", "reach", f->reach, "dimension", f->dimension,
                                     "expected_pairs", f->expected));
    for (int k = 0; k < STEPS; k++)
        akin_json_append(near, akin_json_pack("{s:f,s:f,s:I}", "times", STEP[k], "distance",
                                              STEP[k] * (1 - f->threshold), "items", within(f, STEP[k])));
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
    printf("\nThe least sure of them:\nsimilarity   distance  items\n");
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

static void say_within(const work *w, char *to, size_t size)
{
    static const char *const TIMES[STEPS] = { "a quarter", "half", "once", "twice", "four times" };
    char number[32], distance[32];
    size_t used = 0;
    for (int k = 0; k < STEPS && used < size; k++) {
        cli_near_say(distance, sizeof distance, "%.2g", STEP[k] * (1 - w->f->threshold));
        cli_near_say(to + used, size - used, "%s%s: %s", k ? ", " : "", w->chance ? TIMES[k] : distance,
                     akin_show_number(within(w->f, STEP[k]), number));
        used += strlen(to + used);
    }
}

static void print_text(const cli_args *args, void *ctx)
{
    work *w = ctx;
    const akin_dups_found *f = w->f;
    char what[128], a[32], line[512];
    akin_print(stdout, "compared       %s\n", cli_near_what(&w->near, what, sizeof what));
    print_wrapped("threshold", w->reason);
    say_within(w, line, sizeof line);
    if (f->threshold < 1) print_wrapped(w->chance ? "so near, times" : "items within", line);
    akin_print(stdout, "pairs          %s", akin_show_number(f->pairs, a));
    if (f->equal) akin_print(stdout, ", %s of them of equal items", akin_show_number(f->equal, a));
    akin_print(stdout, "\ngroups         %s", akin_show_number(f->groups, a));
    akin_print(stdout, "; %s item%s would go as %s\n", akin_show_number(f->copies, a),
               f->copies == 1 ? "" : "s", f->copies == 1 ? "a copy" : "copies");
    if (!args->quiet) print_pairs(args, w);
}

static void tell_doubts(const cli_args *args, void *ctx)
{
    const work *w = ctx;
    const akin_dups_found *f = w->f;
    cli_near_tell_zeros(args, f->zeros);
    if (!w->chance && !w->suggested && isfinite(f->suggested) && 1 - f->threshold > f->spacing / 2)
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

static void say_reason(work *w)
{
    const akin_dups_found *f = w->f;
    char number[32], from[160] = "as asked for";
    const size_t size = sizeof w->reason;
    if (w->chance) {
        cli_near_say(
            w->reason, size,
            "by chance: a pair is nearer than %.2g of what lies between each of the two and its fifth "
            "nearest, and chance makes %.2g such pairs; or than %.2g, which is a %s of what usually lies "
            "between an item and its nearest (the median of %s)",
            f->reach, f->expected, 1 - f->threshold,
            (w->near.source.form == CLI_WHITENED) ? "sixth" : "twentieth",
            akin_show_number(f->based, number));
        return;
    }
    if (w->suggested)
        cli_near_say(from, sizeof from,
                     "a %s of what usually lies between an item and its nearest, %.2g (the median of %s)",
                     (w->near.source.form == CLI_WHITENED) ? "third" : "tenth", f->spacing,
                     akin_show_number(f->based, number));
    cli_near_say(w->reason, size, "%.6g alike, distance %.2g: %s", f->threshold, 1 - f->threshold, from);
}

/* Which rule: what is asked for, else the one that was measured better (docs/dups.md). */
static void choose_rule(const cli_args *args, work *w, akin_dups_opts *o)
{
    const char *threshold = cli_text(args, "threshold");
    const bool as_they_are = w->near.has_pictures && !w->near.source.run && !w->near.source.form;
    const bool choose = strcmp(threshold, "auto") == 0;
    w->chance = strcmp(threshold, "chance") == 0 || (choose && as_they_are);
    w->suggested = !w->chance && (choose || strcmp(threshold, "share") == 0);
    if (w->near.source.form == CLI_WHITENED)
        o->share = 1.0 / 3; /* all are about equally far from their nearest */
    if (w->chance)
        o->threshold = AKIN_DUPS_CHANCE;
    else if (!w->suggested)
        akin_opt_check(&THRESHOLD, threshold, &o->threshold, NULL);
}

static akin_status find(const cli_args *args, void *ctx, akin_error *err)
{
    work *w = ctx;
    akin_dups_opts o = AKIN_DUPS_OPTS_INIT;
    o.ranks = cli_ranks();
    choose_rule(args, w, &o);
    akin_status status = akin_dups_find(w->near.source.rows, &o, &w->dups, err);
    if (status) return status;
    w->f = akin_dups_look(w->dups);
    say_reason(w);
    return make_groups(w, err);
}

static int check_options(const cli_args *args)
{
    akin_error err;
    const char *threshold = cli_text(args, "threshold");
    const bool word =
        strcmp(threshold, "auto") == 0 || strcmp(threshold, "chance") == 0 || strcmp(threshold, "share") == 0;
    if (!word && akin_opt_check(&THRESHOLD, threshold, NULL, &err))
        return cli_error(args, AKIN_ERR_RANGE, "%s, or auto, chance or share", err.message);
    return cli_near_check_files(args, FILES);
}

static int run(const cli_args *args)
{
    static const cli_near_verb verb = { CLI_RAW_EDGES, find, write_all, tell_doubts, summary, print_text };
    work w = { .dups = NULL };
    const int code = cli_near_run(args, &verb, &w.near, &w, check_options(args));
    akin_dups_free(w.dups);
    free(w.kept);
    free(w.to_kept);
    free(w.share);
    free(w.start);
    free(w.item);
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
        "they are (edges of small pictures, texts by runs of characters, tables by their columns). "
        "Similarity "
        "is the cosine, distance 1 less that.\n\n"
        "Of a group the first item stays. Whatever goes is near the item that stays for it, and no two that "
        "stay are near. Of pictures as they are those are pairs that are nearer than chance would have them; "
        "of all "
        "else a pair is within a tenth of the distance that usually lies between an item and its nearest, "
        "whitened a third. Below 20 items nothing is suggested. docs/dups.md shows how much it finds.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
