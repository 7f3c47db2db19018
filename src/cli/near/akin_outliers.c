/* SPDX-License-Identifier: Apache-2.0 */
/* cli/near/akin_outliers.c - akin outliers: items that lie far from all others. */
#include "cli/near/near.h"

#include "akin/tool/dups.h"
#include "akin/tool/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "k", AKIN_OPT_INT, "5", "K", 1, AKIN_OUTLIERS_MOST,
      "how far the K-th nearest lies is what counts; also -k" },
    { "drop", AKIN_OPT_REAL, NULL, "F", 0, 1, "with --out: this share of all items goes, the farthest" },
    { "out", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "a keep-list without them; also -o. akin train --keep FILE reads it" },
    { "page", AKIN_OPT_TEXT, NULL, "FILE.html", 0, 0, "the farthest 200, each beside its nearest" },
    { "table", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "all items, the farthest first, tabs between" },
    { "show", AKIN_OPT_INT, "10", "N", 0, 1e6, "of the farthest, how many are printed" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace files that exist" },
    CLI_NEAR_OPTIONS,
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static const cli_heading HEADINGS[] = {
    { "k", NULL, "What is found, and where it goes" },
    CLI_NEAR_HEADINGS,
    { NULL, NULL, NULL },
};

static const char *const FILES[] = { "out", "page", "table", NULL };

typedef struct far {
    double distance;
    int64_t item;
} far;

typedef struct work {
    cli_near near;
    int64_t n, known; /* items; those that have a distance */
    double *distance; /* [n] */
    int64_t *nearest; /* [n] */
    far *order;       /* [known], the farthest first */
    int64_t gone;
} work;

static int by_distance(const void *a, const void *b)
{
    const far *x = a, *y = b;
    if (x->distance != y->distance) return x->distance > y->distance ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static akin_status find(const cli_args *args, void *ctx, akin_error *err)
{
    work *w = ctx;
    akin_outliers_opts o = AKIN_OUTLIERS_OPTS_INIT;
    o.k = (int32_t)cli_int(args, "k");
    o.ranks = cli_ranks();
    w->n = w->near.source.rows.rows;
    w->distance = malloc((size_t)w->n * sizeof *w->distance);
    w->nearest = malloc((size_t)w->n * sizeof *w->nearest);
    w->order = malloc((size_t)w->n * sizeof *w->order);
    if (!w->distance || !w->nearest || !w->order) return cli_no_memory(err, w->n, "items");
    const akin_status status = akin_outliers(w->near.source.rows, &o, w->distance, w->nearest, err);
    for (int64_t i = 0; i < w->n && !status; i++)
        if (!isnan(w->distance[i])) w->order[w->known++] = (far){ w->distance[i], i };
    qsort(w->order, (size_t)w->known, sizeof *w->order, by_distance);
    const double share = cli_given(args, "drop") ? cli_real(args, "drop") : 0;
    const int64_t gone = (int64_t)llround(share * (double)w->n);
    w->gone = gone < w->known ? gone : w->known;
    return status;
}

/* Of a share of the items the distance is less. */
static double quantile(const work *w, double share)
{
    return w->order[(int64_t)((1 - share) * (double)(w->known - 1))].distance;
}

/* Files ----------------------------------------------------------------------------------------------- */

static akin_status write_table(work *w, const char *path, akin_files *files, akin_error *err)
{
    cli_lines l = cli_lines_open(files, path, err);
    cli_lines_put(&l, "distance");
    cli_lines_head(&l, &w->near, "item");
    cli_lines_head(&l, &w->near, "nearest");
    cli_lines_put(&l, "\n");
    for (int64_t k = 0; k < w->known && !l.status; k++) {
        cli_lines_put(&l, "%.9g", w->order[k].distance);
        cli_lines_item(&l, &w->near, w->order[k].item);
        cli_lines_item(&l, &w->near, w->nearest[w->order[k].item]);
        cli_lines_put(&l, "\n");
    }
    return cli_lines_close(&l);
}

enum { ON_PAGE = 200 };

static akin_status write_page(const cli_args *args, work *w, const char *path, akin_files *files,
                              akin_error *err)
{
    char headline[256], text[512], what[128], number[32];
    int64_t item[2 * ON_PAGE], start[ON_PAGE + 1];
    double value[2 * ON_PAGE];
    const int64_t rows = w->known < ON_PAGE ? w->known : ON_PAGE;
    for (int64_t r = 0; r < rows; r++) {
        item[2 * r] = w->order[r].item;
        item[2 * r + 1] = w->nearest[w->order[r].item];
        value[2 * r] = w->order[r].distance;
        value[2 * r + 1] = NAN;
    }
    for (int64_t r = 0; r <= ON_PAGE; r++) start[r] = 2 * r;
    const akin_sheet_section section = {
        "The farthest", "Each beside its nearest. What belongs to no other item here stands first.",
        "distance",     rows,
        start,          item,
        value
    };
    cli_near_say(headline, sizeof headline, "The farthest of %s items lies at %.3g; usual is %.3g.",
                 akin_show_number(w->n, number), w->order[0].distance, quantile(w, 0.5));
    cli_near_say(
        text, sizeof text,
        "Compared: %s. Distance is 1 less the cosine, to the %lld%s nearest; equal items count once. "
        "How many of them are outliers is for you to see.",
        cli_near_what(&w->near, what, sizeof what), (long long)cli_int(args, "k"),
        akin_show_ordinal(cli_int(args, "k")));
    akin_sheet sheet = AKIN_SHEET_INIT;
    sheet.kind = "Outliers";
    sheet.headline = headline;
    sheet.text = text;
    sheet.section = &section;
    sheet.sections = 1;
    return cli_near_page(&w->near, &sheet, path, files, err);
}

static akin_status write_keep(const cli_args *args, work *w, akin_files *files, akin_error *err)
{
    char note[128];
    unsigned char *kept = malloc((size_t)w->n);
    if (!kept) return cli_no_memory(err, w->n, "items");
    memset(kept, 1, (size_t)w->n);
    for (int64_t k = 0; k < w->gone; k++) kept[w->order[k].item] = 0;
    snprintf(note, sizeof note, "%lld outliers of %lld items left out", (long long)w->gone, (long long)w->n);
    const akin_status status = cli_near_keep(args, &w->near, kept, note, files, err);
    free(kept);
    return status;
}

static akin_status write_all(const cli_args *args, void *ctx, akin_files *files, akin_error *err)
{
    work *w = ctx;
    const char *page = cli_text(args, "page"), *table = cli_text(args, "table");
    akin_status status = page ? write_page(args, w, page, files, err) : AKIN_OK;
    if (!status && table) status = write_table(w, table, files, err);
    if (!status && cli_text(args, "out")) status = write_keep(args, w, files, err);
    return status;
}

/* What is told ----------------------------------------------------------------------------------------- */

static akin_json *summary(const cli_args *args, void *ctx)
{
    work *w = ctx;
    akin_json *o = cli_near_json(&w->near), *list = akin_json_array();
    akin_json *more =
        akin_json_pack("{s:I,s:f,s:f,s:f,s:I,s:I}", "k", cli_int(args, "k"), "median", quantile(w, 0.5),
                       "quantile_99", quantile(w, 0.99), "greatest", w->order[0].distance, "dropped", w->gone,
                       "without_direction", w->n - w->known);
    akin_json_merge(o, more);
    akin_json_free(more);
    for (int64_t k = 0; k < w->known && k < cli_int(args, "show"); k++) {
        const int64_t i = w->order[k].item;
        akin_json *name = akin_json_text(cli_near_name(&w->near, i));
        akin_json_append(list, akin_json_pack("{s:I,s:o,s:f,s:I,s:o}", "item", i, "name", name, "distance",
                                              w->distance[i], "nearest", w->nearest[i], "nearest_name",
                                              akin_json_text(cli_near_name(&w->near, w->nearest[i]))));
    }
    akin_json_put(o, "farthest", list);
    for (int i = 0; FILES[i]; i++)
        if (cli_text(args, FILES[i]))
            akin_json_put(o, i ? FILES[i] : "keep", akin_json_text(cli_text(args, FILES[i])));
    return o;
}

static void print_text(const cli_args *args, void *ctx)
{
    work *w = ctx;
    char what[128], name[40], number[32];
    akin_print(stdout, "compared       %s\n", cli_near_what(&w->near, what, sizeof what));
    snprintf(name, sizeof name, "%lld%s nearest", (long long)cli_int(args, "k"),
             akin_show_ordinal(cli_int(args, "k")));
    akin_print(stdout, "%-15susually at %.3g, of 1 %% beyond %.3g, at most at %.3g\n", name, quantile(w, 0.5),
               quantile(w, 0.99), w->order[0].distance);
    if (w->gone) akin_print(stdout, "dropped        %s\n", akin_show_number(w->gone, number));
    if (args->quiet || !cli_int(args, "show")) return;
    printf("\nThe farthest, and what is nearest to each:\n  distance  items\n");
    for (int64_t k = 0; k < w->known && k < cli_int(args, "show"); k++) {
        const int64_t i = w->order[k].item;
        akin_print(stdout, "%10.4g  %s", w->distance[i], cli_near_shown(&w->near, i, name, sizeof name));
        akin_print(stdout, "  %s\n", cli_near_shown(&w->near, w->nearest[i], name, sizeof name));
    }
}

/* Run --------------------------------------------------------------------------------------------------- */

static int check_options(const cli_args *args)
{
    if (cli_given(args, "drop") != cli_given(args, "out"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "%s",
                         cli_given(args, "out") ? "how many are to go? give --drop F, such as 0.01"
                                                : "--drop is for a keep-list; name it with -o FILE");
    return cli_near_check_files(args, FILES);
}

static void tell_doubts(const cli_args *args, void *ctx)
{
    const work *w = ctx;
    cli_near_tell_zeros(args, w->n - w->known);
}

static int run(const cli_args *args)
{
    static const cli_near_verb verb = { CLI_RAW_GREY, find, write_all, tell_doubts, summary, print_text };
    work w = { .n = 0 };
    const int code = cli_near_run(args, &verb, &w.near, &w, check_options(args));
    free(w.distance);
    free(w.nearest);
    free(w.order);
    return code;
}

static const cli_example EXAMPLES[] = {
    { "The images that are least like any other, side by side with their nearest",
      "akin outliers digits --page far.html --force" },
    { "A list without the farthest hundredth, in the eyes of a run",
      "akin outliers runs/a --drop 0.01 -o keep-o.txt" },
    { NULL, NULL },
};

const cli_verb cli_outliers = {
    .name = "outliers",
    .line = "items that lie far from all others",
    .usage = "RUN [DATA] | FILE.npy | DATA  [--drop F -o keep.txt] [--page FILE.html]",
    .text =
        "Orders items by how far their K-th nearest lies: by the embeddings of a RUN, by the rows of a FILE, "
        "or DATA as they are (as akin dups takes them). Distance is 1 less the cosine. Equal items count "
        "once, so that a copy of an outlier does not hide it.\n\n"
        "What is far may be wrong, broken, or rare and worth keeping: look before you drop it. How many "
        "outliers there are, no number of this kind tells.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
