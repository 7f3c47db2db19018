/* SPDX-License-Identifier: Apache-2.0 */
/* cli/derive.c - akin data longtail and convert, and what the actions that make data sets share. */
#include "derive.h"
#include "data.h"

#include "akin/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Shared ------------------------------------------------------------------------------------------------------ */

const char *cli_derive_file(char *to, const char *folder, const char *name)
{
    snprintf(to, 4096, *name ? "%s/%s" : "%s%s", folder, name);
    return to;
}

akin_status cli_derive_no_memory(akin_error *err, int64_t items)
{
    err->status = AKIN_ERR_NOMEM;
    snprintf(err->message, sizeof err->message, "no memory for %lld items", (long long)items);
    return AKIN_ERR_NOMEM;
}

static bool same_place(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    const bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

int cli_derive_open(const cli_args *args, const char *path, const char *mark, akin_dataset **ds,
                    akin_images *train)
{
    char file[4096];
    const char *out = cli_text(args, "out");
    if (!out) return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name it with -o OUT");
    if (cli_is_text(args, path) || cli_is_vectors(args, path))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is taken for %s; this is for images so far", path,
                         cli_is_text(args, path) ? "text" : "vectors");
    if (same_place(path, out))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' is the data itself; name another place with -o", out);
    cli_derive_file(file, out, mark);
    if (access(file, F_OK) == 0 && !cli_flag(args, "force"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "'%s' exists; --force replaces it", file);
    const akin_data_opts opts = cli_data_opts(args);
    akin_error err;
    *ds = NULL;
    akin_status status = akin_dataset_open(path, &opts, ds, &err);
    if (!status) status = akin_dataset_split(*ds, "train", train, &err);
    if (!status) return 0;
    akin_dataset_free(*ds);
    *ds = NULL;
    return cli_fail(args, &err);
}

akin_keep_head cli_derive_head(const cli_args *args)
{
    akin_keep_head head = AKIN_KEEP_HEAD_INIT;
    head.command = cli_command_line();
    head.seed = (uint64_t)cli_int(args, "seed");
    head.seeded = true;
    return head;
}

int64_t *cli_derive_counts(const akin_images *v)
{
    int64_t *counts = v->labels ? calloc((size_t)v->classes, sizeof *counts) : NULL;
    for (int64_t i = 0; counts && i < v->n; i++)
        if (v->labels[i] >= 0) counts[v->labels[i]]++;
    return counts;
}

/* Long tails -------------------------------------------------------------------------------------------------- */

typedef struct tail {
    const cli_args *args;
    const char *out;
    bool list; /* OUT is a keep-list, not a folder */
    akin_dataset *ds;
    akin_images train;
    int64_t *had, *counts; /* [classes] */
    unsigned char *kept;   /* [n] */
    int64_t n;             /* kept */
} tail;

static bool ends_in_txt(const char *name)
{
    const size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".txt") == 0;
}

static akin_status make_tail(tail *t, akin_error *err)
{
    akin_longtail_opts o = AKIN_LONGTAIL_OPTS_INIT;
    const cli_args *args = t->args;
    o.profile = strcmp(cli_text(args, "profile"), "step") == 0 ? AKIN_PROFILE_STEP : AKIN_PROFILE_EXP;
    o.ratio = cli_real(args, "ratio");
    o.minor_frac = cli_real(args, "classes-minor");
    o.largest = cli_int(args, "largest");
    o.seed = (uint64_t)cli_int(args, "seed");
    o.shuffle = strcmp(cli_text(args, "class-order"), "random") == 0;
    t->had = cli_derive_counts(&t->train);
    t->counts = calloc((size_t)t->train.classes, sizeof *t->counts);
    t->kept = malloc((size_t)t->train.n);
    if (!t->had || !t->counts || !t->kept) return cli_derive_no_memory(err, t->train.n);
    akin_status status =
        akin_longtail(t->train.labels, t->train.n, t->train.classes, &o, t->counts, t->kept, err);
    for (int64_t c = 0; !status && c < t->train.classes; c++) t->n += t->counts[c];
    return status;
}

/* "counts by class: 5000 2997 ..." as far as a line goes. */
static void note_of(const tail *t, char *to, size_t size)
{
    int at = snprintf(to, size, "counts by class");
    for (int64_t c = 0; c < t->train.classes && at > 0 && (size_t)at + 24 < size; c++)
        at += snprintf(to + at, size - (size_t)at, " %lld", (long long)t->counts[c]);
}

static akin_status write_tail(const tail *t, akin_error *err)
{
    char path[4096], note[4096];
    akin_keep_head head = cli_derive_head(t->args);
    note_of(t, note, sizeof note);
    head.note = note;
    if (t->list) return akin_dataset_keep_save(t->out, t->ds, "train", t->kept, &head, err);
    akin_status status = akin_folder_make(t->out, err);
    if (!status)
        status = akin_dataset_keep_save(cli_derive_file(path, t->out, "keep.txt"), t->ds, "train", t->kept,
                                        &head, err);
    if (!status) status = akin_dataset_select(t->ds, "train", t->kept, err);
    return status ? status : akin_dataset_save(t->ds, t->out, err);
}

static int tell_tail(const tail *t)
{
    const cli_args *args = t->args;
    char a[32], b[32], name[CLI_NAME];
    if (args->json) {
        json_t *counts = json_array(), *names = json_array();
        for (int64_t c = 0; c < t->train.classes; c++) {
            json_array_append_new(counts, json_integer(t->counts[c]));
            json_array_append_new(names, cli_json_text(akin_dataset_class_name(t->ds, c)));
        }
        return cli_print_json(args, json_pack("{s:o,s:s,s:f,s:I,s:I,s:I,s:o,s:o,s:s}", "out",
                                              cli_json_text(t->out), "profile", cli_text(args, "profile"),
                                              "ratio", cli_real(args, "ratio"), "seed",
                                              (json_int_t)cli_int(args, "seed"), "n", (json_int_t)t->n, "of",
                                              (json_int_t)t->train.n, "classes", names, "class_counts",
                                              counts, "fingerprint", akin_dataset_fingerprint(t->ds)));
    }
    for (int64_t c = 0; !args->quiet && c < t->train.classes; c++) {
        if (t->train.classes > CLI_SHOWN_CLASSES && c == CLI_SHOWN_CLASSES - 2) {
            printf("  ... and %lld more\n", (long long)(t->train.classes - c));
            break;
        }
        const char *text = cli_shown(akin_dataset_class_name(t->ds, c), name, sizeof name);
        const int width = cli_columns(text);
        printf("  %s%*s %9s of %s\n", text, width < 20 ? 20 - width : 0, "", cli_grouped(t->counts[c], a),
               cli_grouped(t->had[c], b));
    }
    cli_note(args, "%s: %s of %s training images%s", t->out, cli_grouped(t->n, a), cli_grouped(t->train.n, b),
             t->list ? ", for --keep" : "; the other splits as they were");
    return 0;
}

int cli_data_longtail(const cli_args *args, const char *path)
{
    tail t = { .args = args, .out = cli_text(args, "out") };
    t.list = t.out && ends_in_txt(t.out);
    int code = cli_derive_open(args, path, t.list ? "" : "train.npy", &t.ds, &t.train);
    if (code) return code;
    akin_error err;
    if (!t.train.labels)
        code = cli_error(args, AKIN_ERR_INPUT, "'%s' has no labels to make a long tail of", path);
    else if (make_tail(&t, &err) || write_tail(&t, &err))
        code = cli_fail(args, &err);
    else
        code = tell_tail(&t);
    free(t.had);
    free(t.counts);
    free(t.kept);
    akin_dataset_free(t.ds);
    return code;
}

/* Convert ------------------------------------------------------------------------------------------------------ */

int cli_data_convert(const cli_args *args, const char *path)
{
    akin_dataset *ds;
    akin_images train;
    const int code = cli_derive_open(args, path, "train.npy", &ds, &train);
    if (code) return code;
    akin_error err;
    const char *out = cli_text(args, "out");
    const akin_status status = akin_dataset_save(ds, out, &err);
    json_t *line = status ? NULL
                          : json_pack("{s:o,s:I,s:s}", "out", cli_json_text(out), "n", (json_int_t)train.n,
                                      "fingerprint", akin_dataset_fingerprint(ds));
    if (!status)
        cli_note(args, "%s: %lld training images of %lld x %lld", out, (long long)train.n,
                 (long long)train.height, (long long)train.width);
    akin_dataset_free(ds);
    if (status) return cli_fail(args, &err);
    if (args->json) return cli_print_json(args, line);
    json_decref(line);
    return 0;
}
