/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/data.c - akin data inspect, akin inspect: what a data set is, before anything is trained on it. */
#include "cli/data/data.h"
#include "cli/data/derive.h"
#include "cli/data/synth.h"
#include "cli/data/views.h"

#include "akin/tool/images.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vocab.h"
#include "akin/tool/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MOST_SPLITS = CLI_MOST_SPLITS,
    SHOWN_CLASSES = CLI_SHOWN_CLASSES,
    SHOWN_BAD = 20,
    SHOWN_PAIRS = 5,
    NAME = CLI_NAME
};

#define INSPECT_ROWS                                                                                         \
    { "format",                                                                                              \
      AKIN_OPT_CHOICE,                                                                                       \
      "auto",                                                                                                \
      "auto|idx|cifar|npy|images|vectors|csv|libsvm|text|lines|tsv|jsonl|documents",                         \
      0,                                                                                                     \
      0,                                                                                                     \
      "what the data is, if not detected" },                                                                 \
        { "size",                                                                                            \
          AKIN_OPT_INT,                                                                                      \
          "0",                                                                                               \
          "N",                                                                                               \
          0,                                                                                                 \
          4096,                                                                                              \
          "scale the shorter side to N pixels and crop the middle; 0 = as stored" },                         \
        { "on-bad",                                                                                          \
          AKIN_OPT_CHOICE,                                                                                   \
          "stop",                                                                                            \
          "stop|skip",                                                                                       \
          0,                                                                                                 \
          0,                                                                                                 \
          "images that cannot be read: fail, or list them and go on" },                                      \
        { "keep", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "only the items of a keep-list" },                      \
        { "max-bad",                                                                                         \
          AKIN_OPT_REAL,                                                                                     \
          "1",                                                                                               \
          "FRACTION",                                                                                        \
          0,                                                                                                 \
          1,                                                                                                 \
          "with --on-bad skip: fail beyond this fraction of bad images" },                                   \
    {                                                                                                        \
        "cache", AKIN_OPT_INT, NULL, "MIB", 0, 1e9,                                                          \
            "images in memory, the others are read anew; 0 = none [half of what is free]"                    \
    }

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

/* Everything that is told, in one place for both outputs. */
typedef struct summary {
    const akin_image_set *ds;
    const char *path;
    int splits;
    akin_images view[MOST_SPLITS];
    const char *name[MOST_SPLITS];
    int64_t *count[MOST_SPLITS]; /* [classes], or NULL without labels */
    int64_t classes, total, bytes;
    double mean[3], std[3];
    akin_duplicates *pair;
    int64_t pairs, conflicts;
    int64_t shared[MOST_SPLITS][MOST_SPLITS]; /* [split][first_split] */
} summary;

static akin_status count_classes(summary *s, akin_error *err)
{
    for (int k = 0; k < s->splits; k++) {
        const akin_images *v = &s->view[k];
        if (!v->labels) continue;
        s->count[k] = calloc((size_t)v->classes, sizeof *s->count[k]);
        if (!s->count[k]) {
            err->status = AKIN_ERR_NOMEM;
            snprintf(err->message, sizeof err->message, "no memory to count %lld classes",
                     (long long)v->classes);
            return AKIN_ERR_NOMEM;
        }
        for (int64_t i = 0; i < v->n; i++)
            if (v->labels[i] >= 0) s->count[k][v->labels[i]]++;
    }
    return AKIN_OK;
}

static akin_status summarize(summary *s, akin_error *err)
{
    s->splits = akin_image_set_splits(s->ds);
    for (int k = 0; k < s->splits; k++) {
        s->name[k] = akin_image_set_split_name(s->ds, k);
        s->view[k] = (akin_images)AKIN_IMAGES_INIT;
        const akin_status status = akin_image_set_split(s->ds, s->name[k], &s->view[k], err);
        if (status) return status;
        s->total += s->view[k].n;
    }
    s->classes = s->view[0].classes;
    s->bytes = s->total * s->view[0].height * s->view[0].width * s->view[0].channels;
    akin_image_set_stats(s->ds, s->mean, s->std);
    akin_status status = count_classes(s, err);
    if (!status) status = akin_image_set_duplicates(s->ds, &s->pair, err);
    if (!status) s->pairs = akin_duplicates_count(s->pair);
    for (int64_t i = 0; i < s->pairs; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->pair, i);
        const int32_t *a = s->view[d->split].labels, *b = s->view[d->first_split].labels;
        s->shared[d->split][d->first_split]++;
        s->conflicts += a && b && a[d->item] != b[d->first];
    }
    return status;
}

/* JSON ------------------------------------------------------------------------------------------------------- */

static akin_json *json_item(const summary *s, int split, int64_t item)
{
    char name[4 * NAME];
    return cli_json_text(akin_image_set_item_name(s->ds, s->name[split], item, name, sizeof name));
}

static akin_json *json_splits(const summary *s)
{
    akin_json *list = akin_json_array();
    for (int k = 0; k < s->splits; k++) {
        akin_json *counts = s->count[k] ? akin_json_array() : akin_json_null();
        for (int64_t c = 0; s->count[k] && c < s->classes; c++)
            akin_json_append(counts, akin_json_int(s->count[k][c]));
        akin_json_append(list,
                         akin_json_pack("{s:s,s:I,s:b,s:o}", "name", s->name[k], "n", (int64_t)s->view[k].n,
                                        "labels", s->view[k].labels != NULL, "class_counts", counts));
    }
    return list;
}

static akin_json *json_duplicates(const summary *s)
{
    akin_json *within = akin_json_object(), *across = akin_json_array(), *examples = akin_json_array();
    for (int a = 0; a < s->splits; a++) {
        akin_json_put(within, s->name[a], akin_json_int(s->shared[a][a]));
        for (int b = 0; b < a; b++)
            akin_json_append(across, akin_json_pack("{s:s,s:s,s:I}", "split", s->name[a], "also_in",
                                                    s->name[b], "count", (int64_t)s->shared[a][b]));
    }
    for (int64_t i = 0; i < s->pairs && i < SHOWN_BAD; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->pair, i);
        akin_json_append(examples, akin_json_pack("{s:o,s:o}", "item", json_item(s, d->split, d->item),
                                                  "same_as", json_item(s, d->first_split, d->first)));
    }
    return akin_json_pack("{s:o,s:o,s:I,s:o}", "within", within, "across", across, "conflicting_labels",
                          (int64_t)s->conflicts, "examples", examples);
}

static akin_json *json_bad(const akin_image_set *ds)
{
    akin_json *list = akin_json_array();
    const akin_bad_item *bad;
    for (int64_t i = 0; (bad = akin_image_set_bad_at(ds, i)) != NULL; i++)
        akin_json_append(list, akin_json_pack("{s:o,s:o}", "item", cli_json_text(bad->name), "reason",
                                              cli_json_text(bad->reason)));
    return list;
}

static int print_json(const cli_args *args, const summary *s)
{
    akin_json *classes = akin_json_array(), *mean = akin_json_array(), *std = akin_json_array();
    const akin_images *v = &s->view[0];
    for (int64_t c = 0; c < s->classes; c++)
        akin_json_append(classes, cli_json_text(akin_image_set_class_name(s->ds, c)));
    for (int64_t c = 0; c < v->channels; c++) {
        akin_json_append(mean, akin_json_real(s->mean[c]));
        akin_json_append(std, akin_json_real(s->std[c]));
    }
    return cli_print_json(
        args, akin_json_pack(
                  "{s:o,s:o,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:o,s:o,s:o,s:o,s:I,s:I,s:o,s:o,s:I,s:o}", "path",
                  cli_json_text(s->path), "name", cli_json_text(akin_image_set_name(s->ds)), "format",
                  akin_image_set_format(s->ds), "fingerprint", akin_image_set_fingerprint(s->ds), "n",
                  (int64_t)s->total, "height", (int64_t)v->height, "width", (int64_t)v->width, "channels",
                  (int64_t)v->channels, "labels", s->classes > 0, "classes", classes, "splits",
                  json_splits(s), "mean", mean, "std", std, "memory_bytes", (int64_t)s->bytes, "cached",
                  (int64_t)akin_image_set_cached(s->ds), "duplicates", json_duplicates(s), "bad",
                  json_bad(s->ds), "ignored", (int64_t)akin_image_set_ignored(s->ds), "remark",
                  cli_json_text(akin_image_set_remark(s->ds))));
}

/* Text ------------------------------------------------------------------------------------------------------- */

const char *cli_grouped(int64_t x, char to[32])
{
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%lld", (long long)x);
    int at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) to[at++] = ',';
        to[at++] = digits[i];
    }
    to[at] = 0;
    return to;
}

const char *cli_shown(const char *name, char *to, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++) to[n++] = (unsigned char)*name < 32 || *name == 127 ? '?' : *name;
    to[n] = 0;
    return to;
}

int cli_columns(const char *text)
{
    int n = 0;
    for (; *text; text++) n += (*text & 0xc0) != 0x80;
    return n;
}

static void print_what(const summary *s)
{
    char a[32], name[NAME];
    const akin_images *v = &s->view[0];
    static const char *const KINDS[][2] = { { "idx", "IDX (MNIST family)" },
                                            { "cifar", "CIFAR, binary version" },
                                            { "npy", "NumPy arrays" },
                                            { "images", "folder of image files" } };
    const char *kind = akin_image_set_format(s->ds);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i][0], kind) == 0) kind = KINDS[i][1];
    printf("%s: %s\n\n", cli_shown(akin_image_set_name(s->ds), name, sizeof name), kind);
    printf("  images       %s of %lld x %lld, %s (height x width)\n", cli_grouped(s->total, a),
           (long long)v->height, (long long)v->width, v->channels == 1 ? "grey" : "colour");
    printf("  splits      ");
    for (int k = 0; k < s->splits; k++)
        printf("%s %s %s", k ? "," : "", s->name[k], cli_grouped(s->view[k].n, a));
    printf("\n  labels       ");
    if (s->classes == 0)
        printf("none (training needs none)\n");
    else {
        printf("%lld class%s", (long long)s->classes, s->classes == 1 ? "" : "es");
        for (int k = 0; k < s->splits; k++)
            if (!s->view[k].labels) printf("; none in %s", s->name[k]);
        putchar('\n');
    }
    printf("  mean, std   ");
    static const char *const CHANNEL[3] = { "red", "green", "blue" };
    for (int64_t c = 0; c < v->channels; c++)
        printf(" %s%s%.4f, %.4f", v->channels > 1 ? CHANNEL[c] : "", v->channels > 1 ? " " : "", s->mean[c],
               s->std[c]);
    const bool small = s->bytes < 1 << 20;
    printf("  (of train; 1 = white)\n  memory       %.1f %s", (double)s->bytes * (small ? 0x1p-10 : 0x1p-20),
           small ? "KiB" : "MiB");
    const int64_t kept = akin_image_set_cached(s->ds);
    if (kept < s->total)
        printf("; beyond the cache, which holds %s image%s: the others are read when wanted",
               kept ? cli_grouped(kept, a) : "no", kept == 1 ? "" : "s");
    printf("\n  fingerprint  %s\n", akin_image_set_fingerprint(s->ds));
    if (*akin_image_set_remark(s->ds)) printf("  remark       %s\n", akin_image_set_remark(s->ds));
}

/* The columns of one class. */
static void print_class(const summary *s, int64_t c, int width)
{
    char name[NAME], a[32];
    const char *text = cli_shown(akin_image_set_class_name(s->ds, c), name, sizeof name);
    printf("  %s%*s", text, width - cli_columns(text), "");
    for (int k = 0; k < s->splits; k++)
        if (s->count[k]) printf("  %9s", cli_grouped(s->count[k][c], a));
    putchar('\n');
}

static void print_classes(const summary *s)
{
    if (s->classes == 0) return;
    int width = 11, first = 0;
    int64_t most = 0, least = 0;
    const int64_t shown_classes = s->classes <= SHOWN_CLASSES ? s->classes : SHOWN_CLASSES - 2;
    while (!s->count[first]) first++;
    for (int64_t c = 0; c < s->classes; c++) {
        char name[NAME];
        const int wide = cli_columns(cli_shown(akin_image_set_class_name(s->ds, c), name, sizeof name));
        if (c < shown_classes && wide > width) width = wide;
        if (s->count[first][c] > s->count[first][most]) most = c;
        if (s->count[first][c] < s->count[first][least]) least = c;
    }
    printf("\n  %-*s", width, "class");
    for (int k = 0; k < s->splits; k++)
        if (s->count[k]) printf("  %9s", s->name[k]);
    putchar('\n');
    for (int64_t c = 0; c < shown_classes; c++) print_class(s, c, width);
    if (shown_classes < s->classes)
        printf("  ... and %lld more (--json lists all)\n", (long long)(s->classes - shown_classes));
    const int64_t high = s->count[first][most], low = s->count[first][least];
    char a[32], b[32], n1[NAME], n2[NAME];
    if (high == low)
        printf("  balanced: %s images of each class in %s\n", cli_grouped(high, a), s->name[first]);
    else
        printf("  largest in %s: %s (%s), smallest: %s (%s)\n", s->name[first],
               cli_shown(akin_image_set_class_name(s->ds, most), n1, sizeof n1), cli_grouped(high, a),
               cli_shown(akin_image_set_class_name(s->ds, least), n2, sizeof n2), cli_grouped(low, b));
}

static void print_duplicates(const summary *s)
{
    char a[32], item[4 * NAME], first[4 * NAME], clean_item[4 * NAME], clean_first[4 * NAME];
    printf("\n  duplicates   ");
    if (s->pairs == 0) {
        printf("none: no two images have the same pixels\n");
        return;
    }
    printf("%s images repeat an earlier one, pixel for pixel\n", cli_grouped(s->pairs, a));
    for (int k = 0; k < s->splits; k++) {
        printf("    %-10s %9s within\n", s->name[k], cli_grouped(s->shared[k][k], a));
        for (int b = 0; b < k; b++)
            if (s->shared[k][b])
                printf("    %-10s %9s also in %s: evaluation on %s is too good by what they give\n",
                       s->name[k], cli_grouped(s->shared[k][b], a), s->name[b], s->name[k]);
    }
    if (s->conflicts) printf("    %s of the pairs have different labels\n", cli_grouped(s->conflicts, a));
    for (int64_t i = 0; i < s->pairs && i < SHOWN_PAIRS; i++) {
        const akin_duplicate *d = akin_duplicates_at(s->pair, i);
        akin_image_set_item_name(s->ds, s->name[d->split], d->item, item, sizeof item);
        akin_image_set_item_name(s->ds, s->name[d->first_split], d->first, first, sizeof first);
        printf("    %s = %s\n", cli_shown(item, clean_item, sizeof clean_item),
               cli_shown(first, clean_first, sizeof clean_first));
    }
    if (s->pairs > SHOWN_PAIRS) printf("    ...\n");
}

static void print_bad(const summary *s)
{
    const int64_t bad = akin_image_set_bad_count(s->ds), ignored = akin_image_set_ignored(s->ds);
    char a[32], clean_name[4 * NAME], clean_reason[4 * NAME];
    const akin_bad_item *one;
    if (strcmp(akin_image_set_format(s->ds), "images") != 0) return;
    printf("  bad files    %s\n", bad ? cli_grouped(bad, a) : "none");
    for (int64_t i = 0; i < SHOWN_BAD && (one = akin_image_set_bad_at(s->ds, i)) != NULL; i++)
        printf("    %s: %s\n", cli_shown(one->name, clean_name, sizeof clean_name),
               cli_shown(one->reason, clean_reason, sizeof clean_reason));
    if (bad > SHOWN_BAD) printf("    ... and %lld more (--json lists all)\n", (long long)(bad - SHOWN_BAD));
    if (ignored) printf("  other files  %s, not images by their names; ignored\n", cli_grouped(ignored, a));
}

static int print_text(const cli_args *args, const summary *s)
{
    print_what(s);
    print_classes(s);
    print_duplicates(s);
    print_bad(s);
    if (fflush(stdout) == EOF || ferror(stdout))
        return cli_error(args, AKIN_ERR_IO, "cannot write to standard output");
    return 0;
}

/* Verbs ------------------------------------------------------------------------------------------------------ */

static bool is_row(const akin_opt_desc *(*row_at)(int i), const char *name)
{
    for (int i = 0; row_at(i); i++)
        if (strcmp(row_at(i)->name, name) == 0) return true;
    return false;
}

/* The first option of a table that was given and that is not in the other (NULL: none), or NULL. */
static const char *first_given(const cli_args *args, const akin_opt_desc *(*row_at)(int i),
                               const akin_opt_desc *(*other_at)(int i))
{
    for (int i = 0; row_at(i); i++) {
        const char *name = row_at(i)->name;
        if (cli_given(args, name) && !(other_at && is_row(other_at, name))) return name;
    }
    return NULL;
}

akin_image_set_opts cli_data_opts(const cli_args *args)
{
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.format = cli_text(args, "format");
    opts.size = (int32_t)cli_int(args, "size");
    opts.on_bad = strcmp(cli_text(args, "on-bad"), "skip") == 0 ? AKIN_BAD_SKIP : AKIN_BAD_STOP;
    opts.max_bad_frac = cli_real(args, "max-bad");
    opts.keep = cli_text(args, "keep");
    if (cli_given(args, "cache")) opts.cache = cli_int(args, "cache") << 20;
    return opts;
}

bool cli_stray_kind(const cli_args *args, const char *path, int *code)
{
    const bool text = cli_is_text(args, path), vectors = !text && cli_is_vectors(args, path);
    const char *of_vectors =
        vectors ? NULL : first_given(args, akin_vectors_opt_at, text ? akin_corpus_opt_at : NULL);
    const char *of_text =
        text ? NULL : first_given(args, akin_corpus_opt_at, vectors ? akin_vectors_opt_at : NULL);
    if (!of_vectors && !of_text) return false;
    *code = cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for %s, and '%s' is taken for %s",
                      of_vectors ? of_vectors : of_text, of_vectors ? "vectors" : "text", path,
                      text      ? "text"
                      : vectors ? "vectors"
                                : "images");
    return true;
}

static int inspect(const cli_args *args, const char *path)
{
    const bool text = cli_is_text(args, path), vectors = !text && cli_is_vectors(args, path);
    int code;
    if (cli_stray_kind(args, path, &code)) return code;
    if (text) return cli_inspect_text(args, path);
    if (vectors) return cli_inspect_vectors(args, path);
    akin_image_set_opts opts = cli_data_opts(args);
    cli_reading reading = { .args = args };
    opts.on_progress = cli_on_reading;
    opts.progress_ctx = &reading;
    akin_image_set *ds = NULL;
    akin_error err;
    if (akin_image_set_open(path, &opts, &ds, &err)) return cli_fail(args, &err);
    summary s = { .ds = ds, .path = path };
    if (summarize(&s, &err))
        code = cli_fail(args, &err);
    else
        code = args->json ? print_json(args, &s) : print_text(args, &s);
    for (int k = 0; k < MOST_SPLITS; k++) free(s.count[k]);
    akin_duplicates_free(s.pair);
    akin_image_set_free(ds);
    return code;
}

/* A line every few seconds, so that a large set does not look like a program that hangs. */
bool cli_on_reading(int64_t done, int64_t total, void *ctx)
{
    enum { EVERY_S = 5 };
    cli_reading *r = ctx;
    struct timespec now;
    char a[32], b[32];
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (r->said_s == 0) r->said_s = (int64_t)now.tv_sec;
    if ((int64_t)now.tv_sec - r->said_s < EVERY_S) return true;
    r->said_s = (int64_t)now.tv_sec;
    cli_note(r->args, "read %s of %s images", cli_grouped(done, a), cli_grouped(total, b));
    return true;
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
    const char *names[ACTION_COUNT + 1] = { NULL }, *wanted = args->positional[0], *owner = "";
    const action *a = NULL;
    for (int i = 0; i < ACTION_COUNT; i++) {
        names[i] = ACTIONS[i].shown.name;
        if (strcmp(wanted, names[i]) == 0) a = &ACTIONS[i];
    }
    if (!a) {
        const char *near = akin_nearest_name(wanted, names);
        return cli_error(args, AKIN_ERR_ARGUMENT, "unknown action '%s'%s%s%s (usage: akin data inspect DATA)",
                         wanted, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
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
    "binary, .npy (uint8 [n,h,w] or [n,h,w,c], or floats in [0,1]), or a folder of JPEG, PNG,\n"
    "WebP, PPM and PGM images, flat or one folder per class, with train/ and test/ or val/.\n"
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
    .examples = INSPECT_EXAMPLES,
    .least = 1,
    .most = 1,
    .run = run_inspect,
};
