/* SPDX-License-Identifier: Apache-2.0 */
/* cli/data/open_data.c - a data set from the command line: its kind, its options, and a line while it is
 * read. */
#include "cli/data/data.h"

#include "akin/tool/dataset.h"
#include "akin/tool/summary.h"
#include "akin/tool/corpus.h"
#include "akin/tool/vectors.h"

#include <string.h>
#include <time.h>

akin_status cli_data_kind(const cli_args *args, const char *path, akin_data_kind *kind, akin_error *err)
{
    return akin_data_detect_as(path, cli_text(args, "format"), kind, err);
}

/* Options of another kind ------------------------------------------------------------------------- */

typedef const akin_opt_desc *row_fn(int i); /* row i of a table of options */

static bool is_row(row_fn *row_at, const char *name)
{
    for (int i = 0; row_at(i); i++)
        if (strcmp(row_at(i)->name, name) == 0) return true;
    return false;
}

/* The first option of a table that was given and that is not in the other (NULL: none), or NULL. */
static const char *first_given(const cli_args *args, row_fn *row_at, row_fn *other_at)
{
    for (int i = 0; row_at(i); i++) {
        const char *name = row_at(i)->name;
        if (cli_given(args, name) && !(other_at && is_row(other_at, name))) return name;
    }
    return NULL;
}

bool cli_stray_kind(const cli_args *args, const char *path, int *code)
{
    akin_error err;
    akin_data_kind kind;
    if (cli_data_kind(args, path, &kind, &err)) {
        *code = cli_fail(args, &err);
        return true;
    }
    const bool text = kind == AKIN_DATA_TEXT, vectors = kind == AKIN_DATA_VECTORS;
    const char *of_vectors =
        vectors ? NULL : first_given(args, akin_vectors_opt_at, text ? akin_corpus_opt_at : NULL);
    const char *of_text =
        text ? NULL : first_given(args, akin_corpus_opt_at, vectors ? akin_vectors_opt_at : NULL);
    if (!of_vectors && !of_text) return false;
    akin_dataset *set = NULL;
    const bool known = akin_data_detect(path) != AKIN_DATA_UNKNOWN;
    if (!known && akin_dataset_open(path, NULL, &set, &err)) { /* what cannot be read is of no kind */
        *code = cli_fail(args, &err);
        return true;
    }
    akin_dataset_free(set);
    *code = cli_error(args, AKIN_ERR_ARGUMENT, "--%s is for %s, and '%s' is taken for %s",
                      of_vectors ? of_vectors : of_text, of_vectors ? "vectors" : "text", path,
                      akin_data_kind_name(kind));
    return true;
}

static const double MAX_BAD = 0.05; /* as in training */

/* Opening ----------------------------------------------------------------------------------------- */

akin_image_set_opts cli_data_opts(const cli_args *args)
{
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.format = cli_text(args, "format");
    const char *on_bad = cli_text(args, "on-bad");
    opts.size = cli_given(args, "size") ? (int32_t)cli_int(args, "size") : AKIN_SIZE_FIT;
    opts.on_bad = on_bad && strcmp(on_bad, "stop") == 0 ? AKIN_BAD_STOP : AKIN_BAD_SKIP;
    opts.max_bad_frac = cli_given(args, "max-bad") ? cli_real(args, "max-bad") : MAX_BAD;
    opts.keep = cli_text(args, "keep");
    if (cli_given(args, "cache")) opts.cache = cli_int(args, "cache") << 20;
    opts.background = cli_text(args, "background");
    if (cli_given(args, "sample-bits")) opts.sample_bits = (int32_t)cli_int(args, "sample-bits");
    return opts;
}

void cli_tell_image_remarks(const cli_args *args, const akin_image_set *set)
{
    const char *line;
    for (int64_t i = 0; (line = akin_image_set_remark(set, i)) != NULL; i++) cli_note(args, "%s", line);
}

/* A line every few seconds, so that a large set does not look like a program that hangs. */
typedef struct reading {
    const cli_args *args;
    int64_t said_s; /* when it was said last */
} reading;

static bool on_reading(int64_t done, int64_t total, void *ctx)
{
    enum { EVERY_S = 5 };
    reading *r = ctx;
    struct timespec now;
    char a[32], b[32];
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (r->said_s == 0) r->said_s = (int64_t)now.tv_sec;
    if ((int64_t)now.tv_sec - r->said_s < EVERY_S) return true;
    r->said_s = (int64_t)now.tv_sec;
    cli_note(r->args, "read %s of %s images", akin_show_number(done, a), akin_show_number(total, b));
    return true;
}

enum { MOST_OPTIONS = 64 };

/* Names and values in turn, ended by NULL. */
typedef struct option_list {
    const char *pair[2 * MOST_OPTIONS + 1];
    int n;
} option_list;

static void add(option_list *list, const char *name, const char *value)
{
    if (!value || list->n == 2 * MOST_OPTIONS) return;
    list->pair[list->n++] = name;
    list->pair[list->n++] = value;
    list->pair[list->n] = NULL;
}

static void add_given(option_list *list, const cli_args *args, row_fn *row_at)
{
    for (int i = 0; row_at(i); i++) {
        if (!cli_given(args, row_at(i)->name)) continue;
        const char *text = cli_text(args, row_at(i)->name);
        add(list, row_at(i)->name, text ? text : "");
    }
}

akin_status cli_data_open(const cli_args *args, const char *path, bool learn, akin_dataset **out,
                          akin_error *err)
{
    akin_dataset_opts opts = AKIN_DATASET_OPTS_INIT;
    option_list list = { .n = 0 };
    reading r = { .args = args };
    const akin_status status = cli_data_kind(args, path, &opts.kind, err);
    if (status) return status;
    static const char *const common[] = { "format", "on-bad", "max-bad", "keep", NULL };
    if (!learn)
        add(&list, "max-bad", "1"); /* to be looked at, whatever it is; a value that is given comes later */
    for (int i = 0; common[i]; i++) add(&list, common[i], cli_text(args, common[i]));
    if (opts.kind == AKIN_DATA_TEXT) add_given(&list, args, akin_corpus_opt_at);
    if (opts.kind == AKIN_DATA_VECTORS) add_given(&list, args, akin_vectors_opt_at);
    if (opts.kind == AKIN_DATA_IMAGES) add(&list, "size", cli_text(args, "size"));
    if (opts.kind != AKIN_DATA_TEXT) add(&list, "cache", cli_text(args, "cache"));
    if (opts.kind == AKIN_DATA_IMAGES) add_given(&list, args, akin_images_opt_at);
    if (opts.kind == AKIN_DATA_TEXT && learn && cli_int(args, "min-words") < 1) add(&list, "min-words", "1");
    if (!learn && cli_given(args, "seed")) opts.seed = (uint64_t)cli_int(args, "seed");
    opts.options = list.pair;
    opts.on_progress = on_reading;
    opts.ctx = &r;
    return akin_dataset_open(path, &opts, out, err);
}
