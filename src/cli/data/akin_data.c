/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/akin_data.c - the verbs data and inspect: their actions and options; and what a data set holds. */
#include "cli/data/data.h"
#include "cli/data/derive.h"
#include "cli/data/synth.h"
#include "cli/data/views.h"

#include "akin/tool/dataset.h"
#include "akin/tool/summary.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSPECT_ROWS                                                                                         \
    { "format", AKIN_OPT_CHOICE, "auto", AKIN_DATA_FORMATS, 0, 0, "what the data is, if not detected" },     \
        { "size",                                                                                            \
          AKIN_OPT_INT,                                                                                      \
          NULL,                                                                                              \
          "N",                                                                                               \
          0,                                                                                                 \
          4096,                                                                                              \
          "scale the shorter side to N pixels and crop the middle; 0 = as stored [what fits, where they "    \
          "differ in size]" },                                                                               \
        { "on-bad",                                                                                          \
          AKIN_OPT_CHOICE,                                                                                   \
          NULL,                                                                                              \
          "stop|skip",                                                                                       \
          0,                                                                                                 \
          0,                                                                                                 \
          "items that cannot be read: fail, or list them and go on [skip in folders of images]" },           \
        { "keep", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "only the items of a keep-list" },                      \
        { "max-bad",                                                                                         \
          AKIN_OPT_REAL,                                                                                     \
          NULL,                                                                                              \
          "FRACTION",                                                                                        \
          0,                                                                                                 \
          1,                                                                                                 \
          "with --on-bad skip: fail beyond this fraction of bad items [0.05; inspect: no limit]" },          \
        { "cache",                                                                                           \
          AKIN_OPT_INT,                                                                                      \
          NULL,                                                                                              \
          "MIB",                                                                                             \
          0,                                                                                                 \
          1e9,                                                                                               \
          "images, or rows of .npy, in memory, the others are read anew; 0 = none [half of what is free; "   \
          "all rows]" },                                                                                     \
        AKIN_IMAGES_OPT_ROWS

static const akin_opt_desc INSPECT_OPTIONS[] = {
    INSPECT_ROWS, AKIN_VECTORS_OPT_ROWS, AKIN_CORPUS_OPT_ROWS, { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL }
};
static const akin_opt_desc DATA_OPTIONS[] = { INSPECT_ROWS,
                                              AKIN_VECTORS_OPT_ROWS,
                                              AKIN_CORPUS_OPT_ROWS,
                                              CLI_SYNTH_ROWS,
                                              CLI_DERIVE_ROWS,
                                              CLI_VIEWS_ROWS,
                                              { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };

/* Verbs -------------------------------------------------------------------------------------------- */

/* An option of another kind of data than this one. */
static const char *stray_of(const cli_args *args, akin_data_kind kind)
{
    static const char *const of_images[] = { "size",       "cache",       "on-bad", "max-bad",
                                             "background", "sample-bits", NULL };
    for (int i = 0; of_images[i]; i++)
        if (cli_given(args, of_images[i]) && !akin_data_kind_reads_option(kind, of_images[i]))
            return of_images[i];
    return NULL;
}

static int print(const cli_args *args, const char *path, const akin_summary *s)
{
    if (args->json) return cli_print_json(args, akin_summary_json(s, path));
    char *text = NULL;
    akin_error err;
    if (akin_summary_text(s, &text, &err)) return cli_fail(args, &err);
    fputs(text, stdout);
    free(text);
    if (fflush(stdout) == EOF || ferror(stdout))
        return cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return 0;
}

static int inspect(const cli_args *args, const char *path)
{
    int code;
    if (cli_stray_kind(args, path, &code)) return code;
    akin_data_kind kind;
    akin_error err;
    if (cli_data_kind(args, path, &kind, &err)) return cli_fail(args, &err);
    const char *stray = stray_of(args, kind);
    if (stray)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for images%s, and '%s' is taken for %s", stray,
                         akin_data_kind_reads_option(AKIN_DATA_TEXT, stray) ? " and text" : "", path,
                         akin_data_kind_name(kind));
    akin_dataset *set = NULL;
    akin_summary *summary = NULL;
    akin_status status = cli_data_open(args, path, false, &set, &err);
    if (!status) status = akin_summary_create(set, &summary, &err);
    code = status ? cli_fail(args, &err) : print(args, path, summary);
    akin_summary_free(summary);
    akin_dataset_free(set);
    return code;
}

static int run_inspect(const cli_args *args) { return inspect(args, args->positional[0]); }

/* Actions: which rows of the verb's options each reads. */
static const akin_opt_desc SYNTH_OPTIONS[] = { CLI_SYNTH_ROWS,
                                               { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };
static const akin_opt_desc VIEWS_OPTIONS[] = { CLI_VIEWS_ROWS,
                                               { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };

static const akin_opt_desc IMAGE_OPTIONS[] = { INSPECT_ROWS,
                                               { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };
static const akin_opt_desc LONGTAIL_OPTIONS[] = { CLI_LONGTAIL_ROWS,
                                                  { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };
static const akin_opt_desc MIX_OPTIONS[] = { CLI_MIX_ROWS, { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };
static const akin_opt_desc SPLIT_OPTIONS[] = { CLI_SPLIT_ROWS,
                                               { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL } };

typedef struct action {
    cli_action shown;
    int positionals; /* after the action's name */
    const akin_opt_desc *own, *also;
    int (*run)(const cli_args *args, const char *path); /* NULL: synth, which reads no data */
} action;

static const action ACTIONS[] = {
    { { "inspect", "DATA", "tell what a data set holds" }, 1, INSPECT_OPTIONS, NULL, inspect },
    { { "synth", "--out DIR", "draw a data set of which everything is known" },
      0,
      SYNTH_OPTIONS,
      NULL,
      NULL },
    { { "longtail", "DATA -o DIR|FILE.txt", "give classes unequal sizes, the others' nested in them" },
      1,
      LONGTAIL_OPTIONS,
      INSPECT_OPTIONS,
      cli_data_longtail },
    { { "mix", "DATA -o DIR", "mix some training images with others" },
      1,
      MIX_OPTIONS,
      IMAGE_OPTIONS,
      cli_data_mix },
    { { "split", "DATA -o DIR", "divide the training images into train, val and test" },
      1,
      SPLIT_OPTIONS,
      IMAGE_OPTIONS,
      cli_data_split },
    { { "convert", "DATA -o DIR", "write images as .npy arrays" }, 1, NULL, IMAGE_OPTIONS, cli_data_convert },
    { { "views", "DATA -o FILE.png", "draw a sheet of augmented images" },
      1,
      VIEWS_OPTIONS,
      INSPECT_OPTIONS,
      cli_data_views },
};
enum { ACTION_COUNT = sizeof ACTIONS / sizeof *ACTIONS };

static bool has(const akin_opt_desc *table, const char *name)
{
    for (; table && table->name; table++)
        if (strcmp(table->name, name) == 0) return true;
    return false;
}

static bool reads(const action *a, const char *name)
{
    if (strcmp(a->shown.name, "inspect") != 0 && (strcmp(name, "out") == 0 || strcmp(name, "force") == 0))
        return true;
    return has(a->own, name) || has(a->also, name);
}

/* The first option given that this action does not read, and one that does; NULL when there is none. */
static const char *stray_option(const cli_args *args, const action *a, const char **owner)
{
    for (const akin_opt_desc *o = DATA_OPTIONS; o->name; o++) {
        if (!cli_given(args, o->name) || reads(a, o->name)) continue;
        for (int i = ACTION_COUNT - 1; i >= 0; i--) /* the first that does */
            if (reads(&ACTIONS[i], o->name)) *owner = ACTIONS[i].shown.name;
        return o->name;
    }
    return NULL;
}

static const cli_action *action_at(int i) { return i < ACTION_COUNT ? &ACTIONS[i].shown : NULL; }

static bool action_reads(const char *name, const char *option)
{
    for (int i = 0; i < ACTION_COUNT; i++)
        if (strcmp(ACTIONS[i].shown.name, name) == 0) return reads(&ACTIONS[i], option);
    return false;
}

static int run_data(const cli_args *args)
{
    const char *wanted = args->positional[0], *owner = "";
    const action *a = NULL;
    for (int i = 0; i < ACTION_COUNT; i++)
        if (strcmp(wanted, ACTIONS[i].shown.name) == 0) a = &ACTIONS[i];
    if (!a) return cli_unknown_action(args, "action");
    if (args->positionals - 1 > a->positionals)
        return cli_error(args, AKIN_ERR_ARGUMENT, "unexpected argument %s; usage: akin data %s %s",
                         args->positional[a->positionals + 1], a->shown.name, a->shown.usage);
    const char *stray = stray_option(args, a, &owner);
    if (stray)
        return cli_error(args, AKIN_ERR_ARGUMENT, "--%s is an option of data %s, not of data %s", stray,
                         owner, a->shown.name);
    if (args->positionals - 1 < a->positionals)
        return cli_error(args, AKIN_ERR_ARGUMENT, "missing argument; usage: akin data %s %s", a->shown.name,
                         a->shown.usage);
    return a->run ? a->run(args, args->positional[1]) : cli_data_synth(args);
}

static const char TEXT[] =
    "DATA is a folder or a file: IDX (MNIST family, plain or gzip), CIFAR-10 or CIFAR-100\n"
    "binary, .npy and .npz (uint8 [n,h,w] or [n,h,w,c], or floats in [0,1]), or a folder of JPEG, PNG,\n"
    "WebP, GIF, TIFF, BMP, HEIF, AVIF, PPM and PGM images, flat or one folder per class, with\n"
    "train/ and test/ or val/.\n"
    "Or feature vectors: .npy [n,d], a table (CSV, TSV), libsvm, or a folder with train.csv and\n"
    "test.csv (or .npy, .tsv, .libsvm). Or text: lines, TSV, CSV or JSONL with text or anchor and\n"
    "positive, or a folder of documents, plain, gzip, zstd or xz. Told are splits, classes and\n"
    "their sizes, sizes, mean and deviation, fingerprint, exact duplicates within and across\n"
    "splits, files that cannot be read; of vectors also missing values and columns that never\n"
    "change; of text groups, words and what was left out.";

static const char DATA_TEXT[] = "Of image sets, longtail, mix, split and convert make others: folders of "
                                ".npy arrays, or, where -o ends in "
                                ".txt or with --lists, keep-lists: names of items for --keep of train, "
                                "inspect, views and these (docs/data.md). "
                                "Of text and vectors longtail makes keep-lists. The same seed gives the same "
                                "set, and a longer tail, or fewer "
                                "mixed images, lie within the others of that seed. Only training images "
                                "change; a test split stays as it is.\n\n"
                                "'akin data ACTION --help' lists the options of one action.";

#define DATA_HEADINGS                                                                                        \
    { "max-bad", "reading", "How items are read, of which images" },                                         \
        { "label-column", "vectors", "Vectors and tables" },                                                 \
    {                                                                                                        \
        "columns", "text", "Text"                                                                            \
    }

static const cli_heading INSPECT_HEADINGS[] = { DATA_HEADINGS, CLI_COMMON_HEADING, { NULL, NULL, NULL } };
static const cli_heading HEADINGS[] = { DATA_HEADINGS,
                                        { "out", NULL, "What is made" },
                                        { "augment", "recipe", "Views: the recipe, and its parts" },
                                        CLI_COMMON_HEADING,
                                        { NULL, NULL, NULL } };

static const cli_example DATA_EXAMPLES[] = {
    { "A long tail: the largest class has 50 times the items of the smallest",
      "akin data longtail digits -o tail --ratio 50" },
    { "What the views of a recipe look like", "akin data views digits -o views.png --augment simclr" },
    { "Vectors of which everything is known", "akin data synth --out synth --classes 5 --items 500" },
    { NULL, NULL },
};

const cli_verb cli_data = {
    .name = "data",
    .line = "look at data sets, and make others of them",
    .usage = "inspect DATA   |   longtail|mix|split|convert|views DATA -o OUT   |   synth -o DIR",
    .text = DATA_TEXT,
    .opts = DATA_OPTIONS,
    .headings = HEADINGS,
    .basic = "augment label-column",
    .action = action_at,
    .reads = action_reads,
    .examples = DATA_EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run_data,
};

static const cli_example INSPECT_EXAMPLES[] = {
    { "What it is, its classes, copies within and across its parts", "akin inspect digits" },
    { "A table whose label is the column kind", "akin inspect table.csv --label-column kind --json" },
    { NULL, NULL },
};

const cli_verb cli_inspect = {
    .name = "inspect",
    .line = "what a data set holds; the same as data inspect",
    .usage = "DATA",
    .text = TEXT,
    .opts = INSPECT_OPTIONS,
    .headings = INSPECT_HEADINGS,
    .basic = "label-column",
    .examples = INSPECT_EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run_inspect,
};
